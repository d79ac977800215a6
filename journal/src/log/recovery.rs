//! What a directory holds, found out at the start.

use super::places::{self, Kept};
use super::scan::{Found, Scan};
use super::segment::{self, NotASegment};
use super::{Extent, QUARANTINE};
use crate::disk::{Disk, File};
use crate::{OpenError, Volume};
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A journal as the last process left it.
#[derive(Debug)]
pub(crate) struct Recovered {
    /// Keeps other processes out while it lives.
    pub(crate) lock: Arc<dyn File>,
    /// The number of the next segment.
    pub(crate) next_id: u64,
    pub(crate) extents: VecDeque<Extent>,
    pub(crate) cursors: BTreeMap<String, Volume>,
    /// Everything that was ever durable, but for what is lost.
    pub(crate) head: Volume,
    /// Bytes that were set aside.
    pub(crate) corrupt_bytes: u64,
}

/// Takes the lock and looks what is there. Changes nothing but to set aside files that are none of the
/// journal's, and to give back space behind the last frame.
pub(crate) fn recover(disk: Arc<dyn Disk>, directory: &Path) -> Result<Recovered, OpenError> {
    let failed = |doing, path: &Path| {
        let path = path.to_owned();
        move |error| OpenError::Io { doing, path, error }
    };
    disk.create_directory(directory).map_err(failed("create directory", directory))?;
    let path = directory.join("lock");
    let lock = disk.lock(&path).map_err(|error| match error.kind() {
        io::ErrorKind::WouldBlock => OpenError::Locked(directory.to_owned()),
        _ => failed("lock", &path)(error),
    })?;
    for name in [places::DIRECTORY, QUARANTINE] {
        let path = directory.join(name);
        disk.create_directory(&path).map_err(failed("create directory", &path))?;
    }
    let mut segments = Segments {
        disk: &*disk,
        directory,
        found: Vec::new(),
        next_id: 0,
        corrupt_bytes: 0,
        set_aside: Vec::new(),
    };
    segments.find()?;
    let Segments { found: mut extents, next_id, corrupt_bytes, set_aside, .. } = segments;
    let tail = match extents.last_mut() {
        Some(newest) => find_tail(&*disk, newest)?,
        None => Volume::default(),
    };
    let oldest = extents.first();
    let is_lost = oldest.is_some_and(|oldest| set_aside.iter().any(|id| *id < oldest.header.id));
    // What was removed had been settled; what was set aside is to be counted.
    let oldest = if is_lost { Volume::default() } else { oldest.map_or(tail, Extent::base) };
    let cursors = cursors(&*disk, directory, oldest)?;
    // A cursor is never ahead of what is durable, unless nothing is ever synced.
    let ahead = cursors.values().copied().max_by_key(|at| at.requests);
    let head = ahead.filter(|at| at.requests > tail.requests).unwrap_or(tail);
    Ok(Recovered { lock, next_id, extents: extents.into(), cursors, head, corrupt_bytes })
}

struct Segments<'a> {
    disk: &'a dyn Disk,
    directory: &'a Path,
    found: Vec<Extent>,
    next_id: u64,
    corrupt_bytes: u64,
    /// By their names.
    set_aside: Vec<u64>,
}

