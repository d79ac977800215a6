//! One pass over the bytes of an export request, before anything is acknowledged.
//!
//! What passes is well-formed protobuf of the right types, with UTF-8 strings, ids of the right
//! length, no groups, within the limits, and canonical: no singular field twice and no second
//! member of a oneof. Protobuf's last-wins rule would else let a redactor and the next hop read
//! different values.

use crate::schema::{ANY_VALUE, Field, KEY_VALUE, Kind, Label, Message, Role};
use crate::wire::{I32, I64, LEN, VARINT, read_varint};
use crate::{Limits, Malformed};

/// Why a message does not pass as it is.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It never will.
    Malformed(Malformed),
    /// It is legal protobuf with more than one reading for a naive reader; normalising mends it.
    NotCanonical,
}

/// Checks a whole request; the number of its records.
pub(crate) fn validate(schema: &'static Message, bytes: &[u8], limits: &Limits) -> Result<u32, Failure> {
    if bytes.len() > limits.bytes.min(u32::MAX as usize) {
        return Err(malformed("request is larger than the limit", 0));
    }
    let mut walk = Walk { bytes, limits, records: 0 };
    walk.message(schema, 0, bytes.len(), 1)?;
    Ok(walk.records)
}

struct Walk<'a> {
    bytes: &'a [u8],
    limits: &'a Limits,
    records: u32,
}

