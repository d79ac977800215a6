//! Attributes that tell what was done to a record, under the names that the Collector's `redaction`
//! processor gives them.

use super::settings::Summary;
use pdata::Additions;
use pdata::view::{AnyValue, Text};
use std::collections::BTreeSet;

/// What became of the attributes of one record, and of the entries of its body.
#[derive(Debug, Default)]
pub struct RecordSummary {
    attributes: Outcomes,
    body: Outcomes,
}

/// By number of the outcome.
#[derive(Debug, Default)]
struct Outcomes([Keys; Outcome::ALL.len()]);

#[derive(Debug, Default)]
struct Keys {
    keys: BTreeSet<String>,
    /// How long all of them are, in bytes.
    len: usize,
    count: i64,
}

impl Keys {
    /// As much as is told of one list, in bytes: what a record tells is not to be many times the record.
    const LONGEST: usize = 16 * 1024;

    fn add(&mut self, key: String) {
        let len = self.len + key.len();
        if len <= Self::LONGEST && self.keys.insert(key) {
            self.len = len;
        }
    }
}

/// What became of an attribute, or of an entry of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Taken out.
    Redacted,
    /// Hidden, as a whole or in part.
    Masked,
    /// Kept because of `allowed_values`.
    Allowed,
    /// Not looked at. Which is never told.
    Ignored,
}

impl Outcome {
    const ALL: [Outcome; 4] = [Outcome::Redacted, Outcome::Masked, Outcome::Allowed, Outcome::Ignored];

    /// The names of its two attributes, about the record's attributes or its body.
    fn names(self, body: bool) -> [&'static str; 2] {
        let [of_attributes, of_body] = match self {
            Outcome::Redacted => [
                ["redaction.redacted.keys", "redaction.redacted.count"],
                ["redaction.body.redacted.keys", "redaction.body.redacted.count"],
            ],
            Outcome::Masked => [
                ["redaction.masked.keys", "redaction.masked.count"],
                ["redaction.body.masked.keys", "redaction.body.masked.count"],
            ],
            Outcome::Allowed => [
                ["redaction.allowed.keys", "redaction.allowed.count"],
                ["redaction.body.allowed.keys", "redaction.body.allowed.count"],
            ],
            Outcome::Ignored => [["", "redaction.ignored.count"], ["", "redaction.body.ignored.count"]],
        };
        if body { of_body } else { of_attributes }
    }
}

/// Whether a key is one of those under which a record tells what was done to it.
pub fn is_summary(key: &str) -> bool {
    key.starts_with("redaction.")
        && Outcome::ALL
            .iter()
            .flat_map(|outcome| [outcome.names(false), outcome.names(true)])
            .flatten()
            .any(|name| name == key)
}

impl RecordSummary {
    /// This became of the attribute, or of the body's entry, at `path`.
    pub fn add(&mut self, body: bool, outcome: Outcome, path: &str) {
        let outcomes = if body { &mut self.body } else { &mut self.attributes };
        if let Some(keys) = outcomes.0.get_mut(outcome as usize) {
            keys.count += 1;
            // A comma would make two keys of one.
            keys.add(path.replace(',', ";"));
        }
    }

    /// Adds what an attribute tells of a redaction before this one.
    pub fn merge(&mut self, key: Text<'_>, value: &AnyValue<'_>) {
        for (outcome, body) in
            Outcome::ALL.into_iter().flat_map(|outcome| [(outcome, false), (outcome, true)])
        {
            let [keys, count] = outcome.names(body);
            let outcomes = if body { &mut self.body } else { &mut self.attributes };
            let Some(of) = outcomes.0.get_mut(outcome as usize) else { continue };
            match value {
                AnyValue::Str(text) if key == keys => {
                    let keys = text.as_str().split(',').filter(|key| !key.is_empty());
                    keys.for_each(|key| of.add(key.to_owned()));
                    return;
                }
                AnyValue::Int(times) if key == count => {
                    of.count = of.count.saturating_add((*times).max(0));
                    return;
                }
                _ => {}
            }
        }
    }

    /// Adds it to the record, and forgets it.
    pub fn write(&mut self, level: Summary, add: &mut Additions<'_>) {
        if level == Summary::Silent {
            return;
        }
        for (body, outcomes) in [(false, &mut self.attributes), (true, &mut self.body)] {
            for (outcome, of) in Outcome::ALL.into_iter().zip(&mut outcomes.0) {
                let [keys_name, count_name] = outcome.names(body);
                let Keys { keys, count, .. } = std::mem::take(of);
                if count == 0 {
                    continue;
                }
                if level == Summary::Debug && !keys_name.is_empty() {
                    let keys = keys.into_iter().collect::<Vec<_>>().join(",");
                    add.attribute(keys_name, &AnyValue::Str(keys.as_str().into()));
                }
                add.attribute(count_name, &AnyValue::Int(count));
            }
        }
    }
}
