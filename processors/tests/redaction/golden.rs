//! What the Collector's own `redaction` processor answered to the cases in `golden/`, by the same settings.
//!
//! An order says nothing in OTLP: what stays is compared in the order it came in, with the summary behind it.

use super::*;
use component::settings::SecretReference;
use data_encoding::BASE64;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{ArrayValue, InstrumentationScope, KeyValueList};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, span};
use serde_json::{Map, Value as Json, json};

/// Marks a text that stands for bytes.
const BYTES: &str = "base64:";

fn value(json: &Json) -> AnyValue {
    let value = match json {
        Json::Null => None,
        Json::Bool(value) => Some(Value::BoolValue(*value)),
        Json::Number(number) => Some(match number.as_i64() {
            Some(int) => Value::IntValue(int),
            None => Value::DoubleValue(number.as_f64().unwrap()),
        }),
        Json::String(text) => Some(match text.strip_prefix(BYTES) {
            Some(bytes) => Value::BytesValue(BASE64.decode(bytes.as_bytes()).unwrap()),
            None => Value::StringValue(text.clone()),
        }),
        Json::Array(list) => Some(Value::ArrayValue(ArrayValue { values: list.iter().map(value).collect() })),
        Json::Object(_) => Some(Value::KvlistValue(KeyValueList { values: pairs(json) })),
    };
    AnyValue { value }
}

fn pairs(json: &Json) -> Vec<KeyValue> {
    let object = json.as_object().into_iter().flatten();
    object
        .map(|(key, json)| KeyValue { key: key.clone(), value: Some(value(json)), ..Default::default() })
        .collect()
}

fn back(value: Option<&AnyValue>) -> Json {
    match value.and_then(|value| value.value.as_ref()) {
        None => Json::Null,
        Some(Value::BoolValue(value)) => json!(value),
        Some(Value::IntValue(value)) => json!(value),
        Some(Value::DoubleValue(value)) => json!(value),
        Some(Value::StringValue(text)) => json!(text),
        Some(Value::BytesValue(bytes)) => json!(format!("{BYTES}{}", BASE64.encode(bytes))),
        Some(Value::ArrayValue(list)) => list.values.iter().map(|one| back(Some(one))).collect(),
        Some(Value::KvlistValue(list)) => object(&list.values),
        Some(other) => panic!("no case has {other:?}"),
    }
}

fn object(pairs: &[KeyValue]) -> Json {
    pairs.iter().map(|pair| (pair.key.clone(), back(pair.value.as_ref()))).collect::<Map<_, _>>().into()
}

/// The settings, with the key as if it had come from the environment.
fn config(settings: &Json) -> Config {
    let mut settings = settings.clone();
    let key = settings.as_object_mut().unwrap().remove("hmac_key");
    let mut config: Config = serde_json::from_value(settings).unwrap();
    config.hmac_key = key.map(|key| SecretReference::new(key.as_str().unwrap()));
    config
}

/// The message as it comes out.
fn process<M: Message + Default>(settings: &Json, message: &M, signal: Signal) -> M {
    let redaction = config(settings).build(&ComponentId::parse("redaction").unwrap()).unwrap();
    let out = redaction.process(request(message, signal), &Context::now(None)).unwrap();
    Request::validate(signal, out.bytes().clone(), &Limits::default()).unwrap();
    M::decode(out.bytes().clone()).unwrap()
}

/// A function that sends one record through the processor, in a request of its signal; what becomes of its resource, its
/// scope and itself.
macro_rules! through {
    ($signal:ident: $request:ident, $groups:ident: $group:ident, $scopes:ident: $scope:ident, $records:ident) => {
        |settings, resource, scope, record| {
            let scopes = vec![$scope { scope, $records: vec![record], ..Default::default() }];
            let groups = vec![$group { resource, $scopes: scopes, ..Default::default() }];
            let mut out = process(settings, &$request { $groups: groups }, Signal::$signal);
            let mut group = out.$groups.remove(0);
            let mut scope = group.$scopes.remove(0);
            (group.resource, scope.scope, scope.$records.remove(0))
        }
    };
}

