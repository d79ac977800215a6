//! Attributes that tell what was done to a record, under the names that the Collector's `redaction`
//! processor gives them.

use super::settings::Summary;
use pdata::Additions;
use pdata::view::{AnyValue, Text};
use std::collections::BTreeSet;

/// What was done to the record that the walk is in.
#[derive(Debug, Default)]
pub struct Tells {
    attributes: Done,
    body: Done,
}

#[derive(Debug, Default)]
struct Done([Keys; Deed::ALL.len()]);

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

/// What was done to an attribute, or an entry of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Taken out.
    Redacted,
    /// Hidden, as a whole or in part.
    Masked,
    /// Kept because of `allowed_values`.
    Allowed,
    /// Not looked at. Which is never told.
    Ignored,
}

impl Deed {
    const ALL: [Deed; 4] = [Deed::Redacted, Deed::Masked, Deed::Allowed, Deed::Ignored];

    /// The names of its two attributes, about the record's attributes or its body.
    fn names(self, body: bool) -> [&'static str; 2] {
        let [of_attributes, of_body] = match self {
            Deed::Redacted => [
                ["redaction.redacted.keys", "redaction.redacted.count"],
                ["redaction.body.redacted.keys", "redaction.body.redacted.count"],
            ],
            Deed::Masked => [
                ["redaction.masked.keys", "redaction.masked.count"],
                ["redaction.body.masked.keys", "redaction.body.masked.count"],
            ],
            Deed::Allowed => [
                ["redaction.allowed.keys", "redaction.allowed.count"],
                ["redaction.body.allowed.keys", "redaction.body.allowed.count"],
            ],
            Deed::Ignored => [["", "redaction.ignored.count"], ["", "redaction.body.ignored.count"]],
        };
        if body { of_body } else { of_attributes }
    }
}

/// Whether a key is one of those under which a record tells what was done to it.
pub fn is_summary(key: &str) -> bool {
    key.starts_with("redaction.")
        && Deed::ALL
            .iter()
            .flat_map(|deed| [deed.names(false), deed.names(true)])
            .flatten()
            .any(|name| name == key)
}

impl Tells {
    /// Something was done to the attribute, or the body's entry, at `path`.
    pub fn add(&mut self, body: bool, deed: Deed, path: &str) {
        let done = if body { &mut self.body } else { &mut self.attributes };
        if let Some(keys) = done.0.get_mut(deed as usize) {
            keys.count += 1;
            // A comma would make two keys of one.
            keys.add(path.replace(',', ";"));
        }
    }

    /// An attribute of a redaction before this one; whether it is one that this one writes anew.
    pub fn take(&mut self, key: Text<'_>, value: &AnyValue<'_>) -> bool {
        for (deed, body) in Deed::ALL.into_iter().flat_map(|deed| [(deed, false), (deed, true)]) {
            let [keys, count] = deed.names(body);
            let done = if body { &mut self.body } else { &mut self.attributes };
            let Some(of) = done.0.get_mut(deed as usize) else { continue };
            match value {
                AnyValue::Str(text) if key == keys => {
                    let keys = text.as_str().split(',').filter(|key| !key.is_empty());
                    keys.for_each(|key| of.add(key.to_owned()));
                    return true;
                }
                AnyValue::Int(times) if key == count => {
                    of.count = of.count.saturating_add((*times).max(0));
                    return true;
                }
                _ => {}
            }
        }
        false
    }

    /// Adds what there is to tell to the record, and forgets it.
    pub fn put(&mut self, level: Summary, add: &mut Additions<'_>) {
        if level == Summary::Silent {
            return;
        }
        for (body, done) in [(false, &mut self.attributes), (true, &mut self.body)] {
            for (deed, of) in Deed::ALL.into_iter().zip(&mut done.0) {
                let [keys_name, count_name] = deed.names(body);
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
