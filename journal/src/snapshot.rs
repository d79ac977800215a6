//! The accounting at one moment, read under one lock.

use crate::position::Position;
use crate::state::State;
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
    /// Appended since it was made; on disk, what was waiting for it when the journal was opened, and
    /// what was appended since.
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
    /// When the oldest request that is waiting arrived, nanoseconds since the Unix epoch. Where it is on
    /// disk only, when its segment was begun.
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

impl State {
    /// The accounting of this moment.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let requests = match &self.stored {
            None => self.ring.frames(),
            Some(stored) => {
                let waiting = self.ring.head().since(stored.oldest_needed(self));
                usize::try_from(waiting.requests).unwrap_or(usize::MAX)
            }
        };
        Snapshot {
            requests,
            bytes: usize::try_from(self.used()).unwrap_or(usize::MAX),
            max_bytes: usize::try_from(self.capacity()).unwrap_or(usize::MAX),
            cursors: self.positions.iter().map(|position| self.cursor_snapshot(position)).collect(),
        }
    }

    fn cursor_snapshot(&self, position: &Position) -> CursorSnapshot {
        let waiting = position.waiting();
        let (sizer, queue_capacity) = match position.limit {
            Some(limit) => (limit.sizer, limit.size),
            None => (Sizer::Bytes, self.capacity()),
        };
        CursorSnapshot {
            name: Arc::clone(&position.name),
            required: position.required,
            accepted: position.counts.accepted,
            delivered: position.counts.delivered,
            dead_lettered: position.counts.dead_lettered,
            dropped: position.counts.dropped(),
            waiting: waiting.records,
            waiting_bytes: waiting.bytes,
            oldest_unix_nano: (waiting.requests > 0).then(|| self.oldest_unix_nano(position)).flatten(),
            sizer,
            queue_size: sizer.size(waiting),
            queue_capacity,
        }
    }

    fn oldest_unix_nano(&self, position: &Position) -> Option<u64> {
        let committed = position.committed();
        let loaded = position.loaded.front().filter(|frame| frame.before == committed);
        match (self.ring.get(committed.requests), loaded) {
            (Some(frame), _) => Some(frame.context.received_unix_nano),
            (None, Some(loaded)) => Some(loaded.received_unix_nano),
            (None, None) => self.stored.as_ref()?.created_unix_nano(committed),
        }
    }
}
