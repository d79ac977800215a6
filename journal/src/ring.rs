//! The frames in memory, each kept until the last cursor has settled it or, on disk, the memory is
//! needed for newer ones.

use crate::{Frame, Settings, Volume};
use std::collections::VecDeque;

/// Slots that an empty ring keeps allocated; a burst's surplus goes back to the allocator.
const KEPT_SLOTS: usize = 4096;

/// Frames in the order they were accepted.
#[derive(Debug, Default)]
pub(crate) struct Ring {
    /// Everything before the first slot.
    base: Volume,
    /// Everything before the slot that the next frame gets.
    head: Volume,
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
    records: u32,
    bytes: u32,
}

impl Ring {
    /// An empty ring behind everything in `head`.
    pub(crate) fn new(head: Volume) -> Ring {
        Ring { base: head, head, ..Ring::default() }
    }

    /// Everything before the oldest frame that may be in memory.
    pub(crate) fn base(&self) -> Volume {
        self.base
    }

    /// Everything before the frame that is pushed next.
    pub(crate) fn head(&self) -> Volume {
        self.head
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
    pub(crate) fn push(&mut self, frame: Frame, volume: Volume, holders: u32) -> u64 {
        let seq = self.head.requests;
        self.head.add(volume);
        self.bytes += Ring::cost(&frame);
        self.frames += 1;
        // A request is smaller than 4 GiB and has fewer records than bytes.
        let narrow = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        let (records, bytes) = (narrow(volume.records), narrow(volume.bytes));
        self.slots.push_back(Slot { frame: Some(frame), holders, records, bytes });
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
            self.pop();
        }
        if self.slots.is_empty() {
            self.slots.shrink_to(KEPT_SLOTS);
        }
        Some(frame)
    }

    /// Takes out the oldest frames, of those before `ceiling`, until the others fit into `memory`.
    /// They are on disk.
    pub(crate) fn evict(&mut self, memory: usize, ceiling: u64, evicted: &mut Vec<Frame>) {
        while self.bytes > memory && self.base.requests < ceiling {
            let Some(frame) = self.pop() else { continue };
            self.bytes -= Ring::cost(&frame);
            self.frames -= 1;
            evicted.push(frame);
        }
    }

    fn pop(&mut self) -> Option<Frame> {
        let slot = self.slots.pop_front()?;
        self.base.add(Volume { requests: 1, records: slot.records.into(), bytes: slot.bytes.into() });
        slot.frame
    }

    fn index(&self, seq: u64) -> Option<usize> {
        usize::try_from(seq.checked_sub(self.base.requests)?).ok()
    }
}
