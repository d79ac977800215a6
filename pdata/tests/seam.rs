//! The way of a request through pdata, against prost as the oracle.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, InstrumentationScope, KeyValue, KeyValueList, any_value::Value,
};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use pdata::schema::Message as Schema;
use pdata::view::{self, AnyValue as View};
use pdata::{Additions, Edit, Limits, Pair, Request, Signal, Whole};
use prost::Message;

fn text(value: &str) -> Option<AnyValue> {
    Some(AnyValue { value: Some(Value::StringValue(value.into())) })
}

fn pair(key: &str, value: &str) -> KeyValue {
    KeyValue { key: key.into(), value: text(value), ..Default::default() }
}

fn logs(records: usize) -> ExportLogsServiceRequest {
    let record = |index: usize| LogRecord {
        time_unix_nano: 1 + index as u64,
        severity_number: 9,
        body: text(&format!("body {index} ü")),
        attributes: vec![
            pair("user.id", "u-1"),
            KeyValue {
                key: "nested".into(),
                value: Some(AnyValue {
                    value: Some(Value::KvlistValue(KeyValueList { values: vec![pair("inner", "secret")] })),
                }),
                ..Default::default()
            },
        ],
        trace_id: vec![7; 16],
        ..Default::default()
    };
    ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs {
            resource: Some(Resource { attributes: vec![pair("service.name", "auth")], ..Default::default() }),
            scope_logs: vec![ScopeLogs {
                scope: Some(InstrumentationScope { name: "audit".into(), ..Default::default() }),
                log_records: (0..records).map(record).collect(),
                ..Default::default()
            }],
            ..Default::default()
        }],
    }
}

fn validate(message: &ExportLogsServiceRequest) -> Request {
    Request::validate(Signal::Logs, Bytes::from(message.encode_to_vec()), &Limits::default()).unwrap()
}

fn decode(request: &Request) -> ExportLogsServiceRequest {
    ExportLogsServiceRequest::decode(request.bytes().clone()).unwrap()
}

#[test]
fn views_read_what_was_written() {
    let message = logs(2);
    let request = validate(&message);
    assert_eq!(request.records(), 2);
    let group = request.resources().next().unwrap();
    assert_eq!(group.attributes().get("service.name").unwrap().as_text().unwrap(), "auth");
    let scope = group.scopes().next().unwrap();
    assert_eq!(scope.name, "audit");
    let record = scope.log_records().nth(1).unwrap();
    assert_eq!((record.time_unix_nano, record.severity_number), (2, 9));
    assert_eq!(record.body.as_text().unwrap().as_str(), "body 1 ü");
    assert_eq!(record.trace_id, [7; 16]);
    let Some(View::Map(mut inner)) = record.attributes().get("nested") else { unreachable!() };
    assert_eq!(inner.next().unwrap().value.as_text().unwrap(), "secret");
}

#[test]
fn edits_at_every_level_come_out_as_prost_would_write_them() {
    let mut message = logs(3);
    let request = validate(&message);
    struct Changes(u32, String);
    impl<'a> Edit<'a> for Changes {
        fn record(&mut self, _: &'static Schema, _: &'a [u8], add: &mut Additions<'_>) -> Whole {
            self.0 += 1;
            match self.0 {
                1 => add.attribute("added", &View::Int(-1)),
                2 => return Whole::Remove,
                _ => add.body(&View::Bool(true)),
            }
            Whole::Inside
        }

        fn pair(&mut self, _: &'static Schema, pair: &view::KeyValue<'a>) -> Pair<'_> {
            match (self.0, pair.key.as_str()) {
                (1, "inner") => Pair::Set { key: None, value: Some(View::Str(self.1.as_str().into())) },
                (3, "user.id") => Pair::Remove,
                _ => Pair::Inside,
            }
        }
    }
    let edited = request.edit(&mut Changes(0, "x".repeat(200)));

    let records = &mut message.resource_logs[0].scope_logs[0].log_records;
    records[0].attributes[1] = KeyValue {
        key: "nested".into(),
        value: Some(AnyValue {
            value: Some(Value::KvlistValue(KeyValueList { values: vec![pair("inner", &"x".repeat(200))] })),
        }),
        ..Default::default()
    };
    let value = Some(AnyValue { value: Some(Value::IntValue(-1)) });
    records[0].attributes.push(KeyValue { key: "added".into(), value, ..Default::default() });
    records[2].attributes.remove(0);
    records[2].body = Some(AnyValue { value: Some(Value::BoolValue(true)) });
    records.remove(1);
    assert_eq!(decode(&edited), message);
    assert_eq!(edited.records(), 2);
}

#[test]
fn splitting_and_joining_gives_the_same_records() {
    let message = logs(5);
    let parts = validate(&message).split_records(2);
    assert_eq!(parts.iter().map(Request::records).collect::<Vec<_>>(), [2, 2, 1]);
    let joined = decode(&Request::join(Signal::Logs, &parts));
    let records = |message: ExportLogsServiceRequest| -> Vec<LogRecord> {
        message.resource_logs.into_iter().flat_map(|r| r.scope_logs).flat_map(|s| s.log_records).collect()
    };
    assert_eq!(records(joined), records(message.clone()));
    assert_eq!(validate(&message).split_bytes(1).len(), 5);
}

#[test]
fn a_field_that_stands_twice_is_merged_as_prost_merges_it() {
    let record = |bytes: &[u8]| {
        let mut out = Vec::new();
        // resource_logs { scope_logs { log_records { … } } }
        let mut wrapped = bytes.to_vec();
        for number in [2u8, 2, 1] {
            out = vec![number << 3 | 2, wrapped.len() as u8];
            out.extend_from_slice(&wrapped);
            wrapped = out.clone();
        }
        out
    };
    // severity_text "a" then "b"; body { string "x" } then body { int 5 }
    let bytes = record(b"\x1a\x01a\x1a\x01b\x2a\x03\x0a\x01x\x2a\x02\x18\x05");
    let request = Request::validate(Signal::Logs, Bytes::from(bytes.clone()), &Limits::default()).unwrap();
    assert_ne!(request.bytes(), &bytes);
    assert_eq!(decode(&request), ExportLogsServiceRequest::decode(bytes.as_slice()).unwrap());
}
