//! Arbitrary requests of every signal, as the generated types have them.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::*;
use opentelemetry_proto::tonic::logs::v1::*;
use opentelemetry_proto::tonic::metrics::v1::{metric::Data, summary_data_point::ValueAtQuantile, *};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::*;
use proptest::prelude::*;

/// Which messages there are.
#[derive(Clone, Copy)]
pub enum Range {
    /// Those that the oracle reads: no double that is long (serde_json reads those a bit off) or not
    /// finite, and nothing left out in entities, keys, arrays and maps.
    Oracle,
    /// All.
    All,
}

fn double(range: Range) -> BoxedStrategy<f64> {
    let short = any::<i32>().prop_map(|eighths| f64::from(eighths) / 8.0);
    let rare =
        prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, f64::MIN_POSITIVE]);
    match range {
        Range::Oracle => short.boxed(),
        Range::All => prop_oneof![short, any::<f64>(), rare].boxed(),
    }
}

/// A list that has an element where the oracle wants one.
fn filled<T: std::fmt::Debug>(range: Range, of: impl Strategy<Value = T>) -> impl Strategy<Value = Vec<T>> {
    prop::collection::vec(of, usize::from(matches!(range, Range::Oracle))..3)
}

/// A text that is not empty where the oracle wants one.
fn name(range: Range) -> impl Strategy<Value = String> {
    text().prop_map(move |text| match range {
        Range::Oracle => text + "x",
        Range::All => text,
    })
}

fn list<T: std::fmt::Debug>(of: impl Strategy<Value = T>) -> impl Strategy<Value = Vec<T>> {
    prop::collection::vec(of, 0..3)
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z.]{0,12}", any::<String>(), "[a-z]{120,140}"]
}

fn id(len: usize) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![Just(Vec::new()), prop::collection::vec(any::<u8>(), len)]
}

fn value(range: Range) -> impl Strategy<Value = AnyValue> {
    let leaf = prop_oneof![
        text().prop_map(|text| Some(Value::StringValue(text))),
        any::<bool>().prop_map(|value| Some(Value::BoolValue(value))),
        any::<i64>().prop_map(|value| Some(Value::IntValue(value))),
        double(range).prop_map(|value| Some(Value::DoubleValue(value))),
        any::<Vec<u8>>().prop_map(|value| Some(Value::BytesValue(value))),
        Just(None),
    ];
    leaf.prop_map(|value| AnyValue { value }).prop_recursive(3, 12, 3, move |inner| {
        let entry = (name(range), prop::option::of(inner.clone())).prop_map(|(key, value)| KeyValue {
            key,
            value,
            ..Default::default()
        });
        prop_oneof![
            filled(range, inner).prop_map(|values| Value::ArrayValue(ArrayValue { values })),
            filled(range, entry).prop_map(|values| Value::KvlistValue(KeyValueList { values })),
        ]
        .prop_map(|value| AnyValue { value: Some(value) })
    })
}

fn attributes(range: Range) -> impl Strategy<Value = Vec<KeyValue>> {
    let pair = (name(range), prop::option::of(value(range)));
    list(pair.prop_map(|(key, value)| KeyValue { key, value, ..Default::default() }))
}

fn resource(range: Range) -> impl Strategy<Value = Option<Resource>> {
    let strings = || filled(range, text());
    let entity = (name(range), name(range), strings(), strings()).prop_map(
        |(schema_url, r#type, id_keys, description_keys)| EntityRef {
            schema_url,
            r#type,
            id_keys,
            description_keys,
        },
    );
    let resource = (attributes(range), any::<u32>(), list(entity)).prop_map(
        |(attributes, dropped_attributes_count, entity_refs)| Resource {
            attributes,
            dropped_attributes_count,
            entity_refs,
        },
    );
    prop::option::of(resource)
}

fn scope(range: Range) -> impl Strategy<Value = Option<InstrumentationScope>> {
    let scope = (text(), text(), attributes(range), any::<u32>()).prop_map(
        |(name, version, attributes, dropped_attributes_count)| InstrumentationScope {
            name,
            version,
            attributes,
            dropped_attributes_count,
        },
    );
    prop::option::of(scope)
}

