//! The wire format to JSON, in one pass.

use super::write::{
    write_base64, write_bool, write_double, write_hex, write_integer, write_quoted_integer, write_string,
};
use crate::schema::{Field, KEY_VALUE, Kind, Label, Message};
use crate::validate::wire_of;
use crate::wire::{Fields, I32, I64, LEN, PlainPair, RawField, Wire, take_varint};
use crate::{Request, Signal};

/// Appends one `Export…ServiceRequest` in JSON with the records of all requests, in order, as if
/// they had been joined first.
///
/// Names are in camel case, ids in lower-case hex, 64-bit numbers strings, enumerations numbers,
/// other bytes base64. Every field that stands on the wire is written, a zero too: what an SDK
/// left out stays out, and what it said stays. Unknown fields have no name and are left out.
pub fn encode(signal: Signal, requests: &[Request], out: &mut Vec<u8>) {
    out.reserve(requests.iter().map(|request| request.bytes().len()).sum());
    let mut first = true;
    // A request has nothing but lists.
    for field in signal.schema().fields.iter().filter(|field| field.number != 0) {
        let elements = requests.iter().flat_map(|request| Fields::of(request.bytes()));
        let mut elements = elements.filter(|raw| raw.number == field.number).peekable();
        if elements.peek().is_some() {
            key(out, field, &mut first);
            list(out, field.kind, elements);
        }
    }
    close(out, first);
}

fn message(out: &mut Vec<u8>, schema: &'static Message, bytes: &[u8]) {
    let mut first = true;
    let mut lists = 0u32;
    let mut fields = Fields::of(bytes);
    while let Some(raw) = fields.next() {
        let Some(field) = schema.field(raw.number) else { continue };
        if field.label != Label::Repeated {
            key(out, field, &mut first);
            value(out, field.kind, raw.value);
        } else if lists & 1 << field.number == 0 {
            // Its elements need not stand side by side on the wire, but they do in JSON.
            lists |= 1 << field.number;
            key(out, field, &mut first);
            let others = fields.clone().filter(|other| other.number == field.number);
            list(out, field.kind, std::iter::once(raw).chain(others));
        }
    }
    close(out, first);
}

/// A member's name, behind the object's bracket or a comma.
fn key(out: &mut Vec<u8>, field: &Field, first: &mut bool) {
    out.extend_from_slice(if std::mem::take(first) { b"{\"" } else { b",\"" });
    out.extend_from_slice(field.json.as_bytes());
    out.extend_from_slice(b"\":");
}

/// Ends an object, which has not begun where it has no member.
fn close(out: &mut Vec<u8>, empty: bool) {
    out.extend_from_slice(if empty { b"{}" } else { b"}" });
}

fn list<'a>(out: &mut Vec<u8>, kind: Kind, elements: impl Iterator<Item = RawField<'a>>) {
    let numbers = wire_of(kind) != LEN;
    out.push(b'[');
    let empty = out.len();
    for raw in elements {
        match raw.value {
            Wire::Len(packed) if numbers => {
                for bits in (Packed { kind, rest: packed }) {
                    comma(out, empty);
                    number(out, kind, bits);
                }
            }
            single => {
                comma(out, empty);
                value(out, kind, single);
            }
        }
    }
    out.push(b']');
}

fn comma(out: &mut Vec<u8>, empty: usize) {
    if out.len() > empty {
        out.push(b',');
    }
}

fn value(out: &mut Vec<u8>, kind: Kind, wire: Wire<'_>) {
    match (kind, wire) {
        (Kind::Message(schema), Wire::Len(payload)) => match PlainPair::of(payload) {
            // The general way writes the same; without this a record costs half as much again.
            Some(PlainPair { key, text, .. }) if std::ptr::eq(schema, &KEY_VALUE) => {
                out.extend_from_slice(b"{\"key\":");
                write_string(out, key);
                out.extend_from_slice(b",\"value\":{\"stringValue\":");
                write_string(out, text);
                out.extend_from_slice(b"}}");
            }
            _ => message(out, schema, payload),
        },
        (Kind::String, Wire::Len(payload)) => write_string(out, payload),
        (Kind::Id(_), Wire::Len(payload)) => write_hex(out, payload),
        (_, Wire::Len(payload)) => write_base64(out, payload),
        (_, Wire::Varint(bits) | Wire::I64(bits)) => number(out, kind, bits),
        (_, Wire::I32(bits)) => number(out, kind, bits.into()),
    }
}

/// Numbers narrower than the wire's are cut as protobuf cuts them.
fn number(out: &mut Vec<u8>, kind: Kind, bits: u64) {
    match kind {
        Kind::Bool => write_bool(out, bits != 0),
        Kind::Int32 | Kind::Enum(_) => write_integer(out, bits as i32),
        Kind::Sint32 => write_integer(out, (bits as u32 >> 1) as i32 ^ -((bits & 1) as i32)),
        Kind::Uint32 | Kind::Fixed32 => write_integer(out, bits as u32),
        Kind::Int64 | Kind::Sfixed64 => write_quoted_integer(out, bits as i64),
        Kind::Uint64 | Kind::Fixed64 => write_quoted_integer(out, bits),
        Kind::Double => write_double(out, f64::from_bits(bits)),
        // Validation lets none of these be a number.
        Kind::String | Kind::Bytes | Kind::Id(_) | Kind::Message(_) => out.extend_from_slice(b"null"),
    }
}

/// The numbers in a packed field.
struct Packed<'a> {
    kind: Kind,
    rest: &'a [u8],
}

impl Iterator for Packed<'_> {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        let (bits, rest) = match wire_of(self.kind) {
            I64 => {
                let (bytes, rest) = self.rest.split_first_chunk()?;
                (u64::from_le_bytes(*bytes), rest)
            }
            I32 => {
                let (bytes, rest) = self.rest.split_first_chunk()?;
                (u32::from_le_bytes(*bytes).into(), rest)
            }
            _ => take_varint(self.rest)?,
        };
        self.rest = rest;
        Some(bits)
    }
}
