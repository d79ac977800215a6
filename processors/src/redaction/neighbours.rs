//! Three bytes side by side, by which literals and what patterns need are found: one pass over a text sees
//! whether some of many threes may stand in it.

use super::block::{Block, Classes};
use super::byte_set::ByteSet;

/// How many neighbouring bytes a literal is found by.
pub const BYTES: usize = 3;

/// What a byte may be.
#[derive(Clone, Copy, Debug)]
pub enum Byte {
    /// Whatever it is.
    Any,
    /// One of a set.
    Of(&'static ByteSet),
    /// This one.
    One(u8),
    /// This letter, in either case.
    Letter(u8),
}

impl Byte {
    /// Whether it may be this one.
    pub fn is(self, byte: u8) -> bool {
        match self {
            Byte::Any => true,
            Byte::Of(set) => set.has(byte),
            Byte::One(one) => one == byte,
            Byte::Letter(letter) => letter.eq_ignore_ascii_case(&byte),
        }
    }

    /// Which bytes of ASCII it may be.
    pub fn ascii(self) -> impl Iterator<Item = u8> {
        (0..128).filter(move |byte| self.is(*byte))
    }
}

/// Three bytes.
pub type Three = [Byte; BYTES];

/// The rarest three of some bytes that stand side by side, and how many stand before them. What `byte` says
/// stands at a place; anything, beyond the end.
pub fn rarest(len: usize, byte: impl Fn(usize) -> Byte) -> Option<(usize, Three)> {
    let three = |at: usize| std::array::from_fn(|next| byte(at + next));
    (0..len).map(|at| (at, three(at))).min_by_key(|(_, three)| frequency(*three))
}

/// How often three bytes stand in logs.
fn frequency(three: Three) -> i64 {
    three.into_iter().map(|byte| byte.ascii().map(frequency_of).sum::<i64>()).product()
}

/// How often a byte stands in logs, from the space on: of 5,000 bytes, as the clean lines of the corpus in
/// `tests/redaction` have them. Literals are found by what is rare.
const FREQUENCY: [u8; 96] = [
    255, 1, 236, 1, 1, 2, 1, 6, 11, 11, 2, 2, 58, 95, 106, 61, 182, 190, 159, 113, 112, 108, 103, 96, 97, 96,
    151, 4, 1, 56, 2, 1, 5, 23, 5, 20, 19, 20, 9, 7, 7, 23, 4, 4, 13, 13, 15, 14, 14, 2, 16, 24, 30, 9, 6, 6,
    3, 4, 8, 15, 1, 16, 1, 10, 1, 189, 58, 119, 126, 255, 46, 50, 30, 131, 8, 19, 81, 66, 132, 138, 80, 7,
    145, 163, 185, 91, 30, 16, 19, 35, 7, 13, 4, 13, 1, 0,
];

/// The same of any byte. What is no sign is hardly ever there.
pub fn frequency_of(byte: u8) -> i64 {
    let of = usize::from(byte).checked_sub(32).and_then(|at| FREQUENCY.get(at));
    of.copied().unwrap_or_default().into()
}

/// Sets of threes: each has a bit of a byte, so that a bank has eight of them.
const BANK: usize = 8;

/// How many places of a text may be looked at in vain before a second bank costs less: one in 200, as
/// [`Shape::size`] counts.
const FEW: i64 = i64::pow(5000, BYTES as u32) / 200;

/// By byte: the sets that may have it as the first, as the second and as the third.
pub type Bank = [Classes; BYTES];

/// Some threes, told from most others.
#[derive(Debug)]
pub struct Neighbours {
    one: Bank,
    /// The more sets, the fewer places are looked at in vain; but few threes need no more than eight.
    other: Option<Bank>,
}

impl Neighbours {
    /// These. Threes share a set where others that then seem to be among them are rarest.
    pub fn new(threes: impl Iterator<Item = Shape>) -> Neighbours {
        let mut sets = Sets::of(threes);
        sets.join(2 * BANK);
        let apart = sets.clone();
        sets.join(BANK);
        if sets.size() <= FEW {
            return Neighbours { one: bank(sets.shapes()), other: None };
        }
        let [even, odd] = [0, 1].map(|first| bank(apart.shapes().skip(first).step_by(2)));
        Neighbours { one: even, other: Some(odd) }
    }

