//! What attributes tell of a record, where its own keys are made to be in the way.

use super::*;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValueList;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, span::Event};
use processors::redaction::Summary;

fn telling(summary: Summary) -> Redaction {
    let config = Config { summary, blocked_values: vec!["EMP-[0-9]{6}".into()], ..Config::default() };
    config.build(&ComponentId::parse("redaction").unwrap()).unwrap()
}

fn map(values: Vec<KeyValue>) -> Value {
    Value::KvlistValue(KeyValueList { values })
}

fn told(attributes: &[KeyValue], name: &str) -> Option<Value> {
    attributes.iter().find(|pair| pair.key == name)?.value.clone()?.value
}

#[test]
fn an_attribute_is_told_by_its_whole_key_also_where_the_find_is_within_it() {
    let attributes = vec![pair("db.params", map(vec![text("x", "EMP-123456")])), text("a.b", "EMP-123456")];
    let message = logs(vec![LogRecord { attributes, ..Default::default() }]);
    let out = redact(&telling(Summary::Debug), &message, Signal::Logs);
    let attributes = &out.resource_logs[0].scope_logs[0].log_records[0].attributes;
    let keys = told(attributes, "redaction.masked.keys");
    assert_eq!(keys, Some(Value::StringValue("a.b,db.params".into())));
}

#[test]
fn of_events_nothing_is_told_within_maps_either() {
    let attributes = vec![text("a", "EMP-123456"), pair("map", map(vec![text("x", "EMP-123456")]))];
    let span = Span { events: vec![Event { attributes, ..Default::default() }], ..Default::default() };
    let scope_spans = vec![ScopeSpans { spans: vec![span], ..Default::default() }];
    let resource_spans = vec![ResourceSpans { scope_spans, ..Default::default() }];
    let message = ExportTraceServiceRequest { resource_spans };
    let out = redact(&telling(Summary::Debug), &message, Signal::Traces);
    assert_eq!(out.resource_spans[0].scope_spans[0].spans[0].attributes, []);
}

#[test]
fn a_long_key_around_many_finds_makes_neither_the_record_large_nor_the_walk_slow() {
    let redaction = telling(Summary::Debug);
    // Each unit is one map more within the body, and as much more of the key of the map that holds them all.
    random::is_linear("0123456789", 20_000, |long| {
        let number = (0..long.len() / 10).map(|it| pair(&it.to_string(), map(vec![text("x", "EMP-123456")])));
        let body =
            map(number.collect::<Vec<_>>().chunks(4000).map(|some| pair(long, map(some.to_vec()))).collect());
        let body = Some(AnyValue { value: Some(body) });
        let out = redaction.process(
            request(&logs(vec![LogRecord { body, ..Default::default() }]), Signal::Logs),
            &Context::now(None),
        );
        let out = ExportLogsServiceRequest::decode(out.unwrap().bytes().clone()).unwrap();
        let attributes = &out.resource_logs[0].scope_logs[0].log_records[0].attributes;
        assert_eq!(
            told(attributes, "redaction.body.masked.count"),
            Some(Value::IntValue(long.len() as i64 / 10))
        );
        match told(attributes, "redaction.body.masked.keys") {
            Some(Value::StringValue(keys)) => assert!(keys.len() < 20_000, "{}", keys.len()),
            other => panic!("{other:?}"),
        }
    });
}

#[test]
fn a_summary_that_has_nothing_to_tell_of_is_worth_a_warning() {
    use component::settings::Validate;
    let warnings = |blocked: &[&str]| {
        let blocked_values = blocked.iter().map(|one| (*one).to_owned()).collect();
        let config = Config { summary: Summary::Info, blocked_values, ..Config::default() };
        config.warnings().into_iter().map(|warning| warning.path).collect::<Vec<_>>()
    };
    assert_eq!(warnings(&[]), ["summary"]);
    assert_eq!(warnings(&["x"]), [""; 0]);
}
