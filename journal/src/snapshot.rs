//! The accounting at one moment, read under one lock.

use crate::{DropReason, Sizer};
use std::sync::Arc;

/// What a journal holds.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Requests that some cursor still needs.
    pub requests: usize,
    /// What they cost, as [`Settings::max_bytes`](crate::Settings::max_bytes) counts it.
    pub bytes: usize,
    /// The limit of `bytes`.
    pub max_bytes: usize,
    /// Every cursor, in the order they were made.
    pub cursors: Vec<CursorSnapshot>,
}

/// One cursor's side of the accounting identity. Counts are records unless they say otherwise.
#[derive(Clone, Debug)]
pub struct CursorSnapshot {
    /// The exporter's id.
    pub name: Arc<str>,
    /// Whether `ack: delivered` waits for it.
    pub required: bool,
    /// Appended since it was made.
    pub accepted: u64,
    /// The destination has them.
    pub delivered: u64,
    /// The dead letters have them.
    pub dead_lettered: u64,
    /// Gone, by reason; every reason is there, also with 0.
    pub dropped: [(DropReason, u64); DropReason::ALL.len()],
    /// Neither delivered nor given up, whether read or not.
    pub waiting: u64,
    /// OTLP bytes of the requests that are waiting.
    pub waiting_bytes: u64,
    /// When the oldest request that is waiting arrived, nanoseconds since the Unix epoch.
    pub oldest_unix_nano: Option<u64>,
    /// The unit of `queue_size` and `queue_capacity`: the lag limit's, bytes without one.
    pub sizer: Sizer,
    /// What is waiting.
    pub queue_size: u64,
    /// What may wait: the lag limit, the journal's bytes without one.
    pub queue_capacity: u64,
}

impl CursorSnapshot {
    /// Whether every accepted record is accounted for.
    pub fn is_balanced(&self) -> bool {
        let dropped: u64 = self.dropped.iter().map(|(_, records)| records).sum();
        self.accepted == self.delivered + self.dead_lettered + dropped + self.waiting
    }
}
