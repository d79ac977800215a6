//! One pass over the bytes of an export request, before anything is acknowledged.
//!
//! What passes is well-formed protobuf of the right types, with UTF-8 strings, ids of the right
//! length, no groups, and within the limits. Whether it is also canonical (no singular field twice,
//! no second member of a oneof) is found on the way: protobuf's last-wins rule would else let a
//! redactor and the next hop read different values.

use crate::schema::{ANY_VALUE, Field, KEY_VALUE, Kind, Label, Message, Role};
use crate::wire::{I32, I64, LEN, PlainPair, VARINT, is_ascii, take_len, take_varint};
use crate::{Limits, Malformed};

/// What is known of a request that passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Validated {
    /// How many records it holds.
    pub records: u32,
    /// Whether everybody reads the same in it; if not, normalising mends it.
    pub canonical: bool,
}

/// A malformed message, small enough to be handed up through every level at no cost.
type Checked<T> = Result<T, Box<Malformed>>;

/// Checks a whole request.
pub(crate) fn validate(
    schema: &'static Message,
    bytes: &[u8],
    limits: &Limits,
) -> Result<Validated, Malformed> {
    if bytes.len() > limits.bytes.min(u32::MAX as usize) {
        return Err(*malformed("request is larger than the limit", 0));
    }
    let mut walk = Walk { limits, found: Validated { records: 0, canonical: true } };
    walk.message(schema, bytes, 1).map_err(|malformed| *malformed)?;
    Ok(walk.found)
}

struct Walk<'l> {
    limits: &'l Limits,
    found: Validated,
}

impl Walk<'_> {
    /// Checks a message. Offsets of errors count from its start; the level above adds its own.
    fn message(&mut self, schema: &'static Message, message: &[u8], depth: u32) -> Checked<()> {
        if depth > self.limits.depth {
            return Err(malformed("message is nested too deep", 0));
        }
        let (mut seen, mut twice) = (0u32, 0u32);
        let mut attributes = 0u32;
        let mut rest = message;
        while !rest.is_empty() {
            let at = |rest: &[u8]| message.len() - rest.len();
            let Some((tag, value)) = take_varint(rest) else {
                return Err(malformed("varint is cut off or too long", at(rest)));
            };
            let wire = (tag & 7) as u8;
            let Some(field) = u32::try_from(tag).ok().and_then(|tag| schema.field(tag >> 3)) else {
                if tag < 8 || tag > u64::from(u32::MAX) {
                    return Err(malformed("invalid field number", at(rest)));
                }
                rest = skip(wire, value).map_err(|what| malformed(what, at(value)))?;
                continue;
            };
            twice |= seen & field.bit();
            seen |= field.bit();
            if wire != LEN {
                let next = if wire_of(field.kind) == wire { skip(wire, value) } else { Err(WRONG_TYPE) };
                rest = next.map_err(|what| malformed(what, at(value)).under(field, 0))?;
                continue;
            }
            let Some((payload, next)) = take_len(value) else {
                return Err(malformed("length runs past the end", at(value)).under(field, 0));
            };
            rest = next;
            let start = || at(next) - payload.len();
            match field.role {
                Role::Attributes => {
                    attributes += 1;
                    if attributes > self.limits.attributes {
                        return Err(malformed("too many attributes", 0).under(field, start()));
                    }
                    if is_plain_ascii(payload) && depth + 2 <= self.limits.depth {
                        continue;
                    }
                }
                Role::Record => {
                    self.found.records += 1;
                    if self.found.records > self.limits.records {
                        return Err(malformed("too many records", 0).under(field, start()));
                    }
                }
                Role::Plain | Role::Container => {}
            }
            self.payload(field, payload, depth).map_err(|malformed| malformed.under(field, start()))?;
        }
        self.found.canonical &= twice == 0;
        Ok(())
    }

    /// Checks the payload of a length-delimited field.
    fn payload(&mut self, field: &Field, payload: &[u8], depth: u32) -> Checked<()> {
        let what = match field.kind {
            Kind::Message(message) => return self.message(message, payload, depth + 1),
            Kind::String if is_utf8(payload) => return Ok(()),
            Kind::String => "string is not UTF-8",
            Kind::Bytes => return Ok(()),
            Kind::Id(len) if payload.is_empty() || payload.len() == len => return Ok(()),
            Kind::Id(_) => "id has a wrong length",
            kind if field.label == Label::Repeated && is_packed(kind, payload) => return Ok(()),
            _ if field.label == Label::Repeated => "packed numbers are cut off",
            _ => WRONG_TYPE,
        };
        Err(malformed(what, 0))
    }
}

const WRONG_TYPE: &str = "wrong wire type";

/// Whether an attribute needs no further look. One check covers key, text and all in between:
/// tags and lengths of a plain pair are below 128 too.
#[inline]
fn is_plain_ascii(pair: &[u8]) -> bool {
    PlainPair::of(pair).is_some() && is_ascii(pair)
}

fn is_utf8(text: &[u8]) -> bool {
    is_ascii(text) || std::str::from_utf8(text).is_ok()
}

/// Whether numbers of this kind fill the payload of a packed field.
fn is_packed(kind: Kind, mut payload: &[u8]) -> bool {
    match wire_of(kind) {
        VARINT => {
            while let Some((_, rest)) = take_varint(payload) {
                payload = rest;
            }
            payload.is_empty()
        }
        I64 => payload.len().is_multiple_of(8),
        I32 => payload.len().is_multiple_of(4),
        _ => false,
    }
}

/// What follows the value that `bytes` begins with.
fn skip(wire: u8, bytes: &[u8]) -> Result<&[u8], &'static str> {
    let rest = match wire {
        VARINT => return take_varint(bytes).map(|(_, rest)| rest).ok_or("varint is cut off or too long"),
        I64 => bytes.get(8..),
        I32 => bytes.get(4..),
        LEN => take_len(bytes).map(|(_, rest)| rest),
        // Groups are long deprecated, no OTLP encoder writes them, and skipping them would need a stack.
        _ => return Err("groups are not supported"),
    };
    rest.ok_or("value runs past the end")
}

/// The wire type that a kind of value has by itself.
pub(crate) fn wire_of(kind: Kind) -> u8 {
    match kind {
        Kind::Bool
        | Kind::Int32
        | Kind::Uint32
        | Kind::Int64
        | Kind::Uint64
        | Kind::Sint32
        | Kind::Enum(_) => VARINT,
        Kind::Fixed32 => I32,
        Kind::Fixed64 | Kind::Sfixed64 | Kind::Double => I64,
        Kind::String | Kind::Bytes | Kind::Id(_) | Kind::Message(_) => LEN,
    }
}

#[cold]
fn malformed(what: &'static str, offset: usize) -> Box<Malformed> {
    Box::new(Malformed { what, offset, path: String::new() })
}

impl Malformed {
    /// The same, seen from the message whose `field` it happened in, `start` bytes into it.
    #[cold]
    fn under(mut self: Box<Self>, field: &Field, start: usize) -> Box<Self> {
        self.offset += start;
        // Deep nesting would make the path long: the outermost names tell enough.
        if self.path.len() > 200 {
            self.path.truncate(self.path.rfind('.').unwrap_or(0));
        }
        self.path = match self.path.is_empty() {
            true => field.name.to_owned(),
            false => format!("{}.{}", field.name, self.path),
        };
        self
    }
}

// The shape that a plain pair has.
const _: () = {
    assert!(matches!(KEY_VALUE.fields.len(), 4) && matches!(ANY_VALUE.fields.len(), 9));
};
