//! Where in a request which pattern may find something, told in one pass over all its bytes.

use super::super::block::{Block, Classes};
use super::super::marker::Marker;
use super::super::pairs::{self, Shape};
use super::class::{Class, SHORTEST_ROW, Way};
use super::needs::{Sequence, needs};
use std::cell::Cell;
use std::iter;
use std::ops::Range;

/// Finds what patterns need.
#[derive(Debug)]
pub struct Spotter {
    marker: Marker,
    /// By ASCII byte: a bit for each that may stand behind it; what is beyond ASCII counts as the last.
    pairs: [[u64; 2]; 128],
    /// By ASCII byte: the numbers of the sequences that are found where it stands.
    by_byte: Vec<Vec<usize>>,
    sequences: Vec<Needed>,
    rows: Vec<Row>,
}

/// A sequence, found by two neighbouring bytes.
#[derive(Debug)]
struct Needed {
    classes: Sequence,
    /// The number of the character whose last byte is the first of the two.
    found_by: usize,
    /// Which bits are the same whenever it stands somewhere, in the eight bytes from there on, and what they are.
    mask: u64,
    common: u64,
    pattern: usize,
}

/// Sequences that are found by rows of bytes of one class.
#[derive(Debug)]
struct Row {
    class: Class,
    /// With the numbers of their patterns.
    sequences: Vec<(Sequence, usize)>,
    /// How many bytes the shortest of them has.
    shortest: usize,
}

/// Places in what was looked at.
#[derive(Debug, Default)]
pub struct Spots {
    /// The places with the numbers of the patterns that may have a find around them, in order.
    list: Vec<(usize, usize)>,
    /// Whether there were too many.
    everywhere: bool,
    /// The first that is not before the part that was asked for last: parts are mostly asked for in order.
    next: Cell<usize>,
}

impl Spotter {
    /// How many sequences are found by pairs, as arranging them takes time that is cubic in their number.
    const MOST: usize = 256;

    /// What these patterns need, and the numbers of those that need nothing that can be found.
    pub fn new<'p>(patterns: impl Iterator<Item = &'p str>) -> (Spotter, Vec<usize>) {
        let (mut sequences, mut rows, mut others) = (Vec::new(), Vec::new(), Vec::new());
        for (pattern, source) in patterns.enumerate() {
            match needs(source) {
                Some(needed) if sequences.len() + needed.len() <= Self::MOST => {
                    for classes in needed {
                        match Way::of(&classes) {
                            Some((Way::Pair(found_by), _)) => {
                                sequences.push(Needed::new(classes, found_by, pattern));
                            }
                            Some((Way::Row(class), _)) => Row::add(&mut rows, class, (classes, pattern)),
                            None => {}
                        }
                    }
                }
                _ => others.push(pattern),
            }
        }
        let shapes = sequences.into_iter().map(|needed| {
            let shape = Shape::of(needed.first(), needed.second());
            (needed, shape)
        });
        let (sequences, pair) = pairs::share(shapes);
        let (mut pairs, mut by_byte) = ([[0; 2]; 128], vec![Vec::new(); 128]);
        for (number, needed) in sequences.iter().enumerate() {
            let seconds: u128 = needed.second().fold(0, |all, byte| all | 1 << byte.min(127));
            let mut firsts: Vec<usize> = needed.first().map(|byte| byte.min(127).into()).collect();
            firsts.dedup();
            for first in firsts {
                for [low, high] in pairs.iter_mut().skip(first).take(1) {
                    (*low, *high) = (*low | seconds as u64, *high | (seconds >> 64) as u64);
                }
                by_byte.iter_mut().skip(first).take(1).for_each(|all| all.push(number));
            }
        }
        let marker = Marker { pair, row: Row::all(&rows), shortest_row: Row::shortest_of(&rows) };
        (Spotter { marker, pairs, by_byte, sequences, rows }, others)
    }

    /// Finds in some bytes what patterns need.
    pub fn look(&self, bytes: &[u8], spots: &mut Spots) {
        spots.list.clear();
        spots.everywhere = false;
        spots.next.set(0);
        if self.sequences.is_empty() && self.rows.is_empty() {
            return;
        }
        let mut start = 0;
        self.marker.each_word(bytes, |pairs, rows| {
            bits(pairs).for_each(|at| self.look_at_pair(bytes, start + at, spots));
            bits(rows).for_each(|at| self.look_at_row(bytes, start + at, spots));
            start += u64::BITS as usize;
        });
        spots.list.sort_unstable();
    }

    #[inline]
    fn look_at_pair(&self, bytes: &[u8], at: usize, spots: &mut Spots) {
        let Some(byte) = bytes.get(at) else { return };
        // Nothing stands behind the end.
        let next = bytes.get(at + 1).map_or(0, |next| (*next).min(127));
        let behind = self.pairs.get(usize::from((*byte).min(127)));
        let behind = behind.and_then(|all| all.get(usize::from(next / 64))).copied().unwrap_or_default();
        if behind >> (next % 64) & 1 == 1 {
            self.look_closer(bytes, at, spots);
        }
    }

    #[inline(never)]
    fn look_closer(&self, bytes: &[u8], at: usize, spots: &mut Spots) {
        let (before, from) = bytes.split_at_checked(at).unwrap_or_default();
        let Some((byte, behind)) = from.split_first() else { return };
        let eight = from.first_chunk().map(|eight| u64::from_le_bytes(*eight));
        for number in self.by_byte.get(usize::from((*byte).min(127))).map_or(&[] as &[usize], Vec::as_slice) {
            if let Some(needed) = self.sequences.get(*number)
                && eight.is_none_or(|eight| eight & needed.mask == needed.common)
                && (!byte.is_ascii() || needed.may_stand(before, behind))
            {
                spots.push(at, needed.pattern);
            }
        }
    }

    /// Looks at a row that is long enough at `at` for the first time.
    #[inline(never)]
    fn look_at_row(&self, bytes: &[u8], at: usize, spots: &mut Spots) {
        let start = (at + 1).saturating_sub(self.marker.shortest_row as usize);
        let row = bytes.get(start..self.row_end(bytes, at)).unwrap_or_default();
        self.rows.iter().for_each(|of| of.look(row, start, spots));
    }

    fn row_end(&self, bytes: &[u8], mut at: usize) -> usize {
        loop {
            let rest = bytes.get(at..).unwrap_or_default();
            let len = self.marker.row.seem(Block::first(rest)).mask().trailing_ones() as usize;
            if len < Block::LEN {
                return at + len;
            }
            at += len;
        }
    }
}

