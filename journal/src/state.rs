//! The journal's state: frames, cursors and waiting senders, changed only under the journal's lock.

use crate::position::Position;
use crate::ring::Ring;
use crate::watermark::{Answered, Waiters};
use crate::{
    CursorSnapshot, DropReason, Frame, LagLimit, NotTaken, OnFull, Receipt, Seq, Settings, Settled,
    Settlement, Sizer, Snapshot, Volume, Watermark,
};

#[derive(Debug, Default)]
pub(crate) struct State {
    settings: Settings,
    ring: Ring,
    positions: Vec<Position>,
    waiters: Waiters,
    closed: bool,
    /// A request found no room, or took that of an older one, and nothing has been settled since.
    full: bool,
}

/// What is left to do once the lock is released: wake, answer, give memory back.
#[derive(Debug, Default)]
#[must_use]
pub(crate) struct Effects {
    /// A reader has what it sleeps for.
    pub(crate) wake: bool,
    /// A frame was settled: there may be room.
    pub(crate) room: bool,
    /// Nothing is taken any more.
    pub(crate) closed: bool,
    pub(crate) answered: Vec<Answered>,
    /// Dropping them frees memory and gives permits back.
    pub(crate) freed: Vec<Frame>,
}

/// Whether a frame finds room.
enum Room {
    Fits,
    /// It does not fit now and is not to be dropped.
    None,
    /// It is to be dropped for this reason.
    Drop(DropReason),
}

impl State {
    pub(crate) fn new(settings: Settings) -> State {
        State { settings, ..State::default() }
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) fn is_full(&self) -> bool {
        self.full
    }

    pub(crate) fn close(&mut self, effects: &mut Effects) {
        self.closed = true;
        effects.closed = true;
    }

