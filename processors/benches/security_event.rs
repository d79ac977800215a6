//! What `security_event` costs an audit record. `cargo bench -p processors --bench security_event`.
//!
//! On a shared machine count instructions instead, as the difference of two runs:
//! `valgrind --tool=callgrind <the bench's binary> --once audit 20`.
#![allow(clippy::unwrap_used, missing_docs)]

use bytes::Bytes;
use component::{Context, Processor};
use criterion::{Criterion, Throughput};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use pdata::{Limits, Request, Signal};
use processors::security_event::{Config, SecurityEvent};
use prost::Message;
use std::hint::black_box;

const RECORDS: usize = 100;

fn pair(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.into(), value: Some(AnyValue { value: Some(value) }), ..Default::default() }
}

fn text(key: &str, value: impl Into<String>) -> KeyValue {
    pair(key, Value::StringValue(value.into()))
}

/// An audit record as `weir-bench` sends it.
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
        ],
        trace_id: if correlated { vec![0xab; 16] } else { vec![] },
        span_id: if correlated { vec![0xcd; 8] } else { vec![] },
        ..Default::default()
    }
}

fn audit() -> Request {
    let resource = Resource {
        attributes: vec![
            text("service.name", "auth-gateway"),
            text("service.version", "4.18.2"),
            text("host.name", "ip-10-42-7-113.eu-west-1.compute.internal"),
            text("k8s.pod.name", "auth-gateway-7d9f8b6c5d-x7k2p"),
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
    Request::validate(Signal::Logs, Bytes::from(message.encode_to_vec()), &Limits::default()).unwrap()
}

/// Reading by itself, which the processor's cost stands on.
fn read(request: &Request) -> usize {
    let records = request.resources().flat_map(|group| group.scopes()).flat_map(|scope| scope.log_records());
    records.flat_map(|record| record.attributes()).map(|pair| pair.key.as_bytes().len()).sum()
}

fn main() {
    let request = audit();
    let processor = SecurityEvent::new(Config::default());
    let context = Context::now(None);
    let process = |request: &Request| processor.process(request.clone(), &context).unwrap();

    let args: Vec<String> = std::env::args().collect();
    if let [_, once, what, times, ..] = args.as_slice()
        && once == "--once"
    {
        for _ in 0..times.parse().unwrap_or(1) {
            match what == "read" {
                true => _ = black_box(read(black_box(&request))),
                false => _ = black_box(process(black_box(&request))),
            }
        }
        return;
    }

    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("security_event, a record");
    group.throughput(Throughput::Elements(RECORDS as u64));
    group.bench_function("audit", |b| b.iter(|| process(black_box(&request))));
    group.bench_function("read only", |b| b.iter(|| read(black_box(&request))));
    group.finish();
    criterion.final_summary();
}
