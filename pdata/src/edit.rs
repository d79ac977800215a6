//! Changes to a request without decoding it: collected as byte ranges, applied in one splice.

use crate::Request;
use crate::schema::{ANY_VALUE, Field, Kind, Message, Role};
use crate::view::{AnyValue, put_any_value, put_key_value};
use crate::wire::{Fields, put_varint, take_varint, varint_len};
use bytes::Bytes;
use std::borrow::Cow;
use std::ops::Range;

/// Changes to one request.
///
/// Views hand out slices of the request's bytes; an edit names the slice it is about. Nothing is
/// copied before [`apply`](Edits::apply), which walks down to the edited places, works out the new
/// length prefixes above them and copies everything once.
#[derive(Debug)]
pub struct Edits {
    request: Request,
    edits: Vec<Edit>,
    /// The fields that messages get, one message's behind the other's.
    added: Vec<u8>,
    foreign: bool,
}

/// A slice that was given to [`Edits`] is not part of the request that they are for, or is not what
/// the edit is about: text, bytes, a value. A bug in the caller; nothing is changed then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an edit names bytes that are not part of the request, or that it cannot be about")]
pub struct ForeignSlice;

#[derive(Debug)]
struct Edit {
    /// The payload of the length-delimited field that it is about.
    at: Range<usize>,
    what: What,
}

#[derive(Debug)]
enum What {
    /// Take the whole field out.
    Remove,
    /// Take this string instead.
    Text(Cow<'static, str>),
    /// Take this `bytes` value instead.
    Bytes(Vec<u8>),
    /// Take this encoded `AnyValue` instead.
    Value(Vec<u8>),
    /// Put these of the added fields at the end of the message, and take out those that it has with one
    /// of the numbers whose bits are set in `instead_of`.
    Add { fields: Range<usize>, instead_of: u32 },
}

impl What {
    /// Which of several edits of one slice comes first; the first of those that name a payload stands.
    fn rank(&self) -> u8 {
        match self {
            What::Remove => 0,
            What::Text(_) | What::Bytes(_) | What::Value(_) => 1,
            What::Add { .. } => 2,
        }
    }

    /// Where the fields are that it adds to a message.
    fn added(&self) -> Option<Range<usize>> {
        match self {
            What::Add { fields, .. } => Some(fields.clone()),
            _ => None,
        }
    }

    /// The numbers of the singular fields that it sets, as bits.
    fn sets(&self) -> u32 {
        match self {
            What::Add { instead_of, .. } => *instead_of,
            _ => 0,
        }
    }

    /// The payload that it gives a field of this kind, if it is about such fields.
    fn replacement(&self, kind: Kind) -> Option<&[u8]> {
        match (self, kind) {
            (What::Text(new), Kind::String) => Some(new.as_bytes()),
            (What::Bytes(new), Kind::Bytes) => Some(new),
            (What::Value(new), Kind::Message(message)) if std::ptr::eq(message, &ANY_VALUE) => Some(new),
            _ => None,
        }
    }
}

impl Edits {
    /// No changes yet.
    pub fn of(request: &Request) -> Edits {
        Edits { request: request.clone(), edits: Vec::new(), added: Vec::new(), foreign: false }
    }

    /// Whether there is nothing to apply.
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// Puts `text` in the place of a string: an attribute's string value or key, a name, a severity text.
    pub fn replace_text(&mut self, old: &[u8], text: impl Into<Cow<'static, str>>) {
        self.push(old, What::Text(text.into()));
    }

    /// Puts other bytes in the place of a `bytes` value.
    pub fn replace_bytes(&mut self, old: &[u8], bytes: impl Into<Vec<u8>>) {
        self.push(old, What::Bytes(bytes.into()));
    }

    /// Puts `value` in the place of an encoded `AnyValue`: an attribute's value, an array's element, a body.
    pub fn replace_value(&mut self, old: &[u8], value: &AnyValue<'_>) {
        let mut payload = Vec::new();
        put_any_value(&mut payload, value);
        self.push(old, What::Value(payload));
    }

