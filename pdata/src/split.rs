//! Joining requests, and taking them apart down to single records.

use crate::schema::{Kind, Message, Role};
use crate::wire::{Fields, put_len};
use crate::{Request, Signal};
use bytes::{Bytes, BytesMut};

impl Request {
    /// One request with the records of all, in order. Concatenated export requests are an export
    /// request: the resources of the second follow those of the first.
    pub fn join(signal: Signal, requests: &[Request]) -> Request {
        if let [one] = requests {
            return one.clone();
        }
        let mut bytes = BytesMut::with_capacity(requests.iter().map(|request| request.bytes.len()).sum());
        let mut records = 0;
        for request in requests {
            debug_assert_eq!(request.signal, signal);
            bytes.extend_from_slice(&request.bytes);
            records += request.records;
        }
        Request::trusted(signal, bytes.freeze(), records)
    }

    /// The records that `keep` says yes to, by their index in the request, under the same resources
    /// and scopes. `None` where that is none.
    pub fn select(&self, mut keep: impl FnMut(u32) -> bool) -> Option<Request> {
        let mut selection = Selection { index: 0, kept: 0, keep: &mut keep };
        let mut out = Vec::with_capacity(self.bytes.len());
        selection.message(self.signal.schema(), &self.bytes, &mut out);
        (selection.kept > 0).then(|| Request::trusted(self.signal, Bytes::from(out), selection.kept))
    }

    /// Parts of at most `max_records` records each, in order. A request that is small enough, or
    /// a `max_records` of 0, gives the request itself.
    pub fn split_records(self, max_records: u32) -> Vec<Request> {
        if max_records == 0 || self.records <= max_records {
            return vec![self];
        }
        let starts = (0..self.records).step_by(max_records as usize);
        starts
            .filter_map(|start| self.select(|index| index >= start && index - start < max_records))
            .collect()
    }

    /// Parts of at most `max_bytes` each, in order, as far as splitting between records can do it:
    /// a single record may be larger. A `max_bytes` of 0 gives the request itself.
    pub fn split_bytes(self, max_bytes: usize) -> Vec<Request> {
        if max_bytes == 0 || self.bytes.len() <= max_bytes || self.records <= 1 {
            return vec![self];
        }
        // Halving needs no book-keeping of what each resource and scope adds, and ends at single records.
        let half = self.records.div_ceil(2);
        let halves = self.split_records(half);
        halves.into_iter().flat_map(|half| half.split_bytes(max_bytes)).collect()
    }
}

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
                    let before = self.kept;
                    let mut part = Vec::new();
                    self.message(inner, field.payload(), &mut part);
                    if self.kept > before {
                        put_len(out, field.number, &part);
                    }
                }
                _ => out.extend_from_slice(field.raw),
            }
        }
    }
}
