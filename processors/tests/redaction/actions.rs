//! What becomes of what is found, where it is not masked.

use super::*;
use component::settings::SecretReference;

/// A processor with these actions and a key of hashes.
fn acting(actions: &[(Detector, Action)]) -> Redaction {
    let key = SecretReference::new("0123456789abcdef0123456789abcdef");
    let hash = HashKey { key_id: "k7".into(), key, tenant_attribute: Some("tenant.id".into()) };
    let config = Config { actions: actions.iter().copied().collect(), hash: Some(hash), ..Config::default() };
    config.build(&ComponentId::parse("redaction").unwrap()).unwrap()
}

fn process(redaction: &Redaction, message: &ExportLogsServiceRequest) -> (ExportLogsServiceRequest, u32) {
    let out = redaction.process(request(message, Signal::Logs), &Context::now(None)).unwrap();
    Request::validate(Signal::Logs, out.bytes().clone(), &Limits::default()).unwrap();
    (ExportLogsServiceRequest::decode(out.bytes().clone()).unwrap(), out.records())
}

const EMAIL: &str = "maria@example.org";

fn record(attributes: Vec<KeyValue>, body: &str) -> LogRecord {
    LogRecord { attributes, body: Some(string(body)), ..Default::default() }
}

#[test]
fn a_find_that_is_only_counted_stays_and_what_else_is_in_the_value_is_hidden() {
    let redaction = acting(&[(Detector::Email, Action::Tag), (Detector::SecretKey, Action::Tag)]);
    let message = logs(vec![record(
        vec![text("password", "4111111111111111"), text("to", EMAIL), pair("token", Value::BoolValue(true))],
        "maria@example.org paid with 4111 1111 1111 1111",
    )]);
    let (out, _) = process(&redaction, &message);
    let expected = record(
        vec![text("password", "****"), text("to", EMAIL), pair("token", Value::BoolValue(true))],
        "maria@example.org paid with ****",
    );
    assert_eq!(out, logs(vec![expected]));
}

#[test]
fn a_dropped_value_is_empty_and_a_dropped_key_is_gone_also_in_maps_and_keys() {
    use opentelemetry_proto::tonic::common::v1::KeyValueList;
    let redaction = acting(&[(Detector::Email, Action::DropValue), (Detector::SecretKey, Action::DropKey)]);
    let map = |values| Value::KvlistValue(KeyValueList { values });
    let message = logs(vec![record(
        vec![
            text("first", EMAIL),
            text("to", EMAIL),
            text("password", "x"),
            pair("map", map(vec![text("secret", "x"), text("kept", "y")])),
            text(EMAIL, "y"),
            text("last", "z"),
        ],
        EMAIL,
    )]);
    let (out, _) = process(&redaction, &message);
    let empty =
        |key: &str| KeyValue { key: key.into(), value: Some(AnyValue::default()), ..Default::default() };
    let expected = record(
        vec![empty("first"), empty("to"), pair("map", map(vec![text("kept", "y")])), text("last", "z")],
        "",
    );
    assert_eq!(out, logs(vec![expected]));
}

#[test]
fn a_dropped_record_is_gone_whatever_else_was_changed_and_its_neighbours_stay() {
    let redaction = acting(&[(Detector::PaymentCard, Action::DropRecord)]);
    let card = "4111111111111111";
    let long = "x".repeat(300);
    for dropped in [
        record(vec![text("to", EMAIL), text("n", card)], &long),
        record(vec![text("long", &long)], card),
        record(vec![pair("n", Value::IntValue(4_111_111_111_111_111)), text("to", EMAIL)], EMAIL),
        LogRecord { severity_text: card.into(), ..Default::default() },
    ] {
        for neighbours in [record(vec![], EMAIL), record(vec![text("k", "v")], "clean")] {
            let message =
                logs(vec![dropped.clone(), neighbours.clone(), dropped.clone(), neighbours.clone()]);
            let (out, records) = process(&redaction, &message);
            let (kept, _) = process(&redaction, &logs(vec![neighbours.clone(), neighbours]));
            assert_eq!((out, records), (kept, 2));
        }
    }
}

