//! Events read back by serde_json, compared with a model that builds them from prost's types.

use super::*;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue as Value, ArrayValue, KeyValue, KeyValueList, any_value::Value as Kind,
};
use opentelemetry_proto::tonic::logs::v1::{LogRecord as Record, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use pdata::{Limits, Request, Signal};
use proptest::prelude::*;
use prost::Message;
use serde_json::{Map, Value as Json, json};

fn text(value: &str) -> Value {
    Value { value: Some(Kind::StringValue(value.into())) }
}

fn pair(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.into(), value: Some(value), ..Default::default() }
}

fn texts(pairs: &[(&str, &str)]) -> Vec<KeyValue> {
    pairs.iter().map(|(key, value)| pair(key, text(value))).collect()
}

fn group(resource: Vec<KeyValue>, log_records: Vec<Record>) -> ResourceLogs {
    ResourceLogs {
        resource: Some(Resource { attributes: resource, ..Default::default() }),
        scope_logs: vec![ScopeLogs { log_records, ..Default::default() }],
        ..Default::default()
    }
}

fn batch(requests: Vec<Vec<ResourceLogs>>) -> Batch {
    let request = |resource_logs| {
        let bytes = ExportLogsServiceRequest { resource_logs }.encode_to_vec();
        Request::validate(Signal::Logs, bytes.into(), &Limits::default()).unwrap()
    };
    Batch::new(Signal::Logs, requests.into_iter().map(request).collect())
}

fn writer(defaults: &str) -> EventJson {
    EventJson::new(&serde_json::from_str(defaults).unwrap())
}

fn array(writer: &EventJson, batch: &Batch) -> String {
    let mut out = Vec::new();
    writer.write_array(batch, &mut out);
    String::from_utf8(out).unwrap()
}

