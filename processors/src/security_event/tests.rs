//! Records in the dialects of several sources, and the properties that hold for every record.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use super::*;
use bytes::Bytes;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue as Value, KeyValue, KeyValueList, any_value};
use opentelemetry_proto::tonic::logs::v1::{LogRecord as Record, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use pdata::Limits;
use proptest::prelude::*;
use prost::Message;
use std::collections::HashSet;

const RECEIVED: u64 = 1_770_000_000_000_000_000;

fn text(value: &str) -> Value {
    Value { value: Some(any_value::Value::StringValue(value.into())) }
}

fn int(value: i64) -> Value {
    Value { value: Some(any_value::Value::IntValue(value)) }
}

fn map(values: Vec<KeyValue>) -> Value {
    Value { value: Some(any_value::Value::KvlistValue(KeyValueList { values })) }
}

fn pair(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.into(), value: Some(value), ..Default::default() }
}

fn texts(pairs: &[(&str, &str)]) -> Vec<KeyValue> {
    pairs.iter().map(|(key, value)| pair(key, text(value))).collect()
}

fn with(attributes: Vec<KeyValue>) -> Record {
    Record { time_unix_nano: 5, observed_time_unix_nano: 6, attributes, ..Default::default() }
}

fn message(resource: Vec<KeyValue>, log_records: Vec<Record>) -> ExportLogsServiceRequest {
    ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs {
            resource: Some(Resource { attributes: resource, ..Default::default() }),
            scope_logs: vec![ScopeLogs { log_records, ..Default::default() }],
            ..Default::default()
        }],
    }
}

fn validate(message: &ExportLogsServiceRequest) -> Request {
    Request::validate(Signal::Logs, Bytes::from(message.encode_to_vec()), &Limits::default()).unwrap()
}

fn context() -> Context {
    Context { received_unix_nano: RECEIVED, client: None }
}

fn processor(defaults: &str) -> SecurityEvent {
    let config: Config = serde_json::from_str(&format!("{{\"default_attributes\":{{{defaults}}}}}")).unwrap();
    assert_eq!(config.validate(), []);
    SecurityEvent::new(config)
}

use component::settings::Validate;

fn records(request: &Request) -> Vec<Record> {
    let message = ExportLogsServiceRequest::decode(request.bytes().clone()).unwrap();
    message.resource_logs.into_iter().flat_map(|r| r.scope_logs).flat_map(|s| s.log_records).collect()
}

fn process(processor: &SecurityEvent, resource: Vec<KeyValue>, record: Record) -> Record {
    let request = processor.process(validate(&message(resource, vec![record])), &context()).unwrap();
    records(&request).remove(0)
}

/// The attributes behind the sender's, as `key=value` lines, without the id that is made.
fn added(before: &Record, after: &Record) -> Vec<String> {
    assert_eq!(after.attributes[..before.attributes.len()], before.attributes, "the sender's own stay first");
    let show = |pair: &KeyValue| match pair.value.as_ref().and_then(|value| value.value.as_ref()) {
        Some(any_value::Value::StringValue(value)) => format!("{}={value}", pair.key),
        other => format!("{}={other:?}", pair.key),
    };
    let added = after.attributes[before.attributes.len()..].iter().map(show);
    added.filter(|line| !line.starts_with("audit.record.id=0")).collect()
}

