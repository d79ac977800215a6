//! How large a request may be, through the built binary.
#![allow(clippy::unwrap_used)]

mod common;

use common::Agent;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, any_value::Value};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use prost::Message;

const CONFIG: &str = r#"
receivers:
  otlp: { protocols: { http: { endpoint: "127.0.0.1:{http}", max_request_body_size: 68MiB } } }
exporters:
  file: { path: "{dir}/out.jsonl" }
service:
  telemetry: { metrics: { level: none } }
  pipelines:
    logs: { receivers: [otlp], exporters: [file], redaction: off }
"#;

/// One log record whose body has so many MiB.
fn request(mib: usize) -> Vec<u8> {
    let body = Some(AnyValue { value: Some(Value::StringValue("a".repeat(mib << 20))) });
    let scope =
        ScopeLogs { log_records: vec![LogRecord { body, ..LogRecord::default() }], ..ScopeLogs::default() };
    let resource = ResourceLogs { scope_logs: vec![scope], ..ResourceLogs::default() };
    ExportLogsServiceRequest { resource_logs: vec![resource] }.encode_to_vec()
}

/// The receiver's own key says how large a request may be, also above the default of 64 MiB.
#[tokio::test]
async fn a_limit_above_the_default_counts() {
    let agent = Agent::start(CONFIG);
    for (mib, status) in [(67, 200), (68, 413)] {
        let url = format!("http://127.0.0.1:{}/v1/logs", agent.http);
        let post = reqwest::Client::new().post(url).header("content-type", "application/x-protobuf");
        let answer = post.body(request(mib)).send().await.unwrap();
        assert_eq!(answer.status(), status, "{mib} MiB");
    }
}
