//! Everywhere in every signal where a text can stand.

use super::{built, logs, pair, redact, redaction, string, text};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList, any_value::Value,
};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::metrics::v1::{
    Exemplar, Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, metric::Data,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status, span};
use pdata::Signal;

const EMAIL: &str = "maria@example.org";

fn map(values: Vec<KeyValue>) -> Value {
    Value::KvlistValue(KeyValueList { values })
}

fn array(values: Vec<Value>) -> Value {
    let values = values.into_iter().map(|value| AnyValue { value: Some(value) }).collect();
    Value::ArrayValue(ArrayValue { values })
}

/// Attributes with the address as value, as key, as bytes and nested in both.
fn attributes() -> Vec<KeyValue> {
    vec![
        text("plain", EMAIL),
        text(EMAIL, "as a key"),
        text("password", "x"),
        pair("bytes", Value::BytesValue(EMAIL.into())),
        pair("raw", Value::BytesValue(vec![0xff, 0xfe, b'a'])),
        pair("card", Value::IntValue(4_111_111_111_111_111)),
        pair("pin", Value::IntValue(1234)),
        pair("otp", Value::DoubleValue(1.5)),
        pair("secret", map(vec![text("a", "b")])),
        pair("token", array(vec![Value::IntValue(1)])),
        pair(
            "map",
            map(vec![
                text("inner", EMAIL),
                text("apiKey", "x"),
                pair("deep", array(vec![map(vec![text(EMAIL, "y")])])),
            ]),
        ),
        pair("list", array(vec![Value::StringValue(EMAIL.into()), Value::IntValue(4_111_111_111_111_111)])),
        pair("number", Value::IntValue(1_760_000_000_000_000_000)),
        KeyValue { key: "none".into(), value: None, ..Default::default() },
        KeyValue {
            key: "password.empty".into(),
            value: Some(AnyValue { value: None }),
            ..Default::default()
        },
    ]
}

fn expected() -> Vec<KeyValue> {
    vec![
        text("plain", "****"),
        text("****", "as a key"),
        text("password", "****"),
        pair("bytes", Value::BytesValue("****".into())),
        pair("raw", Value::BytesValue(vec![0xff, 0xfe, b'a'])),
        text("card", "****"),
        text("pin", "****"),
        text("otp", "****"),
        text("secret", "****"),
        text("token", "****"),
        pair(
            "map",
            map(vec![
                text("inner", "****"),
                text("apiKey", "****"),
                pair("deep", array(vec![map(vec![text("****", "y")])])),
            ]),
        ),
        pair("list", array(vec![Value::StringValue("****".into()), Value::StringValue("****".into())])),
        pair("number", Value::IntValue(1_760_000_000_000_000_000)),
        KeyValue { key: "none".into(), value: None, ..Default::default() },
        KeyValue {
            key: "password.empty".into(),
            value: Some(AnyValue { value: None }),
            ..Default::default()
        },
    ]
}

#[test]
fn logs_are_redacted_in_every_place() {
    let make = |attributes: Vec<KeyValue>, word: &str, body: Value| {
        let mut message = logs(vec![LogRecord {
            severity_text: word.into(),
            event_name: word.into(),
            body: Some(AnyValue { value: Some(body) }),
            attributes: attributes.clone(),
            trace_id: vec![b'@'; 16],
            time_unix_nano: u64::from_le_bytes(*b"11111111"),
            ..Default::default()
        }]);
        let group = &mut message.resource_logs[0];
        group.schema_url = word.into();
        group.resource = Some(Resource { attributes: attributes.clone(), ..Default::default() });
        group.scope_logs[0].schema_url = word.into();
        group.scope_logs[0].scope = Some(InstrumentationScope {
            name: word.into(),
            version: word.into(),
            attributes: attributes.clone(),
            ..Default::default()
        });
        message
    };
    let redaction = redaction();
    for (body, hidden) in [
        (Value::StringValue(EMAIL.into()), Value::StringValue("****".into())),
        (map(attributes()), map(expected())),
        (array(vec![map(attributes())]), array(vec![map(expected())])),
        (Value::BytesValue(EMAIL.into()), Value::BytesValue("****".into())),
        (Value::IntValue(4_111_111_111_111_111), Value::StringValue("****".into())),
    ] {
        let out = redact(&redaction, &make(attributes(), EMAIL, body), Signal::Logs);
        assert_eq!(out, make(expected(), "****", hidden));
    }
}

