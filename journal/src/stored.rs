//! What a journal's state knows of the disk: segments by their place, never a frame.

use crate::loaded::Reread;
use crate::log::Extent;
use crate::position::Position;
use crate::state::{Effects, State};
use crate::supply::{Gone, Supplies};
use crate::{DropReason, Health, OnFull, Status, Storage, Unclaimed, Unsettled, Volume};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// The disk, as far as it is known under the journal's lock.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) storage: Storage,
    /// Oldest first; the last one is being written, or was until it failed.
    extents: VecDeque<Extent>,
    /// Bytes of all extents.
    bytes: u64,
    /// Bytes of frames that were appended and are not durable.
    pub(crate) pending: u64,
    /// The segment to come, and files to let go of.
    pub(crate) supplies: Supplies,
    /// Cursors on disk that nobody has asked for yet, or will any more: which of the two is not known
    /// before the first append.
    unclaimed: BTreeMap<String, Volume>,
    /// Names whose files are to be removed.
    forgotten: Vec<String>,
    /// A cursor was claimed whose file may not be durable: nothing may become durable before it is.
    pub(crate) new_cursors: bool,
    /// A cursor has moved since its place was written.
    pub(crate) moved: bool,
    /// Something was appended, so whoever reads has asked for its cursor.
    pub(crate) started: bool,
    /// The last segment holds nothing that anybody needs, and its space is wanted.
    pub(crate) roll_wanted: bool,
    /// The journal is being closed: what is pending is written, then the threads end.
    pub(crate) stopping: bool,
    pub(crate) status: Status,
}

impl Stored {
    /// What recovery found.
    pub(crate) fn new(
        storage: Storage,
        extents: VecDeque<Extent>,
        cursors: BTreeMap<String, Volume>,
        next_id: u64,
    ) -> Stored {
        let status = Status { segments: extents.len() as u64, ..Status::default() };
        Stored {
            storage,
            bytes: extents.iter().map(|extent| extent.end).sum(),
            extents,
            pending: 0,
            supplies: Supplies::new(next_id),
            unclaimed: cursors,
            forgotten: Vec::new(),
            new_cursors: false,
            moved: false,
            started: false,
            roll_wanted: false,
            stopping: false,
            status,
        }
    }

    pub(crate) fn health(&self) -> &Health {
        &self.status.health
    }

    /// Bytes on disk, and those that are to be written.
    pub(crate) fn used(&self) -> u64 {
        self.bytes + self.pending
    }

    /// The part of the limit that `used` may reach: the segment that is being written takes its whole
    /// space at once.
    pub(crate) fn capacity(&self, max_bytes: u64) -> u64 {
        max_bytes.saturating_sub(self.storage.segment_bytes)
    }

    /// The place where a cursor of this name goes on.
    pub(crate) fn claim(&mut self, name: &str, head: Volume) -> Volume {
        self.new_cursors = true;
        self.unclaimed.remove(name).unwrap_or(head)
    }

    /// Lets go of a cursor that nobody has asked for.
    pub(crate) fn forget(&mut self, name: &str) -> bool {
        let known = self.unclaimed.remove(name).is_some();
        if known {
            self.forgotten.push(name.to_owned());
        }
        known
    }

    pub(crate) fn unclaimed(&self, head: Volume) -> Vec<Unclaimed> {
        let unclaimed =
            |(name, at): (&String, &Volume)| Unclaimed { name: name.clone(), waiting: head.since(*at) };
        self.unclaimed.iter().map(unclaimed).collect()
    }

    /// Where the first segment begins.
    pub(crate) fn first_base(&self) -> Option<Volume> {
        self.extents.front().map(Extent::base)
    }

    /// Where the first segment begins that begins behind `at`.
    pub(crate) fn boundary_behind(&self, at: Volume) -> Option<Volume> {
        let index = self.extents.partition_point(|extent| extent.base().requests <= at.requests);
        self.extents.get(index).map(|extent| extent.base())
    }

    /// The segment that has the frame at this place, and where the next one begins.
    pub(crate) fn extent_of(&self, at: Volume) -> Option<(&Extent, Option<Volume>)> {
        let behind = self.extents.partition_point(|extent| extent.base().requests <= at.requests);
        let extent = self.extents.get(behind.checked_sub(1)?)?;
        Some((extent, self.extents.get(behind).map(|next| next.base())))
    }

    /// When the segment of a frame was begun.
    pub(crate) fn created_unix_nano(&self, at: Volume) -> Option<u64> {
        Some(self.extent_of(at)?.0.header.created_unix_nano)
    }

    /// Everything before the first frame that somebody needs.
    pub(crate) fn oldest_needed(&self, state: &State) -> Volume {
        let committed = state.positions.iter().map(Position::committed);
        let all = committed.chain(self.unclaimed.values().copied());
        all.min_by_key(|volume| volume.requests).unwrap_or(state.ring.head())
    }

