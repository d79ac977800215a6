//! The thread that writes: groups of frames, and the cursors' places.
//!
//! There is no timer between a frame and its fdatasync: while one group is being synced the next one
//! forms, so that the groups are as large as the disk is slow.

use crate::disk::{self, Disk};
use crate::log::places::Places;
use crate::log::{Extent, Fault, Log, frame};
use crate::shared::Shared;
use crate::state::State;
use crate::supply::Gone;
use crate::{Frame, Fsync, Health, Storage, Volume};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Bytes of frames that are written at once.
const GROUP_BYTES: u64 = 4 << 20;
/// Frames that are written at once: the lock is held while they are collected.
const GROUP_FRAMES: usize = 1024;
/// How often the cursors' places are written while they move.
const PLACES_EVERY: Duration = Duration::from_millis(200);
/// Parts of the age limit by which something may leave too late.
const AGE_STEPS: u32 = 8;
/// The pause after the second failure.
const FIRST_RETRY: Duration = Duration::from_millis(100);
/// The longest pause after a failure.
const LAST_RETRY: Duration = Duration::from_secs(10);
/// The longest pause while there is no space: somebody may be making some.
const LAST_RETRY_FULL: Duration = Duration::from_secs(1);

/// Writes one journal.
#[derive(Debug)]
pub(crate) struct Writer {
    shared: Arc<Shared>,
    disk: Arc<dyn Disk>,
    storage: Storage,
    log: Log,
    places: Places,
    /// Everything that was written to the current segment or an earlier one.
    written: Volume,
    /// A segment that nothing is durable in yet. Until something is, it is the one before that tells
    /// where the log ends, and none may be let go of.
    begun: Option<Extent>,
    /// Bytes of frames that were written and not made durable.
    unsynced: u64,
    synced_at: Instant,
    places_at: Instant,
    aged_at: Instant,
    /// Failures since something last became durable.
    failures: u32,
    retry_at: Option<Instant>,
}

/// What there is to do.
struct Work {
    stopping: bool,
    /// Whether it is time to write frames; after a failure it is not for a while.
    may_write: bool,
    group: Vec<(Volume, Frame)>,
    forgotten: Vec<String>,
    new_cursors: bool,
    roll: bool,
    places: Vec<(Arc<str>, Volume)>,
}

impl Writer {
    /// The writer of a journal that was recovered with everything before `head`.
    pub(crate) fn new(
        shared: Arc<Shared>,
        disk: Arc<dyn Disk>,
        storage: Storage,
        directory: &Path,
        log: Log,
        head: Volume,
    ) -> Writer {
        let now = Instant::now();
        let places = Places::new(Arc::clone(&disk), directory);
        Writer {
            shared,
            disk,
            storage,
            log,
            places,
            written: head,
            begun: None,
            unsynced: 0,
            synced_at: now,
            places_at: now,
            aged_at: now,
            failures: 0,
            retry_at: None,
        }
    }

    /// Until the journal is closed and everything is written, or cannot be.
    pub(crate) fn run(mut self) {
        let mut stopping = false;
        loop {
            let work = self.wait();
            if work.stopping && !stopping {
                // Whatever went before, the end is worth another attempt.
                stopping = true;
                self.failures = 0;
            }
            if stopping && self.failures > 1 {
                break;
            }
            let finished = work.stopping && work.group.is_empty() && self.unsynced == 0;
            if let Err(fault) = self.perform(work) {
                self.fail(&fault);
            } else if finished {
                break;
            }
        }
        self.finish();
    }

    fn perform(&mut self, work: Work) -> Result<(), Fault> {
        for name in &work.forgotten {
            if let Err(error) = self.places.remove(name) {
                tracing::warn!(cursor = name, %error, "cannot remove a forgotten cursor");
            }
        }
        self.write_places(&work)?;
        if work.may_write {
            self.retry_at = None;
        }
        if work.roll && work.group.is_empty() {
            self.roll_empty()?;
        }
        self.write(&work.group)?;
        if self.unsynced > 0 && (work.stopping || self.sync_due() <= Some(Instant::now())) {
            self.commit()?;
        }
        if self.failures > 0 && self.unsynced == 0 && work.may_write {
            self.failures = 0;
            self.shared.change(State::recovered);
        }
        match self.storage.max_age {
            Some(max_age) if self.aged_at + max_age / AGE_STEPS <= Instant::now() => self.expire(max_age),
            _ => Ok(()),
        }
    }

