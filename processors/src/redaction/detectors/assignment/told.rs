//! Secrets that are told without a sign: `ALTER USER maria PASSWORD 'x'`, `PASSWORD('x')`,
//! `ConvertTo-SecureString "x"`, `username bob password 7 0822455D0A16`, `Your code is 123456`.

use super::ByteSet;
use super::name::{self, Sign, ends_with};
use super::value::{VALUE, head, looks_secret};

/// How far what is in quotes is followed, in bytes.
const LONGEST: usize = 256;

/// The name that ends at `end`, and where its value begins.
pub fn told(text: &[u8], end: usize) -> Option<(&[u8], Sign)> {
    let whole = name::before_end(text, end);
    // What a command is called that makes one, not what it is.
    let name = if ends_with(whole, SECURE_STRING) { SECURE_STRING.as_bytes() } else { whole };
    let gap = GAP.run(text, end);
    let start = end + gap;
    let sign = |end, in_sentence| Sign { end, in_sentence, leans: false, is_colon: false, quote: 0..0 };
    if let Some(colon) = copula(text, start).filter(|_| gap > 0) {
        return Some((name, sign(colon + GAP.run(text, colon), true)));
    }
    let in_quotes = match text.get(start..)? {
        [b'\'', ..] if gap > 0 => NAMES.iter().any(|word| ends_with(name, word)) && closes(text, start),
        [b'"', ..] if gap > 0 => {
            NAMES.iter().any(|word| ends_with(name, word)) && closes(text, start) && is_word(text, start)
        }
        [b'(', b'\'', ..]
            if gap == 0 && name.eq_ignore_ascii_case(b"password") && closes(text, start + 1) =>
        {
            return Some((name, sign(start + 1, false)));
        }
        // Routers have how it is encrypted between.
        [b'0'..=b'9', b' ', rest @ ..] if gap > 0 && looks_secret(head(rest, &VALUE)) => {
            return Some((name, sign(start + 2, true)));
        }
        _ => return None,
    };
    in_quotes.then(|| (name, sign(start, false)))
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

/// Behind which a value in quotes is one.
const NAMES: [&str; 2] = ["password", SECURE_STRING];
const SECURE_STRING: &str = "securestring";

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
