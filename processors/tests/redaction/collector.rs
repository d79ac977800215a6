//! What the Collector's `redaction` processor is documented to do, by the same settings, with weir's detectors
//! switched off as far as they would see anything in these values.

use super::*;
use component::settings::SecretReference;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{ArrayValue, KeyValueList};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, span};
use processors::redaction::{HashFunction, Summary};

fn strings(list: &[&str]) -> Vec<String> {
    list.iter().map(|one| (*one).to_owned()).collect()
}

fn build(config: Config) -> Redaction {
    config.build(&ComponentId::parse("redaction").unwrap()).unwrap()
}

fn map(values: Vec<KeyValue>) -> Value {
    Value::KvlistValue(KeyValueList { values })
}

fn array(values: Vec<AnyValue>) -> Value {
    Value::ArrayValue(ArrayValue { values })
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
fn only_allowed_and_ignored_keys_stay_where_keys_are_listed() {
    let listed = Config {
        allowed_keys: strings(&["id", "name"]),
        ignored_keys: strings(&["safe_attribute"]),
        ignored_key_patterns: strings(&["^safe_by_pattern"]),
        ..Config::default()
    };
    let of = |keys: &[&str]| keys.iter().map(|key| text(key, "value")).collect::<Vec<_>>();
    let all = of(&["id", "group", "name", "safe_attribute", "safe_by_pattern_1", "ID", "id.x"]);
    let kept = of(&["id", "name", "safe_attribute", "safe_by_pattern_1"]);
    assert_eq!(attributes(listed.clone(), all.clone()), kept);
    let said = |said| Config { allow_all_keys: Some(said), ..listed.clone() };
    assert_eq!(attributes(said(false), all.clone()), kept);
    assert_eq!(attributes(said(true), all.clone()), all);
    // The list fails closed if it is empty, and nothing is taken out where nothing is said of keys.
    let none = Config { allow_all_keys: Some(false), ..Config::default() };
    assert_eq!(attributes(none, all.clone()), []);
    assert_eq!(attributes(Config::default(), all.clone()), all);
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

/// The example of the processor's documentation.
#[test]
fn the_finds_of_blocked_values_are_masked_and_the_rest_of_the_value_stays() {
    let config = Config {
        blocked_values: strings(&["4[0-9]{12}(?:[0-9]{3})?", "(5[1-5][0-9]{14})"]),
        ..Config::default()
    };
    let redaction = build(config);
    let make = |one: &str, other: &str, nested: &str| {
        let entries = vec![text("in", nested), pair("list", array(vec![string(nested), string("x")]))];
        logs(vec![LogRecord {
            attributes: vec![
                text("notes", one),
                text("other", other),
                // Neither is a number of an issued card: no detector sees it.
                pair("number", Value::IntValue(4_000_000_000_001)),
                pair("map", map(entries.clone())),
                text("name", "clean"),
            ],
            severity_text: one.into(),
            body: Some(AnyValue { value: Some(map(entries)) }),
            ..Default::default()
        }])
    };
    let before =
        make("paid with 4000000000001 or 5100000000000001, twice", "4000000000001", "x4000000000001x");
    let after = make("paid with **** or ****, twice", "****", "x****x");
    assert_eq!(redact(&redaction, &before, Signal::Logs), after);
}

#[test]
fn numbers_and_truth_values_are_looked_at_where_all_types_are() {
    let config = |redact_all_types| Config {
        blocked_values: strings(&["^4[0-9]{12}$", "^true$", "^1\\.25$"]),
        redact_all_types,
        ..Config::default()
    };
    let before = vec![
        pair("int", Value::IntValue(4_000_000_000_001)),
        pair("bool", Value::BoolValue(true)),
        pair("double", Value::DoubleValue(1.25)),
        pair("list", array(vec![AnyValue { value: Some(Value::IntValue(4_000_000_000_001)) }])),
        pair("other", Value::IntValue(5)),
    ];
    assert_eq!(attributes(config(false), before.clone()), before);
    let after = vec![
        text("int", "****"),
        text("bool", "****"),
        text("double", "****"),
        pair("list", array(vec![string("****")])),
        pair("other", Value::IntValue(5)),
    ];
    assert_eq!(attributes(config(true), before), after);
}

#[test]
fn a_blocked_key_hides_its_value_whatever_its_type() {
    let config = Config { blocked_key_patterns: strings(&[".*balance.*", "^x"]), ..Config::default() };
    let before = vec![
        text("account_balance", "much"),
        pair("balance", Value::IntValue(7)),
        pair("xs", array(vec![string("a")])),
        pair("x", Value::BytesValue(vec![0xff])),
        pair("map", map(vec![text("balance", "1"), text("other", "2")])),
        text("yx", "stays"),
        KeyValue { key: "x.none".into(), ..Default::default() },
    ];
    let after = vec![
        text("account_balance", "****"),
        text("balance", "****"),
        text("xs", "****"),
        pair("x", Value::BytesValue("****".into())),
        pair("map", map(vec![text("balance", "****"), text("other", "2")])),
        text("yx", "stays"),
        KeyValue { key: "x.none".into(), ..Default::default() },
    ];
    assert_eq!(attributes(config, before), after);
}

#[test]
fn an_allowed_value_stays_as_a_whole_whatever_is_blocked_but_not_from_detectors() {
    let config = Config {
        blocked_values: strings(&["mycompany", "4[0-9]{12}"]),
        blocked_key_patterns: strings(&["owner"]),
        allowed_values: strings(&["support\\.mycompany\\.com"]),
        ..Config::default()
    };
    let before = vec![
        text("a", "see support.mycompany.com, 4000000000001"),
        text("b", "see mycompany.com"),
        text("owner", "support.mycompany.com"),
        text("c", "maria@support.mycompany.com"),
    ];
    let after = vec![
        text("a", "see support.mycompany.com, 4000000000001"),
        text("b", "see ****.com"),
        text("owner", "support.mycompany.com"),
        text("c", "****"),
    ];
    assert_eq!(attributes(config, before), after);
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

#[test]
fn hashes_are_hmac_in_hexadecimal_and_a_function_without_a_key_masks() {
    let config = |function, key: &str| Config {
        blocked_values: strings(&["blocked"]),
        blocked_key_patterns: strings(&["owner"]),
        hash_function: Some(function),
        hmac_key: Some(SecretReference::new(key)),
        ..Config::default()
    };
    let before = vec![text("a", "a blocked value"), text("owner", "maria")];
    let key = "0123456789abcdef0123456789abcdef";
    // By Python's hmac module.
    let after = vec![
        text("a", "a 057aa5da4276ea5d9f0ed7318ae1430534e59e52599ccdeb8238f7f4656bad0e value"),
        text("owner", "5350beabbc1bc5c788f53f14b77b7d750bdd78e8e455741869d2f9a97df884a8"),
    ];
    assert_eq!(attributes(config(HashFunction::HmacSha256, key), before.clone()), after);
    let after = vec![
        text(
            "a",
            "a e3507f801b2fa670c564e839ea6b6f73ac9ea82e905eed3237af0175b0d85586\
             6ed80d74a115ecd13bbf0cf204870b2f6af79794c9512b958307f34727c2566a value",
        ),
        text(
            "owner",
            "ce3262eef6a6a26a0fffb1c309f8b12631dfdc184caad546b0823cdb7abb894d\
             101f5dc198ad541a92413f86b31f5f79a17eebbccaa34cdae176370e547acf5a",
        ),
    ];
    assert_eq!(attributes(config(HashFunction::HmacSha512, &key.repeat(2)), before.clone()), after);
    for function in [HashFunction::Md5, HashFunction::Sha1, HashFunction::Sha3] {
        let masked = vec![text("a", "a **** value"), text("owner", "****")];
        assert_eq!(attributes(config(function, ""), before.clone()), masked);
    }
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

fn summarised_record() -> LogRecord {
    let body = map(vec![
        text("safe", "blocked"),
        pair("map", map(vec![text("a", "blocked"), text("x", "gone")])),
        text("gone", "gone"),
        text("b", "fine"),
    ]);
    LogRecord {
        attributes: vec![
            text("z", "blocked"),
            text("gone.2", "x"),
            text("a", "blocked and blocked"),
            text("owner", "x"),
            text("gone.1", "x"),
            text("support", "blocked but fine"),
            text("safe", "blocked"),
            pair("map", map(vec![text("in", "blocked")])),
            pair("list", array(vec![string("blocked")])),
        ],
        body: Some(AnyValue { value: Some(body) }),
        ..Default::default()
    }
}

#[test]
fn the_summary_tells_keys_and_counts_or_counts_or_nothing() {
    let int = |key: &str, value| pair(key, Value::IntValue(value));
    let debug = vec![
        text("redaction.redacted.keys", "gone.1,gone.2"),
        int("redaction.redacted.count", 2),
        text("redaction.body.redacted.keys", "gone,map.x"),
        int("redaction.body.redacted.count", 2),
        text("redaction.masked.keys", "a,list,map,owner,z"),
        int("redaction.masked.count", 5),
        text("redaction.body.masked.keys", "map.a"),
        int("redaction.body.masked.count", 1),
        text("redaction.allowed.keys", "support"),
        int("redaction.allowed.count", 1),
        text("redaction.body.allowed.keys", "b"),
        int("redaction.body.allowed.count", 1),
        int("redaction.ignored.count", 1),
        int("redaction.body.ignored.count", 1),
    ];
    let counts: Vec<KeyValue> = debug.iter().filter(|it| it.key.ends_with(".count")).cloned().collect();
    for (level, expected) in [(Summary::Debug, debug), (Summary::Info, counts), (Summary::Silent, vec![])] {
        let out = process(&build(summarised(level)), summarised_record());
        let own: Vec<KeyValue> =
            out.attributes.into_iter().filter(|it| it.key.starts_with("redaction.")).collect();
        assert_eq!(own, expected, "{level:?}");
    }
}

#[test]
fn a_second_redaction_adds_to_the_summary_of_the_first() {
    let int = |key: &str, value| pair(key, Value::IntValue(value));
    let config = Config {
        allowed_keys: strings(&["b", "c"]),
        blocked_key_patterns: strings(&["c"]),
        summary: Summary::Debug,
        ..Config::default()
    };
    let before = vec![
        text("redaction.redacted.keys", "a,k"),
        int("redaction.redacted.count", 2),
        int("redaction.ignored.count", 4),
        text("b", "x"),
        text("g", "x"),
        text("c", "x"),
    ];
    let after = vec![
        text("b", "x"),
        text("c", "****"),
        text("redaction.redacted.keys", "a,g,k"),
        int("redaction.redacted.count", 3),
        text("redaction.masked.keys", "c"),
        int("redaction.masked.count", 1),
        int("redaction.ignored.count", 4),
    ];
    assert_eq!(attributes(config, before), after);
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
fn a_body_that_is_a_text_is_told_as_the_body() {
    let record = LogRecord { body: Some(string("a blocked text")), ..Default::default() };
    let out = process(&build(summarised(Summary::Debug)), record);
    assert_eq!(out.body, Some(string("a **** text")));
    assert_eq!(out.attributes[0], text("redaction.body.masked.keys", "body"));
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
