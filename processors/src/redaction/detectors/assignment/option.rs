//! Options of commands and what they are given: `--password x`, `-Password x`, `["--password", "x"]`,
//! `a1="--password" a2="x"`.

use super::super::boundary::before;
use super::ByteSet;
use super::name::{Sign, ends_with};
use super::quotes::quote_at;
use crate::redaction::keys::{Verdict, judge};

/// An option of a command that ends at `end`, and where its argument begins.
pub fn option<'t>(text: &'t [u8], end: usize, dashes: &'t [u8]) -> Option<(&'t [u8], Sign)> {
    if !dashes.starts_with(b"-") {
        return None;
    }
    let begins = before(text, end - dashes.len()).is_none_or(|byte| b" \t\r\n\"'\\`[(>".contains(&byte));
    let name = name_of(dashes).filter(|_| begins)?;
    let quote = quote_at(text, end).unwrap_or_default();
    let behind = end + quote.len();
    let start = match text.get(behind..)? {
        [b' ', ..] if quote.is_empty() => behind + 1,
        [b' ', b'a', ..] => next_of_execve(text, behind)?,
        [b',', ..] if !quote.is_empty() => behind + 1 + BLANK.run(text, behind + 1),
        _ => return None,
    };
    let argument = text.get(start..)?.strip_prefix(quote)?;
    let is_other = matches!(argument, [] | [b'-' | b' ', ..])
        || quote.is_empty() && (is_prose(argument) || is_placeholder(name, argument));
    let sign = Sign::at(start);
    (!is_other).then_some((name, sign))
}

/// Whether a text is nothing but an option that names a secret.
pub fn is_of_secret(text: &[u8]) -> bool {
    text.starts_with(b"-") && name_of(text).is_some_and(|name| judge(name) != Verdict::Plain)
}

/// The name of an option without its dashes: of PowerShell, Java's tools and X11 have one. Short ones stand for something
/// else in each command, and what a secret is read from is none.
fn name_of(dashes: &[u8]) -> Option<&[u8]> {
    let one = dashes.strip_prefix(b"-")?;
    let name = one.strip_prefix(b"-").or_else(|| (one.len() >= SHORTEST).then_some(one))?;
    // Behind a stop a sentence begins.
    let is_name =
        !name.starts_with(b"-") && !name.ends_with(b".") && !FROM.iter().any(|from| ends_with(name, from));
    is_name.then_some(name)
}

/// Where the argument's value begins behind one, in Linux' audit records.
fn next_of_execve(text: &[u8], at: usize) -> Option<usize> {
    let number = at + b" a".len();
    let sign = number + DIGIT.run(text.get(..text.len().min(number + 5))?, number);
    (sign > number && text.get(sign) == Some(&b'=')).then_some(sign + 1)
}

/// Whether a sentence goes on behind an option: `Using --password via the CLI is insecure`.
pub fn is_prose(argument: &[u8]) -> bool {
    let head = argument.get(..argument.len().min(16)).unwrap_or_default();
    let word = head.get(..LETTER.run(head, 0)).unwrap_or_default();
    head.get(word.len()) == Some(&b' ') && PROSE.iter().any(|prose| prose.as_bytes() == word)
}

/// Whether a usage says what an option takes: `--password string`, `[--db-password PASSWORD]`.
fn is_placeholder(name: &[u8], argument: &[u8]) -> bool {
    let head = argument.get(..argument.len().min(32)).unwrap_or_default();
    let word = head.get(..LETTER.run(head, 0)).unwrap_or_default();
    let shouts = !word.is_empty() && word.iter().all(u8::is_ascii_uppercase);
    let is_name = shouts && std::str::from_utf8(word).is_ok_and(|word| ends_with(name, word));
    is_name || word == b"string" || word == b"value"
}

const SHORTEST: usize = 5;
const FROM: [&str; 3] = ["file", "stdin", "env"];
const PROSE: [&str; 17] = [
    "and", "argument", "as", "can", "cannot", "flag", "for", "in", "is", "must", "on", "option", "or",
    "requires", "to", "via", "was",
];

static BLANK: ByteSet = ByteSet::of(b" \t\r\n");
static DIGIT: ByteSet = ByteSet::of(b"0123456789");
static LETTER: ByteSet = ByteSet::alphanumeric_and(b"");
