//! The thread beside the writer that makes the next segment before it is needed, and lets go of those
//! that nobody needs any more: no group waits for either.
//!
//! Spares are made of segments that are let go of; one is made afresh when there is none and the current
//! segment is half full; not beyond the journal's limit, and not while the disk has trouble. Where it cannot be
//! made, nothing happens: the writer makes one when it needs it, and it is the writer's to complain.

use crate::log::segment::Segment;
use crate::log::spare::{Spare, Spares};
use crate::log::{Fault, Next};
use crate::shared::Shared;
use crate::state::State;
use crate::stored::Stored;
use crate::{Health, disk};
use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;

/// Spares that are kept at most. A segment is let go of some time after the next one was begun, and by then
/// one may have been made afresh: the second is for the one after that, and from then on none is made.
const MOST_SPARES: u64 = 2;

/// What the writer and this thread tell one another, under the journal's lock.
#[derive(Debug, Default)]
pub(crate) struct Supplies {
    /// The number of the next segment.
    next_id: u64,
    /// In the order of their numbers.
    spares: VecDeque<Spare>,
    /// A segment was taken and is not begun yet, or the one for it could not be made: no other is made
    /// before one is begun.
    pending: bool,
    /// Files to be let go of, in order.
    gone: VecDeque<Gone>,
    /// The thread is at work.
    busy: bool,
    /// The thread makes nothing any more.
    pub(crate) ended: bool,
}

/// A file that is not written any more.
#[derive(Debug)]
pub(crate) enum Gone {
    /// Its frames are still needed, the space behind them is not.
    Full(Segment),
    /// Nobody needs it.
    Doomed { path: Arc<Path>, is_sound: bool },
}

/// What the thread is to do.
#[derive(Debug)]
enum Chore {
    Seal(Segment),
    Remove(Arc<Path>),
    Recycle(Arc<Path>, u64),
    Make(u64),
}

impl Supplies {
    pub(crate) fn new(next_id: u64) -> Supplies {
        Supplies { next_id, ..Supplies::default() }
    }

    pub(crate) fn let_go(&mut self, gone: Gone) {
        self.gone.push_back(gone);
    }

    /// What the next segment is begun in. None while that is being made, or something is being let go of
    /// whose space may be what is needed.
    pub(crate) fn take(&mut self) -> Option<Next> {
        let next = match self.spares.pop_front() {
            Some(spare) => Next::Ready(spare),
            None if !self.ended && (self.busy || !self.gone.is_empty()) => return None,
            None => Next::ToMake(self.take_id()),
        };
        self.pending = true;
        Some(next)
    }

    /// A segment was begun.
    pub(crate) fn begun(&mut self) {
        self.pending = false;
    }

    fn take_spares(&mut self) -> VecDeque<Spare> {
        std::mem::take(&mut self.spares)
    }

    fn take_id(&mut self) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        id
    }
}

impl Stored {
    /// Whether the thread has something to do.
    pub(crate) fn has_chore(&self, max_bytes: u64) -> bool {
        let none = self.supplies.spares.is_empty();
        !self.supplies.gone.is_empty() || none && self.is_half_full() && self.wants_spare(max_bytes)
    }

    fn take_chore(&mut self, max_bytes: u64) -> Option<Chore> {
        let chore = match self.supplies.gone.pop_front() {
            Some(Gone::Full(segment)) => Chore::Seal(segment),
            Some(Gone::Doomed { path, is_sound: true }) if self.wants_spare(max_bytes) => {
                Chore::Recycle(path, self.supplies.take_id())
            }
            Some(Gone::Doomed { path, .. }) => Chore::Remove(path),
            None if !self.has_chore(max_bytes) => return None,
            None => Chore::Make(self.supplies.take_id()),
        };
        self.supplies.busy = true;
        Some(chore)
    }

    fn wants_spare(&self, max_bytes: u64) -> bool {
        let spares = self.supplies.spares.len() as u64;
        spares < MOST_SPARES
            && !self.supplies.pending
            && !self.stopping
            && *self.health() == Health::Healthy
            && self.full_segments() + (spares + 2) * self.storage.segment_bytes <= max_bytes
    }
}

/// Makes and removes the files of one journal.
#[derive(Debug)]
pub(crate) struct Supply {
    shared: Arc<Shared>,
    spares: Spares,
}

impl Supply {
    pub(crate) fn new(shared: Arc<Shared>, spares: Spares) -> Supply {
        Supply { shared, spares }
    }

    /// Until the writer has ended and everything that can go is gone.
    pub(crate) fn run(self) {
        while let Some(chore) = self.wait() {
            let made = self.perform(chore);
            self.shared.change(|state, effects| {
                let Some(stored) = &mut state.stored else { return };
                let supplies = &mut stored.supplies;
                supplies.busy = false;
                match made {
                    Ok(spare) => supplies.spares.extend(spare),
                    Err(_) => supplies.pending = true,
                }
                effects.write = true;
            });
        }
        let stored = |state: &mut State| state.stored.as_mut().map(|stored| stored.supplies.take_spares());
        let left = stored(&mut self.shared.lock()).unwrap_or_default();
        left.into_iter().for_each(|spare| self.spares.remove(spare));
    }

    /// Sleeps until there is something to do; none when there never will be.
    fn wait(&self) -> Option<Chore> {
        let mut state = self.shared.lock();
        loop {
            let max_bytes = state.settings.max_bytes as u64;
            let stored = state.stored.as_mut()?;
            if let Some(chore) = stored.take_chore(max_bytes) {
                return Some(chore);
            }
            if stored.supplies.ended {
                return None;
            }
            self.shared.wait_for_chore(&mut state);
        }
    }

    fn perform(&self, chore: Chore) -> Result<Option<Spare>, Fault> {
        let made = match chore {
            Chore::Seal(segment) => {
                segment.seal();
                return Ok(None);
            }
            Chore::Remove(path) => {
                if let Err(error) = self.spares.dispose(&path) {
                    // It is found at the next start.
                    tracing::warn!(path = %path.display(), %error, "cannot remove a file of the journal that is not needed any more");
                }
                return Ok(None);
            }
            Chore::Recycle(path, id) => self.spares.recycle(&path, id),
            Chore::Make(id) => self.spares.create(id, 0),
        };
        if let Err(fault) = &made
            && !disk::is_full(&fault.error)
        {
            tracing::warn!(%fault, "cannot make a segment ahead of its time; it is made when it is needed");
        }
        made.map(Some)
    }
}
