//! Looking at every text of a request, whatever the signal, and changing it on the way.
//!
//! One walk in wire order: an [`Edit`] is shown everything and says what becomes of it. Nothing is
//! copied before the first change. From there on the new request grows behind the walk: what stays is
//! copied in runs, and the length prefixes above a change are written once the messages end. Where
//! nothing changes, the same bytes go on.

use crate::rewrite::Rewrite;
use crate::schema::{ANY_VALUE, Field, KEY_VALUE, Kind, Message, Role};
use crate::view::{AnyValue, KeyValue, Text, put_any_value, put_key_value};
use crate::wire::{Fields, RawField, Wire};
use crate::{Additions, Request};

/// Is shown a request, and says what becomes of it. Everything stays as it is unless said otherwise.
///
/// All slices are the request's own. What an answer holds is copied at once.
pub trait Edit<'a> {
    /// How many bytes the changed request may have: room for so many is made at the first change.
    fn room(&self, request: &Request) -> usize {
        request.bytes().len()
    }

    /// A message that holds records or such messages: a resource's, a scope's, a metric.
    fn container(&mut self, _of: &'static Message, _container: &'a [u8]) {}

    /// Any other message, before what is in it: a resource, a scope, an event, a body …. Whether the walk goes on
    /// inside.
    #[inline]
    fn part(&mut self, _of: &'static Message, _part: &'a [u8]) -> bool {
        true
    }

    /// A log record, a span or a data point, before what is in it.
    fn record(&mut self, _of: &'static Message, _record: &'a [u8], _add: &mut Additions<'_>) -> Whole {
        Whole::Inside
    }

    /// The record that was announced last has been walked through: which attributes it gets more, and whether
    /// it is taken out after all.
    fn seen(&mut self, _add: &mut Additions<'_>) -> Whole {
        Whole::Inside
    }

    /// An attribute or a map's entry: its key and value are this call's to look at, unless it answers
    /// that the walk goes on inside. `of` says whose it is: a resource's, a scope's, a record's, a map's ….
    fn pair(&mut self, _of: &'static Message, _pair: &KeyValue<'a>) -> Pair<'_> {
        Pair::Keep
    }

    /// An attribute that is a key and a text and nothing else, where it stands behind another; so are nine
    /// in ten. `raw` is the encoded `KeyValue`.
    #[inline]
    fn text_pair(&mut self, of: &'static Message, raw: &'a [u8], key: Text<'a>, text: Text<'a>) -> Pair<'_> {
        self.pair(of, &KeyValue { key, value: AnyValue::Str(text), raw })
    }

    /// Any other string, the element of an array and a body's included; what stands in its place.
    fn text(&mut self, _of: &'static Message, _field: &'static Field, _text: Text<'a>) -> Option<Text<'_>> {
        None
    }

    /// Any other `bytes` value that is no id; what stands in its place.
    fn bytes(&mut self, _of: &'static Message, _field: &'static Field, _bytes: &'a [u8]) -> Option<&[u8]> {
        None
    }

    /// A number or a truth value as a body or as the element of an array; a text that stands in its place. `raw`
    /// is the encoded `AnyValue`.
    fn scalar(&mut self, _raw: &'a [u8], _value: AnyValue<'a>) -> Option<Text<'_>> {
        None
    }
}

/// What becomes of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whole {
    /// The walk goes on inside.
    Inside,
    /// The walk goes on behind it.
    Behind,
    /// It is taken out.
    Remove,
}

/// What becomes of an attribute.
#[derive(Clone, Debug)]
pub enum Pair<'s> {
    /// It stays, and the walk goes on behind it.
    Keep,
    /// It stays, and the walk goes on in its value where that is an array or a map.
    Inside,
    /// It gets another key, another value, or both. Where the value stays, the walk goes on in it.
    Set {
        /// What stands in the place of its key.
        key: Option<Text<'s>>,
        /// What stands in the place of its value. Nothing, where it has none.
        value: Option<AnyValue<'s>>,
    },
    /// It is taken out.
    Remove,
}

