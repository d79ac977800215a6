//! Nanoseconds a record: JSON in both directions, of OTLP and of events. `cargo bench -p pdata --bench json`.
#![allow(clippy::unwrap_used, missing_docs)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use pdata::{Limits, Signal, json};
use prost::Message;
use std::fmt::Write;
use std::hint::black_box;

const RECORDS: usize = 100;

/// Audit records as an SDK writes them: 16 attributes, about 1300 bytes of JSON each.
fn audit() -> String {
    let mut attributes = String::new();
    let texts = [
        ("bench.seq", "bseq-000000000000"),
        ("event.name", "user.login"),
        ("event.category", "authentication"),
        ("user.id", "u-104233"),
        ("user.email", "maria.silva42@corp.example.com"),
        ("client.address", "10.4.200.17"),
        ("http.request.method", "POST"),
        ("url.path", "/api/v1/tenants/acme-corp/policies/default"),
        ("outcome", "success"),
        ("session.id", "0f4c8e9a7b6d5c4f3e2d1c0b9a8f7e6d"),
        ("user_agent.original", "Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0"),
        ("tenant.id", "acme-corp"),
        ("request.id", "8f3a2c1d"),
        ("region", "eu-west-1"),
    ];
    for (key, value) in texts {
        write!(attributes, r#"{{"key":"{key}","value":{{"stringValue":"{value}"}}}},"#).unwrap();
    }
    let record = format!(
        r#"{{"timeUnixNano":"1760000000000000000","observedTimeUnixNano":"1760000000001000000","severityNumber":9,"severityText":"INFO","body":{{"stringValue":"User signed in through the identity provider: u-104233 from 10.4.200.17, policy default-deny-v3, request 8f3a"}},"attributes":[{attributes}{{"key":"http.response.status_code","value":{{"intValue":"200"}}}},{{"key":"mfa","value":{{"boolValue":true}}}}],"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331"}}"#
    );
    let records = vec![record; RECORDS].join(",");
    format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{records}]}}]}}]}}"#)
}

fn benches(c: &mut Criterion) {
    let text = audit();
    let limits = Limits::default();
    let request = json::decode(Signal::Logs, text.as_bytes(), &limits).unwrap();
    let requests = [request];
    let [request] = &requests;
    let mut group = c.benchmark_group("json record");
    group.throughput(Throughput::Elements(RECORDS as u64));
    group.bench_function("decode", |b| {
        b.iter(|| json::decode(Signal::Logs, black_box(text.as_bytes()), &limits).unwrap());
    });
    group.bench_function("serde decode, prost encode", |b| {
        b.iter(|| {
            let message: ExportLogsServiceRequest = serde_json::from_str(black_box(&text)).unwrap();
            message.encode_to_vec()
        });
    });
    let mut out = Vec::new();
    group.bench_function("encode", |b| {
        b.iter(|| {
            out.clear();
            json::encode(Signal::Logs, black_box(&requests), &mut out);
            out.len()
        });
    });
    group.bench_function("event", |b| {
        b.iter(|| {
            out.clear();
            for record in request.resources().flat_map(|r| r.scopes()).flat_map(|s| s.log_records()) {
                for (index, pair) in record.attributes().enumerate() {
                    out.push(if index == 0 { b'{' } else { b',' });
                    json::write_string(&mut out, pair.key.as_bytes());
                    out.push(b':');
                    json::write_any_value(&mut out, &pair.value);
                }
                out.extend_from_slice(b"}\n");
            }
            out.len()
        });
    });
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