impl Needed {
    fn new(classes: Sequence, found_by: usize, pattern: usize) -> Needed {
        let (mut mask, mut common) = ([0; 8], [0; 8]);
        // Behind a character that may have several bytes nothing is known.
        let known = classes.iter().skip(found_by).take_while(|class| !class.has_others());
        for (class, bits) in known.zip(mask.iter_mut().zip(&mut common)) {
            (*bits.0, *bits.1) = class.common();
        }
        let (mask, common) = (u64::from_le_bytes(mask), u64::from_le_bytes(common));
        Needed { classes, found_by, mask, common, pattern }
    }

    fn first(&self) -> impl Iterator<Item = u8> {
        self.classes.get(self.found_by).into_iter().flat_map(|class| class.bytes())
    }

    /// What may stand behind it: anything, behind the last one.
    fn second(&self) -> impl Iterator<Item = u8> {
        let next = self.classes.get(self.found_by + 1).copied();
        (0..=u8::MAX).filter(move |byte| next.is_none_or(|class| class.has(*byte)))
    }

    /// Whether it may stand where the first byte that it is found by is, between these.
    fn may_stand(&self, before: &[u8], behind: &[u8]) -> bool {
        let (left, right) = self.classes.split_at_checked(self.found_by).unwrap_or_default();
        let right = right.get(1..).unwrap_or_default();
        agree(left.iter().rev(), before.iter().rev()) && agree(right.iter(), behind.iter())
    }
}

/// Whether bytes are of the classes beside them, as far as bytes are characters: behind one that is beyond ASCII
/// it cannot be told.
#[inline]
fn agree<'b>(
    classes: impl ExactSizeIterator<Item = &'b Class>,
    bytes: impl ExactSizeIterator<Item = &'b u8>,
) -> bool {
    let enough = bytes.len() >= classes.len();
    for (class, byte) in classes.zip(bytes) {
        if !class.has(*byte) {
            return false;
        }
        if !byte.is_ascii() {
            return true;
        }
    }
    enough
}

impl Row {
    fn add(rows: &mut Vec<Row>, class: Class, sequence: (Sequence, usize)) {
        let shortest = sequence.0.len();
        match rows.iter_mut().find(|row| row.class == class) {
            Some(row) => {
                row.shortest = row.shortest.min(shortest);
                row.sequences.push(sequence);
            }
            None => rows.push(Row { class, sequences: vec![sequence], shortest }),
        }
    }

    /// The class of what may stand in one of these. The upper half of a byte says which bit it has, so that
    /// what seems to be in it is in it; control characters are in none, and theirs is that of what is beyond ASCII.
    fn all(rows: &[Row]) -> Classes {
        let mut all = Classes::EMPTY;
        for byte in rows.iter().flat_map(|row| row.class.bytes()) {
            match byte.is_ascii() {
                true => all.add(byte, 1 << (byte >> 4)),
                false => all.add_halves([u16::MAX, 0xFF00], 1),
            }
        }
        all
    }

