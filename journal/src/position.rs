//! Where one cursor stands: what it has read, what it has settled, what is still waiting.

use crate::loaded::Loaded;
use crate::{DropReason, LagLimit, Settled, Volume};
use std::collections::VecDeque;
use std::sync::Arc;

/// Frames that are read and settled, behind one that is not, are forgotten in batches of this size.
const SETTLED_AHEAD: usize = 16 << 10;

/// One cursor's bookkeeping.
///
/// ```text
///   committed        next          visible         head
///   ───┴───────────────┴──────────────┴──────────────┴──
///      read, partly    unread         not durable yet
///      settled
/// ```
#[derive(Debug)]
pub(crate) struct Position {
    pub(crate) name: Arc<str>,
    pub(crate) required: bool,
    pub(crate) limit: Option<LagLimit>,
    /// Everything before the first frame that has not been read.
    next: Volume,
    /// Frames that were read and, but for stragglers, not settled; the first one never is.
    open: VecDeque<Open>,
    /// Settled frames in `open`, behind one that is not settled.
    settled_ahead: usize,
    unread: Volume,
    waiting: Volume,
    pub(crate) counts: Counts,
    /// Unread frames that were read back from disk.
    pub(crate) loaded: Loaded,
    /// Set while the reader sleeps: it is woken when this much is unread, in records or in bytes.
    wake_at: Option<Volume>,
}

/// A frame that was read.
#[derive(Debug)]
struct Open {
    /// Everything before it.
    before: Volume,
    bytes: u32,
    /// Records left to settle. No frame without records is ever kept, so 0 is not ambiguous.
    left: u32,
}

/// Records by what became of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) accepted: u64,
    pub(crate) delivered: u64,
    pub(crate) dead_lettered: u64,
    dropped: [u64; DropReason::ALL.len()],
}

impl Counts {
    pub(crate) fn settle(&mut self, settled: &Settled) {
        let records = u64::from(settled.records());
        match settled {
            Settled::Delivered(_) => self.delivered += records,
            Settled::DeadLettered(..) => self.dead_lettered += records,
            Settled::Dropped(_, reason) => self.drop(records, *reason),
        }
    }

    fn drop(&mut self, records: u64, reason: DropReason) {
        if let Some(count) = self.dropped.get_mut(reason as usize) {
            *count += records;
        }
    }

    pub(crate) fn dropped(&self) -> [(DropReason, u64); DropReason::ALL.len()] {
        let mut dropped = DropReason::ALL.map(|reason| (reason, 0));
        for ((_, records), count) in dropped.iter_mut().zip(self.dropped) {
            *records = count;
        }
        dropped
    }
}

impl Position {
    /// A cursor that goes on at `at`, in a journal that has frames up to `head`, readable up to
    /// `visible`.
    pub(crate) fn new(
        name: &str,
        required: bool,
        limit: Option<LagLimit>,
        at: Volume,
        visible: Volume,
        head: Volume,
    ) -> Position {
        let waiting = head.since(at);
        Position {
            name: name.into(),
            required,
            limit,
            next: at,
            open: VecDeque::new(),
            settled_ahead: 0,
            unread: visible.since(at),
            waiting,
            counts: Counts { accepted: waiting.records, ..Counts::default() },
            loaded: Loaded::default(),
            wake_at: None,
        }
    }

    /// Everything before the first frame that is not settled. Never falls.
    pub(crate) fn committed(&self) -> Volume {
        self.open.front().map_or(self.next, |open| open.before)
    }

    /// Everything before the first frame that has not been read.
    pub(crate) fn next(&self) -> Volume {
        self.next
    }

    /// Whether a frame before `seq` was read and is not settled.
    pub(crate) fn holds_before(&self, seq: u64) -> bool {
        self.open.front().is_some_and(|open| open.before.requests < seq)
    }

    /// Whether all records of a frame are settled.
    pub(crate) fn has_settled(&self, seq: u64) -> bool {
        seq < self.next.requests
            && self.index(seq).and_then(|index| self.open.get(index)).is_none_or(|open| open.left == 0)
    }

    fn index(&self, seq: u64) -> Option<usize> {
        let first = self.open.front()?.before.requests;
        let index = usize::try_from(seq.checked_sub(first)?).ok()?;
        // Exact unless frames were skipped or forgotten in between.
        match self.open.get(index) {
            Some(open) if open.before.requests == seq => Some(index),
            _ => self.open.binary_search_by_key(&seq, |open| open.before.requests).ok(),
        }
    }

