//! What redaction changes in a record, with what it hides left out.

use pdata::{Request, json};
use processors::redaction::{Found, Redaction};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

/// What became of the records so far.
#[derive(Default)]
pub struct Report {
    text: String,
    records: u32,
    changed: u32,
    found: BTreeMap<(Arc<str>, &'static str), u64>,
}

impl Report {
    /// One more record, in a request of its own, that goes through these one after the other.
    pub fn add(&mut self, redactions: &[Redaction], record: &Request) {
        self.records += 1;
        let (mut redacted, mut found) = (record.clone(), Vec::new());
        for redaction in redactions {
            let (next, more) = redaction.redact(&redacted);
            redacted = next;
            found.extend(more);
        }
        for Found { by, place, times } in &found {
            *self.found.entry((Arc::clone(by), place.name())).or_default() += times;
        }
        if redacted == *record && found.is_empty() {
            return;
        }
        self.changed += 1;
        self.line(0, &format!("record {}", self.records));
        if redacted.records() == 0 {
            self.line(1, "taken out");
        } else {
            self.differences("", &tree(record), &tree(&redacted));
        }
        let found = found.iter().map(|it| format!("{} in {} {}×", it.by, it.place.name(), it.times));
        let found = found.collect::<Vec<_>>().join(", ");
        self.line(1, &format!("found: {found}"));
    }

    /// All of it, and the sums.
    pub fn text(mut self) -> String {
        let found = std::mem::take(&mut self.found);
        let (records, changed) = (self.records, self.changed);
        self.line(0, &format!("{records} records, {changed} with finds"));
        for ((by, place), times) in found {
            self.line(1, &format!("{by:<24} {place:<12} {times:>8}"));
        }
        self.text
    }

    fn line(&mut self, depth: usize, text: &str) {
        // A `String` takes whatever is written.
        let _ = writeln!(self.text, "{:width$}{text}", "", width = 2 * depth);
    }

    fn differences(&mut self, path: &str, before: &Value, after: &Value) {
        match (before, after) {
            _ if before == after => {}
            (Value::Object(before), Value::Object(after)) => {
                for (key, value) in before {
                    let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                    self.differences(&path, value, after.get(key).unwrap_or(&Value::Null));
                }
            }
            (Value::Array(before), Value::Array(after)) => {
                let mut gone = before.len().saturating_sub(after.len());
                let mut after = after.iter().peekable();
                for (at, value) in before.iter().enumerate() {
                    let same = after.peek().filter(|next| key(next) == key(value));
                    // A key that became another one is not shown.
                    let path = match key(value).filter(|_| same.is_some()) {
                        Some(key) => format!("{path}.{key}"),
                        None => format!("{path}[{at}]"),
                    };
                    if same.is_none() && gone > 0 {
                        gone -= 1;
                        self.line(1, &format!("{path}: taken out"));
                    } else if let Some(next) = after.next() {
                        self.differences(&path, value, next);
                    }
                }
            }
            (_, Value::Null) => self.line(1, &format!("{path}: empty")),
            _ => self.line(1, &format!("{path}: {after}")),
        }
    }
}

/// The key of an attribute.
fn key(value: &Value) -> Option<&str> {
    value.get("key").and_then(Value::as_str)
}

fn tree(request: &Request) -> Value {
    let mut text = Vec::new();
    json::encode(request.signal(), std::slice::from_ref(request), &mut text);
    serde_json::from_slice(&text).unwrap_or_default()
}
