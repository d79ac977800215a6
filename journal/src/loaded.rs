//! Frames that were read back from disk for one cursor, until it reads them.

use crate::Volume;
use pdata::Request;
use std::collections::VecDeque;

/// What is read ahead for a cursor at most, in bytes of requests, but for one piece of disk.
const READ_AHEAD: u64 = 8 << 20;

/// A frame that was read back.
#[derive(Debug)]
pub(crate) struct Reread {
    /// Everything before it in the journal.
    pub(crate) before: Volume,
    pub(crate) request: Request,
    pub(crate) received_unix_nano: u64,
}

/// Unread frames of one cursor, in order. A gap between two of them is what the disk lost.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    frames: VecDeque<Reread>,
    volume: Volume,
    /// Everything before the place that the disk was read up to; of an earlier time if the cursor is
    /// beyond it.
    end: Volume,
}

impl Loaded {
    pub(crate) fn push(&mut self, frames: Vec<Reread>, end: Volume) {
        for frame in &frames {
            self.volume.add(Volume::of(&frame.request));
        }
        self.frames.extend(frames);
        self.end = end;
    }

    /// The oldest frame.
    pub(crate) fn front(&self) -> Option<&Reread> {
        self.frames.front()
    }

    /// How much is here.
    pub(crate) fn volume(&self) -> Volume {
        self.volume
    }

    /// Where the next readable frame is, or the end of what was looked at.
    pub(crate) fn resumes_at(&self) -> Volume {
        self.frames.front().map_or(self.end, |frame| frame.before)
    }

    /// Lets go of everything before `next`. Nothing is here while a reader keeps up.
    #[inline]
    pub(crate) fn release(&mut self, next: Volume) {
        if !self.frames.is_empty() {
            self.release_some(next);
        }
    }

    fn release_some(&mut self, next: Volume) {
        while let Some(frame) = self.frames.pop_front_if(|frame| frame.before.requests < next.requests) {
            self.volume.subtract(Volume::of(&frame.request));
        }
        if self.frames.is_empty() {
            self.frames = VecDeque::new();
        }
    }

    /// Where to read on for a cursor at `next`, in a journal whose memory begins at `memory`; nothing
    /// if it has enough.
    pub(crate) fn wanted(&self, next: Volume, memory: u64) -> Option<Volume> {
        let from = if self.end.requests > next.requests { self.end } else { next };
        (from.requests < memory && self.volume.bytes < READ_AHEAD).then_some(from)
    }

    /// Whether as much is here as there will be before some of it is read.
    pub(crate) fn is_enough(&self, memory: u64) -> bool {
        self.end.requests >= memory || self.volume.bytes >= READ_AHEAD / 2
    }
}
