//! Audit records as `weir-bench` sends them, and how they are measured, for the benchmarks of every crate.
#![allow(dead_code, clippy::unwrap_used)]

use criterion::{Criterion, Throughput};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use pdata::{Limits, Request, Signal};
use prost::Message;

/// Records of one request.
pub const RECORDS: usize = 100;

pub fn pair(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.into(), value: Some(AnyValue { value: Some(value) }), ..Default::default() }
}

pub fn text(key: &str, value: impl Into<String>) -> KeyValue {
    pair(key, Value::StringValue(value.into()))
}

/// A login with 12 attributes, the fifth of them `email`; every second one has a trace context.
pub fn record(index: usize, email: &str) -> LogRecord {
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
            text("user.id", user),
            text("user.email", email),
            text("client.address", ip),
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

/// The same with 16 attributes, about 700 bytes.
pub fn wide(index: usize) -> LogRecord {
    let mut record = record(index, "maria.silva42@corp.example.com");
    record.attributes.extend([
        text("tenant.id", "acme-corp"),
        text("request.id", "8f3a2c1d"),
        text("region", "eu-west-1"),
        pair("mfa", Value::BoolValue(true)),
    ]);
    record
}

/// The service that says it, with a few attributes.
pub fn service() -> Vec<KeyValue> {
    vec![
        text("service.name", "auth-gateway"),
        text("service.version", "4.18.2"),
        text("host.name", "ip-10-42-7-113.eu-west-1.compute.internal"),
        text("k8s.pod.name", "auth-gateway-7d9f8b6c5d-x7k2p"),
    ]
}

/// One request of one service.
pub fn request(service: Vec<KeyValue>, log_records: Vec<LogRecord>) -> Request {
    let message = ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs {
            resource: Some(Resource { attributes: service, ..Default::default() }),
            scope_logs: vec![ScopeLogs { log_records, ..Default::default() }],
            ..Default::default()
        }],
    };
    Request::validate(Signal::Logs, message.encode_to_vec().into(), &Limits::default()).unwrap()
}

/// Reading every record and the keys of its attributes: what the cost of any work on them stands on.
pub fn read(request: &Request) -> usize {
    let records = request.resources().flat_map(|group| group.scopes()).flat_map(|scope| scope.log_records());
    let attributes = |record: pdata::view::LogRecord<'_>| {
        record.time_unix_nano as usize
            + record.attributes().map(|pair| pair.key.as_bytes().len()).sum::<usize>()
    };
    records.map(attributes).fold(0, usize::wrapping_add)
}

/// Measures each piece of work, which is done to [`RECORDS`] records, by its name. With `--once NAME N` on
/// the command line one of them is done `N` times instead, for those who count instructions.
pub fn measure(title: &str, work: &mut [(&str, &mut dyn FnMut())]) {
    let args: Vec<String> = std::env::args().collect();
    if let [_, once, what, times, ..] = args.as_slice()
        && once == "--once"
    {
        let (_, work) = work.iter_mut().find(|(name, _)| name == what).unwrap();
        for _ in 0..times.parse().unwrap() {
            work();
        }
        return;
    }
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group(title);
    group.throughput(Throughput::Elements(RECORDS as u64));
    for (name, work) in work {
        group.bench_function(*name, |b| b.iter(&mut *work));
    }
    group.finish();
    criterion.final_summary();
}
