//! The slow way to an object without equal keys: for resources, nested maps and records whose keys collide.

use super::FIXED;
use pdata::json::write::{write_any_value, write_string};
use pdata::view::{AnyValue, Attributes};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// An object's members, not yet distinct.
#[derive(Clone, Default)]
pub(super) struct Members<'a>(Vec<(Cow<'a, [u8]>, Value<'a>)>);

#[derive(Clone)]
enum Value<'a> {
    /// As JSON already.
    Json(&'a [u8]),
    Otlp(AnyValue<'a>),
}

impl<'a> Members<'a> {
    pub(super) fn push_json(&mut self, key: Cow<'a, [u8]>, json: &'a [u8]) {
        self.0.push((key, Value::Json(json)));
    }

    /// Adds attributes. One whose key is a fixed field's gets `prefix`, until nobody else has the key.
    pub(super) fn push_attributes(&mut self, prefix: &str, attributes: Attributes<'a>) {
        let mut taken: Option<HashSet<Vec<u8>>> = None;
        for pair in attributes.clone() {
            let mut key = Cow::Borrowed(pair.key.as_bytes());
            if FIXED.iter().any(|field| field.as_bytes() == pair.key.as_bytes()) {
                let taken = taken.get_or_insert_with(|| {
                    let own = attributes.clone().map(|pair| pair.key.as_bytes().to_vec());
                    own.chain(self.0.iter().map(|(key, _)| key.to_vec())).collect()
                });
                while taken.contains(key.as_ref()) {
                    key = Cow::Owned([prefix.as_bytes(), &key].concat());
                }
            }
            self.0.push((key, Value::Otlp(pair.value)));
        }
    }

    /// Of equal keys the last, in its place.
    pub(super) fn distinct(self) -> Members<'a> {
        let last: HashMap<Cow<'a, [u8]>, usize> =
            self.0.iter().enumerate().map(|(index, (key, _))| (key.clone(), index)).collect();
        let members = self.0.into_iter().enumerate();
        Members(
            members
                .filter(|(index, (key, _))| last.get(key) == Some(index))
                .map(|(_, member)| member)
                .collect(),
        )
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(|(key, _)| key.as_ref())
    }

    /// Appends the members, each with a comma before it.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        for (key, value) in &self.0 {
            out.push(b',');
            write_string(out, key);
            out.push(b':');
            match value {
                Value::Json(json) => out.extend_from_slice(json),
                Value::Otlp(value) => super::write_value(out, value),
            }
        }
    }
}

/// Appends an array or a map.
pub(super) fn write_nested(out: &mut Vec<u8>, value: &AnyValue<'_>) {
    let start = out.len();
    let (open, close) = match value {
        AnyValue::Array(values) => {
            for (_, value) in values.clone() {
                out.push(b',');
                super::write_value(out, &value);
            }
            (b'[', b']')
        }
        AnyValue::Map(entries) => {
            let members = entries.clone();
            let members = Members(
                members.map(|pair| (Cow::Borrowed(pair.key.as_bytes()), Value::Otlp(pair.value))).collect(),
            );
            members.distinct().write(out);
            (b'{', b'}')
        }
        value => return write_any_value(out, value),
    };
    match out.get_mut(start) {
        Some(comma) => *comma = open,
        None => out.push(open),
    }
    out.push(close);
}
