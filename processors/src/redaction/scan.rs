//! Where detectors have to look.
//!
//! Most texts are short and clean, so looking must cost next to nothing: all bytes of a request are
//! asked at once whether they could be part of a literal or of a row of digits ([`super::marker`]).
//! Whoever comes to a text later only has to see whether something in it is marked.

use super::block::Classes;
use super::detectors::digits::{self, Numbers};
use super::detectors::{Look, Spec};
use super::embedded;
use super::hits::Hits;
use super::literals::{Finder, Literals};
use super::marker::Marker;
use super::places::Places;

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
        for spec in specs {
            match spec.look {
                Look::Literals(triggers, find) => {
                    let each = triggers.iter().map(|literal| (*literal, Finder::Of(spec.detector, find)));
                    literals.extend(each);
                }
                Look::Tokens(tokens) => {
                    let each = tokens.iter().map(|token| (token.prefix, Finder::Token(spec.detector, token)));
                    literals.extend(each);
                }
                Look::Digits(number) => numbers.add(spec.detector, number),
                Look::Rows(shortest, find) => numbers.add_rows(shortest, find),
                Look::Form(form) => numbers.add_form(spec.detector, form),
            }
        }
        for (signs, note) in embedded::SIGNS {
            literals.extend(signs.iter().map(|sign| (*sign, Finder::Encoding(note))));
        }
        let mut row = Classes::default();
        let shortest_row = numbers.shortest_row();
        if shortest_row.is_some() {
            // A bit for digits and one for their joints, as classes are told apart by half bytes.
            (b'0'..=b'9').for_each(|digit| row.add(digit, 1));
            digits::JOINTS.iter().for_each(|joint| row.add(*joint, 2));
        }
        let shortest_row = shortest_row.map_or(8, |len| if len < 8 { 1 } else { len.min(16) as u32 });
        let literals = Literals::new(literals.into_iter());
        Scanner { marker: Marker { pair: literals.classes(), row, shortest_row }, literals, numbers }
    }

    /// Marks where detectors have to look, if that is within one text.
    pub fn mark(&self, bytes: &[u8], places: &mut Places) {
        places.clear();
        self.marker.each_word(bytes, |literals, rows| places.push(literals | rows));
        places.end();
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
        fn a_row_is_marked_where_it_gets_long_enough_and_nowhere_else(
            len in 8usize..17, text in "([0-9a-c %+-]|[0-9]{1,20}){0,60}",
        ) {
            let layouts = Vec::leak(vec![Layout::of(Vec::leak(vec![len]))]);
            let number = Vec::leak(vec![Number { layouts, begins: b"0123456789", words: &[], is: |_| true }]);
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
