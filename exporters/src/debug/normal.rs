//! One line a record: what it is, its attributes and, for a data point, its value.

use super::values::Plain;
use component::Batch;
use opentelemetry_proto::tonic::collector::{logs, metrics, trace};
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use opentelemetry_proto::tonic::metrics::v1::{Metric, NumberDataPoint};
use pdata::Signal;
use prost::Message;
use std::fmt::Write;

/// Appends the records of a batch.
pub fn write(batch: &Batch, text: &mut String) {
    for chunk in batch.chunks() {
        // Validated when it came in: it decodes.
        match batch.signal() {
            Signal::Logs => {
                let Ok(request) = logs::v1::ExportLogsServiceRequest::decode(chunk.as_ref()) else {
                    continue;
                };
                let scopes = request.resource_logs.iter().flat_map(|group| &group.scope_logs);
                for record in scopes.flat_map(|scope| &scope.log_records) {
                    line(text, &Plain(record.body.as_ref()).to_string(), &record.attributes, "");
                }
            }
            Signal::Traces => {
                let Ok(request) = trace::v1::ExportTraceServiceRequest::decode(chunk.as_ref()) else {
                    continue;
                };
                let scopes = request.resource_spans.iter().flat_map(|group| &group.scope_spans);
                for span in scopes.flat_map(|scope| &scope.spans) {
                    line(text, &span.name, &span.attributes, "");
                }
            }
            Signal::Metrics => {
                let Ok(request) = metrics::v1::ExportMetricsServiceRequest::decode(chunk.as_ref()) else {
                    continue;
                };
                let scopes = request.resource_metrics.iter().flat_map(|group| &group.scope_metrics);
                scopes.flat_map(|scope| &scope.metrics).for_each(|metric| points(text, metric));
            }
        }
    }
}

fn points(text: &mut String, metric: &Metric) {
    let name = &metric.name;
    let mut sums = |attributes: &[KeyValue], count: u64, sum: Option<f64>| {
        let sum = sum.map(|sum| format!(" sum={sum}")).unwrap_or_default();
        line(text, name, attributes, &format!(" count={count}{sum}"));
    };
    match &metric.data {
        None => {}
        Some(Data::Gauge(gauge)) => numbers(text, name, &gauge.data_points),
        Some(Data::Sum(sum)) => numbers(text, name, &sum.data_points),
        Some(Data::Histogram(it)) => it.data_points.iter().for_each(|p| sums(&p.attributes, p.count, p.sum)),
        Some(Data::ExponentialHistogram(it)) => {
            it.data_points.iter().for_each(|p| sums(&p.attributes, p.count, p.sum));
        }
        Some(Data::Summary(it)) => {
            it.data_points.iter().for_each(|p| sums(&p.attributes, p.count, Some(p.sum)));
        }
    }
}

fn numbers(text: &mut String, name: &str, points: &[NumberDataPoint]) {
    for point in points {
        let value = match point.value {
            Some(Value::AsInt(value)) => format!(" {value}"),
            Some(Value::AsDouble(value)) => format!(" {value}"),
            None => String::new(),
        };
        line(text, name, &point.attributes, &value);
    }
}

fn line(text: &mut String, title: &str, attributes: &[KeyValue], value: &str) {
    text.push_str(title);
    for pair in attributes {
        // Writing to a `String` cannot fail.
        let _ = write!(text, " {}={}", pair.key, Plain(pair.value.as_ref()));
    }
    text.push_str(value);
    text.push('\n');
}
