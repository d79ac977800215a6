//! Nanoseconds a record: JSON in both directions, of OTLP and of events. `cargo bench -p pdata --bench json`.
#![allow(clippy::unwrap_used, missing_docs)]

mod audit;

use audit::RECORDS;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use pdata::{Limits, Signal, json};
use prost::Message;
use std::hint::black_box;

fn benches(c: &mut Criterion) {
    let requests = [audit::request(Vec::new(), (0..RECORDS).map(audit::wide).collect())];
    let [request] = &requests;
    let mut text = Vec::new();
    json::encode(Signal::Logs, &requests, &mut text);
    let limits = Limits::default();
    let mut group = c.benchmark_group("json record");
    group.throughput(Throughput::Elements(RECORDS as u64));
    group.bench_function("decode", |b| {
        b.iter(|| json::decode(Signal::Logs, black_box(&text), &limits).unwrap());
    });
    group.bench_function("serde decode, prost encode", |b| {
        b.iter(|| {
            let message: ExportLogsServiceRequest = serde_json::from_slice(black_box(&text)).unwrap();
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
