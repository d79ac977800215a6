//! What a sender is told when its request was taken.

use super::export::Format;
use bytes::Bytes;
use component::Accepted;
use pdata::Signal;
use prost::Message;
use serde_json::json;

/// The `Export…ServiceResponse`: empty for full success, as the OTLP specification wants it.
pub fn success(format: Format, signal: Signal, accepted: &Accepted) -> Bytes {
    let full = accepted.rejected == 0 && accepted.message.is_empty();
    match format {
        Format::Protobuf if full => Bytes::new(),
        Format::Json if full => Bytes::from_static(b"{}"),
        Format::Protobuf => {
            let rejected = i64::try_from(accepted.rejected).unwrap_or(i64::MAX);
            let partial = PartialSuccess { rejected, error_message: accepted.message.clone() };
            Response { partial_success: Some(partial) }.encode_to_vec().into()
        }
        Format::Json => {
            let rejected = match signal {
                Signal::Logs => "rejectedLogRecords",
                Signal::Traces => "rejectedSpans",
                Signal::Metrics => "rejectedDataPoints",
            };
            // proto3 JSON writes 64-bit integers as strings.
            let partial =
                json!({ rejected: accepted.rejected.to_string(), "errorMessage": accepted.message });
            json!({ "partialSuccess": partial }).to_string().into()
        }
    }
}

/// The export response of every signal: their field numbers are the same.
#[derive(Clone, PartialEq, prost::Message)]
struct Response {
    #[prost(message, optional, tag = "1")]
    partial_success: Option<PartialSuccess>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct PartialSuccess {
    #[prost(int64, tag = "1")]
    rejected: i64,
    #[prost(string, tag = "2")]
    error_message: String,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use opentelemetry_proto::tonic::collector as otlp;

    #[test]
    fn a_partial_success_reads_as_such_for_every_signal() {
        let accepted = Accepted { rejected: 7, message: "no".into() };
        let encode = |signal| success(Format::Protobuf, signal, &accepted);

        let logs = otlp::logs::v1::ExportLogsServiceResponse::decode(encode(Signal::Logs)).unwrap();
        let logs = logs.partial_success.unwrap();
        assert_eq!((logs.rejected_log_records, logs.error_message.as_str()), (7, "no"));
        let traces = otlp::trace::v1::ExportTraceServiceResponse::decode(encode(Signal::Traces)).unwrap();
        assert_eq!(traces.partial_success.unwrap().rejected_spans, 7);
        let metrics = otlp::metrics::v1::ExportMetricsServiceResponse::decode(encode(Signal::Metrics));
        assert_eq!(metrics.unwrap().partial_success.unwrap().rejected_data_points, 7);

        let json = success(Format::Json, Signal::Traces, &accepted);
        assert_eq!(json, r#"{"partialSuccess":{"rejectedSpans":"7","errorMessage":"no"}}"#);
    }

    #[test]
    fn a_warning_without_rejected_records_is_a_partial_success_too() {
        let accepted = Accepted { rejected: 0, message: "soon".into() };
        let bytes = success(Format::Protobuf, Signal::Logs, &accepted);
        let partial = Response::decode(bytes).unwrap().partial_success.unwrap();
        assert_eq!((partial.rejected, partial.error_message.as_str()), (0, "soon"));
    }

    #[test]
    fn full_success_leaves_partial_success_unset() {
        let accepted = Accepted::default();
        assert_eq!(success(Format::Protobuf, Signal::Logs, &accepted), "");
        assert_eq!(success(Format::Json, Signal::Logs, &accepted), "{}");
    }
}
