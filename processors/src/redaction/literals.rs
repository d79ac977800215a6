//! What detectors are triggered by, and where it may stand in a text.

use super::block::{Block, Classes};
use super::byte_set::ByteSet;
use super::detectors::token::Token;
use super::detectors::{Detector, Find};
use super::embedded::Note;
use super::hits::Hits;
use std::ops::Range;

/// Bytes that are marked wherever they stand: the detectors are on that look at each of them, so what has one
/// of them costs nothing more. And the one that is in encoded texts only.
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

/// How many neighbouring bytes a literal is found by.
pub const BYTES: usize = 3;

/// Literals, each filed under three neighbouring bytes of it; or under one that is marked wherever it stands.
#[derive(Debug)]
pub struct Literals {
    /// By byte: the sets of literals that may have it as the first, second and third of these bytes.
    classes: [Classes; BYTES],
    /// Bytes that are marked wherever they stand.
    alone: Vec<u8>,
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
    /// The first of them.
    byte: u8,
    /// All of them.
    bytes: [Byte; BYTES],
    finder: Finder,
}

/// What a byte may be.
#[derive(Clone, Copy, Debug)]
enum Byte {
    Any,
    Of(&'static ByteSet),
    One(u8),
}

impl Byte {
    fn is(self, byte: u8) -> bool {
        match self {
            Byte::Any => true,
            Byte::Of(set) => set.has(byte),
            Byte::One(one) => one == byte,
        }
    }

    /// Which bytes of ASCII it may be.
    fn ascii(self) -> impl Iterator<Item = u8> {
        (0..128).filter(move |byte| self.is(*byte))
    }

    /// How often that is there.
    fn frequency(self) -> i64 {
        self.ascii().map(frequency).sum()
    }
}

/// A literal, what follows it, and who looks there.
#[derive(Clone, Copy, Debug)]
pub struct Literal {
    /// The literal.
    pub bytes: &'static str,
    /// What stands behind it; anything or nothing, where that is not said.
    pub behind: Option<&'static ByteSet>,
    /// Who looks.
    pub finder: Finder,
}

/// Who looks where a literal stands.
#[derive(Clone, Copy, Debug)]
pub enum Finder {
    /// A detector's own function.
    Of(Detector, Find),
    /// What follows a prefix.
    Token(Detector, &'static Token),
    /// Notes that another text stands there encoded; nobody's find.
    Encoding(Note),
}

impl Literals {
    /// Those of detectors. Literals share a set where other pairs of bytes that then seem to be found
    /// are rarest.
    pub fn new(literals: impl Iterator<Item = Literal>) -> Literals {
        let (alone, others): (Vec<Entry>, Vec<Entry>) =
            literals.filter_map(Entry::new).partition(Entry::is_alone);
        let mut sets: Vec<Set> = others.into_iter().map(Set::of).collect();
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
        let mut classes = [Classes::default(); BYTES];
        let mut entries = alone.clone();
        for (at, set) in sets.enumerate() {
            let bit = 1 << at;
            for entry in &set.entries {
                for (classes, byte) in classes.iter_mut().zip(entry.bytes) {
                    match byte {
                        Byte::Any => classes.add_all(bit),
                        byte => byte.ascii().for_each(|byte| classes.add(byte, bit)),
                    }
                }
            }
            entries.extend(set.entries);
        }
        let mut pairs = [0; 128];
        for entry in &entries {
            let [_, next, _] = entry.bytes;
            let behind = next.ascii().fold(0, |all, byte| all | 1 << byte);
            pairs.iter_mut().skip(entry.byte.into()).take(1).for_each(|all| *all |= behind);
        }
        entries.sort_by_key(|entry| entry.byte);
        let below = |byte: u8| entries.partition_point(|entry| entry.byte < byte);
        let by_byte =
            (0..=u8::MAX).map(|byte| below(byte)..entries.partition_point(|entry| entry.byte <= byte));
        let by_byte = by_byte.collect();
        Literals { classes, alone: alone.iter().map(|entry| entry.byte).collect(), pairs, by_byte, entries }
    }

