//! One text: what detectors find in it, and the masked text.
//!
//! Most texts are short and clean, so looking must cost next to nothing: one load a byte for what
//! could be part of a literal, and one byte of eleven for rows of digits.

use super::detectors::{Detector, Find, Spec, Trigger, digits};
use super::keys::Verdict;
use super::memo::Memo;
use std::borrow::Cow;
use std::ops::Range;

/// What stands in the place of what was found, whatever its length.
pub const MASK: &str = "****";

/// The bytes by which literals are found, those that are rarest in texts first.
const RAREST: &[u8] = b"@%=:JB_Axb-";

/// The detectors that are switched on, arranged by what triggers them.
#[derive(Debug)]
pub struct Scanner {
    /// By byte: 0, or one more than the index of its entries in `literals`.
    group: [u8; 256],
    /// Those that are found by the same byte.
    literals: Vec<Vec<Entry>>,
    /// Those for rows of digits.
    rows: Vec<Find>,
}

#[derive(Debug)]
struct Entry {
    literal: &'static [u8],
    /// Where in the literal the byte is that it is found by.
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
        let mut scanner = Scanner { group: [0; 256], literals: Vec::new(), rows: Vec::new() };
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

    fn add(&mut self, literal: &'static [u8], spec: &Spec) {
        let rarest = RAREST.iter().find(|byte| literal.contains(byte)).or(literal.first());
        let Some(byte) = rarest else { return };
        let offset = literal.iter().position(|other| other == byte).unwrap_or_default();
        let Some(group) = self.group.get_mut(usize::from(*byte)) else { return };
        if *group == 0 {
            self.literals.push(Vec::new());
            *group = self.literals.len() as u8;
        }
        if let Some(entries) = self.literals.get_mut(usize::from(*group) - 1) {
            entries.push(Entry { literal, offset, detector: spec.detector, find: spec.find });
        }
    }

    /// Looks at a text. Adds to `hits`, which are those of this text.
    pub fn scan<'a>(&self, text: &'a [u8], hits: &mut Hits<'a>) {
        let (chunks, tail) = text.as_chunks::<8>();
        for (index, chunk) in chunks.iter().enumerate() {
            if chunk.iter().fold(0, |all, byte| all | self.group(*byte)) != 0 {
                self.look(text, index * 8, chunk, hits);
            }
        }
        self.look(text, chunks.len() * 8, tail, hits);
        if !self.rows.is_empty() {
            for row in digits::rows(text) {
                self.rows.iter().for_each(|find| find(text, row.clone(), hits));
            }
        }
    }

    #[inline]
    fn group(&self, byte: u8) -> u8 {
        self.group.get(usize::from(byte)).copied().unwrap_or_default()
    }

    /// Looks at a part of a text, from `start` on, byte by byte.
    fn look<'a>(&self, text: &'a [u8], start: usize, part: &[u8], hits: &mut Hits<'a>) {
        for (at, byte) in (start..).zip(part) {
            let Some(group) = usize::from(self.group(*byte)).checked_sub(1) else { continue };
            for entry in self.literals.get(group).into_iter().flatten() {
                entry.look(text, at, hits);
            }
        }
    }
}

impl Entry {
    /// Looks where its byte was found.
    #[inline]
    fn look<'a>(&self, text: &'a [u8], found: usize, hits: &mut Hits<'a>) {
        let Some(start) = found.checked_sub(self.offset) else { return };
        let end = start + self.literal.len();
        let Some(there) = text.get(start..end) else { return };
        // Most that have the byte differ in the first one already, which needs no call.
        if there.first() == self.literal.first() && there == self.literal && hits.reach(self.detector) <= start
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
