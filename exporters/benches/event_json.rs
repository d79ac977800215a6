//! Nanoseconds a record of writing security events as JSON. `cargo bench -p exporters`.
#![allow(clippy::unwrap_used, missing_docs)]

use component::Batch;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use exporters::event_json::EventJson;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use pdata::{Limits, Request, Signal};
use prost::Message;
use std::hint::black_box;

const RECORDS: usize = 1000;

fn pair(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.into(), value: Some(AnyValue { value: Some(value) }), ..Default::default() }
}

fn text(key: &str, value: &str) -> KeyValue {
    pair(key, Value::StringValue(value.into()))
}

/// Audit records as `security_event` leaves them: 25 attributes.
fn audit() -> Batch {
    let record = LogRecord {
        time_unix_nano: 1_760_000_000_000_000_000,
        observed_time_unix_nano: 1_760_000_000_001_000_000,
        severity_number: 9,
        severity_text: "INFO".into(),
        body: Some(AnyValue { value: Some(Value::StringValue(
            "User signed in through the identity provider: u-104233 from 10.4.200.17, policy default-deny-v3".into(),
        )) }),
        attributes: vec![
            text("event.name", "user.login"),
            text("event.category", "authentication"),
            text("user.id", "u-104233"),
            text("user.email", "****"),
            text("client.address", "10.4.200.17"),
            text("http.request.method", "POST"),
            text("url.path", "/api/v1/tenants/acme-corp/policies/default"),
            pair("http.response.status_code", Value::IntValue(200)),
            text("outcome", "success"),
            text("session.id", "0f4c8e9a7b6d5c4f3e2d1c0b9a8f7e6d"),
            text("user_agent.original", "Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0"),
            text("tenant.id", "acme-corp"),
            text("request.id", "8f3a2c1d"),
            text("region", "eu-west-1"),
            pair("mfa", Value::BoolValue(true)),
            text("bench.seq", "bseq-000000000000"),
            text("audit.record.id", "0199c6e8-b000-7abc-8def-0123456789ab"),
            text("audit.action", "user.login"),
            text("audit.actor.id", "u-104233"),
            text("audit.actor.type", "user"),
            text("audit.target.id", "/api/v1/tenants/acme-corp/policies/default"),
            text("audit.target.type", "url"),
            text("audit.outcome", "success"),
            text("audit.source.id", "10.4.200.17"),
        ],
        trace_id: vec![0xab; 16],
        span_id: vec![0xcd; 8],
        event_name: "user.login".into(),
        ..Default::default()
    };
    let message = ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs {
            resource: Some(Resource {
                attributes: vec![
                    text("service.name", "auth"),
                    text("service.version", "1.2.3"),
                    text("host.name", "h-1"),
                ],
                ..Default::default()
            }),
            scope_logs: vec![ScopeLogs { log_records: vec![record; RECORDS], ..Default::default() }],
            ..Default::default()
        }],
    };
    let request =
        Request::validate(Signal::Logs, message.encode_to_vec().into(), &Limits::default()).unwrap();
    Batch::new(Signal::Logs, vec![request])
}

fn benches(c: &mut Criterion) {
    let batch = audit();
    let writer = EventJson::default();
    let mut group = c.benchmark_group("record");
    group.throughput(Throughput::Elements(RECORDS as u64));
    group.bench_function("event json", |b| {
        b.iter(|| {
            let mut out = Vec::with_capacity(batch.size() * 2);
            writer.write_array(black_box(&batch), &mut out);
            out
        });
    });
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