#[test]
fn traces_are_redacted_in_every_place() {
    let make = |attributes: Vec<KeyValue>, word: &str| ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(Resource { attributes: attributes.clone(), ..Default::default() }),
            scope_spans: vec![ScopeSpans {
                spans: vec![Span {
                    name: word.into(),
                    trace_state: word.into(),
                    attributes: attributes.clone(),
                    events: vec![span::Event {
                        name: word.into(),
                        attributes: attributes.clone(),
                        ..Default::default()
                    }],
                    links: vec![span::Link {
                        trace_state: word.into(),
                        attributes: attributes.clone(),
                        ..Default::default()
                    }],
                    status: Some(Status { message: word.into(), code: 2 }),
                    ..Default::default()
                }],
                ..Default::default()
            }],
            ..Default::default()
        }],
    };
    let out = redact(&redaction(), &make(attributes(), EMAIL), Signal::Traces);
    assert_eq!(out, make(expected(), "****"));
}

#[test]
fn metrics_are_redacted_in_every_place() {
    let make = |attributes: Vec<KeyValue>, word: &str| ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics {
            scope_metrics: vec![ScopeMetrics {
                metrics: vec![Metric {
                    name: word.into(),
                    description: word.into(),
                    unit: word.into(),
                    metadata: attributes.clone(),
                    data: Some(Data::Gauge(Gauge {
                        data_points: vec![NumberDataPoint {
                            attributes: attributes.clone(),
                            exemplars: vec![Exemplar {
                                filtered_attributes: attributes.clone(),
                                ..Default::default()
                            }],
                            ..Default::default()
                        }],
                    })),
                }],
                ..Default::default()
            }],
            ..Default::default()
        }],
    };
    let out = redact(&redaction(), &make(attributes(), EMAIL), Signal::Metrics);
    assert_eq!(out, make(expected(), "****"));
}

#[test]
fn an_entry_of_a_map_may_name_what_the_next_one_holds() {
    let named =
        |key: &str, name: &str, other: &str, value: Value| map(vec![text(key, name), pair(other, value)]);
    let x = || Value::StringValue("x".into());
    let make = |hidden: &dyn Fn(Value) -> Value| {
        let environment = array(vec![
            named("name", "DB_PASSWORD", "value", hidden(x())),
            named("name", "LOG_LEVEL", "value", x()),
            named("Key", "api_key", "Value", hidden(Value::IntValue(7))),
            named("name", "max_tokens", "value", Value::IntValue(7)),
            // Another entry between them, and another list.
            map(vec![text("name", "DB_PASSWORD"), text("from", "x"), text("value", "x")]),
            named("key", "DB_PASSWORD", "of", x()),
            map(vec![text("value", "x")]),
        ]);
        logs(vec![LogRecord {
            body: Some(AnyValue { value: Some(environment) }),
            // Attributes have keys of their own.
            attributes: vec![text("name", "password"), text("value", "x")],
            ..Default::default()
        }])
    };
    let out = redact(&redaction(), &make(&|value| value), Signal::Logs);
    assert_eq!(out, make(&|_| Value::StringValue("****".into())));
}

