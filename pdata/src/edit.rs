//! Changes to a request without decoding it: collected as byte ranges, applied in one splice.

use crate::view::{AnyValue, put_any_value, put_key_value};
use crate::wire::{Fields, put_varint, varint_len};
use crate::{Request, validate};
use bytes::Bytes;
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
    foreign: bool,
}

/// A slice that was given to [`Edits`] is not part of the request that they are for. A bug in the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an edit names bytes that are not part of the request")]
pub struct ForeignSlice;

#[derive(Debug)]
struct Edit {
    /// The payload of the length-delimited field that it is about.
    at: Range<usize>,
    what: What,
}

#[derive(Debug)]
enum What {
    /// Take this payload instead.
    Replace(Vec<u8>),
    /// Take the whole field out.
    Remove,
    /// Add these fields at the end of the message.
    Append(Vec<u8>),
}

impl Edits {
    /// No changes yet.
    pub fn of(request: &Request) -> Edits {
        Edits { request: request.clone(), edits: Vec::new(), foreign: false }
    }

    /// Whether there is nothing to apply.
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// Puts `text` in the place of a string: an attribute's string value or key, a name, a severity text.
    pub fn replace_text(&mut self, old: &[u8], text: impl Into<String>) {
        self.push(old, What::Replace(text.into().into_bytes()));
    }

    /// Puts other bytes in the place of a `bytes` value.
    pub fn replace_bytes(&mut self, old: &[u8], bytes: impl Into<Vec<u8>>) {
        self.push(old, What::Replace(bytes.into()));
    }

    /// Puts `value` in the place of an encoded `AnyValue`: an attribute's value, an array's element, a body.
    pub fn replace_value(&mut self, old: &[u8], value: &AnyValue<'_>) {
        let mut payload = Vec::new();
        put_any_value(&mut payload, value);
        self.push(old, What::Replace(payload));
    }

    /// Adds an attribute behind the others of a message whose attributes are field `number`. The
    /// caller makes sure that the key is not there yet.
    pub(crate) fn append_pair(&mut self, message: &[u8], number: u32, key: &str, value: &AnyValue<'_>) {
        let mut field = Vec::with_capacity(key.len() + 24);
        put_key_value(&mut field, number, key, value);
        self.push(message, What::Append(field));
    }

    /// Adds an encoded field at the end of a message that has no such field yet.
    pub(crate) fn append_field(&mut self, message: &[u8], field: Vec<u8>) {
        self.push(message, What::Append(field));
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
    /// something that another edit replaces or removes are void.
    pub fn apply(mut self) -> Result<Request, ForeignSlice> {
        if self.foreign {
            return Err(ForeignSlice);
        }
        if self.edits.is_empty() {
            return Ok(self.request);
        }
        // Outer before inner, and what voids others first; several appends to one message stay in order.
        self.edits.sort_by_key(|edit| {
            let appends = matches!(edit.what, What::Append(_));
            (edit.at.start, usize::MAX - edit.at.end, appends)
        });
        let bytes = self.request.bytes();
        let mut splices =
            Splices { bytes, edits: &self.edits, list: Vec::with_capacity(self.edits.len() * 5) };
        let grown = splices.message(0..bytes.len()).ok_or(ForeignSlice)?;
        if !splices.edits.is_empty() {
            return Err(ForeignSlice);
        }
        let len = usize::try_from(bytes.len() as i64 + grown).unwrap_or_default();
        let spliced = Bytes::from(splices.copy(len));
        let signal = self.request.signal();
        let recount = self.edits.iter().any(|edit| matches!(edit.what, What::Remove));
        let records = match recount {
            true => {
                validate::validate(signal.schema(), &spliced, &crate::UNLIMITED).map_err(|_| ForeignSlice)?
            }
            false => self.request.records(),
        };
        Ok(Request::trusted(signal, spliced, records))
    }
}

/// What to put where, in the order of the bytes.
struct Splices<'a> {
    bytes: &'a [u8],
    /// Those not placed yet.
    edits: &'a [Edit],
    list: Vec<(Range<usize>, Put<'a>)>,
}

enum Put<'a> {
    Bytes(&'a [u8]),
    Length(u64),
}

impl<'a> Splices<'a> {
    /// Places the edits within the message at `range`; by how much it grows. `None` when an edit
    /// points into something that is no field of a message.
    fn message(&mut self, range: Range<usize>) -> Option<i64> {
        let appends =
            self.edits.iter().take_while(|edit| edit.at == range && matches!(edit.what, What::Append(_)));
        let (appends, inner) = self.edits.split_at_checked(appends.count())?;
        self.edits = inner;
        let mut grown = 0;
        // Fields without an edit are stepped over, not copied one by one.
        let mut fields = Fields::of(self.bytes.get(range.clone())?);
        let mut at = range.start;
        while let Some(edit) = self.edits.first().filter(|edit| edit.at.start <= range.end) {
            let Some(field) = fields.next() else { break };
            let end = at + field.raw.len();
            let payload = end - field.payload().len()..end;
            // `<=`: an empty payload stands at the end of its field. The next one's is behind its tag.
            if edit.at.start <= end {
                grown += self.field(at..end, payload)?;
            }
            at = end;
        }
        for append in appends {
            if let What::Append(fields) = &append.what {
                self.list.push((range.end..range.end, Put::Bytes(fields)));
                grown += fields.len() as i64;
            }
        }
        Some(grown)
    }

