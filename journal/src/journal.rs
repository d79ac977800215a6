//! One pipeline's journal: what a pipeline and its exporters see of it.

use crate::backlog::Backlog;
use crate::disk::{Disk, File, SystemDisk};
use crate::log::recovery::{Recovered, recover};
use crate::log::spare::Spares;
use crate::log::{Log, segment};
use crate::shared::Shared;
use crate::state::{Effects, State};
use crate::stored::Stored;
use crate::supply::Supply;
use crate::writer::Writer;
use crate::{
    Cursor, Frame, Health, LagLimit, NotTaken, OnFull, OpenError, Receipt, Seq, Settings, Snapshot, Status,
    Storage, Unclaimed, Volume, Watermark,
};
use parking_lot::Mutex;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::sync::Notify;

/// Where one pipeline's accepted requests wait for its exporters.
#[derive(Debug)]
pub struct Journal {
    shared: Arc<Shared>,
    /// What a journal on disk needs beside the state; none for one in memory.
    running: Mutex<Option<Running>>,
}

/// The threads of a journal on disk, and the lock of its directory.
#[derive(Debug)]
struct Running {
    threads: Vec<JoinHandle<()>>,
    /// Works for the writer, and ends after it.
    supply: Option<JoinHandle<()>>,
    _lock: Arc<dyn File>,
}

impl Journal {
    /// A journal that lives as long as the process.
    pub fn memory(settings: Settings) -> Arc<Journal> {
        Journal::new(State::new(settings))
    }

    pub(crate) fn new(state: State) -> Arc<Journal> {
        Arc::new(Journal { shared: Arc::new(Shared::new(state)), running: Mutex::new(None) })
    }

    /// A journal in `directory`, which is created if its parent exists; with what waits there.
    ///
    /// Ask for the cursors of all exporters before the first append: a frame waits for those that
    /// exist then.
    pub fn open(directory: &Path, storage: Storage, settings: Settings) -> Result<Arc<Journal>, OpenError> {
        Journal::open_on(Arc::new(SystemDisk), directory, storage, settings)
    }

    /// The same on another disk than the machine's.
    pub fn open_on(
        disk: Arc<dyn Disk>,
        directory: &Path,
        mut storage: Storage,
        settings: Settings,
    ) -> Result<Arc<Journal>, OpenError> {
        let quarter = settings.max_bytes as u64 / 4;
        storage.segment_bytes = storage.segment_bytes.min(quarter).max(2 * segment::START);
        let Recovered { lock, next_id, extents, cursors, head, corrupt_bytes } =
            recover(Arc::clone(&disk), directory)?;
        let mut stored = Stored::new(storage.clone(), extents, cursors, next_id);
        stored.status.corrupt_bytes = corrupt_bytes;
        let state = State::reopened(settings, stored, head);
        let journal = Journal::new(state);
        let shared = || Arc::clone(&journal.shared);
        let spares = Spares::new(Arc::clone(&disk), directory, &storage);
        let supply = Supply::new(shared(), spares.clone());
        let writer = Writer::new(shared(), Arc::clone(&disk), storage, directory, Log::new(spares), head);
        let backlog = Backlog::new(shared(), disk, directory);
        let spawn =
            |name: &str, run: Box<dyn FnOnce() + Send>| {
                let shared = shared();
                let watched = move || {
                    let _watch = Watch(shared);
                    run();
                };
                std::thread::Builder::new().name(name.to_owned()).spawn(watched).map_err(|error| {
                    OpenError::Io { doing: "start the threads of", path: directory.to_owned(), error }
                })
            };
        let mut running = journal.running.lock();
        let Running { threads, supply: supplying, .. } =
            running.insert(Running { threads: Vec::new(), supply: None, _lock: lock });
        threads.push(spawn("journal-write", Box::new(|| writer.run()))?);
        threads.push(spawn("journal-read", Box::new(|| backlog.run()))?);
        *supplying = Some(spawn("journal-supply", Box::new(|| supply.run()))?);
        drop(running);
        Ok(journal)
    }

    /// Its health, and what it costs.
    pub fn status(&self) -> Status {
        let state = self.shared.lock();
        let status =
            state.stored.as_ref().map(|stored| Status { disk_bytes: stored.used(), ..stored.status.clone() });
        Status { memory_bytes: state.ring.bytes(), ..status.unwrap_or_default() }
    }

    /// Cursors on disk that nobody has asked for since the journal was opened. They keep their
    /// segments until they are asked for, forgotten, or the space is needed.
    pub fn unclaimed_cursors(&self) -> Vec<Unclaimed> {
        let state = self.shared.lock();
        state.stored.as_ref().map(|stored| stored.unclaimed(state.ring.head())).unwrap_or_default()
    }