impl Request {
    /// Shows everything to `edit`, in wire order, and makes the request that it asks for. Unknown
    /// fields are kept, but for those of a value that is replaced.
    pub fn edit<'a>(&'a self, edit: &mut impl Edit<'a>) -> Request {
        let rewrite = Rewrite::of(self.bytes(), edit.room(self));
        let mut walk = Walk { rewrite, edit, added: Vec::new(), removed: 0 };
        walk.message(self.signal().schema(), self.bytes(), 0);
        match walk.rewrite.finish() {
            None => self.clone(),
            Some(bytes) => Request::trusted(self.signal(), bytes, self.records() - walk.removed),
        }
    }
}

struct Walk<'a, 'e, E> {
    rewrite: Rewrite<'a>,
    edit: &'e mut E,
    /// The fields that the record gets that the walk is at.
    added: Vec<u8>,
    /// Records taken out.
    removed: u32,
}

impl<'a, E: Edit<'a>> Walk<'a, '_, E> {
    /// Walks through a message. Fields with one of the numbers whose bits are set in `without` are
    /// taken out.
    fn message(&mut self, of: &'static Message, message: &'a [u8], without: u32) {
        let mut fields = Fields::of(message);
        while let Some(field) = fields.next() {
            let Some(known) = of.field(field.number) else { continue };
            if without != 0 && without & known.bit() != 0 {
                self.rewrite.put(field.raw, &[]);
                continue;
            }
            let Wire::Len(payload) = field.value else {
                if std::ptr::eq(of, &ANY_VALUE)
                    && let Some(value) = scalar(known.kind, field.number_value())
                    && let Some(text) = self.edit.scalar(message, value)
                {
                    self.rewrite.put(field.raw, &encoded(&AnyValue::Str(text)));
                }
                continue;
            };
            match (known.kind, known.role) {
                (Kind::Message(_), Role::Attributes) => {
                    // The first is as plain as the others.
                    let behind = fields.rest().len();
                    fields = Fields::of(
                        message.get(message.len() - behind - field.raw.len()..).unwrap_or_default(),
                    );
                    self.pairs(of, field.number, &mut fields);
                }
                (Kind::Message(inner), Role::Record) => self.record(inner, &field, payload),
                (Kind::Message(inner), Role::Container) => {
                    self.edit.container(inner, payload);
                    self.inside(inner, &field, payload);
                }
                (Kind::Message(inner), _) if self.edit.part(inner, payload) => {
                    self.inside(inner, &field, payload);
                }
                (Kind::String, _) => {
                    if let Some(text) = self.edit.text(of, known, Text::of(payload)) {
                        self.rewrite.replace(field.raw, payload, text.as_bytes());
                    }
                }
                (Kind::Bytes, _) => {
                    if let Some(bytes) = self.edit.bytes(of, known, payload) {
                        self.rewrite.replace(field.raw, payload, bytes);
                    }
                }
                _ => {}
            }
        }
    }

    fn inside(&mut self, of: &'static Message, field: &RawField<'a>, payload: &'a [u8]) {
        self.rewrite.enter(field.raw, payload);
        self.message(of, payload, 0);
        self.rewrite.leave();
    }

