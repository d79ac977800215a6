//! What a journal keeps: one accepted request with what is known of it.

use component::{Context, Permit};
use pdata::Request;
use std::sync::Arc;

/// One request, its context and the budget it occupies.
///
/// The pipelines of a receiver share one permit: it is given back when the last of them lets go of
/// its frame.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The request as the processors left it.
    pub request: Request,
    /// Who sent it and when.
    pub context: Context,
    /// Bytes of the agent's budget that it stands for.
    pub permit: Arc<Permit>,
}

/// The position of a frame in its journal; counts up from 0 without gaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Seq(pub u64);

/// How much a number of frames is, in every unit that a limit can be written in.
///
/// The volume of everything before a frame is also its place in the journal: `requests` is its sequence
/// number, and the difference of two places is what lies between them, without a look at the frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Volume {
    /// Frames, which are requests.
    pub requests: u64,
    /// Log records, spans or data points.
    pub records: u64,
    /// OTLP bytes.
    pub bytes: u64,
}

impl Volume {
    /// One request's.
    pub(crate) fn of(request: &Request) -> Volume {
        Volume { requests: 1, records: u64::from(request.records()), bytes: request.bytes().len() as u64 }
    }

    /// What lies between two places of a journal, each given as the volume of everything before it.
    /// Nothing if `from` is not before it.
    pub(crate) fn since(self, from: Volume) -> Volume {
        Volume {
            requests: self.requests.saturating_sub(from.requests),
            records: self.records.saturating_sub(from.records),
            bytes: self.bytes.saturating_sub(from.bytes),
        }
    }

    pub(crate) fn add(&mut self, other: Volume) {
        self.requests += other.requests;
        self.records += other.records;
        self.bytes += other.bytes;
    }

    pub(crate) fn subtract(&mut self, other: Volume) {
        self.requests -= other.requests;
        self.records -= other.records;
        self.bytes -= other.bytes;
    }
}
