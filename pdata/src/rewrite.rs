//! A request growing out of another: what stays is copied in runs, what changes is put in between,
//! and the lengths of the messages around a change come right when they are left.

use crate::wire::{put_varint, take_varint, varint_len};
use bytes::Bytes;

/// A copy of a message with changes, made in wire order. Nothing is copied before the first change.
#[derive(Debug)]
pub(crate) struct Rewrite<'a> {
    bytes: &'a [u8],
    out: Vec<u8>,
    /// How much room `out` gets.
    room: usize,
    /// How much of `bytes` is in `out`, or was left out on purpose.
    copied: usize,
    /// The messages around the place that the walk is at, outer before inner.
    around: Vec<Around>,
    /// How many of them have a change inside: their beginning is in `out`.
    begun: usize,
}

/// A length-delimited field that the walk is inside of.
#[derive(Debug)]
struct Around {
    /// Where its tag begins in `bytes`.
    start: usize,
    /// Where its payload begins and ends there.
    payload: usize,
    end: usize,
    /// Where its payload begins in `out`, and how many bytes before it are its length's.
    out: usize,
    prefix: usize,
}

impl<'a> Rewrite<'a> {
    pub(crate) fn of(bytes: &'a [u8], room: usize) -> Rewrite<'a> {
        Rewrite { bytes, out: Vec::new(), room, copied: 0, around: Vec::new(), begun: 0 }
    }

    /// Goes into a field.
    #[inline]
    pub(crate) fn enter(&mut self, raw: &'a [u8], payload: &'a [u8]) {
        let (start, at) = (self.offset(raw), self.offset(payload));
        self.around.push(Around { start, payload: at, end: at + payload.len(), out: 0, prefix: 0 });
    }

    /// Leaves the field that was entered last.
    #[inline]
    pub(crate) fn leave(&mut self) {
        let Some(field) = self.around.pop() else { return };
        if self.begun > self.around.len() {
            self.begun = self.around.len();
            self.copy_to(field.end);
            self.set_length(&field);
        }
    }

    /// Leaves the field that was entered last, and takes it out.
    pub(crate) fn cancel(&mut self) {
        let Some(field) = self.around.pop() else { return };
        if self.begun > self.around.len() {
            self.begun = self.around.len();
            let head = field.payload - field.start;
            self.out.truncate(field.out - head);
        } else {
            self.change_at(field.start);
        }
        self.copied = field.end;
    }

    /// Puts bytes in the place of a field, tag and all.
    pub(crate) fn put(&mut self, raw: &'a [u8], new: &[u8]) {
        self.put_with(raw, |out| out.extend_from_slice(new));
    }

    /// Puts what `write` appends in the place of a field, tag and all.
    pub(crate) fn put_with(&mut self, raw: &'a [u8], write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.offset(raw);
        self.change_at(start);
        write(&mut self.out);
        self.copied = start + raw.len();
    }

    /// Puts bytes in the place of a field's payload.
    pub(crate) fn replace(&mut self, raw: &'a [u8], payload: &'a [u8], new: &[u8]) {
        let start = self.offset(raw);
        self.change_at(start + tag_len(raw));
        put_varint(&mut self.out, new.len() as u64);
        self.out.extend_from_slice(new);
        self.copied = start + raw.len();
        debug_assert_eq!(self.copied, self.offset(payload) + payload.len());
    }

    /// Puts fields at the end of the message that was entered last.
    pub(crate) fn append(&mut self, fields: &[u8]) {
        let end = self.around.last().map_or(self.bytes.len(), |field| field.end);
        self.change_at(end);
        self.out.extend_from_slice(fields);
    }

    /// The changed message; `None` where nothing was changed.
    pub(crate) fn finish(mut self) -> Option<Bytes> {
        if self.copied == 0 && self.out.is_empty() {
            return None;
        }
        self.copy_to(self.bytes.len());
        // What waits in the journal is counted by its length.
        self.out.shrink_to_fit();
        Some(Bytes::from(self.out))
    }

    /// Where a slice of the message begins in it. No pointer is read.
    #[inline]
    fn offset(&self, slice: &[u8]) -> usize {
        (slice.as_ptr() as usize).wrapping_sub(self.bytes.as_ptr() as usize)
    }

    /// Copies everything before a change.
    fn change_at(&mut self, at: usize) {
        if self.out.capacity() == 0 {
            self.out.reserve(self.room);
        }
        while let Some(&Around { start, payload, .. }) = self.around.get(self.begun) {
            self.copy_to(payload);
            let tag = self.bytes.get(start..payload).map_or(0, tag_len);
            if let Some(field) = self.around.get_mut(self.begun) {
                (field.out, field.prefix) = (self.out.len(), payload - start - tag);
            }
            self.begun += 1;
        }
        self.copy_to(at);
    }

    fn copy_to(&mut self, at: usize) {
        self.out.extend_from_slice(self.bytes.get(self.copied..at).unwrap_or_default());
        self.copied = at;
    }

    /// Writes how long a field became, in the shortest form, over the length that was copied.
    fn set_length(&mut self, field: &Around) {
        let len = self.out.len() - field.out;
        let (start, size) = (field.out - field.prefix, varint_len(len as u64));
        if size != field.prefix {
            self.out.splice(start..field.out, [0; LONGEST_VARINT].into_iter().take(size));
        }
        if let Some([before @ .., last]) = self.out.get_mut(start..start + size) {
            *last = (len >> (7 * before.len())) as u8;
            before.iter_mut().enumerate().for_each(|(at, byte)| *byte = (len >> (7 * at)) as u8 | 0x80);
        }
    }
}

/// What a length takes at most, in bytes.
const LONGEST_VARINT: usize = 10;

/// How many bytes a field's tag takes.
fn tag_len(raw: &[u8]) -> usize {
    take_varint(raw).map_or(0, |(_, rest)| raw.len() - rest.len())
}
