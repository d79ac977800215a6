//! Nanoseconds a record: validate, views, edits. `cargo bench -p pdata`.
#![allow(clippy::unwrap_used, missing_docs)]

mod audit;

use audit::RECORDS;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use pdata::schema::{Field, Message as Schema};
use pdata::view::{self, Text};
use pdata::{Edits, Limits, Next, Request, Signal, Visit};
use prost::Message;
use std::hint::black_box;

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
    let request = audit::request(audit::service(), (0..RECORDS).map(audit::wide).collect());
    let (bytes, limits) = (request.bytes(), Limits::default());
    let mut group = c.benchmark_group("record");
    group.throughput(Throughput::Elements(RECORDS as u64));
    group.bench_function("validate", |b| {
        b.iter(|| Request::validate(Signal::Logs, black_box(bytes.clone()), &limits).unwrap());
    });
    group.bench_function("prost decode", |b| {
        b.iter(|| ExportLogsServiceRequest::decode(black_box(bytes.clone())).unwrap());
    });
    group.bench_function("views", |b| b.iter(|| audit::read(black_box(&request))));
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
