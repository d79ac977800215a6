//! The log: segments, of which the last is written.
//!
//! Three layers, each of which knows nothing of the ones above: [`frame`] is bytes in memory, [`segment`]
//! one file, this module the files of a directory. [`scan`] reads them, [`recovery`] does so at the
//! start, and [`places`] keeps the cursors' places beside them.

pub(crate) mod frame;
pub(crate) mod places;
pub(crate) mod recovery;
pub(crate) mod scan;
pub(crate) mod segment;

use crate::disk::Disk;
use crate::{Frame, Storage, Volume};
use segment::Segment;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where quarantined bytes go, below the journal's directory.
pub(crate) const QUARANTINE: &str = "quarantine";

/// A segment, as the rest of the journal knows it.
#[derive(Clone, Debug)]
pub(crate) struct Extent {
    pub(crate) path: Arc<Path>,
    pub(crate) header: segment::Header,
    /// Where its frames end, in bytes of the file.
    pub(crate) end: u64,
}

impl Extent {
    /// Everything before its first frame.
    pub(crate) fn base(&self) -> Volume {
        self.header.base
    }
}

/// What failed, with which file.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) doing: &'static str,
    pub(crate) path: PathBuf,
    pub(crate) error: io::Error,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "cannot {} {}: {}", self.doing, self.path.display(), self.error)
    }
}

/// The end of the log, where frames are written.
#[derive(Debug)]
pub(crate) struct Log {
    disk: Arc<dyn Disk>,
    directory: PathBuf,
    segment_bytes: u64,
    min_free_bytes: u64,
    active: Option<Segment>,
    next_id: u64,
}

impl Log {
    pub(crate) fn new(disk: Arc<dyn Disk>, directory: &Path, storage: &Storage, next_id: u64) -> Log {
        Log {
            disk,
            directory: directory.to_owned(),
            segment_bytes: storage.segment_bytes,
            min_free_bytes: storage.min_free_bytes,
            active: None,
            next_id,
        }
    }

    /// How many frames of a group fit into the segment that is being written.
    pub(crate) fn fitting(&self, group: &[(Volume, Frame)]) -> usize {
        let mut room = self.active.as_ref().map_or(0, Segment::room);
        let fits = |(_, frame): &&(Volume, Frame)| {
            let rest = room.checked_sub(frame::encoded_len(frame));
            room = rest.unwrap_or(0);
            rest.is_some()
        };
        group.iter().take_while(fits).count()
    }

    /// Begins a segment behind `base` with room for a frame of `least` bytes.
    pub(crate) fn roll(&mut self, base: Volume, least: u64) -> Result<Extent, Fault> {
        let limit = self.segment_bytes.max(segment::START + least);
        let directory = &self.directory;
        let fault = |doing, path: &Path| {
            let path = path.to_owned();
            move |error| Fault { doing, path, error }
        };
        let free = self.disk.free_bytes(directory).map_err(fault("ask for the free space of", directory))?;
        if free < limit.saturating_add(self.min_free_bytes) {
            return Err(fault("begin another segment in", directory)(io::ErrorKind::StorageFull.into()));
        }
        let header = segment::Header {
            id: self.next_id,
            nonce: self.disk.random(),
            base,
            created_unix_nano: self.disk.unix_nanos(),
        };
        let path = segment::path(directory, header.id);
        // Also if it fails: what is left of the file must not be in the way of the next attempt.
        self.next_id += 1;
        let segment =
            Segment::create(&*self.disk, directory, header, limit).map_err(fault("create", &path))?;
        if let Some(full) = self.active.replace(segment) {
            full.seal();
        }
        Ok(Extent { path: path.into(), header, end: segment::START })
    }

    /// Writes frames, all of which have to fit.
    pub(crate) fn append(&mut self, group: &[(Volume, Frame)]) -> Result<(), Fault> {
        let Some(active) = &mut self.active else { return Ok(()) };
        active.append(group).map_err(|error| Fault { doing: "write", path: active.path().to_owned(), error })
    }

    /// Makes what was written durable, or takes it for that if nothing is to be synced.
    pub(crate) fn commit(&mut self, sync: bool) -> Result<(), Fault> {
        let Some(active) = &mut self.active else { return Ok(()) };
        active.commit(sync).map_err(|error| Fault { doing: "sync", path: active.path().to_owned(), error })
    }

    /// Where the last frame ends.
    pub(crate) fn end(&self) -> u64 {
        self.active.as_ref().map_or(0, Segment::end)
    }

    /// When the segment was begun that is being written, if it has frames.
    pub(crate) fn begun_unix_nano(&self) -> Option<u64> {
        let active = self.active.as_ref().filter(|active| !active.is_empty())?;
        Some(active.header.created_unix_nano)
    }

    /// Never writes to the current segment again: nobody knows what a failed fdatasync has done to it.
    pub(crate) fn abandon(&mut self) {
        if let Some(failed) = self.active.take() {
            failed.abandon();
        }
    }

    /// Removes a file that nobody needs. One that stays is found at the next start.
    pub(crate) fn remove(&self, path: &Path) {
        if let Err(error) = self.disk.remove(path) {
            tracing::warn!(path = %path.display(), %error, "cannot remove a file of the journal that is not needed any more");
        }
    }
}

/// Where bytes of a segment are kept that are no frame.
pub(crate) fn quarantine_path(directory: &Path, segment: u64, offset: u64) -> PathBuf {
    directory.join(QUARANTINE).join(format!("{segment:020}-{offset}.bin"))
}