/// The one event of a record with these attributes.
fn event(resource: Vec<KeyValue>, record: Record) -> String {
    let array =
        array(&writer(r#"{"source":"weir","tier":1}"#), &batch(vec![vec![group(resource, vec![record])]]));
    array.strip_prefix('[').unwrap().strip_suffix(']').unwrap().to_owned()
}

#[test]
fn an_event_is_flat_typed_and_in_a_fixed_order() {
    let record = Record {
        time_unix_nano: 1_760_000_000_000_000_007,
        severity_text: "INFO".into(),
        severity_number: 9,
        body: Some(text("a \"quoted\"\nline \u{1}ü")),
        trace_id: vec![0xab; 16],
        span_id: vec![0; 8],
        event_name: "user.login".into(),
        attributes: vec![
            pair("n", Value { value: Some(Kind::IntValue(-5)) }),
            pair("ok", Value { value: Some(Kind::BoolValue(true)) }),
            pair("nan", Value { value: Some(Kind::DoubleValue(f64::NAN)) }),
            pair("none", Value { value: None }),
            pair("raw", Value { value: Some(Kind::BytesValue(vec![1, 2])) }),
        ],
        ..Default::default()
    };
    assert_eq!(
        event(texts(&[("service.name", "auth")]), record),
        concat!(
            r#"{"timestamp":"2025-10-09T08:53:20.000000007Z","severity":"INFO","severity_number":9,"#,
            r#""message":"a \"quoted\"\nline \u0001ü","trace_id":"abababababababababababababababab","#,
            r#""event_name":"user.login","n":-5,"ok":true,"nan":"NaN","none":null,"raw":"AQI=","#,
            r#""source":"weir","tier":1,"service.name":"auth"}"#
        )
    );
}

#[test]
fn later_layers_win_and_fixed_fields_cannot_be_forged() {
    let record = Record {
        observed_time_unix_nano: 1,
        attributes: texts(&[
            ("source", "mine"),
            ("service.name", "record"),
            ("timestamp", "forged"),
            ("attributes.timestamp", "own"),
            ("twice", "first"),
            ("twice", "second"),
        ]),
        ..Default::default()
    };
    let resource = texts(&[("service.name", "resource"), ("severity", "high"), ("host.name", "h")]);
    let event: Json = serde_json::from_str(&event(resource, record)).unwrap();
    assert_eq!(
        event,
        json!({
            "timestamp": "1970-01-01T00:00:00.000000001Z", "source": "mine", "service.name": "record",
            "attributes.attributes.timestamp": "forged", "attributes.timestamp": "own", "twice": "second",
            "resource.severity": "high", "host.name": "h", "tier": 1,
        })
    );
}

#[test]
fn an_event_of_nothing_is_an_empty_object_and_a_batch_of_nothing_an_empty_array() {
    let empty = EventJson::default();
    assert_eq!(array(&empty, &batch(vec![vec![]])), "[]");
    assert_eq!(array(&empty, &batch(vec![vec![group(vec![], vec![Record::default()])]])), "[{}]");
}

#[test]
fn more_different_keys_than_are_remembered_are_all_written() {
    let attributes = (0..600).map(|index| pair(&format!("key {index}"), text("v"))).collect();
    let records = vec![Record { attributes, ..Default::default() }; 2];
    let resource = (0..300).map(|index| pair(&format!("resource {index}"), text("v"))).collect();
    let batch = batch(vec![vec![group(resource, records)]]);
    let writer = EventJson::default();
    // The second time, what was learnt is full.
    for _ in 0..2 {
        let events: Vec<Map<String, Json>> = serde_json::from_str(&array(&writer, &batch)).unwrap();
        assert_eq!(events.iter().map(Map::len).collect::<Vec<_>>(), [900, 900]);
    }
}

/// What a value should be in JSON; of equal keys the last.
fn model_value(value: &Option<Value>) -> Json {
    match value.as_ref().and_then(|value| value.value.as_ref()) {
        Some(Kind::StringValue(text)) => json!(text),
        Some(Kind::BoolValue(value)) => json!(value),
        Some(Kind::IntValue(value)) => json!(value),
        Some(Kind::DoubleValue(value)) if value.is_nan() => json!("NaN"),
        Some(Kind::DoubleValue(value)) if value.is_infinite() => {
            json!(if *value > 0.0 { "Infinity" } else { "-Infinity" })
        }
        // Through its text: serde_json's fast way to read numbers may be off by the last bit.
        Some(Kind::DoubleValue(value)) => serde_json::from_str(&json!(value).to_string()).unwrap(),
        Some(Kind::BytesValue(bytes)) => json!(STANDARD.encode(bytes)),
        Some(Kind::ArrayValue(array)) => {
            array.values.iter().map(|value| model_value(&Some(value.clone()))).collect()
        }
        Some(Kind::KvlistValue(list)) => Json::Object(
            list.values.iter().map(|pair| (pair.key.clone(), model_value(&pair.value))).collect(),
        ),
        _ => Json::Null,
    }
}

/// Adds a layer's attributes over those below.
fn model_layer(event: &mut Map<String, Json>, prefix: &str, attributes: &[KeyValue]) {
    let mut taken: Vec<String> = attributes.iter().map(|pair| pair.key.clone()).collect();
    taken.extend(event.keys().cloned());
    for pair in attributes {
        let mut key = pair.key.clone();
        if FIXED.contains(&key.as_str()) {
            while taken.contains(&key) {
                key = format!("{prefix}{key}");
            }
        }
        event.insert(key, model_value(&pair.value));
    }
}

fn model(defaults: &Map<String, Json>, resource: &[KeyValue], record: &Record) -> Map<String, Json> {
    let mut event = defaults.clone();
    model_layer(&mut event, "resource.", resource);
    model_layer(&mut event, "attributes.", &record.attributes);
    let time =
        if record.time_unix_nano == 0 { record.observed_time_unix_nano } else { record.time_unix_nano };
    if time != 0 {
        let time = jiff::Timestamp::from_nanosecond(time.into()).unwrap();
        event.insert("timestamp".into(), json!(format!("{time:.9}")));
    }
    let mut fixed = |key: &str, there: bool, value: Json| {
        if there {
            event.insert(key.into(), value);
        }
    };
    fixed("severity", !record.severity_text.is_empty(), json!(record.severity_text));
    fixed("severity_number", record.severity_number != 0, json!(record.severity_number));
    let body = record.body.as_ref().is_some_and(|body| body.value.is_some());
    fixed("message", body, model_value(&record.body));
    let hex = |id: &[u8]| id.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    fixed("trace_id", record.trace_id.iter().any(|byte| *byte != 0), json!(hex(&record.trace_id)));
    fixed("span_id", record.span_id.iter().any(|byte| *byte != 0), json!(hex(&record.span_id)));
    fixed("event_name", !record.event_name.is_empty(), json!(record.event_name));
    event
}

/// Reads JSON and refuses an object with two equal keys.
struct Strict;

impl<'de> serde::de::DeserializeSeed<'de> for Strict {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> serde::de::Visitor<'de> for Strict {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut keys = std::collections::HashSet::new();
        while let Some(key) = map.next_key::<String>()? {
            if !keys.insert(key.clone()) {
                return Err(serde::de::Error::custom(format!("{key:?} stands twice")));
            }
            map.next_value_seed(Strict)?;
        }
        Ok(())
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(Strict)?.is_some() {}
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-c]{1,2}",
        1 => (0..FIXED.len()).prop_map(|index| FIXED[index].to_owned()),
        1 => (0..FIXED.len()).prop_map(|index| format!("attributes.{}", FIXED[index])),
        1 => any::<String>(),
    ]
}

