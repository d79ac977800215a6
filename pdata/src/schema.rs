//! The messages of OTLP as data: one table that validation, JSON in both directions, walks and
//! splits share, so that no signal has code of its own.
//!
//! Follows opentelemetry-proto 1.11 and the fields that later releases reserve; a test compares
//! the tables with the descriptors that ship with the generated types.

use crate::Signal;

/// A message type.
#[derive(Debug)]
pub struct Message {
    /// Its name in the `.proto` files.
    pub name: &'static str,
    /// Its fields, each at the index of its number; holes have number 0.
    pub fields: &'static [Field],
}

/// A field of a message.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its number on the wire; 0 for a hole in the table.
    pub number: u32,
    /// Its name in the `.proto` files.
    pub name: &'static str,
    /// Its name in OTLP/JSON.
    pub json: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// How often it may stand in a canonical message.
    pub label: Label,
    /// What it means to whoever counts and splits.
    pub role: Role,
}

/// What a field holds.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// `bool`
    Bool,
    /// `int32`
    Int32,
    /// `uint32`
    Uint32,
    /// `int64`
    Int64,
    /// `uint64`
    Uint64,
    /// `sint32`
    Sint32,
    /// An enumeration; any number is allowed.
    Enum(&'static Enum),
    /// `fixed32`
    Fixed32,
    /// `fixed64`
    Fixed64,
    /// `sfixed64`
    Sfixed64,
    /// `double`
    Double,
    /// `string`: UTF-8
    String,
    /// `bytes`
    Bytes,
    /// `bytes` that are empty or of this length: trace and span ids, written as hex in JSON.
    Id(usize),
    /// A message.
    Message(&'static Message),
}

/// How often a field may stand in a canonical message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// Once at most.
    Singular,
    /// Once at most, and none of the message's other `Oneof` fields with it. No message of OTLP has two oneofs.
    Oneof,
    /// Any number of times; numbers may be packed.
    Repeated,
}

/// What a field means to whoever counts and splits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Nothing special.
    Plain,
    /// Holds messages that hold records, further down.
    Container,
    /// Each is one record: a log record, a span, a data point.
    Record,
    /// A list of `KeyValue`.
    Attributes,
}

/// An enumeration's names, which OTLP/JSON may hold instead of its numbers.
#[derive(Debug)]
pub struct Enum {
    /// Names and numbers.
    pub values: &'static [(&'static str, i32)],
}

impl Message {
    /// The field with this number, if the message has one.
    #[inline]
    pub fn field(&self, number: u32) -> Option<&'static Field> {
        self.fields.get(number as usize).filter(|field| field.number != 0)
    }
}

impl Field {
    /// A bit that stands for the field among its message's; all members of a oneof share one.
    /// 0 for repeated fields.
    #[inline]
    pub(crate) fn bit(&self) -> u32 {
        match self.label {
            Label::Singular => 1 << self.number,
            Label::Oneof => 1,
            Label::Repeated => 0,
        }
    }
}

impl Signal {
    /// The message that an export request of this signal is.
    pub fn schema(self) -> &'static Message {
        match self {
            Signal::Logs => &LOGS_REQUEST,
            Signal::Traces => &TRACES_REQUEST,
            Signal::Metrics => &METRICS_REQUEST,
        }
    }
}

const HOLE: Field =
    Field { number: 0, name: "", json: "", kind: Kind::Bool, label: Label::Singular, role: Role::Plain };

/// Puts each field at the index of its number. Evaluated by the compiler: a number beyond the
/// table does not build.
#[allow(clippy::indexing_slicing)]
const fn table<const N: usize>(fields: &[Field]) -> [Field; N] {
    let mut table = [HOLE; N];
    let mut i = 0;
    while i < fields.len() {
        table[fields[i].number as usize] = fields[i];
        i += 1;
    }
    table
}

const fn one(number: u32, name: &'static str, json: &'static str, kind: Kind) -> Field {
    Field { number, name, json, kind, label: Label::Singular, role: Role::Plain }
}

