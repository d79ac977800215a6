//! One exporter's side of a journal: reading and settling.

use crate::{Journal, Seq, Settled, Volume};
use pdata::Request;
use std::sync::Arc;

/// A reading position. Dropping a required one closes the journal: its senders are told that
/// nothing will be delivered any more.
#[derive(Debug)]
pub struct Cursor {
    journal: Arc<Journal>,
    index: usize,
}

/// A frame that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// What to settle it by.
    pub seq: Seq,
    /// The request.
    pub request: Request,
}

/// How much to read at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Portion {
    /// Enough records: reading stops once it has as many.
    pub records: u64,
    /// Enough bytes: reading stops once it has as many.
    pub bytes: u64,
    /// At most this many records, unless the first frame alone has more.
    pub max_records: u64,
    /// At most this many bytes, unless the first frame alone has more.
    pub max_bytes: u64,
}

impl Portion {
    /// One frame, whatever its size.
    pub const ONE: Portion = Portion { records: 1, bytes: 1, max_records: 1, max_bytes: 1 };
}

impl Cursor {
    pub(crate) fn new(journal: Arc<Journal>, index: usize) -> Cursor {
        Cursor { journal, index }
    }

    /// Waits until at least `records` or `bytes` are unread. Reads nothing, so it can be cancelled,
    /// and a batch that is forming costs one wake-up, not one a frame.
    pub async fn unread(&mut self, records: u64, bytes: u64) {
        let wanted = Volume { requests: 0, records, bytes };
        loop {
            let mut appended = std::pin::pin!(self.journal.appended().notified());
            appended.as_mut().enable();
            let there = self.journal.change(|state, _| {
                let Some(position) = state.position_mut(self.index) else { return false };
                let unread = position.unread();
                let there = unread.requests > 0 && (unread.records >= records || unread.bytes >= bytes);
                position.wake_at = (!there).then_some(wanted);
                there
            });
            if there {
                return;
            }
            appended.await;
        }
    }

    /// Reads a portion of what is unread now, in order; nothing if nothing is unread.
    pub fn take(&mut self, portion: Portion) -> Vec<Taken> {
        self.journal.change(|state, _| {
            let mut taken = Vec::new();
            let (mut records, mut bytes) = (0, 0);
            while records < portion.records && bytes < portion.bytes {
                let Some((_, frame)) = state.peek(self.index) else { break };
                let volume = Volume::of(frame);
                records += volume.records;
                bytes += volume.bytes;
                if !taken.is_empty() && (records > portion.max_records || bytes > portion.max_bytes) {
                    break;
                }
                taken.extend(
                    state.read(self.index, |seq, frame| Taken { seq, request: frame.request.clone() }),
                );
            }
            taken
        })
    }

    /// Waits for one frame and reads it.
    pub async fn next(&mut self) -> Taken {
        loop {
            self.unread(1, 1).await;
            if let Some(taken) = self.take(Portion::ONE).pop() {
                return taken;
            }
        }
    }

    /// Whether everything appended so far was read.
    pub fn is_exhausted(&self) -> bool {
        self.journal.change(|state, _| state.peek(self.index).is_none())
    }

    /// Settles what this cursor reads; can be given to whoever delivers it.
    pub fn settler(&self) -> Settler {
        Settler { journal: Arc::clone(&self.journal), index: self.index }
    }

    /// Records that are not settled, read or not.
    pub fn waiting(&self) -> u64 {
        self.journal
            .change(|state, _| state.position(self.index).map_or(0, |position| position.waiting().records))
    }
}

impl Drop for Cursor {
    fn drop(&mut self) {
        self.journal.change(|state, effects| state.remove_reader(self.index, effects));
    }
}

/// Says what became of the frames that a cursor has read.
#[derive(Clone, Debug)]
pub struct Settler {
    journal: Arc<Journal>,
    index: usize,
}

impl Settler {
    /// Settles records of one frame. A frame may be settled in parts, in any order; it leaves when
    /// all its records are settled at every cursor.
    pub fn settle(&self, seq: Seq, settled: Settled) {
        self.settle_all([(seq, settled)]);
    }

    /// Settles records of many frames under one lock.
    pub fn settle_all(&self, all: impl IntoIterator<Item = (Seq, Settled)>) {
        self.journal.change(|state, effects| {
            for (seq, settled) in all {
                state.settle(self.index, seq, &settled, effects);
            }
        });
    }
}
