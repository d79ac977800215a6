//! The frames in memory, each kept until the last cursor has settled it.

use crate::{Frame, Settings};
use std::collections::VecDeque;

/// Slots that an empty ring keeps allocated; a burst's surplus goes back to the allocator.
const KEPT_SLOTS: usize = 4096;

/// Frames in the order they were accepted.
#[derive(Debug, Default)]
pub(crate) struct Ring {
    /// The sequence number of the first slot.
    base: u64,
    slots: VecDeque<Slot>,
    bytes: usize,
    frames: usize,
}

#[derive(Debug)]
struct Slot {
    /// Taken out as soon as nobody needs it, though older frames may still be waiting.
    frame: Option<Frame>,
    /// Cursors that have not settled it.
    holders: u32,
}

impl Ring {
    /// The sequence number that the next frame gets.
    pub(crate) fn head(&self) -> u64 {
        self.base + self.slots.len() as u64
    }

    /// What the frames cost in memory.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Frames that some cursor still needs.
    pub(crate) fn frames(&self) -> usize {
        self.frames
    }

    /// What a frame costs in memory.
    pub(crate) fn cost(frame: &Frame) -> usize {
        frame.request.bytes().len() + Settings::OVERHEAD
    }

    /// Keeps a frame until `holders` (at least one) have released it.
    pub(crate) fn push(&mut self, frame: Frame, holders: u32) -> u64 {
        let seq = self.head();
        self.bytes += Ring::cost(&frame);
        self.frames += 1;
        self.slots.push_back(Slot { frame: Some(frame), holders });
        seq
    }

    /// The frame, while any cursor needs it.
    pub(crate) fn get(&self, seq: u64) -> Option<&Frame> {
        self.slots.get(self.index(seq)?)?.frame.as_ref()
    }

    /// One cursor is through with a frame. Gives it back when it was the last.
    pub(crate) fn release(&mut self, seq: u64) -> Option<Frame> {
        let index = self.index(seq)?;
        let slot = self.slots.get_mut(index)?;
        slot.holders = slot.holders.saturating_sub(1);
        if slot.holders > 0 {
            return None;
        }
        let frame = slot.frame.take()?;
        self.bytes -= Ring::cost(&frame);
        self.frames -= 1;
        while self.slots.front().is_some_and(|slot| slot.frame.is_none()) {
            self.slots.pop_front();
            self.base += 1;
        }
        if self.slots.is_empty() {
            self.slots.shrink_to(KEPT_SLOTS);
        }
        Some(frame)
    }

    fn index(&self, seq: u64) -> Option<usize> {
        usize::try_from(seq.checked_sub(self.base)?).ok()
    }
}
