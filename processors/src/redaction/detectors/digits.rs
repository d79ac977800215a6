//! Rows of digit groups, which card and social security numbers are written as.

use super::ByteSet;
use std::ops::Range;

/// The shortest thing of digits: `ddd-dd-dddd`.
pub const SHORTEST_ROW: usize = 11;

/// The rows of digits, spaces and dashes of a text that are long enough to be something.
pub fn rows(text: &[u8]) -> impl Iterator<Item = Range<usize>> {
    // Nothing before it can be part of a row that is still to come.
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            // A row that is long enough has this byte, or begins behind it.
            let at = from + SHORTEST_ROW - 1;
            if !in_row(*text.get(at)?) {
                from = at + 1;
                continue;
            }
            let row = at - super::run_back(text, at, in_row)..at + super::run(text, at, in_row);
            from = row.end + 1;
            if row.len() >= SHORTEST_ROW {
                return Some(row);
            }
        }
    })
}

fn in_row(byte: u8) -> bool {
    static ROW: ByteSet = ByteSet::of(b"0123456789- ");
    ROW.has(byte)
}

/// A group of digits within a row.
#[derive(Clone, Copy, Debug, Default)]
pub struct Group {
    /// Where it begins in the text.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// What joins it to the group before: one space or one dash. Anything else separates them.
    pub joined_by: Option<u8>,
}

impl Group {
    /// How many digits.
    pub fn len(&self) -> usize {
        self.end - self.start
    }
}

/// The groups of a row, in order.
pub fn groups(text: &[u8], row: Range<usize>) -> impl Iterator<Item = Group> + Clone {
    let mut at = row.start;
    std::iter::from_fn(move || {
        let gap = super::run(text, at, |byte| byte == b'-' || byte == b' ');
        let start = at + gap;
        let end = start + super::run(text, start, |byte| byte.is_ascii_digit());
        if start >= row.end || end == start {
            return None;
        }
        let joined_by = match gap {
            1 if at > row.start => text.get(at).copied(),
            _ => None,
        };
        at = end;
        Some(Group { start, end, joined_by })
    })
}

/// Whether the digits at `range` stand for themselves: they are no part of a word, of a decimal
/// number, of a number with a plus sign (a telephone's), or of a UUID.
pub fn stands_alone(text: &[u8], range: &Range<usize>) -> bool {
    let left = text.get(..range.start).unwrap_or_default();
    let right = text.get(range.end..).unwrap_or_default();
    let left_ends = match left {
        [.., b'+'] => false,
        [.., digit, b'.'] if digit.is_ascii_digit() => false,
        [.., last] => !last.is_ascii_alphanumeric(),
        [] => true,
    };
    let right_ends = match right {
        [b'.', digit, ..] if digit.is_ascii_digit() => false,
        [first, ..] => !first.is_ascii_alphanumeric(),
        [] => true,
    };
    left_ends && right_ends && !in_uuid(text, range)
}

/// Whether the range lies in 8-4-4-4-12 hex digits.
fn in_uuid(text: &[u8], range: &Range<usize>) -> bool {
    let of_uuid = |byte: u8| byte.is_ascii_hexdigit() || byte == b'-';
    // A longer one is none, so there is no need to look further than its length.
    let start = range.start - run_back_at_most(text, range.start, of_uuid);
    let token = text.get(start..).unwrap_or_default();
    let len = token.iter().take(UUID + 1).take_while(|byte| of_uuid(**byte)).count();
    len == UUID
        && token
            .iter()
            .take(UUID)
            .enumerate()
            .all(|(at, byte)| (*byte == b'-') == matches!(at, 8 | 13 | 18 | 23))
}

const UUID: usize = 36;

fn run_back_at_most(text: &[u8], at: usize, of: impl Fn(u8) -> bool) -> usize {
    let left = text.get(..at).unwrap_or_default();
    left.iter().rev().take(UUID).take_while(|byte| of(**byte)).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rows_are_those_that_a_look_at_every_byte_finds(text in "[0-9a-c \\-]{0,120}|([a-c]{1,4}[0-9 \\-]{9,13}){0,9}") {
            let mut expected = Vec::new();
            let mut at = 0;
            for part in text.split(|sign: char| !in_row(sign as u8)) {
                if part.len() >= SHORTEST_ROW {
                    expected.push(at..at + part.len());
                }
                at += part.len() + 1;
            }
            prop_assert_eq!(rows(text.as_bytes()).collect::<Vec<_>>(), expected);
        }
    }
}
