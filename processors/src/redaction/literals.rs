//! What detectors are triggered by, and where it may stand in a text.

use super::block::{Block, Classes};
use super::detectors::token::Token;
use super::detectors::{Detector, Find};
use super::hits::Hits;
use std::ops::Range;

/// Bytes that are marked wherever they stand, as long as the detectors are on that look at each of them:
/// what has one of them costs nothing more. And the one that is in encoded texts only.
const MARKED: &[u8] = b"=:@%";

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
    /// These bytes.
    byte: u8,
    next: Next,
    detector: Detector,
    finder: Finder,
}

/// What has to stand behind the byte that a literal is found by.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Next {
    /// Whatever it is: the literal ends there.
    Any,
    One(u8),
}

impl Next {
    fn has(self, byte: u8) -> bool {
        match self {
            Next::Any => true,
            Next::One(next) => next == byte,
        }
    }
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
        let entries =
            literals.filter_map(|(literal, detector, finder)| Entry::new(literal, detector, finder));
        let mut sets: Vec<Set> = entries.map(Set::of).collect();
        let pairs = |sets: &[Set], two: usize| -> Vec<Join> {
            (0..two).filter_map(|one| Join::of(sets, one, two)).collect()
        };
        let mut joins: Vec<Join> = (0..sets.len()).flat_map(|two| pairs(&sets, two)).collect();
        let mut left = sets.len();
        while left > SETS
            && let Some(join) = joins.iter().min_by_key(|join| join.cost).copied()
        {
            let mut both = Set::default();
            for at in [join.one, join.two] {
                sets.get_mut(at).into_iter().for_each(|set| both.take(set));
            }
            sets.push(both);
            joins.retain(|other| ![other.one, other.two].iter().any(|at| [join.one, join.two].contains(at)));
            joins.extend(pairs(&sets, sets.len() - 1));
            left -= 1;
        }
        let sets = sets.into_iter().filter(|set| !set.entries.is_empty());
        let (mut first, mut second, mut pairs) = (Classes::default(), Classes::default(), [0; 128]);
        let mut entries = Vec::new();
        for (at, set) in sets.enumerate() {
            let bit = 1 << at;
            for entry in &set.entries {
                first.add(entry.byte, bit);
                match entry.next {
                    Next::Any => second.add_all(bit),
                    Next::One(next) => second.add(next, bit),
                }
                let behind =
                    (0..128).filter(|byte| entry.next.has(*byte)).fold(0, |all, byte| all | 1 << byte);
                pairs.iter_mut().skip(entry.byte.into()).take(1).for_each(|all| *all |= behind);
            }
            entries.extend(set.entries);
        }
        entries.sort_by_key(|entry| entry.byte);
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
            if entry.next.has(next) {
                entry.look(text, at, hits);
            }
        }
    }
}

impl Entry {
    /// Found by the rarest two of its bytes that are neighbours; by one, where that is all there is.
    fn new(literal: &'static str, detector: Detector, finder: Finder) -> Option<Entry> {
        let literal = literal.as_bytes();
        let expected = |offset: &usize| match literal.get(*offset..).unwrap_or_default() {
            [byte, ..] if MARKED.contains(byte) => 0,
            [byte, next, ..] => frequency(*byte) * frequency(*next),
            _ => i64::MAX,
        };
        let offset = (0..literal.len()).min_by_key(expected)?;
        let next = literal.get(offset + 1).map_or(Next::Any, |next| Next::One(*next));
        Some(Entry { literal, offset, byte: *literal.get(offset)?, next, detector, finder })
    }

    /// Looks where its bytes were found.
    fn look(&self, text: &[u8], found: usize, hits: &mut Hits) {
        let Some(start) = found.checked_sub(self.offset) else { return };
        let end = start + self.literal.len();
        // What is one byte was found.
        let stands = self.literal.len() == 1 || text.get(start..end) == Some(self.literal);
        if stands && hits.reach(self.detector) <= start {
            match self.finder {
                Finder::Of(find) => find(text, start..end, hits),
                Finder::Token(token) => token.find(text, start..end, self.detector, hits),
            }
        }
    }
}

/// Literals that share a bit.
#[derive(Default)]
struct Set {
    entries: Vec<Entry>,
    shape: Shape,
}

impl Set {
    fn of(entry: Entry) -> Set {
        Set { entries: vec![entry], shape: Shape::of(&entry) }
    }

    /// Takes what another one has.
    fn take(&mut self, other: &mut Set) {
        self.entries.append(&mut other.entries);
        self.shape = self.shape.with(&other.shape);
    }
}

/// Two sets that could be one.
#[derive(Clone, Copy)]
struct Join {
    one: usize,
    two: usize,
    /// How many more pairs would seem to be found.
    cost: i64,
}

impl Join {
    /// `None` where one of them is empty.
    fn of(sets: &[Set], one: usize, two: usize) -> Option<Join> {
        let full = |at: usize| sets.get(at).filter(|set| !set.entries.is_empty());
        let (a, b) = (&full(one)?.shape, &full(two)?.shape);
        Some(Join { one, two, cost: a.with(b).size() - a.size() - b.size() })
    }
}

/// The half bytes that occur in a set, a bit each: what [`Classes`] tell sets apart by.
#[derive(Clone, Copy, Default)]
struct Shape {
    first: [u16; 2],
    second: [u16; 2],
}

impl Shape {
    fn of(entry: &Entry) -> Shape {
        let halves = |byte: u8| [1 << (byte & 15), 1 << (byte >> 4)];
        let second = match entry.next {
            Next::Any => [u16::MAX; 2],
            Next::One(next) => halves(next),
        };
        Shape { first: halves(entry.byte), second }
    }

    fn with(&self, other: &Shape) -> Shape {
        let both = |[a, b]: [u16; 2], [c, d]: [u16; 2]| [a | c, b | d];
        Shape { first: both(self.first, other.first), second: both(self.second, other.second) }
    }

    /// How often two bytes seem to be found, of the square of what [`FREQUENCY`] counts by.
    fn size(&self) -> i64 {
        let seem = |[low, high]: [u16; 2]| {
            let seems = move |byte: &u8| low >> (byte & 15) & 1 == 1 && high >> (byte >> 4) & 1 == 1;
            (0..128).filter(seems).map(frequency).sum::<i64>()
        };
        seem(self.first) * seem(self.second)
    }
}