const fn oneof(number: u32, name: &'static str, json: &'static str, kind: Kind) -> Field {
    Field { number, name, json, kind, label: Label::Oneof, role: Role::Plain }
}

const fn many(number: u32, name: &'static str, json: &'static str, kind: Kind) -> Field {
    Field { number, name, json, kind, label: Label::Repeated, role: Role::Plain }
}

const fn pairs(number: u32, name: &'static str, json: &'static str) -> Field {
    Field { role: Role::Attributes, ..many(number, name, json, Kind::Message(&KEY_VALUE)) }
}

const fn holds(number: u32, name: &'static str, json: &'static str, of: &'static Message) -> Field {
    Field { role: Role::Container, ..many(number, name, json, Kind::Message(of)) }
}

const fn records(number: u32, name: &'static str, json: &'static str, of: &'static Message) -> Field {
    Field { role: Role::Record, ..many(number, name, json, Kind::Message(of)) }
}

/// `ExportLogsServiceRequest`
pub static LOGS_REQUEST: Message = Message {
    name: "ExportLogsServiceRequest",
    fields: &table::<2>(&[holds(1, "resource_logs", "resourceLogs", &RESOURCE_LOGS)]),
};

/// `ResourceLogs`
pub static RESOURCE_LOGS: Message = Message {
    name: "ResourceLogs",
    fields: &table::<4>(&[
        one(1, "resource", "resource", Kind::Message(&RESOURCE)),
        holds(2, "scope_logs", "scopeLogs", &SCOPE_LOGS),
        one(3, "schema_url", "schemaUrl", Kind::String),
    ]),
};

/// `ScopeLogs`
pub static SCOPE_LOGS: Message = Message {
    name: "ScopeLogs",
    fields: &table::<4>(&[
        one(1, "scope", "scope", Kind::Message(&SCOPE)),
        records(2, "log_records", "logRecords", &LOG_RECORD),
        one(3, "schema_url", "schemaUrl", Kind::String),
    ]),
};

/// `ExportTraceServiceRequest`
pub static TRACES_REQUEST: Message = Message {
    name: "ExportTraceServiceRequest",
    fields: &table::<2>(&[holds(1, "resource_spans", "resourceSpans", &RESOURCE_SPANS)]),
};

/// `ResourceSpans`
pub static RESOURCE_SPANS: Message = Message {
    name: "ResourceSpans",
    fields: &table::<4>(&[
        one(1, "resource", "resource", Kind::Message(&RESOURCE)),
        holds(2, "scope_spans", "scopeSpans", &SCOPE_SPANS),
        one(3, "schema_url", "schemaUrl", Kind::String),
    ]),
};

/// `ScopeSpans`
pub static SCOPE_SPANS: Message = Message {
    name: "ScopeSpans",
    fields: &table::<4>(&[
        one(1, "scope", "scope", Kind::Message(&SCOPE)),
        records(2, "spans", "spans", &SPAN),
        one(3, "schema_url", "schemaUrl", Kind::String),
    ]),
};

/// `ExportMetricsServiceRequest`
pub static METRICS_REQUEST: Message = Message {
    name: "ExportMetricsServiceRequest",
    fields: &table::<2>(&[holds(1, "resource_metrics", "resourceMetrics", &RESOURCE_METRICS)]),
};

/// `ResourceMetrics`
pub static RESOURCE_METRICS: Message = Message {
    name: "ResourceMetrics",
    fields: &table::<4>(&[
        one(1, "resource", "resource", Kind::Message(&RESOURCE)),
        holds(2, "scope_metrics", "scopeMetrics", &SCOPE_METRICS),
        one(3, "schema_url", "schemaUrl", Kind::String),
    ]),
};

/// `ScopeMetrics`
pub static SCOPE_METRICS: Message = Message {
    name: "ScopeMetrics",
    fields: &table::<4>(&[
        one(1, "scope", "scope", Kind::Message(&SCOPE)),
        holds(2, "metrics", "metrics", &METRIC),
        one(3, "schema_url", "schemaUrl", Kind::String),
    ]),
};

