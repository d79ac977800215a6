//! Export responses: what is written reads back, and opentelemetry-proto reads and writes the same.
#![allow(clippy::unwrap_used)]

use bytes::Bytes;
use opentelemetry_proto::tonic::collector as otlp;
use pdata::{PartialSuccess, Signal};
use prost::Message;

fn partial(rejected: i64, message: &str) -> PartialSuccess {
    PartialSuccess { rejected, message: message.into() }
}

#[test]
fn a_partial_success_is_the_specifications_message_of_every_signal() {
    let said = partial(7, "no \"7\"");
    let logs = otlp::logs::v1::ExportLogsServiceResponse::decode(said.to_protobuf()).unwrap();
    let logs = logs.partial_success.unwrap();
    assert_eq!((logs.rejected_log_records, logs.error_message.as_str()), (7, "no \"7\""));
    let traces = otlp::trace::v1::ExportTraceServiceResponse::decode(said.to_protobuf()).unwrap();
    assert_eq!(traces.partial_success.unwrap().rejected_spans, 7);
    let metrics = otlp::metrics::v1::ExportMetricsServiceResponse::decode(said.to_protobuf()).unwrap();
    assert_eq!(metrics.partial_success.unwrap().rejected_data_points, 7);
    let json = said.to_json(Signal::Traces);
    assert_eq!(json, r#"{"partialSuccess":{"rejectedSpans":"7","errorMessage":"no \"7\""}}"#);
}

#[test]
fn what_is_written_reads_back_a_warning_without_rejected_records_too() {
    for said in [partial(7, "no"), partial(0, "soon"), partial(i64::MAX, ""), PartialSuccess::default()] {
        assert_eq!(PartialSuccess::from_protobuf(said.to_protobuf()), Ok(said.clone()));
        for signal in Signal::ALL {
            assert_eq!(PartialSuccess::from_json(&said.to_json(signal)), Ok(said.clone()));
        }
    }
}

#[test]
fn full_success_leaves_partial_success_unset() {
    assert_eq!(PartialSuccess::default().to_protobuf(), "");
    assert_eq!(PartialSuccess::default().to_json(Signal::Logs), "{}");
    for body in [&b""[..], &[0x0a, 0]] {
        let read = PartialSuccess::from_protobuf(Bytes::copy_from_slice(body));
        assert_eq!(read, Ok(PartialSuccess::default()));
    }
}

#[test]
fn json_is_read_in_every_spelling() {
    for (json, expected) in [
        (r#"{"partialSuccess":{"rejectedLogRecords":"3","errorMessage":"\u0068i"}}"#, partial(3, "hi")),
        (r#"{"partialSuccess":{"rejectedSpans":3}}"#, partial(3, "")),
        (r#"{"partial_success":{"rejected_data_points":"3","error_message":"x"}}"#, partial(3, "x")),
        (r#"{"partialSuccess":{"rejectedSpans":null,"errorMessage":null,"other":[{}]}}"#, partial(0, "")),
        (r#"{"partialSuccess":null,"other":1}"#, partial(0, "")),
        (r#"{"partialSuccess":{}}"#, partial(0, "")),
        ("{}", partial(0, "")),
    ] {
        assert_eq!(PartialSuccess::from_json(json.as_bytes()), Ok(expected), "{json}");
    }
}

#[test]
fn a_body_that_is_no_response_is_told_apart() {
    assert!(PartialSuccess::from_protobuf(Bytes::from_static(b"<html>")).is_err());
    for json in ["", "<html>", "[]", r#"{"partialSuccess":3}"#, "{} {}"] {
        assert!(PartialSuccess::from_json(json.as_bytes()).is_err(), "{json}");
    }
    for count in [r#""3 of them""#, "1.5", "9223372036854775808", "true"] {
        let json = format!(r#"{{"partialSuccess":{{"rejectedSpans":{count}}}}}"#);
        assert!(PartialSuccess::from_json(json.as_bytes()).is_err(), "{json}");
    }
}