    /// The first bank.
    pub fn one(&self) -> &Bank {
        &self.one
    }

    /// The second bank, if there is one.
    pub fn other(&self) -> Option<&Bank> {
        self.other.as_ref()
    }

    /// What is not 0 seems to be where one of them stands. The second and third block are the text one and
    /// two bytes further on.
    #[inline]
    pub fn seem(&self, [block, next, after]: [Block; BYTES]) -> Block {
        let seem = |[first, second, third]: &Bank| first.seem(block) & second.seem(next) & third.seem(after);
        match &self.other {
            Some(other) => seem(&self.one) | seem(other),
            None => seem(&self.one),
        }
    }
}

/// Up to eight sets.
fn bank<'s>(sets: impl Iterator<Item = &'s Shape>) -> Bank {
    let mut bank = Bank::default();
    for (at, set) in sets.enumerate() {
        for (classes, Halves(halves)) in bank.iter_mut().zip(set.bytes) {
            classes.add_halves(halves, 1 << at);
        }
    }
    bank
}

/// Sets of threes, fewer and fewer; one that was joined with another leaves its place empty.
#[derive(Clone)]
struct Sets {
    sets: Vec<Option<Shape>>,
    /// What could be joined next.
    joins: Vec<Join>,
}

impl Sets {
    /// A set for each.
    fn of(threes: impl Iterator<Item = Shape>) -> Sets {
        let mut sets: Vec<Option<Shape>> = Vec::new();
        for three in threes.map(Some) {
            if !sets.contains(&three) {
                sets.push(three);
            }
        }
        let joins = (0..sets.len()).flat_map(|two| Join::with_former(&sets, two)).collect();
        Sets { sets, joins }
    }

    fn shapes(&self) -> impl Iterator<Item = &Shape> {
        self.sets.iter().flatten()
    }

    /// How often one of them seems to be found.
    fn size(&self) -> i64 {
        self.shapes().map(|set| set.size).sum()
    }

    /// Joins those that it costs least, until there are no more than so many.
    fn join(&mut self, most: usize) {
        let all: Vec<Shape> = self.shapes().copied().collect();
        for _ in most..self.shapes().count() {
            let Some(join) = self.joins.iter().min_by_key(|join| join.cost).copied() else { return };
            let joined = [join.one, join.two];
            let both = joined.into_iter().filter_map(|at| self.sets.get_mut(at)?.take());
            let both = both.reduce(|one, other| one.with(&other));
            self.sets.push(both);
            self.joins.retain(|other| ![other.one, other.two].iter().any(|at| joined.contains(at)));
            self.joins.extend(Join::with_former(&self.sets, self.sets.len() - 1));
        }
        self.exchange(&all);
    }

    /// Moves each of those that were joined to the set where it costs least: who was joined early may be better off with
    /// those that came together later.
    fn exchange(&mut self, all: &[Shape]) {
        let mut sets: Vec<Vec<Shape>> = self.shapes().map(|_| Vec::new()).collect();
        for three in all {
            let home = self.shapes().position(|set| set.with(three) == *set).unwrap_or(0);
            sets.get_mut(home).into_iter().for_each(|set| set.push(*three));
        }
        let mut shapes: Vec<Option<Shape>> = sets.iter().map(|set| joined(set)).collect();
        for three in all.iter().cycle().take(ROUNDS * all.len()) {
            let Some(home) = sets.iter().position(|set| set.contains(three)) else { continue };
            let others = sets.get(home).into_iter().flatten().filter(|other| *other != three);
            let without = others.copied().reduce(|one, other| one.with(&other));
            let size = |set: &Option<Shape>| set.as_ref().map_or(0, |set| set.size);
            let gain = shapes.get(home).map_or(0, size) - size(&without);
            let cost =
                |set: &Option<Shape>| set.as_ref().map_or(three.size, |it| it.with(three).size - it.size);
            let costs = shapes.iter().map(cost).enumerate().filter(|(at, _)| *at != home);
            let Some((best, _)) = costs.min_by_key(|(_, cost)| *cost).filter(|(_, cost)| *cost < gain) else {
                continue;
            };
            sets.iter_mut().enumerate().for_each(|(at, set)| match at {
                _ if at == home => set.retain(|other| other != three),
                _ if at == best => set.push(*three),
                _ => {}
            });
            shapes = sets.iter().map(|set| joined(set)).collect();
        }
        self.sets = shapes;
        self.joins = (0..self.sets.len()).flat_map(|two| Join::with_former(&self.sets, two)).collect();
    }
}