#[test]
fn every_dialect_becomes_the_same_kind_of_event() {
    let bodies = Record {
        body: Some(map(vec![
            pair("action", text("user.delete")),
            pair("outcome", text("DENIED")),
            pair("actor", map(texts(&[("id", "u-1"), ("type", "USER"), ("ip", "10.0.0.1")]))),
            pair("target", map(texts(&[("type", "account"), ("id", "a-9")]))),
        ])),
        ..with(vec![])
    };
    let in_body: &[&str] = &[
        "audit.action=user.delete",
        "audit.actor.id=u-1",
        "audit.actor.type=user",
        "audit.target.id=a-9",
        "audit.target.type=account",
        "audit.outcome=failure",
        "audit.decision=denied",
        "audit.source.id=10.0.0.1",
    ];
    let mut nested = with(vec![]);
    if let Some(any_value::Value::KvlistValue(list)) = bodies.body.clone().and_then(|body| body.value) {
        nested.attributes = list.values;
    }
    let named = |name: &str, attributes| Record { event_name: name.into(), ..with(attributes) };
    let cases: Vec<(&str, Record, &[&str])> = vec![
        (
            "semantic conventions",
            named(
                "user.login",
                vec![
                    pair("user.id", text("u-1")),
                    pair("client.address", text("10.0.0.1")),
                    pair("http.request.method", text("POST")),
                    pair("url.path", text("/login")),
                    pair("http.response.status_code", int(401)),
                    pair("error.type", text("bad_password")),
                ],
            ),
            &[
                "audit.action=user.login",
                "audit.actor.id=u-1",
                "audit.actor.type=user",
                "audit.target.id=/login",
                "audit.target.type=url",
                "audit.outcome=failure",
                "audit.decision=denied",
                "audit.outcome.reason=bad_password",
                "audit.source.id=10.0.0.1",
            ],
        ),
        ("audit-core, a map in the body", bodies, in_body),
        ("audit-core, maps as attributes", nested, in_body),
        (
            "smart-logs",
            with(texts(&[
                ("action", "fhir.patient.read"),
                ("status", "attempt"),
                ("principalId", "dr-7"),
                ("targetResourceType", "Patient"),
                ("targetResourceId", "p-3"),
                ("outcomeDescription", "started"),
                ("sessionContext.ipAddress", "10.2.2.2"),
            ])),
            &[
                "audit.action=fhir.patient.read",
                "audit.actor.id=dr-7",
                "audit.target.id=p-3",
                "audit.target.type=Patient",
                "audit.outcome=unknown",
                "audit.outcome.reason=started",
                "audit.source.id=10.2.2.2",
            ],
        ),
        (
            "the letter service",
            with(texts(&[
                ("event_type", "user_login"),
                ("actor_id", "u-2"),
                ("entity_id", "l-1"),
                ("entity", "letter"),
                ("ip_address", "10.3.3.3"),
                ("result", "ok"),
            ])),
            &[
                "audit.action=user_login",
                "audit.actor.id=u-2",
                "audit.target.id=l-1",
                "audit.target.type=letter",
                "audit.outcome=success",
                "audit.source.id=10.3.3.3",
            ],
        ),
        (
            "older HTTP conventions, a number for an id",
            with(vec![
                pair("enduser.id", int(42)),
                pair("http.method", text("GET")),
                pair("http.target", text("/x")),
                pair("http.status_code", int(200)),
                pair("net.peer.ip", text("10.4.4.4")),
            ]),
            &[
                "audit.action=GET",
                "audit.actor.id=42",
                "audit.actor.type=user",
                "audit.target.id=/x",
                "audit.target.type=url",
                "audit.outcome=success",
                "audit.source.id=10.4.4.4",
            ],
        ),
        (
            "a firewall",
            with(texts(&[("decision", "block"), ("source.address", "10.5.5.5"), ("reason", "r-1")])),
            &[
                "audit.outcome=failure",
                "audit.decision=denied",
                "audit.outcome.reason=r-1",
                "audit.source.id=10.5.5.5",
            ],
        ),
        (
            "the audit data model itself",
            with(texts(&[
                ("audit.record.id", "mine"),
                ("audit.action", "READ"),
                ("audit.actor.id", "s-1"),
                ("audit.actor.type", "service"),
                ("audit.target.id", "t"),
                ("audit.target.type", "row"),
                ("audit.outcome", "success"),
                ("audit.source.id", "10.6.6.6"),
                ("user.id", "other"),
            ])),
            &[],
        ),
        (
            "a word for the outcome that nobody knows",
            with(texts(&[("status", "active")])),
            &["audit.outcome=unknown"],
        ),
        ("a bare record", with(vec![]), &["audit.outcome=unknown"]),
    ];
    let processor = processor("");
    for (dialect, record, expected) in cases {
        let after = process(&processor, vec![], record.clone());
        assert_eq!(added(&record, &after), expected, "{dialect}");
    }
}