    /// How many bytes are marked as one of these.
    fn shortest_of(rows: &[Row]) -> u32 {
        let shortest = rows.iter().map(|row| row.shortest).min().unwrap_or(SHORTEST_ROW);
        shortest.clamp(SHORTEST_ROW, 16) as u32
    }

    /// Looks at a row of bytes of any class, which begins at `start` of all.
    fn look(&self, row: &[u8], start: usize, spots: &mut Spots) {
        let mut from = 0;
        // Whatever is not of the class is looked for from behind, as nothing before it is long enough then.
        while let Some(part) = row.get(from..from + self.shortest) {
            if let Some(other) = part.iter().rposition(|byte| !self.class.has(*byte)) {
                from += other + 1;
                continue;
            }
            let rest = row.get(from..).unwrap_or_default();
            let len = rest.iter().position(|byte| !self.class.has(*byte)).unwrap_or(rest.len());
            for (sequence, pattern) in &self.sequences {
                each_end(sequence, rest.get(..len).unwrap_or_default(), |end| {
                    spots.push(start + from + end - 1, *pattern);
                });
            }
            from += len;
        }
    }
}

/// Shows where a sequence may end in a row of bytes of its class. Where it may stand several times over, each
/// of them holds the last byte of one that is shown.
fn each_end(sequence: &Sequence, row: &[u8], mut show: impl FnMut(usize)) {
    let mut from = 0;
    while let Some(part) = row.get(from..from + sequence.len()) {
        if agree(sequence.iter(), part.iter()) {
            from += sequence.len();
            show(from);
        } else {
            from += 1;
        }
    }
}

impl Spots {
    /// How many are kept: more only come of requests that are made of them.
    const MOST: usize = 1 << 16;

    fn push(&mut self, at: usize, pattern: usize) {
        match self.list.len() < Self::MOST {
            true => self.list.push((at, pattern)),
            false => self.everywhere = true,
        }
    }

    /// Whether a pattern may have a find in a part of what was looked at.
    #[inline]
    pub fn any(&self, part: &Range<usize>) -> bool {
        self.everywhere || self.list.get(self.from(part.start)).is_some_and(|(at, _)| *at < part.end)
    }

    /// The first that is not before `start`.
    #[inline]
    fn from(&self, start: usize) -> usize {
        let is_before = |number: usize| self.list.get(number).is_some_and(|(at, _)| *at < start);
        let mut next = self.next.get();
        while is_before(next) {
            next += 1;
        }
        while next > 0 && !is_before(next - 1) {
            next -= 1;
        }
        self.next.set(next);
        next
    }

    /// The patterns that may have a find in a part of what was looked at; `None` where all may.
    pub fn within(&self, part: &Range<usize>) -> Option<impl Iterator<Item = usize>> {
        let end = part.end;
        let rest = self.list.get(self.from(part.start)..).unwrap_or_default().iter();
        (!self.everywhere).then(|| rest.take_while(move |(at, _)| *at < end).map(|(_, pattern)| *pattern))
    }
}

/// The bits that are set, the lowest first.
fn bits(mut word: u64) -> impl Iterator<Item = usize> {
    iter::from_fn(move || {
        let lowest = word.trailing_zeros() as usize;
        (word != 0).then(|| {
            word &= word - 1;
            lowest
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_spots_of_a_part_are_those_in_it_in_whatever_order_parts_are_asked_for(
            places in proptest::collection::btree_set((0usize..50, 0usize..3), 0..9), parts in proptest::collection::vec(0usize..50, 1..9),
        ) {
            let spots = Spots { list: places.iter().copied().collect(), ..Spots::default() };
            for part in parts.windows(2).filter_map(|ends| Some(*ends.first()?..*ends.last()?)) {
                let expected: Vec<usize> = places.iter().filter(|(at, _)| part.contains(at)).map(|(_, of)| *of).collect();
                prop_assert_eq!(spots.any(&part), !expected.is_empty());
                prop_assert_eq!(spots.within(&part).map(Vec::from_iter), Some(expected));
            }
        }
    }

    #[test]
    fn with_too_many_spots_every_pattern_looks_everywhere() {
        let (spotter, others) = Spotter::new(["EMP-", "x@y"].into_iter());
        let mut spots = Spots::default();
        spotter.look("EMP-".repeat(Spots::MOST + 1).as_bytes(), &mut spots);
        assert!(others.is_empty() && spots.any(&(0..0)) && spots.within(&(0..4)).is_none());
        spotter.look(b"EMP-", &mut spots);
        assert_eq!(spots.within(&(0..4)).map(Vec::from_iter), Some(vec![0]));
    }
}
