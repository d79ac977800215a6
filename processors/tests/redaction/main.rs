//! What redaction hides, what it keeps, and where it looks.
#![allow(
    missing_docs,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::expect_used
)]

mod actions;
mod assigned;
mod clean;
mod collector;
mod commands;
mod corpus;
mod coverage;
mod custom;
#[allow(dead_code)]
#[path = "../../../pdata/tests/common/descriptors.rs"]
mod descriptors;
mod embedded;
mod found;
mod fresh;
mod golden;
mod linear;
mod overlay;
mod patterns;
mod places;
mod profiles;
mod random;
mod repeats;
mod sanitize;
mod summary;
mod world;

use bytes::Bytes;
use component::{ComponentId, Context, Processor};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use pdata::{Limits, Request, Signal};
use processors::redaction::{Action, Config, Detector, HashKey, Redaction};
use prost::Message;

fn redaction() -> Redaction {
    built(Config::default())
}

fn built(config: Config) -> Redaction {
    config.build(&ComponentId::parse("redaction").unwrap()).unwrap()
}

fn string(text: &str) -> AnyValue {
    AnyValue { value: Some(Value::StringValue(text.into())) }
}

fn pair(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.into(), value: Some(AnyValue { value: Some(value) }), ..Default::default() }
}

fn text(key: &str, value: &str) -> KeyValue {
    pair(key, Value::StringValue(value.into()))
}

fn request(message: &impl Message, signal: Signal) -> Request {
    Request::validate(signal, Bytes::from(message.encode_to_vec()), &Limits::default()).unwrap()
}

/// The message as it comes out, after checks that hold for every output: it is valid, and
/// redacting it again changes nothing.
fn redact<M: Message + Default + std::fmt::Debug>(redaction: &Redaction, message: &M, signal: Signal) -> M {
    let context = Context::now(None);
    let before = request(message, signal);
    let out = redaction.process(before.clone(), &context).unwrap();
    let again = Request::validate(signal, out.bytes().clone(), &Limits::default()).unwrap();
    assert_eq!(again.records(), before.records());
    let decoded = M::decode(out.bytes().clone()).unwrap();
    let twice = redaction.process(again, &context).unwrap();
    assert_eq!(twice.bytes(), out.bytes(), "redacting twice changes something: {decoded:?}");
    decoded
}

fn logs(log_records: Vec<LogRecord>) -> ExportLogsServiceRequest {
    let scope_logs = vec![ScopeLogs { log_records, ..Default::default() }];
    ExportLogsServiceRequest { resource_logs: vec![ResourceLogs { scope_logs, ..Default::default() }] }
}

/// What becomes of texts, each the body of a record.
fn redact_texts(texts: &[String]) -> Vec<String> {
    let record = |text: &String| LogRecord { body: Some(string(text)), ..Default::default() };
    let out = redact(&redaction(), &logs(texts.iter().map(record).collect()), Signal::Logs);
    let records = out.resource_logs.into_iter().flat_map(|r| r.scope_logs).flat_map(|s| s.log_records);
    records
        .map(|record| match record.body.and_then(|body| body.value) {
            Some(Value::StringValue(text)) => text,
            other => panic!("a body became {other:?}"),
        })
        .collect()
}

fn redact_text(text: &str) -> String {
    redact_texts(&[text.to_owned()]).remove(0)
}
