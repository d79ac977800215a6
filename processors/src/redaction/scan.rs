//! One text: what detectors find in it, and the masked text.
//!
//! Most texts are short and clean, so looking must cost next to nothing: sixteen bytes at a time are
//! asked whether two neighbours could be part of a literal, and whether there is a row of digits.

use super::block::{Block, Classes};
use super::detectors::{Detector, Find, Spec, Trigger, digits};
use super::keys::Verdict;
use super::memo::Memo;
use std::ops::Range;

/// What stands in the place of what was found, whatever its length.
pub const MASK: &str = "****";

/// The bytes by which literals are found, those that are rarest in texts first.
const RAREST: &[u8] = b"%JB_Axb-";

/// Sets of literals; each has a bit of a byte.
const BUCKETS: usize = 8;

/// The detectors that are switched on, arranged by what triggers them.
#[derive(Debug)]
pub struct Scanner {
    /// By byte: the buckets of literals that are found where it stands.
    first: Classes,
    /// By byte: the buckets of literals that may have it behind the byte they are found by.
    second: Classes,
    /// By byte: whether it can stand in a row of digits.
    row: Classes,
    buckets: [Vec<Entry>; BUCKETS],
    /// Those for rows of digits.
    rows: Vec<Find>,
}

#[derive(Debug)]
struct Entry {
    literal: &'static [u8],
    /// Where in the literal the bytes are that it is found by.
    offset: usize,
    /// These bytes.
    byte: u8,
    next: Option<u8>,
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

    /// Makes `out` the text with every find masked; finds that overlap are one. Other bytes are kept.
    pub fn mask(&mut self, text: &str, out: &mut String) {
        out.clear();
        self.list.sort_unstable_by_key(|(range, _)| (range.start, range.end));
        let mut at = 0;
        let mut finds = self.list.iter().map(|(range, _)| range.clone()).peekable();
        while let Some(mut find) = finds.next() {
            while let Some(next) = finds.next_if(|next| next.start < find.end) {
                find.end = find.end.max(next.end);
            }
            // Finds begin and end between characters; if one ever does not, all of it goes.
            let (Some(kept), true) = (text.get(at..find.start), text.is_char_boundary(find.end)) else {
                return MASK.clone_into(out);
            };
            out.push_str(kept);
            out.push_str(MASK);
            at = find.end;
        }
        match text.get(at..) {
            Some(kept) => out.push_str(kept),
            None => MASK.clone_into(out),
        }
    }
}