fn pairs(values: impl Strategy<Value = Value>) -> impl Strategy<Value = Vec<KeyValue>> {
    proptest::collection::vec((key(), values), 0..6)
        .prop_map(|pairs| pairs.into_iter().map(|(key, value)| pair(&key, value)).collect())
}

fn value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(None),
        any::<String>().prop_map(|text| Some(Kind::StringValue(text))),
        any::<bool>().prop_map(|value| Some(Kind::BoolValue(value))),
        any::<i64>().prop_map(|value| Some(Kind::IntValue(value))),
        prop_oneof![any::<f64>(), Just(f64::NAN), Just(f64::INFINITY)]
            .prop_map(|value| Some(Kind::DoubleValue(value))),
        any::<Vec<u8>>().prop_map(|value| Some(Kind::BytesValue(value))),
    ];
    scalar.prop_map(|value| Value { value }).prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4)
                .prop_map(|values| Value { value: Some(Kind::ArrayValue(ArrayValue { values })) }),
            pairs(inner).prop_map(|values| Value { value: Some(Kind::KvlistValue(KeyValueList { values })) }),
        ]
    })
}

fn time() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), any::<u64>()]
}

fn record() -> impl Strategy<Value = Record> {
    let id = |len| prop_oneof![Just(vec![]), Just(vec![0; len]), proptest::collection::vec(any::<u8>(), len)];
    let strings = ("[A-Z\"\u{0}-\u{1f}]{0,3}", "[a-z.]{0,5}");
    (time(), time(), 0..30i32, strings, proptest::option::of(value()), id(16), id(8), pairs(value()))
        .prop_map(
            |(time, observed, severity_number, (severity, name), body, trace_id, span_id, attributes)| {
                Record {
                    time_unix_nano: time,
                    observed_time_unix_nano: observed,
                    severity_number,
                    severity_text: severity,
                    event_name: name,
                    body,
                    trace_id,
                    span_id,
                    attributes,
                    ..Default::default()
                }
            },
        )
}

proptest! {
    #[test]
    fn events_are_what_the_model_says_and_no_key_stands_twice(
        groups in proptest::collection::vec((pairs(value()), proptest::collection::vec(record(), 0..4)), 0..4),
    ) {
        let defaults = r#"{"a":"default","bb":1,"resource.message":true}"#;
        let model_defaults: Map<String, Json> = serde_json::from_str(defaults).unwrap();
        let expected: Vec<_> = groups
            .iter()
            .flat_map(|(resource, records)| records.iter().map(|record| model(&model_defaults, resource, record)))
            .collect();
        let batch = batch(groups.into_iter().map(|(resource, records)| vec![group(resource, records)]).collect());
        let writer = writer(defaults);
        let array = array(&writer, &batch);
        let mut strict = serde_json::Deserializer::from_str(&array);
        serde::de::DeserializeSeed::deserialize(Strict, &mut strict).unwrap();
        let events: Vec<Map<String, Json>> = serde_json::from_str(&array).unwrap();
        prop_assert_eq!(&events, &expected);

        let mut lines = Vec::new();
        writer.write_lines(&batch, &mut lines);
        let lines = String::from_utf8(lines).unwrap();
        prop_assert!(lines.is_empty() || lines.ends_with('\n'));
        let events: Vec<Map<String, Json>> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        prop_assert_eq!(&events, &expected);
    }
}

proptest! {
    #[test]
    fn an_event_does_not_depend_on_what_was_written_before_it(
        resources in proptest::collection::vec(pairs(value()), 1..3),
        kinds in proptest::collection::vec(record(), 1..4),
        order in proptest::collection::vec(any::<(prop::sample::Index, prop::sample::Index)>(), 0..12),
    ) {
        let defaults = r#"{"a":"default"}"#;
        let used = writer(defaults);
        let lines = |writer: &EventJson, groups| {
            let mut lines = Vec::new();
            writer.write_lines(&batch(vec![groups]), &mut lines);
            lines
        };
        let groups: Vec<_> = order
            .iter()
            .map(|(resource, kind)| group(resource.get(&resources).clone(), vec![kind.get(&kinds).clone(); 2]))
            .collect();
        let alone = groups.iter().flat_map(|group| {
            let mut group = group.clone();
            group.scope_logs[0].log_records.pop();
            let line = lines(&writer(defaults), vec![group]);
            [line.clone(), line].concat()
        });
        let alone: Vec<u8> = alone.collect();
        for _ in 0..2 {
            let together = lines(&used, groups.clone());
            prop_assert_eq!(String::from_utf8_lossy(&together), String::from_utf8_lossy(&alone));
        }
    }
}
