//! Makes a message canonical: one reading for everybody.
//!
//! Protobuf allows a singular field twice (the last scalar wins, messages merge) and several
//! members of a oneof (the last wins). This writes the same meaning down once. Unknown fields stay,
//! but for those in what loses. It runs only on what validation calls well-formed but not canonical,
//! which no SDK writes.

use crate::schema::{Kind, Message};
use crate::wire::{Fields, RawField, put_nested};

/// The canonical form of a well-formed message. Never longer than the message.
pub(crate) fn normalise(schema: &'static Message, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    message(schema, &[bytes], &mut out);
    out
}

/// Appends the canonical form of the message that `parts` are, one behind the other: that is how
/// protobuf merges. Parts are slices of the input, so nothing is copied on the way down.
fn message(schema: &'static Message, parts: &[&[u8]], out: &mut Vec<u8>) {
    let fields = || parts.iter().flat_map(|part| Fields::of(part));
    let slot = |field: &RawField<'_>| slot(schema, field);
    // Where each singular field, or the oneof, stands last: the one that counts.
    let mut last = [0usize; 32];
    for (index, field) in fields().enumerate() {
        if let Some(at) = slot(&field).and_then(|slot| last.get_mut(slot)) {
            *at = index;
        }
    }
    for (index, field) in fields().enumerate() {
        let slot_of_field = slot(&field);
        if slot_of_field.is_some_and(|slot| last.get(slot) != Some(&index)) {
            continue;
        }
        match (schema.field(field.number).map(|known| known.kind), slot_of_field) {
            (Some(Kind::Message(inner)), None) => {
                let payload = field.payload();
                put_nested(out, field.number, payload.len(), |out| message(inner, &[payload], out));
            }
            (Some(Kind::Message(inner)), Some(_)) => {
                let rivals = fields().take(index + 1).filter(|rival| slot(rival) == slot_of_field);
                let parts = merged(rivals, field.number);
                let at_most = parts.iter().map(|part| part.len()).sum();
                put_nested(out, field.number, at_most, |out| message(inner, &parts, out));
            }
            _ => out.extend_from_slice(field.raw),
        }
    }
}

/// Which of the places that only one field can take a field takes; `None` where there is room for all.
fn slot(schema: &'static Message, field: &RawField<'_>) -> Option<usize> {
    let bit = schema.field(field.number)?.bit();
    (bit != 0).then(|| bit.trailing_zeros() as usize)
}

/// The payloads that make up field `number`, the last of its slot's `rivals`. Another member of the
/// oneof in between starts anew.
fn merged<'a>(rivals: impl Iterator<Item = RawField<'a>>, number: u32) -> Vec<&'a [u8]> {
    let mut parts = Vec::new();
    for rival in rivals {
        if rival.number != number {
            parts.clear();
        } else if !rival.payload().is_empty() {
            parts.push(rival.payload());
        }
    }
    parts
}