#[test]
fn a_record_id_is_kept_if_it_identifies_and_else_made_of_the_events_time() {
    let id = |record: Record| {
        let after = process(&processor(""), vec![], record);
        let ids: Vec<_> = after.attributes.into_iter().filter(|pair| pair.key == "audit.record.id").collect();
        assert_eq!(ids.len(), 1);
        match ids[0].value.clone().unwrap().value.unwrap() {
            any_value::Value::StringValue(id) => id,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(id(with(texts(&[("audit.record.id", "x")]))), "x");
    assert_eq!(id(with(texts(&[("log.record.uid", "uid-1")]))), "uid-1");
    assert_eq!(id(with(texts(&[("eventId", "01J9Z3Y4T5K6M7N8P9QRSTVWXY")]))), "01J9Z3Y4T5K6M7N8P9QRSTVWXY");
    let made =
        id(Record { time_unix_nano: 1_760_000_000_123_456_789, ..with(texts(&[("event_id", "4624")])) });
    let made = uuid::Uuid::parse_str(&made).unwrap();
    assert_eq!(made.get_timestamp().unwrap().to_unix(), (1_760_000_000, 123_000_000));
}

#[test]
fn times_fall_back_to_what_the_record_says_then_to_when_it_came() {
    let times = |time_unix_nano, observed_time_unix_nano, attributes| {
        let record = Record { time_unix_nano, observed_time_unix_nano, attributes, ..Default::default() };
        let after = process(&processor(""), vec![], record);
        (after.time_unix_nano, after.observed_time_unix_nano)
    };
    assert_eq!(times(1, 2, vec![]), (1, 2));
    assert_eq!(times(0, 2, vec![]), (2, 2));
    assert_eq!(times(0, 0, vec![]), (RECEIVED, RECEIVED));
    let said = texts(&[("context.occurredAt", "2025-10-09T08:53:20.5Z")]);
    assert_eq!(times(0, 0, said), (1_760_000_000_500_000_000, RECEIVED));
    assert_eq!(times(0, 0, texts(&[("timestamp", "yesterday")])), (RECEIVED, RECEIVED));
}

#[test]
fn severity_is_completed_in_both_directions() {
    let severity = |severity_number, severity_text: &str, attributes| {
        let record = Record { severity_number, severity_text: severity_text.into(), ..with(attributes) };
        let after = process(&processor(""), vec![], record);
        (after.severity_number, after.severity_text)
    };
    assert_eq!(severity(17, "", vec![]), (17, "ERROR".into()));
    assert_eq!(severity(0, "warning", vec![]), (13, "warning".into()));
    assert_eq!(severity(9, "odd", vec![]), (9, "odd".into()));
    assert_eq!(severity(0, "", texts(&[("log.level", "crit")])), (21, "crit".into()));
    assert_eq!(severity(0, "", texts(&[("level", "7")])), (0, String::new()));
}

#[test]
fn defaults_are_typed_and_only_for_what_neither_record_nor_resource_has() {
    let processor = processor(
        r#""source": "weir", "tier": 2, "prod": true, "region": "eu", "user.id": "nobody",
           "audit.actor.type": "system", "audit.outcome": "success""#,
    );
    let record = with(texts(&[("source", "mine")]));
    let after = process(&processor, texts(&[("region", "us")]), record.clone());
    assert_eq!(
        added(&record, &after),
        [
            "tier=Some(IntValue(2))",
            "prod=Some(BoolValue(true))",
            "user.id=nobody",
            "audit.actor.id=nobody",
            "audit.actor.type=user",
            "audit.outcome=success",
        ]
    );
}

#[test]
fn what_the_resource_says_is_not_overridden() {
    let record = with(texts(&[("client.address", "10.0.0.1"), ("outcome", "success")]));
    let resource = texts(&[("audit.source.id", "fw-1"), ("audit.outcome", "failure")]);
    assert_eq!(added(&record, &process(&processor(""), resource, record.clone())), Vec::<String>::new());
}

#[test]
fn an_event_does_not_depend_on_the_resources_of_the_requests_before() {
    let processor = processor(r#""region": "eu""#);
    let says = texts(&[("audit.source.id", "fw-1"), ("region", "us")]);
    let large: Vec<_> = says.iter().cloned().chain([pair("note", text(&"x".repeat(20_000)))]).collect();
    let other = texts(&[("host.name", "a")]);
    for (resource, is_said) in
        [(&says, true), (&vec![], false), (&large, true), (&vec![], false), (&other, false), (&says, true)]
    {
        let record = with(texts(&[
            ("client.address", "10.0.0.1"),
            ("user.id", "u"),
            ("outcome", "ok"),
            ("action", "a"),
        ]));
        let added = added(&record, &process(&processor, resource.clone(), record.clone()));
        for said in ["audit.source.id=10.0.0.1", "region=eu"] {
            assert_eq!(added.iter().any(|it| it == said), !is_said, "{said} {added:?}");
        }
    }
}

#[test]
fn defaults_that_make_no_sense_are_refused_with_their_key() {
    for (defaults, path) in [
        (r#""audit.record.id": "x""#, "default_attributes.audit.record.id"),
        (r#""audit.outcome": "great""#, "default_attributes.audit.outcome"),
        (r#""": "x""#, "default_attributes"),
    ] {
        let config: Config =
            serde_json::from_str(&format!("{{\"default_attributes\":{{{defaults}}}}}")).unwrap();
        assert_eq!(config.validate().iter().map(|problem| problem.path.as_str()).collect::<Vec<_>>(), [path]);
    }
}

#[test]
fn other_signals_pass_untouched() {
    let request = Request::validate(Signal::Traces, Bytes::new(), &Limits::default()).unwrap();
    assert_eq!(processor("").process(request.clone(), &context()).unwrap(), request);
}

fn value() -> impl Strategy<Value = Value> {
    let word = prop_oneof![Just("success"), Just("denied"), Just("warn"), Just("USER"), Just("")];
    let scalar = prop_oneof![
        word.prop_map(text),
        "\\PC{0,20}".prop_map(|value| text(&value)),
        any::<i64>().prop_map(int),
        any::<bool>().prop_map(|value| Value { value: Some(any_value::Value::BoolValue(value)) }),
        Just(Value { value: None }),
    ];
    scalar.prop_recursive(3, 12, 4, |inner| {
        let key = prop_oneof![Just("id"), Just("type"), Just("ip"), Just("actor")];
        proptest::collection::vec((key, inner), 0..4)
            .prop_map(|pairs| map(pairs.into_iter().map(|(key, value)| pair(key, value)).collect()))
    })
}

fn attributes() -> impl Strategy<Value = Vec<KeyValue>> {
    let key = prop_oneof![
        (0..spelling::TABLE.len()).prop_map(|row| spelling::TABLE[row].key.to_owned()),
        Just("actor".to_owned()),
        "[a-z.]{0,12}",
    ];
    proptest::collection::hash_map(key, value(), 0..12)
        .prop_map(|pairs| pairs.into_iter().map(|(key, value)| pair(&key, value)).collect())
}

fn any_record() -> impl Strategy<Value = Record> {
    let name = prop_oneof![Just(""), Just("user.login")];
    (attributes(), proptest::option::of(value()), name, 0..3u64, 0..3u64, 0..30i32, "[a-z]{0,4}").prop_map(
        |(attributes, body, name, time, observed, severity_number, severity_text)| Record {
            attributes,
            body,
            event_name: name.into(),
            time_unix_nano: time,
            observed_time_unix_nano: observed,
            severity_number,
            severity_text,
            ..Default::default()
        },
    )
}

proptest! {
    #[test]
    fn records_are_only_added_to_and_twice_is_as_good_as_once(
        resource in attributes(), records_in in proptest::collection::vec(any_record(), 0..6),
        some_defaults: bool,
    ) {
        let defaults = r#""source": "weir", "user.id": "u", "status": "denied", "audit.action": "none""#;
        let processor = processor(if some_defaults { defaults } else { "" });
        let request = validate(&message(resource, records_in.clone()));
        let once = processor.process(request, &context()).unwrap();
        Request::validate(Signal::Logs, once.bytes().clone(), &Limits::default()).unwrap();
        let mut ids = HashSet::new();
        for (before, after) in records_in.iter().zip(records(&once)) {
            prop_assert_eq!(&after.attributes[..before.attributes.len()], &before.attributes[..]);
            prop_assert_eq!(&after.body, &before.body);
            let keys: HashSet<_> = after.attributes.iter().map(|pair| &pair.key).collect();
            prop_assert_eq!(keys.len(), after.attributes.len(), "a key stands twice");
            for (before, after) in [
                (before.time_unix_nano, after.time_unix_nano),
                (before.observed_time_unix_nano, after.observed_time_unix_nano),
                (before.severity_number as u64, after.severity_number as u64),
            ] {
                prop_assert!(before == 0 || before == after);
            }
            for (before, after) in
                [(&before.severity_text, &after.severity_text), (&before.event_name, &after.event_name)]
            {
                prop_assert!(before.is_empty() || before == after);
            }
            let made = after.attributes[before.attributes.len()..].iter().find(|pair| pair.key == "audit.record.id");
            if let Some(made) = made {
                prop_assert!(ids.insert(made.value.clone().unwrap().encode_to_vec()) || before.attributes.iter().any(|pair| pair.key == "log.record.uid"));
            }
        }
        let twice = processor.process(once.clone(), &context()).unwrap();
        prop_assert_eq!(twice.bytes(), once.bytes());
    }
}

proptest! {
    #[test]
    fn an_event_does_not_depend_on_the_other_records_of_the_request(
        resource in attributes(), before in proptest::collection::vec(any_record(), 0..6), some_defaults: bool,
    ) {
        let processor = processor(if some_defaults { r#""source": "weir", "user.id": "u""# } else { "" });
        let together = processor.process(validate(&message(resource.clone(), before.clone())), &context()).unwrap();
        // Made ids are different each time.
        let without_made_id = |before: &Record, mut after: Record| {
            let said = before.attributes.len();
            let mut index = 0;
            after.attributes.retain(|pair| {
                index += 1;
                index <= said || pair.key != "audit.record.id"
            });
            after
        };
        for (before, together) in before.iter().zip(records(&together)) {
            let alone = process(&processor, resource.clone(), before.clone());
            prop_assert_eq!(without_made_id(before, alone), without_made_id(before, together));
        }
    }
}
