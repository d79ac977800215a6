//! A look at a journal's directory, for tools: read-only, without the lock, also while an agent writes it.
//!
//! What is there may change while it is looked at. Segments that go are left out; the end of the newest one
//! is where its frames ended when it was read.

use crate::disk::{Disk, SystemDisk};
use crate::log::places::{self, Kept};
use crate::log::scan::{Found, Scan};
use crate::log::segment::NotASegment;
use crate::log::{QUARANTINE, segment};
use crate::{OpenError, Seq, Volume};
use component::Context;
use pdata::Request;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::vec;

/// The files of a journal.
#[derive(Clone, Debug)]
pub struct Inspection {
    disk: Arc<dyn Disk>,
    /// In the order of their frames.
    pub segments: Vec<Segment>,
    /// Bytes of files that were made for segments to come.
    pub spare_bytes: u64,
    /// By name.
    pub cursors: Vec<Cursor>,
    /// Files with bytes that were set aside, by name.
    pub quarantine: Vec<Quarantined>,
}

/// A segment file.
#[derive(Clone, Debug)]
pub struct Segment {
    /// The file.
    pub path: PathBuf,
    /// Bytes of the file; the newest has space for frames to come.
    pub bytes: u64,
    /// What its header says; none if it cannot be read.
    pub header: Option<Header>,
}

/// What a segment says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Counts up from 0.
    pub id: u64,
    /// Its first frame.
    pub first: Seq,
    /// When it was begun, nanoseconds since the Unix epoch.
    pub created_unix_nano: u64,
    /// What is in the journal before its first frame.
    pub before: Volume,
    nonce: u64,
}

/// A cursor's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The exporter's name.
    pub name: String,
    /// Everything below is settled, as of the last write, up to 200 ms ago; none if it cannot be read.
    pub at: Option<Seq>,
    /// What is in the journal before that place.
    pub before: Option<Volume>,
}

/// A file in the quarantine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    /// The file.
    pub path: PathBuf,
    /// Its bytes.
    pub bytes: u64,
}

/// What stands in a segment.
#[derive(Clone, Debug)]
pub enum Entry {
    /// An intact frame.
    Frame(Box<Frame>),
    /// Bytes that are no intact frame, in front of something that is or of the next segment.
    Corrupt {
        /// The segment's file.
        path: PathBuf,
        /// Where they begin.
        offset: u64,
        /// How many there are.
        bytes: u64,
    },
}

/// An intact frame.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The segment's number.
    pub segment: u64,
    /// Where it begins.
    pub offset: u64,
    /// Bytes that it takes.
    pub bytes: u64,
    /// Its sequence number.
    pub seq: Seq,
    /// What is known of the request.
    pub context: Context,
    /// The request.
    pub request: Request,
}

impl Inspection {
    /// Lists a journal's files.
    pub fn of(directory: &Path) -> Result<Inspection, OpenError> {
        Inspection::on(Arc::new(SystemDisk), directory)
    }

    /// The same on another disk than the machine's.
    pub fn on(disk: Arc<dyn Disk>, directory: &Path) -> Result<Inspection, OpenError> {
        let failed = |error| OpenError::Io { doing: "read", path: directory.to_owned(), error };
        let (mut segments, mut spare_bytes) = (Vec::new(), 0);
        let mut names = disk.list(directory).map_err(failed)?;
        names.retain(|name| segment::id_of(name).is_some());
        let newest = names.iter().max().cloned();
        for name in names {
            let is_newest = newest.as_ref() == Some(&name);
            match unless_gone(look_at_segment(&*disk, directory.join(name), is_newest)).map_err(failed)? {
                Some(File::Segment(segment)) => segments.push(segment),
                Some(File::Spare(bytes)) => spare_bytes += bytes,
                None => {}
            }
        }
        segments.sort_by_key(|segment| segment.header.map(|header| header.id));
        let mut cursors = Vec::new();
        let places = directory.join(places::DIRECTORY);
        for file in disk.list(&places).map_err(failed)? {
            let Some(name) = places::cursor_name(&file) else { continue };
            let read = disk.open(&places.join(&file), false).and_then(|file| places::read(&*file));
            let before = match unless_gone(read).map_err(failed)? {
                Some(Kept::At(at)) => Some(at),
                Some(Kept::Corrupt | Kept::Newer(_)) => None,
                None => continue,
            };
            cursors.push(Cursor { name, at: before.map(|before| Seq(before.requests)), before });
        }
        cursors.sort_by(|one, other| one.name.cmp(&other.name));
        let mut quarantine = Vec::new();
        let aside = directory.join(QUARANTINE);
        for name in disk.list(&aside).map_err(failed)? {
            let path = aside.join(name);
            let bytes = disk.open(&path, false).and_then(|file| file.length()).map_err(failed)?;
            quarantine.push(Quarantined { path, bytes });
        }
        quarantine.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(Inspection { disk, segments, spare_bytes, cursors, quarantine })
    }

