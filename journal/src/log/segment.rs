//! One file of the log: a header that stands twice, then frames.
//!
//! ```text
//!  0  "weirjrnl"                  24  u64  nonce of the frames' checksums
//!  8  u32  version of the format  32  u64  frames, records and bytes in the journal before
//! 12  u32  0                      56  u64  when it was begun, nanoseconds since the Unix epoch
//! 16  u64  number of the segment  64  u32  checksum of all before
//! ```
//!
//! The second copy is at 512, so that neither a torn sector nor a flipped bit costs a whole segment. The
//! first frame is at 1024.

use super::frame::{self, Checksum, Fields};
use super::spare::{self, Spare};
use crate::disk::{Disk, File, read_full, write_all};
use crate::{Frame, Volume};
use std::io::{self, IoSlice};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The format that this release writes, and the newest one it reads.
pub(crate) const VERSION: u32 = 1;
/// Where the first frame begins.
pub(crate) const START: u64 = 1024;
const MAGIC: &[u8; 8] = b"weirjrnl";
const COPIES: [usize; 2] = [0, 512];
const HEADER: usize = 68;

/// What a segment says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// Counts up; segments are read in this order.
    pub(crate) id: u64,
    pub(crate) nonce: u64,
    /// Everything before its first frame.
    pub(crate) base: Volume,
    pub(crate) created_unix_nano: u64,
}

/// Why a file is not a segment.
#[derive(Debug)]
pub(crate) enum NotASegment {
    /// Nothing was ever written to it.
    Blank,
    /// It was made for a segment that was not begun.
    Spare,
    /// Neither copy of its header is intact.
    Corrupt,
    /// It has a version that this release does not know.
    Newer(u32),
    Io(io::Error),
}

impl Header {
    fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEADER);
        out.extend(MAGIC);
        out.extend(VERSION.to_le_bytes());
        out.extend([0; 4]);
        for number in [self.id, self.nonce, self.base.requests, self.base.records, self.base.bytes] {
            out.extend(number.to_le_bytes());
        }
        out.extend(self.created_unix_nano.to_le_bytes());
        out.extend(crc32fast::hash(&out).to_le_bytes());
        out
    }

    fn decode(bytes: &[u8]) -> Result<Header, NotASegment> {
        let intact = bytes.split_last_chunk::<4>().filter(|(header, crc)| {
            header.starts_with(MAGIC) && crc32fast::hash(header) == u32::from_le_bytes(**crc)
        });
        let Some((header, _)) = intact else { return Err(NotASegment::Corrupt) };
        match Header::fields(header.get(8..).unwrap_or_default()) {
            Some((VERSION, header)) => Ok(header),
            Some((newer, _)) => Err(NotASegment::Newer(newer)),
            None => Err(NotASegment::Corrupt),
        }
    }

    fn fields(bytes: &[u8]) -> Option<(u32, Header)> {
        let mut fields = Fields(bytes);
        let version = fields.u32()?;
        fields.u32()?;
        let (id, nonce, base) = (fields.u64()?, fields.u64()?, fields.volume()?);
        Some((version, Header { id, nonce, base, created_unix_nano: fields.u64()? }))
    }

    /// The header of a file.
    pub(crate) fn read(file: &dyn File) -> Result<Header, NotASegment> {
        let mut start = [0; START as usize];
        let read = read_full(file, &mut start, 0).map_err(NotASegment::Io)?;
        let start = start.get(..read).unwrap_or_default();
        let copy = |at: usize| Header::decode(start.get(at..at + HEADER).unwrap_or_default());
        let [first, second] = COPIES.map(copy);
        match (first, second) {
            // The first group is not durable before both copies are.
            _ if COPIES
                .iter()
                .any(|at| start.get(*at..).is_some_and(|copy| copy.starts_with(spare::MAGIC))) =>
            {
                Err(NotASegment::Spare)
            }
            (Ok(header), _) | (_, Ok(header)) => Ok(header),
            (Err(NotASegment::Newer(version)), _) | (_, Err(NotASegment::Newer(version))) => {
                Err(NotASegment::Newer(version))
            }
            _ if is_zero(file).map_err(NotASegment::Io)? => Err(NotASegment::Blank),
            _ => Err(NotASegment::Corrupt),
        }
    }

    /// Whether a file that had this header has become another segment since, or is about to.
    pub(crate) fn has_left(&self, file: &dyn File) -> bool {
        match Header::read(file) {
            Ok(now) => now.nonce != self.nonce,
            Err(NotASegment::Spare) => true,
            Err(_) => false,
        }
    }

    /// The checksum of its frames.
    pub(crate) fn checksum(&self) -> Checksum {
        Checksum::new(self.nonce)
    }
}