/// How often each is asked whether it moves: nearly none does a third time.
const ROUNDS: usize = 3;

/// All of these in one.
fn joined(set: &[Shape]) -> Option<Shape> {
    set.iter().copied().reduce(|one, other| one.with(&other))
}

/// Two sets that could be one.
#[derive(Clone, Copy)]
struct Join {
    one: usize,
    two: usize,
    /// How many more threes would seem to be found.
    cost: i64,
}

impl Join {
    /// Of a set with each that stands before it.
    fn with_former(sets: &[Option<Shape>], two: usize) -> impl Iterator<Item = Join> {
        (0..two).filter_map(move |one| Join::of(sets, one, two))
    }

    /// `None` where one of them was joined with another.
    fn of(sets: &[Option<Shape>], one: usize, two: usize) -> Option<Join> {
        let (a, b) = (sets.get(one)?.as_ref()?, sets.get(two)?.as_ref()?);
        Some(Join { one, two, cost: a.with(b).size - a.size - b.size })
    }
}

/// The bytes of one or several threes, as [`Classes`] tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    bytes: [Halves; BYTES],
    /// How often these bytes seem to be found, of the cube of what [`FREQUENCY`] counts by.
    size: i64,
}

impl Shape {
    /// One of the first bytes, of the second and of the third.
    pub fn new(bytes: [Halves; BYTES]) -> Shape {
        let size = |of: fn(&Halves) -> i64| bytes.iter().map(of).product::<i64>();
        // Letters stand beside letters more often than chance would have it.
        Shape { bytes, size: size(Halves::frequency) + 4 * size(Halves::of_letters) }
    }

    fn with(&self, other: &Shape) -> Shape {
        let ([a, b, c], [x, y, z]) = (self.bytes, other.bytes);
        Shape::new([a.with(x), b.with(y), c.with(z)])
    }
}

/// The half bytes that occur in some bytes, a bit for each lower and for each upper one: what [`Classes`]
/// tell them apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Halves([u16; 2]);

impl Halves {
    /// Those of these bytes.
    pub fn of(bytes: impl IntoIterator<Item = u8>) -> Halves {
        let halves = |[low, high]: [u16; 2], byte: u8| [low | 1 << (byte & 15), high | 1 << (byte >> 4)];
        Halves(bytes.into_iter().fold([0; 2], halves))
    }

    fn with(self, other: Halves) -> Halves {
        let ([a, b], [c, d]) = (self.0, other.0);
        Halves([a | c, b | d])
    }

    /// The same of letters in lower case.
    fn of_letters(&self) -> i64 {
        let [low, high] = self.0;
        Halves([low, high & 0b1100_0000]).frequency()
    }

    /// How often a byte stands in logs that seems to be one of these.
    pub fn frequency(&self) -> i64 {
        let [low, high] = self.0;
        let has = |halves: u16, half: &u8| halves >> half & 1 == 1;
        let with = |upper: u8| {
            (0..16).filter(|lower| has(low, lower)).map(move |lower| frequency_of(upper << 4 | lower))
        };
        (0..8).filter(|upper| has(high, upper)).flat_map(with).sum()
    }
}

impl From<Byte> for Halves {
    fn from(byte: Byte) -> Halves {
        match byte {
            Byte::Any => Halves::of(0..=u8::MAX),
            byte => Halves::of(byte.ascii()),
        }
    }
}
