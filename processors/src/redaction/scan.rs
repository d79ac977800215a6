//! One text: what detectors find in it, and the masked text.
//!
//! Most texts are short and clean, so looking must cost next to nothing: sixteen bytes at a time are
//! asked whether two neighbours could be part of a literal, and whether there is a row of digits.

use super::block::{Block, Classes};
use super::detectors::{Detector, Find, Spec, Trigger, digits};
use super::keys::Verdict;
use super::literals::Literals;
use super::memo::Memo;
use pdata::view::{Text, TextBuf};
use std::ops::Range;

/// What stands in the place of what was found, whatever its length.
pub const MASK: &str = "****";

/// The detectors that are switched on, arranged by what triggers them.
#[derive(Debug)]
pub struct Scanner {
    literals: Literals,
    /// What can stand in a row of digits.
    row: Classes,
    /// Those for rows of digits.
    rows: Vec<Find>,
}

/// What detectors found in one text.
pub struct Hits {
    list: Vec<(Range<usize>, Detector)>,
    /// How far each detector has looked; it does not look there again, so that no text takes
    /// more than a few passes.
    reach: [usize; Detector::ALL.len()],
    /// The names in texts are few.
    pub names: Memo,
}

impl Hits {
    /// None yet.
    pub fn new(names: Memo) -> Hits {
        Hits { list: Vec::new(), reach: Default::default(), names }
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

    /// How far a detector has looked.
    pub fn reach(&self, detector: Detector) -> usize {
        self.reach.get(detector as usize).copied().unwrap_or_default()
    }

    /// What a name in a text says about what is behind it.
    pub fn verdict(&mut self, name: &[u8]) -> Verdict {
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
    pub fn mask(&mut self, text: Text<'_>, out: &mut TextBuf) {
        // Finds begin and end between characters; if one ever does not, all of it goes.
        if self.mask_finds(text, out).is_none() {
            out.clear();
            out.push(MASK.into());
        }
    }

    fn mask_finds(&mut self, text: Text<'_>, out: &mut TextBuf) -> Option<()> {
        out.clear();
        self.list.sort_unstable_by_key(|(range, _)| (range.start, range.end));
        let mut at = 0;
        let mut finds = self.list.iter().map(|(range, _)| range.clone()).peekable();
        while let Some(mut find) = finds.next() {
            while let Some(next) = finds.next_if(|next| next.start < find.end) {
                find.end = find.end.max(next.end);
            }
            out.push(text.get(at..find.start)?);
            out.push(MASK.into());
            at = find.end;
        }
        out.push(text.get(at..text.as_bytes().len())?);
        Some(())
    }
}

impl Scanner {
    /// A scanner for these detectors.
    pub fn new<'s>(specs: impl Iterator<Item = &'s Spec>) -> Scanner {
        let mut literals = Vec::new();
        let mut rows = Vec::new();
        for spec in specs {
            for trigger in spec.triggers {
                match trigger {
                    Trigger::Literal(literal) => literals.push((literal.as_bytes(), spec)),
                    Trigger::Digits => rows.push(spec.find),
                }
            }
        }
        let mut row = Classes::default();
        if !rows.is_empty() {
            // A bit for digits and one for their joints, as classes are told apart by half bytes.
            (b'0'..=b'9').for_each(|digit| row.add(digit, 1));
            b" -".iter().for_each(|joint| row.add(*joint, 2));
        }
        Scanner { literals: Literals::new(literals.into_iter()), row, rows }
    }

    /// Where there may be something in a text. In most there is nothing, so this decides what
    /// redaction costs: a few instructions for sixteen bytes, and no branch on what is there.
    #[inline]
    pub fn suspect(&self, text: &[u8]) -> Suspects {
        if text.len() <= Block::LEN {
            let (block, next) = Block::ending(text);
            let blocks = u64::from(self.literals.seem(block, next).mask() != 0);
            return Suspects { blocks, rows: holds_row(self.row.seem(block).mask()) };
        }
        let mut suspects = Suspects::default();
        let (mut bit, mut row) = (1u64, 0);
        let mut look = |window: &Window, ahead: usize| {
            let (block, next) = neighbours(window);
            suspects.blocks |= if self.literals.seem(block, next).mask() != 0 { bit } else { 0 };
            // Of a long text the last bit stands for all the rest.
            bit = bit.saturating_mul(2).min(Suspects::REST);
            // Two blocks side by side, so that no row is missed between them.
            row = row >> ahead | self.row.seem(next).mask() << Block::LEN;
            suspects.rows |= holds_row(row);
        };
        let mut rest = text;
        while let Some(window) = rest.first_chunk() {
            look(window, Block::LEN);
            rest = rest.get(Block::LEN..).unwrap_or_default();
        }
        // The last block overlaps the one before it.
        text.last_chunk().into_iter().for_each(|window| look(window, rest.len() - 1));
        suspects
    }

    /// Looks where there may be something. Adds to `hits`, which are those of this text.
    pub fn look(&self, text: &[u8], suspects: Suspects, hits: &mut Hits) {
        let mut blocks = suspects.blocks;
        while blocks != 0 {
            let first = blocks.trailing_zeros() as usize;
            let last = if 1 << first == Suspects::REST { text.len() / Block::LEN } else { first };
            (first..=last).for_each(|block| self.look_into(text, block * Block::LEN, hits));
            blocks &= blocks - 1;
        }
        if suspects.rows {
            for row in digits::rows(text) {
                self.rows.iter().for_each(|find| find(text, row.clone(), hits));
            }
        }
    }

    /// Looks where literals may be found in the block that begins at `at`.
    fn look_into(&self, text: &[u8], at: usize, hits: &mut Hits) {
        let rest = text.get(at..).unwrap_or_default();
        let (block, next) = match rest.first_chunk() {
            Some(window) => neighbours(window),
            None => Block::ending(rest.get(..rest.len().min(Block::LEN)).unwrap_or_default()),
        };
        let mut places = self.literals.seem(block, next).mask();
        while places != 0 {
            self.literals.look(text, at + places.trailing_zeros() as usize, hits);
            places &= places - 1;
        }
    }
}

/// Where in a text there may be something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Suspects {
    /// A bit for each block that may hold a literal.
    blocks: u64,
    /// Whether there may be a row of digits.
    rows: bool,
}

