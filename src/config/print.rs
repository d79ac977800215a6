//! The effective configuration as a value to print. Shows no secret and nothing from outside.

use super::Config;
use super::render::sounds_secret;
use super::tree::{Node, Step, Value as Tree};
use component::ComponentId;
use serde::Serialize;
use serde_json::{Map, Value};

/// What stands for a secret.
const REDACTED: &str = "[REDACTED]";

/// `config` with its defaults, and with the references of `root` as they were written.
pub fn effective(config: &Config, root: &Node) -> Value {
    let mut whole = Map::new();
    whole.insert("receivers".into(), section(&config.receivers, body));
    whole.insert("processors".into(), section(&config.processors, body));
    let exporters = section(&config.exporters, |exporter| {
        let mut all = body(&exporter.config);
        for shared in [value(&exporter.delivery), value(&exporter.common)] {
            if let (Value::Object(all), Value::Object(shared)) = (&mut all, shared) {
                all.extend(shared);
            }
        }
        all
    });
    whole.insert("exporters".into(), exporters);
    whole.insert("connectors".into(), section(&config.connectors, body));
    whole.insert("extensions".into(), section(&config.extensions, body));
    whole.insert("service".into(), value(&config.service));

    let mut whole = Value::Object(whole);
    conceal(&mut whole, Some(root), &outside(root));
    drop_nulls(&mut whole);
    whole
}

/// A null stands for what is not set; printed, it would read as an empty section.
fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(entries) => {
            entries.retain(|_, value| !value.is_null());
            entries.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

fn section<'c, T: 'c>(
    components: impl IntoIterator<Item = (&'c ComponentId, &'c T)>,
    body: impl Fn(&T) -> Value,
) -> Value {
    Value::Object(components.into_iter().map(|(id, component)| (id.to_string(), body(component))).collect())
}

/// A component's section without the variant's name around it, which the id already says.
fn body(component: &impl Serialize) -> Value {
    match value(component) {
        Value::Object(tagged) => tagged.into_iter().next().map_or(Value::Null, |(_, body)| body),
        other => other,
    }
}

fn value(section: &impl Serialize) -> Value {
    serde_json::to_value(section).unwrap_or(Value::Null)
}

/// Puts what was written in the place of what it stands for, node by node. Where the tree has no
/// node (a default, or a key under an older name) a text that is a value from outside goes too.
fn conceal(value: &mut Value, node: Option<&Node>, outside: &[(&str, &str)]) {
    if let Some(expanded) = node.and_then(|node| node.expanded.as_ref()) {
        *value = Value::String(expanded.written.to_string());
        return;
    }
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                let child = node.and_then(|node| node.find(&[Step::Key(key.clone())]));
                let written = child.is_some_and(|child| matches!(child.value, Tree::Scalar(_)));
                conceal(value, child, outside);
                if written && sounds_secret(key) && value.is_string() && !is_reference(value) {
                    *value = Value::String(REDACTED.into());
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                conceal(item, node.and_then(|node| node.find(&[Step::Index(index)])), outside);
            }
        }
        Value::String(text) if node.is_none() => {
            if let Some((_, written)) = outside.iter().find(|(value, _)| text.contains(value)) {
                *text = (*written).to_owned();
            }
        }
        _ => {}
    }
}

fn is_reference(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.contains("${"))
}

/// Texts from outside that are long enough to be secrets, with what was written for them. The
/// longest first: one may be a part of another.
fn outside(root: &Node) -> Vec<(&str, &str)> {
    let mut outside = Vec::new();
    collect_outside(root, &mut outside);
    outside.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
    outside
}

fn collect_outside<'n>(node: &'n Node, outside: &mut Vec<(&'n str, &'n str)>) {
    match &node.value {
        Tree::Map(entries) => entries.iter().for_each(|entry| collect_outside(&entry.value, outside)),
        Tree::List(items) => items.iter().for_each(|item| collect_outside(item, outside)),
        Tree::Scalar(scalar) => {
            if let Some(expanded) = node.expanded.as_ref().filter(|_| scalar.raw.trim().len() >= 4) {
                outside.push((scalar.raw.trim(), &expanded.written));
            }
        }
        Tree::Null => {}
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::config::expand::expand;
    use crate::config::source::Environment;
    use crate::config::yaml;
    use serde_json::json;

    struct World;

    impl Environment for World {
        fn variable(&self, _: &str) -> Option<String> {
            Some("hunter2".into())
        }

        fn file(&self, _: &str) -> Result<String, String> {
            Err("none".into())
        }
    }

    #[test]
    fn what_came_from_outside_is_shown_as_written_also_under_another_name() {
        let text = "a: '${X}'\nold_name: 'x-${X}'\nattributes: {password: abc, region: eu}\nlist: ['${X}']";
        let mut root = yaml::parse(0, text).unwrap();
        expand(&mut root, &World);
        let mut value = json!({
            "a": "hunter2",
            "new_name": "x-hunter2",
            "attributes": { "password": "abc", "region": "eu" },
            "list": ["hunter2"],
        });
        conceal(&mut value, Some(&root), &outside(&root));
        let shown = json!({
            "a": "${X}",
            "new_name": "x-${X}",
            "attributes": { "password": "[REDACTED]", "region": "eu" },
            "list": ["${X}"],
        });
        assert_eq!(value, shown);
    }
}
