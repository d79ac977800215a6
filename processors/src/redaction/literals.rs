//! What detectors are triggered by, and where it may stand in a text.

use super::byte_set::ByteSet;
use super::detectors::token::Token;
use super::detectors::{Detector, Find};
use super::embedded::Note;
use super::hits::Hits;
use super::neighbours::{Byte, Halves, Neighbours, Shape, Three, rarest};
use std::ops::Range;

/// Bytes that are marked wherever they stand: the detectors are on that look at each of them, so what has one
/// of them costs nothing more. And the one that is in encoded texts only.
const MARKED: &[u8] = b"@%";

/// Literals, each filed under three neighbouring bytes of it; or under one that is marked wherever it stands.
#[derive(Debug)]
pub struct Literals {
    /// By ASCII byte: a bit for each that may stand behind it; what is beyond ASCII counts as the last.
    pairs: [[u64; 2]; 128],
    /// By byte: where those that are found by it are in `entries`.
    by_byte: Vec<Range<usize>>,
    entries: Vec<Entry>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    literal: &'static [u8],
    any_case: bool,
    /// Where in the literal the bytes are that it is found by.
    offset: usize,
    /// The first of them.
    byte: u8,
    /// All of them.
    bytes: Three,
    finder: Finder,
}

/// A literal, what follows it, and who looks there.
#[derive(Clone, Copy, Debug)]
pub struct Literal {
    /// The literal.
    pub bytes: &'static str,
    /// Whether it may stand there in capitals.
    pub any_case: bool,
    /// What stands behind it; anything or nothing, where that is not said.
    pub behind: Option<&'static ByteSet>,
    /// Who looks.
    pub finder: Finder,
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
    /// Those of detectors, and what they are found by.
    pub fn new(literals: impl Iterator<Item = Literal>) -> (Literals, Neighbours) {
        let mut entries: Vec<Entry> = literals.filter_map(Entry::new).collect();
        let neighbours =
            Neighbours::new(entries.iter().map(|entry| Shape::new(entry.bytes.map(Halves::from))));
        // A letter that may be a capital stands in two places.
        let capitals = entries.iter().filter(|entry| entry.any_case);
        let capitals = capitals.map(|entry| Entry { byte: entry.byte.to_ascii_uppercase(), ..*entry });
        entries.extend(capitals.collect::<Vec<_>>());
        let mut pairs = [[0; 2]; 128];
        for entry in &entries {
            let [_, next, _] = entry.bytes;
            let behind = pairs.get_mut(usize::from(entry.byte));
            behind.into_iter().for_each(|[low, high]| {
                next.ascii()
                    .for_each(|byte| *if byte < 64 { &mut *low } else { &mut *high } |= 1 << (byte & 63));
            });
        }
        entries.sort_by_key(|entry| entry.byte);
        let below = |byte: u8| entries.partition_point(|entry| entry.byte < byte);
        let by_byte =
            (0..=u8::MAX).map(|byte| below(byte)..entries.partition_point(|entry| entry.byte <= byte));
        let by_byte = by_byte.collect();
        (Literals { pairs, by_byte, entries }, neighbours)
    }

    /// Lets the detectors look whose literals are found at a place. What ends a text is none: nothing
    /// stands behind it.
    #[inline]
    pub fn look(&self, text: &[u8], at: usize, hits: &mut Hits) {
        let Some([byte, next, ..]) = text.get(at..) else { return };
        let [low, high] = self.pairs.get(usize::from(*byte)).copied().unwrap_or_default();
        let behind = if *next < 64 { low } else { high };
        if behind >> ((*next).min(127) % 64) & 1 == 1 {
            self.look_closer(text, at, *byte, *next, hits);
        }
    }

    #[inline(never)]
    fn look_closer(&self, text: &[u8], at: usize, byte: u8, next: u8, hits: &mut Hits) {
        let found = self.by_byte.get(usize::from(byte)).cloned().unwrap_or_default();
        let last = text.get(at + 2).copied();
        for entry in self.entries.get(found).unwrap_or_default() {
            let [_, second, third] = entry.bytes;
            if second.is(next) && last.is_none_or(|last| third.is(last)) {
                entry.look(text, at, hits);
            }
        }
    }
}

impl Entry {
    /// Found by the rarest three of its bytes that are neighbours, those behind it included.
    fn new(of: Literal) -> Option<Entry> {
        let literal = of.bytes.as_bytes();
        let byte = |at: usize| match (literal.get(at), of.behind) {
            (Some(byte), _) if of.any_case => Byte::Letter(*byte),
            (Some(byte), _) => Byte::One(*byte),
            (None, Some(behind)) if at == literal.len() => Byte::Of(behind),
            (None, _) => Byte::Any,
        };
        let marked = literal.iter().position(|byte| MARKED.contains(byte));
        let (offset, bytes) = match marked {
            Some(offset) => (offset, [byte(offset), Byte::Any, Byte::Any]),
            None => rarest(literal.len(), byte)?,
        };
        Some(Entry {
            literal,
            any_case: of.any_case,
            offset,
            byte: *literal.get(offset)?,
            bytes,
            finder: of.finder,
        })
    }

    /// Looks where its bytes were found.
    fn look(&self, text: &[u8], found: usize, hits: &mut Hits) {
        let Some(start) = found.checked_sub(self.offset) else { return };
        let end = start + self.literal.len();
        // What is one byte was found.
        let stands = |found: &[u8]| match self.any_case {
            true => found.eq_ignore_ascii_case(self.literal),
            false => found == self.literal,
        };
        if self.literal.len() > 1 && !text.get(start..end).is_some_and(stands) {
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
