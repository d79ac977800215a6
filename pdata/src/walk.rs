//! Every text of a request, whatever the signal: what redaction has to see.

use crate::Request;
use crate::schema::{Field, KEY_VALUE, Kind, Message, Role};
use crate::view::{KeyValue, Text};
use crate::wire::{Fields, Wire};

/// Receives what a [`Request::walk`] comes by. All slices are the request's own, so that
/// [`Edits`](crate::Edits) can name them.
pub trait Visit<'a> {
    /// An attribute or a map's entry: its key and value are this call's to look at, unless it
    /// answers [`Next::Inside`]. `field` says whose it is: `attributes`, `values`, `metadata` ….
    fn pair(&mut self, message: &'static Message, pair: KeyValue<'a>) -> Next;

    /// A string, the element of an array and a body's string included.
    fn text(&mut self, message: &'static Message, field: &'static Field, text: Text<'a>);

    /// A `bytes` value (not an id).
    fn bytes(&mut self, message: &'static Message, field: &'static Field, bytes: &'a [u8]);

    /// An integer as a body or as the element of an array; that of an attribute comes with its
    /// pair. `raw_value` is the encoded `AnyValue`, for [`Edits::replace_value`](crate::Edits::replace_value).
    fn int(&mut self, _raw_value: &'a [u8], _value: i64) {}
}

/// Where a walk goes on after an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Into its value, where that is an array or a map.
    Inside,
    /// Behind it.
    Behind,
}

impl Request {
    /// Shows every text of the request to `visit`, in wire order.
    pub fn walk<'a>(&'a self, visit: &mut impl Visit<'a>) {
        message(self.signal().schema(), self.bytes(), visit);
    }
}

fn message<'a>(schema: &'static Message, bytes: &'a [u8], visit: &mut impl Visit<'a>) {
    for field in Fields::of(bytes) {
        let Some(known) = schema.field(field.number) else { continue };
        let Wire::Len(payload) = field.value else {
            // `AnyValue` alone has an `int64`.
            if matches!(known.kind, Kind::Int64) {
                visit.int(bytes, field.number_value() as i64);
            }
            continue;
        };
        match known.kind {
            Kind::String => visit.text(schema, known, Text::of(payload)),
            Kind::Bytes => visit.bytes(schema, known, payload),
            Kind::Message(_) if known.role == Role::Attributes => {
                let pair = KeyValue::parse(payload);
                let nested = pair.nested();
                if visit.pair(schema, pair) == Next::Inside && nested {
                    inside(payload, visit);
                }
            }
            Kind::Message(inner) => message(inner, payload, visit),
            _ => {}
        }
    }
}

/// The value of an attribute, without its key.
fn inside<'a>(pair: &'a [u8], visit: &mut impl Visit<'a>) {
    for field in Fields::of(pair) {
        if let Some(Field { kind: Kind::Message(value), .. }) = KEY_VALUE.field(field.number) {
            message(value, field.payload(), visit);
        }
    }
}