    /// Drops what is too old. A segment that was begun too long ago is ended, so that its first frames do
    /// not have to wait for its last.
    fn expire(&mut self, max_age: Duration) -> Result<(), Fault> {
        self.aged_at = Instant::now();
        let now = self.disk.unix_nanos();
        self.shared.change(|state, effects| state.expire(now, effects));
        let step = u64::try_from((max_age / AGE_STEPS).as_nanos()).unwrap_or(u64::MAX);
        match self.log.begun_unix_nano() {
            Some(begun) if now.saturating_sub(begun) > step => self.roll_empty(),
            _ => Ok(()),
        }
    }

    /// Sleeps until there is something to do, and takes it.
    fn wait(&mut self) -> Work {
        let mut state = self.shared.lock();
        loop {
            let now = Instant::now();
            let due = self.due(&state, now);
            if due.is_some_and(|due| due <= now) {
                break;
            }
            self.shared.wait_for_work(&mut state, due);
        }
        self.take(&mut state)
    }

    /// When there is something to do.
    fn due(&self, state: &State, now: Instant) -> Option<Instant> {
        let stored = state.stored.as_ref()?;
        if stored.stopping || stored.has_forgotten() {
            return Some(now);
        }
        let write = (state.ring.head() != self.written || stored.new_cursors || stored.roll_wanted)
            .then(|| self.retry_at.unwrap_or(now));
        let places = stored.moved.then(|| self.places_at + PLACES_EVERY);
        let age = self.storage.max_age.map(|max_age| self.aged_at + max_age / AGE_STEPS);
        [write, self.sync_due(), places, age].into_iter().flatten().min()
    }

    /// When what was written has to be synced.
    fn sync_due(&self) -> Option<Instant> {
        match self.storage.fsync {
            _ if self.unsynced == 0 => None,
            // What is not durable stays in memory, so there must not be too much of it.
            Fsync::Interval(interval) if self.unsynced < self.storage.memory as u64 / 2 => {
                Some(self.synced_at + interval)
            }
            _ => Some(self.synced_at),
        }
    }

    fn take(&self, state: &mut State) -> Work {
        let now = Instant::now();
        let mut work = Work {
            stopping: false,
            may_write: false,
            group: Vec::new(),
            forgotten: Vec::new(),
            new_cursors: false,
            roll: false,
            places: Vec::new(),
        };
        let Some(stored) = &mut state.stored else { return work };
        work.stopping = stored.stopping;
        work.forgotten = stored.take_forgotten();
        work.may_write = work.stopping || self.retry_at.is_none_or(|at| at <= now);
        if work.may_write {
            work.new_cursors = stored.new_cursors;
            work.roll = std::mem::take(&mut stored.roll_wanted);
        }
        if work.new_cursors || stored.moved && (self.places_at + PLACES_EVERY <= now || work.stopping) {
            work.places = state.positions.iter().map(|at| (Arc::clone(&at.name), at.committed())).collect();
            stored.moved = false;
            stored.new_cursors = false;
        }
        if work.may_write {
            work.group = self.group(state);
        }
        work
    }

    /// The next frames to write.
    fn group(&self, state: &State) -> Vec<(Volume, Frame)> {
        let (mut group, mut bytes, mut before) = (Vec::new(), 0, self.written);
        while let Some(frame) = state.ring.get(before.requests) {
            bytes += frame::encoded_len(frame);
            if group.len() == GROUP_FRAMES || !group.is_empty() && bytes > GROUP_BYTES {
                break;
            }
            group.push((before, frame.clone()));
            before.add(Volume::of(&frame.request));
        }
        group
    }

    fn write(&mut self, mut group: &[(Volume, Frame)]) -> Result<(), Fault> {
        while let Some((before, first)) = group.first() {
            let (some, rest) = group.split_at(self.log.fitting(group));
            if some.is_empty() {
                if self.unsynced > 0 {
                    self.commit()?;
                }
                self.roll(*before, frame::encoded_len(first))?;
                continue;
            }
            self.log.append(some)?;
            for (_, frame) in some {
                self.written.add(Volume::of(&frame.request));
                self.unsynced += frame::encoded_len(frame);
            }
            if !matches!(self.storage.fsync, Fsync::Interval(_)) {
                self.commit()?;
            }
            group = rest;
        }
        Ok(())
    }

