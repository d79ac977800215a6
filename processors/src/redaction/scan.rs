//! One text: what detectors find in it, and the masked text.
//!
//! Most texts are short and clean, so looking must cost next to nothing: two loads a byte for what
//! could be part of a literal, and one byte of eleven for rows of digits.

use super::detectors::{Detector, Find, Spec, Trigger, digits};
use super::keys::Verdict;
use super::memo::Memo;
use std::borrow::Cow;
use std::ops::Range;

/// What stands in the place of what was found, whatever its length.
pub const MASK: &str = "****";

/// The bytes by which literals are found, those that are rarest in texts first.
const RAREST: &[u8] = b"%JB_Axb-";

/// Literals with something in common; each has a bit of a byte.
const BUCKETS: usize = 8;

/// The detectors that are switched on, arranged by what triggers them.
#[derive(Debug)]
pub struct Scanner {
    /// By byte: the buckets of literals that are found where it stands.
    first: [u8; 256],
    /// By byte: the buckets of literals that may have it behind the byte they are found by.
    second: [u8; 256],
    buckets: [Vec<Entry>; BUCKETS],
    /// Those for rows of digits.
    rows: Vec<Find>,
}

#[derive(Debug)]
struct Entry {
    literal: &'static [u8],
    /// Where in the literal the bytes are that it is found by.
    offset: usize,
    detector: Detector,
    find: Find,
}

/// What detectors found in one text.
pub struct Hits<'a> {
    list: Vec<(Range<usize>, Detector)>,
    /// How far each detector has looked; it does not look there again, so that no text takes
    /// more than a few passes.
    reach: [usize; Detector::ALL.len()],
    /// The names in the texts of a request are few.
    names: Memo<'a>,
}

impl<'a> Hits<'a> {
    /// None yet.
    pub fn new() -> Hits<'a> {
        Hits { list: Vec::new(), reach: Default::default(), names: Memo::new() }
    }

    /// Something to hide.
    pub fn push(&mut self, range: Range<usize>, detector: Detector) {
        self.pass(range.end, detector);
        if !range.is_empty() {
            self.list.push((range, detector));
        }
    }

    /// Something to hide further on: what stands before it is still to be looked at.
    pub fn push_ahead(&mut self, range: Range<usize>, detector: Detector) {
        self.list.push((range, detector));
    }

    /// Nothing more to see for this detector before `end`.
    pub fn pass(&mut self, end: usize, detector: Detector) {
        if let Some(reach) = self.reach.get_mut(detector as usize) {
            *reach = end.max(*reach);
        }
    }

    fn reach(&self, detector: Detector) -> usize {
        self.reach.get(detector as usize).copied().unwrap_or_default()
    }

    /// What a name in a text says about what is behind it.
    pub fn verdict(&mut self, name: &'a [u8]) -> Verdict {
        self.names.verdict(name)
    }

    /// Forgets the finds, for the next text.
    pub fn clear(&mut self) {
        self.list.clear();
        self.reach = Default::default();
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Which detectors found something, once for each find.
    pub fn detectors(&self) -> impl Iterator<Item = Detector> {
        self.list.iter().map(|(_, detector)| *detector)
    }

    /// The text with every find masked; finds that overlap are one. Other bytes are kept.
    pub fn mask(&mut self, text: &[u8]) -> Cow<'static, [u8]> {
        if self.list.iter().any(|(range, _)| *range == (0..text.len())) {
            return Cow::Borrowed(MASK.as_bytes());
        }
        self.list.sort_unstable_by_key(|(range, _)| (range.start, range.end));
        let mut out = Vec::with_capacity(text.len() + MASK.len());
        let mut at = 0;
        let mut finds = self.list.iter().map(|(range, _)| range.clone()).peekable();
        while let Some(mut find) = finds.next() {
            while let Some(next) = finds.next_if(|next| next.start < find.end) {
                find.end = find.end.max(next.end);
            }
            out.extend_from_slice(text.get(at..find.start).unwrap_or_default());
            out.extend_from_slice(MASK.as_bytes());
            at = find.end;
        }
        out.extend_from_slice(text.get(at..).unwrap_or_default());
        Cow::Owned(out)
    }
}

