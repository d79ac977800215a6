//! Tables of options, read from the JSON Schema that editors get, and of metrics.

use component::settings::Validate;
use component::telemetry;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use weir::config::{COMPONENTS, Component, Connector, Extension, schema, signal_name};

/// Where a component is described.
pub fn page(component: &Component) -> String {
    format!("docs/components/{}/{}.md", component.section, component.name)
}

/// Every component, with a link to its page.
pub fn components() -> String {
    let schema = schema();
    let mut rows = vec!["| | component | signals | |".to_owned(), "| --- | --- | --- | --- |".to_owned()];
    for component in COMPONENTS {
        let Component { section, name, aliases, signals } = component;
        let kind = section.trim_end_matches('s');
        let also = aliases.iter().map(|alias| format!(", formerly `{alias}`")).collect::<String>();
        let signals: Vec<_> = signals.iter().map(|signal| signal_name(*signal)).collect();
        let what = description(body(&schema, component));
        rows.push(format!(
            "| {kind} | [`{name}`]({section}/{name}.md){also} | {} | {what} |",
            signals.join(", ")
        ));
    }
    rows.join("\n") + "\n"
}

/// The keys of a component, without those that every exporter takes.
pub fn options(component: &Component) -> String {
    let schema = schema();
    let (own, shared) = (Own::of(component), shared(&schema));
    let mut table = Table { root: &schema, required: own.required, rows: Vec::new() };
    for (key, option) in properties(body(&schema, component)) {
        if component.section != "exporters" || !shared.contains(key) {
            table.add(key, option, None);
        }
    }
    if let Some(timeout) = own.timeout {
        let text = "How long one attempt to deliver may take. 0s: as long as it wants.";
        table.rows.push(format!("| `timeout` | duration | `{timeout}` | {text} |"));
    }
    table.print()
}

/// The keys that every exporter takes.
pub fn delivery() -> String {
    let schema = schema();
    let required = vec!["redaction.processor".to_owned()];
    let mut table = Table { root: &schema, required, rows: Vec::new() };
    let shared = shared(&schema);
    let any = COMPONENTS.iter().find(|component| component.section == "exporters").unwrap();
    let options = properties(body(&schema, any)).filter(|(key, _)| shared.contains(key));
    options.for_each(|(key, option)| table.add(key, option, None));
    table.print()
}

/// The `service` section.
pub fn service() -> String {
    let schema = schema();
    let mut table = Table { root: &schema, required: Vec::new(), rows: Vec::new() };
    table.descend("", &schema["properties"]["service"], None);
    table.print()
}

/// Every metric.
pub fn metrics() -> String {
    let mut rows =
        vec!["| metric | kind | labels | what it says |".to_owned(), "| --- | --- | --- | --- |".to_owned()];
    for metric in telemetry::ALL {
        let names: Vec<_> = metric.names().iter().map(|name| format!("`{name}`")).collect();
        let labels: Vec<_> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
        let cells = [names.join("<br>"), metric.kind.into(), labels.join(", "), metric.help.into()];
        rows.push(format!("| {} |", cells.join(" | ")));
    }
    rows.join("\n") + "\n"
}

/// The keys that every exporter takes.
fn shared(schema: &Value) -> BTreeSet<&str> {
    let exporters = COMPONENTS.iter().filter(|component| component.section == "exporters");
    let keys = exporters.map(|exporter| properties(body(schema, exporter)).map(|(key, _)| key).collect());
    keys.reduce(|some: BTreeSet<&str>, others| &some & &others).unwrap()
}

/// What only the component itself can tell.
struct Own {
    /// The keys that an empty section lacks.
    required: Vec<String>,
    /// An exporter's own default.
    timeout: Option<component::settings::Duration>,
}

impl Own {
    fn of(component: &Component) -> Own {
        fn read<T: DeserializeOwned + Validate>(component: &Component) -> (T, Vec<String>) {
            let empty: T = serde_json::from_value(json!({ component.name: {} })).unwrap();
            let lacking = empty.validate().into_iter().map(|problem| problem.path).collect();
            (empty, lacking)
        }
        let mut timeout = None;
        let required = match component.section {
            "receivers" => read::<receivers::Config>(component).1,
            "processors" => read::<processors::Config>(component).1,
            "exporters" => {
                let (config, required) = read::<exporters::Config>(component);
                timeout = Some(component::settings::Duration(config.default_timeout()));
                required
            }
            "connectors" => read::<Connector>(component).1,
            _ => read::<Extension>(component).1,
        };
        Own { required, timeout }
    }
}

fn body<'s>(schema: &'s Value, component: &Component) -> &'s Value {
    let Component { section, name, .. } = component;
    &schema["properties"][section]["patternProperties"][format!("^\\s*{name}\\s*(/.+)?$")]
}

fn properties(schema: &Value) -> impl Iterator<Item = (&str, &Value)> {
    schema["properties"].as_object().into_iter().flatten().map(|(key, option)| (key.as_str(), option))
}

/// A doc comment as one line of a table.
fn description(schema: &Value) -> String {
    let text = schema["description"].as_str().unwrap_or_default();
    assert!(!text.contains("[`"), "an operator cannot follow rustdoc's links: {text}");
    text.replace('\n', " ").replace('|', "\\|")
}

