//! The protocol tables of OTLP/HTTP and OTLP/gRPC, as the receiver's own tests have them, against the
//! running binary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod common;
#[path = "../receivers/tests/protocol/grpc_table.rs"]
mod grpc_table;
#[path = "../receivers/tests/protocol/http_table.rs"]
mod http_table;

use common::sink::Sink;
use common::{Agent, TELEMETRY, client, eventually, requests};
use requests::{gzip, spans};

const CONFIG: &str = "
receivers:
  otlp:
    protocols:
      grpc: { endpoint: 127.0.0.1:{grpc}, max_recv_msg_size_mib: 1 }
      http: { endpoint: 127.0.0.1:{http}, max_request_body_size: 1MiB }
exporters:
  otlp_http: { endpoint: http://127.0.0.1:{sink}, compression: none }
service:
  telemetry: {telemetry}
  pipelines:
    logs: { receivers: [otlp], exporters: [otlp_http] }
    traces: { receivers: [otlp], exporters: [otlp_http] }
";

fn start(sink: &Sink) -> Agent {
    let config = CONFIG.replace("{sink}", &sink.port.to_string()).replace("{telemetry}", TELEMETRY);
    Agent::start(&config)
}

/// What was accepted is counted and delivered, what was refused is counted by its code, and no byte
/// of the budget stays taken.
fn check_counts(agent: &Agent, accepted: u32, refused: &[&str]) {
    assert_eq!(agent.metric("otelcol_receiver_accepted_log_records"), f64::from(accepted));
    assert_eq!(agent.metric("weir_exporter_accepted_records"), f64::from(accepted));
    eventually("all are delivered", || {
        (agent.metric("weir_exporter_delivered_records") == f64::from(accepted)).then_some(())
    });
    eventually("the budget is back", || (agent.metric("weir_memory_used_bytes") == 0.0).then_some(()));
    let page = agent.scrape();
    for code in refused {
        assert!(page.contains(&format!("code=\"{code}\"")), "{code} is not counted:\n{page}");
    }
}

#[tokio::test]
async fn every_http_request_gets_the_answer_of_the_table() {
    let sink = Sink::start();
    let agent = start(&sink);
    let accepted = http_table::check(agent.http_address()).await;
    check_counts(&agent, accepted, &["INVALID_ARGUMENT", "RESOURCE_EXHAUSTED"]);
}

#[tokio::test]
async fn every_grpc_call_ends_with_the_status_of_the_table() {
    let sink = Sink::start();
    let agent = start(&sink);
    let accepted = grpc_table::check(agent.grpc_address()).await;
    check_counts(&agent, accepted, &["INVALID_ARGUMENT", "RESOURCE_EXHAUSTED", "UNIMPLEMENTED"]);
}

/// Both transports feed the same pipelines, compressed or not.
#[tokio::test]
async fn spans_of_both_transports_reach_their_pipeline() {
    let sink = Sink::start();
    let agent = start(&sink);
    let headers = [("content-type", "application/x-protobuf"), ("content-encoding", "gzip")];
    let answer = client::post(agent.http_address(), "/v1/traces", &headers, &gzip(&spans(2))).await;
    assert_eq!(answer.status, 200);
    let message = client::framed(1, &gzip(&spans(3)));
    let ended = client::call(agent.grpc_address(), client::TRACES, Some("gzip"), message).await;
    assert_eq!(ended.status, 0);
    eventually("all are delivered", || (agent.metric("otelcol_exporter_sent_spans") == 5.0).then_some(()));
    assert!(sink.received().iter().all(|request| request.path == "/v1/traces"));
}
