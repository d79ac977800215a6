//! Whether there is room for a frame, and what is dropped for it.

use crate::log::{frame, segment};
use crate::ring::Ring;
use crate::state::{Effects, State};
use crate::stored::Stored;
use crate::{DropReason, Frame, Health, NotTaken, OnFull, Volume};

/// Whether a frame finds room.
enum Room {
    Fits,
    /// It does not fit now and is not to be dropped.
    None(NotTaken),
    /// It is to be dropped for this reason.
    Drop(DropReason),
}

impl State {
    /// What a frame takes of the journal's limit.
    pub(crate) fn cost(&self, frame: &Frame) -> u64 {
        match self.stored {
            None => Ring::cost(frame) as u64,
            Some(_) => frame::encoded_len(frame),
        }
    }

    /// What waits, as the journal's limit counts it.
    pub(crate) fn used(&self) -> u64 {
        self.stored.as_ref().map_or(self.ring.bytes() as u64, Stored::used)
    }

    /// The journal's limit.
    pub(crate) fn capacity(&self) -> u64 {
        let max_bytes = self.settings.max_bytes as u64;
        self.stored.as_ref().map_or(max_bytes, |stored| stored.capacity(max_bytes))
    }

    /// What would not fit into an empty journal would wait for ever.
    fn could_fit(&self, cost: u64, volume: Volume) -> Result<(), NotTaken> {
        let capacity = self.capacity();
        let most = capacity.saturating_sub(self.stored.as_ref().map_or(0, |_| segment::START));
        if cost > most {
            return Err(NotTaken::TooLarge { size: cost, limit: most });
        }
        let limits = self.positions.iter().filter(|p| p.required).filter_map(|p| p.limit);
        match limits.into_iter().find(|limit| limit.sizer.size(volume) > limit.size) {
            Some(limit) => Err(NotTaken::TooLarge { size: limit.sizer.size(volume), limit: limit.size }),
            None => Ok(()),
        }
    }

    /// Whether a frame is taken: it finds room, or is to be dropped for a reason. One that finds none makes
    /// the journal full.
    pub(crate) fn room_for(
        &mut self,
        cost: u64,
        volume: Volume,
        effects: &mut Effects,
    ) -> Result<Option<DropReason>, NotTaken> {
        if self.closed {
            return Err(NotTaken::Closed);
        }
        if let Some(stored) = &mut self.stored {
            stored.started = true;
        }
        self.could_fit(cost, volume)?;
        match self.make_room(cost, volume, effects) {
            Room::Fits => Ok(None),
            Room::Drop(reason) => Ok(Some(reason)),
            Room::None(not_taken) => {
                if not_taken == NotTaken::Full {
                    self.refused = cost;
                    self.press(effects);
                    self.end_segment_if_idle(effects);
                }
                Err(not_taken)
            }
        }
    }

    fn make_room(&mut self, cost: u64, volume: Volume, effects: &mut Effects) -> Room {
        let on_full = self.settings.on_full;
        match (self.stored.as_ref().map(Stored::health), on_full) {
            (Some(Health::Failed(_)), _) => return Room::None(NotTaken::StorageFailed),
            (Some(Health::DiskFull), OnFull::DropNewest) => return Room::Drop(DropReason::JournalFull),
            (Some(Health::DiskFull), _) => return Room::None(NotTaken::DiskFull),
            (Some(Health::Healthy) | None, _) => {}
        }
        if self.positions.iter().any(|position| position.required && position.lags(volume)) {
            match on_full {
                OnFull::Refuse | OnFull::Block => return Room::None(NotTaken::Full),
                OnFull::DropNewest => return Room::Drop(DropReason::QueueFull),
                // The cursor that lags makes room for itself once the frame is there.
                OnFull::DropOldest => {}
            }
        }
        if self.fits(cost) {
            return Room::Fits;
        }
        // Frames that only optional cursors still need go first, whatever the policy: an exporter
        // that nobody waits for must not make the pipeline refuse.
        let floor = self.delivered();
        while !self.fits(cost) && self.drop_oldest(floor, effects) {}
        if self.fits(cost) {
            return Room::Fits;
        }
        match on_full {
            OnFull::Refuse | OnFull::Block => Room::None(NotTaken::Full),
            OnFull::DropNewest => Room::Drop(DropReason::JournalFull),
            OnFull::DropOldest => {
                while !self.fits(cost) {
                    // Everything left is on its way to a destination; its space cannot be had back.
                    if !self.drop_oldest(self.visible.requests, effects) {
                        return Room::None(NotTaken::Full);
                    }
                }
                self.press(effects);
                Room::Fits
            }
        }
    }

    fn fits(&self, cost: u64) -> bool {
        self.used() + cost <= self.capacity()
    }

    /// The journal is full: readers that wait for more of a batch must make do with what is there.
    pub(crate) fn press(&mut self, effects: &mut Effects) {
        self.full = true;
        let memory = self.ring.base().requests;
        for position in &mut self.positions {
            effects.wake |= position.wake(false, memory);
        }
    }

    /// The frame below which every required cursor has settled everything.
    pub(crate) fn delivered(&self) -> u64 {
        let required = self.positions.iter().filter(|position| position.required);
        let committed = required.map(|position| position.committed().requests);
        committed.min().unwrap_or(self.ring.head().requests)
    }

    /// Drops the oldest that is unread and below `ceiling`, for every cursor that has not read it: a
    /// frame in memory, a segment on disk. Says whether that may have made room.
    fn drop_oldest(&mut self, ceiling: u64, effects: &mut Effects) -> bool {
        if self.stored.is_some() {
            return self.drop_segment(ceiling, DropReason::JournalFull, effects);
        }
        let oldest = self.positions.iter().map(|position| position.next().requests).min();
        let Some(oldest) = oldest.filter(|seq| *seq < ceiling) else { return false };
        for cursor in 0..self.positions.len() {
            if self.position(cursor).is_some_and(|position| position.next().requests == oldest) {
                self.drop_unread(cursor, DropReason::JournalFull, effects);
            }
        }
        true
    }

    /// Something has left the disk, or a cursor has moved: whether there is room again.
    pub(crate) fn look_for_room(&mut self, effects: &mut Effects) {
        let one = Volume { requests: 1, records: 1, bytes: 1 };
        let lags = || self.positions.iter().any(|position| position.required && position.lags(one));
        if !self.full {
            return;
        }
        match self.fits(self.refused) {
            true if lags() => {}
            true => {
                self.full = false;
                effects.room = true;
            }
            false => self.end_segment_if_idle(effects),
        }
    }
}