    /// A segment was begun.
    pub(crate) fn begin(&mut self, extent: Extent) {
        // The one before failed before anything in it was durable.
        if let Some(empty) = self.extents.pop_back_if(|last| last.base() == extent.base()) {
            self.remove(empty);
        }
        self.supplies.begun();
        self.bytes += extent.end;
        self.extents.push_back(extent);
        self.status.segments = self.extents.len() as u64;
    }

    fn remove(&mut self, gone: Extent) {
        self.bytes -= gone.end;
        self.supplies.let_go(Gone::Doomed { path: gone.path, is_sound: gone.is_sound });
        self.status.segments = self.extents.len() as u64;
    }

    /// The disk failed on the segment that is being written, or was about to be.
    pub(crate) fn distrust_last(&mut self) {
        if let Some(last) = self.extents.back_mut() {
            last.is_sound = false;
        }
    }

    /// Bytes of the segments that are not written any more.
    pub(crate) fn full_segments(&self) -> u64 {
        self.bytes - self.extents.back().map_or(0, |last| last.end)
    }

    /// Whether it is time to think of the next segment.
    pub(crate) fn is_half_full(&self) -> bool {
        self.extents.back().is_some_and(|last| last.end >= self.storage.segment_bytes / 2)
    }

    /// Names whose files the writer is to remove.
    pub(crate) fn take_forgotten(&mut self) -> Vec<String> {
        std::mem::take(&mut self.forgotten)
    }

    pub(crate) fn has_forgotten(&self) -> bool {
        !self.forgotten.is_empty()
    }

    /// One fdatasync took so long.
    pub(crate) fn synced(&mut self, took: Duration) {
        self.status.fsyncs += 1;
        self.status.fsync_time += took;
        self.status.fsync_max = self.status.fsync_max.max(took);
    }
}

impl State {
    /// Everything up to `to` is durable, the last segment ends at `end`, and `bytes` of frames came
    /// with it.
    pub(crate) fn durable(&mut self, to: Volume, end: u64, bytes: u64, effects: &mut Effects) {
        let Some(stored) = &mut self.stored else { return };
        stored.pending = stored.pending.saturating_sub(bytes);
        if let Some(last) = stored.extents.back_mut() {
            stored.bytes += end - last.end;
            last.end = end;
        }
        self.recovered(effects);
        self.waiters.durable(to.requests, &mut effects.answered);
        self.show(to.since(self.visible), effects);
        let Some(stored) = &self.stored else { return };
        effects.supply |= stored.has_chore(self.settings.max_bytes as u64);
        let memory = stored.storage.memory;
        self.ring.evict(memory, self.visible.requests, &mut effects.freed);
        self.load_if_behind(effects);
    }

    /// Whether some reader has fallen out of memory and wants what is on disk.
    fn load_if_behind(&mut self, effects: &mut Effects) {
        let memory = self.ring.base().requests;
        effects.load |= self.positions.iter().any(|position| {
            position.next().requests < memory && position.loaded.wanted(position.next(), memory).is_some()
        });
    }

    /// The disk works.
    pub(crate) fn recovered(&mut self, effects: &mut Effects) {
        let Some(stored) = &mut self.stored else { return };
        if stored.status.health != Health::Healthy {
            stored.status.health = Health::Healthy;
            effects.room = true;
        }
    }

    /// The disk does not take what is to be written. Frames stay where they are and are tried again, but
    /// their senders must not wait for that.
    pub(crate) fn failed(&mut self, health: Health, effects: &mut Effects) {
        let why = match health {
            Health::DiskFull => Unsettled::DiskFull,
            _ => Unsettled::StorageFailed,
        };
        self.waiters.fail(self.visible.requests, why, &mut effects.answered);
        if let Some(stored) = &mut self.stored {
            stored.status.health = health;
        }
        effects.room = true;
    }

    /// The disk has no room for another segment: what may be dropped for it is. Says whether there is a
    /// chance now.
    pub(crate) fn relieve(&mut self, effects: &mut Effects) -> bool {
        let ceiling = match self.settings.on_full {
            OnFull::DropOldest => self.visible.requests,
            OnFull::Refuse | OnFull::Block | OnFull::DropNewest => self.delivered(),
        };
        self.drop_segment(ceiling, DropReason::JournalFull, effects)
    }

