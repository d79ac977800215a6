//! Every field of every record, laid out as the Collector lays it out: people search this text.
//!
//! Decoded by prost. This is the one exporter that prints fields which nothing else in the agent reads,
//! and nobody runs it where speed matters.

use super::values::{Hex, Time, Typed};
use component::Batch;
use opentelemetry_proto::tonic::collector::{logs, metrics, trace};
use opentelemetry_proto::tonic::common::v1::{InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, SeverityNumber};
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, ExponentialHistogramDataPoint, HistogramDataPoint, Metric, NumberDataPoint,
    SummaryDataPoint,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use pdata::Signal;
use prost::Message;
use std::fmt::{Display, Write};

/// Appends the records of a batch.
pub fn write(batch: &Batch, text: &mut String) {
    let mut page = Page { text };
    for chunk in batch.chunks() {
        // Validated when it came in: it decodes.
        match batch.signal() {
            Signal::Logs => {
                let Ok(request) = logs::v1::ExportLogsServiceRequest::decode(chunk.as_ref()) else {
                    continue;
                };
                for (r, group) in request.resource_logs.iter().enumerate() {
                    page.resource("ResourceLog", r, &group.schema_url, group.resource.as_ref());
                    for (s, scope) in group.scope_logs.iter().enumerate() {
                        page.scope("ScopeLogs", s, &scope.schema_url, scope.scope.as_ref());
                        scope
                            .log_records
                            .iter()
                            .enumerate()
                            .for_each(|(i, record)| page.log_record(i, record));
                    }
                }
            }
            Signal::Traces => {
                let Ok(request) = trace::v1::ExportTraceServiceRequest::decode(chunk.as_ref()) else {
                    continue;
                };
                for (r, group) in request.resource_spans.iter().enumerate() {
                    page.resource("ResourceSpans", r, &group.schema_url, group.resource.as_ref());
                    for (s, scope) in group.scope_spans.iter().enumerate() {
                        page.scope("ScopeSpans", s, &scope.schema_url, scope.scope.as_ref());
                        scope.spans.iter().enumerate().for_each(|(i, span)| page.span(i, span));
                    }
                }
            }
            Signal::Metrics => {
                let Ok(request) = metrics::v1::ExportMetricsServiceRequest::decode(chunk.as_ref()) else {
                    continue;
                };
                for (r, group) in request.resource_metrics.iter().enumerate() {
                    page.resource("ResourceMetrics", r, &group.schema_url, group.resource.as_ref());
                    for (s, scope) in group.scope_metrics.iter().enumerate() {
                        page.scope("ScopeMetrics", s, &scope.schema_url, scope.scope.as_ref());
                        scope.metrics.iter().enumerate().for_each(|(i, metric)| page.metric(i, metric));
                    }
                }
            }
        }
    }
}

/// Writes lines. Writing to a `String` cannot fail.
struct Page<'a> {
    text: &'a mut String,
}

