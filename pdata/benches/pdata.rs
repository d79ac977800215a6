//! Nanoseconds a record: validate, views, edits. `cargo bench -p pdata`.
#![allow(clippy::unwrap_used, missing_docs)]

mod audit;

use audit::RECORDS;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use pdata::schema::{Field, Message as Schema};
use pdata::view::{AnyValue, KeyValue, Text};
use pdata::{Additions, Edit, Limits, Pair, Request, Signal, Whole};
use prost::Message;
use std::hint::black_box;

/// Looks at every text, as redaction does, and finds nothing.
struct Lengths(usize);

impl<'a> Edit<'a> for Lengths {
    fn pair(&mut self, _: &'static Schema, pair: &KeyValue<'a>) -> Pair<'_> {
        self.0 += pair.key.as_bytes().len() + pair.value.as_text().map_or(0, |text| text.as_bytes().len());
        Pair::Inside
    }

    fn text(&mut self, _: &'static Schema, _: &'static Field, text: Text<'a>) -> Option<Text<'_>> {
        self.0 += text.as_bytes().len();
        None
    }
}

/// Hides the fifth attribute of each record.
struct Hide(u32);

impl<'a> Edit<'a> for Hide {
    fn record(&mut self, _: &'static Schema, _: &'a [u8], _: &mut Additions<'_>) -> Whole {
        self.0 = 0;
        Whole::Inside
    }

    fn pair(&mut self, _: &'static Schema, _: &KeyValue<'a>) -> Pair<'_> {
        self.0 += 1;
        match self.0 {
            5 => Pair::Set { key: None, value: Some(AnyValue::Str("****".into())) },
            _ => Pair::Keep,
        }
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
            request.edit(&mut lengths);
            black_box(lengths.0)
        });
    });
    group.bench_function("split to single records", |b| {
        b.iter(|| black_box(request.clone()).split_records(1));
    });
    group.bench_function("replace one value a record", |b| {
        b.iter(|| black_box(&request).edit(&mut Hide(0)));
    });
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
