//! Where detectors have to look.
//!
//! Most texts are short and clean, so looking must cost next to nothing: all bytes of a request are
//! asked at once, sixteen at a time, whether they could be part of a literal or of a row of digits.
//! Whoever comes to a text later only has to see whether something in it is marked.

use super::avx2;
use super::block::{Block, Classes};
use super::detectors::digits::{self, Numbers};
use super::detectors::{Look, Spec};
use super::embedded;
use super::hits::Hits;
use super::literals::{Finder, Literal, Literals};
use super::neighbours::{BYTES, Neighbours};
use super::places::Places;
use super::words;

/// The detectors that are switched on, arranged by what makes them look.
#[derive(Debug)]
pub struct Scanner {
    marker: Marker,
    literals: Literals,
    numbers: Numbers,
}

impl Scanner {
    /// A scanner for these detectors.
    pub fn new<'s>(specs: impl Iterator<Item = &'s Spec>) -> Scanner {
        let (mut literals, mut numbers) = (Vec::new(), Numbers::default());
        let literal = |bytes, finder| Literal { bytes, any_case: false, behind: None, finder };
        for spec in specs {
            match spec.look {
                Look::Literals(triggers, find) => {
                    let finder = Finder::Of(spec.detector, find);
                    literals.extend(triggers.iter().map(|bytes| literal(bytes, finder)));
                }
                Look::LiteralsBefore(triggers, behind, find) => {
                    let like =
                        Literal { behind: Some(behind), ..literal("", Finder::Of(spec.detector, find)) };
                    literals.extend(triggers.iter().map(|bytes| Literal { bytes, ..like }));
                }
                Look::AnyCase(triggers, behind, find) => {
                    let finder = Finder::Of(spec.detector, find);
                    let like = Literal { any_case: true, behind, ..literal("", finder) };
                    literals.extend(triggers.iter().map(|bytes| Literal { bytes, ..like }));
                }
                Look::Names(find) => {
                    let like = Literal { any_case: true, ..literal("", Finder::Of(spec.detector, find)) };
                    literals.extend(words::sought().into_iter().map(|bytes| Literal { bytes, ..like }));
                }
                Look::Tokens(tokens) => {
                    literals.extend(tokens.iter().map(|token| token.literal(spec.detector)));
                }
                Look::Digits(number) => numbers.add(spec.detector, number),
                Look::Rows(shortest, find) => numbers.add_rows(shortest, find),
                Look::Form(form) => numbers.add_form(spec.detector, form),
            }
        }
        for (signs, note) in embedded::SIGNS {
            let finder = Finder::Encoding(note);
            literals.extend(signs.iter().map(|bytes| literal(bytes, finder)));
        }
        let (literals, neighbours) = Literals::new(literals.into_iter());
        let mut row = Classes::default();
        let shortest_row = numbers.shortest_row();
        if shortest_row.is_some() {
            (b'0'..=b'9').for_each(|digit| row.add(digit, 1));
            digits::JOINTS.iter().for_each(|joint| row.add(*joint, 2));
        }
        let shortest_row = shortest_row.map_or(8, |len| if len < 8 { 1 } else { len.min(16) as u32 });
        let marker = Marker { neighbours, row, shortest_row };
        Scanner { marker, literals, numbers }
    }

    /// Marks where detectors have to look, if that is within one text.
    pub fn mark(&self, bytes: &[u8], places: &mut Places) {
        let mut words = places.words(bytes.len());
        self.marker.each_word(bytes, move |marked, rows| {
            if let Some(word) = words.next() {
                *word = (marked | rows).to_le_bytes();
            }
        });
    }

    /// Lets the detectors look at the marked places of a text, which begins at `start` of what was marked and
    /// is the value of `key`, if it is one's. Adds to `hits`, which are those of this text.
    pub fn look(&self, text: &[u8], key: &[u8], start: usize, places: &Places, hits: &mut Hits) {
        for place in places.within(start..start + text.len()) {
            let at = place - start;
            self.numbers.look(text, key, at, hits);
            self.literals.look(text, at, hits);
        }
    }
}

/// Asks all bytes of a request at once, sixteen or thirty-two at a time, where something may be.
#[derive(Debug)]
pub struct Marker {
    /// Bytes side by side that are marked where the first of them stands.
    pub neighbours: Neighbours,
    /// What can stand in a row.
    pub row: Classes,
    /// How many bytes a row needs, 8 to 16; 1 where every byte of a row counts.
    pub shortest_row: u32,
}

impl Marker {
    /// Shows for every 64 bytes which of them are marked, and at which a row gets long enough; the first byte's
    /// bit is the lowest.
    pub fn each_word(&self, bytes: &[u8], show: impl FnMut(u64, u64)) {
        if let Some(show) = avx2::each_word(self, bytes, show) {
            self.each_word_by(bytes, |window| self.sixteen_at_a_time(window), show);
        }
    }

