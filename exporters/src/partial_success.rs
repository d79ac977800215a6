//! What an OTLP destination answers to an export: everything taken, or a part refused.

use bytes::Bytes;
use component::{ComponentId, Outcome, Reason};
use serde::Deserialize;

/// The answers of all three signals have one shape on the wire: field 1 holds how many records were
/// refused (field 1) and why (field 2).
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

/// The same in OTLP/JSON, where the count's name differs by signal.
#[derive(Deserialize)]
struct JsonResponse {
    #[serde(default, rename = "partialSuccess", alias = "partial_success")]
    partial_success: Option<JsonPartialSuccess>,
}

#[derive(Deserialize)]
struct JsonPartialSuccess {
    #[serde(
        default,
        alias = "rejectedLogRecords",
        alias = "rejectedSpans",
        alias = "rejectedDataPoints",
        alias = "rejected_log_records",
        alias = "rejected_spans",
        alias = "rejected_data_points"
    )]
    rejected: Option<Count>,
    #[serde(default, rename = "errorMessage", alias = "error_message")]
    error_message: Option<String>,
}

/// proto3 JSON writes a 64-bit integer as a string and reads a number too.
#[derive(Deserialize)]
#[serde(untagged)]
enum Count {
    Number(i64),
    Text(String),
}

/// The body is no export response.
#[derive(Debug, PartialEq, Eq)]
pub struct NotAResponse;

/// How a successful status ends the attempt, by what the protobuf body adds to it.
pub fn from_protobuf(exporter: &ComponentId, body: Bytes, sent: u64) -> Result<Outcome, NotAResponse> {
    let response: Response = prost::Message::decode(body).map_err(|_| NotAResponse)?;
    let PartialSuccess { rejected, error_message } = response.partial_success.unwrap_or_default();
    Ok(outcome(exporter, rejected, &error_message, sent))
}

/// How a successful status ends the attempt, by what the JSON body adds to it.
pub fn from_json(exporter: &ComponentId, body: &[u8], sent: u64) -> Result<Outcome, NotAResponse> {
    let response: JsonResponse = serde_json::from_slice(body).map_err(|_| NotAResponse)?;
    let Some(partial) = response.partial_success else { return Ok(Outcome::Delivered) };
    let rejected = match partial.rejected {
        None => 0,
        Some(Count::Number(number)) => number,
        Some(Count::Text(text)) => text.parse().map_err(|_| NotAResponse)?,
    };
    Ok(outcome(exporter, rejected, &partial.error_message.unwrap_or_default(), sent))
}

/// The message is the destination's text and may echo the data: its presence counts, not its words.
fn outcome(exporter: &ComponentId, rejected: i64, message: &str, sent: u64) -> Outcome {
    match u64::try_from(rejected) {
        Ok(rejected) if rejected > 0 => Outcome::Refused {
            records: rejected.min(sent),
            reason: Reason::of("the destination refused a part of the batch (OTLP partial success)"),
        },
        _ if !message.is_empty() => {
            tracing::warn!(%exporter, "the destination took the batch with a warning; its logs have the text");
            Outcome::Delivered
        }
        _ => Outcome::Delivered,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use opentelemetry_proto::tonic::collector::{
        logs::v1 as logs, metrics::v1 as metrics, trace::v1 as trace,
    };
    use prost::Message;

    fn id() -> ComponentId {
        ComponentId::parse("otlp").unwrap()
    }

    fn refused(outcome: Outcome) -> Option<u64> {
        match outcome {
            Outcome::Refused { records, reason } => {
                assert!(!reason.as_str().contains("hunter2"), "the destination's text leaked");
                Some(records)
            }
            other => {
                assert_eq!(other, Outcome::Delivered);
                None
            }
        }
    }

    #[test]
    fn refused_records_of_every_signal_are_counted_and_the_text_stays_away() {
        let error_message = "bad value hunter2".to_owned();
        let bodies = [
            logs::ExportLogsServiceResponse {
                partial_success: Some(logs::ExportLogsPartialSuccess {
                    rejected_log_records: 3,
                    error_message: error_message.clone(),
                }),
            }
            .encode_to_vec(),
            trace::ExportTraceServiceResponse {
                partial_success: Some(trace::ExportTracePartialSuccess {
                    rejected_spans: 3,
                    error_message: error_message.clone(),
                }),
            }
            .encode_to_vec(),
            metrics::ExportMetricsServiceResponse {
                partial_success: Some(metrics::ExportMetricsPartialSuccess {
                    rejected_data_points: 3,
                    error_message,
                }),
            }
            .encode_to_vec(),
        ];
        for body in bodies {
            assert_eq!(refused(from_protobuf(&id(), body.into(), 10).unwrap()), Some(3));
        }
        for json in [
            r#"{"partialSuccess":{"rejectedLogRecords":"3","errorMessage":"hunter2"}}"#,
            r#"{"partialSuccess":{"rejectedSpans":3}}"#,
            r#"{"partial_success":{"rejected_data_points":"3"}}"#,
        ] {
            assert_eq!(refused(from_json(&id(), json.as_bytes(), 10).unwrap()), Some(3), "{json}");
        }
    }

    #[test]
    fn nothing_refused_is_delivered_with_or_without_a_warning() {
        for body in [&b""[..], &[0x0a, 0], &[0x0a, 3, 0x12, 1, b'w']] {
            assert_eq!(refused(from_protobuf(&id(), Bytes::copy_from_slice(body), 10).unwrap()), None);
        }
        for json in ["{}", r#"{"partialSuccess":{}}"#, r#"{"partialSuccess":null,"other":1}"#] {
            assert_eq!(refused(from_json(&id(), json.as_bytes(), 10).unwrap()), None, "{json}");
        }
    }

    #[test]
    fn a_destination_cannot_refuse_more_than_was_sent() {
        let json = br#"{"partialSuccess":{"rejectedLogRecords":9223372036854775807}}"#;
        assert_eq!(refused(from_json(&id(), json, 10).unwrap()), Some(10));
    }

    #[test]
    fn a_body_that_is_no_response_is_told_apart() {
        assert!(from_protobuf(&id(), Bytes::from_static(b"<html>"), 1).is_err());
        assert!(from_json(&id(), b"<html>", 1).is_err());
    }
}
