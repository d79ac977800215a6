//! One exporter's side of a journal: reading and settling.

use crate::{Journal, Seq, Settled, Volume};
use pdata::Request;
use std::sync::Arc;

/// Frames that are read or settled under one lock. A batch may have thousands, and receivers need
/// the lock as well.
const FRAMES_A_LOCK: usize = 256;

/// A reading position. Dropping a required one closes the journal, and the senders of what it has
/// not settled are told so.
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
    /// When it arrived at the agent, nanoseconds since the Unix epoch.
    pub received_unix_nano: u64,
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

    /// Waits until at least `records` or `bytes` are unread, or anything at all while the journal is
    /// full. What is on disk only is read back meanwhile, a few MiB at a time, and more than that is not
    /// waited for. Reads nothing, so it can be cancelled, and a batch that is forming costs one wake-up,
    /// not one a frame.
    pub async fn unread(&mut self, records: u64, bytes: u64) {
        let wanted = Volume { requests: 0, records, bytes };
        loop {
            // Enabled before the look: what is appended in between is not missed.
            let mut appended = std::pin::pin!(self.journal.appended().notified());
            appended.as_mut().enable();
            let sleeps = self.journal.change(|state, effects| state.sleep(self.index, wanted, effects));
            if !sleeps {
                return;
            }
            appended.await;
        }
    }

    /// Reads a portion of what is unread now, in order; nothing if nothing is unread or, on disk, nothing
    /// has been read back since [`Cursor::unread`].
    pub fn take(&mut self, portion: Portion) -> Vec<Taken> {
        let mut taken = Vec::new();
        let (mut records, mut bytes) = (0, 0);
        let mut more = true;
        while more {
            more = self.journal.change(|state, effects| {
                for _ in 0..FRAMES_A_LOCK {
                    let Some((_, request, _)) = state.peek(self.index) else { return false };
                    let volume = Volume::of(request);
                    records += volume.records;
                    bytes += volume.bytes;
                    if !taken.is_empty() && (records > portion.max_records || bytes > portion.max_bytes) {
                        return false;
                    }
                    taken.extend(state.read(self.index, effects));
                    if records >= portion.records || bytes >= portion.bytes {
                        return false;
                    }
                }
                true
            });
        }
        taken
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

    /// Whether everything appended so far was read, also what is not durable yet.
    pub fn is_exhausted(&self) -> bool {
        self.journal.change(|state, _| state.is_exhausted(self.index))
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

    /// Settles records of many frames.
    pub fn settle_all(&self, all: impl IntoIterator<Item = (Seq, Settled)>) {
        let mut all = all.into_iter().peekable();
        while all.peek().is_some() {
            self.journal.change(|state, effects| {
                for (seq, settled) in all.by_ref().take(FRAMES_A_LOCK) {
                    state.settle(self.index, seq, &settled, effects);
                }
            });
        }
    }
}