    pub(crate) fn add_cursor(&mut self, name: &str, required: bool, limit: Option<LagLimit>) -> usize {
        self.positions.push(Position::new(name, required, limit, self.ring.head()));
        self.positions.len() - 1
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

    pub(crate) fn position_mut(&mut self, cursor: usize) -> Option<&mut Position> {
        self.positions.get_mut(cursor)
    }

    /// The first unread frame of a cursor.
    pub(crate) fn peek(&self, cursor: usize) -> Option<(Seq, &Frame)> {
        let next = self.positions.get(cursor)?.next();
        self.ring.get(next).map(|frame| (Seq(next), frame))
    }

    /// Takes a frame, or hands it back with the reason. The frame may be dropped as `on_full` says.
    pub(crate) fn append(
        &mut self,
        frame: Frame,
        until: Watermark,
        effects: &mut Effects,
    ) -> Result<Receipt, (NotTaken, Frame)> {
        let volume = Volume::of(&frame);
        if self.closed {
            return Err((NotTaken::Closed, frame));
        }
        if volume.records == 0 || self.positions.is_empty() {
            effects.freed.push(frame);
            return Ok(Receipt::known(None, Settlement::default()));
        }
        if let Err(too_large) = self.could_fit(Ring::cost(&frame), volume) {
            return Err((too_large, frame));
        }
        match self.make_room(Ring::cost(&frame), volume, effects) {
            Room::Fits => Ok(self.keep(frame, volume, until, effects)),
            Room::None => {
                self.press(effects);
                Err((NotTaken::Full, frame))
            }
            Room::Drop(reason) => {
                self.press(effects);
                effects.freed.push(frame);
                Ok(self.drop_on_arrival(volume, reason, until))
            }
        }
    }

    /// What would not fit into an empty journal would wait for ever.
    fn could_fit(&self, cost: usize, volume: Volume) -> Result<(), NotTaken> {
        if cost > self.settings.max_bytes {
            return Err(NotTaken::TooLarge { size: cost as u64, limit: self.settings.max_bytes as u64 });
        }
        let limits = self.positions.iter().filter(|p| p.required).filter_map(|p| p.limit);
        match limits.into_iter().find(|limit| limit.sizer.size(volume) > limit.size) {
            Some(limit) => Err(NotTaken::TooLarge { size: limit.sizer.size(volume), limit: limit.size }),
            None => Ok(()),
        }
    }

    fn make_room(&mut self, cost: usize, volume: Volume, effects: &mut Effects) -> Room {
        let on_full = self.settings.on_full;
        if self.positions.iter().any(|position| position.required && position.lags(volume)) {
            match on_full {
                OnFull::Refuse | OnFull::Block => return Room::None,
                OnFull::DropNewest => return Room::Drop(DropReason::QueueFull),
                // The cursor that lags makes room for itself once the frame is there.
                OnFull::DropOldest => {}
            }
        }
        if self.ring.bytes() + cost <= self.settings.max_bytes {
            return Room::Fits;
        }
        // Frames that only optional cursors still need go first, whatever the policy: an exporter
        // that nobody waits for must not make the pipeline refuse.
        let floor = self.delivered();
        while self.ring.bytes() + cost > self.settings.max_bytes {
            if !self.drop_oldest(floor, effects) {
                break;
            }
        }
        if self.ring.bytes() + cost <= self.settings.max_bytes {
            return Room::Fits;
        }
        match on_full {
            OnFull::Refuse | OnFull::Block => Room::None,
            OnFull::DropNewest => Room::Drop(DropReason::JournalFull),
            OnFull::DropOldest => {
                while self.ring.bytes() + cost > self.settings.max_bytes {
                    // Everything left is on its way to a destination; its memory cannot be had back.
                    if !self.drop_oldest(self.ring.head(), effects) {
                        return Room::None;
                    }
                }
                self.press(effects);
                Room::Fits
            }
        }
    }

    /// The journal is full: readers that wait for more of a batch must make do with what is there.
    fn press(&mut self, effects: &mut Effects) {
        self.full = true;
        for position in &mut self.positions {
            effects.wake |= position.wake();
        }
    }

    /// The sequence number that the next frame gets.
    pub(crate) fn head(&self) -> u64 {
        self.ring.head()
    }

    /// The frame below which every required cursor has settled everything.
    pub(crate) fn delivered(&self) -> u64 {
        let required = self.positions.iter().filter(|position| position.required);
        required.map(Position::committed).min().unwrap_or_else(|| self.ring.head())
    }

    /// Drops the oldest unread frame below `ceiling` for every cursor that has not read it.
    fn drop_oldest(&mut self, ceiling: u64, effects: &mut Effects) -> bool {
        let Some(oldest) = self.positions.iter().map(Position::next).min().filter(|seq| *seq < ceiling)
        else {
            return false;
        };
        for cursor in 0..self.positions.len() {
            if self.position(cursor).is_some_and(|position| position.next() == oldest) {
                self.drop_unread(cursor, DropReason::JournalFull, effects);
            }
        }
        true
    }

    /// Drops a cursor's first unread frame.
    fn drop_unread(&mut self, cursor: usize, reason: DropReason, effects: &mut Effects) {
        let Some((seq, records)) = self.read(cursor, |seq, frame| (seq, frame.request.records())) else {
            return;
        };
        self.settle(cursor, seq, &Settled::Dropped(records, reason), effects);
    }

    fn keep(&mut self, frame: Frame, volume: Volume, until: Watermark, effects: &mut Effects) -> Receipt {
        let holders = u32::try_from(self.positions.len()).unwrap_or(u32::MAX);
        let seq = self.ring.push(frame, holders);
        // Registered first: the frame may be dropped again a few lines below.
        let receipt = match until {
            Watermark::Received | Watermark::Durable => Receipt::known(Some(Seq(seq)), Settlement::default()),
            Watermark::Delivered => {
                let required = self.positions.iter().filter(|position| position.required).count();
                self.waiters.register(seq, volume.records, required)
            }
        };
        for position in &mut self.positions {
            effects.wake |= position.accept(volume);
        }
        for cursor in 0..self.positions.len() {
            let head = self.ring.head();
            while self
                .position(cursor)
                .is_some_and(|position| position.lags(Volume::default()) && position.next() < head)
            {
                self.drop_unread(cursor, DropReason::QueueFull, effects);
            }
        }
        receipt
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

    /// Moves a cursor over its first unread frame.
    pub(crate) fn read<T>(&mut self, cursor: usize, with: impl FnOnce(Seq, &Frame) -> T) -> Option<T> {
        let position = self.positions.get_mut(cursor)?;
        let seq = position.next();
        let frame = self.ring.get(seq)?;
        position.read(Volume::of(frame));
        Some(with(Seq(seq), frame))
    }

    /// Records of a frame that a cursor has read are settled.
    pub(crate) fn settle(&mut self, cursor: usize, seq: Seq, settled: &Settled, effects: &mut Effects) {
        if settled.records() == 0 {
            return;
        }
        let (Some(position), Some(frame)) = (self.positions.get_mut(cursor), self.ring.get(seq.0)) else {
            debug_assert!(false, "a frame was settled that is not there");
            return;
        };
        let whole = position.settle(seq.0, settled, Volume::of(frame));
        if position.required {
            effects.answered.extend(self.waiters.settle(seq.0, settled, whole));
        }
        if whole {
            effects.freed.extend(self.ring.release(seq.0));
            effects.room = true;
            self.full = false;
        }
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        let cursor = |position: &Position| {
            let waiting = position.waiting();
            let (sizer, queue_capacity) = match position.limit {
                Some(limit) => (limit.sizer, limit.size),
                None => (Sizer::Bytes, self.settings.max_bytes as u64),
            };
            CursorSnapshot {
                name: position.name.clone(),
                required: position.required,
                accepted: position.counts.accepted,
                delivered: position.counts.delivered,
                dead_lettered: position.counts.dead_lettered,
                dropped: position.counts.dropped(),
                waiting: waiting.records,
                waiting_bytes: waiting.bytes,
                oldest_unix_nano: self
                    .ring
                    .get(position.committed())
                    .filter(|_| waiting.requests > 0)
                    .map(|frame| frame.context.received_unix_nano),
                sizer,
                queue_size: sizer.size(waiting),
                queue_capacity,
            }
        };
        Snapshot {
            requests: self.ring.frames(),
            bytes: self.ring.bytes(),
            max_bytes: self.settings.max_bytes,
            cursors: self.positions.iter().map(cursor).collect(),
        }
    }
}