    fn roll(&mut self, base: Volume, least: u64) -> Result<(), Fault> {
        if self.unsynced > 0 {
            self.commit()?;
        }
        let Some(next) = self.shared.next_segment() else { return Ok(()) };
        let (extent, full) = self.log.roll(base, least, next)?;
        self.begun = Some(extent);
        if let Some(full) = full {
            self.shared.change(|state, effects| {
                if let Some(stored) = &mut state.stored {
                    stored.supplies.let_go(Gone::Full(full));
                }
                effects.supply = true;
            });
        }
        Ok(())
    }

    /// Begins a segment before there is a frame for it, so that the one before can go.
    fn roll_empty(&mut self) -> Result<(), Fault> {
        self.roll(self.written, 0)?;
        self.log.append(&[])?;
        self.commit()
    }

    /// Makes what was written durable, in the sense of the settings, and says so.
    fn commit(&mut self) -> Result<(), Fault> {
        let from = Instant::now();
        let syncs = self.storage.fsync != Fsync::Off;
        self.log.commit(syncs)?;
        let now = Instant::now();
        let (written, end, bytes) = (self.written, self.log.end(), std::mem::take(&mut self.unsynced));
        let begun = self.begun.take();
        self.synced_at = now;
        self.failures = 0;
        self.shared.change(|state, effects| {
            if let Some(stored) = state.stored.as_mut().filter(|_| syncs) {
                stored.synced(now - from);
            }
            let begins = begun.is_some();
            if let (Some(stored), Some(begun)) = (&mut state.stored, begun) {
                stored.begin(begun);
            }
            state.durable(written, end, bytes, effects);
            if begins {
                state.reap(effects);
            }
        });
        Ok(())
    }

    /// A new cursor's place must be durable before anything that it has to read: without its file it
    /// would begin behind that.
    fn write_places(&mut self, work: &Work) -> Result<(), Fault> {
        let mut behind: Vec<&(Arc<str>, Volume)> = work.places.iter().collect();
        // Two cursors of one name share a file: the one that is behind counts.
        behind.sort_by_key(|(name, at)| (name, at.requests));
        behind.dedup_by_key(|(name, _)| name);
        for (name, at) in behind {
            match self.places.write(name, *at, work.stopping) {
                Ok(()) => {}
                Err(error) if work.new_cursors => {
                    self.shared.change(|state, _| {
                        if let Some(stored) = &mut state.stored {
                            stored.new_cursors = true;
                        }
                    });
                    let path = self.places.directory().join(&**name);
                    return Err(Fault { doing: "write cursor", path, error });
                }
                Err(error) => tracing::warn!(cursor = %name, %error, "cannot write a cursor's place"),
            }
        }
        if !work.places.is_empty() {
            self.places_at = Instant::now();
        }
        Ok(())
    }

    /// Nothing is lost yet: what is not durable is still in memory and is written again, elsewhere if the
    /// segment cannot be trusted any more.
    fn fail(&mut self, fault: &Fault) {
        let full = disk::is_full(&fault.error);
        self.failures += 1;
        if !full || fault.doing == "sync" {
            self.log.abandon();
            self.unsynced = 0;
            // One that nothing was durable in is gone; the one before is not to blame.
            let is_known = self.begun.take().is_none();
            self.written = self.shared.change(|state, _| {
                if let Some(stored) = state.stored.as_mut().filter(|_| is_known) {
                    stored.distrust_last();
                }
                state.visible
            });
        }
        let relieved = full && self.shared.change(State::relieve);
        if relieved || !full && self.failures == 1 {
            tracing::warn!(%fault, "journal goes on in another segment");
            return;
        }
        let longest = if full { LAST_RETRY_FULL } else { LAST_RETRY };
        let pause = FIRST_RETRY.saturating_mul(1 << self.failures.saturating_sub(2).min(16)).min(longest);
        self.retry_at = Some(Instant::now() + pause);
        let health = if full { Health::DiskFull } else { Health::Failed(fault.to_string()) };
        self.shared.change(|state, effects| {
            if state.stored.as_ref().is_some_and(|stored| *stored.health() != health) {
                tracing::error!(%fault, "journal takes nothing until its disk works again");
            }
            state.failed(health, effects);
        });
    }

    /// What could not be written is gone with the process.
    fn finish(self) {
        let lost = {
            let state = self.shared.lock();
            state.ring.head().since(state.visible)
        };
        if lost.requests > 0 {
            tracing::error!(
                requests = lost.requests,
                records = lost.records,
                "journal ends with requests that could not be written; none was acknowledged as durable"
            );
        }
    }
}
