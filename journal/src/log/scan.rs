//! Reads the frames of a segment one after the other, also behind bytes that are no frame.

use super::frame::{self, ALIGN, Checksum};
use super::segment;
use crate::disk::{File, read_full};
use bytes::Bytes;
use std::io;
use std::ops::Range;
use std::sync::Arc;

/// Bytes that one read asks for; more for a larger frame.
pub(crate) const PIECE: u64 = 1 << 20;

/// The unit in which a disk loses data.
const BLOCK: usize = 4096;

/// A place in a segment and what was read ahead of it.
#[derive(Debug)]
pub(crate) struct Scan {
    file: Arc<dyn File>,
    header: segment::Header,
    checksum: Checksum,
    at: u64,
    /// Where the frames end at the latest.
    end: u64,
    /// Sequence numbers that may come: none falls, and the next segment begins with the last of them.
    seqs: Range<u64>,
    piece: Bytes,
    piece_at: u64,
    /// Blocks that cannot be read count as zeros, if others around them can.
    skips_bad_blocks: bool,
}

/// What is at a place.
#[derive(Debug)]
pub(crate) enum Found {
    /// An intact frame, and where it is.
    Frame(frame::Header, Bytes, Range<u64>),
    /// Bytes between intact frames that are none.
    Corrupt(Range<u64>),
    /// No intact frame from here on.
    End(u64),
}

impl Scan {
    /// From the first frame of a segment on. `end`: where its frames end at the latest, the end of the
    /// file if that is not known.
    pub(crate) fn new(
        file: Arc<dyn File>,
        header: &segment::Header,
        end: Option<u64>,
        before: u64,
    ) -> io::Result<Scan> {
        let end = end.map_or_else(|| file.length(), Ok)?;
        Ok(Scan {
            file,
            header: *header,
            checksum: header.checksum(),
            at: segment::START,
            end,
            seqs: header.base.requests..before,
            piece: Bytes::new(),
            piece_at: 0,
            skips_bad_blocks: false,
        })
    }

    /// From now on a block that cannot be read costs the frames that it is part of, and no others. Not so
    /// where nothing can be read: that is a disk which may come back.
    pub(crate) fn skip_bad_blocks(&mut self) {
        self.skips_bad_blocks = true;
    }

    /// The segment has grown meanwhile.
    pub(crate) fn extend(&mut self, end: u64, before: u64) {
        self.end = self.end.max(end);
        self.seqs.end = self.seqs.end.max(before);
    }

    /// What comes next. After an error, the same again. `NotFound` if nobody needs the segment any more
    /// and its file is used for another one.
    pub(crate) fn next(&mut self) -> io::Result<Found> {
        match self.look()? {
            Found::Corrupt(_) | Found::End(_) if self.header.has_left(&*self.file) => {
                Err(io::ErrorKind::NotFound.into())
            }
            found => Ok(found),
        }
    }

    fn look(&mut self) -> io::Result<Found> {
        if let Some((header, frame)) = self.frame_at(self.at)? {
            let range = self.at..self.at + header.frame_len();
            self.at = range.end;
            self.seqs.start = header.before.requests + 1;
            return Ok(Found::Frame(header, frame, range));
        }
        // Behind the last frame there is nothing, or what was never acknowledged.
        let bad = self.at;
        let mut candidate = bad + ALIGN;
        while candidate + frame::HEADER as u64 <= self.end {
            if self.may_be_frame(candidate) && self.frame_at(candidate)?.is_some() {
                self.at = candidate;
                return Ok(Found::Corrupt(bad..candidate));
            }
            candidate += ALIGN;
        }
        Ok(Found::End(bad))
    }

    /// A cheap look: whether a frame may begin at a place. Yes for what has not been read yet.
    fn may_be_frame(&self, at: u64) -> bool {
        let index = at.checked_sub(self.piece_at).and_then(|index| usize::try_from(index).ok());
        let start = index.and_then(|index| self.piece.get(index..index + frame::MAGIC.len()));
        start.is_none_or(|start| start == frame::MAGIC)
    }

    /// The intact frame at a place, if there is one.
    fn frame_at(&mut self, at: u64) -> io::Result<Option<(frame::Header, Bytes)>> {
        let header = match self.bytes(at, frame::HEADER as u64)? {
            Some(bytes) => frame::Header::parse(&bytes),
            None => None,
        };
        let Some(header) = header.filter(|header| self.seqs.contains(&header.before.requests)) else {
            return Ok(None);
        };
        let Some(frame) = self.bytes(at, header.frame_len())? else { return Ok(None) };
        Ok(header.is_intact(&frame, &self.checksum).then_some((header, frame)))
    }

    /// Bytes of the file; none if it ends before.
    fn bytes(&mut self, at: u64, len: u64) -> io::Result<Option<Bytes>> {
        if at + len > self.end {
            return Ok(None);
        }
        let in_piece = |piece: &Bytes, piece_at: u64| {
            let start = usize::try_from(at.checked_sub(piece_at)?).ok()?;
            let end = start.checked_add(usize::try_from(len).ok()?)?;
            (end <= piece.len()).then(|| piece.slice(start..end))
        };
        if let Some(bytes) = in_piece(&self.piece, self.piece_at) {
            return Ok(Some(bytes));
        }
        let wanted = len.max(PIECE).min(self.end - at);
        let mut piece = vec![0; usize::try_from(wanted).unwrap_or(usize::MAX)];
        let read = match read_full(&*self.file, &mut piece, at) {
            Err(_) if self.skips_bad_blocks => self.read_blocks(&mut piece, at)?,
            read => read?,
        };
        piece.truncate(read);
        self.piece = Bytes::from(piece);
        self.piece_at = at;
        Ok(in_piece(&self.piece, self.piece_at))
    }

    /// The same one block at a time. The error of the last bad one if none is good.
    fn read_blocks(&self, piece: &mut [u8], at: u64) -> io::Result<usize> {
        let (mut read, mut failed) = (0, None);
        // Blocks of the file, of which the piece may begin and end with a part.
        let first = BLOCK - usize::try_from(at % BLOCK as u64).unwrap_or_default();
        let (head, tail) = piece.split_at_mut(first.min(piece.len()));
        let (mut end, mut good) = (0, false);
        for block in std::iter::once(head).chain(tail.chunks_mut(BLOCK)).filter(|block| !block.is_empty()) {
            match read_full(&*self.file, block, at + end as u64) {
                Ok(some) => {
                    good |= some > 0;
                    read = end + some;
                }
                Err(error) => {
                    block.fill(0);
                    failed = Some(error);
                    read = end + block.len();
                }
            }
            end += block.len();
        }
        match failed {
            Some(error) if !good => Err(error),
            _ => Ok(read),
        }
    }

    /// Goes back to a place and reads it afresh.
    pub(crate) fn read_again(&mut self, at: u64) {
        self.at = at;
        self.piece = Bytes::new();
    }

    /// Bytes as they are, for the quarantine.
    pub(crate) fn raw(&self, range: &Range<u64>) -> io::Result<Vec<u8>> {
        let len = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
        let mut bytes = vec![0; len];
        let read = match read_full(&*self.file, &mut bytes, range.start) {
            Err(_) if self.skips_bad_blocks => self.read_blocks(&mut bytes, range.start).unwrap_or(len),
            read => read?,
        };
        bytes.truncate(read);
        Ok(bytes)
    }
}
