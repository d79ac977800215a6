//! Nanoseconds a record: validate, views, edits. `cargo bench -p pdata`.
#![allow(clippy::unwrap_used, missing_docs)]

use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use pdata::schema::{Field, Message as Schema};
use pdata::view::{self, Text};
use pdata::{Edits, Limits, Next, Request, Signal, Visit};
use prost::Message;
use std::hint::black_box;

const RECORDS: usize = 100;

/// Audit records: 16 attributes, about 700 bytes.
fn audit() -> Bytes {
    let pair = |key: &str, value: Value| KeyValue {
        key: key.into(),
        value: Some(AnyValue { value: Some(value) }),
        ..Default::default()
    };
    let text = |key: &str, value: &str| pair(key, Value::StringValue(value.into()));
    let record = LogRecord {
        time_unix_nano: 1_760_000_000_000_000_000,
        observed_time_unix_nano: 1_760_000_000_001_000_000,
        severity_number: 9,
        severity_text: "INFO".into(),
        body: Some(AnyValue {
            value: Some(Value::StringValue(
                "User signed in through the identity provider: u-104233 from 10.4.200.17, policy default-deny-v3, request 8f3a".into(),
            )),
        }),
        attributes: vec![
            text("bench.seq", "bseq-000000000000"),
            text("event.name", "user.login"),
            text("event.category", "authentication"),
            text("user.id", "u-104233"),
            text("user.email", "maria.silva42@corp.example.com"),
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
        ],
        trace_id: vec![0xab; 16],
        span_id: vec![0xcd; 8],
        ..Default::default()
    };
    let message = ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs {
            scope_logs: vec![ScopeLogs { log_records: vec![record; RECORDS], ..Default::default() }],
            ..Default::default()
        }],
    };
    Bytes::from(message.encode_to_vec())
}

/// Looks at every text, as redaction does, and finds nothing.
struct Lengths(usize);

impl<'a> Visit<'a> for Lengths {
    fn pair(&mut self, _: &'static Schema, pair: view::KeyValue<'a>) -> Next {
        self.0 += pair.key.as_bytes().len() + pair.value.as_text().map_or(0, |text| text.as_bytes().len());
        Next::Inside
    }

    fn text(&mut self, _: &'static Schema, _: &'static Field, text: Text<'a>) {
        self.0 += text.as_bytes().len();
    }

    fn bytes(&mut self, _: &'static Schema, _: &'static Field, bytes: &'a [u8]) {
        self.0 += bytes.len();
    }
}

fn benches(c: &mut Criterion) {
    let bytes = audit();
    let limits = Limits::default();
    let request = Request::validate(Signal::Logs, bytes.clone(), &limits).unwrap();
    let mut group = c.benchmark_group("record");
    group.throughput(Throughput::Elements(RECORDS as u64));
    group.bench_function("validate", |b| {
        b.iter(|| Request::validate(Signal::Logs, black_box(bytes.clone()), &limits).unwrap());
    });
    group.bench_function("prost decode", |b| {
        b.iter(|| ExportLogsServiceRequest::decode(black_box(bytes.clone())).unwrap());
    });
    group.bench_function("views", |b| {
        b.iter(|| {
            let mut sum = 0;
            for record in request.resources().flat_map(|r| r.scopes()).flat_map(|s| s.log_records()) {
                sum += record.time_unix_nano as usize;
                sum += record.attributes().map(|pair| pair.key.as_bytes().len()).sum::<usize>();
            }
            black_box(sum)
        });
    });
    group.bench_function("walk", |b| {
        b.iter(|| {
            let mut lengths = Lengths(0);
            request.walk(&mut lengths);
            black_box(lengths.0)
        });
    });
    group.bench_function("split to single records", |b| {
        b.iter(|| black_box(request.clone()).split_records(1));
    });
    group.bench_function("replace one value a record", |b| {
        b.iter(|| {
            let mut edits = Edits::of(&request);
            for record in request.resources().flat_map(|r| r.scopes()).flat_map(|s| s.log_records()) {
                let email = record.attributes().nth(4).and_then(|pair| pair.value.as_text()).unwrap();
                edits.replace_text(email.as_bytes(), "****");
            }
            edits.apply().unwrap()
        });
    });
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
