//! Makes a message canonical: one reading for everybody.
//!
//! Protobuf allows a singular field twice (the last scalar wins, messages merge) and several
//! members of a oneof (the last wins). This writes the same meaning down once. Unknown fields stay.
//! It runs only on messages that validation calls not canonical, which no SDK writes.

use crate::Malformed;
use crate::schema::{Field, Kind, Message};
use crate::wire::{Fields, RawField, Wire, put_len};
use std::borrow::Cow;

/// A longer message is refused instead: every level of nesting holds a copy of what is below it.
pub(crate) const MAX_BYTES: usize = 4 << 20;

/// Rewrites `bytes` as a canonical message of the same meaning, or says why it cannot be read.
pub(crate) fn normalise(schema: &'static Message, bytes: &[u8], depth: u32) -> Result<Vec<u8>, Malformed> {
    if depth == 0 {
        return Err(unreadable("message is nested too deep", schema));
    }
    let fields = read(schema, bytes)?;
    // Where each singular field, or the oneof, stands last: the one that counts.
    let mut last = [0usize; 32];
    for (index, field) in fields.iter().enumerate() {
        if let Some(slot) = slot(schema, field).and_then(|slot| last.get_mut(slot)) {
            *slot = index;
        }
    }
    let mut out = Vec::with_capacity(bytes.len());
    for (index, field) in fields.iter().enumerate() {
        let slot = slot(schema, field);
        if slot.is_some_and(|slot| last.get(slot) != Some(&index)) {
            continue;
        }
        match schema.field(field.number).map(|known| known.kind) {
            Some(Kind::Message(message)) => {
                let earlier = fields.get(..index).unwrap_or_default();
                let earlier =
                    earlier.iter().filter(|rival| slot.is_some() && self::slot(schema, rival) == slot);
                let payload = normalise(message, &merge(earlier, field), depth - 1)?;
                put_len(&mut out, field.number, &payload);
            }
            _ => out.extend_from_slice(field.raw),
        }
    }
    Ok(out)
}

/// Which of the places that only one field can take a field takes; `None` where there is room for all.
fn slot(schema: &'static Message, field: &RawField<'_>) -> Option<usize> {
    let bit = schema.field(field.number)?.bit();
    (bit != 0).then(|| bit.trailing_zeros() as usize)
}

/// The payload of `last` as protobuf merges it with those it takes the place of: payloads of one
/// message type, one behind the other, are the merged message. Another member of the oneof in
/// between starts anew.
fn merge<'a>(earlier: impl Iterator<Item = &'a RawField<'a>>, last: &RawField<'a>) -> Cow<'a, [u8]> {
    let mut merged = Cow::Borrowed(last.payload());
    let mut before = Vec::new();
    for field in earlier {
        match field.number == last.number {
            true => before.extend_from_slice(field.payload()),
            false => before.clear(),
        }
    }
    if !before.is_empty() {
        before.extend_from_slice(last.payload());
        merged = Cow::Owned(before);
    }
    merged
}

fn read<'a>(schema: &'static Message, bytes: &'a [u8]) -> Result<Vec<RawField<'a>>, Malformed> {
    let mut fields = Fields::of(bytes);
    let read: Vec<_> = fields.by_ref().collect();
    let readable = |field: &RawField<'_>| match schema.field(field.number) {
        Some(Field { kind: Kind::Message(_), .. }) => matches!(field.value, Wire::Len(_)),
        _ => true,
    };
    match fields.rest().is_empty() && read.iter().all(readable) {
        true => Ok(read),
        false => Err(unreadable("message is malformed", schema)),
    }
}

fn unreadable(what: &'static str, schema: &Message) -> Malformed {
    Malformed { what, offset: 0, path: schema.name.to_owned() }
}