impl Suspects {
    const REST: u64 = 1 << 63;

    /// Whether there is nothing.
    #[inline]
    pub fn none(self) -> bool {
        self.blocks == 0 && !self.rows
    }
}

/// A block and the byte behind it.
type Window = [u8; Block::LEN + 1];

/// A block, and the one that begins a byte further on.
#[inline]
fn neighbours(window: &Window) -> (Block, Block) {
    let ([block @ .., _], [_, next @ ..]) = (window, window);
    (Block::from(*block), Block::from(*next))
}

/// Whether there may be a row of digits: as many bits side by side as the shortest has bytes, but for
/// one, as the first byte of a text is not looked at.
#[inline]
fn holds_row(mask: u32) -> bool {
    const { assert!(digits::SHORTEST_ROW == 11) };
    let pairs = mask & mask >> 1;
    let fours = pairs & pairs >> 2;
    let eights = fours & fours >> 4;
    eights & eights >> 2 != 0
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
    fn take(_: &[u8], range: Range<usize>, hits: &mut Hits) {
        hits.list.push((range, Detector::Jwt));
    }

    proptest! {
        #[test]
        fn every_literal_is_shown_wherever_it_stands_but_a_sign_with_nothing_behind_it(
            text in "[AKIBgh_@x-]{0,100}|a{0,1200}[AKIBgh_@x-]{0,9}a{0,40}",
        ) {
            let specs = [Spec { detector: Detector::Jwt, triggers: LITERALS, find: take }];
            let scanner = Scanner::new(specs.iter());
            let mut hits = Hits::new(Memo::default());
            scanner.look(text.as_bytes(), scanner.suspect(text.as_bytes()), &mut hits);
            let mut shown: Vec<_> = hits.list.into_iter().map(|(range, _)| (range.start, range.end)).collect();
            shown.sort_unstable();
            let mut expected = Vec::new();
            for literal in ["@", "x", "AKIA", "--B", "gh_"] {
                let behind = |at: &usize| literal.len() > 1 || at + 1 < text.len();
                let starts = (0..text.len()).filter(behind);
                let starts = starts.filter(|at| text.get(*at..).is_some_and(|t| t.starts_with(literal)));
                expected.extend(starts.map(|at| (at, at + literal.len())));
            }
            expected.sort_unstable();
            prop_assert_eq!(shown, expected);
        }

        #[test]
        fn a_text_with_a_row_of_digits_is_suspected(text in "[0-9a-c -]{0,60}") {
            let specs = [Spec { detector: Detector::UsSsn, triggers: &[Trigger::Digits], find: take }];
            let suspects = Scanner::new(specs.iter()).suspect(text.as_bytes());
            prop_assert!(suspects.rows || digits::rows(text.as_bytes()).next().is_none());
        }
    }
}
