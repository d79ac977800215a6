//! Where detectors have to look.
//!
//! Most texts are short and clean, so looking must cost next to nothing: all bytes of a request are
//! asked at once, sixteen at a time, whether they could be part of a literal or end a row of digits.
//! Whoever comes to a text later only has to see whether something in it is marked.

use super::block::{Block, Classes};
use super::detectors::digits::{self, Numbers};
use super::detectors::{Look, Spec};
use super::hits::Hits;
use super::literals::Literals;
use super::places::Places;

/// The detectors that are switched on, arranged by what makes them look.
#[derive(Debug)]
pub struct Scanner {
    literals: Literals,
    /// What can stand in a row of digits.
    row: Classes,
    /// Leaves of a mask the bits that end rows which are long enough.
    long: Erosion,
    numbers: Numbers,
}

impl Scanner {
    /// A scanner for these detectors.
    pub fn new<'s>(specs: impl Iterator<Item = &'s Spec>) -> Scanner {
        let (mut literals, mut numbers) = (Vec::new(), Numbers::default());
        for spec in specs {
            match spec.look {
                Look::Literals(triggers, find) => {
                    literals.extend(triggers.iter().map(|literal| (literal.as_bytes(), spec.detector, find)));
                }
                Look::Digits(number) => numbers.add(spec.detector, number),
            }
        }
        let mut row = Classes::default();
        let shortest = numbers.shortest_row();
        if shortest.is_some() {
            // A bit for digits and one for their joints, as classes are told apart by half bytes.
            (b'0'..=b'9').for_each(|digit| row.add(digit, 1));
            digits::JOINTS.iter().for_each(|joint| row.add(*joint, 2));
        }
        let long = Erosion::to(shortest.unwrap_or(1));
        Scanner { literals: Literals::new(literals.into_iter()), row, long, numbers }
    }

    /// Marks where detectors have to look, if that is within one text.
    pub fn mark(&self, bytes: &[u8], places: &mut Places) {
        places.clear();
        let (mut rest, mut row) = (bytes, 0);
        while let Some(window) = rest.first_chunk() {
            places.push(self.marks(window, &mut row));
            rest = rest.get(WORD..).unwrap_or_default();
        }
        // Zeros, which are no part of anything, stand behind the end.
        let mut last: Window = [0; WORD + 1];
        last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        places.push(self.marks(&last, &mut row));
        places.end();
    }

    /// The marks of the first 64 bytes. `row` is what the bytes before leave for rows.
    #[inline]
    fn marks(&self, window: &Window, row: &mut u64) -> u64 {
        let ([bytes @ .., _], [_, next @ ..]) = (window, window);
        let (mut literals, mut rows) = (0, 0);
        for (at, (block, next)) in bytes.as_chunks().0.iter().zip(next.as_chunks().0).enumerate() {
            let (block, next) = (Block::from(*block), Block::from(*next));
            literals |= u64::from(self.literals.seem(block, next).mask()) << (at * Block::LEN);
            rows |= u64::from(self.row.seem(block).mask()) << (at * Block::LEN);
        }
        for half in [0, WORD / 2] {
            // Sixteen bytes before and thirty-two more.
            let bits = *row | (rows >> half & u64::from(u32::MAX)) << Block::LEN;
            literals |= self.long.apply(bits) >> Block::LEN << half;
            *row = bits >> (WORD / 2);
        }
        literals
    }

    /// Lets the detectors look at the marked places of a text, which begins at `start` of what was marked.
    /// Adds to `hits`, which are those of this text.
    pub fn look(&self, text: &[u8], start: usize, places: &Places, hits: &mut Hits) {
        for place in places.within(start..start + text.len()) {
            let at = place - start;
            self.numbers.look(text, at, hits);
            self.literals.look(text, at, hits);
        }
    }
}

/// How many bytes are marked at once.
const WORD: usize = 64;

/// These, and the byte behind them.
type Window = [u8; WORD + 1];

/// Leaves the bits of a mask that have enough others side by side below them.
#[derive(Clone, Copy, Debug)]
struct Erosion([usize; 4]);

impl Erosion {
    /// For rows of `len` bits, sixteen at most.
    fn to(len: usize) -> Erosion {
        debug_assert!(len <= Block::LEN, "four steps double the length four times");
        let mut done = 1;
        Erosion(std::array::from_fn(|_| {
            let shift = done.min(len.saturating_sub(done));
            done += shift;
            shift
        }))
    }

    #[inline]
    fn apply(self, mask: u64) -> u64 {
        self.0.iter().fold(mask, |mask, shift| mask & mask << shift)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::detectors::Detector;
    use super::super::detectors::digits::{Layout, Number};
    use super::super::memo::Memo;
    use super::*;
    use proptest::prelude::*;
    use std::ops::Range;

    const LITERALS: &[&str] = &["@", "x", "AKIA", "--B", "gh_"];

    /// Takes all that it is shown.
    fn take(_: &[u8], range: Range<usize>, hits: &mut Hits) {
        hits.push_ahead(range, Detector::Jwt);
    }

    proptest! {
        #[test]
        fn every_literal_is_shown_wherever_it_stands_but_a_sign_with_nothing_behind_it(
            before in "[AKIBgh_@x-]{0,80}", text in "[AKIBgh_@x-]{0,100}|a{0,1200}[AKIBgh_@x-]{0,9}a{0,40}", behind in "[AKIBgh_@x-]{0,80}",
        ) {
            let specs = [Spec { detector: Detector::Jwt, look: Look::Literals(LITERALS, take) }];
            let (scanner, mut places, mut hits) = (Scanner::new(specs.iter()), Places::default(), Hits::new(Memo::default()));
            scanner.mark(format!("{before}{text}{behind}").as_bytes(), &mut places);
            scanner.look(text.as_bytes(), before.len(), &places, &mut hits);
            let mut shown: Vec<_> = hits.finds().map(|range| (range.start, range.end)).collect();
            shown.sort_unstable();
            let mut expected = Vec::new();
            for literal in LITERALS {
                let behind = |at: &usize| literal.len() > 1 || at + 1 < text.len();
                let starts = (0..text.len()).filter(behind);
                let starts = starts.filter(|at| text.get(*at..).is_some_and(|t| t.starts_with(literal)));
                expected.extend(starts.map(|at| (at, at + literal.len())));
            }
            expected.sort_unstable();
            prop_assert_eq!(shown, expected);
        }

        #[test]
        fn the_end_of_a_row_that_is_long_enough_is_marked_and_nothing_else(
            len in 3usize..17, text in "([0-9a-c -]|[0-9]{1,20}){0,60}",
        ) {
            let layouts = Vec::leak(vec![Layout::of(Vec::leak(vec![len]))]);
            let number = Vec::leak(vec![Number { layouts, begins: b"0123456789", words: &[], is: |_| true }]);
            let specs = [Spec { detector: Detector::UsSsn, look: Look::Digits(number.first().unwrap()) }];
            let mut places = Places::default();
            Scanner::new(specs.iter()).mark(text.as_bytes(), &mut places);
            let row = |at: usize| text.bytes().take(at + 1).rev().take_while(|byte| !byte.is_ascii_lowercase()).count();
            let expected: Vec<usize> = (0..text.len()).filter(|at| row(*at) >= len).collect();
            prop_assert_eq!(places.within(0..text.len()).collect::<Vec<_>>(), expected);
        }
    }
}
