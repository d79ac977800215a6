//! The unit that travels: requests that leave together, and the frames they belong to.

use crate::settings::SplitAbove;
use component::Batch;
use journal::{Seq, Taken};
use pdata::{Request, Signal};

/// Where a request of a lot comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin {
    pub(crate) seq: Seq,
    pub(crate) received_unix_nano: u64,
}

/// A batch whose every request knows its frame. A frame may be spread over several lots.
#[derive(Clone, Debug)]
pub(crate) struct Lot {
    batch: Batch,
    /// As many as the batch has requests.
    origins: Vec<Origin>,
}

impl Lot {
    /// `None` of nothing.
    fn new(entries: Vec<(Origin, Request)>) -> Option<Lot> {
        let signal: Signal = entries.first()?.1.signal();
        let (origins, requests) = entries.into_iter().unzip();
        Some(Lot { batch: Batch::new(signal, requests), origins })
    }

    /// What was read, as one lot; as several where the first frame alone is larger than one may be.
    pub(crate) fn of(taken: Vec<Taken>, split_above: SplitAbove) -> Vec<Lot> {
        let entry =
            |Taken { seq, request, received_unix_nano }| (Origin { seq, received_unix_nano }, request);
        let entries: Vec<_> = taken.into_iter().map(entry).collect();
        match <[(Origin, Request); 1]>::try_from(entries) {
            Ok([(origin, request)]) => {
                let parts = request.split_records(split_above.records).into_iter();
                let parts = parts.flat_map(|part| part.split_bytes(split_above.bytes));
                parts.filter_map(|part| Lot::new(vec![(origin, part)])).collect()
            }
            Err(entries) => Lot::new(entries).into_iter().collect(),
        }
    }

    /// Two lots with half of it each; itself if it is a single record.
    pub(crate) fn halves(self) -> Result<(Lot, Lot), Lot> {
        let mut entries: Vec<_> = self.origins().map(|(origin, request)| (origin, request.clone())).collect();
        if let [(origin, request)] = entries.as_slice() {
            let half = request.records().div_ceil(2);
            entries = request.clone().split_records(half).into_iter().map(|part| (*origin, part)).collect();
        }
        let second = entries.split_off(entries.len().div_ceil(2));
        match (Lot::new(entries), Lot::new(second)) {
            (Some(first), Some(second)) => Ok((first, second)),
            _ => Err(self),
        }
    }

    /// The records that `keep` says yes to, by their place in the batch.
    pub(crate) fn select(&self, keep: impl Fn(usize) -> bool) -> Option<Lot> {
        let chosen = self.placed().filter_map(|(origin, request, first)| {
            let part = request.select(|index| keep(first + index as usize))?;
            Some((origin, part))
        });
        Lot::new(chosen.collect())
    }

    /// How many records of each request `keep` says yes to.
    pub(crate) fn count(&self, keep: impl Fn(usize) -> bool) -> impl Iterator<Item = (Seq, u32)> {
        self.placed().map(move |(origin, request, first)| {
            let kept = (0..request.records()).filter(|index| keep(first + *index as usize)).count();
            (origin.seq, u32::try_from(kept).unwrap_or(u32::MAX))
        })
    }

    /// Requests with their frame and the place of their first record in the batch.
    fn placed(&self) -> impl Iterator<Item = (Origin, &Request, usize)> {
        self.origins().scan(0, |next, (origin, request)| {
            let first = *next;
            *next += request.records() as usize;
            Some((origin, request, first))
        })
    }

    pub(crate) fn batch(&self) -> &Batch {
        &self.batch
    }

    pub(crate) fn signal(&self) -> Signal {
        self.batch.signal()
    }

    pub(crate) fn records(&self) -> u64 {
        self.batch.records()
    }

    pub(crate) fn size(&self) -> u64 {
        self.batch.size() as u64
    }

    /// Requests with the frames they belong to.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (Seq, &Request)> {
        self.origins().map(|(origin, request)| (origin.seq, request))
    }

    /// Requests with where they come from.
    pub(crate) fn origins(&self) -> impl Iterator<Item = (Origin, &Request)> {
        self.origins.iter().copied().zip(self.batch.requests())
    }
}