impl Scanner {
    /// A scanner for these detectors.
    pub fn new<'s>(specs: impl Iterator<Item = &'s Spec>) -> Scanner {
        let mut scanner =
            Scanner { first: [0; 256], second: [0; 256], buckets: Default::default(), rows: Vec::new() };
        for spec in specs {
            for trigger in spec.triggers {
                match trigger {
                    Trigger::Literal(literal) => scanner.add(literal.as_bytes(), spec),
                    Trigger::Digits => scanner.rows.push(spec.find),
                }
            }
        }
        scanner
    }

    /// Files a literal under the rarest of its bytes and the one before it, or behind it where it is
    /// the first. What is one byte is found whatever stands behind it.
    fn add(&mut self, literal: &'static [u8], spec: &Spec) {
        let rarity = |byte: &u8| RAREST.iter().position(|rare| rare == byte).unwrap_or(RAREST.len());
        let (offset, bucket) = match literal {
            [_] => (0, 0),
            _ => literal
                .iter()
                .map(rarity)
                .enumerate()
                .min_by_key(|(_, rarity)| *rarity)
                .map(|(at, rarity)| (at.saturating_sub(1), 1 + rarity % (BUCKETS - 1)))
                .unwrap_or_default(),
        };
        let bit = 1 << bucket;
        for (byte, (first, second)) in (0..=u8::MAX).zip(self.first.iter_mut().zip(&mut self.second)) {
            if literal.get(offset) == Some(&byte) {
                *first |= bit;
            }
            if literal.get(offset + 1).is_none_or(|next| *next == byte) {
                *second |= bit;
            }
        }
        if let Some(entries) = self.buckets.get_mut(bucket) {
            entries.push(Entry { literal, offset, detector: spec.detector, find: spec.find });
        }
    }

    /// Looks at a text. Adds to `hits`, which are those of this text.
    pub fn scan<'a>(&self, text: &'a [u8], hits: &mut Hits<'a>) {
        const STEP: usize = 8;
        let mut at = 0;
        while let Some(window) = text.get(at..).and_then(<[u8]>::first_chunk::<{ STEP + 1 }>) {
            let ([bytes @ .., _], [_, next @ ..]) = (window, window);
            if bytes.iter().zip(next).fold(0, |all, (byte, next)| all | self.buckets_at(*byte, *next)) != 0 {
                self.look(text, at..at + STEP, hits);
            }
            at += STEP;
        }
        let tail = text.get(at..).unwrap_or_default();
        let ends = tail.last().is_some_and(|last| self.buckets_at(*last, *last) != 0);
        let pairs = tail.iter().zip(tail.get(1..).unwrap_or_default());
        if ends || pairs.fold(0, |all, (byte, next)| all | self.buckets_at(*byte, *next)) != 0 {
            self.look(text, at..text.len(), hits);
        }
        if !self.rows.is_empty() {
            for row in digits::rows(text) {
                self.rows.iter().for_each(|find| find(text, row.clone(), hits));
            }
        }
    }

    /// The buckets of what could stand where these two bytes do.
    #[inline]
    fn buckets_at(&self, byte: u8, next: u8) -> u8 {
        let of = |table: &[u8; 256], byte| table.get(usize::from(byte)).copied().unwrap_or_default();
        of(&self.first, byte) & of(&self.second, next)
    }

    /// Looks at a part of a text, byte by byte.
    fn look<'a>(&self, text: &'a [u8], part: Range<usize>, hits: &mut Hits<'a>) {
        for at in part {
            // What ends a text has nothing behind it, and no literal of two bytes begins there.
            let (byte, next) = match text.get(at..).unwrap_or_default() {
                [byte, next, ..] => (*byte, *next),
                [byte] => (*byte, *byte),
                [] => return,
            };
            let mut buckets = self.buckets_at(byte, next);
            while buckets != 0 {
                for entry in self.buckets.get(buckets.trailing_zeros() as usize).into_iter().flatten() {
                    entry.look(text, at, hits);
                }
                buckets &= buckets - 1;
            }
        }
    }
}

impl Entry {
    /// Looks where its bytes were found.
    #[inline]
    fn look<'a>(&self, text: &'a [u8], found: usize, hits: &mut Hits<'a>) {
        let Some(start) = found.checked_sub(self.offset) else { return };
        let end = start + self.literal.len();
        let Some(there) = text.get(start..end) else { return };
        // Most differ in the first byte already, which needs no call.
        if there.first() == self.literal.first()
            && there == self.literal
            && hits.reach(self.detector) <= start
        {
            (self.find)(text, start..end, hits);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LITERALS: &[Trigger] = &[
        Trigger::Literal("@"),
        Trigger::Literal("x"),
        Trigger::Literal("AKIA"),
        Trigger::Literal("--B"),
        Trigger::Literal("gh_"),
    ];

    /// Takes all that it is shown.
    fn take(_: &[u8], range: Range<usize>, hits: &mut Hits<'_>) {
        hits.list.push((range, Detector::Jwt));
    }

    proptest! {
        #[test]
        fn every_literal_is_shown_wherever_it_stands(text in "[AKIBgh_@x-]{0,100}") {
            let scanner = Scanner::new([Spec { detector: Detector::Jwt, triggers: LITERALS, find: take }].iter());
            let mut hits = Hits::new();
            scanner.scan(text.as_bytes(), &mut hits);
            let mut shown: Vec<_> = hits.list.into_iter().map(|(range, _)| (range.start, range.end)).collect();
            shown.sort_unstable();
            let mut expected = Vec::new();
            for literal in ["@", "x", "AKIA", "--B", "gh_"] {
                let starts = (0..text.len()).filter(|at| text.get(*at..).is_some_and(|t| t.starts_with(literal)));
                expected.extend(starts.map(|at| (at, at + literal.len())));
            }
            expected.sort_unstable();
            prop_assert_eq!(shown, expected);
        }
    }
}