impl Page<'_> {
    fn line(&mut self, line: impl Display) {
        let _ = writeln!(self.text, "{line}");
    }

    fn attributes(&mut self, title: &str, attributes: &[KeyValue], indent: &str) {
        if attributes.is_empty() {
            return;
        }
        self.line(title);
        for pair in attributes {
            self.line(format_args!("{indent}-> {}: {}", pair.key, Typed(pair.value.as_ref())));
        }
    }

    fn resource(&mut self, title: &str, place: usize, schema: &str, resource: Option<&Resource>) {
        self.line(format_args!("{title} #{place}"));
        self.line(format_args!("Resource SchemaURL: {schema}"));
        self.attributes("Resource attributes:", resource.map_or(&[][..], |r| &r.attributes), INDENT);
    }

    fn scope(&mut self, title: &str, place: usize, schema: &str, scope: Option<&InstrumentationScope>) {
        self.line(format_args!("{title} #{place}"));
        self.line(format_args!("{title} SchemaURL: {schema}"));
        let (name, version) = scope.map_or(("", ""), |scope| (&scope.name, &scope.version));
        self.line(format_args!("InstrumentationScope {name} {version}"));
        let attributes = scope.map_or(&[][..], |scope| &scope.attributes);
        self.attributes("InstrumentationScope attributes:", attributes, INDENT);
    }

    fn log_record(&mut self, place: usize, record: &LogRecord) {
        let severity = SeverityNumber::try_from(record.severity_number).unwrap_or_default();
        self.line(format_args!("LogRecord #{place}"));
        self.line(format_args!("ObservedTimestamp: {}", Time(record.observed_time_unix_nano)));
        self.line(format_args!("Timestamp: {}", Time(record.time_unix_nano)));
        self.line(format_args!("SeverityText: {}", record.severity_text));
        let name = title_case(severity.as_str_name().trim_start_matches("SEVERITY_NUMBER_"));
        self.line(format_args!("SeverityNumber: {name}({})", record.severity_number));
        if !record.event_name.is_empty() {
            self.line(format_args!("EventName: {}", record.event_name));
        }
        self.line(format_args!("Body: {}", Typed(record.body.as_ref())));
        self.attributes("Attributes:", &record.attributes, INDENT);
        self.line(format_args!("Trace ID: {}", Hex(&record.trace_id)));
        self.line(format_args!("Span ID: {}", Hex(&record.span_id)));
        self.line(format_args!("Flags: {}", record.flags));
    }

    fn span(&mut self, place: usize, span: &Span) {
        let status = span.status.clone().unwrap_or_default();
        let code = StatusCode::try_from(status.code).unwrap_or_default();
        let kind = SpanKind::try_from(span.kind).unwrap_or_default();
        self.line(format_args!("Span #{place}"));
        let mut field = |name: &str, value: &dyn Display| self.line(format_args!("    {name:<15}: {value}"));
        field("Trace ID", &Hex(&span.trace_id));
        field("Parent ID", &Hex(&span.parent_span_id));
        field("ID", &Hex(&span.span_id));
        field("Name", &span.name);
        field("Kind", &title_case(kind.as_str_name().trim_start_matches("SPAN_KIND_")));
        if !span.trace_state.is_empty() {
            field("TraceState", &span.trace_state);
        }
        field("Start time", &Time(span.start_time_unix_nano));
        field("End time", &Time(span.end_time_unix_nano));
        field("Status code", &title_case(code.as_str_name().trim_start_matches("STATUS_CODE_")));
        field("Status message", &status.message);
        self.dropped("    ", "DroppedAttributesCount", span.dropped_attributes_count);
        self.dropped("    ", "DroppedEventsCount", span.dropped_events_count);
        self.dropped("    ", "DroppedLinksCount", span.dropped_links_count);
        self.attributes("Attributes:", &span.attributes, INDENT);
        if !span.events.is_empty() {
            self.line("Events:");
        }
        for (place, event) in span.events.iter().enumerate() {
            self.line(format_args!("SpanEvent #{place}"));
            self.line(format_args!("{INDENT}-> Name: {}", event.name));
            self.line(format_args!("{INDENT}-> Timestamp: {}", Time(event.time_unix_nano)));
            self.line(format_args!("{INDENT}-> DroppedAttributesCount: {}", event.dropped_attributes_count));
            self.attributes("     -> Attributes::", &event.attributes, DEEPER);
        }
        if !span.links.is_empty() {
            self.line("Links:");
        }
        for (place, link) in span.links.iter().enumerate() {
            self.line(format_args!("SpanLink #{place}"));
            self.line(format_args!("{INDENT}-> Trace ID: {}", Hex(&link.trace_id)));
            self.line(format_args!("{INDENT}-> ID: {}", Hex(&link.span_id)));
            self.line(format_args!("{INDENT}-> TraceState: {}", link.trace_state));
            self.line(format_args!("{INDENT}-> DroppedAttributesCount: {}", link.dropped_attributes_count));
            self.attributes("     -> Attributes::", &link.attributes, DEEPER);
        }
    }

    fn dropped(&mut self, indent: &str, name: &str, count: u32) {
        if count > 0 {
            self.line(format_args!("{indent}{name}: {count}"));
        }
    }

    fn metric(&mut self, place: usize, metric: &Metric) {
        self.line(format_args!("Metric #{place}"));
        self.line("Descriptor:");
        self.line(format_args!("{INDENT}-> Name: {}", metric.name));
        self.line(format_args!("{INDENT}-> Description: {}", metric.description));
        self.line(format_args!("{INDENT}-> Unit: {}", metric.unit));
        match &metric.data {
            None => self.line(format_args!("{INDENT}-> DataType: Empty")),
            Some(Data::Gauge(gauge)) => {
                self.line(format_args!("{INDENT}-> DataType: Gauge"));
                self.numbers(&gauge.data_points);
            }
            Some(Data::Sum(sum)) => {
                self.line(format_args!("{INDENT}-> DataType: Sum"));
                self.line(format_args!("{INDENT}-> IsMonotonic: {}", sum.is_monotonic));
                self.temporality(sum.aggregation_temporality);
                self.numbers(&sum.data_points);
            }
            Some(Data::Histogram(histogram)) => {
                self.line(format_args!("{INDENT}-> DataType: Histogram"));
                self.temporality(histogram.aggregation_temporality);
                histogram.data_points.iter().enumerate().for_each(|(i, point)| self.histogram(i, point));
            }
            Some(Data::ExponentialHistogram(histogram)) => {
                self.line(format_args!("{INDENT}-> DataType: ExponentialHistogram"));
                self.temporality(histogram.aggregation_temporality);
                histogram.data_points.iter().enumerate().for_each(|(i, point)| self.exponential(i, point));
            }
            Some(Data::Summary(summary)) => {
                self.line(format_args!("{INDENT}-> DataType: Summary"));
                summary.data_points.iter().enumerate().for_each(|(i, point)| self.summary(i, point));
            }
        }
    }

    fn temporality(&mut self, temporality: i32) {
        let temporality = AggregationTemporality::try_from(temporality).unwrap_or_default();
        let name = title_case(temporality.as_str_name().trim_start_matches("AGGREGATION_TEMPORALITY_"));
        self.line(format_args!("{INDENT}-> AggregationTemporality: {name}"));
    }

    fn point(&mut self, title: &str, place: usize, attributes: &[KeyValue], start: u64, time: u64) {
        self.line(format_args!("{title} #{place}"));
        self.attributes("Data point attributes:", attributes, INDENT);
        self.line(format_args!("StartTimestamp: {}", Time(start)));
        self.line(format_args!("Timestamp: {}", Time(time)));
    }

    fn numbers(&mut self, points: &[NumberDataPoint]) {
        for (i, point) in points.iter().enumerate() {
            let times = (point.start_time_unix_nano, point.time_unix_nano);
            self.point("NumberDataPoints", i, &point.attributes, times.0, times.1);
            match point.value {
                Some(Value::AsInt(value)) => self.line(format_args!("Value: {value}")),
                Some(Value::AsDouble(value)) => self.line(format_args!("Value: {value:.6}")),
                None => {}
            }
        }
    }

    fn sums(&mut self, count: u64, sum: Option<f64>, min: Option<f64>, max: Option<f64>) {
        self.line(format_args!("Count: {count}"));
        for (name, value) in [("Sum", sum), ("Min", min), ("Max", max)] {
            if let Some(value) = value {
                self.line(format_args!("{name}: {value:.6}"));
            }
        }
    }

    fn histogram(&mut self, place: usize, point: &HistogramDataPoint) {
        let times = (point.start_time_unix_nano, point.time_unix_nano);
        self.point("HistogramDataPoints", place, &point.attributes, times.0, times.1);
        self.sums(point.count, point.sum, point.min, point.max);
        for (i, bound) in point.explicit_bounds.iter().enumerate() {
            self.line(format_args!("ExplicitBounds #{i}: {bound:.6}"));
        }
        for (i, count) in point.bucket_counts.iter().enumerate() {
            self.line(format_args!("Buckets #{i}, Count: {count}"));
        }
    }

    fn exponential(&mut self, place: usize, point: &ExponentialHistogramDataPoint) {
        let times = (point.start_time_unix_nano, point.time_unix_nano);
        self.point("ExponentialHistogramDataPoints", place, &point.attributes, times.0, times.1);
        self.sums(point.count, point.sum, point.min, point.max);
        self.line(format_args!("Scale: {}", point.scale));
        self.line(format_args!("ZeroCount: {}", point.zero_count));
        self.buckets("Negative", point.negative.as_ref());
        self.buckets("Positive", point.positive.as_ref());
    }

    fn buckets(&mut self, side: &str, buckets: Option<&Buckets>) {
        let Some(buckets) = buckets else { return };
        for (i, count) in buckets.bucket_counts.iter().enumerate() {
            let index = i64::from(buckets.offset) + i as i64;
            self.line(format_args!("{side} bucket {index}, Count: {count}"));
        }
    }

    fn summary(&mut self, place: usize, point: &SummaryDataPoint) {
        let times = (point.start_time_unix_nano, point.time_unix_nano);
        self.point("SummaryDataPoints", place, &point.attributes, times.0, times.1);
        self.sums(point.count, Some(point.sum), None, None);
        for (i, at) in point.quantile_values.iter().enumerate() {
            self.line(format_args!("QuantileValue #{i}: Quantile {:.6}, Value {:.6}", at.quantile, at.value));
        }
    }
}

const INDENT: &str = "     ";
const DEEPER: &str = "          ";

/// `UNSPECIFIED` is `Unspecified`.
fn title_case(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().into_iter().chain(letters.map(|letter| letter.to_ascii_lowercase())).collect()
}