    /// Adds an attribute behind the others of a message whose attributes are field `number`. The
    /// caller makes sure that the key is not there yet.
    pub(crate) fn append_pair(&mut self, message: &[u8], number: u32, key: &str, value: &AnyValue<'_>) {
        self.add_fields(message, 0, |out| put_key_value(out, number, key, value));
    }

    /// Adds the fields that `write` appends to a message. A message may hold an explicit default where a
    /// view shows nothing, so what stands there with the number of a bit in `instead_of` is taken out.
    pub(crate) fn add_fields(&mut self, message: &[u8], instead_of: u32, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.added.len();
        write(&mut self.added);
        self.add_since(start, message, instead_of);
    }

    /// Makes room for additions to all records; once, and no more than the request is long itself.
    pub(crate) fn reserve_additions(&mut self) {
        if self.edits.capacity() == 0 {
            self.edits.reserve(self.request.records() as usize);
            self.added.reserve(self.request.bytes().len() / 2);
        }
    }

    /// The buffer of added fields, to append to before [`Edits::add_since`].
    #[inline]
    pub(crate) fn added(&mut self) -> &mut Vec<u8> {
        &mut self.added
    }

    /// Adds the fields to a message that have been appended to [`Edits::added`] since it was `start` long.
    pub(crate) fn add_since(&mut self, start: usize, message: &[u8], instead_of: u32) {
        let fields = start..self.added.len();
        self.push(message, What::Add { fields, instead_of });
    }

    /// Takes out a whole field by its payload: an attribute, an array's element, a record.
    pub fn remove(&mut self, payload: &[u8]) {
        self.push(payload, What::Remove);
    }

    fn push(&mut self, payload: &[u8], what: What) {
        let bytes = self.request.bytes();
        // Addresses only, no pointer is read: an edit names its place by the slice that a view handed out.
        let start = (payload.as_ptr() as usize).wrapping_sub(bytes.as_ptr() as usize);
        let end = start.wrapping_add(payload.len());
        match start <= end && end <= bytes.len() {
            true => self.edits.push(Edit { at: start..end, what }),
            false => self.foreign = true,
        }
    }

    /// The request with all changes made; the same bytes where there is none. Edits inside
    /// something that another edit replaces or removes are void. Of several for the same slice, a
    /// removal wins, else the first.
    pub fn apply(mut self) -> Result<Request, ForeignSlice> {
        if self.foreign {
            return Err(ForeignSlice);
        }
        if self.edits.is_empty() {
            return Ok(self.request);
        }
        // Outer before inner, and what voids others first; several appends to one message stay in order.
        self.edits.sort_by_key(|edit| (edit.at.start, usize::MAX - edit.at.end, edit.what.rank()));
        let bytes = self.request.bytes();
        let list = Vec::with_capacity(self.edits.len() * 5);
        let mut splices = Splices { bytes, added: &self.added, edits: &self.edits, list, removed: 0 };
        let signal = self.request.signal();
        let len = splices.message(signal.schema(), 0..bytes.len()).ok_or(ForeignSlice)?;
        if !splices.edits.is_empty() {
            return Err(ForeignSlice);
        }
        let records = self.request.records().saturating_sub(splices.removed);
        Ok(Request::trusted(signal, Bytes::from(splices.copy(len)), records))
    }
}

/// What to put where, in the order of the bytes.
struct Splices<'a> {
    bytes: &'a [u8],
    added: &'a [u8],
    /// Those not placed yet.
    edits: &'a [Edit],
    list: Vec<(Range<usize>, Put<'a>)>,
    /// Records that are gone.
    removed: u32,
}

enum Put<'a> {
    Bytes(&'a [u8]),
    Length(usize),
}

impl<'a> Splices<'a> {
    /// Places the edits within the message at `range`; how long it is then. `None` when an edit
    /// points into something that it cannot be about.
    fn message(&mut self, schema: &'static Message, range: Range<usize>) -> Option<usize> {
        let own = |edit: &&Edit| edit.at == range && edit.what.added().is_some();
        let (own, inner) = self.edits.split_at_checked(self.edits.iter().take_while(own).count())?;
        self.edits = inner;
        let sets = own.iter().fold(0, |sets, edit| sets | edit.what.sets());
        let mut len = range.len();
        // Fields without an edit are stepped over, not copied one by one, and those behind the last
        // edit not even that.
        let mut fields = Fields::of(self.bytes.get(range.clone())?);
        let mut at = range.start;
        loop {
            let next = self.edits.first().filter(|edit| edit.at.end <= range.end);
            match (next, sets) {
                (None, 0) => break,
                // A payload begins behind its field's start, so a field that ends there is not before it.
                (Some(edit), 0) => at += fields.skip_before(edit.at.start.saturating_sub(at)),
                _ => {}
            }
            let Some(field) = fields.next() else { break };
            let end = at + field.raw.len();
            if sets & 1u32.checked_shl(field.number).unwrap_or(0) != 0 {
                self.void(&(at..end));
                self.list.push((at..end, Put::Bytes(&[])));
                len -= field.raw.len();
            } else if self.edits.first().is_some_and(|edit| edit.at.end <= end) {
                let new = self.field(schema.field(field.number)?, at..end, field.payload().len())?;
                len = len - field.raw.len() + new;
            }
            at = end;
        }
        let mut set = 0;
        for edit in own {
            // Of several that set the same field the first stands.
            if set & edit.what.sets() != 0 {
                continue;
            }
            set |= edit.what.sets();
            if let Some(added) = edit.what.added().and_then(|fields| self.added.get(fields)) {
                self.list.push((range.end..range.end, Put::Bytes(added)));
                len += added.len();
            }
        }
        Some(len)
    }

