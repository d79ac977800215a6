#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::expect_used)]

use super::*;
use crate::testing::{id, valid};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use pdata::Signal;

fn logs() -> Batch {
    let request: ExportLogsServiceRequest = serde_json::from_str(include_str!("testdata/logs.json")).unwrap();
    Batch::new(Signal::Logs, vec![valid(Signal::Logs, &request)])
}

fn traces() -> Batch {
    let request: ExportTraceServiceRequest =
        serde_json::from_str(include_str!("testdata/traces.json")).unwrap();
    Batch::new(Signal::Traces, vec![valid(Signal::Traces, &request)])
}

fn metrics() -> Batch {
    let request: ExportMetricsServiceRequest =
        serde_json::from_str(include_str!("testdata/metrics.json")).unwrap();
    Batch::new(Signal::Metrics, vec![valid(Signal::Metrics, &request)])
}

fn printed(verbosity: Verbosity, batch: &Batch) -> String {
    let config = Config { verbosity, ..Config::default() };
    Debug::new(&id(), &config).encode(batch).unwrap().to_string()
}

#[test]
fn basic_counts_and_shows_no_value() {
    for (batch, line) in [
        (logs(), r#"Logs {"otelcol.component.id": "under/test", "resource logs": 1, "log records": 2}"#),
        (traces(), r#"Traces {"otelcol.component.id": "under/test", "resource spans": 1, "spans": 1}"#),
        (
            metrics(),
            r#"Metrics {"otelcol.component.id": "under/test", "resource metrics": 1, "metrics": 3, "data points": 4}"#,
        ),
    ] {
        assert_eq!(printed(Verbosity::Basic, &batch), format!("{line}\n"));
    }
}

#[test]
fn normal_has_a_line_a_record() {
    let lines = |batch: &Batch| {
        printed(Verbosity::Normal, batch).lines().skip(1).map(String::from).collect::<Vec<_>>()
    };
    assert_eq!(lines(&logs()), [r#"login failed user.name=ada nested={"a":[1,true],"b":"x"}"#, ""]);
    assert_eq!(lines(&traces()), ["GET / http.status=200"]);
    assert_eq!(
        lines(&metrics()),
        ["requests k=v 123", "requests 1.5", "latency count=3 sum=6", "temperature 21.5"]
    );
}

#[test]
fn detailed_shows_every_field_as_the_collector_lays_it_out() {
    for (batch, expected) in [
        (logs(), include_str!("testdata/logs.txt")),
        (traces(), include_str!("testdata/traces.txt")),
        (metrics(), include_str!("testdata/metrics.txt")),
    ] {
        let text = printed(Verbosity::Detailed, &batch);
        let text = text.split_once('\n').unwrap().1;
        assert!(text == expected, "printed:\n{text}\nexpected:\n{expected}");
    }
}

#[tokio::test]
async fn what_sampling_leaves_out_is_not_printed_and_counts_as_delivered() {
    let config = Config { sampling_initial: 1, sampling_thereafter: 1000, ..Config::default() };
    let exporter = Debug::new(&id(), &config);
    assert!(!exporter.encode(&logs()).unwrap().is_empty());
    let left_out = exporter.encode(&logs()).unwrap();
    assert!(left_out.is_empty());
    assert_eq!(exporter.export(&left_out).await, Outcome::Delivered);
}

#[test]
fn sampling_one_in_none_is_refused() {
    let config = Config { sampling_thereafter: 0, ..Config::default() };
    assert_eq!(config.validate().first().map(|p| p.path.as_str()), Some("sampling_thereafter"));
    assert_eq!(Config::default().validate(), []);
}
