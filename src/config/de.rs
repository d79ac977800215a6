//! serde over the tree: typed sections from nodes, with the place of everything that does not fit.
//!
//! Unknown keys are found here, not by serde: a struct's field list says what is valid, so one pass
//! reports all of them with the nearest valid key. Any other error ends the pass at its node;
//! [`super::decode`] cuts that node out and goes on.

use super::de_error::{Error, What};
use super::scalar::Typed;
use super::tree::{Entry, Node, Origin, Scalar, Step, Value};
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{self, DeserializeSeed, Deserializer, Visitor};
use std::cell::RefCell;

/// What a pass notices without stopping.
#[derive(Default)]
pub struct Noticed {
    /// Keys that no field takes, with what would have been valid.
    pub unknown: RefCell<Vec<Unknown>>,
    /// Values of the type `Secret`.
    pub secrets: RefCell<Vec<Origin>>,
}

/// A key that no field takes.
pub struct Unknown {
    /// The path of the map.
    pub path: Vec<Step>,
    /// The key and its value.
    pub entry: Entry,
    /// The keys that the map takes.
    pub valid: &'static [&'static str],
}

/// The way to a node from where decoding began.
enum Trail<'t> {
    Root,
    Key(&'t Trail<'t>, &'t str),
    Index(&'t Trail<'t>, usize),
}

impl Trail<'_> {
    fn steps(&self) -> Vec<Step> {
        match self {
            Trail::Root => Vec::new(),
            Trail::Key(above, key) => with(above.steps(), Step::Key((*key).to_owned())),
            Trail::Index(above, index) => with(above.steps(), Step::Index(*index)),
        }
    }
}

fn with(mut steps: Vec<Step>, step: Step) -> Vec<Step> {
    steps.push(step);
    steps
}

/// A node, on its way into a type. The way to it lives on the stack, one step a frame.
#[derive(Clone, Copy)]
pub struct Decoder<'n, 't> {
    node: &'n Node,
    trail: &'t Trail<'t>,
    noticed: &'t Noticed,
}

impl<'n, 't> Decoder<'n, 't> {
    /// Begins at `node`.
    pub fn new(node: &'n Node, noticed: &'t Noticed) -> Decoder<'n, 't> {
        Decoder { node, trail: &Trail::Root, noticed }
    }

    fn wrong<T>(self, what: What) -> Result<T, Error> {
        Err(Error::new(what).at(|| self.trail.steps()))
    }

    /// Whatever goes wrong further in and does not know where yet went wrong here.
    pub(super) fn here<T>(self, result: Result<T, Error>) -> Result<T, Error> {
        result.map_err(|error| error.at(|| self.trail.steps()))
    }

    fn expected<T>(self, visitor: &dyn de::Expected) -> Result<T, Error> {
        match self.node.value {
            Value::Null => self.wrong(What::Null),
            _ => self.wrong(What::Type { expected: visitor.to_string(), found: self.node.kind() }),
        }
    }

    fn scalar(self) -> Option<&'n Scalar> {
        match &self.node.value {
            Value::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The text for a key that takes a string: the source text of a `${…}`, or a string.
    fn text(self) -> Option<&'n str> {
        match self.node.expanded.as_ref().and_then(|expanded| expanded.text.as_deref()) {
            Some(text) => Some(text),
            None => {
                self.scalar().filter(|scalar| scalar.typed == Typed::Str).map(|scalar| scalar.raw.as_str())
            }
        }
    }

    pub(super) fn map<V: Visitor<'n>>(
        self,
        valid: Option<&'static [&'static str]>,
        visitor: V,
    ) -> Result<V::Value, Error> {
        let entries = match &self.node.value {
            Value::Map(entries) => entries.as_slice(),
            // A section without a body is a section of defaults.
            Value::Null => &[],
            _ => return self.expected(&visitor),
        };
        let mut known: Vec<&'n Entry> = Vec::with_capacity(entries.len());
        for entry in entries {
            match valid {
                Some(valid) if !valid.contains(&entry.key.text.as_str()) => {
                    let unknown = Unknown { path: self.trail.steps(), entry: entry.clone(), valid };
                    self.noticed.unknown.borrow_mut().push(unknown);
                }
                _ => known.push(entry),
            }
        }
        let access = Entries { rest: known.into_iter(), value: None, above: self };
        self.here(visitor.visit_map(access))
    }

    pub(super) fn list<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.node.value {
            Value::List(items) => {
                let access = Items { rest: items.iter().enumerate(), above: self };
                self.here(visitor.visit_seq(access))
            }
            // As the Collector does: a text where a list belongs is split at its commas.
            Value::Scalar(scalar) if scalar.typed == Typed::Str => {
                let parts = scalar.raw.split(',').map(str::trim).filter(|part| !part.is_empty());
                let access = de::value::SeqDeserializer::<_, Error>::new(parts.map(StrDeserializer::new));
                self.here(visitor.visit_seq(access))
            }
            _ => self.expected(&visitor),
        }
    }

    fn number<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.scalar().map(|scalar| scalar.typed) {
            Some(typed @ (Typed::Int(_) | Typed::Float(_))) => self.here(visit_number(typed, visitor)),
            _ => self.expected(&visitor),
        }
    }
}