/// `Resource`
pub static RESOURCE: Message = Message {
    name: "Resource",
    fields: &table::<4>(&[
        pairs(1, "attributes", "attributes"),
        one(2, "dropped_attributes_count", "droppedAttributesCount", Kind::Uint32),
        many(3, "entity_refs", "entityRefs", Kind::Message(&ENTITY_REF)),
    ]),
};

/// `EntityRef`
pub static ENTITY_REF: Message = Message {
    name: "EntityRef",
    fields: &table::<5>(&[
        one(1, "schema_url", "schemaUrl", Kind::String),
        one(2, "type", "type", Kind::String),
        many(3, "id_keys", "idKeys", Kind::String),
        many(4, "description_keys", "descriptionKeys", Kind::String),
    ]),
};

/// `InstrumentationScope`
pub static SCOPE: Message = Message {
    name: "InstrumentationScope",
    fields: &table::<5>(&[
        one(1, "name", "name", Kind::String),
        one(2, "version", "version", Kind::String),
        pairs(3, "attributes", "attributes"),
        one(4, "dropped_attributes_count", "droppedAttributesCount", Kind::Uint32),
    ]),
};

/// `KeyValue`
pub static KEY_VALUE: Message = Message {
    name: "KeyValue",
    fields: &table::<4>(&[
        one(1, "key", "key", Kind::String),
        one(2, "value", "value", Kind::Message(&ANY_VALUE)),
        one(3, "key_strindex", "keyStrindex", Kind::Int32),
    ]),
};

/// `AnyValue`
pub static ANY_VALUE: Message = Message {
    name: "AnyValue",
    fields: &table::<9>(&[
        oneof(1, "string_value", "stringValue", Kind::String),
        oneof(2, "bool_value", "boolValue", Kind::Bool),
        oneof(3, "int_value", "intValue", Kind::Int64),
        oneof(4, "double_value", "doubleValue", Kind::Double),
        oneof(5, "array_value", "arrayValue", Kind::Message(&ARRAY_VALUE)),
        oneof(6, "kvlist_value", "kvlistValue", Kind::Message(&KEY_VALUE_LIST)),
        oneof(7, "bytes_value", "bytesValue", Kind::Bytes),
        oneof(8, "string_value_strindex", "stringValueStrindex", Kind::Int32),
    ]),
};

/// `ArrayValue`
pub static ARRAY_VALUE: Message = Message {
    name: "ArrayValue",
    fields: &table::<2>(&[many(1, "values", "values", Kind::Message(&ANY_VALUE))]),
};

/// `KeyValueList`
pub static KEY_VALUE_LIST: Message =
    Message { name: "KeyValueList", fields: &table::<2>(&[pairs(1, "values", "values")]) };

/// `LogRecord`
pub static LOG_RECORD: Message = Message {
    name: "LogRecord",
    fields: &table::<13>(&[
        one(1, "time_unix_nano", "timeUnixNano", Kind::Fixed64),
        one(2, "severity_number", "severityNumber", Kind::Enum(&SEVERITY_NUMBER)),
        one(3, "severity_text", "severityText", Kind::String),
        one(5, "body", "body", Kind::Message(&ANY_VALUE)),
        pairs(6, "attributes", "attributes"),
        one(7, "dropped_attributes_count", "droppedAttributesCount", Kind::Uint32),
        one(8, "flags", "flags", Kind::Fixed32),
        one(9, "trace_id", "traceId", Kind::Id(16)),
        one(10, "span_id", "spanId", Kind::Id(8)),
        one(11, "observed_time_unix_nano", "observedTimeUnixNano", Kind::Fixed64),
        one(12, "event_name", "eventName", Kind::String),
    ]),
};

