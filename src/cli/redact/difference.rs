//! What redaction changes in a record, with what it hides left out.

use pdata::{Request, json};
use processors::redaction::{Found, Redaction, is_summary};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap};
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
                let added = after.keys().filter(|key| !before.contains_key(*key));
                for key in before.keys().chain(added) {
                    let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                    let (before, after) = (before.get(key), after.get(key));
                    self.differences(&path, before.unwrap_or(&Value::Null), after.unwrap_or(&Value::Null));
                }
            }
            (Value::Array(before), Value::Array(after)) => self.elements(path, before, after),
            // Where there was none.
            (Value::Null, Value::Object(_)) => self.differences(path, &Value::Object(Map::new()), after),
            (Value::Null, Value::Array(after)) => self.elements(path, &[], after),
            (_, Value::Null) => self.line(1, &format!("{path}: empty")),
            _ => self.line(1, &format!("{path}: {after}")),
        }
    }

    /// The differences of two lists, which often have attributes. Those that tell of a redaction are written anew behind all
    /// others; of the others some may be gone, and keys may have become other ones, but their order stays.
    fn elements(&mut self, path: &str, before: &[Value], after: &[Value]) {
        let (told_before, before): (Vec<_>, Vec<_>) =
            before.iter().enumerate().partition(|(_, it)| tells(it));
        let (mut told, after): (Vec<_>, Vec<_>) = after.iter().partition(|it| tells(it));
        self.ordered(path, &before, &after);
        for (at, value) in told_before {
            match told.iter().position(|it| key(it) == key(value)) {
                Some(found) => self.element(path, at, value, told.remove(found)),
                None => self.line(1, &format!("{path}[{at}]: taken out")),
            }
        }
        for value in told {
            self.element(path, before.len(), &Value::Null, value);
        }
    }

    fn ordered(&mut self, path: &str, before: &[(usize, &Value)], after: &[&Value]) {
        let mut gone = before.len().saturating_sub(after.len());
        // How often a key stands in what is still ahead.
        let mut ahead: HashMap<_, usize> = HashMap::new();
        before.iter().for_each(|(_, value)| *ahead.entry(key(value)).or_default() += 1);
        let mut after = after.iter().peekable();
        for (at, value) in before {
            ahead.entry(key(value)).and_modify(|times| *times -= 1);
            let is_gone = |next: &&Value| {
                let comes_later = ahead.get(&key(next)).is_some_and(|times| *times > 0);
                key(next) != key(value) && (comes_later || next.get("value") != value.get("value"))
            };
            if gone > 0 && after.peek().is_none_or(|next| is_gone(next)) {
                gone -= 1;
                self.line(1, &format!("{path}[{at}]: taken out"));
            } else if let Some(next) = after.next() {
                self.element(path, *at, value, next);
            }
        }
        for value in after {
            self.element(path, before.len(), &Value::Null, value);
        }
    }

    /// The differences of an element, which stands at a place of the list as it was.
    fn element(&mut self, path: &str, at: usize, before: &Value, after: &Value) {
        match key(after).filter(|_| before.is_null() || key(before) == key(after)) {
            Some(key) => {
                let (path, before, after) =
                    (format!("{path}.{key}.value"), before.get("value"), after.get("value"));
                self.differences(&path, before.unwrap_or(&Value::Null), after.unwrap_or(&Value::Null));
            }
            // A key that became another one is not shown.
            None => self.differences(&format!("{path}[{at}]"), before, after),
        }
    }
}

/// Whether it is an attribute that tells of a redaction.
fn tells(value: &Value) -> bool {
    key(value).is_some_and(is_summary)
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Attributes with texts.
    fn attributes(pairs: &[(&str, &str)]) -> Value {
        let pair = |(key, value): &(&str, &str)| json!({ "key": key, "value": { "stringValue": value } });
        pairs.iter().map(pair).collect()
    }

    fn lines(before: &Value, after: &Value) -> Vec<String> {
        let mut report = Report::default();
        report.differences("a", before, after);
        report.text.lines().map(|line| line.trim().to_owned()).collect()
    }

    #[track_caller]
    fn check(before: &[(&str, &str)], after: &[(&str, &str)], expected: &[&str]) {
        assert_eq!(lines(&attributes(before), &attributes(after)), expected, "{before:?} {after:?}");
    }

    #[test]
    fn what_is_gone_is_told_by_its_place_and_what_stays_beside_it_is_not() {
        check(&[("a", "1"), ("b", "2"), ("c", "3")], &[("a", "1"), ("c", "3")], &["a[1]: taken out"]);
        check(&[("a", "1"), ("b", "2")], &[], &["a[0]: taken out", "a[1]: taken out"]);
        // The same key twice.
        check(&[("a", "1"), ("b", "2"), ("b", "3")], &[("b", "2"), ("b", "3")], &["a[0]: taken out"]);
        // Hidden, and gone.
        let hidden = [(("a"), "****"), ("c", "3")];
        check(
            &[("a", "1"), ("b", "2"), ("c", "3")],
            &hidden,
            &[r#"a.a.value.stringValue: "****""#, "a[1]: taken out"],
        );
    }

    #[test]
    fn a_key_that_became_another_is_told_by_its_place() {
        check(&[("a", "1"), ("b", "2")], &[("****", "1"), ("b", "2")], &[r#"a[0].key: "****""#]);
        let after = [("****", "1"), ("c", "3")];
        check(&[("a", "1"), ("b", "2"), ("c", "3")], &after, &[r#"a[0].key: "****""#, "a[1]: taken out"]);
        check(&[("b", "2"), ("a", "1"), ("c", "3")], &after, &["a[0]: taken out", r#"a[1].key: "****""#]);
    }

    #[test]
    fn what_tells_of_the_redaction_is_shown_and_moves_nothing() {
        let count = ("redaction.redacted.count", "1");
        let told = r#"a.redaction.redacted.count.value.stringValue: "1""#;
        check(&[], &[count], &[told]);
        check(&[("a", "1"), ("b", "2")], &[("b", "2"), count], &["a[0]: taken out", told]);
        check(&[("a", "1")], &[count], &["a[0]: taken out", told]);
        // Of a redaction before, and written anew.
        let keys = ("redaction.redacted.keys", "x");
        check(&[("a", "1"), count, ("b", "2")], &[("a", "1"), ("b", "2"), count], &[]);
        let again = ("redaction.redacted.count", "2");
        let expected =
            ["a[2]: taken out", r#"a.redaction.redacted.count.value.stringValue: "2""#, "a[1]: taken out"];
        check(&[count, keys, ("b", "2"), ("c", "3")], &[("c", "3"), again], &expected);
        assert_eq!(lines(&json!({}), &json!({ "attributes": attributes(&[count]) })).len(), 1);
    }

    #[test]
    fn a_value_that_became_a_text_is_shown_as_one() {
        let before = json!([{ "key": "pin", "value": { "intValue": "1234" } }]);
        let expected = ["a.pin.value.intValue: empty", r#"a.pin.value.stringValue: "****""#];
        assert_eq!(lines(&before, &attributes(&[("pin", "****")])), expected);
    }
}
