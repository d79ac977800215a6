//! What redaction costs a record: clean audit records, records with an address each, and the mix
//! of secrets that `weir-bench`'s `pii` profile sends. `cargo bench -p processors --bench redaction`.
//!
//! On a shared machine count instructions instead:
//! `perf stat -e instructions:u <the bench's binary> --once pii 2000`.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use bytes::Bytes;
use component::{ComponentId, Context, Processor};
use criterion::{Criterion, Throughput};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use pdata::{Limits, Next, Request, Signal, Visit};
use prost::Message;
use std::hint::black_box;

const RECORDS: usize = 100;

#[derive(Clone, Copy, PartialEq)]
enum Profile {
    /// Nothing to hide.
    Clean,
    /// An address in an attribute.
    Audit,
    /// And in half the records another secret, in an attribute and in the body.
    Pii,
}

fn pair(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.into(), value: Some(AnyValue { value: Some(value) }), ..Default::default() }
}

fn text(key: &str, value: impl Into<String>) -> KeyValue {
    pair(key, Value::StringValue(value.into()))
}

fn record(index: usize, profile: Profile, rng: &mut fastrand::Rng) -> LogRecord {
    let mut hex = |len: usize| (0..len).map(|_| rng.digit(16)).collect::<String>();
    let (session, request) = (hex(32), hex(16));
    let user = format!("u-{:06}", rng.u32(..200_000));
    let mut attributes = vec![
        text("bench.seq", format!("bseq-{index:012}")),
        text("event.name", "user.login"),
        text("event.category", "authentication"),
        text("user.id", user.as_str()),
        text("client.address", format!("10.{}.200.17", rng.u8(..))),
        text("http.request.method", "POST"),
        text("url.path", "/api/v1/tenants/acme-corp/policies/default"),
        pair("http.response.status_code", Value::IntValue(200)),
        text("outcome", "success"),
        text("session.id", session),
        text("user_agent.original", "Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0"),
    ];
    let email = "maria.silva42@pii.example.org";
    let mut tail = format!("request {request}");
    if profile != Profile::Clean {
        attributes.insert(4, text("user.email", email));
    }
    if profile == Profile::Pii {
        let (card, ssn, key) = ("4539670182000002", "123-45-6789", "AKIAIOSFODNN7EXAMPLE");
        let mut alnum = |len: usize| (0..len).map(|_| rng.alphanumeric()).collect::<String>();
        let jwt = format!("eyJhbGciOiJSUzI1NiJ9.eyJ{}.{}", alnum(90), alnum(86));
        let (extra, end) = match index % 10 {
            0 => (Some(text("payment.card", card)), format!("charged card {card} for invoice 4711")),
            1 => {
                (Some(text("http.request.header.authorization", jwt)), format!("contact {email} for details"))
            }
            2 => (Some(text("customer.ssn", ssn)), format!("verified by ssn {ssn}")),
            3 => (Some(text("aws.access_key_id", key)), format!("assumed with key {key}")),
            4 => (None, format!("notified {email} and {email}")),
            _ => (None, tail),
        };
        attributes.extend(extra);
        tail = end;
    }
    let body = format!(
        "User signed in through the identity provider: {user} from 10.4.200.17, policy default-deny-v3, {tail}"
    );
    LogRecord {
        time_unix_nano: 1_760_000_000_000_000_000 + rng.u64(..1 << 40),
        observed_time_unix_nano: 1_760_000_000_001_000_000,
        severity_number: 9,
        severity_text: "INFO".into(),
        body: Some(AnyValue { value: Some(Value::StringValue(body)) }),
        attributes,
        trace_id: (0..16).map(|_| rng.u8(1..)).collect(),
        span_id: (0..8).map(|_| rng.u8(1..)).collect(),
        ..Default::default()
    }
}

fn request(profile: Profile) -> Request {
    let mut rng = fastrand::Rng::with_seed(3);
    let log_records = (0..RECORDS).map(|index| record(index, profile, &mut rng)).collect();
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
            scope_logs: vec![ScopeLogs { log_records, ..Default::default() }],
            ..Default::default()
        }],
    };
    Request::validate(Signal::Logs, Bytes::from(message.encode_to_vec()), &Limits::default()).unwrap()
}

/// The walk by itself, which every detector's cost stands on.
struct Walk(usize);

impl<'a> Visit<'a> for Walk {
    fn pair(&mut self, _: &'static pdata::schema::Message, pair: pdata::view::KeyValue<'a>) -> Next {
        self.0 += pair.key.as_bytes().len();
        Next::Inside
    }

    fn text(
        &mut self,
        _: &'static pdata::schema::Message,
        _: &'static pdata::schema::Field,
        text: pdata::view::Text<'a>,
    ) {
        self.0 += text.as_bytes().len();
    }

    fn bytes(&mut self, _: &'static pdata::schema::Message, _: &'static pdata::schema::Field, _: &'a [u8]) {}
}

fn walk(request: &Request) -> usize {
    let mut walk = Walk(0);
    request.walk(&mut walk);
    walk.0
}

fn main() {
    let redaction =
        processors::redaction::Config::default().build(&ComponentId::parse("redaction").unwrap()).unwrap();
    let context = Context::now(None);
    let process = |request: &Request| redaction.process(request.clone(), &context).unwrap();
    let profiles = [("clean", Profile::Clean), ("audit", Profile::Audit), ("pii", Profile::Pii)];

    let args: Vec<String> = std::env::args().collect();
    if let [_, once, what, times, ..] = args.as_slice()
        && once == "--once"
    {
        let profile =
            profiles.iter().find(|(name, _)| name == what).map_or(Profile::Clean, |(_, profile)| *profile);
        let request = request(profile);
        for _ in 0..times.parse().unwrap_or(1) {
            match what == "walk" {
                true => _ = black_box(walk(black_box(&request))),
                false => _ = black_box(process(black_box(&request))),
            }
        }
        return;
    }

    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("redaction, a record");
    group.throughput(Throughput::Elements(RECORDS as u64));
    for (name, profile) in profiles {
        let request = request(profile);
        println!("{name}: {} bytes a record", request.bytes().len() / RECORDS);
        group.bench_function(name, |b| b.iter(|| process(black_box(&request))));
    }
    let request = request(Profile::Clean);
    group.bench_function("walk only", |b| b.iter(|| walk(black_box(&request))));
    group.finish();
    criterion.final_summary();
}
