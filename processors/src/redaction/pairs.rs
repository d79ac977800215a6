//! What pairs of neighbouring bytes are looked for by: so many that they share eight classes.

use super::block::Classes;
pub use super::neighbours::frequency_of as frequency;

/// Sets of pairs; each has a bit of a byte.
const SETS: usize = 8;

/// The half bytes that occur in some bytes, a bit for each lower and for each upper one: what [`Classes`]
/// tell them apart by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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

    /// How often a byte stands in logs that seems to be one of these.
    pub fn frequency(self) -> i64 {
        let [low, high] = self.0;
        let has = |halves: u16, half: &u8| halves >> half & 1 == 1;
        let with = |upper: u8| {
            (0..16).filter(|lower| has(low, lower)).map(move |lower| frequency(upper << 4 | lower))
        };
        (0..8).filter(|upper| has(high, upper)).flat_map(with).sum()
    }
}

/// The bytes of some pairs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    first: Halves,
    second: Halves,
    /// How often a pair seems to be found, of the square of what [`frequency`] counts by.
    size: i64,
}

impl Shape {
    /// The pairs of one of these bytes with one of those behind it.
    pub fn of(first: impl IntoIterator<Item = u8>, second: impl IntoIterator<Item = u8>) -> Shape {
        Shape::new(Halves::of(first), Halves::of(second))
    }

    fn new(first: Halves, second: Halves) -> Shape {
        Shape { first, second, size: first.frequency() * second.frequency() }
    }

    fn with(&self, other: &Shape) -> Shape {
        Shape::new(self.first.with(other.first), self.second.with(other.second))
    }
}

/// Arranges what is found by pairs: it shares a set where other pairs that then seem to be found are rarest.
/// All of it, set by set, and the classes of the bytes of each.
pub fn share<T>(found: impl Iterator<Item = (T, Shape)>) -> (Vec<T>, [Classes; 2]) {
    let mut sets: Vec<Set<T>> = Vec::new();
    for (one, shape) in found {
        match sets.iter_mut().find(|set| set.shape == shape) {
            Some(set) => set.members.push(one),
            None => sets.push(Set { members: vec![one], shape }),
        }
    }
    let joins = |sets: &[Set<T>], two: usize| -> Vec<Join> {
        (0..two).filter_map(|one| Join::of(sets, one, two)).collect()
    };
    let mut possible: Vec<Join> = (0..sets.len()).flat_map(|two| joins(&sets, two)).collect();
    let mut left = sets.len();
    while left > SETS
        && let Some(join) = possible.iter().min_by_key(|join| join.cost).copied()
    {
        let mut both = Set { members: Vec::new(), shape: Shape::default() };
        for at in [join.one, join.two] {
            sets.get_mut(at).into_iter().for_each(|set| both.take(set));
        }
        sets.push(both);
        possible.retain(|other| ![other.one, other.two].iter().any(|at| [join.one, join.two].contains(at)));
        possible.extend(joins(&sets, sets.len() - 1));
        left -= 1;
    }
    let sets = sets.into_iter().filter(|set| !set.members.is_empty());
    let (mut all, mut classes) = (Vec::new(), [Classes::EMPTY; 2]);
    for (at, set) in sets.enumerate() {
        let [first, second] = &mut classes;
        first.add_halves(set.shape.first.0, 1 << at);
        second.add_halves(set.shape.second.0, 1 << at);
        all.extend(set.members);
    }
    (all, classes)
}

/// What shares a bit.
struct Set<T> {
    members: Vec<T>,
    shape: Shape,
}

impl<T> Set<T> {
    /// Takes what another one has.
    fn take(&mut self, other: &mut Set<T>) {
        self.members.append(&mut other.members);
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
    fn of<T>(sets: &[Set<T>], one: usize, two: usize) -> Option<Join> {
        let full = |at: usize| sets.get(at).filter(|set| !set.members.is_empty());
        let (a, b) = (&full(one)?.shape, &full(two)?.shape);
        Some(Join { one, two, cost: a.with(b).size - a.size - b.size })
    }
}
