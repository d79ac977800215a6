//! What writing security events as JSON costs a record. `cargo bench -p exporters --bench event_json`.
//!
//! On a shared machine count instructions instead, as the difference of two runs:
//! `valgrind --tool=callgrind <the bench's binary> --once array 20`.
#![allow(clippy::unwrap_used, missing_docs)]

use component::Batch;
use criterion::{Criterion, Throughput};
use exporters::event_json::EventJson;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use pdata::{Limits, Request, Signal};
use prost::Message;
use std::hint::black_box;

const RECORDS: usize = 100;

fn pair(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.into(), value: Some(AnyValue { value: Some(value) }), ..Default::default() }
}

fn text(key: &str, value: impl Into<String>) -> KeyValue {
    pair(key, Value::StringValue(value.into()))
}

/// An audit record as `security_event` leaves it: 12 attributes of the sender and 8 more.
fn record(index: usize) -> LogRecord {
    let (user, ip) = (format!("u-{:06}", index * 1999), format!("10.4.{index}.17"));
    let body = format!(
        "User signed in through the identity provider: {user} from {ip}, policy default-deny-v3, request {index:016x}"
    );
    let correlated = index.is_multiple_of(2);
    LogRecord {
        time_unix_nano: 1_760_000_000_000_000_000 + index as u64 * 1000,
        observed_time_unix_nano: 1_760_000_000_001_000_000,
        severity_number: 9,
        severity_text: "INFO".into(),
        body: Some(AnyValue { value: Some(Value::StringValue(body)) }),
        attributes: vec![
            text("bench.seq", format!("bseq-{index:012}")),
            text("event.name", "user.login"),
            text("event.category", "authentication"),
            text("user.id", user.as_str()),
            text("user.email", "****"),
            text("client.address", ip.as_str()),
            text("http.request.method", "POST"),
            text("url.path", "/api/v1/tenants/acme-corp/policies/default"),
            pair("http.response.status_code", Value::IntValue(200)),
            text("outcome", "success"),
            text("session.id", format!("{index:032x}")),
            text("user_agent.original", "Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0"),
            text("audit.record.id", format!("0199c6e8-b000-7abc-8def-{index:012x}")),
            text("audit.action", "user.login"),
            text("audit.actor.id", user.as_str()),
            text("audit.actor.type", "user"),
            text("audit.target.id", "/api/v1/tenants/acme-corp/policies/default"),
            text("audit.target.type", "url"),
            text("audit.outcome", "success"),
            text("audit.source.id", ip.as_str()),
        ],
        trace_id: if correlated { vec![0xab; 16] } else { vec![] },
        span_id: if correlated { vec![0xcd; 8] } else { vec![] },
        event_name: "user.login".into(),
        ..Default::default()
    }
}

fn audit() -> Batch {
    let resource = Resource {
        attributes: vec![
            text("service.name", "auth-gateway"),
            text("service.version", "4.18.2"),
            text("host.name", "ip-10-42-7-113.eu-west-1.compute.internal"),
            text("service.namespace", "identity"),
            text("deployment.environment.name", "production"),
            text("k8s.cluster.name", "prod-eu-1"),
            text("k8s.namespace.name", "identity"),
            text("k8s.deployment.name", "auth-gateway"),
            text("k8s.pod.name", "auth-gateway-7d9f8b6c5d-x7k2p"),
            text("k8s.node.name", "ip-10-42-7-113"),
        ],
        ..Default::default()
    };
    let message = ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs {
            resource: Some(resource),
            scope_logs: vec![ScopeLogs {
                log_records: (0..RECORDS).map(record).collect(),
                ..Default::default()
            }],
            ..Default::default()
        }],
    };
    let request =
        Request::validate(Signal::Logs, message.encode_to_vec().into(), &Limits::default()).unwrap();
    Batch::new(Signal::Logs, vec![request])
}

/// Reading by itself, which the writer's cost stands on.
fn read(batch: &Batch) -> usize {
    let groups = batch.requests().iter().flat_map(|request| request.resources());
    let records = groups.flat_map(|group| group.scopes()).flat_map(|scope| scope.log_records());
    records.flat_map(|record| record.attributes()).map(|pair| pair.key.as_bytes().len()).sum()
}

fn array(batch: &Batch) -> Vec<u8> {
    let mut out = Vec::with_capacity(batch.size() * 2);
    EventJson::default().write_array(batch, &mut out);
    out
}

fn main() {
    let batch = audit();
    let args: Vec<String> = std::env::args().collect();
    if let [_, once, what, times, ..] = args.as_slice()
        && once == "--once"
    {
        for _ in 0..times.parse().unwrap_or(1) {
            match what == "read" {
                true => _ = black_box(read(black_box(&batch))),
                false => _ = black_box(array(black_box(&batch))),
            }
        }
        return;
    }

    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("event JSON, a record");
    group.throughput(Throughput::Elements(RECORDS as u64));
    group.bench_function("array", |b| b.iter(|| array(black_box(&batch))));
    group.bench_function("read only", |b| b.iter(|| read(black_box(&batch))));
    group.finish();
    criterion.final_summary();
}
