//! An operator's patterns hide what they find wherever it stands, and nothing else, whatever tells where to look.

use super::*;
use opentelemetry_proto::tonic::common::v1::{ArrayValue, KeyValueList};
use proptest::prelude::*;
use regex_automata::meta::Regex;

const SPOTTED: [&str; 5] = [r"\bEMP-\d{2}", "(?i)pass=[a-z]+", "[0-9]{9}", r"[a-z]+@corp", r"\d{3}-\d{2}"];
/// Looks at every text.
const OTHER: &str = "[a-z0-9] [a-z0-9]";
const ALLOWED: &str = "keep";

fn processor(patterns: &[&str]) -> Redaction {
    let all = serde_json::to_value(Config::default()).unwrap();
    let off: serde_json::Map<_, _> =
        all["detectors"].as_object().unwrap().keys().map(|name| (name.clone(), false.into())).collect();
    let config = serde_json::json!({
        "detectors": off, "blocked_values": patterns, "allowed_values": [ALLOWED],
    });
    let config: Config = serde_json::from_value(config).unwrap();
    config.build(&ComponentId::parse("redaction").unwrap()).unwrap()
}

/// A text with all that the patterns find masked; finds that overlap are one.
fn masked(patterns: &[&str], text: &str) -> String {
    let regexes = patterns.iter().map(|pattern| Regex::new(pattern).unwrap());
    let mut finds: Vec<_> = regexes
        .flat_map(|regex| regex.find_iter(text).map(|find| find.range()).collect::<Vec<_>>())
        .collect();
    finds.sort_unstable_by_key(|find| (find.start, find.end));
    let (mut out, mut end) = (String::new(), 0);
    for find in finds {
        if find.start >= end {
            out += &text[end..find.start];
            out += "****";
        }
        end = end.max(find.end);
    }
    out + &text[end..]
}

/// Numbers are looked at in bodies only.
fn expected(patterns: &[&str], value: &AnyValue, in_body: bool) -> AnyValue {
    let value = match value.value.as_ref().unwrap() {
        Value::StringValue(text) if text.contains(ALLOWED) => Value::StringValue(text.clone()),
        Value::StringValue(text) => Value::StringValue(masked(patterns, text)),
        Value::IntValue(int) if in_body && masked(patterns, &int.to_string()) != int.to_string() => {
            Value::StringValue(masked(patterns, &int.to_string()))
        }
        Value::ArrayValue(array) => Value::ArrayValue(ArrayValue {
            values: array.values.iter().map(|value| expected(patterns, value, in_body)).collect(),
        }),
        Value::KvlistValue(map) => Value::KvlistValue(KeyValueList {
            values: map.values.iter().map(|pair| expected_pair(patterns, pair, in_body)).collect(),
        }),
        other => other.clone(),
    };
    AnyValue { value: Some(value) }
}

fn expected_pair(patterns: &[&str], pair: &KeyValue, in_body: bool) -> KeyValue {
    let value = pair.value.as_ref().map(|value| expected(patterns, value, in_body));
    KeyValue { key: masked(patterns, &pair.key), value, ..pair.clone() }
}

const TEXT: &str = "(EMP-|[0-9]{1,10}|PASS=|pass=|a@corp| |-|é|[a-z]{1,3}|keep){0,6}";

fn value() -> impl Strategy<Value = AnyValue> {
    let holding = |value| AnyValue { value: Some(value) };
    let text = TEXT.prop_map(move |text| holding(Value::StringValue(text)));
    let leaf = prop_oneof![4 => text, 1 => any::<i64>().prop_map(move |int| holding(Value::IntValue(int)))];
    leaf.prop_recursive(2, 8, 3, move |inner| {
        let array = proptest::collection::vec(inner.clone(), 0..3);
        let map = proptest::collection::vec((TEXT, inner), 0..3);
        prop_oneof![
            array.prop_map(move |values| holding(Value::ArrayValue(ArrayValue { values }))),
            map.prop_map(move |pairs| holding(Value::KvlistValue(KeyValueList {
                values: attributes(pairs)
            }))),
        ]
    })
}

fn attributes(pairs: Vec<(String, AnyValue)>) -> Vec<KeyValue> {
    pairs.into_iter().map(|(key, value)| KeyValue { key, value: Some(value), ..Default::default() }).collect()
}

proptest! {
    #[test]
    fn every_text_of_every_record_is_what_the_patterns_alone_make_of_it(
        records in proptest::collection::vec((value(), proptest::collection::vec((TEXT, value()), 0..4)), 1..5), all_spotted: bool,
    ) {
        let patterns = [&SPOTTED[..], if all_spotted { &[] } else { &[OTHER] }].concat();
        let record = |(body, pairs): (AnyValue, _)| LogRecord { body: Some(body), attributes: attributes(pairs), ..Default::default() };
        let records: Vec<LogRecord> = records.into_iter().map(record).collect();
        let request = request(&logs(records.clone()), Signal::Logs);
        let redacted = processor(&patterns).process(request, &Context::now(None)).unwrap();
        let redacted = ExportLogsServiceRequest::decode(redacted.bytes().clone()).unwrap();
        let expected: Vec<LogRecord> = records.iter().map(|record| LogRecord {
            body: record.body.as_ref().map(|body| expected(&patterns, body, true)),
            attributes: record.attributes.iter().map(|pair| expected_pair(&patterns, pair, false)).collect(),
            ..Default::default()
        }).collect();
        prop_assert_eq!(redacted, logs(expected));
    }
}