pub fn logs(range: Range) -> impl Strategy<Value = ExportLogsServiceRequest> {
    let record = (
        any::<(u64, u64, i32, u32, u32)>(),
        (text(), text(), id(16), id(8)),
        prop::option::of(value(range)),
        attributes(range),
    );
    let record = record.prop_map(|(numbers, texts, body, attributes)| LogRecord {
        time_unix_nano: numbers.0,
        observed_time_unix_nano: numbers.1,
        severity_number: numbers.2,
        dropped_attributes_count: numbers.3,
        flags: numbers.4,
        severity_text: texts.0,
        event_name: texts.1,
        trace_id: texts.2,
        span_id: texts.3,
        body,
        attributes,
    });
    let scope_logs = (scope(range), list(record), text())
        .prop_map(|(scope, log_records, schema_url)| ScopeLogs { scope, log_records, schema_url });
    let resource_logs = (resource(range), list(scope_logs), text())
        .prop_map(|(resource, scope_logs, schema_url)| ResourceLogs { resource, scope_logs, schema_url });
    list(resource_logs).prop_map(|resource_logs| ExportLogsServiceRequest { resource_logs })
}

pub fn traces(range: Range) -> impl Strategy<Value = ExportTraceServiceRequest> {
    let event = (any::<(u64, u32)>(), text(), attributes(range)).prop_map(|(numbers, name, attributes)| {
        span::Event { time_unix_nano: numbers.0, dropped_attributes_count: numbers.1, name, attributes }
    });
    let link = (any::<(u32, u32)>(), (id(16), id(8), text()), attributes(range)).prop_map(
        |(numbers, (trace_id, span_id, trace_state), attributes)| span::Link {
            trace_id,
            span_id,
            trace_state,
            attributes,
            dropped_attributes_count: numbers.0,
            flags: numbers.1,
        },
    );
    let status = (text(), any::<i32>()).prop_map(|(message, code)| Status { message, code });
    let span = (
        any::<(u64, u64, i32, u32, u32, u32, u32)>(),
        (id(16), id(8), id(8), text(), text()),
        attributes(range),
        (list(event), list(link), prop::option::of(status)),
    );
    let span = span.prop_map(|(numbers, texts, attributes, (events, links, status))| Span {
        trace_id: texts.0,
        span_id: texts.1,
        parent_span_id: texts.2,
        trace_state: texts.3,
        name: texts.4,
        kind: numbers.2,
        start_time_unix_nano: numbers.0,
        end_time_unix_nano: numbers.1,
        attributes,
        dropped_attributes_count: numbers.3,
        events,
        dropped_events_count: numbers.4,
        links,
        dropped_links_count: numbers.5,
        status,
        flags: numbers.6,
    });
    let scope_spans = (scope(range), list(span), text()).prop_map(|(scope, spans, schema_url)| ScopeSpans {
        scope,
        spans,
        schema_url,
    });
    let resource_spans = (resource(range), list(scope_spans), text())
        .prop_map(|(resource, scope_spans, schema_url)| ResourceSpans { resource, scope_spans, schema_url });
    list(resource_spans).prop_map(|resource_spans| ExportTraceServiceRequest { resource_spans })
}

fn exemplars(range: Range) -> impl Strategy<Value = Vec<Exemplar>> {
    let value = prop_oneof![
        any::<i64>().prop_map(exemplar::Value::AsInt),
        double(range).prop_map(exemplar::Value::AsDouble)
    ];
    let exemplar = (attributes(range), any::<u64>(), id(8), id(16), prop::option::of(value)).prop_map(
        |(filtered_attributes, time_unix_nano, span_id, trace_id, value)| Exemplar {
            filtered_attributes,
            time_unix_nano,
            span_id,
            trace_id,
            value,
        },
    );
    list(exemplar)
}

fn number_points(range: Range) -> impl Strategy<Value = Vec<NumberDataPoint>> {
    let value = prop_oneof![
        any::<i64>().prop_map(number_data_point::Value::AsInt),
        double(range).prop_map(number_data_point::Value::AsDouble)
    ];
    let point = (attributes(range), any::<(u64, u64, u32)>(), exemplars(range), prop::option::of(value));
    list(point.prop_map(|(attributes, numbers, exemplars, value)| NumberDataPoint {
        attributes,
        start_time_unix_nano: numbers.0,
        time_unix_nano: numbers.1,
        exemplars,
        flags: numbers.2,
        value,
    }))
}

