//! Where one cursor stands: what it has read, what it has settled, what is still waiting.

use crate::{DropReason, LagLimit, Settled, Volume};
use std::collections::VecDeque;
use std::sync::Arc;

/// One cursor's bookkeeping.
///
/// ```text
///   committed        next            head
///   ───┴───────────────┴───────────────┴──
///      read, partly    unread
///      settled
/// ```
#[derive(Debug)]
pub(crate) struct Position {
    pub(crate) name: Arc<str>,
    pub(crate) required: bool,
    pub(crate) limit: Option<LagLimit>,
    /// Every frame below it is settled: the contiguous low-water mark. Never falls.
    committed: u64,
    /// The first frame that has not been read.
    next: u64,
    /// Records left to settle of each frame in `committed..next`; 0 for one that was settled ahead
    /// of an older one. No frame without records is ever kept, so 0 is not ambiguous.
    left: VecDeque<u32>,
    unread: Volume,
    waiting: Volume,
    pub(crate) counts: Counts,
    /// Set while the reader sleeps: it is woken when this much is unread, in records or in bytes.
    wake_at: Option<Volume>,
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
            Settled::Dropped(_, reason) => {
                if let Some(count) = self.dropped.get_mut(*reason as usize) {
                    *count += records;
                }
            }
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
    /// A cursor that reads what is appended from `head` on.
    pub(crate) fn new(name: &str, required: bool, limit: Option<LagLimit>, head: u64) -> Position {
        Position {
            name: name.into(),
            required,
            limit,
            committed: head,
            next: head,
            left: VecDeque::new(),
            unread: Volume::default(),
            waiting: Volume::default(),
            counts: Counts::default(),
            wake_at: None,
        }
    }

    /// Every frame below it is settled.
    pub(crate) fn committed(&self) -> u64 {
        self.committed
    }

    /// The first frame that has not been read.
    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    /// Whether all records of a frame are settled.
    pub(crate) fn has_settled(&self, seq: u64) -> bool {
        let index = seq.checked_sub(self.committed).and_then(|index| usize::try_from(index).ok());
        index.is_none_or(|index| self.left.get(index) == Some(&0))
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

    /// A frame was appended. Says whether the reader has to be woken.
    pub(crate) fn accept(&mut self, frame: Volume) -> bool {
        self.counts.accepted += frame.records;
        self.unread.add(frame);
        self.waiting.add(frame);
        self.wake_at.is_some_and(|wanted| self.has_unread(wanted)) && self.wake()
    }

    /// Whether so much is unread, in records or in bytes.
    fn has_unread(&self, wanted: Volume) -> bool {
        let unread = self.unread;
        unread.requests > 0 && (unread.records >= wanted.records || unread.bytes >= wanted.bytes)
    }

    /// Puts the reader to sleep unless so much is unread, or anything if it is not to be choosy.
    /// Says whether it sleeps.
    pub(crate) fn sleep(&mut self, wanted: Volume, choosy: bool) -> bool {
        let sleeps = !self.has_unread(if choosy { wanted } else { Volume::default() });
        self.wake_at = sleeps.then_some(wanted);
        sleeps
    }

    /// Wakes the reader if it sleeps and anything is unread. Says whether it does.
    pub(crate) fn wake(&mut self) -> bool {
        let wakes = self.wake_at.is_some() && self.has_unread(Volume::default());
        if wakes {
            self.wake_at = None;
        }
        wakes
    }

    /// The first unread frame is read.
    pub(crate) fn read(&mut self, frame: Volume) {
        self.next += 1;
        self.unread.subtract(frame);
        self.left.push_back(u32::try_from(frame.records).unwrap_or(u32::MAX));
    }

    /// Some records of a frame are settled. Says whether they were the last of it.
    ///
    /// More than is left would break the accounting for good, so nothing is counted then.
    pub(crate) fn settle(&mut self, seq: u64, settled: &Settled, frame: Volume) -> bool {
        let index = seq.checked_sub(self.committed).and_then(|index| usize::try_from(index).ok());
        let left = index.and_then(|index| self.left.get_mut(index));
        let records = settled.records();
        let Some(left) = left.filter(|left| **left >= records) else {
            debug_assert!(false, "more records settled than were read");
            return false;
        };
        *left -= records;
        let whole = *left == 0;
        self.counts.settle(settled);
        self.waiting.records -= u64::from(records);
        if whole {
            self.waiting.requests -= 1;
            self.waiting.bytes -= frame.bytes;
            while self.left.front() == Some(&0) {
                self.left.pop_front();
                self.committed += 1;
            }
        }
        whole
    }
}