    /// What has not been settled. A partly settled frame counts whole in requests and bytes.
    pub(crate) fn waiting(&self) -> Volume {
        self.waiting
    }

    /// Whether it would lag too far with `more` on top.
    pub(crate) fn lags(&self, more: Volume) -> bool {
        let too_far = |limit: LagLimit| {
            limit.sizer.size(self.waiting).saturating_add(limit.sizer.size(more)) > limit.size
        };
        self.limit.is_some_and(too_far)
    }

    /// A frame was appended.
    pub(crate) fn accept(&mut self, frame: Volume) {
        self.counts.accepted += frame.records;
        self.waiting.add(frame);
    }

    /// Frames that were appended can be read.
    pub(crate) fn show(&mut self, frames: Volume) {
        self.unread.add(frames);
    }

    /// Whether so much can be read at once, in records or in bytes, of a journal whose memory begins
    /// at `memory`.
    fn has_unread(&self, wanted: Volume, memory: u64) -> bool {
        let enough = |volume: Volume| {
            volume.requests > 0 && (volume.records >= wanted.records || volume.bytes >= wanted.bytes)
        };
        match self.next.requests >= memory {
            true => enough(self.unread),
            false => {
                let loaded = self.loaded.volume();
                // More than what is loaded at most is not worth waiting for.
                enough(loaded) || loaded.requests > 0 && self.loaded.is_enough(memory)
            }
        }
    }

    /// Puts the reader to sleep unless so much is unread, or anything if it is not to be choosy.
    /// Says whether it sleeps.
    pub(crate) fn sleep(&mut self, wanted: Volume, choosy: bool, memory: u64) -> bool {
        let sleeps = !self.has_unread(if choosy { wanted } else { Volume::default() }, memory);
        self.wake_at = sleeps.then_some(wanted);
        sleeps
    }

    /// Wakes the reader if it sleeps and what it waits for is there, or anything at all if it is not to
    /// be choosy. Says whether it does.
    pub(crate) fn wake(&mut self, choosy: bool, memory: u64) -> bool {
        let Some(wanted) = self.wake_at else { return false };
        let wakes = self.has_unread(if choosy { wanted } else { Volume::default() }, memory);
        if wakes {
            self.wake_at = None;
        }
        wakes
    }

    /// The first unread frame is read.
    pub(crate) fn read(&mut self, frame: Volume) {
        let narrow = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        let (bytes, left) = (narrow(frame.bytes), narrow(frame.records));
        self.open.push_back(Open { before: self.next, bytes, left });
        self.advance(frame);
    }

    /// All unread frames before `to` are gone. Says how much that was.
    pub(crate) fn skip(&mut self, to: Volume, reason: DropReason) -> Volume {
        let skipped = to.since(self.next);
        self.counts.drop(skipped.records, reason);
        self.waiting.subtract(skipped);
        self.advance(skipped);
        skipped
    }

    fn advance(&mut self, over: Volume) {
        self.next.add(over);
        self.unread.subtract(over);
        self.loaded.release(self.next);
    }

    /// Some records of a frame are settled. Says whether they were the last of it.
    ///
    /// More than is left would break the accounting for good, so nothing is counted then.
    pub(crate) fn settle(&mut self, seq: u64, settled: &Settled) -> bool {
        let records = settled.records();
        let index = self.index(seq);
        let Some(open) = index.and_then(|i| self.open.get_mut(i)).filter(|open| open.left >= records) else {
            debug_assert!(false, "more records settled than were read");
            return false;
        };
        open.left -= records;
        let (whole, bytes) = (open.left == 0, u64::from(open.bytes));
        self.counts.settle(settled);
        self.waiting.records -= u64::from(records);
        if whole {
            self.waiting.requests -= 1;
            self.waiting.bytes -= bytes;
            self.settled_ahead += 1;
            while self.open.front().is_some_and(|open| open.left == 0) {
                self.open.pop_front();
                self.settled_ahead -= 1;
            }
            // One frame that takes for ever must not make the list grow for ever.
            if self.settled_ahead >= SETTLED_AHEAD && self.settled_ahead * 2 > self.open.len() {
                self.open.retain(|open| open.left > 0);
                self.settled_ahead = 0;
            }
        }
        whole
    }
}