/// `Span`
pub static SPAN: Message = Message {
    name: "Span",
    fields: &table::<17>(&[
        one(1, "trace_id", "traceId", Kind::Id(16)),
        one(2, "span_id", "spanId", Kind::Id(8)),
        one(3, "trace_state", "traceState", Kind::String),
        one(4, "parent_span_id", "parentSpanId", Kind::Id(8)),
        one(5, "name", "name", Kind::String),
        one(6, "kind", "kind", Kind::Enum(&SPAN_KIND)),
        one(7, "start_time_unix_nano", "startTimeUnixNano", Kind::Fixed64),
        one(8, "end_time_unix_nano", "endTimeUnixNano", Kind::Fixed64),
        pairs(9, "attributes", "attributes"),
        one(10, "dropped_attributes_count", "droppedAttributesCount", Kind::Uint32),
        many(11, "events", "events", Kind::Message(&SPAN_EVENT)),
        one(12, "dropped_events_count", "droppedEventsCount", Kind::Uint32),
        many(13, "links", "links", Kind::Message(&SPAN_LINK)),
        one(14, "dropped_links_count", "droppedLinksCount", Kind::Uint32),
        one(15, "status", "status", Kind::Message(&STATUS)),
        one(16, "flags", "flags", Kind::Fixed32),
    ]),
};

/// `Event`
pub static SPAN_EVENT: Message = Message {
    name: "Event",
    fields: &table::<5>(&[
        one(1, "time_unix_nano", "timeUnixNano", Kind::Fixed64),
        one(2, "name", "name", Kind::String),
        pairs(3, "attributes", "attributes"),
        one(4, "dropped_attributes_count", "droppedAttributesCount", Kind::Uint32),
    ]),
};

/// `Link`
pub static SPAN_LINK: Message = Message {
    name: "Link",
    fields: &table::<7>(&[
        one(1, "trace_id", "traceId", Kind::Id(16)),
        one(2, "span_id", "spanId", Kind::Id(8)),
        one(3, "trace_state", "traceState", Kind::String),
        pairs(4, "attributes", "attributes"),
        one(5, "dropped_attributes_count", "droppedAttributesCount", Kind::Uint32),
        one(6, "flags", "flags", Kind::Fixed32),
    ]),
};

/// `Status`
pub static STATUS: Message = Message {
    name: "Status",
    fields: &table::<4>(&[
        one(2, "message", "message", Kind::String),
        one(3, "code", "code", Kind::Enum(&STATUS_CODE)),
    ]),
};

/// `Metric`
pub static METRIC: Message = Message {
    name: "Metric",
    fields: &table::<13>(&[
        one(1, "name", "name", Kind::String),
        one(2, "description", "description", Kind::String),
        one(3, "unit", "unit", Kind::String),
        Field { label: Label::Oneof, ..holds(5, "gauge", "gauge", &GAUGE) },
        Field { label: Label::Oneof, ..holds(7, "sum", "sum", &SUM) },
        Field { label: Label::Oneof, ..holds(9, "histogram", "histogram", &HISTOGRAM) },
        Field {
            label: Label::Oneof,
            ..holds(10, "exponential_histogram", "exponentialHistogram", &EXPONENTIAL_HISTOGRAM)
        },
        Field { label: Label::Oneof, ..holds(11, "summary", "summary", &SUMMARY) },
        pairs(12, "metadata", "metadata"),
    ]),
};

/// `Gauge`
pub static GAUGE: Message = Message {
    name: "Gauge",
    fields: &table::<2>(&[records(1, "data_points", "dataPoints", &NUMBER_DATA_POINT)]),
};

/// `Sum`
pub static SUM: Message = Message {
    name: "Sum",
    fields: &table::<4>(&[
        records(1, "data_points", "dataPoints", &NUMBER_DATA_POINT),
        one(2, "aggregation_temporality", "aggregationTemporality", Kind::Enum(&AGGREGATION_TEMPORALITY)),
        one(3, "is_monotonic", "isMonotonic", Kind::Bool),
    ]),
};

/// `Histogram`
pub static HISTOGRAM: Message = Message {
    name: "Histogram",
    fields: &table::<3>(&[
        records(1, "data_points", "dataPoints", &HISTOGRAM_DATA_POINT),
        one(2, "aggregation_temporality", "aggregationTemporality", Kind::Enum(&AGGREGATION_TEMPORALITY)),
    ]),
};