    /// The bytes that are marked wherever they stand.
    pub fn alone(&self) -> impl Iterator<Item = u8> {
        self.alone.iter().copied()
    }

    /// The classes of the bytes that literals are found by, in their order.
    pub fn classes(&self) -> &[Classes; BYTES] {
        &self.classes
    }

    /// What is not 0 seems to be where a literal is found. The second and third block are the text one and
    /// two bytes further on.
    #[inline]
    pub fn seem(&self, blocks: [Block; BYTES]) -> Block {
        let [first, second, third] = &self.classes;
        let [block, next, after] = blocks;
        first.seem(block) & second.seem(next) & third.seem(after)
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
            let [_, second, _] = entry.bytes;
            if second.is(next) {
                entry.look(text, at, hits);
            }
        }
    }
}

impl Entry {
    /// Found by the rarest three of its bytes that are neighbours, those behind it included.
    fn new(of: Literal) -> Option<Entry> {
        let literal = of.bytes.as_bytes();
        let byte = |at: usize| match (literal.get(at), of.behind) {
            (Some(byte), _) => Byte::One(*byte),
            (None, Some(behind)) if at == literal.len() => Byte::Of(behind),
            (None, _) => Byte::Any,
        };
        let bytes = |offset: usize| -> [Byte; BYTES] { std::array::from_fn(|at| byte(offset + at)) };
        let expected = |offset: &usize| match literal.get(*offset) {
            Some(byte) if MARKED.contains(byte) => 0,
            _ => bytes(*offset).into_iter().map(Byte::frequency).product::<i64>(),
        };
        let offset = (0..literal.len()).min_by_key(expected)?;
        let (byte, bytes) = (*literal.get(offset)?, bytes(offset));
        Some(Entry { literal, offset, byte, bytes, finder: of.finder })
    }

    /// Whether a single byte tells.
    fn is_alone(&self) -> bool {
        self.literal.len() == 1 || MARKED.contains(&self.byte)
    }

    /// Looks where its bytes were found.
    fn look(&self, text: &[u8], found: usize, hits: &mut Hits) {
        let Some(start) = found.checked_sub(self.offset) else { return };
        let end = start + self.literal.len();
        // What is one byte was found.
        let stands = self.literal.len() == 1 || text.get(start..end) == Some(self.literal);
        if !stands {
            return;
        }
        match self.finder {
            Finder::Of(detector, find) if hits.reach(detector) <= start => find(text, start..end, hits),
            Finder::Token(detector, token) if hits.reach(detector) <= start => {
                token.find(text, start..end, detector, hits);
            }
            Finder::Encoding(note) => note(&mut hits.encodings),
            _ => {}
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
struct Shape([[u16; 2]; BYTES]);

impl Shape {
    fn of(entry: &Entry) -> Shape {
        let halves = |[low, high]: [u16; 2], byte: u8| [low | 1 << (byte & 15), high | 1 << (byte >> 4)];
        Shape(entry.bytes.map(|byte| byte.ascii().fold([0; 2], halves)))
    }

    fn with(&self, other: &Shape) -> Shape {
        let mut both = *self;
        for (one, other) in both.0.iter_mut().flatten().zip(other.0.iter().flatten()) {
            *one |= other;
        }
        both
    }

    /// How often these bytes seem to be found, of the cube of what [`FREQUENCY`] counts by.
    fn size(&self) -> i64 {
        let seem = |[low, high]: [u16; 2]| {
            let of = |half: u16, halves: u16| halves >> half & 1 == 1;
            let highs = (0..8).filter(|half| of(*half, high));
            highs
                .map(|half| {
                    (0..16)
                        .filter(|other| of(*other, low))
                        .map(|other| frequency((half << 4 | other) as u8))
                        .sum::<i64>()
                })
                .sum::<i64>()
        };
        self.0.into_iter().map(seem).product()
    }
}