    /// Everything that stands in the segments, in order. After an error it goes on with the next segment.
    pub fn entries(&self) -> Entries {
        Entries { disk: Arc::clone(&self.disk), left: self.segments.clone().into_iter(), open: None }
    }
}

enum File {
    Segment(Segment),
    /// So many bytes for a segment to come.
    Spare(u64),
}

fn look_at_segment(disk: &dyn Disk, path: PathBuf, is_newest: bool) -> io::Result<File> {
    let file = disk.open(&path, false)?;
    let bytes = file.length()?;
    let header = match segment::Header::read(&*file) {
        Ok(header) => Some(header),
        Err(NotASegment::Spare) => return Ok(File::Spare(bytes)),
        // It is just being made.
        Err(NotASegment::Blank) if is_newest => return Ok(File::Spare(bytes)),
        Err(_) => None,
    };
    let header = header.map(|header| Header {
        id: header.id,
        first: Seq(header.base.requests),
        created_unix_nano: header.created_unix_nano,
        before: header.base,
        nonce: header.nonce,
    });
    Ok(File::Segment(Segment { path, bytes, header }))
}

/// A file that somebody removed meanwhile is none.
fn unless_gone<T>(found: io::Result<T>) -> io::Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// What stands in the segments of a journal.
#[derive(Debug)]
pub struct Entries {
    disk: Arc<dyn Disk>,
    left: vec::IntoIter<Segment>,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    path: PathBuf,
    id: u64,
    scan: Scan,
    /// The sequence number that comes next.
    next: u64,
    /// Where the next segment begins, if there is one.
    end: Option<u64>,
    bytes: u64,
    /// A place that was read again because somebody may have been writing it.
    read_again: Option<u64>,
}

impl Entries {
    fn open(&mut self, segment: Segment) -> io::Result<Option<Open>> {
        let Some(header) = segment.header else { return Ok(None) };
        let end = self.left.as_slice().iter().find_map(|next| next.header).map(|next| next.first.0);
        let Some(file) = unless_gone(self.disk.open(&segment.path, false))? else { return Ok(None) };
        let inner = segment::Header {
            id: header.id,
            nonce: header.nonce,
            base: header.before,
            created_unix_nano: header.created_unix_nano,
        };
        let scan = Scan::new(file, &inner, None, end.unwrap_or(u64::MAX))?;
        let (next, bytes) = (header.first.0, segment.bytes);
        Ok(Some(Open { path: segment.path, id: header.id, scan, next, end, bytes, read_again: None }))
    }
}

impl Open {
    fn next(&mut self) -> io::Result<Option<Entry>> {
        loop {
            if self.end.is_some_and(|end| self.next >= end) {
                return Ok(None);
            }
            return Ok(match self.scan.next()? {
                Found::Frame(header, bytes, range) => {
                    self.next = header.before.requests + 1;
                    match header.decode(&bytes) {
                        Some((context, request)) => Some(Entry::Frame(Box::new(Frame {
                            segment: self.id,
                            offset: range.start,
                            bytes: range.end - range.start,
                            seq: Seq(header.before.requests),
                            context,
                            request,
                        }))),
                        None => Some(self.corrupt(range.start, range.end)),
                    }
                }
                Found::Corrupt(range) if self.end.is_none() && self.read_again != Some(range.start) => {
                    // Its frames were perhaps written while they were read.
                    self.read_again = Some(range.start);
                    self.scan.read_again(range.start);
                    continue;
                }
                Found::Corrupt(range) => Some(self.corrupt(range.start, range.end)),
                Found::End(at) => {
                    let missing = self.end.is_some_and(|end| self.next < end) && at < self.bytes;
                    self.end = Some(self.next);
                    missing.then(|| self.corrupt(at, self.bytes))
                }
            });
        }
    }

    fn corrupt(&self, from: u64, to: u64) -> Entry {
        Entry::Corrupt { path: self.path.clone(), offset: from, bytes: to - from }
    }
}

impl Iterator for Entries {
    type Item = io::Result<Entry>;

    fn next(&mut self) -> Option<io::Result<Entry>> {
        loop {
            if let Some(open) = &mut self.open {
                match open.next() {
                    Ok(Some(entry)) => return Some(Ok(entry)),
                    Ok(None) => self.open = None,
                    // Its file is another segment's now.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => self.open = None,
                    Err(error) => {
                        self.open = None;
                        return Some(Err(error));
                    }
                }
            }
            let segment = self.left.next()?;
            match self.open(segment) {
                Ok(open) => self.open = open,
                Err(error) => return Some(Err(error)),
            }
        }
    }
}
