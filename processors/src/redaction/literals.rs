//! What detectors are triggered by, and where it may stand in a text.

use super::block::{Block, Classes};
use super::detectors::token::Token;
use super::detectors::{Detector, Find};
use super::hits::Hits;
use std::ops::Range;

/// Bytes that are marked wherever they stand, as long as the detectors are on that look at each of them:
/// what has one of them costs nothing more.
const MARKED: &[u8] = b"=:@";

/// How often a byte stands in logs, from the space on: of 5,000 bytes, as the clean lines of the corpus in
/// `tests/redaction` have them. Literals are found by what is rare.
const FREQUENCY: [u8; 96] = [
    255, 1, 236, 1, 1, 2, 1, 6, 11, 11, 2, 2, 58, 95, 106, 61, 182, 190, 159, 113, 112, 108, 103, 96, 97, 96,
    151, 4, 1, 56, 2, 1, 5, 23, 5, 20, 19, 20, 9, 7, 7, 23, 4, 4, 13, 13, 15, 14, 14, 2, 16, 24, 30, 9, 6, 6,
    3, 4, 8, 15, 1, 16, 1, 10, 1, 189, 58, 119, 126, 255, 46, 50, 30, 131, 8, 19, 81, 66, 132, 138, 80, 7,
    145, 163, 185, 91, 30, 16, 19, 35, 7, 13, 4, 13, 1, 0,
];

/// The same of any byte. What is no sign is hardly ever there.
fn frequency(byte: u8) -> i64 {
    let of = usize::from(byte).checked_sub(32).and_then(|at| FREQUENCY.get(at));
    of.copied().unwrap_or_default().into()
}

/// Sets of literals; each has a bit of a byte.
const SETS: usize = 8;

/// Literals, each filed under two neighbouring bytes of it.
#[derive(Debug)]
pub struct Literals {
    /// By byte: the sets of literals that are found where it stands.
    first: Classes,
    /// By byte: the sets of literals that may have it behind the byte they are found by.
    second: Classes,
    /// By ASCII byte: a bit for each that may stand behind it; what is beyond ASCII counts as the last.
    pairs: [u128; 128],
    /// By byte: where those that are found by it are in `entries`.
    by_byte: Vec<Range<usize>>,
    entries: Vec<Entry>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    literal: &'static [u8],
    /// Where in the literal the bytes are that it is found by.
    offset: usize,
    /// These bytes; what is one byte is found whatever stands behind it.
    byte: u8,
    next: Option<u8>,
    detector: Detector,
    find: Finder,
}

/// Who looks where a literal stands.
#[derive(Clone, Copy, Debug)]
pub enum Finder {
    /// A detector's own function.
    Of(Find),
    /// What follows a prefix.
    Token(&'static Token),
}

impl Literals {
    /// Those of detectors. Literals share a set where other pairs of bytes that then seem to be found
    /// are rarest.
    pub fn new(literals: impl Iterator<Item = (&'static str, Detector, Finder)>) -> Literals {
        let mut entries: Vec<Entry> =
            literals.filter_map(|(literal, detector, find)| Entry::new(literal, detector, find)).collect();
        entries.sort_by_key(|entry| (entry.byte, entry.next));
        let sets = sets(&entries);
        let (mut first, mut second, mut pairs) = (Classes::default(), Classes::default(), [0; 128]);
        for (entry, set) in entries.iter().zip(sets) {
            let bit = 1 << set;
            first.add(entry.byte, bit);
            let behind = match entry.next {
                Some(next) => {
                    second.add(next, bit);
                    1 << (next & 127)
                }
                None => {
                    second.add_all(bit);
                    u128::MAX
                }
            };
            pairs.iter_mut().skip(entry.byte.into()).take(1).for_each(|all| *all |= behind);
        }
        let below = |byte: u8| entries.partition_point(|entry| entry.byte < byte);
        let by_byte =
            (0..=u8::MAX).map(|byte| below(byte)..entries.partition_point(|entry| entry.byte <= byte));
        Literals { first, second, pairs, by_byte: by_byte.collect(), entries }
    }

    /// The classes of the bytes that literals are found by, and of those behind them.
    pub fn classes(&self) -> [&Classes; 2] {
        [&self.first, &self.second]
    }

    /// What is not 0 seems to be where a literal is found. `next` is the text one byte further on.
    #[inline]
    pub fn seem(&self, block: Block, next: Block) -> Block {
        self.first.seem(block) & self.second.seem(next)
    }

    /// Lets the detectors look whose literals are found at a place. What ends a text is none: nothing
    /// stands behind it.
    #[inline]
    pub fn look(&self, text: &[u8], at: usize, hits: &mut Hits) {
        let Some([byte, next, ..]) = text.get(at..) else { return };
        let behind = self.pairs.get(usize::from(*byte)).copied().unwrap_or_default();
        if behind >> (*next).min(127) & 1 == 1 {
            self.look_closer(text, at, *byte, *next, hits);
        }
    }

    #[inline(never)]
    fn look_closer(&self, text: &[u8], at: usize, byte: u8, next: u8, hits: &mut Hits) {
        let found = self.by_byte.get(usize::from(byte)).cloned().unwrap_or_default();
        for entry in self.entries.get(found).unwrap_or_default() {
            if entry.next.is_none_or(|it| it == next) {
                entry.look(text, at, hits);
            }
        }
    }
}

impl Entry {
    /// Found by the rarest two of its bytes that are neighbours; by one, where that is all there is.
    fn new(literal: &'static str, detector: Detector, find: Finder) -> Option<Entry> {
        let literal = literal.as_bytes();
        let expected = |offset: &usize| match literal.get(*offset..).unwrap_or_default() {
            [byte, ..] if MARKED.contains(byte) => 0,
            [byte, next, ..] => frequency(*byte) * frequency(*next),
            _ => i64::MAX,
        };
        let offset = (0..literal.len()).min_by_key(expected)?;
        let (byte, next) = (*literal.get(offset)?, literal.get(offset + 1).copied());
        Some(Entry { literal, offset, byte, next, detector, find })
    }