    /// Drops the oldest segment for every cursor that has not read it, if it ends below `ceiling` and can
    /// go then. Says whether it went.
    pub(crate) fn drop_segment(&mut self, ceiling: u64, reason: DropReason, effects: &mut Effects) -> bool {
        let Some(stored) = &mut self.stored else { return false };
        let Some(end) = stored.extents.get(1).map(|next| next.base()).filter(|end| end.requests <= ceiling)
        else {
            return false;
        };
        if self.positions.iter().any(|position| position.holds_before(end.requests)) {
            return false;
        }
        if !stored.started && stored.unclaimed.values().any(|at| at.requests < end.requests) {
            return false;
        }
        // Nobody counts for these: they have no exporter.
        for (name, at) in stored.unclaimed.iter_mut().filter(|(_, at)| at.requests < end.requests) {
            let lost = end.since(*at).records;
            tracing::warn!(
                cursor = name,
                records = lost,
                "unclaimed cursor loses its oldest records to make room"
            );
            *at = end;
        }
        let segments = stored.extents.len();
        for cursor in 0..self.positions.len() {
            self.skip(cursor, end, reason, effects);
        }
        self.reap(effects);
        self.stored.as_ref().is_some_and(|stored| stored.extents.len() < segments)
    }

    /// Drops segments whose last frame is older than the age limit.
    pub(crate) fn expire(&mut self, now: u64, effects: &mut Effects) {
        let Some(max_age) = self.stored.as_ref().and_then(|stored| stored.storage.max_age) else { return };
        let newest = now.saturating_sub(u64::try_from(max_age.as_nanos()).unwrap_or(u64::MAX));
        // The next one was begun after the last frame of this one was accepted.
        while let Some(next) = self.stored.as_ref().and_then(|stored| stored.extents.get(1)) {
            if next.header.created_unix_nano > newest
                || !self.drop_segment(self.visible.requests, DropReason::Expired, effects)
            {
                return;
            }
        }
    }

    /// A request found no room though nothing waits: the last segment, which is never removed, is in the
    /// way.
    pub(crate) fn end_segment_if_idle(&mut self, effects: &mut Effects) {
        let head = self.ring.head();
        let idle = |stored: &Stored| stored.extents.len() == 1 && stored.oldest_needed(self) == head;
        if self.stored.as_ref().is_some_and(idle)
            && let Some(stored) = &mut self.stored
        {
            stored.roll_wanted = true;
            effects.write = true;
        }
    }

    /// Lets go of the segments that nobody needs any more.
    pub(crate) fn reap(&mut self, effects: &mut Effects) {
        let Some(stored) = &self.stored else { return };
        effects.write |= !stored.moved;
        let needed = match stored.extents.get(1) {
            Some(_) => stored.oldest_needed(self),
            None => Volume::default(),
        };
        let Some(stored) = &mut self.stored else { return };
        stored.moved = true;
        while let Some(next) = stored.extents.get(1)
            && next.base().requests <= needed.requests
            && let Some(gone) = stored.extents.pop_front()
        {
            stored.remove(gone);
            effects.supply = true;
        }
        self.look_for_room(effects);
    }

    /// Where to read on for a cursor, if it needs what is on disk only.
    pub(crate) fn loads_from(&self, cursor: usize) -> Option<Volume> {
        let position = self.position(cursor)?;
        position.loaded.wanted(position.next(), self.ring.base().requests)
    }

    /// What is to be read back: a cursor that does not pause, and from where.
    pub(crate) fn load_wanted(&self, pauses: impl Fn(usize) -> bool) -> Option<(usize, Volume)> {
        let cursors = (0..self.positions.len()).filter(|cursor| !pauses(*cursor));
        let all = cursors.filter_map(|cursor| Some((cursor, self.loads_from(cursor)?)));
        // The one that has least waits longest.
        all.min_by_key(|(index, _)| {
            self.position(*index).map_or(0, |position| position.loaded.volume().bytes)
        })
    }

    /// Frames were read back for a cursor, from `from` to `to`.
    pub(crate) fn load(
        &mut self,
        cursor: usize,
        from: Volume,
        frames: Vec<Reread>,
        to: Volume,
        effects: &mut Effects,
    ) {
        let memory = self.ring.base().requests;
        let Some(position) = self.positions.get_mut(cursor) else { return };
        // It was moved meanwhile: what was read is not wanted any more.
        if position.loaded.wanted(position.next(), memory) != Some(from) {
            return;
        }
        position.loaded.push(frames, to);
        self.close_gap(cursor, effects);
        let (choosy, memory) = (!self.is_full(), self.ring.base().requests);
        if let Some(position) = self.positions.get_mut(cursor) {
            effects.wake |= position.wake(choosy, memory);
        }
    }

    /// A cursor whose next frame the disk has lost goes on behind it.
    pub(crate) fn close_gap(&mut self, cursor: usize, effects: &mut Effects) {
        let Some(position) = self.position(cursor) else { return };
        let (resumes_at, memory) = (position.loaded.resumes_at(), self.ring.base());
        // What is in memory is not lost, whatever the disk says.
        let to = if resumes_at.requests < memory.requests { resumes_at } else { memory };
        if to.requests > position.next().requests {
            self.skip(cursor, to, DropReason::Corrupt, effects);
        }
    }
}
