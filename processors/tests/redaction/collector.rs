//! What the settings of the Collector's `redaction` processor do in weir alone: with detectors, in places that the
//! Collector does not look at, and to those who send what looks like a summary. `golden` has the rest.

use super::*;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValueList;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, span};
use processors::redaction::Summary;

fn strings(list: &[&str]) -> Vec<String> {
    list.iter().map(|one| (*one).to_owned()).collect()
}

fn build(config: Config) -> Redaction {
    config.build(&ComponentId::parse("redaction").unwrap()).unwrap()
}

fn map(values: Vec<KeyValue>) -> Value {
    Value::KvlistValue(KeyValueList { values })
}

/// The record as it comes out.
fn process(redaction: &Redaction, record: LogRecord) -> LogRecord {
    let out = redaction.process(request(&logs(vec![record]), Signal::Logs), &Context::now(None)).unwrap();
    Request::validate(Signal::Logs, out.bytes().clone(), &Limits::default()).unwrap();
    let mut out = ExportLogsServiceRequest::decode(out.bytes().clone()).unwrap();
    out.resource_logs.remove(0).scope_logs.remove(0).log_records.remove(0)
}

/// Attributes as they come out.
fn attributes(config: Config, attributes: Vec<KeyValue>) -> Vec<KeyValue> {
    process(&build(config), LogRecord { attributes, ..Default::default() }).attributes
}

#[test]
fn keys_are_taken_out_of_resources_scopes_events_and_links_too() {
    let make = |keys: &[&str]| {
        let attributes: Vec<KeyValue> = keys.iter().map(|key| text(key, "value")).collect();
        let event = span::Event { attributes: attributes.clone(), ..Default::default() };
        let link = span::Link { attributes: attributes.clone(), ..Default::default() };
        let span = Span {
            attributes: attributes.clone(),
            events: vec![event],
            links: vec![link],
            ..Default::default()
        };
        ExportTraceServiceRequest {
            resource_spans: vec![ResourceSpans {
                resource: Some(Resource { attributes, ..Default::default() }),
                scope_spans: vec![ScopeSpans { spans: vec![span], ..Default::default() }],
                ..Default::default()
            }],
        }
    };
    let redaction = build(Config { allowed_keys: strings(&["id"]), ..Config::default() });
    assert_eq!(redact(&redaction, &make(&["id", "group"]), Signal::Traces), make(&["id"]));
}

#[test]
fn nothing_looks_at_an_ignored_key_no_detector_either() {
    let config = Config {
        ignored_keys: strings(&["user.email", "password", "map"]),
        ignored_key_patterns: strings(&["^raw\\."]),
        blocked_values: strings(&["blocked"]),
        blocked_key_patterns: strings(&["^raw", "email"]),
        ..Config::default()
    };
    let kept = vec![
        text("user.email", "maria@example.org"),
        text("password", "blocked"),
        pair("map", map(vec![text("token", "maria@example.org")])),
        text("raw.card", "4111111111111111"),
    ];
    let twice = [kept.clone(), vec![text("email", "x")], kept.clone()].concat();
    let expected = [kept.clone(), vec![text("email", "****")], kept].concat();
    assert_eq!(attributes(config, twice), expected);
}

fn summarised(summary: Summary) -> Config {
    Config {
        allowed_keys: strings(&["z", "a", "owner", "support", "map", "list", "b"]),
        ignored_keys: strings(&["safe"]),
        blocked_values: strings(&["blocked"]),
        blocked_key_patterns: strings(&["owner"]),
        allowed_values: strings(&["fine"]),
        summary,
        ..Config::default()
    }
}

#[test]
fn a_record_without_anything_to_tell_gets_no_summary_and_keeps_its_bytes() {
    let redaction = build(summarised(Summary::Debug));
    let message = logs(vec![LogRecord {
        attributes: vec![text("a", "clean")],
        body: Some(string("clean")),
        ..Default::default()
    }]);
    let request = request(&message, Signal::Logs);
    let out = redaction.process(request.clone(), &Context::now(None)).unwrap();
    assert_eq!(out.bytes().as_ptr(), request.bytes().as_ptr());
}

#[test]
fn a_secret_that_is_sent_as_a_summary_does_not_get_through() {
    let before = vec![text("redaction.masked.keys", "x,blocked"), text("redaction.masked.count", "blocked")];
    for level in [Summary::Silent, Summary::Info, Summary::Debug] {
        let out = format!("{:?}", attributes(summarised(level), before.clone()));
        assert!(!out.contains("blocked"), "{level:?} {out}");
    }
}

/// Names of the summary are no way past a list of allowed keys, wherever and in whatever form they are sent.
#[test]
fn what_is_sent_under_the_names_of_a_summary_needs_to_be_allowed_as_anything_else() {
    let secret = "Jane Doe, 12 Elm Street";
    let own = || {
        let nested = map(vec![text("redaction.masked.keys", secret)]);
        vec![
            text("redaction.masked.keys", secret),
            text("redaction.masked.count", secret),
            pair("redaction.redacted.keys", nested),
            text("outcome", "ok"),
        ]
    };
    let make = |attributes: Vec<KeyValue>| {
        let body = Some(AnyValue { value: Some(map(attributes.clone())) });
        let mut message =
            logs(vec![LogRecord { attributes: attributes.clone(), body, ..Default::default() }]);
        message.resource_logs[0].resource = Some(Resource { attributes, ..Default::default() });
        message
    };
    let profile = processors::redaction::Profile::Strict;
    let strict = |summary| build(Config { profile, summary, ..Config::default() });
    let silent = redact(&strict(Summary::Silent), &make(own()), Signal::Logs);
    assert_eq!(silent, make(vec![text("outcome", "ok")]));
    let told = redact(&strict(Summary::Info), &make(own()), Signal::Logs);
    assert!(!format!("{told:?}").contains("Jane"), "{told:?}");
    // What a summary in full takes over are keys in the attributes of a record, and it would tell them itself.
    let mut told = redact(&strict(Summary::Debug), &make(own()), Signal::Logs);
    let resource = told.resource_logs.remove(0);
    assert_eq!(resource.resource.unwrap().attributes, [text("outcome", "ok")]);
    let body = resource.scope_logs[0].log_records[0].body.clone();
    assert_eq!(body, Some(AnyValue { value: Some(map(vec![text("outcome", "ok")])) }));
}