    fn record(&mut self, of: &'static Message, field: &RawField<'a>, payload: &'a [u8]) {
        self.added.clear();
        let mut add = Additions::to(of, &mut self.added);
        let whole = self.edit.record(of, payload, &mut add);
        let without = add.replaced();
        if whole == Whole::Remove {
            self.removed += 1;
            return self.rewrite.put(field.raw, &[]);
        }
        self.rewrite.enter(field.raw, payload);
        match whole {
            Whole::Inside => {
                self.message(of, payload, without);
                if self.edit.seen(&mut Additions::to(of, &mut self.added)) == Whole::Remove {
                    self.removed += 1;
                    return self.rewrite.cancel();
                }
            }
            // Some writers spell defaults out: what is added must not stand there twice.
            _ if without != 0 => {
                let twice = |field: &RawField<'_>| {
                    of.field(field.number).is_some_and(|known| without & known.bit() != 0)
                };
                Fields::of(payload).filter(twice).for_each(|field| self.rewrite.put(field.raw, &[]));
            }
            _ => {}
        }
        if !self.added.is_empty() {
            self.rewrite.append(&self.added);
        }
        self.rewrite.leave();
    }

    /// Attributes stand side by side, and nearly all of them are plain. Takes one at least.
    #[inline(never)]
    fn pairs(&mut self, of: &'static Message, number: u32, fields: &mut Fields<'a>) {
        loop {
            match fields.take_plain_pair(number) {
                Some((raw, key, text)) => {
                    // A plain pair's tag and length are a byte each.
                    let payload = raw.get(2..).unwrap_or_default();
                    let change = match self.edit.text_pair(of, payload, Text::of(key), Text::of(text)) {
                        Pair::Keep => continue,
                        // There is nothing else in it that would have to stay.
                        Pair::Set { key: None, value: Some(value) } => {
                            self.rewrite
                                .put_with(raw, |out| put_key_value(out, number, Text::of(key), &value));
                            continue;
                        }
                        change => Change::of(change, false),
                    };
                    change.into_iter().for_each(|change| self.change(raw, payload, change));
                }
                None => match fields.take(number) {
                    Some((raw, payload)) => self.pair(of, raw, payload),
                    None => return,
                },
            }
        }
    }

    fn pair(&mut self, of: &'static Message, raw: &'a [u8], payload: &'a [u8]) {
        let pair = KeyValue::parse(payload);
        let nested = pair.nested();
        let change = match self.edit.pair(of, &pair) {
            Pair::Keep => return,
            Pair::Inside if !nested => return,
            change => Change::of(change, nested),
        };
        if let Some(change) = change {
            self.change(raw, payload, change);
        }
    }

    /// Goes through an attribute that changes or whose value holds others.
    #[inline(never)]
    fn change(&mut self, raw: &'a [u8], payload: &'a [u8], change: Change) {
        let Change::Set { key, value, nested } = change else {
            return self.rewrite.put(raw, &[]);
        };
        self.rewrite.enter(raw, payload);
        for field in Fields::of(payload) {
            match (KEY_VALUE.field(field.number).map(|known| known.kind), &key, &value) {
                (Some(Kind::String), Some(key), _) => self.rewrite.replace(field.raw, field.payload(), key),
                (Some(Kind::Message(_)), _, Some(value)) => {
                    self.rewrite.replace(field.raw, field.payload(), value);
                }
                (Some(Kind::Message(any)), _, None) if nested => self.inside(any, &field, field.payload()),
                _ => {}
            }
        }
        self.rewrite.leave();
    }
}

/// An answer about an attribute that asks for something, as it is encoded.
enum Change {
    Remove,
    Set {
        key: Option<Vec<u8>>,
        value: Option<Vec<u8>>,
        /// Whether the value holds others.
        nested: bool,
    },
}

impl Change {
    #[inline]
    fn of(pair: Pair<'_>, nested: bool) -> Option<Change> {
        match pair {
            Pair::Keep => None,
            Pair::Inside => nested.then_some(Change::Set { key: None, value: None, nested }),
            Pair::Set { key, value } => Some(Change::Set {
                key: key.map(|key| key.as_bytes().to_vec()),
                value: value.map(|value| encoded(&value)),
                nested,
            }),
            Pair::Remove => Some(Change::Remove),
        }
    }
}

/// The number or truth value that a field of an `AnyValue` holds.
fn scalar(kind: Kind, value: u64) -> Option<AnyValue<'static>> {
    match kind {
        Kind::Int64 => Some(AnyValue::Int(value as i64)),
        Kind::Bool => Some(AnyValue::Bool(value != 0)),
        Kind::Double => Some(AnyValue::Double(f64::from_bits(value))),
        _ => None,
    }
}

/// An `AnyValue` as it is encoded.
fn encoded(value: &AnyValue<'_>) -> Vec<u8> {
    let mut encoded = Vec::with_capacity(16);
    put_any_value(&mut encoded, value);
    encoded
}