    /// Lets go of an unclaimed cursor and of what only it still needs. Says whether there was one.
    pub fn forget(&self, name: &str) -> bool {
        self.change(|state, effects| {
            let known = state.stored.as_mut().is_some_and(|stored| stored.forget(name));
            state.reap(effects);
            effects.write = true;
            known
        })
    }

    /// A reading position: where this name left off, or behind everything appended so far if the name
    /// is new or the journal is in memory. A name is for one cursor at a time.
    ///
    /// `required`: whether `ack: delivered` waits for it, and whether it may make the journal refuse.
    pub fn cursor(self: &Arc<Journal>, name: &str, required: bool, limit: Option<LagLimit>) -> Cursor {
        let index = self.change(|state, effects| {
            effects.write = true;
            effects.load = true;
            state.add_cursor(name, required, limit, effects)
        });
        Cursor::new(Arc::clone(self), index)
    }

    /// Takes a frame for every cursor. Awaits nothing unless the journal is full and its policy is
    /// [`OnFull::Block`].
    ///
    /// The watermark is said here and not asked for later, so that a frame cannot be delivered and
    /// forgotten before anybody asks what became of it.
    pub async fn append(&self, mut frame: Frame, until: Watermark) -> Result<Receipt, NotTaken> {
        loop {
            match self.try_append(frame, until) {
                Ok(receipt) => return Ok(receipt),
                Err((not_taken, refused)) if self.waits_after(not_taken) => frame = refused,
                Err((not_taken, _)) => return Err(not_taken),
            }
            self.room_for(&frame).await?;
        }
    }

    /// Waits or refuses for want of room as [`Journal::append`] does, and takes nothing: for whoever appends
    /// to several journals and must not begin while one of them is full. The room may be gone again a
    /// moment later.
    pub async fn room_for(&self, frame: &Frame) -> Result<(), NotTaken> {
        let volume = Volume::of(&frame.request);
        loop {
            // Enabled before the look: room that is made in between is not missed.
            let mut room = std::pin::pin!(self.shared.room.notified());
            room.as_mut().enable();
            let found = self.change(|state, effects| {
                let cost = state.cost(frame);
                state.room_for(cost, volume, effects)
            });
            match found {
                Ok(_) => {
                    // There may be room for the next in line as well.
                    self.shared.room.notify_one();
                    return Ok(());
                }
                Err(not_taken) if self.waits_after(not_taken) => room.await,
                Err(not_taken) => return Err(not_taken),
            }
        }
    }

    fn waits_after(&self, not_taken: NotTaken) -> bool {
        not_taken.passes() && self.shared.policy() == OnFull::Block
    }

    fn try_append(&self, frame: Frame, until: Watermark) -> Result<Receipt, (NotTaken, Frame)> {
        self.change(|state, effects| state.append(frame, until, effects))
    }

    /// Whether requests are being refused, for want of room or because the disk fails: they can be
    /// refused before their body is read. Never under a policy that takes them all the same.
    pub fn is_full(&self) -> bool {
        self.shared.refuses()
    }

    /// Takes nothing any more. What is there can still be read and settled.
    pub fn close(&self) {
        self.change(State::close);
    }

    /// Ends a journal on disk: what is pending is written, the cursors' places are kept, and the directory
    /// is free for the next process. Blocks for as long as the disk takes; dropping the journal does the
    /// same. Nothing can be read any more that is on disk only.
    pub fn finish(&self) {
        let Some(running) = self.running.lock().take() else { return };
        self.shared.stop();
        let join = |thread: JoinHandle<()>| {
            if thread.join().is_err() {
                tracing::error!("a thread of the journal panicked");
            }
        };
        running.threads.into_iter().for_each(join);
        self.shared.end_supply();
        running.supply.into_iter().for_each(join);
    }

    /// Every frame below it has passed the watermark. Never falls.
    pub fn watermark(&self, watermark: Watermark) -> Seq {
        let state = self.shared.lock();
        Seq(match watermark {
            Watermark::Received => state.ring.head().requests,
            Watermark::Durable => state.visible.requests,
            Watermark::Delivered => state.delivered(),
        })
    }

    /// The accounting of this moment.
    pub fn snapshot(&self) -> Snapshot {
        self.shared.lock().snapshot()
    }

    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut State, &mut Effects) -> T) -> T {
        self.shared.change(change)
    }

    #[cfg(test)]
    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    pub(crate) fn appended(&self) -> &Notify {
        &self.shared.appended
    }
}

/// Turns the journal's health red if its thread panics: nothing must wait for a thread that is gone.
struct Watch(Arc<Shared>);

impl Drop for Watch {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let health = Health::Failed("a thread of the journal panicked".to_owned());
            self.0.change(|state, effects| state.failed(health, effects));
            self.0.end_supply();
        }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.finish();
    }
}