#[test]
fn what_would_drop_a_record_is_masked_in_a_resource() {
    use opentelemetry_proto::tonic::resource::v1::Resource;
    let redaction = acting(&[(Detector::Email, Action::DropRecord)]);
    let mut message = logs(vec![record(vec![], "clean")]);
    let resource = |value| Some(Resource { attributes: vec![text("owner", value)], ..Default::default() });
    message.resource_logs[0].resource = resource(EMAIL);
    let (out, records) = process(&redaction, &message);
    message.resource_logs[0].resource = resource("****");
    assert_eq!((out, records), (message, 1));
}

#[test]
fn equal_values_have_equal_hashes_and_pseudonyms_differ_between_tenants() {
    use opentelemetry_proto::tonic::resource::v1::Resource;
    let redaction = acting(&[(Detector::Email, Action::Pseudonymize), (Detector::UsSsn, Action::Hash)]);
    let of = |tenant: &str| {
        let mut message = logs(vec![record(vec![text("to", EMAIL), text("id", "123-45-6789")], EMAIL)]);
        let attributes = vec![text("tenant.id", tenant)];
        message.resource_logs[0].resource = Some(Resource { attributes, ..Default::default() });
        let record = process(&redaction, &message)
            .0
            .resource_logs
            .remove(0)
            .scope_logs
            .remove(0)
            .log_records
            .remove(0);
        let text = |value: Option<AnyValue>| match value.and_then(|value| value.value) {
            Some(Value::StringValue(text)) => text,
            other => panic!("{other:?}"),
        };
        let attributes: Vec<_> = record.attributes.into_iter().map(|pair| text(pair.value)).collect();
        (attributes[0].clone(), attributes[1].clone(), text(record.body))
    };
    let (one, other) = (of("one"), of("other"));
    assert_eq!(one, of("one"));
    assert!(one.0.starts_with("p1:k7:") && one.0 == one.2, "{one:?}");
    assert_ne!(one.0, other.0);
    assert!(one.1.starts_with("h1:k7:") && one.1 == other.1, "{one:?} {other:?}");
}

#[test]
fn what_is_hidden_in_part_is_not_found_again_by_the_next_agent() {
    let redaction = acting(&[
        (Detector::Email, Action::KeepDomain),
        (Detector::PaymentCard, Action::KeepLast4),
        (Detector::UsSsn, Action::Hash),
    ]);
    let message = logs(vec![record(
        vec![text("to", EMAIL), text("card", "4111 1111 1111 1111")],
        "from maria@example.org, 123-45-6789 and 4111-1111-1111-1111",
    )]);
    let out = redact(&redaction, &message, Signal::Logs);
    let record = out.resource_logs[0].scope_logs[0].log_records[0].clone();
    assert_eq!(record.attributes, [text("to", "****@example.org"), text("card", "****1111")]);
    let hash = process(&redaction, &logs(vec![self::record(vec![], "123-45-6789")])).0;
    let Some(Value::StringValue(hash)) =
        hash.resource_logs[0].scope_logs[0].log_records[0].body.clone().and_then(|body| body.value)
    else {
        panic!("no text");
    };
    assert_eq!(record.body, Some(string(&format!("from ****@example.org, {hash} and ****1111"))));
}

#[test]
fn what_stands_for_a_find_stays_when_the_next_agent_finds_it_by_its_name() {
    for action in [
        Action::Truncate,
        Action::KeepDomain,
        Action::KeepLast4,
        Action::Hash,
        Action::Pseudonymize,
        Action::Mask,
    ] {
        let redaction = acting(&[(Detector::SecretKey, action), (Detector::Assignment, action)]);
        for secret in ["hunter22hunter", "maria@example.org", "10.42.7.113", "4111 1111 1111 1234", "x"] {
            let body = format!("password=\"{secret}\" --token '{secret}' https://a.b/?api_key={secret}");
            let json = format!("{{\"password\":\"{secret}\"}}");
            let attributes = vec![text("password", secret), text("json", &json)];
            // It checks that a second time changes nothing.
            redact(&redaction, &logs(vec![record(attributes, &body)]), Signal::Logs);
        }
    }
}