fn visit_number<'n, V: Visitor<'n>>(number: Typed, visitor: V) -> Result<V::Value, Error> {
    match number {
        Typed::Float(value) => visitor.visit_f64(value),
        Typed::Int(value) => match (u64::try_from(value), i64::try_from(value)) {
            (Ok(value), _) => visitor.visit_u64(value),
            (_, Ok(value)) => visitor.visit_i64(value),
            _ => visitor.visit_i128(value),
        },
        _ => visitor.visit_unit(),
    }
}

macro_rules! numbers {
    ($($method:ident)*) => { $(
        fn $method<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Error> {
            self.number(visitor)
        }
    )* };
}

impl<'n> Deserializer<'n> for Decoder<'n, '_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.node.value {
            Value::Null => match visitor.visit_unit::<Error>() {
                Err(error) if error.is_type() => self.wrong(What::Null),
                result => self.here(result),
            },
            Value::List(_) => self.list(visitor),
            Value::Map(_) => self.map(None, visitor),
            Value::Scalar(scalar) => {
                let expected = (&visitor as &dyn de::Expected).to_string();
                let result = match scalar.typed {
                    Typed::Bool(value) => visitor.visit_bool(value),
                    Typed::Int(_) | Typed::Float(_) => visit_number(scalar.typed, visitor),
                    Typed::Str | Typed::Null => visitor.visit_str(&scalar.raw),
                };
                // What a type says about a value may quote it.
                self.here(match &self.node.expanded {
                    Some(_) => result.map_err(|error: Error| error.without_message(&expected)),
                    None => result,
                })
            }
        }
    }

    fn deserialize_bool<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.scalar().map(|scalar| scalar.typed) {
            Some(Typed::Bool(value)) => self.here(visitor.visit_bool(value)),
            _ => self.expected(&visitor),
        }
    }

    numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64
    }

    fn deserialize_str<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.text() {
            Some(text) => self.here(visitor.visit_str(text)),
            None => self.expected(&visitor),
        }
    }

    fn deserialize_string<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_char<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    /// A null goes on into the type: a section takes it as its defaults, anything else answers
    /// [`What::Null`], and the key counts as not given.
    fn deserialize_option<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_unit<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.node.value {
            Value::Null => visitor.visit_unit(),
            _ => self.expected(&visitor),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'n>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'n>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        if name == "SecretReference" && self.node.expanded.is_none() {
            return self.wrong(What::Message(
                "must come from outside the configuration: write ${env:NAME} or ${file:PATH}".to_owned(),
            ));
        }
        if name == "Secret" {
            self.noticed.secrets.borrow_mut().push(self.node.origin);
        }
        self.here(visitor.visit_newtype_struct(self))
    }

    fn deserialize_seq<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Error> {
        self.list(visitor)
    }

    fn deserialize_tuple<V: Visitor<'n>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.list(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'n>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.list(visitor)
    }

    fn deserialize_map<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Error> {
        self.map(None, visitor)
    }

    fn deserialize_struct<V: Visitor<'n>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.map(Some(fields), visitor)
    }

    fn deserialize_enum<V: Visitor<'n>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match &self.node.value {
            // Any word may be one of the choices, also one that looks like a number.
            Value::Scalar(scalar) => {
                let text = self.text().unwrap_or(&scalar.raw);
                self.here(visitor.visit_enum(StrDeserializer::<Error>::new(text)))
            }
            Value::Map(entries) if entries.len() == 1 => {
                let access = MapAccessDeserializer::new(Entries {
                    rest: entries.iter().collect::<Vec<_>>().into_iter(),
                    value: None,
                    above: self,
                });
                self.here(visitor.visit_enum(access))
            }
            _ => self.expected(&visitor),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }
}

struct Items<'n, 't> {
    rest: std::iter::Enumerate<std::slice::Iter<'n, Node>>,
    above: Decoder<'n, 't>,
}

impl<'n> de::SeqAccess<'n> for Items<'n, '_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'n>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let Some((index, node)) = self.rest.next() else { return Ok(None) };
        let trail = Trail::Index(self.above.trail, index);
        let item = Decoder { node, trail: &trail, noticed: self.above.noticed };
        item.here(seed.deserialize(item)).map(Some)
    }
}

struct Entries<'n, 't> {
    rest: std::vec::IntoIter<&'n Entry>,
    value: Option<&'n Entry>,
    above: Decoder<'n, 't>,
}

impl<'n> de::MapAccess<'n> for Entries<'n, '_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'n>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some(entry) = self.rest.next() else { return Ok(None) };
        self.value = Some(entry);
        let trail = Trail::Key(self.above.trail, &entry.key.text);
        let key = seed.deserialize(StrDeserializer::<Error>::new(&entry.key.text));
        key.map(Some).map_err(|error| error.at_key(|| trail.steps()))
    }

    fn next_value_seed<V: DeserializeSeed<'n>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let Some(Entry { key, value }) = self.value.take() else {
            return Err(de::Error::custom("a value without a key"));
        };
        let trail = Trail::Key(self.above.trail, &key.text);
        let value = Decoder { node: value, trail: &trail, noticed: self.above.noticed };
        value.here(seed.deserialize(value))
    }
}
