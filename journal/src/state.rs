//! The journal's state: frames, cursors and waiting senders, changed only under the journal's lock.

use crate::position::Position;
use crate::ring::Ring;
use crate::stored::Stored;
use crate::watermark::{Answered, Waiters};
use crate::{
    DropReason, Frame, Health, LagLimit, NotTaken, OnFull, Receipt, Seq, Settings, Settled, Settlement,
    Taken, Volume, Watermark,
};
use pdata::Request;

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) settings: Settings,
    pub(crate) ring: Ring,
    /// Everything before the first frame that cannot be read yet. In memory that is the head; on disk,
    /// what is durable.
    pub(crate) visible: Volume,
    pub(crate) positions: Vec<Position>,
    pub(crate) waiters: Waiters,
    /// What is on disk; none for a journal in memory.
    pub(crate) stored: Option<Stored>,
    pub(crate) closed: bool,
    /// A request found no room, or took that of an older one, and nothing has been settled since.
    pub(crate) full: bool,
    /// What the request cost that found no room.
    pub(crate) refused: u64,
}

/// What is left to do once the lock is released: wake, answer, give memory back.
#[derive(Debug, Default)]
#[must_use]
pub(crate) struct Effects {
    /// A reader has what it sleeps for.
    pub(crate) wake: bool,
    /// Something has left: there may be room.
    pub(crate) room: bool,
    /// The writer has something to do.
    pub(crate) write: bool,
    /// The next segment can be made, or an old one let go of.
    pub(crate) supply: bool,
    /// A reader has fallen out of memory: something has to be read back.
    pub(crate) load: bool,
    /// Nothing is taken any more.
    pub(crate) closed: bool,
    pub(crate) answered: Vec<Answered>,
    /// Dropping them frees memory and gives permits back.
    pub(crate) freed: Vec<Frame>,
}

impl State {
    pub(crate) fn new(settings: Settings) -> State {
        State { settings, ..State::default() }
    }

    /// A journal on disk, of which everything before `head` was written by an earlier process.
    pub(crate) fn reopened(settings: Settings, stored: Stored, head: Volume) -> State {
        let ring = Ring::new(head);
        State { ring, visible: head, stored: Some(stored), ..State::new(settings) }
    }

    /// Whether a request found no room, and there is none since.
    pub(crate) fn is_full(&self) -> bool {
        self.full
    }

    /// Whether requests are refused whatever they are, so that their bodies need not be read.
    pub(crate) fn refuses(&self) -> bool {
        let full = match self.stored.as_ref().map(Stored::health) {
            Some(Health::Failed(_)) => return true,
            Some(Health::DiskFull) => true,
            Some(Health::Healthy) | None => self.full,
        };
        full && self.settings.on_full == OnFull::Refuse
    }

    pub(crate) fn close(&mut self, effects: &mut Effects) {
        self.closed = true;
        effects.closed = true;
    }

    pub(crate) fn add_cursor(
        &mut self,
        name: &str,
        required: bool,
        limit: Option<LagLimit>,
        effects: &mut Effects,
    ) -> usize {
        let head = self.ring.head();
        let at = self.stored.as_mut().map_or(head, |stored| stored.claim(name, head));
        self.positions.push(Position::new(name, required, limit, at, self.visible, head));
        let cursor = self.positions.len() - 1;
        if let Some(stored) = &self.stored {
            // What came before the first segment is nowhere to be read.
            let readable = stored.first_base().unwrap_or(self.visible);
            self.skip(cursor, readable, DropReason::Corrupt, effects);
        }
        cursor
    }

    /// A cursor's loop has ended. Without a required one nothing more can be delivered; what it has
    /// settled may still reach the others.
    pub(crate) fn remove_reader(&mut self, cursor: usize, effects: &mut Effects) {
        if let Some(position) = self.positions.get(cursor).filter(|position| position.required) {
            self.waiters.abandon(|seq| !position.has_settled(seq));
            self.close(effects);
        }
    }

    pub(crate) fn position(&self, cursor: usize) -> Option<&Position> {
        self.positions.get(cursor)
    }

    /// The first unread frame of a cursor, if it is in memory, and when it was received.
    pub(crate) fn peek(&self, cursor: usize) -> Option<(Seq, &Request, u64)> {
        let position = self.positions.get(cursor)?;
        let next = position.next().requests;
        if next >= self.visible.requests {
            return None;
        }
        let loaded = position.loaded.front().filter(|loaded| loaded.before.requests == next);
        let (request, received) = match loaded {
            Some(loaded) => (&loaded.request, loaded.received_unix_nano),
            None => {
                let frame = self.ring.get(next)?;
                (&frame.request, frame.context.received_unix_nano)
            }
        };
        Some((Seq(next), request, received))
    }

    /// Whether a cursor has read everything that was appended.
    pub(crate) fn is_exhausted(&self, cursor: usize) -> bool {
        self.positions.get(cursor).is_none_or(|position| position.next() == self.ring.head())
    }

    /// Puts a cursor's reader to sleep until so much is unread. Says whether it sleeps.
    pub(crate) fn sleep(&mut self, cursor: usize, wanted: Volume, effects: &mut Effects) -> bool {
        let (choosy, memory) = (!self.full, self.ring.base().requests);
        let Some(position) = self.positions.get_mut(cursor) else { return false };
        let sleeps = position.sleep(wanted, choosy, memory);
        effects.load |= sleeps && position.next().requests < memory;
        sleeps
    }

