//! Where in a request which pattern may find something, told in one pass over all its bytes.

use super::super::block::Block;
use super::super::embedded::{Encodings, SIGNS};
use super::super::neighbours::{Halves, Neighbours, Shape};
use super::super::scan::Marker;
use super::super::whereabouts::address;
use super::bits::Bits;
use super::class::Way;
use super::needs::{Sequence, needs};
use super::rows::{Row, agree};
use regex_syntax::escape;
use std::cell::Cell;
use std::iter;
use std::ops::Range;

/// Finds what patterns need, and what shows how texts are written in others.
#[derive(Debug)]
pub struct Spotter {
    marker: Marker,
    /// By ASCII byte: the numbers of the sequences that are found where it stands; what is beyond ASCII counts
    /// as the last.
    by_byte: Vec<Vec<usize>>,
    sequences: Vec<Needed>,
    rows: Vec<Row>,
}

/// A sequence, found by three neighbouring bytes.
#[derive(Debug)]
struct Needed {
    classes: Sequence,
    /// The number of the character whose last byte is the first of the three.
    found_by: usize,
    /// Which bits are the same whenever it stands somewhere, in the eight bytes from there on, and what they are.
    mask: u64,
    common: u64,
    of: Of,
}

/// Who needs something, by its number.
#[derive(Clone, Copy, Debug)]
enum Of {
    Pattern(usize),
    /// One of [`SIGNS`], of which there may be many: an address has several.
    Sign(usize),
}

/// Places in what was looked at.
#[derive(Debug, Default)]
pub struct Spots {
    /// The address where that begins, and how long it is.
    start: usize,
    len: usize,
    /// The places with the numbers of the patterns that may have a find around them, in order.
    list: Vec<(usize, usize)>,
    /// Whether there were too many.
    everywhere: bool,
    /// Where each of [`SIGNS`] seems to stand.
    signs: [Bits; SIGNS.len()],
    /// The first that is not before the part that was asked for last: parts are mostly asked for in order.
    next: Cell<usize>,
    /// From where to where there is no sign.
    no_sign: Cell<(usize, usize)>,
}

impl Spotter {
    /// How many sequences of patterns are found by their neighbours, as arranging them takes time that is cubic in their
    /// number.
    const MOST: usize = 256;

