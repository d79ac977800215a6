//! A journal's state under its lock, and everybody who waits for a change of it.

use crate::OnFull;
use crate::log::Next;
use crate::state::{Effects, State};
use crate::sync::{Condvar, Mutex, MutexGuard};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use tokio::sync::Notify;

/// What senders, readers and the journal's own threads share.
#[derive(Debug)]
pub(crate) struct Shared {
    /// Held for bookkeeping only: never while something is awaited, woken, freed, read or written.
    state: Mutex<State>,
    /// Mirrors [`State::refuses`] for receivers, which ask before every body.
    full: AtomicBool,
    /// Readers sleep here until a frame is worth waking up for.
    pub(crate) appended: Notify,
    /// Senders sleep here under [`OnFull::Block`] until there may be room.
    pub(crate) room: Notify,
    /// The writer sleeps here.
    work: Condvar,
    /// The thread that makes segments sleeps here.
    supply: Condvar,
    /// The thread that reads back sleeps here.
    backlog: Condvar,
}

impl Shared {
    pub(crate) fn new(state: State) -> Shared {
        Shared {
            state: Mutex::new(state),
            full: AtomicBool::new(false),
            appended: Notify::new(),
            room: Notify::new(),
            work: Condvar::new(),
            supply: Condvar::new(),
            backlog: Condvar::new(),
        }
    }

    /// Changes the state under the lock, then does what follows from the change without it.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut State, &mut Effects) -> T) -> T {
        let mut effects = Effects::default();
        let result = {
            let mut state = self.state.lock();
            let result = change(&mut state, &mut effects);
            let full = state.refuses();
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
        // These cost nothing while the thread is busy.
        if effects.write {
            self.work.notify_one();
        }
        if effects.supply {
            self.supply.notify_one();
        }
        if effects.load {
            self.backlog.notify_one();
        }
        for (answer, settlement) in effects.answered {
            // A sender that has gone does not need its answer.
            let _ = answer.send(settlement);
        }
        drop(effects.freed);
        result
    }

    /// The state, to look at it.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    pub(crate) fn refuses(&self) -> bool {
        self.full.load(Ordering::Relaxed)
    }

    pub(crate) fn policy(&self) -> OnFull {
        self.lock().settings.on_full
    }

    /// Sleeps until something is to be written, `until` at the latest.
    pub(crate) fn wait_for_work(&self, state: &mut MutexGuard<'_, State>, until: Option<Instant>) {
        match until {
            Some(until) => {
                self.work.wait_until(state, until);
            }
            None => self.work.wait(state),
        }
    }

    /// What the next segment is begun in, when that is known. For the writer, whose sleep this is.
    pub(crate) fn next_segment(&self) -> Option<Next> {
        let mut state = self.lock();
        loop {
            if let Some(next) = state.stored.as_mut()?.supplies.take() {
                return Some(next);
            }
            self.work.wait(&mut state);
        }
    }

    /// Sleeps until a segment is to be made or let go of.
    pub(crate) fn wait_for_chore(&self, state: &mut MutexGuard<'_, State>) {
        self.supply.wait(state);
    }

    /// Sleeps until something is to be read back, `until` at the latest.
    pub(crate) fn wait_for_backlog(&self, state: &mut MutexGuard<'_, State>, until: Option<Instant>) {
        match until {
            Some(until) => {
                self.backlog.wait_until(state, until);
            }
            None => self.backlog.wait(state),
        }
    }

    /// Tells the journal's threads to end once what is pending is written.
    pub(crate) fn stop(&self) {
        self.change(|state, effects| {
            if let Some(stored) = &mut state.stored {
                stored.stopping = true;
            }
            state.close(effects);
            effects.write = true;
            effects.load = true;
        });
    }

    /// The writer has ended: nobody needs a segment any more. Or whoever makes them has.
    pub(crate) fn end_supply(&self) {
        self.change(|state, effects| {
            if let Some(stored) = &mut state.stored {
                stored.supplies.ended = true;
            }
            effects.write = true;
            effects.supply = true;
        });
    }
}