/// `ExponentialHistogram`
pub static EXPONENTIAL_HISTOGRAM: Message = Message {
    name: "ExponentialHistogram",
    fields: &table::<3>(&[
        records(1, "data_points", "dataPoints", &EXPONENTIAL_HISTOGRAM_DATA_POINT),
        one(2, "aggregation_temporality", "aggregationTemporality", Kind::Enum(&AGGREGATION_TEMPORALITY)),
    ]),
};

/// `Summary`
pub static SUMMARY: Message = Message {
    name: "Summary",
    fields: &table::<2>(&[records(1, "data_points", "dataPoints", &SUMMARY_DATA_POINT)]),
};

/// `NumberDataPoint`
pub static NUMBER_DATA_POINT: Message = Message {
    name: "NumberDataPoint",
    fields: &table::<9>(&[
        one(2, "start_time_unix_nano", "startTimeUnixNano", Kind::Fixed64),
        one(3, "time_unix_nano", "timeUnixNano", Kind::Fixed64),
        oneof(4, "as_double", "asDouble", Kind::Double),
        many(5, "exemplars", "exemplars", Kind::Message(&EXEMPLAR)),
        oneof(6, "as_int", "asInt", Kind::Sfixed64),
        pairs(7, "attributes", "attributes"),
        one(8, "flags", "flags", Kind::Uint32),
    ]),
};

/// `HistogramDataPoint`
pub static HISTOGRAM_DATA_POINT: Message = Message {
    name: "HistogramDataPoint",
    fields: &table::<13>(&[
        one(2, "start_time_unix_nano", "startTimeUnixNano", Kind::Fixed64),
        one(3, "time_unix_nano", "timeUnixNano", Kind::Fixed64),
        one(4, "count", "count", Kind::Fixed64),
        one(5, "sum", "sum", Kind::Double),
        many(6, "bucket_counts", "bucketCounts", Kind::Fixed64),
        many(7, "explicit_bounds", "explicitBounds", Kind::Double),
        many(8, "exemplars", "exemplars", Kind::Message(&EXEMPLAR)),
        pairs(9, "attributes", "attributes"),
        one(10, "flags", "flags", Kind::Uint32),
        one(11, "min", "min", Kind::Double),
        one(12, "max", "max", Kind::Double),
    ]),
};

/// `ExponentialHistogramDataPoint`
pub static EXPONENTIAL_HISTOGRAM_DATA_POINT: Message = Message {
    name: "ExponentialHistogramDataPoint",
    fields: &table::<15>(&[
        pairs(1, "attributes", "attributes"),
        one(2, "start_time_unix_nano", "startTimeUnixNano", Kind::Fixed64),
        one(3, "time_unix_nano", "timeUnixNano", Kind::Fixed64),
        one(4, "count", "count", Kind::Fixed64),
        one(5, "sum", "sum", Kind::Double),
        one(6, "scale", "scale", Kind::Sint32),
        one(7, "zero_count", "zeroCount", Kind::Fixed64),
        one(8, "positive", "positive", Kind::Message(&BUCKETS)),
        one(9, "negative", "negative", Kind::Message(&BUCKETS)),
        one(10, "flags", "flags", Kind::Uint32),
        many(11, "exemplars", "exemplars", Kind::Message(&EXEMPLAR)),
        one(12, "min", "min", Kind::Double),
        one(13, "max", "max", Kind::Double),
        one(14, "zero_threshold", "zeroThreshold", Kind::Double),
    ]),
};

/// `Buckets`
pub static BUCKETS: Message = Message {
    name: "Buckets",
    fields: &table::<3>(&[
        one(1, "offset", "offset", Kind::Sint32),
        many(2, "bucket_counts", "bucketCounts", Kind::Uint64),
    ]),
};

