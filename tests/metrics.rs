//! What a running agent tells of itself is what its list of metrics says, no more and no less.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod common;

use common::client::{TRACES, call, framed, post};
use common::page::Page;
use common::requests::{logs, points, spans};
use common::sender::PROTOBUF;
use common::sink::{Answer, Sink};
use common::{Agent, RECEIVING, TELEMETRY, eventually};
use component::telemetry::ALL;
use std::collections::{BTreeMap, BTreeSet};

const CONFIG: &str = "
processors:
  security_event:
exporters:
  siem_http:
    endpoint: http://127.0.0.1:{sink}
    retry_on_failure: { initial_interval: 10ms }
    sending_queue: { batch: { flush_timeout: 10ms } }
  otlp_http:
    endpoint: http://127.0.0.1:{sink}
    retry_on_failure: { initial_interval: 10ms }
    sending_queue: { batch: { flush_timeout: 10ms } }
extensions:
  file_storage: { directory: '{dir}' }
connectors:
  failover: { priority_levels: [[metrics/out]] }
service:
  extensions: [file_storage]
  telemetry: {telemetry}
  pipelines:
    logs: { receivers: [otlp], processors: [security_event], exporters: [siem_http, otlp_http] }
    traces: { receivers: [otlp], exporters: [otlp_http], journal: { storage: file_storage } }
    metrics: { receivers: [otlp], exporters: [failover] }
    metrics/out: { receivers: [failover], exporters: [otlp_http] }
";

/// All signals over both transports, something to redact, something refused, a retry, a rejection.
async fn agent_with_traffic(sink: &Sink) -> Agent {
    let config = format!("{RECEIVING}{CONFIG}");
    let agent =
        Agent::start(&config.replace("{telemetry}", TELEMETRY).replace("{sink}", &sink.port.to_string()));
    let http = agent.http_address();
    sink.answer_next([Answer::Status(503, ""), Answer::Status(404, "")]);
    for (path, body) in [("/v1/logs", logs(3, 5)), ("/v1/traces", spans(2)), ("/v1/metrics", points(4))] {
        assert_eq!(post(http, path, &[PROTOBUF], &body).await.status, 200);
    }
    let secret = br#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"maria@example.com"}}]}]}]}"#;
    assert_eq!(post(http, "/v1/logs", &[("content-type", "application/json")], secret).await.status, 200);
    assert_eq!(post(http, "/v1/logs", &[PROTOBUF], b"\x0a\xff").await.status, 400);
    assert_eq!(call(agent.grpc_address(), TRACES, None, framed(0, &spans(2))).await.status, 0);
    eventually("everything has left", || {
        let page = Page::parse(&agent.scrape());
        (page.sum("weir_exporter_waiting_records", &[]) == 0.0).then_some(())
    });
    agent
}

#[tokio::test]
async fn every_exposed_metric_is_in_the_list_and_every_listed_one_is_exposed() {
    let sink = Sink::start();
    let agent = agent_with_traffic(&sink).await;
    let text = agent.scrape();
    let listed: BTreeMap<String, _> =
        ALL.iter().flat_map(|metric| metric.names().into_iter().map(move |name| (name, metric))).collect();
    let page = Page::parse(&text);
    for sample in &page.0 {
        let metric = listed.get(&sample.name).unwrap_or_else(|| panic!("{} is not in the list", sample.name));
        let labels: BTreeSet<&str> = sample.labels.keys().map(String::as_str).collect();
        assert_eq!(labels, metric.labels.iter().copied().collect(), "{}", sample.name);
        let described = format!("# TYPE {} {}\n", sample.name, metric.kind);
        assert!(text.contains(&described), "no {described}");
        assert!(text.contains(&format!("# HELP {} {}\n", sample.name, metric.help)), "{}", sample.name);
    }
    let exposed: BTreeSet<&str> = page.0.iter().map(|sample| sample.name.as_str()).collect();
    let hidden: Vec<_> = listed.keys().filter(|name| !exposed.contains(name.as_str())).collect();
    assert!(hidden.is_empty(), "listed but not exposed: {hidden:?}");
    let suffixed: Vec<_> = exposed.iter().filter(|name| name.ends_with("_total")).collect();
    assert!(suffixed.is_empty(), "the Collector's names have no suffix: {suffixed:?}");
}

/// The figures, not only the names.
#[tokio::test]
async fn the_counts_are_those_of_the_traffic() {
    let sink = Sink::start();
    let agent = agent_with_traffic(&sink).await;
    let page = Page::parse(&agent.scrape());
    for (name, labels, value) in [
        ("otelcol_receiver_accepted_log_records", &[("receiver", "otlp"), ("transport", "http")][..], 4.0),
        ("otelcol_receiver_accepted_spans", &[("transport", "http")], 2.0),
        ("otelcol_receiver_accepted_spans", &[("transport", "grpc")], 2.0),
        ("otelcol_receiver_accepted_metric_points", &[("transport", "http")], 4.0),
        ("weir_receiver_refused_requests", &[("transport", "http"), ("code", "INVALID_ARGUMENT")], 1.0),
        (
            "otelcol_processor_incoming_items",
            &[("processor", "security_event"), ("otel_signal", "logs")],
            4.0,
        ),
        ("otelcol_processor_outgoing_items", &[("processor", "redaction"), ("otel_signal", "traces")], 4.0),
        ("weir_redaction_hits", &[("detector", "email")], 1.0),
        ("weir_exporter_accepted_records", &[("pipeline", "logs"), ("exporter", "siem_http")], 4.0),
        ("weir_exporter_accepted_records", &[("pipeline", "metrics"), ("exporter", "failover")], 4.0),
        ("weir_exporter_accepted_records", &[("pipeline", "metrics/out"), ("exporter", "otlp_http")], 4.0),
        ("weir_failover_level", &[("connector", "failover")], 1.0),
        ("weir_journal_state", &[("pipeline", "traces")], 0.0),
        ("weir_journal_segments", &[("pipeline", "traces")], 1.0),
        ("otelcol_exporter_in_flight_requests", &[], 0.0),
        ("otelcol_exporter_queue_size", &[], 0.0),
        ("weir_exporter_attempts", &[("outcome", "retry")], 1.0),
        ("weir_exporter_attempts", &[("outcome", "impossible")], 1.0),
        ("weir_exporter_retries", &[], 1.0),
    ] {
        assert_eq!(page.sum(name, labels), value, "{name} {labels:?}");
    }
    let all = ["siem_http", "otlp_http"].map(|exporter| [("exporter", exporter)]);
    let delivered: f64 = all.iter().map(|one| page.sum("weir_exporter_delivered_records", one)).sum();
    let rejected = page.sum("weir_exporter_dead_lettered_records", &[]);
    assert!(rejected > 0.0 && delivered + rejected == 16.0, "{delivered} {rejected}");
    let sum = |what: &str| -> f64 {
        ["log_records", "spans", "metric_points"]
            .iter()
            .map(|records| page.sum(&format!("otelcol_exporter_{what}_{records}"), &[]))
            .sum()
    };
    assert_eq!((sum("sent"), sum("send_failed")), (delivered, rejected));
    assert!(page.sum("otelcol_process_memory_rss", &[]) > 1e6);
    assert!(page.sum("weir_journal_fsyncs", &[("pipeline", "traces")]) >= 1.0);
    assert!(page.sum("weir_journal_fsync_seconds", &[]) > 0.0);
}