    /// Looks where its bytes were found.
    fn look(&self, text: &[u8], found: usize, hits: &mut Hits) {
        let Some(start) = found.checked_sub(self.offset) else { return };
        let end = start + self.literal.len();
        // What is one byte was found.
        let stands = self.next.is_none() || text.get(start..end) == Some(self.literal);
        if stands && hits.reach(self.detector) <= start {
            match self.find {
                Finder::Of(find) => find(text, start..end, hits),
                Finder::Token(token) => token.find(text, start..end, self.detector, hits),
            }
        }
    }
}

/// The set of each entry, of which there are [`SETS`]. Those that are found by the same bytes share one; else two
/// sets become one where that costs least, until there are few enough.
fn sets(entries: &[Entry]) -> Vec<usize> {
    let alike = entries.chunk_by(|one, other| (one.byte, one.next) == (other.byte, other.next));
    let mut sets: Vec<Set> = Vec::new();
    let mut at = 0;
    for group in alike {
        let shape = group.iter().fold(Shape::default(), |shape, entry| shape.and(entry.shape()));
        sets.push(Set { entries: (at..at + group.len()).collect(), shape, seen: shape.seen() });
        at += group.len();
    }
    // What becomes of two sets is reckoned once, and anew for one that has grown.
    let joined = |one: &Set, other: &Set| one.shape.and(other.shape).seen() - one.seen - other.seen;
    let row = |sets: &[Set], of: usize| -> Vec<i64> {
        let Some(set) = sets.get(of) else { return Vec::new() };
        sets.iter().take(of).map(|other| joined(other, set)).collect()
    };
    let mut costs: Vec<Vec<i64>> = (0..sets.len()).map(|of| row(&sets, of)).collect();
    while sets.len() > SETS {
        let all = costs
            .iter()
            .enumerate()
            .flat_map(|(of, row)| row.iter().enumerate().map(move |(with, cost)| (*cost, with, of)));
        let Some((_, one, two)) = all.min() else { break };
        let moved = sets.remove(two);
        costs.remove(two);
        for row in costs.iter_mut().skip(two) {
            row.remove(two);
        }
        if let Some(set) = sets.get_mut(one) {
            set.entries.extend(moved.entries);
            set.shape = set.shape.and(moved.shape);
            set.seen = set.shape.seen();
        }
        for (of, costs) in costs.iter_mut().enumerate().skip(one) {
            match (sets.get(one), sets.get(of), costs.get_mut(one)) {
                (Some(set), Some(other), Some(cost)) => *cost = joined(set, other),
                _ => *costs = row(&sets, one),
            }
        }
    }
    let mut of = vec![0; entries.len()];
    for (set, entry) in
        sets.iter().enumerate().flat_map(|(at, set)| set.entries.iter().map(move |it| (at, *it)))
    {
        of.iter_mut().skip(entry).take(1).for_each(|slot| *slot = set);
    }
    of
}

/// Entries that share a bit.
struct Set {
    entries: Vec<usize>,
    shape: Shape,
    seen: i64,
}

/// The half bytes that occur in a set, a bit each: what [`Classes`] tell sets apart by.
#[derive(Clone, Copy, Default)]
struct Shape {
    first: [u16; 2],
    second: [u16; 2],
}

impl Entry {
    fn shape(&self) -> Shape {
        let halves = |byte: u8| [1 << (byte & 15), 1 << (byte >> 4)];
        Shape { first: halves(self.byte), second: self.next.map_or([u16::MAX; 2], halves) }
    }
}

impl Shape {
    fn and(self, other: Shape) -> Shape {
        let both =
            |[low, high]: [u16; 2], [other_low, other_high]: [u16; 2]| [low | other_low, high | other_high];
        Shape { first: both(self.first, other.first), second: both(self.second, other.second) }
    }

    /// How often two bytes seem to be found, of the square of what [`FREQUENCY`] counts by.
    fn seen(&self) -> i64 {
        let seem = |[low, high]: [u16; 2]| {
            let seems = move |byte: &u8| low >> (byte & 15) & 1 == 1 && high >> (byte >> 4) & 1 == 1;
            (0..128).filter(seems).map(frequency).sum::<i64>()
        };
        seem(self.first) * seem(self.second)
    }
}
