//! What detectors are triggered by, and where it may stand in a text.

use super::block::Classes;
use super::detectors::token::Token;
use super::detectors::{Detector, Find};
use super::embedded::Note;
use super::hits::Hits;
use super::pairs::{self, Shape, frequency};
use std::ops::Range;

/// Bytes that are marked wherever they stand, as long as the detectors are on that look at each of them:
/// what has one of them costs nothing more. And the one that is in encoded texts only.
const MARKED: &[u8] = b"=:@%";

/// Literals, each filed under two neighbouring bytes of it.
#[derive(Debug)]
pub struct Literals {
    /// What each is found by.
    classes: [Classes; 2],
    /// By ASCII byte: a bit for each that may stand behind it; what is beyond ASCII counts as the last.
    pairs: [u128; 128],
    /// By byte: where those that are found by it are in `entries`.
    by_byte: Vec<Range<usize>>,
    entries: Vec<Entry>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    literal: &'static [u8],
    /// Where in the literal the bytes are that it is found by.
    offset: usize,
    /// These bytes.
    byte: u8,
    next: Next,
    finder: Finder,
}

/// What has to stand behind the byte that a literal is found by.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Next {
    /// Whatever it is: the literal ends there.
    Any,
    One(u8),
}

impl Next {
    fn has(self, byte: u8) -> bool {
        match self {
            Next::Any => true,
            Next::One(next) => next == byte,
        }
    }
}

/// Who looks where a literal stands.
#[derive(Clone, Copy, Debug)]
pub enum Finder {
    /// A detector's own function.
    Of(Detector, Find),
    /// What follows a prefix.
    Token(Detector, &'static Token),
    /// Notes that another text stands there encoded; nobody's find.
    Encoding(Note),
}

impl Literals {
    /// Those of detectors.
    pub fn new(literals: impl Iterator<Item = (&'static str, Finder)>) -> Literals {
        let entries = literals.filter_map(|(literal, finder)| Entry::new(literal, finder));
        let (mut entries, classes) = pairs::share(entries.map(|entry| (entry, entry.shape())));
        let mut pairs = [0; 128];
        for entry in &entries {
            let behind = (0..128).filter(|byte| entry.next.has(*byte)).fold(0, |all, byte| all | 1 << byte);
            pairs.iter_mut().skip(entry.byte.into()).take(1).for_each(|all| *all |= behind);
        }
        entries.sort_by_key(|entry| entry.byte);
        let below = |byte: u8| entries.partition_point(|entry| entry.byte < byte);
        let by_byte =
            (0..=u8::MAX).map(|byte| below(byte)..entries.partition_point(|entry| entry.byte <= byte));
        Literals { classes, pairs, by_byte: by_byte.collect(), entries }
    }

    /// The classes of the bytes that literals are found by, and of those behind them.
    pub fn classes(&self) -> [Classes; 2] {
        self.classes
    }

    /// Lets the detectors look whose literals are found at a place. What ends a text is none: nothing
    /// stands behind it.
    #[inline]
    pub fn look(&self, text: &[u8], at: usize, hits: &mut Hits) {
        let Some([byte, next, ..]) = text.get(at..) else { return };
        let behind = self.pairs.get(usize::from(*byte)).copied().unwrap_or_default();
        if behind >> (*next).min(127) & 1 == 1 {
            self.look_closer(text, at, *byte, *next, hits);
        }
    }

    #[inline(never)]
    fn look_closer(&self, text: &[u8], at: usize, byte: u8, next: u8, hits: &mut Hits) {
        let found = self.by_byte.get(usize::from(byte)).cloned().unwrap_or_default();
        for entry in self.entries.get(found).unwrap_or_default() {
            if entry.next.has(next) {
                entry.look(text, at, hits);
            }
        }
    }
}

impl Entry {
    /// Found by the rarest two of its bytes that are neighbours; by one, where that is all there is.
    fn new(literal: &'static str, finder: Finder) -> Option<Entry> {
        let literal = literal.as_bytes();
        let expected = |offset: &usize| match literal.get(*offset..).unwrap_or_default() {
            [byte, ..] if MARKED.contains(byte) => 0,
            [byte, next, ..] => frequency(*byte) * frequency(*next),
            _ => i64::MAX,
        };
        let offset = (0..literal.len()).min_by_key(expected)?;
        let next = literal.get(offset + 1).map_or(Next::Any, |next| Next::One(*next));
        Some(Entry { literal, offset, byte: *literal.get(offset)?, next, finder })
    }

    fn shape(&self) -> Shape {
        match self.next {
            Next::Any => Shape::of([self.byte], 0..=u8::MAX),
            Next::One(next) => Shape::of([self.byte], [next]),
        }
    }

    /// Looks where its bytes were found.
    fn look(&self, text: &[u8], found: usize, hits: &mut Hits) {
        let Some(start) = found.checked_sub(self.offset) else { return };
        let end = start + self.literal.len();
        // What is one byte was found.
        let stands = self.literal.len() == 1 || text.get(start..end) == Some(self.literal);
        if !stands {
            return;
        }
        match self.finder {
            Finder::Of(detector, find) if hits.reach(detector) <= start => find(text, start..end, hits),
            Finder::Token(detector, token) if hits.reach(detector) <= start => {
                token.find(text, start..end, detector, hits);
            }
            Finder::Encoding(note) => note(&mut hits.encodings),
            _ => {}
        }
    }
}
