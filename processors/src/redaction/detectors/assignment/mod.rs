//! Secrets that a text gives a name: `password=…`, `"api_key": "…"`, `Authorization: …`,
//! `Cookie: …`, `?access_token=…`, `AccountKey=…;`. The name is judged as an attribute's key is.
//!
//! A colon stands in sentences too (`invalid token: expired`), so behind a colon in plain text a
//! value has to look like a secret.

mod header;
mod identified;
pub mod name;
pub mod option;
mod pair;
pub mod quotes;
mod told;
pub mod value;
mod wrapped;

use super::boundary::before;
use super::{ByteSet, Detector, Look, Spec};
use crate::redaction::hits::{Hits, MASK};
use crate::redaction::keys::Verdict;
use name::Sign;
use std::ops::Range;
use value::value_at;

pub use identified::SPEC as IDENTIFIED;

pub const SPEC: Spec = Spec { detector: Detector::Assignment, look: Look::Names(find) };

/// Looks at the name that has the word at `word` in it, and at what is assigned to it.
fn find(text: &[u8], word: Range<usize>, hits: &mut Hits) {
    let end = name::end(text, word.end);
    // A name may have several such words.
    hits.pass(end, Detector::Assignment);
    // A word by itself, the last of a path: nothing is assigned.
    if end == text.len() {
        return;
    }
    let Some((mut name, sign)) = name::around(text, end).or_else(|| without_sign(text, end)) else { return };
    let mut verdict = hits.verdict(name);
    if verdict == Verdict::Plain
        && let Some(both) = name::with_word_before(text, end)
    {
        (name, verdict) = (both, hits.verdict(both));
    }
    if verdict == Verdict::Plain {
        return;
    }
    let Some(value) = value_at(text, &sign, name) else { return };
    let found = text.get(value.clone()).unwrap_or_default();
    if says_nothing(found) || is_directory(name, found) || verdict == Verdict::SecretText && is_number(found)
    {
        return hits.pass(value.end, Detector::Assignment);
    }
    let in_quotes = before(text, value.start).is_some_and(|byte| b"\"'`{".contains(&byte));
    // JSON has texts in quotes only, so that it stays JSON; two quotes in a row would be one of SQL's.
    let closes = text
        .get(sign.quote.clone())
        .zip(text.get(value.end..))
        .is_some_and(|(quote, rest)| rest.starts_with(quote));
    let quote = if sign.is_colon && !sign.in_sentence && !in_quotes && !closes { sign.quote } else { 0..0 };
    let end = value.end;
    hits.push_in(quote, value, Detector::Assignment);
    if in_quotes && let Some(next) = changed_to(text, end) {
        hits.push(next, Detector::Assignment);
    }
}

/// The name that ends at `end` where something else than a sign says that its value is behind it.
fn without_sign(text: &[u8], end: usize) -> Option<(&[u8], Sign)> {
    let name = name::before_end(text, end);
    let sign = pair::behind(text, end, name)
        .or_else(|| pair::in_list(text, end, name))
        .or_else(|| told::told(text, end, name));
    sign.map(|sign| (name, sign)).or_else(|| option::option(text, end, name))
}

/// The value that comes in the place of one in quotes that ends at `end`: `password = "x" -> "y"`.
fn changed_to(text: &[u8], end: usize) -> Option<Range<usize>> {
    let quote = quotes::quote_at(text, end)?;
    let arrow = end + quote.len();
    let behind =
        text.get(arrow..)?.strip_prefix(b" -> ").or_else(|| text.get(arrow..)?.strip_prefix(b" => "))?;
    let start = arrow + 4 + quote.len();
    behind.starts_with(quote).then(|| quotes::quoted(text, start, quote))
}

/// Whether hiding a value would hide nothing.
pub fn says_nothing(value: &[u8]) -> bool {
    value.is_empty()
        || value == MASK.as_bytes()
        || [&b"null"[..], b"nil", b"none", b"None"].contains(&value)
        || is_parameter(value)
}

/// Whether a statement of SQL has its value elsewhere: `password = $1`.
fn is_parameter(value: &[u8]) -> bool {
    match value {
        b"?" | b"%s" => true,
        [b'$', number @ ..] => (1..=3).contains(&number.len()) && number.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// Whether a variable is the directory that shells keep in it.
fn is_directory(name: &[u8], value: &[u8]) -> bool {
    matches!(name, b"PWD" | b"OLDPWD") && value.starts_with(b"/")
}

fn is_number(value: &[u8]) -> bool {
    value.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.') || value == b"true" || value == b"false"
}