fn answer(settings: &Json, given: &Json) -> Json {
    let logs = through!(Logs: ExportLogsServiceRequest, resource_logs: ResourceLogs, scope_logs: ScopeLogs, log_records);
    let traces = through!(Traces: ExportTraceServiceRequest, resource_spans: ResourceSpans, scope_spans: ScopeSpans, spans);
    let attributes = |place: &str| given.get(place).map(pairs);
    let resource = attributes("resource").map(|attributes| Resource { attributes, ..Default::default() });
    let scope =
        attributes("scope").map(|attributes| InstrumentationScope { attributes, ..Default::default() });
    let mut said = Vec::new();
    let (resource, scope) = if let Some(attributes) = attributes("span") {
        let event = span::Event { attributes: pairs(&given["event"]), ..Default::default() };
        let name = given.get("name").map_or_else(String::new, |name| name.as_str().unwrap().to_owned());
        let kind = given.get("kind").map_or(0, |kind| kind.as_i64().unwrap()).try_into().unwrap();
        let span = Span { name, kind, attributes, events: vec![event], ..Default::default() };
        let (resource, scope, span) = traces(settings, resource, scope, span);
        said.push(("span", object(&span.attributes)));
        said.extend(given.get("event").map(|_| ("event", object(&span.events[0].attributes))));
        said.extend(given.get("name").map(|_| ("name", json!(span.name))));
        (resource, scope)
    } else {
        let attributes = pairs(&given["attributes"]);
        let record = LogRecord { attributes, body: given.get("body").map(value), ..Default::default() };
        let (resource, scope, record) = logs(settings, resource, scope, record);
        said.push(("attributes", object(&record.attributes)));
        said.extend(given.get("body").map(|_| ("body", back(record.body.as_ref()))));
        (resource, scope)
    };
    let around = [
        ("resource", resource.map(|resource| object(&resource.attributes))),
        ("scope", scope.map(|scope| object(&scope.attributes))),
    ];
    let around = around.into_iter().filter_map(|(place, json)| Some((place, json?)));
    around.chain(said).map(|(place, json)| (place.to_owned(), json)).collect::<Map<_, _>>().into()
}

/// An answer in the order of what was given, where the Collector moves the last entry into a gap.
fn in_order(answer: &Json, given: &Json) -> Json {
    match (answer, given) {
        (Json::Object(answer), Json::Object(given)) => {
            let is_told = |key: &str| key.starts_with("redaction.");
            let stay = given.keys().filter(|key| answer.contains_key(*key) && !is_told(key));
            let new = answer.keys().filter(|key| !given.contains_key(*key) || is_told(key));
            let ordered = stay.chain(new);
            ordered
                .map(|key| (key.clone(), in_order(&answer[key], given.get(key).unwrap_or(&Json::Null))))
                .collect::<Map<_, _>>()
                .into()
        }
        (Json::Array(answer), Json::Array(given)) => {
            answer.iter().zip(given).map(|(answer, given)| in_order(answer, given)).collect()
        }
        _ => answer.clone(),
    }
}

/// Every case's answer is the Collector's, or another one for a reason.
fn check(cases: &str) {
    let cases: Vec<Json> = serde_json::from_str(cases).unwrap();
    let mut wrong = Vec::new();
    for case in &cases {
        let (name, given) = (case["name"].as_str().unwrap(), &case["given"]);
        let of_collector = in_order(&case["collector"], given).to_string();
        let expected = match case.get("weir") {
            Some(weir) => {
                assert!(case["why"].as_str().is_some_and(|why| !why.is_empty()), "{name}: why?");
                assert_ne!(weir.to_string(), of_collector, "{name}: is no difference");
                weir.to_string()
            }
            None => of_collector,
        };
        let answer = answer(&case["settings"], given).to_string();
        if answer != expected {
            wrong.push(format!("{name}\n  expected {expected}\n  answered {answer}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

macro_rules! golden {
    ($($test:ident: $file:literal,)*) => {
        $(#[test]
        fn $test() {
            check(include_str!(concat!("golden/", $file)));
        })*
    };
}

golden! {
    keys_are_allowed_ignored_and_blocked_as_the_collector_does: "keys.json",
    values_are_blocked_and_allowed_as_the_collector_does: "values.json",
    all_types_are_redacted_as_the_collector_does: "types.json",
    bodies_are_redacted_as_the_collector_does: "bodies.json",
    hashes_are_those_of_the_collector: "hashes.json",
    the_summary_is_that_of_the_collector: "summary.json",
    settings_together_do_what_they_do_in_the_collector: "combined.json",
    urls_are_sanitised_where_the_collector_does: "urls.json",
    databases_are_told_apart_as_the_collector_does: "databases.json",
}

/// What a database is asked, by what the Collector's `db_sanitizer` is made of.
#[test]
fn statements_are_sanitised_as_the_collector_does() {
    let cases: Vec<Json> = serde_json::from_str(include_str!("golden/statements.json")).unwrap();
    let on = json!({ "enabled": true, "attributes": ["db.query.text"] });
    let settings = json!({ "db_sanitizer": { "sql": on, "redis": on, "memcached": on } });
    let with_statements = |case: &Json| {
        let attributes = |statement: &Json| json!({ "attributes": { "db.system.name": case["system"], "db.query.text": statement } });
        let mut case = case.clone();
        case["settings"] = settings.clone();
        for answer in ["given", "collector", "weir"] {
            if let Some(statement) = case.get(answer) {
                case[answer] = attributes(&statement.clone());
            }
        }
        case
    };
    let cases: Vec<Json> = cases.iter().map(with_statements).collect();
    check(&serde_json::to_string(&cases).unwrap());
}
