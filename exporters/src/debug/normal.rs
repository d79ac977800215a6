//! One line a record: what it is and its attributes.

use super::values::Plain;
use component::Batch;
use opentelemetry_proto::tonic::collector::{logs, trace};
use opentelemetry_proto::tonic::common::v1::KeyValue;
use pdata::Signal;
use prost::Message;
use std::fmt::Write;

/// Appends the records of a batch.
pub fn write(batch: &Batch, text: &mut String) {
    for (request, chunk) in batch.requests().iter().zip(batch.chunks()) {
        // Validated when it came in: it decodes.
        match batch.signal() {
            Signal::Logs => {
                let Ok(request) = logs::v1::ExportLogsServiceRequest::decode(chunk.as_ref()) else {
                    continue;
                };
                let scopes = request.resource_logs.iter().flat_map(|group| &group.scope_logs);
                for record in scopes.flat_map(|scope| &scope.log_records) {
                    line(text, &Plain(record.body.as_ref()).to_string(), &record.attributes);
                }
            }
            Signal::Traces => {
                let Ok(request) = trace::v1::ExportTraceServiceRequest::decode(chunk.as_ref()) else {
                    continue;
                };
                let scopes = request.resource_spans.iter().flat_map(|group| &group.scope_spans);
                for span in scopes.flat_map(|scope| &scope.spans) {
                    line(text, &span.name, &span.attributes);
                }
            }
            Signal::Metrics => {
                let scopes = request.resources().flat_map(|group| group.scopes());
                for metric in scopes.flat_map(|scope| scope.metrics()) {
                    line(text, &format!("{} {}", metric.name.as_str(), metric.data_points()), &[]);
                }
            }
        }
    }
}

fn line(text: &mut String, title: &str, attributes: &[KeyValue]) {
    text.push_str(title);
    for pair in attributes {
        // Writing to a `String` cannot fail.
        let _ = write!(text, " {}={}", pair.key, Plain(pair.value.as_ref()));
    }
    text.push('\n');
}