    /// Places the edits within one field with a payload of `old` bytes; how long the field is then.
    fn field(&mut self, known: &'static Field, field: Range<usize>, old: usize) -> Option<usize> {
        let payload = field.end - old..field.end;
        let edit = self.edits.first().filter(|edit| edit.at == payload && edit.what.added().is_none());
        if matches!(edit, Some(Edit { what: What::Remove, .. })) {
            self.void(&payload);
            self.removed += records(known, self.bytes.get(payload)?);
            self.list.push((field, Put::Bytes(&[])));
            return Some(0);
        }
        // The length prefix is as long as the varint that was read, which may not be minimal.
        let raw = self.bytes.get(field.clone())?;
        let tag_len = raw.len() - take_varint(raw)?.1.len();
        let length = self.list.len();
        self.list.push((field.start + tag_len..payload.start, Put::Length(0)));
        let len = match (edit, known.kind) {
            (Some(edit), kind) => {
                let new = edit.what.replacement(kind)?;
                self.void(&payload);
                self.list.push((payload, Put::Bytes(new)));
                new.len()
            }
            (None, Kind::Message(inner)) => self.message(inner, payload)?,
            (None, _) => return None,
        };
        self.list.get_mut(length)?.1 = Put::Length(len);
        Some(tag_len + varint_len(len as u64) + len)
    }

    /// Goes on behind the edits that lie within `range`.
    fn void(&mut self, range: &Range<usize>) {
        let within = |edit: &&Edit| range.start <= edit.at.start && edit.at.end <= range.end;
        let count = self.edits.iter().take_while(within).count();
        self.edits = self.edits.get(count..).unwrap_or_default();
    }

    /// One copy of everything, with the splices in place.
    fn copy(&self, len: usize) -> Vec<u8> {
        let mut out = Vec::with_capacity(len);
        let mut at = 0;
        for (range, put) in &self.list {
            out.extend_from_slice(self.bytes.get(at..range.start).unwrap_or_default());
            match put {
                Put::Bytes(bytes) => out.extend_from_slice(bytes),
                Put::Length(len) => put_varint(&mut out, *len as u64),
            }
            at = range.end;
        }
        out.extend_from_slice(self.bytes.get(at..).unwrap_or_default());
        debug_assert_eq!(out.len(), len);
        out
    }
}

/// How many records a field is or holds.
fn records(known: &Field, payload: &[u8]) -> u32 {
    match (known.role, known.kind) {
        (Role::Record, _) => 1,
        (Role::Container, Kind::Message(inner)) => Fields::of(payload)
            .filter_map(|field| Some(records(inner.field(field.number)?, field.payload())))
            .sum(),
        _ => 0,
    }
}
