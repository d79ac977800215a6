//! Records of one request repeat keys and values, and what is known of one is used for the next:
//! each still comes out as it does alone.

use super::{logs, pair, redact, redaction, string};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, KeyValue, KeyValueList, any_value::Value,
};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::resource::v1::Resource;
use pdata::Signal;
use proptest::collection::vec;
use proptest::prelude::*;

const KEYS: [&str; 12] = [
    "",
    "user",
    "user.email",
    "maria@example.org",
    "password",
    "tokens",
    "event.name",
    "http.request.method",
    "a.key.that.is.longer.than.most.of.them",
    "a.key.that.is.longer.than.most.of.then",
    "pin",
    "map",
];

const TEXTS: [&str; 9] = [
    "",
    "GET",
    "clean",
    "maria@example.org",
    "mail to maria@example.org now",
    "password=hunter2",
    "provider: u-123456",
    "4111 1111 1111 1111",
    "1234",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![4 => proptest::sample::select(&TEXTS[..]).prop_map(String::from), 1 => "[a-c@.:= 0-9]{0,20}"]
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => text().prop_map(Value::StringValue),
        1 => text().prop_map(|text| Value::BytesValue(text.into_bytes())),
        1 => vec(254u8.., 1..3).prop_map(Value::BytesValue),
        1 => proptest::sample::select(&[200i64, 4_111_111_111_111_111, -1][..]).prop_map(Value::IntValue),
        1 => any::<bool>().prop_map(Value::BoolValue),
        1 => text().prop_map(|text| Value::ArrayValue(ArrayValue { values: vec![string(&text)] })),
        1 => attribute_of(text().prop_map(Value::StringValue))
            .prop_map(|pair| Value::KvlistValue(KeyValueList { values: vec![pair] })),
    ]
}

fn attribute_of(value: impl Strategy<Value = Value>) -> impl Strategy<Value = KeyValue> {
    let key = prop_oneof![9 => proptest::sample::select(&KEYS[..]).prop_map(String::from), 1 => "[a-z]{1,2}"];
    (key, value).prop_map(|(key, value)| pair(&key, value))
}

fn record() -> impl Strategy<Value = LogRecord> {
    (vec(attribute_of(value()), 0..10), text(), proptest::option::of(value())).prop_map(
        |(attributes, severity_text, body)| LogRecord {
            attributes,
            severity_text,
            body: body.map(|value| AnyValue { value: Some(value) }),
            ..Default::default()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_record_among_others_comes_out_as_it_does_alone(
        different in vec(record(), 1..6), order in vec(any::<prop::sample::Index>(), 1..20),
    ) {
        let redaction = redaction();
        let records: Vec<_> = order.iter().map(|index| index.get(&different).clone()).collect();
        let alone = |record: &LogRecord| redact(&redaction, &logs(vec![record.clone()]), Signal::Logs);
        let mut expected = logs(Vec::new());
        for record in &records {
            let mut out = alone(record);
            expected.resource_logs[0].scope_logs[0].log_records
                .append(&mut out.resource_logs[0].scope_logs[0].log_records);
        }
        prop_assert_eq!(redact(&redaction, &logs(records), Signal::Logs), expected);
    }

    #[test]
    fn a_group_behind_others_comes_out_as_it_does_first(
        different in vec((vec(attribute_of(value()), 0..3), record()), 1..5),
        requests in vec(vec(any::<prop::sample::Index>(), 1..4), 1..8),
    ) {
        let (experienced, other) = (redaction(), redaction());
        for request in requests {
            let groups = request.iter().flat_map(|index| {
                let (attributes, record) = index.get(&different).clone();
                let mut one = logs(vec![record]).resource_logs;
                one.iter_mut().for_each(|group| group.resource = Some(Resource { attributes: attributes.clone(), ..Default::default() }));
                one
            });
            let groups: Vec<_> = groups.collect();
            let expected = groups.iter().flat_map(|group| {
                let alone = ExportLogsServiceRequest { resource_logs: vec![group.clone()] };
                // So that the other knows nothing of this resource.
                redact(&other, &logs(Vec::new()), Signal::Logs);
                redact(&other, &alone, Signal::Logs).resource_logs
            });
            let expected: Vec<_> = expected.collect();
            let all = ExportLogsServiceRequest { resource_logs: groups };
            prop_assert_eq!(redact(&experienced, &all, Signal::Logs).resource_logs, expected);
        }
    }

    #[test]
    fn more_keys_than_are_remembered_change_nothing(attributes in vec(("[a-z]{1,3}", text()), 200..400)) {
        let attributes: Vec<_> =
            attributes.into_iter().map(|(key, text)| pair(&key, Value::StringValue(text))).collect();
        let redaction = redaction();
        let one = |attributes: Vec<KeyValue>| LogRecord { attributes, ..Default::default() };
        let expected: Vec<_> = attributes
            .iter()
            .map(|pair| redact(&redaction, &logs(vec![one(vec![pair.clone()])]), Signal::Logs))
            .map(|mut out| out.resource_logs[0].scope_logs[0].log_records[0].attributes.remove(0))
            .collect();
        let out = redact(&redaction, &logs(vec![one(attributes.clone()), one(attributes)]), Signal::Logs);
        for record in &out.resource_logs[0].scope_logs[0].log_records {
            prop_assert_eq!(&record.attributes, &expected);
        }
    }
}
