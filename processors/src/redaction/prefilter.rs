//! One pass over a whole request for what could be the start of something, before any text is
//! looked at: clean bytes are skipped at memory speed, whatever they mean.
//!
//! It runs over the raw bytes, field tags and lengths included, so it may mark too much; what it
//! marks is judged within the bounds of its text. It never marks too little: what triggers a
//! detector lies wholly within one text.

use super::marks::Marks;
use aho_corasick::packed;
use aho_corasick::{AhoCorasick, MatchKind};

/// What makes a detector look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// A byte that is rare in clean texts.
    Byte(u8),
    /// The first bytes of something.
    Literal(&'static str),
    /// A row of at least [`SHORTEST_ROW`] digits, spaces and dashes.
    Digits,
}

/// The shortest thing of digits: `ddd-dd-dddd`.
pub const SHORTEST_ROW: usize = 11;

/// Finds triggers.
#[derive(Debug)]
pub struct Prefilter {
    bytes: Vec<u8>,
    literals: Option<Literals>,
    digits: bool,
}

/// Up to 32 literals take half the time a byte that more of them take.
#[derive(Debug)]
enum Literals {
    /// Vector instructions.
    Packed(packed::Searcher),
    /// Where the processor has none of them.
    Automaton(AhoCorasick),
}

impl Prefilter {
    /// A filter for these triggers. `Err` names what cannot be searched for.
    pub fn new(triggers: impl Iterator<Item = Trigger>) -> Result<Prefilter, String> {
        let (mut bytes, mut texts, mut digits) = (Vec::new(), Vec::new(), false);
        for trigger in triggers {
            match trigger {
                Trigger::Byte(byte) => bytes.push(byte),
                Trigger::Literal(text) => texts.push(text),
                Trigger::Digits => digits = true,
            }
        }
        bytes.sort_unstable();
        bytes.dedup();
        let literals = match texts.is_empty() {
            true => None,
            false => Some(Literals::new(&texts)?),
        };
        Ok(Prefilter { bytes, literals, digits })
    }

    /// Marks every trigger in `haystack`.
    pub fn mark(&self, haystack: &[u8]) -> Marks {
        let mut marks = Marks::new(haystack.len());
        for bytes in self.bytes.chunks(3) {
            match *bytes {
                [a, b, c] => memchr::memchr3_iter(a, b, c, haystack).for_each(|at| marks.set(at)),
                [a, b] => memchr::memchr2_iter(a, b, haystack).for_each(|at| marks.set(at)),
                [a] => memchr::memchr_iter(a, haystack).for_each(|at| marks.set(at)),
                _ => {}
            }
        }
        if let Some(literals) = &self.literals {
            literals.mark(haystack, &mut marks);
        }
        if self.digits {
            mark_rows(haystack, &mut marks);
        }
        marks
    }
}

impl Literals {
    fn new(texts: &[&str]) -> Result<Literals, String> {
        if let Some(searcher) = packed::Searcher::new(texts) {
            return Ok(Literals::Packed(searcher));
        }
        AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostFirst)
            .build(texts)
            .map(Literals::Automaton)
            .map_err(|error| error.to_string())
    }

    fn mark(&self, haystack: &[u8], marks: &mut Marks) {
        let mut at = 0;
        while let Some(found) = self.find(haystack, at) {
            marks.set(found);
            // The next may begin within this one, when this one straddles the start of a text.
            at = found + 1;
        }
    }

    fn find(&self, haystack: &[u8], from: usize) -> Option<usize> {
        match self {
            Literals::Packed(searcher) => searcher.find_in(haystack, (from..haystack.len()).into()),
            Literals::Automaton(automaton) => {
                automaton.find(aho_corasick::Input::new(haystack).range(from..haystack.len()))
            }
        }
        .map(|found| found.start())
    }
}

/// Whether a byte may stand in a row of digits.
#[inline]
pub fn in_row(byte: u8) -> bool {
    IN_ROW.get(usize::from(byte)).copied().unwrap_or_default()
}

/// One load a byte instead of three comparisons: this is asked of every fifth byte of all data.
static IN_ROW: [bool; 256] = in_row_table();

#[allow(clippy::indexing_slicing)]
const fn in_row_table() -> [bool; 256] {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < table.len() {
        table[byte] = matches!(byte as u8, b'0'..=b'9' | b'-' | b' ');
        byte += 1;
    }
    table
}

/// Marks some bytes of every row that is long enough; in each stretch of [`SHORTEST_ROW`] at least one.
///
/// Bytes around a text may look like digits too, so a row is not marked at its start but at
/// every sample: one of them lies within the text.
fn mark_rows(haystack: &[u8], marks: &mut Marks) {
    // Any stretch of 11 has two bytes in a row of every fifth, and a byte with its fifth
    // successor are both digits in one place of thirty where each is in one of five.
    const STEP: usize = SHORTEST_ROW / 2;
    let mut before = false;
    for (sample, chunk) in haystack.chunks(STEP).enumerate() {
        let now = chunk.first().is_some_and(|byte| in_row(*byte));
        if now && before && is_long(haystack, sample * STEP) {
            marks.set(sample * STEP - STEP);
            marks.set(sample * STEP);
        }
        before = now;
    }
}

/// Whether the byte at `at` is part of a row that is long enough.
fn is_long(haystack: &[u8], at: usize) -> bool {
    let (before, after) = haystack.split_at_checked(at).unwrap_or_default();
    let count = |byte: &&u8| in_row(**byte);
    let right = after.iter().take(SHORTEST_ROW).take_while(count).count();
    right + before.iter().rev().take(SHORTEST_ROW).take_while(count).count() >= SHORTEST_ROW
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn filter(triggers: &[Trigger]) -> Prefilter {
        Prefilter::new(triggers.iter().copied()).unwrap()
    }

    proptest! {
        #[test]
        fn every_row_that_is_long_enough_is_marked_whatever_stands_around_it(
            before in "[0-9a-z \\-]{0,30}",
            row in "[0-9][0-9 \\-]{9,20}[0-9]",
            after in "[0-9a-z \\-]{0,30}",
        ) {
            let text = format!("{before}{row}{after}");
            let marks = filter(&[Trigger::Digits]).mark(text.as_bytes());
            prop_assert!(marks.first(before.len()..before.len() + row.len()).is_some());
        }

        #[test]
        fn every_byte_and_literal_is_marked(text in "[AKIS@=: x]{0,200}") {
            let triggers = [
                Trigger::Byte(b'@'), Trigger::Byte(b'='), Trigger::Byte(b':'), Trigger::Byte(b'x'),
                Trigger::Literal("AKIA"), Trigger::Literal("ASIA"),
            ];
            let marks = filter(&triggers).mark(text.as_bytes());
            for at in 0..text.len() {
                let rest = text.get(at..).unwrap();
                let hit = rest.starts_with(['@', '=', ':', 'x']) || rest.starts_with("AKIA") || rest.starts_with("ASIA");
                prop_assert_eq!(marks.first(at..at + 1).is_some(), hit, "{}", at);
            }
        }
    }
}
