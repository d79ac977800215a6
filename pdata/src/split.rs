//! Joining requests, and taking them apart down to single records.

use crate::schema::{Kind, Message, Role};
use crate::wire::{Fields, put_nested};
use crate::{Request, Signal};
use bytes::{Bytes, BytesMut};

impl Request {
    /// One request with the records of all, in order. Concatenated export requests are an export
    /// request: the resources of the second follow those of the first.
    ///
    /// All of them are of this signal; it is the caller who knows.
    pub fn join(signal: Signal, requests: &[Request]) -> Request {
        if let [one] = requests {
            return one.clone();
        }
        let mut bytes = BytesMut::with_capacity(requests.iter().map(|request| request.bytes.len()).sum());
        let mut records = 0u32;
        for request in requests {
            debug_assert_eq!(request.signal, signal);
            bytes.extend_from_slice(&request.bytes);
            records = records.saturating_add(request.records);
        }
        Request::trusted(signal, bytes.freeze(), records)
    }

    /// The records that `keep` says yes to, by their index in the request, under the same resources
    /// and scopes; those that then hold no record are left out. The request itself where it keeps
    /// all, `None` where it keeps none.
    pub fn select(&self, mut keep: impl FnMut(u32) -> bool) -> Option<Request> {
        let mut selection = Selection { index: 0, kept: 0, keep: &mut keep };
        let mut out = Vec::new();
        selection.message(self.signal.schema(), &self.bytes, &mut out);
        if selection.kept == 0 {
            return None;
        }
        if selection.kept == self.records {
            return Some(self.clone());
        }
        // Parts of a large request wait for long, each with what it has reserved.
        out.shrink_to_fit();
        Some(Request::trusted(self.signal, Bytes::from(out), selection.kept))
    }

    /// Parts of at most `max_records` records each, in order. A request that is small enough, or
    /// a `max_records` of 0, gives the request itself.
    ///
    /// Each part has a copy of its resource and scope. Where these copies would outgrow the request
    /// many times over, as only hostile requests make them, what is left stays in larger parts.
    pub fn split_records(self, max_records: u32) -> Vec<Request> {
        self.split(|part| {
            let large = max_records > 0 && part.records > max_records;
            large.then(|| part.records.div_ceil(max_records).div_ceil(2) * max_records)
        })
    }

    /// Parts of at most `max_bytes` each, in order, as far as splitting between records can do it:
    /// a single record may be larger. A `max_bytes` of 0 gives the request itself. Bounded in the
    /// same way as [`split_records`](Request::split_records).
    pub fn split_bytes(self, max_bytes: usize) -> Vec<Request> {
        self.split(|part| {
            let large = max_bytes > 0 && part.bytes.len() > max_bytes && part.records > 1;
            large.then(|| part.records.div_ceil(2))
        })
    }

    /// Cuts into two, and each part again, before the record that `cut` names. Halving reads the
    /// request as often as its number of parts has binary digits, and needs no book-keeping of what
    /// each resource and scope adds.
    fn split(self, cut: impl Fn(&Request) -> Option<u32>) -> Vec<Request> {
        let mut spare = self.bytes.len().saturating_mul(COPIES).saturating_add(COPIED_BYTES);
        let mut parts = Vec::new();
        let mut rest = vec![self];
        while let Some(part) = rest.pop() {
            let halves = cut(&part).and_then(|at| {
                let halves = (part.select(|index| index < at)?, part.select(|index| index >= at)?);
                let copied = (halves.0.bytes.len() + halves.1.bytes.len()).saturating_sub(part.bytes.len());
                spare = spare.checked_sub(copied)?;
                Some(halves)
            });
            match halves {
                Some((first, second)) => rest.extend([second, first]),
                None => parts.push(part),
            }
        }
        parts
    }
}

/// How many times a request may be copied by its parts, besides the records.
const COPIES: usize = 4;
/// And how many bytes more, so that small requests come apart whatever their resources.
const COPIED_BYTES: usize = 16 << 20;

struct Selection<'k> {
    index: u32,
    kept: u32,
    keep: &'k mut dyn FnMut(u32) -> bool,
}

impl Selection<'_> {
    /// Copies a message without the records that are not kept, and without what then holds none.
    fn message(&mut self, schema: &'static Message, bytes: &[u8], out: &mut Vec<u8>) {
        for field in Fields::of(bytes) {
            let known = schema.field(field.number);
            match known.map(|known| (known.role, known.kind)) {
                Some((Role::Record, _)) => {
                    if (self.keep)(self.index) {
                        out.extend_from_slice(field.raw);
                        self.kept += 1;
                    }
                    self.index += 1;
                }
                Some((Role::Container, Kind::Message(inner))) => {
                    let (start, before, payload) = (out.len(), self.kept, field.payload());
                    put_nested(out, field.number, payload.len(), |out| self.message(inner, payload, out));
                    if self.kept == before {
                        out.truncate(start);
                    }
                }
                _ => out.extend_from_slice(field.raw),
            }
        }
    }
}