/// `SummaryDataPoint`
pub static SUMMARY_DATA_POINT: Message = Message {
    name: "SummaryDataPoint",
    fields: &table::<9>(&[
        one(2, "start_time_unix_nano", "startTimeUnixNano", Kind::Fixed64),
        one(3, "time_unix_nano", "timeUnixNano", Kind::Fixed64),
        one(4, "count", "count", Kind::Fixed64),
        one(5, "sum", "sum", Kind::Double),
        many(6, "quantile_values", "quantileValues", Kind::Message(&QUANTILE)),
        pairs(7, "attributes", "attributes"),
        one(8, "flags", "flags", Kind::Uint32),
    ]),
};

/// `ValueAtQuantile`
pub static QUANTILE: Message = Message {
    name: "ValueAtQuantile",
    fields: &table::<3>(&[
        one(1, "quantile", "quantile", Kind::Double),
        one(2, "value", "value", Kind::Double),
    ]),
};

/// `Exemplar`
pub static EXEMPLAR: Message = Message {
    name: "Exemplar",
    fields: &table::<8>(&[
        one(2, "time_unix_nano", "timeUnixNano", Kind::Fixed64),
        oneof(3, "as_double", "asDouble", Kind::Double),
        one(4, "span_id", "spanId", Kind::Id(8)),
        one(5, "trace_id", "traceId", Kind::Id(16)),
        oneof(6, "as_int", "asInt", Kind::Sfixed64),
        pairs(7, "filtered_attributes", "filteredAttributes"),
    ]),
};

/// `SeverityNumber`
pub static SEVERITY_NUMBER: Enum = Enum {
    values: &[
        ("SEVERITY_NUMBER_UNSPECIFIED", 0),
        ("SEVERITY_NUMBER_TRACE", 1),
        ("SEVERITY_NUMBER_TRACE2", 2),
        ("SEVERITY_NUMBER_TRACE3", 3),
        ("SEVERITY_NUMBER_TRACE4", 4),
        ("SEVERITY_NUMBER_DEBUG", 5),
        ("SEVERITY_NUMBER_DEBUG2", 6),
        ("SEVERITY_NUMBER_DEBUG3", 7),
        ("SEVERITY_NUMBER_DEBUG4", 8),
        ("SEVERITY_NUMBER_INFO", 9),
        ("SEVERITY_NUMBER_INFO2", 10),
        ("SEVERITY_NUMBER_INFO3", 11),
        ("SEVERITY_NUMBER_INFO4", 12),
        ("SEVERITY_NUMBER_WARN", 13),
        ("SEVERITY_NUMBER_WARN2", 14),
        ("SEVERITY_NUMBER_WARN3", 15),
        ("SEVERITY_NUMBER_WARN4", 16),
        ("SEVERITY_NUMBER_ERROR", 17),
        ("SEVERITY_NUMBER_ERROR2", 18),
        ("SEVERITY_NUMBER_ERROR3", 19),
        ("SEVERITY_NUMBER_ERROR4", 20),
        ("SEVERITY_NUMBER_FATAL", 21),
        ("SEVERITY_NUMBER_FATAL2", 22),
        ("SEVERITY_NUMBER_FATAL3", 23),
        ("SEVERITY_NUMBER_FATAL4", 24),
    ],
};

/// `SpanKind`
pub static SPAN_KIND: Enum = Enum {
    values: &[
        ("SPAN_KIND_UNSPECIFIED", 0),
        ("SPAN_KIND_INTERNAL", 1),
        ("SPAN_KIND_SERVER", 2),
        ("SPAN_KIND_CLIENT", 3),
        ("SPAN_KIND_PRODUCER", 4),
        ("SPAN_KIND_CONSUMER", 5),
    ],
};

/// `StatusCode`
pub static STATUS_CODE: Enum =
    Enum { values: &[("STATUS_CODE_UNSET", 0), ("STATUS_CODE_OK", 1), ("STATUS_CODE_ERROR", 2)] };

/// `AggregationTemporality`
pub static AGGREGATION_TEMPORALITY: Enum = Enum {
    values: &[
        ("AGGREGATION_TEMPORALITY_UNSPECIFIED", 0),
        ("AGGREGATION_TEMPORALITY_DELTA", 1),
        ("AGGREGATION_TEMPORALITY_CUMULATIVE", 2),
    ],
};
