//! A segment to come: a file that has its space, its name and no frame.
//!
//! It is made beside the writer, so that no group waits for it. Its header is that of no segment: eight
//! bytes, `weirfree`, where a segment's two copies begin. The first group overwrites them, and whoever
//! finds one of them knows that nothing in the file was ever promised to anybody.
//!
//! It is best made of a segment that nobody needs any more: its blocks are allocated and written, so that
//! an fdatasync has nothing to tell the file system's own journal, and there is nothing to free. What the
//! earlier use left behind has another nonce and is no frame.

use super::{Fault, segment};
use crate::Storage;
use crate::disk::{Disk, File, write_all};
use crate::storage::Fsync;
use std::io::{self, IoSlice};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the header says of a file that is not begun yet.
pub(crate) const MAGIC: &[u8; 8] = b"weirfree";

/// In how many steps a segment is removed.
const STEPS: u64 = 16;

/// A file to begin a segment in.
#[derive(Debug)]
pub(crate) struct Spare {
    pub(crate) id: u64,
    pub(crate) file: Arc<dyn File>,
    pub(crate) path: PathBuf,
    /// Space that it has.
    pub(crate) length: u64,
}

/// Makes the segments to come of one journal.
#[derive(Clone, Debug)]
pub(crate) struct Spares {
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) directory: PathBuf,
    segment_bytes: u64,
    min_free_bytes: u64,
    syncs: bool,
}

impl Spares {
    pub(crate) fn new(disk: Arc<dyn Disk>, directory: &Path, storage: &Storage) -> Spares {
        Spares {
            disk,
            directory: directory.to_owned(),
            segment_bytes: storage.segment_bytes,
            min_free_bytes: storage.min_free_bytes,
            syncs: storage.fsync != Fsync::Off,
        }
    }

    /// A new file with room for a frame of `least` bytes. Its name is durable then.
    pub(crate) fn create(&self, id: u64, least: u64) -> Result<Spare, Fault> {
        let length = self.segment_bytes.max(segment::START + least);
        self.check_free(length)?;
        let path = segment::path(&self.directory, id);
        let made = self.disk.create(&path, length).and_then(|file| {
            self.mark(&*file)?;
            Ok(file)
        });
        self.finish(id, length, path, made)
    }

    /// A segment that nobody needs any more, under another name and as long as a new one. Until it is
    /// marked it is what it was; from then on it is nothing, under both names.
    pub(crate) fn recycle(&self, old: &Path, id: u64) -> Result<Spare, Fault> {
        let length = self.segment_bytes;
        let path = segment::path(&self.directory, id);
        let made = self.disk.open(old, true).and_then(|file| {
            file.reserve(length)?;
            self.mark(&*file)?;
            self.disk.rename(old, &path)?;
            Ok(file)
        });
        if made.is_err() {
            let _ = self.disk.remove(old);
        }
        self.finish(id, length, path, made)
    }

    fn finish(
        &self,
        id: u64,
        length: u64,
        path: PathBuf,
        made: io::Result<Arc<dyn File>>,
    ) -> Result<Spare, Fault> {
        let named = made.and_then(|file| {
            if self.syncs {
                self.disk.sync_directory(&self.directory)?;
            }
            Ok(file)
        });
        match named {
            Ok(file) => Ok(Spare { id, file, path, length }),
            Err(error) => {
                // Nothing refers to it; recovery removes what is left if this fails too.
                let _ = self.disk.remove(&path);
                Err(Fault { doing: "create", path, error })
            }
        }
    }

    /// Makes room for a frame of `least` bytes, if there is not enough.
    pub(crate) fn enlarge(&self, spare: Spare, least: u64) -> Result<Spare, Fault> {
        let length = segment::START + least;
        if length <= spare.length {
            return Ok(spare);
        }
        let enlarged = self.check_free(length - spare.length).and_then(|()| {
            let fault = |error| Fault { doing: "enlarge", path: spare.path.clone(), error };
            spare.file.reserve(length).map_err(fault)
        });
        match enlarged {
            Ok(()) => Ok(Spare { length, ..spare }),
            Err(fault) => {
                self.remove(spare);
                Err(fault)
            }
        }
    }

    /// Removes one that is not going to be begun. One that stays is removed at the next start.
    pub(crate) fn remove(&self, spare: Spare) {
        let _ = self.disk.remove(&spare.path);
    }

    /// Removes a segment that nobody needs any more, in small pieces: to free much at once makes every
    /// fdatasync wait that comes meanwhile.
    pub(crate) fn dispose(&self, path: &Path) -> io::Result<()> {
        let file = self.disk.open(path, true)?;
        let (mut length, step) = (file.length()?, self.segment_bytes / STEPS);
        // From here on it is nothing, however much of it is left.
        if self.mark(&*file).is_ok() {
            while length > step && file.set_length(length - step).is_ok() {
                length -= step;
            }
        }
        self.disk.remove(path)
    }

    fn mark(&self, file: &dyn File) -> io::Result<()> {
        write_all(file, &mut [IoSlice::new(&segment::in_both_copies(MAGIC))], 0)?;
        if self.syncs { file.sync() } else { Ok(()) }
    }

    fn check_free(&self, length: u64) -> Result<(), Fault> {
        let fault = |doing| move |error| Fault { doing, path: self.directory.clone(), error };
        let free = self.disk.free_bytes(&self.directory).map_err(fault("ask for the free space of"))?;
        match free < length.saturating_add(self.min_free_bytes) {
            true => Err(fault("begin another segment in")(io::ErrorKind::StorageFull.into())),
            false => Ok(()),
        }
    }
}
