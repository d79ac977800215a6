//! Sets of characters, and how a sequence of them is looked for in all bytes of a request at once.

use super::super::neighbours::{Halves, frequency_of};
use regex_syntax::hir;

/// A set of characters. Those beyond ASCII are not told apart: it has all of them or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Class {
    /// A bit for each byte that may be of one of its characters.
    bytes: [u64; 4],
    /// How often a byte stands in logs that seems to be one of its own.
    often: i64,
}

impl Class {
    fn new(ascii: u128, others: bool) -> Class {
        let others = if others { u64::MAX } else { 0 };
        let class = Class { bytes: [ascii as u64, (ascii >> 64) as u64, others, others], often: 0 };
        Class { often: Halves::of(class.bytes()).frequency(), ..class }
    }

    /// One character.
    pub fn of(one: char) -> Class {
        match u8::try_from(one) {
            Ok(byte) if byte.is_ascii() => Class::new(1 << byte, false),
            _ => Class::new(0, true),
        }
    }

    /// Whether a byte may be of a character that is in it.
    #[inline]
    pub fn has(&self, byte: u8) -> bool {
        self.bytes.get(usize::from(byte / 64)).is_some_and(|bytes| bytes >> (byte % 64) & 1 == 1)
    }

    /// The bytes that may be of its characters.
    pub fn bytes(self) -> impl Iterator<Item = u8> {
        (0..=u8::MAX).filter(move |byte| self.has(*byte))
    }

    /// Whether it has characters beyond ASCII.
    pub fn has_others(&self) -> bool {
        self.has(u8::MAX)
    }

    /// The bits that are the same in all its bytes, and what they are.
    pub fn common(&self) -> (u8, u8) {
        let (ones, zeros) =
            self.bytes().fold((u8::MAX, u8::MAX), |(ones, zeros), byte| (ones & byte, zeros & !byte));
        (ones | zeros, ones)
    }

    fn includes(&self, other: &Class) -> bool {
        self.bytes.iter().zip(other.bytes).all(|(own, of_other)| of_other & !own == 0)
    }

    fn overlaps(&self, other: &Class) -> bool {
        self.bytes.iter().zip(other.bytes).any(|(own, of_other)| of_other & own != 0)
    }

    /// How many bytes may be of its characters.
    fn size(&self) -> u32 {
        self.bytes.iter().map(|bytes| bytes.count_ones()).sum()
    }

    /// Whether it has characters that control things, as the numbers between a request's texts may be.
    fn controls(&self) -> bool {
        (0..b' ').any(|byte| self.has(byte))
    }

    /// How often one of its bytes stands in logs.
    fn frequency(self) -> i64 {
        self.bytes().map(frequency_of).sum()
    }
}

impl From<&hir::Class> for Class {
    fn from(class: &hir::Class) -> Class {
        let ranges: Vec<(u32, u32)> = match class {
            hir::Class::Unicode(class) => {
                class.iter().map(|range| (range.start().into(), range.end().into())).collect()
            }
            hir::Class::Bytes(class) => {
                class.iter().map(|range| (range.start().into(), range.end().into())).collect()
            }
        };
        let has = |byte: u32| ranges.iter().any(|(start, end)| (*start..=*end).contains(&byte));
        Class::new(
            (0..128).filter(|byte| has(*byte)).fold(0, |all, byte| all | 1 << byte),
            ranges.iter().any(|(_, end)| *end >= 128),
        )
    }
}

/// How a sequence is looked for.
#[derive(Clone, Copy, Debug)]
pub enum Way {
    /// By three neighbouring bytes, the first of which is of the character with this number.
    Three(usize),
    /// By a row of as many bytes of one class, which has those of all its characters.
    Row(Class),
}

/// How many bytes a row has at least.
pub const SHORTEST_ROW: usize = 8;
/// How often every byte stands in logs, as [`frequency_of`] counts.
const EVERY: i64 = 5000;
/// What is found more often than once in so many bytes is not worth looking for.
pub const DEAREST: i64 = EVERY * EVERY * EVERY / 16;

impl Way {
    /// The rarest way of a sequence, and how often something seems to be found by it; none of an empty one.
    pub fn of(sequence: &[Class]) -> Option<(Way, i64)> {
        let behind = |at: usize| match sequence.get(at..) {
            Some([class, next, ..]) if !next.overlaps(class) => next.often,
            // Capitals stand beside capitals, and digits beside digits, more often than chance would have it.
            Some([_, next, ..]) => next.often.max(EVERY / 2),
            // Anything may stand behind the last one.
            _ => EVERY,
        };
        let threes = sequence.iter().enumerate();
        let threes = threes.map(|(at, class)| (Way::Three(at), class.often * behind(at) * behind(at + 1)));
        threes.chain(Way::row(sequence)).min_by_key(|(_, cost)| *cost)
    }

    /// A row, where one class has all others.
    fn row(sequence: &[Class]) -> Option<(Way, i64)> {
        let widest = *sequence.iter().max_by_key(|class| class.size())?;
        let is_row = sequence.len() >= SHORTEST_ROW
            && !widest.controls()
            && sequence.iter().all(|class| widest.includes(class));
        // A row is not as rare as chance would have it either, and hardly rarer when it is longer.
        let len = sequence.len() as i64;
        is_row.then(|| (Way::Row(widest), widest.frequency().pow(4) / EVERY / len))
    }
}