/// Whether there is nothing in a file, however long it is.
fn is_zero(file: &dyn File) -> io::Result<bool> {
    let (mut piece, mut at) = (vec![0; 64 << 10], 0);
    loop {
        let read = read_full(file, &mut piece, at)?;
        let bytes = piece.get(..read).unwrap_or_default();
        if bytes.is_empty() || bytes.iter().any(|byte| *byte != 0) {
            return Ok(bytes.is_empty());
        }
        at += read as u64;
    }
}

/// The name of a segment's file.
pub(crate) fn path(directory: &Path, id: u64) -> PathBuf {
    directory.join(format!("{id:020}.log"))
}

/// The number that a file's name gives to a segment, if it is one.
pub(crate) fn id_of(name: &str) -> Option<u64> {
    name.strip_suffix(".log").filter(|digits| digits.len() == 20)?.parse().ok()
}

/// Everything before the first frame, with the same in both copies of the header.
pub(crate) fn in_both_copies(header: &[u8]) -> Vec<u8> {
    let mut start = vec![0; START as usize];
    for at in COPIES {
        if let Some(copy) = start.get_mut(at..at + header.len()) {
            copy.copy_from_slice(header);
        }
    }
    start
}

/// A segment that is being written.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) header: Header,
    file: Arc<dyn File>,
    path: PathBuf,
    checksum: Checksum,
    /// Where the next write goes. The header goes with the first one.
    end: u64,
    /// How much of it is durable.
    durable: u64,
    /// Space that it may take.
    limit: u64,
    /// Headers of the group that is being written.
    headers: Vec<u8>,
}

impl Segment {
    /// Begins a segment in a file that was made for it. Nothing is written yet.
    pub(crate) fn begin(spare: Spare, header: Header) -> Segment {
        Segment {
            checksum: header.checksum(),
            header,
            file: spare.file,
            path: spare.path,
            end: 0,
            durable: 0,
            limit: spare.length,
            headers: Vec::new(),
        }
    }

    /// Where the last frame ends.
    pub(crate) fn end(&self) -> u64 {
        self.end
    }

    /// Whether it has no frame.
    pub(crate) fn is_empty(&self) -> bool {
        self.end <= START
    }

    /// Bytes of frames that still fit.
    pub(crate) fn room(&self) -> u64 {
        self.limit.saturating_sub(self.end.max(START))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes frames behind the last one, and the header before the first. Where it fails, nothing has changed: the next attempt writes
    /// over it.
    pub(crate) fn append(&mut self, group: &[(Volume, Frame)]) -> io::Result<()> {
        self.headers.clear();
        if self.end == 0 {
            self.headers.extend(in_both_copies(&self.header.encode()));
        }
        let begin = self.headers.len();
        let mut ends = Vec::with_capacity(group.len());
        for (before, frame) in group {
            frame::encode(&mut self.headers, frame, *before, &self.checksum);
            ends.push(self.headers.len());
        }
        let mut slices = Vec::with_capacity(1 + group.len() * 3);
        slices.push(IoSlice::new(self.headers.get(..begin).unwrap_or_default()));
        let (mut written, mut start) = (begin as u64, begin);
        for ((_, frame), end) in group.iter().zip(ends) {
            slices.push(IoSlice::new(self.headers.get(start..end).unwrap_or_default()));
            slices.push(IoSlice::new(frame.request.bytes()));
            slices.push(IoSlice::new(ZEROS.get(..frame::padding(frame)).unwrap_or_default()));
            written += frame::encoded_len(frame);
            start = end;
        }
        slices.retain(|slice| !slice.is_empty());
        write_all(&*self.file, &mut slices, self.end)?;
        self.end += written;
        Ok(())
    }

    /// Makes what was written durable, or takes it for that if nothing is to be synced.
    pub(crate) fn commit(&mut self, sync: bool) -> io::Result<()> {
        if sync {
            self.file.sync()?;
        }
        self.durable = self.end;
        Ok(())
    }

    /// Ends it where it is durable. Whatever else was written may look intact for as long as the kernel
    /// remembers it, and a process that is started meanwhile must not take it for more than that.
    pub(crate) fn abandon(self, disk: &dyn Disk) {
        let _ = self.file.set_length(self.durable.max(START));
        if self.durable == 0 {
            let _ = disk.remove(&self.path);
        }
    }

    /// Gives back the space behind the last frame. Not needed for anything but the space.
    pub(crate) fn seal(self) {
        let _ = self.file.set_length(self.end.max(START));
    }
}

static ZEROS: [u8; frame::ALIGN as usize] = [0; frame::ALIGN as usize];