impl Scanner {
    /// A scanner for these detectors.
    pub fn new<'s>(specs: impl Iterator<Item = &'s Spec>) -> Scanner {
        let mut scanner = Scanner {
            first: Classes::new(),
            second: Classes::new(),
            row: Classes::new(),
            buckets: Default::default(),
            rows: Vec::new(),
        };
        let mut literals = Vec::new();
        for spec in specs {
            for trigger in spec.triggers {
                match trigger {
                    Trigger::Literal(literal) => literals.push((literal.as_bytes(), spec)),
                    Trigger::Digits => scanner.rows.push(spec.find),
                }
            }
        }
        // Those that are found anywhere first: they had better be alone.
        literals.sort_by_key(|(literal, _)| literal.len() > 1);
        literals.into_iter().for_each(|(literal, spec)| scanner.add(literal, spec));
        if !scanner.rows.is_empty() {
            // A bit for digits and one for their joints, as classes are told apart by half bytes.
            (b'0'..=b'9').for_each(|digit| scanner.row.add(digit, 1));
            b" -".iter().for_each(|joint| scanner.row.add(*joint, 2));
        }
        scanner
    }

    /// Files a literal under the rarest of its bytes and the one before it, or behind it where it is
    /// the first. What is one byte is found whatever stands behind it.
    fn add(&mut self, literal: &'static [u8], spec: &Spec) {
        let rarity =
            |(_, byte): &(usize, &u8)| RAREST.iter().position(|rare| rare == *byte).unwrap_or(RAREST.len());
        let rarest = literal.iter().enumerate().min_by_key(rarity).map_or(0, |(at, _)| at);
        let offset = rarest.saturating_sub(1);
        let (Some(byte), next) = (literal.get(offset).copied(), literal.get(offset + 1).copied()) else {
            return;
        };
        let with = |bucket: usize| {
            let (mut first, mut second) = (self.first.clone(), self.second.clone());
            first.add(byte, 1 << bucket);
            match next {
                Some(next) => second.add(next, 1 << bucket),
                None => second.add_all(1 << bucket),
            }
            (first, second)
        };
        // Where it makes the fewest other pairs of bytes seem to be a find.
        let pairs = |first: &Classes, second: &Classes, bucket: usize| {
            first.size(1 << bucket) * second.size(1 << bucket)
        };
        let more = |bucket: &usize| {
            let (first, second) = with(*bucket);
            pairs(&first, &second, *bucket) - pairs(&self.first, &self.second, *bucket)
        };
        let bucket = (0..BUCKETS).min_by_key(more).unwrap_or_default();
        (self.first, self.second) = with(bucket);
        if let Some(entries) = self.buckets.get_mut(bucket) {
            entries.push(Entry { literal, offset, byte, next, detector: spec.detector, find: spec.find });
        }
    }

    /// Looks at a text. Adds to `hits`, which are those of this text.
    pub fn scan<'a>(&self, text: &'a [u8], hits: &mut Hits<'a>) {
        let (mut at, mut row, mut has_row) = (0, 0, false);
        let mut rest = text;
        while let Some(window) = rest.first_chunk::<{ Block::LEN + 1 }>() {
            let ([block @ .., _], [_, next @ ..]) = (window, window);
            let (block, next) = (Block::from(*block), Block::from(*next));
            self.look(text, at, self.first.seem(block) & self.second.seem(next), hits);
            row = row >> Block::LEN | self.row.seem(block).mask() << Block::LEN;
            has_row |= holds_row(row);
            at += Block::LEN;
            rest = rest.get(Block::LEN..).unwrap_or_default();
        }
        let (block, next) = Block::ending(rest);
        self.look(text, at, self.first.seem(block) & self.second.seem(next), hits);
        row = row >> Block::LEN | self.row.seem(block).mask() << Block::LEN;
        if has_row || holds_row(row) {
            for row in digits::rows(text) {
                self.rows.iter().for_each(|find| find(text, row.clone(), hits));
            }
        }
    }

    /// Looks where literals may be found in the block that begins `at`.
    #[inline]
    fn look<'a>(&self, text: &'a [u8], at: usize, found: Block, hits: &mut Hits<'a>) {
        let mut places = found.mask();
        while places != 0 {
            self.look_at(text, at + places.trailing_zeros() as usize, hits);
            places &= places - 1;
        }
    }

    #[inline(never)]
    fn look_at<'a>(&self, text: &'a [u8], at: usize, hits: &mut Hits<'a>) {
        // What ends a text has nothing behind it, and no literal of two bytes begins there.
        let (byte, next) = match text.get(at..).unwrap_or_default() {
            [byte, next, ..] => (*byte, *next),
            [byte] => (*byte, 0),
            [] => return,
        };
        let mut buckets = self.first.of(byte) & self.second.of(next);
        while buckets != 0 {
            for entry in self.buckets.get(buckets.trailing_zeros() as usize).into_iter().flatten() {
                if entry.byte == byte && entry.next.is_none_or(|it| it == next) {
                    entry.look(text, at, hits);
                }
            }
            buckets &= buckets - 1;
        }
    }
}

/// Whether as many bits in a row are set as the shortest row of digits has bytes.
#[inline]
fn holds_row(mask: u32) -> bool {
    const { assert!(digits::SHORTEST_ROW == 11) };
    let pairs = mask & mask >> 1;
    let fours = pairs & pairs >> 2;
    let eights = fours & fours >> 4;
    eights & eights >> 3 != 0
}

impl Entry {
    /// Looks where its bytes were found.
    fn look<'a>(&self, text: &'a [u8], found: usize, hits: &mut Hits<'a>) {
        let Some(start) = found.checked_sub(self.offset) else { return };
        let end = start + self.literal.len();
        let Some(there) = text.get(start..end) else { return };
        if there == self.literal && hits.reach(self.detector) <= start {
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
