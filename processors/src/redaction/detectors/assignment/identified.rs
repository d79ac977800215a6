//! Passwords in SQL: `CREATE USER maria IDENTIFIED BY 'x'`, `ALTER USER maria IDENTIFIED WITH plugin BY 'x'`.

use super::ByteSet;
use super::quotes::{quote_at, quoted};
use super::says_nothing;
use super::value::value_end;
use crate::redaction::detectors::{Detector, Look, Spec};
use crate::redaction::hits::Hits;
use std::ops::Range;

pub const SPEC: Spec = Spec { detector: Detector::Assignment, look: Look::Literals(&["IDENTIFIED "], find) };

/// How far before it a statement is looked for, in bytes.
const STATEMENT: usize = 256;
/// How many words stand between `IDENTIFIED` and its value at most: `WITH plugin AS`.
const MOST_WORDS: usize = 3;

fn find(text: &[u8], word: Range<usize>, hits: &mut Hits) {
    let mut at = word.end;
    for _ in 0..MOST_WORDS {
        let start = at + GAP.run(text, at);
        let end = start + NAME.run(text.get(..text.len().min(start + 64)).unwrap_or_default(), start);
        at = end;
        if ["by", "as", "using"]
            .iter()
            .any(|by| text.get(start..end).is_some_and(|word| word.eq_ignore_ascii_case(by.as_bytes())))
        {
            return value(text, word, end, hits);
        }
    }
}

/// What stands behind `BY`.
fn value(text: &[u8], word: Range<usize>, by: usize, hits: &mut Hits) {
    let start = by + GAP.run(text, by);
    let value = match quote_at(text, start) {
        Some(quote) => quoted(text, start + quote.len(), quote),
        None => match value_end(text, start) {
            // `IDENTIFIED BY PASSWORD '*6C89'`, which others find.
            end if quote_at(text, end + GAP.run(text, end)).is_some() => return,
            end => start..end,
        },
    };
    let found = text.get(value.clone()).unwrap_or_default();
    if start > by && !says_nothing(found) && in_statement(text, word.start) {
        hits.push(value, Detector::Assignment);
    }
}

fn in_statement(text: &[u8], at: usize) -> bool {
    let head = text.get(at.saturating_sub(STATEMENT)..at).unwrap_or_default();
    ["create ", "alter ", "grant "]
        .iter()
        .any(|verb| head.windows(verb.len()).any(|part| part.eq_ignore_ascii_case(verb.as_bytes())))
}

static GAP: ByteSet = ByteSet::of(b" \t\r\n");
/// Of a plugin, also in quotes.
static NAME: ByteSet = ByteSet::alphanumeric_and(b"_'\"`");