struct Table<'s> {
    /// Where `$ref` leads.
    root: &'s Value,
    required: Vec<String>,
    rows: Vec<String>,
}

impl<'s> Table<'s> {
    fn print(self) -> String {
        let head = "| key | type | default | |\n| --- | --- | --- | --- |\n";
        head.to_owned() + &self.rows.join("\n") + "\n"
    }

    /// What a schema refers to, and the type's name if it has one; through an `Option`.
    fn resolve(&self, schema: &'s Value) -> (&'s Value, &'s str) {
        if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
            return (&self.root["$defs"][name], name);
        }
        match schema["anyOf"].as_array().map(Vec::as_slice) {
            Some([some, null]) if null["type"] == "null" => self.resolve(some),
            _ => (schema, ""),
        }
    }

    /// The rows of one key. What the section above has as its default counts more than the type's own.
    fn add(&mut self, key: &str, option: &'s Value, default: Option<&'s Value>) {
        let default = default.or_else(|| option.get("default")).unwrap_or(&Value::Null);
        let (target, name) = self.resolve(option);
        if name == "Detectors" {
            // All alike; docs/redaction.md has what each finds and what profiles do with it.
            let text = description(option);
            return self.rows.push(format!("| `{key}.<name>` | boolean | as the profile has it | {text} |"));
        }
        let is_section = !target["properties"].is_null() || !target["patternProperties"].is_null();
        // A section that is always there is nothing but its keys.
        if !is_section || default.is_null() && target["patternProperties"].is_null() {
            let text = description(option);
            assert!(!text.is_empty(), "{key} has no doc comment");
            let kind = self.kind(option);
            let shown = match default {
                _ if self.required.iter().any(|path| path == key) => "required".to_owned(),
                Value::Null => "unset".to_owned(),
                Value::Array(_) if kind == "list of sections" => "one with the defaults below".to_owned(),
                Value::String(text) if text.is_empty() => "`\"\"`".to_owned(),
                Value::String(text) => format!("`{text}`"),
                default => format!("`{default}`").replace(",", ", "),
            };
            self.rows.push(format!("| `{key}` | {kind} | {shown} | {text}{} |", self.meanings(option)));
        }
        match target.get("items") {
            Some(items) => self.descend(&format!("{key}[]."), items, None),
            None => self.descend(&format!("{key}."), target, Some(default)),
        }
    }

    /// The rows of a section's keys.
    fn descend(&mut self, prefix: &str, section: &'s Value, default: Option<&'s Value>) {
        let (section, _) = self.resolve(section);
        for (key, option) in properties(section) {
            self.add(&format!("{prefix}{key}"), option, default.and_then(|default| default.get(key)));
        }
        for pattern in section["patternProperties"].as_object().into_iter().flat_map(|map| map.values()) {
            self.descend(&format!("{prefix}<id>."), pattern, None);
        }
    }

    fn kind(&self, option: &'s Value) -> String {
        let (schema, name) = self.resolve(option);
        let choices = self.choices(option);
        if !choices.is_empty() {
            return choices.iter().map(|(value, _)| code(value)).collect::<Vec<_>>().join(", ");
        }
        // A string last: one may stand, as `${…}`, wherever a number or a truth value may.
        let types: BTreeSet<&str> = match &schema["type"] {
            Value::String(kind) => BTreeSet::from([kind.as_str()]),
            Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
            _ => BTreeSet::new(),
        };
        let is = |kind| types.contains(kind);
        match name {
            "Duration" => "duration".into(),
            "ByteSize" => "size".into(),
            "Secret" => "secret".into(),
            "SecretReference" => "secret from outside".into(),
            "Headers" => "headers".into(),
            "Attributes" => "attributes".into(),
            "ComponentId" => "id".into(),
            _ if is("array") => match self.kind(&schema["items"]).as_str() {
                choices if choices.starts_with('`') => format!("list of {choices}"),
                kind => format!("list of {kind}s"),
            },
            _ if is("object") => "section".into(),
            _ if is("boolean") => "boolean".into(),
            _ if is("integer") => "integer".into(),
            _ if is("number") => "number".into(),
            _ if is("string") => "string".into(),
            _ => panic!("no word for the type of {option}"),
        }
    }

    /// The values of an enumeration with what they mean. `enum` beside the reference narrows them.
    fn choices(&self, option: &'s Value) -> Vec<(&'s str, String)> {
        let (schema, _) = self.resolve(option);
        let narrowed = &option["allOf"][0]["anyOf"][0]["enum"];
        let narrowed = [&option["enum"], narrowed].into_iter().find_map(Value::as_array);
        let arms = schema["oneOf"].as_array().into_iter().flatten().filter(|arm| arm["deprecated"] != true);
        let choices = arms.filter_map(|arm| Some((arm["const"].as_str()?, description(arm))));
        choices.filter(|(value, _)| narrowed.is_none_or(|some| some.iter().any(|v| v == value))).collect()
    }

    fn meanings(&self, option: &'s Value) -> String {
        let choices = self.choices(option).into_iter();
        choices.map(|(value, meaning)| format!("<br>{}: {meaning}", code(value))).collect()
    }
}

fn code(value: &str) -> String {
    match value {
        "" => "`\"\"`".into(),
        value => format!("`{value}`"),
    }
}