fn histogram_points(range: Range) -> impl Strategy<Value = Vec<HistogramDataPoint>> {
    let optional = || prop::option::of(double(range));
    let point = (
        attributes(range),
        any::<(u64, u64, u64, u32)>(),
        (optional(), optional(), optional()),
        (list(any::<u64>()), list(double(range))),
        exemplars(range),
    );
    list(point.prop_map(|(attributes, numbers, (sum, min, max), (counts, bounds), exemplars)| {
        HistogramDataPoint {
            attributes,
            start_time_unix_nano: numbers.0,
            time_unix_nano: numbers.1,
            count: numbers.2,
            sum,
            bucket_counts: counts,
            explicit_bounds: bounds,
            exemplars,
            flags: numbers.3,
            min,
            max,
        }
    }))
}

fn exponential_points(range: Range) -> impl Strategy<Value = Vec<ExponentialHistogramDataPoint>> {
    let optional = || prop::option::of(double(range));
    let buckets = || {
        prop::option::of((any::<i32>(), list(any::<u64>())).prop_map(|(offset, bucket_counts)| {
            exponential_histogram_data_point::Buckets { offset, bucket_counts }
        }))
    };
    let point = (
        attributes(range),
        any::<(u64, u64, u64, i32, u64, u32)>(),
        (optional(), optional(), optional(), double(range)),
        (buckets(), buckets()),
        exemplars(range),
    );
    list(point.prop_map(|(attributes, numbers, sums, (positive, negative), exemplars)| {
        ExponentialHistogramDataPoint {
            attributes,
            start_time_unix_nano: numbers.0,
            time_unix_nano: numbers.1,
            count: numbers.2,
            sum: sums.0,
            scale: numbers.3,
            zero_count: numbers.4,
            positive,
            negative,
            flags: numbers.5,
            exemplars,
            min: sums.1,
            max: sums.2,
            zero_threshold: sums.3,
        }
    }))
}

fn summary_points(range: Range) -> impl Strategy<Value = Vec<SummaryDataPoint>> {
    let quantile =
        (double(range), double(range)).prop_map(|(quantile, value)| ValueAtQuantile { quantile, value });
    let point = (attributes(range), any::<(u64, u64, u64, u32)>(), double(range), list(quantile));
    list(point.prop_map(|(attributes, numbers, sum, quantile_values)| SummaryDataPoint {
        attributes,
        start_time_unix_nano: numbers.0,
        time_unix_nano: numbers.1,
        count: numbers.2,
        sum,
        quantile_values,
        flags: numbers.3,
    }))
}

pub fn metrics(range: Range) -> impl Strategy<Value = ExportMetricsServiceRequest> {
    let data = prop_oneof![
        number_points(range).prop_map(|data_points| Data::Gauge(Gauge { data_points })),
        (number_points(range), any::<(i32, bool)>()).prop_map(|(data_points, sum)| Data::Sum(Sum {
            data_points,
            aggregation_temporality: sum.0,
            is_monotonic: sum.1,
        })),
        (histogram_points(range), any::<i32>()).prop_map(|(data_points, aggregation_temporality)| {
            Data::Histogram(Histogram { data_points, aggregation_temporality })
        }),
        (exponential_points(range), any::<i32>()).prop_map(|(data_points, aggregation_temporality)| {
            Data::ExponentialHistogram(ExponentialHistogram { data_points, aggregation_temporality })
        }),
        summary_points(range).prop_map(|data_points| Data::Summary(Summary { data_points })),
    ];
    let metric = ((text(), text(), text()), attributes(range), prop::option::of(data)).prop_map(
        |((name, description, unit), metadata, data)| Metric { name, description, unit, metadata, data },
    );
    let scope_metrics = (scope(range), list(metric), text())
        .prop_map(|(scope, metrics, schema_url)| ScopeMetrics { scope, metrics, schema_url });
    let resource_metrics =
        (resource(range), list(scope_metrics), text()).prop_map(|(resource, scope_metrics, schema_url)| {
            ResourceMetrics { resource, scope_metrics, schema_url }
        });
    list(resource_metrics).prop_map(|resource_metrics| ExportMetricsServiceRequest { resource_metrics })
}