    /// Takes a frame, or hands it back with the reason. The frame may be dropped as `on_full` says.
    pub(crate) fn append(
        &mut self,
        frame: Frame,
        until: Watermark,
        effects: &mut Effects,
    ) -> Result<Receipt, (NotTaken, Frame)> {
        let volume = Volume::of(&frame.request);
        if !self.closed && (volume.records == 0 || self.positions.is_empty()) {
            effects.freed.push(frame);
            return Ok(Receipt::known(None, Settlement::default()));
        }
        let cost = self.cost(&frame);
        match self.room_for(cost, volume, effects) {
            Ok(None) => Ok(self.keep(frame, cost, volume, until, effects)),
            Ok(Some(reason)) => {
                self.press(effects);
                effects.freed.push(frame);
                Ok(self.drop_on_arrival(volume, reason, until))
            }
            Err(not_taken) => Err((not_taken, frame)),
        }
    }

    /// Drops a cursor's first unread frame. On disk it may take more with it: what cannot be dropped
    /// without a look at the disk.
    pub(crate) fn drop_unread(&mut self, cursor: usize, reason: DropReason, effects: &mut Effects) {
        match self.read(cursor, effects) {
            Some(Taken { seq, request, .. }) => {
                self.settle(cursor, seq, &Settled::Dropped(request.records(), reason), effects);
            }
            None => {
                let Some(next) = self.position(cursor).map(Position::next) else { return };
                let memory = self.ring.base();
                let boundary = self.stored.as_ref().and_then(|stored| stored.boundary_behind(next));
                let to = boundary.filter(|boundary| boundary.requests < memory.requests).unwrap_or(memory);
                self.skip(cursor, to, reason, effects);
            }
        }
    }

    /// Moves a cursor over everything before `to`, which is gone.
    pub(crate) fn skip(&mut self, cursor: usize, to: Volume, reason: DropReason, effects: &mut Effects) {
        let Some(position) = self.positions.get_mut(cursor) else { return };
        let from = position.next().requests;
        if from >= to.requests {
            return;
        }
        position.skip(to, reason);
        if position.required {
            effects.answered.extend(self.waiters.skip(from..to.requests, reason));
        }
        for seq in from.max(self.ring.base().requests)..to.requests {
            effects.freed.extend(self.ring.release(seq));
        }
        self.reap(effects);
    }

    fn keep(
        &mut self,
        frame: Frame,
        cost: u64,
        volume: Volume,
        until: Watermark,
        effects: &mut Effects,
    ) -> Receipt {
        let holders = u32::try_from(self.positions.len()).unwrap_or(u32::MAX);
        let seq = self.ring.push(frame, volume, holders);
        // Registered first: the frame may be dropped again a few lines below.
        let receipt = match until {
            Watermark::Durable if self.stored.is_some() => self.waiters.register_durable(seq),
            Watermark::Received | Watermark::Durable => Receipt::known(Some(Seq(seq)), Settlement::default()),
            Watermark::Delivered => {
                let required = self.positions.iter().filter(|position| position.required).count();
                self.waiters.register(seq, volume.records, required)
            }
        };
        for position in &mut self.positions {
            position.accept(volume);
        }
        match &mut self.stored {
            None => self.show(volume, effects),
            Some(stored) => {
                stored.pending += cost;
                effects.write = true;
            }
        }
        receipt
    }

    /// Frames that were appended can be read.
    pub(crate) fn show(&mut self, frames: Volume, effects: &mut Effects) {
        self.visible.add(frames);
        let memory = self.ring.base().requests;
        for position in &mut self.positions {
            position.show(frames);
            effects.wake |= position.wake(true, memory);
        }
        for cursor in 0..self.positions.len() {
            while self.position(cursor).is_some_and(|position| {
                position.lags(Volume::default()) && position.next().requests < self.visible.requests
            }) {
                self.drop_unread(cursor, DropReason::QueueFull, effects);
            }
        }
    }

    /// Counted, and told to a sender that waits for delivery. One that does not has its answer: it was
    /// received, and to send it again would only be dropped again.
    fn drop_on_arrival(&mut self, volume: Volume, reason: DropReason, until: Watermark) -> Receipt {
        let dropped = Settled::Dropped(u32::try_from(volume.records).unwrap_or(u32::MAX), reason);
        let mut settlement = Settlement::default();
        for position in &mut self.positions {
            position.counts.accepted += volume.records;
            position.counts.settle(&dropped);
            if position.required && until == Watermark::Delivered {
                settlement.add(&dropped);
            }
        }
        Receipt::known(None, settlement.at_most(volume.records))
    }

    /// Moves a cursor over its first unread frame, if that is in memory.
    pub(crate) fn read(&mut self, cursor: usize, effects: &mut Effects) -> Option<Taken> {
        let (seq, request, received_unix_nano) = self.peek(cursor)?;
        let request = request.clone();
        let memory = self.ring.base().requests;
        let position = self.positions.get_mut(cursor)?;
        position.read(Volume::of(&request));
        if position.next().requests < memory {
            effects.load = true;
            self.close_gap(cursor, effects);
        }
        Some(Taken { seq, request, received_unix_nano })
    }

    /// Records of a frame that a cursor has read are settled.
    pub(crate) fn settle(&mut self, cursor: usize, seq: Seq, settled: &Settled, effects: &mut Effects) {
        if settled.records() == 0 {
            return;
        }
        let Some(position) = self.positions.get_mut(cursor) else { return };
        let whole = position.settle(seq.0, settled);
        if position.required {
            effects.answered.extend(self.waiters.settle(seq.0, settled, whole));
        }
        if !whole {
            return;
        }
        effects.freed.extend(self.ring.release(seq.0));
        match self.stored {
            None => {
                effects.room = true;
                self.full = false;
            }
            Some(_) => self.reap(effects),
        }
    }
}
