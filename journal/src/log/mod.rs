//! The log: segments, of which the last is written.
//!
//! Three layers, each of which knows nothing of the ones above: [`frame`] is bytes in memory, [`segment`]
//! one file, this module the files of a directory. [`spare`] makes the next one ahead of its time. [`scan`]
//! reads them, [`recovery`] does so at the start, and [`places`] keeps the cursors' places beside them.

pub(crate) mod frame;
pub(crate) mod places;
pub(crate) mod recovery;
pub(crate) mod scan;
pub(crate) mod segment;
pub(crate) mod spare;

use crate::{Frame, Volume};
use segment::Segment;
use spare::{Spare, Spares};
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
    /// Whether the disk never failed on it: nothing is written again where it has.
    pub(crate) is_sound: bool,
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
    spares: Spares,
    active: Option<Segment>,
}

/// What a segment is begun in.
#[derive(Debug)]
pub(crate) enum Next {
    Ready(Spare),
    /// There is no spare: a file of this number is to be made.
    ToMake(u64),
}

impl Log {
    pub(crate) fn new(spares: Spares) -> Log {
        Log { spares, active: None }
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

    /// Begins a segment behind `base` with room for a frame of `least` bytes; and gives the one before.
    pub(crate) fn roll(
        &mut self,
        base: Volume,
        least: u64,
        next: Next,
    ) -> Result<(Extent, Option<Segment>), Fault> {
        let spare = match next {
            Next::Ready(spare) => self.spares.enlarge(spare, least)?,
            Next::ToMake(id) => self.spares.create(id, least)?,
        };
        let disk = &self.spares.disk;
        let header = segment::Header {
            id: spare.id,
            nonce: disk.random(),
            base,
            created_unix_nano: disk.unix_nanos(),
        };
        let path = spare.path.as_path().into();
        let full = self.active.replace(Segment::begin(spare, header));
        Ok((Extent { path, header, end: segment::START, is_sound: true }, full))
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
            failed.abandon(&*self.spares.disk);
        }
    }
}

/// Where bytes of a segment are kept that are no frame.
pub(crate) fn quarantine_path(directory: &Path, segment: u64, offset: u64) -> PathBuf {
    directory.join(QUARANTINE).join(format!("{segment:020}-{offset}.bin"))
}
