//! One pipeline's journal: its state under one lock, and those who wait for a change of it.

use crate::state::{Effects, State};
use crate::{Cursor, Frame, LagLimit, NotTaken, OnFull, Receipt, Seq, Settings, Snapshot, Watermark};
use parking_lot::Mutex;
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

    /// A reading position behind everything appended so far.
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
            Watermark::Received => state.head(),
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