#[test]
fn an_entry_of_a_map_may_name_by_a_blocked_key_what_the_next_one_holds() {
    use processors::redaction::{Config, Profile};
    let blocked = || Config {
        blocked_key_patterns: vec!["^patient_name$".into(), "^mrn".into()],
        ignored_keys: vec!["mrn.kind".into()],
        ..Config::default()
    };
    let named =
        |key: &str, name: &str, other: &str, value: Value| map(vec![text(key, name), pair(other, value)]);
    let x = || Value::StringValue("x".into());
    let make = |hidden: &dyn Fn(Value) -> Value| {
        let list = || {
            array(vec![
                named("name", "patient_name", "value", hidden(x())),
                named("name", "ward", "value", x()),
                named("Key", "mrn", "Value", hidden(Value::IntValue(7))),
                named("key", "mrn", "value", hidden(map(vec![text("a", "b")]))),
                named("key", "mrn", "value", hidden(array(vec![Value::BoolValue(true)]))),
                // Two in one map.
                map(vec![
                    text("name", "ward"),
                    text("value", "x"),
                    text("name", "mrn"),
                    pair("value", hidden(x())),
                ]),
                // An ignored key keeps what it names.
                named("name", "mrn.kind", "value", x()),
                // Another entry between them, and another list.
                map(vec![text("name", "mrn"), text("from", "x"), text("value", "x")]),
                named("key", "mrn", "of", x()),
                map(vec![text("value", "x")]),
            ])
        };
        logs(vec![LogRecord {
            body: Some(AnyValue { value: Some(list()) }),
            // Attributes have keys of their own; what is in them is named as in a body.
            attributes: vec![text("name", "mrn"), text("value", "x"), pair("fields", list())],
            ..Default::default()
        }])
    };
    let asked = make(&|value| value);
    let hidden = make(&|_| Value::StringValue("****".into()));
    assert_eq!(redact(&built(blocked()), &asked, Signal::Logs), hidden);
    // Nothing looks into the entry that names; it names all the same.
    let ignored = ["mrn.kind", "name", "key", "Key"].map(str::to_owned).to_vec();
    let config = Config { ignored_keys: ignored, ..blocked() };
    assert_eq!(redact(&built(config), &asked, Signal::Logs), hidden);
    let hipaa = Config { profile: Profile::Hipaa, ..Config::default() };
    let one = |value: Value| {
        let body = map(vec![text("name", "patient_name"), pair("value", value)]);
        logs(vec![LogRecord { body: Some(AnyValue { value: Some(body) }), ..Default::default() }])
    };
    assert_eq!(redact(&built(hipaa), &one(x()), Signal::Logs), one(Value::StringValue("****".into())));
}

#[test]
fn a_detector_that_is_switched_off_does_not_look() {
    use processors::redaction::{Config, Detectors};
    let id = component::ComponentId::parse("redaction").unwrap();
    let off = Detectors {
        email: Some(false),
        secret_key: Some(false),
        payment_card: Some(false),
        ..Detectors::default()
    };
    let redaction = Config { detectors: off, ..Config::default() }.build(&id).unwrap();
    let message = logs(vec![LogRecord {
        body: Some(string("maria@example.org 4111111111111111 123-45-6789 postgres://u:p@h.org")),
        attributes: vec![text("password", "x"), pair("n", Value::IntValue(4_111_111_111_111_111))],
        ..Default::default()
    }]);
    let out = redact(&redaction, &message, Signal::Logs);
    let mut expected = message;
    expected.resource_logs[0].scope_logs[0].log_records[0].body =
        Some(string("maria@example.org 4111111111111111 **** postgres://u:****@h.org"));
    assert_eq!(out, expected);
}

#[test]
fn a_clean_request_keeps_its_very_bytes() {
    use component::{Context, Processor};
    let message = logs(vec![LogRecord { body: Some(string("nothing to see")), ..Default::default() }]);
    let request = super::request(&message, Signal::Logs);
    let out = redaction().process(request.clone(), &Context::now(None)).unwrap();
    assert_eq!(out.bytes().as_ptr(), request.bytes().as_ptr());
}