impl Segments<'_> {
    fn find(&mut self) -> Result<(), OpenError> {
        let failed = |doing, path: PathBuf| move |error| OpenError::Io { doing, path, error };
        let list = self.disk.list(self.directory).map_err(failed("list", self.directory.to_owned()))?;
        let mut names: Vec<_> =
            list.into_iter().filter_map(|name| Some((segment::id_of(&name)?, name))).collect();
        names.sort_unstable();
        self.next_id = names.last().map_or(0, |(id, _)| id + 1);
        for (id, name) in names {
            let path = self.directory.join(&name);
            let file = self.disk.open(&path, false).map_err(failed("open", path.clone()))?;
            let header = match segment::Header::read(&*file) {
                Ok(header) => header,
                Err(NotASegment::Newer(found)) => {
                    return Err(OpenError::Newer { path, found, supported: segment::VERSION });
                }
                Err(NotASegment::Io(error)) => return Err(failed("read", path)(error)),
                Err(NotASegment::Spare) => {
                    self.disk.remove(&path).map_err(failed("remove", path.clone()))?;
                    continue;
                }
                // Made and never marked: the crash was between the two.
                Err(NotASegment::Blank) if id + 1 == self.next_id => {
                    self.disk.remove(&path).map_err(failed("remove", path.clone()))?;
                    continue;
                }
                Err(NotASegment::Blank | NotASegment::Corrupt) => {
                    self.set_aside(&path, &name, &*file)?;
                    continue;
                }
            };
            let end = file.length().map_err(failed("measure", path.clone()))?;
            self.next_id = self.next_id.max(header.id.saturating_add(1));
            if header.id != id {
                tracing::warn!(path = %path.display(), segment = header.id, "segment has the name of another one");
            }
            self.found.push(Extent { path: path.into(), header, end, is_sound: true });
        }
        // A name can be changed by anybody; the header is what weir wrote.
        self.found.sort_by_key(|extent| extent.header.id);
        let copies: Vec<_> = self
            .found
            .windows(2)
            .filter_map(|pair| match pair {
                [one, other]
                    if one.header.id == other.header.id || one.base().requests > other.base().requests =>
                {
                    Some(Arc::clone(&other.path))
                }
                _ => None,
            })
            .collect();
        for path in copies {
            self.found.retain(|extent| extent.path != path);
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let file = self.disk.open(&path, false).map_err(failed("open", path.to_path_buf()))?;
            self.set_aside(&path, &name, &*file)?;
        }
        Ok(())
    }

    /// Moves a file that cannot be read as a segment out of the way.
    fn set_aside(&mut self, path: &Path, name: &str, file: &dyn File) -> Result<(), OpenError> {
        let to = self.directory.join(QUARANTINE).join(name);
        let moved = self.disk.rename(path, &to).and_then(|()| self.disk.sync_directory(self.directory));
        moved.map_err(|error| OpenError::Io { doing: "set aside", path: path.to_owned(), error })?;
        tracing::error!(path = %to.display(), "segment cannot be read and was set aside; what it held is missing");
        self.corrupt_bytes += file.length().unwrap_or(0);
        self.set_aside.extend(segment::id_of(name));
        Ok(())
    }
}

/// Everything up to the end of the newest segment, which is where a crash may have left anything.
///
/// Bad bytes in front of an intact frame are corruption, which readers find again and quarantine; bad
/// bytes behind the last one are the torn end of what was never acknowledged.
fn find_tail(disk: &dyn Disk, newest: &mut Extent) -> Result<Volume, OpenError> {
    let path = &newest.path;
    let failed = |error| OpenError::Io { doing: "read", path: path.to_path_buf(), error };
    let file = disk.open(path, false).map_err(failed)?;
    let mut scan = Scan::new(file, &newest.header, None, u64::MAX).map_err(failed)?;
    let mut tail = newest.base();
    loop {
        match scan.next().map_err(failed)? {
            Found::Frame(header, ..) if !header.is_known() => {
                // What this release knows nothing of, it must not skip either.
                let found = segment::VERSION + 1;
                return Err(OpenError::Newer {
                    path: path.to_path_buf(),
                    found,
                    supported: segment::VERSION,
                });
            }
            Found::Frame(header, _, range) => {
                tail = header.after();
                newest.end = range.end;
            }
            Found::Corrupt(range) => {
                tracing::error!(path = %path.display(), offset = range.start, bytes = range.end - range.start, "journal is corrupt in the middle");
            }
            Found::End(_) if tail == newest.base() => {
                newest.end = segment::START;
                break;
            }
            Found::End(_) => break,
        }
    }
    // The last process may have ended between a write and its sync: what is handed out has to stay.
    let file = disk.open(path, true).map_err(failed)?;
    file.set_length(newest.end).and_then(|()| file.sync()).map_err(|error| OpenError::Io {
        doing: "sync",
        path: path.to_path_buf(),
        error,
    })?;
    Ok(tail)
}

/// Where the cursors are. One that is behind the oldest segment was past it when that was removed; one
/// that cannot be read begins at the oldest: rather twice than never.
fn cursors(disk: &dyn Disk, journal: &Path, oldest: Volume) -> Result<BTreeMap<String, Volume>, OpenError> {
    let directory = journal.join(places::DIRECTORY);
    let failed = |doing, path: &Path| {
        let path = path.to_owned();
        move |error| OpenError::Io { doing, path, error }
    };
    let mut cursors = BTreeMap::new();
    for file in disk.list(&directory).map_err(failed("list", &directory))? {
        let Some(name) = places::cursor_name(&file) else { continue };
        let path = directory.join(&file);
        let opened = disk.open(&path, false).map_err(failed("open", &path))?;
        let at = match places::read(&*opened).map_err(failed("read", &path))? {
            Kept::At(at) if at.requests >= oldest.requests => at,
            Kept::At(_) => oldest,
            Kept::Corrupt => {
                tracing::warn!(path = %path.display(), "cursor cannot be read and begins at the oldest request; some are delivered twice");
                oldest
            }
            Kept::Newer(found) => return Err(OpenError::Newer { path, found, supported: segment::VERSION }),
        };
        cursors.insert(name, at);
    }
    Ok(cursors)
}