impl Walk<'_> {
    /// Checks the message in `at..end`.
    fn message(
        &mut self,
        message: &'static Message,
        mut at: usize,
        end: usize,
        depth: u32,
    ) -> Result<(), Failure> {
        if depth > self.limits.depth {
            return Err(malformed("message is nested too deep", at));
        }
        let mut seen = 0u32;
        let mut attributes = 0u32;
        while at < end {
            let start = at;
            let (tag, value) = self.varint(at, end)?;
            at = value;
            let wire = (tag & 7) as u8;
            let number = tag >> 3;
            if number == 0 || tag > u64::from(u32::MAX) {
                return Err(malformed("invalid field number", start));
            }
            let Some(field) = message.field(number as u32) else {
                at = self.skip(wire, at, end)?;
                continue;
            };
            if seen & field.bit() != 0 {
                return Err(Failure::NotCanonical);
            }
            seen |= field.bit();
            if wire != LEN {
                at = self.scalar(field, wire, at, end).map_err(|failure| failure.under(field.name))?;
                continue;
            }
            let (len, payload) = self.varint(at, end)?;
            let Some(next) = usize::try_from(len)
                .ok()
                .and_then(|len| payload.checked_add(len))
                .filter(|next| *next <= end)
            else {
                return Err(malformed("length runs past the end", at).under(field.name));
            };
            at = next;
            match field.role {
                Role::Attributes => {
                    attributes += 1;
                    if attributes > self.limits.attributes {
                        return Err(malformed("too many attributes", payload).under(field.name));
                    }
                    if self.is_plain_pair(payload, next) && depth + 2 <= self.limits.depth {
                        continue;
                    }
                }
                Role::Record => {
                    self.records += 1;
                    if self.records > self.limits.records {
                        return Err(malformed("too many records", payload).under(field.name));
                    }
                }
                Role::Plain | Role::Container => {}
            }
            self.payload(field, payload, next, depth).map_err(|failure| failure.under(field.name))?;
        }
        Ok(())
    }

    /// Whether `at..end` is what every SDK writes for a string attribute: a key, then a value that
    /// holds a string, all shorter than 128 bytes. Nine in ten attributes are, so this alone decides
    /// what a record costs. `false` says nothing: the general way looks again.
    #[inline]
    fn is_plain_pair(&self, at: usize, end: usize) -> bool {
        const KEY: u8 = 1 << 3 | LEN;
        const VALUE: u8 = 2 << 3 | LEN;
        const STRING: u8 = 1 << 3 | LEN;
        let Some([KEY, key_len, rest @ ..]) = self.bytes.get(at..end) else { return false };
        let Some((key, [VALUE, value_len, STRING, text_len, text @ ..])) =
            rest.split_at_checked(usize::from(*key_len))
        else {
            return false;
        };
        // A length byte of 128 or more is the start of a longer varint; `text_len` is then no
        // length, and `value_len` two more than it would have to be 130.
        *key_len < 128
            && *text_len < 126
            && usize::from(*text_len) == text.len()
            && *value_len == text_len + 2
            && key.is_ascii()
            && is_utf8(text)
    }

    /// Checks the payload of a length-delimited field.
    fn payload(&mut self, field: &Field, at: usize, end: usize, depth: u32) -> Result<(), Failure> {
        let payload = self.bytes.get(at..end).unwrap_or_default();
        match field.kind {
            Kind::Message(message) => self.message(message, at, end, depth + 1),
            Kind::String if is_utf8(payload) => Ok(()),
            Kind::String => Err(malformed("string is not UTF-8", at)),
            Kind::Bytes => Ok(()),
            Kind::Id(len) if payload.is_empty() || payload.len() == len => Ok(()),
            Kind::Id(_) => Err(malformed("id has a wrong length", at)),
            _ if field.label == Label::Repeated => self.packed(field.kind, at, end),
            _ => Err(malformed("wrong wire type", at)),
        }
    }

    /// Checks packed numbers.
    fn packed(&self, kind: Kind, mut at: usize, end: usize) -> Result<(), Failure> {
        match wire_of(kind) {
            I64 if (end - at).is_multiple_of(8) => Ok(()),
            VARINT => {
                while at < end {
                    (_, at) = self.varint(at, end)?;
                }
                Ok(())
            }
            _ => Err(malformed("packed numbers are cut off", at)),
        }
    }

    /// Checks a field that is not length-delimited; where the next one starts.
    fn scalar(&self, field: &Field, wire: u8, at: usize, end: usize) -> Result<usize, Failure> {
        match wire_of(field.kind) == wire {
            true => self.skip(wire, at, end),
            false => Err(malformed("wrong wire type", at)),
        }
    }

    /// Where the value at `at` ends.
    fn skip(&self, wire: u8, at: usize, end: usize) -> Result<usize, Failure> {
        let next = match wire {
            VARINT => return self.varint(at, end).map(|(_, next)| next),
            I64 => Some(at + 8),
            I32 => Some(at + 4),
            LEN => {
                let (len, payload) = self.varint(at, end)?;
                usize::try_from(len).ok().and_then(|len| payload.checked_add(len))
            }
            // Groups are long deprecated, no OTLP encoder writes them, and skipping them would need a stack.
            _ => return Err(malformed("groups are not supported", at)),
        };
        next.filter(|next| *next <= end).ok_or_else(|| malformed("value runs past the end", at))
    }

    /// The varint at `at`, and where it ends.
    #[inline]
    fn varint(&self, at: usize, end: usize) -> Result<(u64, usize), Failure> {
        match read_varint(self.bytes, at) {
            Some((value, next)) if next <= end => Ok((value, next)),
            _ => Err(malformed("varint is cut off or too long", at)),
        }
    }
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

#[inline]
fn is_utf8(text: &[u8]) -> bool {
    text.is_ascii() || std::str::from_utf8(text).is_ok()
}

fn malformed(what: &'static str, offset: usize) -> Failure {
    Failure::Malformed(Malformed { what, offset, path: String::new() })
}

impl Failure {
    /// The same failure, seen from the message above.
    #[cold]
    fn under(self, field: &str) -> Failure {
        match self {
            Failure::Malformed(mut malformed) => {
                // Deep nesting would make the path long: the outermost names tell enough.
                if malformed.path.len() > 200 {
                    malformed.path.truncate(malformed.path.rfind('.').unwrap_or(0));
                }
                let below = std::mem::take(&mut malformed.path);
                malformed.path = if below.is_empty() { field.to_owned() } else { format!("{field}.{below}") };
                Failure::Malformed(malformed)
            }
            Failure::NotCanonical => Failure::NotCanonical,
        }
    }
}

// The shape that `is_plain_pair` knows by heart.
const _: () = {
    assert!(matches!(KEY_VALUE.fields.len(), 4) && matches!(ANY_VALUE.fields.len(), 9));
};