    /// The same with what says of 64 bytes which are marked, and which may be of a row.
    #[inline(always)]
    pub(super) fn each_word_by(
        &self,
        bytes: &[u8],
        of: impl Fn(&Window) -> (u64, u64),
        mut show: impl FnMut(u64, u64),
    ) {
        let (mut rest, mut rows) = (bytes, Rows::default());
        let mut last: Window = [0; WORD + BEHIND];
        while !rest.is_empty() {
            let window = rest.first_chunk().unwrap_or_else(|| {
                // Zeros, which are no part of anything, stand behind the end.
                last.fill(0);
                last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
                &last
            });
            let (marked, row) = of(window);
            show(marked, rows.long(row, self.shortest_row));
            rest = rest.get(WORD..).unwrap_or_default();
        }
    }

    fn sixteen_at_a_time(&self, window: &Window) -> (u64, u64) {
        let (mut marked, mut rows) = (0, 0);
        for (at, blocks) in neighbours(window).enumerate() {
            let blocks @ [block, ..] = blocks.map(|block| Block::from(*block));
            marked |= u64::from(self.neighbours.seem(blocks).mask()) << (at * Block::LEN);
            rows |= u64::from(self.row.seem(block).mask()) << (at * Block::LEN);
        }
        (marked, rows)
    }
}

/// How many bytes are marked at once.
const WORD: usize = 64;

/// How many bytes behind them have to be seen.
const BEHIND: usize = BYTES - 1;

/// All of these.
pub type Window = [u8; WORD + BEHIND];

/// A window's bytes, so many at a time, each with as many that begin one and two bytes further on.
#[inline(always)]
pub fn neighbours<const N: usize>(window: &Window) -> impl Iterator<Item = [&[u8; N]; BYTES]> {
    let ([first @ .., _, _], [_, second @ .., _], [_, _, third @ ..]) = (window, window, window);
    let both = first.as_chunks().0.iter().zip(second.as_chunks().0);
    both.zip(third.as_chunks().0).map(|((first, second), third)| [first, second, third])
}

/// Finds rows of bits that are long enough, sixty-four at a time.
#[derive(Default)]
struct Rows {
    /// The last word, and those of its bits that have one, three, seven others below them, and enough.
    one: u64,
    two: u64,
    four: u64,
    eight: u64,
    enough: u64,
}

impl Rows {
    /// Where rows get long enough in the next word: those of its bits that have `len - 1` others side by
    /// side below them, the first of each row; `len` is 8 to 16. Every bit where it is less.
    #[inline]
    fn long(&mut self, one: u64, len: u32) -> u64 {
        if len < 8 {
            return one;
        }
        // The bits so many places further down.
        let below = |word: u64, before: u64, by: u32| word << by | before >> (u64::BITS - by);
        let two = one & below(one, self.one, 1);
        let four = two & below(two, self.two, 2);
        let eight = four & below(four, self.four, 4);
        // Not all at once, as a shift by all 64 bits is none.
        let enough = eight & (eight << (len - 8) | self.eight >> 1 >> (71 - len));
        let first = enough & !below(enough, self.enough, 1);
        *self = Rows { one, two, four, eight, enough };
        first
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::detectors::Detector;
    use super::super::detectors::digits::{Begins, Layout, Number};
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
            scanner.look(text.as_bytes(), &[], before.len(), &places, &mut hits);
            let mut shown: Vec<_> = hits.finds().map(|(range, _)| (range.start, range.end)).collect();
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
        fn the_same_is_marked_sixteen_and_thirty_two_bytes_at_a_time(text in "[ -~é]{0,300}|[0-9 -]{0,300}") {
            let scanner = Scanner::new(super::super::detectors::SPECS.iter());
            let (mut one, mut other) = (Vec::new(), Vec::new());
            let show = |marked, rows| one.push((marked, rows));
            scanner.marker.each_word_by(text.as_bytes(), |window| scanner.marker.sixteen_at_a_time(window), show);
            scanner.marker.each_word(text.as_bytes(), |marked, rows| other.push((marked, rows)));
            prop_assert_eq!(one, other);
        }

        #[test]
        fn a_row_is_marked_where_it_gets_long_enough_and_nowhere_else(
            len in 8usize..17, text in "([0-9a-c %+-]|[0-9]{1,20}){0,60}",
        ) {
            let layouts = Vec::leak(vec![Layout::of(Vec::leak(vec![len]))]);
            let number = Vec::leak(vec![Number { layouts, begins: Begins::with(b"0123456789"), words: &[], is: |_| true }]);
            let specs = [Spec { detector: Detector::UsSsn, look: Look::Digits(number.first().unwrap()) }];
            let mut places = Places::default();
            Scanner::new(specs.iter()).mark(text.as_bytes(), &mut places);
            let row = |at: usize| text.bytes().take(at + 1).rev().take_while(|byte| !byte.is_ascii_lowercase()).count();
            let expected: Vec<usize> = (0..text.len()).filter(|at| row(*at) == len).collect();
            let marked: Vec<usize> = places.within(0..text.len()).collect();
            prop_assert!(expected.iter().all(|at| marked.contains(at)), "{:?} {:?}", marked, expected);
            // Signs are marked for what is encoded, too.
            let digits = |places: Vec<usize>| -> Vec<usize> {
                let is_digit = |at: &usize| text.as_bytes().get(*at).is_some_and(u8::is_ascii_digit);
                places.into_iter().filter(is_digit).collect()
            };
            prop_assert_eq!(digits(marked), digits(expected));
        }
    }
}