    /// What these patterns need, and the numbers of those that need nothing that can be found. `reads` says whether signs are
    /// looked for, too.
    pub fn new<'p>(patterns: impl Iterator<Item = &'p str>, reads: bool) -> (Spotter, Vec<usize>) {
        let (mut sequences, mut rows, mut others) = (Vec::new(), Vec::new(), Vec::new());
        for (pattern, source) in patterns.enumerate() {
            match needs(source) {
                Some(needed) if sequences.len() + needed.len() <= Self::MOST => {
                    for classes in needed {
                        match Way::of(&classes) {
                            Some((Way::Three(found_by), _)) => {
                                sequences.push(Needed::new(classes, found_by, Of::Pattern(pattern)));
                            }
                            Some((Way::Row(class), _)) => Row::add(&mut rows, class, (classes, pattern)),
                            None => {}
                        }
                    }
                }
                _ => others.push(pattern),
            }
        }
        if reads {
            sequences.extend(signs());
        }
        let neighbours = Neighbours::new(sequences.iter().map(Needed::shape));
        let mut by_byte = vec![Vec::new(); 128];
        for (number, needed) in sequences.iter().enumerate() {
            let mut firsts: Vec<usize> = needed.first().map(|byte| byte.min(127).into()).collect();
            firsts.dedup();
            for first in firsts {
                by_byte.iter_mut().skip(first).take(1).for_each(|all| all.push(number));
            }
        }
        let marker = Marker { neighbours, row: Row::all(&rows), shortest_row: Row::shortest_of(&rows) };
        (Spotter { marker, by_byte, sequences, rows }, others)
    }

    /// Finds in some bytes what patterns need.
    pub fn look(&self, bytes: &[u8], spots: &mut Spots) {
        let (mut list, mut signs) = (std::mem::take(&mut spots.list), std::mem::take(&mut spots.signs));
        list.clear();
        signs.iter_mut().for_each(Bits::clear);
        *spots = Spots { start: address(bytes), len: bytes.len(), list, signs, ..Spots::default() };
        if self.sequences.is_empty() && self.rows.is_empty() {
            return;
        }
        let mut start = 0;
        self.marker.each_word(bytes, |marked, rows| {
            bits(marked).for_each(|at| self.look_at(bytes, start + at, spots));
            bits(rows).for_each(|at| self.look_at_row(bytes, start + at, spots));
            start += u64::BITS as usize;
        });
        spots.list.sort_unstable();
    }

    /// Looks at what is marked.
    #[inline]
    fn look_at(&self, bytes: &[u8], at: usize, spots: &mut Spots) {
        let from = bytes.get(at..).unwrap_or_default();
        let Some(byte) = from.first() else { return };
        let eight = from.first_chunk().map(|eight| u64::from_le_bytes(*eight));
        for number in self.by_byte.get(usize::from((*byte).min(127))).map_or(&[] as &[usize], Vec::as_slice) {
            if let Some(needed) = self.sequences.get(*number)
                && eight.is_none_or(|eight| eight & needed.mask == needed.common)
                && (!byte.is_ascii() || needed.may_stand(bytes, at))
            {
                spots.push(at, needed.of);
            }
        }
    }

    /// Looks at a row that is long enough at `at` for the first time.
    #[inline(never)]
    fn look_at_row(&self, bytes: &[u8], at: usize, spots: &mut Spots) {
        let start = (at + 1).saturating_sub(self.marker.shortest_row as usize);
        let row = bytes.get(start..self.row_end(bytes, at)).unwrap_or_default();
        for of in &self.rows {
            of.look(row, |at, pattern| spots.push(start + at, Of::Pattern(pattern)));
        }
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
    fn new(classes: Sequence, found_by: usize, of: Of) -> Needed {
        let (mut mask, mut common) = ([0; 8], [0; 8]);
        // Behind a character that may have several bytes nothing is known.
        let known = classes.iter().skip(found_by).take_while(|class| !class.has_others());
        for (class, bits) in known.zip(mask.iter_mut().zip(&mut common)) {
            (*bits.0, *bits.1) = class.common();
        }
        let (mask, common) = (u64::from_le_bytes(mask), u64::from_le_bytes(common));
        Needed { classes, found_by, mask, common, of }
    }

    fn first(&self) -> impl Iterator<Item = u8> {
        self.classes.get(self.found_by).into_iter().flat_map(|class| class.bytes())
    }

    /// What may stand behind it: anything, behind the last one.
    fn second(&self) -> impl Iterator<Item = u8> {
        let next = self.classes.get(self.found_by + 1).copied();
        (0..=u8::MAX).filter(move |byte| next.is_none_or(|class| class.has(*byte)))
    }

    /// What may stand behind that: the rest of its character, or the next one.
    fn third(&self) -> impl Iterator<Item = u8> {
        let [second, third] = [1, 2].map(|behind| self.classes.get(self.found_by + behind).copied());
        let goes_on = second.is_some_and(|class| class.has_others());
        let may_be = move |byte: &u8| third.is_none_or(|class| class.has(*byte));
        (0..=u8::MAX).filter(move |byte| may_be(byte) || goes_on && !byte.is_ascii())
    }

    fn shape(&self) -> Shape {
        Shape::new([Halves::of(self.first()), Halves::of(self.second()), Halves::of(self.third())])
    }

    /// Whether it may stand where the first byte that it is found by is at `at`.
    #[inline(never)]
    fn may_stand(&self, bytes: &[u8], at: usize) -> bool {
        let (before, from) = bytes.split_at_checked(at).unwrap_or_default();
        let (left, right) = self.classes.split_at_checked(self.found_by).unwrap_or_default();
        agree(left.iter().rev(), before.iter().rev()) && agree(right.iter().skip(1), from.iter().skip(1))
    }
}

impl Spots {
    /// How many are kept: more only come of requests that are made of them.
    const MOST: usize = 1 << 16;

    fn push(&mut self, at: usize, of: Of) {
        match of {
            Of::Sign(number) => self.signs.iter_mut().skip(number).take(1).for_each(|bits| bits.set(at)),
            Of::Pattern(pattern) if self.list.len() < Self::MOST => self.list.push((at, pattern)),
            Of::Pattern(_) => self.everywhere = true,
        }
    }

    /// Whether a text is a part of what was looked at.
    pub fn know(&self, text: &[u8]) -> bool {
        self.place(text).start < self.len
    }

    /// Whether a pattern may have a find in a part of what was looked at, or in what stands there encoded.
    #[inline]
    pub fn any(&self, part: &[u8]) -> bool {
        let place = self.place(part);
        self.everywhere
            || self.list.get(self.from(place.start)).is_some_and(|(at, _)| *at < place.end)
            || self.has_sign(place)
    }

    #[inline]
    fn has_sign(&self, place: Range<usize>) -> bool {
        let (from, to) = self.no_sign.get();
        (place.start < from || to < place.end) && self.next_sign(place.start) < place.end
    }

