//! Three bytes side by side, by which literals are found: one pass over a text sees whether some of many
//! threes may stand in it.

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

/// Sets of threes; each has a bit of a byte, and each bank eight of them. The more sets, the fewer texts are
/// looked at in vain.
const SETS: usize = 8 * BANKS;
pub const BANKS: usize = 2;

/// Some threes, told from most others.
#[derive(Debug)]
pub struct Neighbours {
    /// By byte: the sets that may have it as the first, second and third.
    classes: [[Classes; BYTES]; BANKS],
}

impl Neighbours {
    /// These. Threes share a set where others that then seem to be among them are rarest.
    pub fn new(threes: impl Iterator<Item = Three>) -> Neighbours {
        let mut sets: Vec<Set> = threes.map(Set::of).collect();
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
        let mut classes = [[Classes::default(); BYTES]; BANKS];
        for (at, set) in sets.iter().filter(|set| !set.threes.is_empty()).enumerate() {
            let (bank, bit) = (at % BANKS, 1 << (at / BANKS));
            for three in &set.threes {
                for (classes, byte) in classes.iter_mut().skip(bank).take(1).flatten().zip(three) {
                    match byte {
                        Byte::Any => classes.add_all(bit),
                        byte => byte.ascii().for_each(|byte| classes.add(byte, bit)),
                    }
                }
            }
        }
        Neighbours { classes }
    }

    /// The classes of the three bytes, in their order, of each bank.
    pub fn classes(&self) -> &[[Classes; BYTES]; BANKS] {
        &self.classes
    }

    /// What is not 0 seems to be where one of them stands. The second and third block are the text one and
    /// two bytes further on.
    #[inline]
    pub fn seem(&self, [block, next, after]: [Block; BYTES]) -> Block {
        let seem = |[first, second, third]: &[Classes; BYTES]| {
            first.seem(block) & second.seem(next) & third.seem(after)
        };
        let [one, other] = &self.classes;
        seem(one) | seem(other)
    }
}

/// Threes that share a bit.
#[derive(Default)]
struct Set {
    threes: Vec<Three>,
    shape: Shape,
}

impl Set {
    fn of(three: Three) -> Set {
        Set { threes: vec![three], shape: Shape::of(three) }
    }

    /// Takes what another one has.
    fn take(&mut self, other: &mut Set) {
        self.threes.append(&mut other.threes);
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
        let full = |at: usize| sets.get(at).filter(|set| !set.threes.is_empty());
        let (a, b) = (&full(one)?.shape, &full(two)?.shape);
        Some(Join { one, two, cost: a.with(b).size() - a.size() - b.size() })
    }
}

/// The half bytes that occur in a set, a bit each: what [`Classes`] tell sets apart by.
#[derive(Clone, Copy, Default)]
struct Shape([[u16; 2]; BYTES]);

impl Shape {
    fn of(three: Three) -> Shape {
        let halves = |[low, high]: [u16; 2], byte: u8| [low | 1 << (byte & 15), high | 1 << (byte >> 4)];
        Shape(three.map(|byte| byte.ascii().fold([0; 2], halves)))
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
                        .map(|other| frequency_of((half << 4 | other) as u8))
                        .sum::<i64>()
                })
                .sum::<i64>()
        };
        self.0.into_iter().map(seem).product()
    }
}