    /// Places the edits within one field; by how much it grows.
    fn field(&mut self, field: Range<usize>, payload: Range<usize>) -> Option<i64> {
        let old = payload.len() as i64;
        let (edit, rest) = self.edits.split_first()?;
        // The length prefix is as long as the varint that was read, which may not be minimal.
        let tag_len = crate::wire::read_varint(self.bytes, field.start)?.1 - field.start;
        let prefix = field.start + tag_len..payload.start;
        let grown = match &edit.what {
            What::Remove if edit.at == payload => {
                self.void(rest, &payload);
                self.list.push((field.clone(), Put::Bytes(&[])));
                return Some(-(field.len() as i64));
            }
            What::Replace(new) if edit.at == payload => {
                self.void(rest, &payload);
                let new_len = new.len() as u64;
                self.list.push((prefix.clone(), Put::Length(new_len)));
                self.list.push((payload.clone(), Put::Bytes(new)));
                new_len as i64 - old
            }
            _ => {
                let at = self.list.len();
                self.list.push((prefix.clone(), Put::Length(0)));
                let grown = self.message(payload.clone())?;
                let new_len = u64::try_from(old + grown).ok()?;
                self.list.get_mut(at)?.1 = Put::Length(new_len);
                grown
            }
        };
        let new_len = u64::try_from(old + grown).ok()?;
        Some(grown + varint_len(new_len) as i64 - prefix.len() as i64)
    }

    /// Goes on behind the edits that lie within `payload`.
    fn void(&mut self, edits: &'a [Edit], payload: &Range<usize>) {
        let within = edits
            .iter()
            .take_while(|edit| edit.at.end <= payload.end && edit.at.start >= payload.start)
            .count();
        self.edits = edits.get(within..).unwrap_or_default();
    }

    /// One copy of everything, with the splices in place.
    fn copy(&self, len: usize) -> Vec<u8> {
        let mut out = Vec::with_capacity(len);
        let mut at = 0;
        for (range, put) in &self.list {
            out.extend_from_slice(self.bytes.get(at..range.start).unwrap_or_default());
            match put {
                Put::Bytes(bytes) => out.extend_from_slice(bytes),
                Put::Length(len) => put_varint(&mut out, *len),
            }
            at = range.end;
        }
        out.extend_from_slice(self.bytes.get(at..).unwrap_or_default());
        out
    }
}
