//! Secrets that are told without a sign: `ALTER USER maria PASSWORD 'x'`, `PASSWORD('x')`,
//! `username bob password 7 0822455D0A16`, `Your code is 123456`.

use super::ByteSet;
use super::name::{Sign, ends_with};
use super::value::{VALUE, head, looks_secret};

/// How far what is in quotes is followed, in bytes.
const LONGEST: usize = 256;

/// Where the value begins of the name that ends at `end`.
pub fn told(text: &[u8], end: usize, name: &[u8]) -> Option<Sign> {
    let gap = GAP.run(text, end);
    let start = end + gap;
    let sign = |end, in_sentence| Some(Sign { in_sentence, ..Sign::at(end) });
    let is_password = || ends_with(name, "password");
    match text.get(start..)? {
        [b'i' | b'h' | b'H' | b'v' | b'V', ..] if gap > 0 => {
            let colon = copula(text, start)?;
            sign(colon + GAP.run(text, colon), true)
        }
        [b'\'', ..] if gap > 0 && is_password() && closes(text, start) => sign(start, false),
        [b'"', ..] if gap > 0 && is_password() && closes(text, start) && is_word(text, start) => {
            sign(start, false)
        }
        [b'(', b'\'', ..]
            if gap == 0 && name.eq_ignore_ascii_case(b"password") && closes(text, start + 1) =>
        {
            sign(start + 1, false)
        }
        // Routers have how it is encrypted between.
        [b'0'..=b'9', b' ', rest @ ..] if gap > 0 && looks_secret(head(rest, &VALUE)) => {
            sign(start + 2, true)
        }
        _ => None,
    }
}

/// Where `is`, `is:` or `header:` end that begin at `start`.
fn copula(text: &[u8], start: usize) -> Option<usize> {
    let word = head(text.get(start..)?, &LETTER);
    let behind = start + word.len();
    if word == b"is" {
        let said = behind + generated_for(text, behind);
        return match text.get(said)? {
            b':' => Some(said + 1),
            b' ' => Some(said),
            _ => None,
        };
    }
    let is_part = ["header", "value", "hash"].iter().any(|part| word.eq_ignore_ascii_case(part.as_bytes()));
    (is_part && text.get(behind) == Some(&b':')).then_some(behind + 1)
}

/// How long it is at `at` whom a password is for: MySQL tells one so when it starts first.
fn generated_for(text: &[u8], at: usize) -> usize {
    let verb = b" generated for ";
    let rest = text.get(at..text.len().min(at + LONGEST)).unwrap_or_default();
    match rest.strip_prefix(verb) {
        Some(whom) => verb.len() + WHOM.run(whom, 0),
        None => 0,
    }
}

static LETTER: ByteSet = ByteSet::alphanumeric_and(b"");
static WHOM: ByteSet = ByteSet::alphanumeric_and(b"_.-@%'");

/// Whether the quote at `start` closes in its line. Otherwise it is rather an apostrophe.
fn closes(text: &[u8], start: usize) -> bool {
    let ahead = text.get(start..text.len().min(start + LONGEST)).unwrap_or_default();
    let Some((quote, rest)) = ahead.split_first() else { return false };
    memchr::memchr2(*quote, b'\n', rest).is_some_and(|at| rest.get(at) == Some(quote))
}

/// Whether no space stands in the quotes at `start`: `the password "must not be empty"`.
fn is_word(text: &[u8], start: usize) -> bool {
    let end =
        start + 1 + IN_QUOTES.run(text.get(..text.len().min(start + LONGEST)).unwrap_or_default(), start + 1);
    text.get(end) == Some(&b'"')
}

static GAP: ByteSet = ByteSet::of(b" \t");
static IN_QUOTES: ByteSet = ByteSet::all_but_spaces_and(b"\"");