    /// The first sign that is not before `start`.
    #[inline(never)]
    fn next_sign(&self, start: usize) -> usize {
        let sign =
            self.signs.iter().filter_map(|bits| bits.first(start..usize::MAX)).min().unwrap_or(usize::MAX);
        self.no_sign.set((start, sign));
        sign
    }

    /// How other texts may be written in a part of what was looked at.
    pub fn encodings(&self, part: &[u8]) -> Encodings {
        let mut seen = Encodings::default();
        let place = self.place(part);
        let here = self.signs.iter().zip(SIGNS).filter(|(bits, _)| bits.first(place.clone()).is_some());
        here.for_each(|(_, (_, note))| note(&mut seen));
        seen
    }

    #[inline]
    fn place(&self, part: &[u8]) -> Range<usize> {
        let start = address(part).wrapping_sub(self.start);
        start..start.wrapping_add(part.len())
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
    pub fn within(&self, part: &[u8]) -> Option<impl Iterator<Item = usize>> {
        let Range { start, end } = self.place(part);
        let rest = self.list.get(self.from(start)..).unwrap_or_default().iter();
        (!self.everywhere).then(|| rest.take_while(move |(at, _)| *at < end).map(|(_, pattern)| *pattern))
    }
}

/// What shows how texts are written in others.
fn signs() -> Vec<Needed> {
    let of = |(number, (signs, _)): (usize, (&[&str], _))| {
        let any = signs.iter().map(|sign| escape(sign)).collect::<Vec<_>>().join("|");
        let sequences = needs(&any).unwrap_or_default().into_iter();
        sequences.filter_map(move |classes| match Way::of(&classes) {
            Some((Way::Three(found_by), _)) => Some(Needed::new(classes, found_by, Of::Sign(number))),
            _ => None,
        })
    };
    SIGNS.into_iter().enumerate().flat_map(of).collect()
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
            let all = [0; 50];
            let mut spots = Spots { list: places.iter().copied().collect(), ..Spots::default() };
            (spots.start, spots.len) = (address(&all), all.len());
            for part in parts.windows(2).filter_map(|ends| Some(*ends.iter().min()?..*ends.iter().max()?)) {
                let expected: Vec<usize> = places.iter().filter(|(at, _)| part.contains(at)).map(|(_, of)| *of).collect();
                let part = all.get(part).unwrap_or_default();
                prop_assert!(spots.know(part));
                prop_assert_eq!(spots.any(part), !expected.is_empty());
                prop_assert_eq!(spots.within(part).map(Vec::from_iter), Some(expected));
            }
            prop_assert!(!spots.know(&[0; 50]));
        }
    }

    #[test]
    fn with_too_many_spots_every_pattern_looks_everywhere() {
        let (spotter, others) = Spotter::new(["EMP-", "x@y"].into_iter(), true);
        let mut spots = Spots::default();
        let many = "EMP-".repeat(Spots::MOST + 1);
        spotter.look(many.as_bytes(), &mut spots);
        assert!(others.is_empty() && spots.any(b"") && spots.within(many.as_bytes()).is_none());
        spotter.look(b"EMP-", &mut spots);
        assert!(!spots.any(b""));
    }

    #[test]
    fn many_signs_of_encodings_do_not_make_patterns_look_everywhere() {
        let (spotter, _) = Spotter::new(["EMP-"].into_iter(), true);
        let mut spots = Spots::default();
        let many = "%2F".repeat(Spots::MOST + 1) + " x";
        let (encoded, plain) = many.split_at(many.len() - 2);
        spotter.look(many.as_bytes(), &mut spots);
        assert!(spots.any(encoded.as_bytes()) && !spots.any(plain.as_bytes()));
        assert_eq!(spots.within(encoded.as_bytes()).map(Vec::from_iter), Some(Vec::new()));
    }

    #[test]
    fn the_signs_of_encodings_are_spotted_where_they_stand_and_only_if_they_are_asked_for() {
        let seen = |text: &str, reads| {
            let (spotter, mut spots) = (Spotter::new([].into_iter(), reads).0, Spots::default());
            spotter.look(text.as_bytes(), &mut spots);
            spots.encodings(text.as_bytes())
        };
        for (signs, note) in SIGNS {
            let mut expected = Encodings::default();
            note(&mut expected);
            for sign in signs {
                assert_eq!(seen(&format!("a {sign}1 b"), true), expected, "{sign}");
                assert_eq!(seen(&format!("a {sign}1 b"), false), Encodings::default(), "{sign}");
            }
        }
        assert_eq!(seen(r"100% \n c:\x {a} e", true), Encodings::default());
    }
}
