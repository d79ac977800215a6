//! The JSON Schema of the whole configuration, for editors.

use super::components::{self, Component};
use super::connector::Connector;
use super::extension::Extension;
use super::overlay::Common;
use super::service::Service;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

/// JSON Schema, draft 2020-12. Every type and alias of a component has its own pattern of ids.
pub fn schema() -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let receivers = section::<receivers::Config>(&mut generator, "receivers", &[]);
    let processors = section::<processors::Config>(&mut generator, "processors", &[]);
    let mut shared =
        properties(&mut generator, |generator| generator.subschema_for::<delivery::Settings>().into());
    shared.extend(properties(&mut generator, |generator| generator.subschema_for::<Common>().into()));
    let exporters = section::<exporters::Config>(&mut generator, "exporters", &shared);
    let connectors = section::<Connector>(&mut generator, "connectors", &[]);
    let extensions = section::<Extension>(&mut generator, "extensions", &[]);
    let service = Value::from(generator.subschema_for::<Service>());
    let mut definitions: Map<String, Value> = generator.take_definitions(true);
    for definition in definitions.values_mut() {
        loosen(definition);
    }
    let mut parts = [receivers, processors, exporters, connectors, extensions];
    parts.iter_mut().for_each(loosen);
    let [receivers, processors, exporters, connectors, extensions] = parts;
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "weir",
        "description": "The configuration of weir.",
        "type": "object",
        "properties": {
            "receivers": receivers,
            "processors": processors,
            "exporters": exporters,
            "connectors": connectors,
            "extensions": extensions,
            "service": service,
        },
        "additionalProperties": false,
        "$defs": definitions,
    })
}

/// A section of components, each type under its pattern of ids, with `also` among its keys.
fn section<T: JsonSchema>(generator: &mut SchemaGenerator, section: &str, also: &[(String, Value)]) -> Value {
    let all = Value::from(T::json_schema(generator));
    let mut patterns = Map::new();
    for component in components::of(section) {
        let Some((body, description)) = variant(&all, component) else { continue };
        let mut keys = properties(generator, |_| body.clone());
        keys.extend(also.iter().cloned());
        let mut object = json!({
            "type": ["object", "null"],
            "properties": keys.into_iter().collect::<Map<_, _>>(),
            "additionalProperties": false,
        });
        if let (Value::Object(object), Some(description)) = (&mut object, description) {
            object.insert("description".into(), description);
        }
        for (name, deprecated) in
            component.aliases.iter().map(|alias| (*alias, true)).chain([(component.name, false)])
        {
            let mut object = object.clone();
            if deprecated && let Value::Object(object) = &mut object {
                object.insert("deprecated".into(), true.into());
            }
            patterns.insert(format!("^\\s*{name}\\s*(/.+)?$"), object);
        }
    }
    json!({ "type": ["object", "null"], "patternProperties": patterns, "additionalProperties": false })
}

/// The body and description of the enum's arm for a component.
fn variant(all: &Value, component: &Component) -> Option<(Value, Option<Value>)> {
    let arm = match all.get("oneOf").and_then(Value::as_array) {
        Some(arms) => arms
            .iter()
            .find(|arm| arm.pointer("/properties").is_some_and(|p| p.get(component.name).is_some()))?,
        None => all,
    };
    let body = arm.get("properties")?.get(component.name)?.clone();
    Some((body, arm.get("description").cloned()))
}

/// The properties of an object's schema, through a reference if it is one.
fn properties(
    generator: &mut SchemaGenerator,
    schema: impl FnOnce(&mut SchemaGenerator) -> Value,
) -> Vec<(String, Value)> {
    let mut schema = schema(generator);
    if let Some(name) = schema.get("$ref").and_then(Value::as_str).and_then(|r| r.rsplit('/').next()) {
        schema = generator.definitions().get(name).cloned().unwrap_or_default();
    }
    match schema.get_mut("properties").map(Value::take) {
        Some(Value::Object(properties)) => properties.into_iter().collect(),
        _ => Vec::new(),
    }
}

/// A `${…}`, which may stand for any value or be a part of any text.
const REFERENCE: &str = "\\$\\{";

/// Lets a `${…}` stand wherever a value may, and a null, which is no value given.
fn loosen(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            object.values_mut().for_each(loosen);
            loosen_type(object);
            loosen_choice(object);
        }
        Value::Array(items) => items.iter_mut().for_each(loosen),
        _ => {}
    }
}

fn loosen_type(object: &mut Map<String, Value>) {
    let kinds: Vec<Value> = match object.get("type") {
        // One of several choices, or none of weir's types.
        _ if object.contains_key("const") => return,
        Some(Value::String(kind)) if kind != "null" => vec![kind.as_str().into()],
        Some(Value::Array(kinds)) => kinds.clone(),
        _ => return,
    };
    let takes = |kind: &str| kinds.iter().any(|known| known == kind);
    // A text is a reference, or what was allowed before; where a list belongs it is split at its commas.
    match object.get("pattern").and_then(Value::as_str) {
        Some(pattern) => {
            let pattern = format!("({pattern})|{REFERENCE}");
            object.insert("pattern".into(), pattern.into());
        }
        None if !takes("string") && !takes("array") => {
            object.insert("pattern".into(), REFERENCE.into());
        }
        None => {}
    }
    let more = ["string", "null"].into_iter().filter(|kind| !takes(kind)).map(Value::from);
    let kinds: Vec<Value> = kinds.iter().cloned().chain(more).collect();
    object.insert("type".into(), kinds.into());
}

/// A choice may be written as a number where it looks like one.
fn loosen_choice(object: &mut Map<String, Value>) {
    if let Some(Value::Array(arms)) = object.get_mut("oneOf")
        && arms.iter().all(|arm| arm.get("const").is_some())
    {
        let numbers = arms.iter().filter_map(|arm| arm.get("const")?.as_str()?.parse::<f64>().ok());
        let numbers: Vec<Value> = numbers.map(|number| json!({ "const": number })).collect();
        arms.extend(numbers);
        arms.push(json!({ "type": ["string", "null"], "pattern": REFERENCE }));
    }
    // Choices that narrow a reference.
    if let Some(choices) = object.remove("enum") {
        let reference = json!({ "type": ["string", "null"], "pattern": REFERENCE });
        object.insert("allOf".into(), json!([{ "anyOf": [{ "enum": choices }, reference] }]));
    }
}
