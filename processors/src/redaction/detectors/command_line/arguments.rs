//! The arguments of a command, as a shell, a list of JSON and Linux' audit records write them.

use super::super::assignment::quotes::{quote_at, quoted};
use super::{ByteSet, Command};
use std::ops::Range;

/// How many arguments are looked at, and how much of the text.
const MOST: usize = 32;
const NEAR: usize = 1024;

/// One of them.
#[derive(Debug)]
pub struct Argument {
    /// Where it stands, without its quotes.
    pub range: Range<usize>,
    pub in_quotes: bool,
}

impl Argument {
    /// A part of it.
    pub fn part(&self, part: Range<usize>) -> Argument {
        Argument { range: self.range.start + part.start..self.range.start + part.end, ..*self }
    }
}

/// The arguments behind a command whose name ends at `at`. Another command's begin nothing here: it is looked at by itself.
pub fn arguments(text: &[u8], at: usize) -> Vec<Argument> {
    let text = text.get(..text.len().min(at + NEAR)).unwrap_or_default();
    let mut reader = Reader { text, at };
    let ours =
        |argument: &Argument| Command::named(text.get(argument.range.clone()).unwrap_or_default()).is_none();
    std::iter::from_fn(|| reader.next()).take(MOST).take_while(ours).collect()
}

struct Reader<'t> {
    text: &'t [u8],
    at: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<Argument> {
        let start = self.at + GAP.run(self.text, self.at);
        let start = start + number_of_execve(self.text.get(start..)?);
        if let Some(quote) = quote_at(self.text, start) {
            let range = quoted(self.text, start + quote.len(), quote);
            self.at = range.end + quote.len();
            return Some(Argument { range, in_quotes: true });
        }
        let word = self.text.get(start..start + WORD.run(self.text, start))?;
        // A quote within a word is the shell's, `-p'x'`, or closes what the command stands in.
        let escapes = word.iter().rev().take_while(|byte| **byte == b'\\').count();
        let quote = quote_at(self.text, start + word.len() - escapes).unwrap_or_default();
        let word = if quote.is_empty() { without_closing(word) } else { word.get(..word.len() - escapes)? };
        let end = start + word.len();
        if start == end {
            return None;
        }
        self.at = end;
        if quote.is_empty() {
            return Some(Argument { range: start..end, in_quotes: false });
        }
        let inside = quoted(self.text, end + quote.len(), quote);
        let closes = self.text.get(inside.end..).is_some_and(|rest| rest.starts_with(quote));
        let is_option = self.text.get(start) == Some(&b'-') && end - start == 2;
        if is_option && closes {
            self.at = inside.end + quote.len();
            // The quotes are hidden with what is in them.
            return Some(Argument { range: start..self.at, in_quotes: true });
        }
        self.at = self.text.len();
        Some(Argument { range: start..end, in_quotes: false })
    }
}

/// A word without what ends the command, or closes the brackets that it stands in, and what follows that. Within a
/// word both are its own: colours have semicolons.
fn without_closing(word: &[u8]) -> &[u8] {
    let last = word.iter().rposition(u8::is_ascii_alphanumeric).map_or(0, |last| last + 1);
    let (head, tail) = word.split_at_checked(last).unwrap_or_default();
    let closing: &[u8] = if head.iter().any(|byte| b"([{".contains(byte)) { b";" } else { b";)]}" };
    match tail.iter().position(|byte| closing.contains(byte)) {
        Some(closes) => word.get(..last + closes).unwrap_or_default(),
        None => word,
    }
}

/// The length of what numbers an argument in an audit record, which writes those with a space in them in hexadecimal:
/// `a1="-p"`, `a2=612062`.
fn number_of_execve(rest: &[u8]) -> usize {
    let digits = rest.iter().skip(1).take(4).take_while(|byte| byte.is_ascii_digit()).count();
    match (rest, rest.get(1 + digits..)) {
        ([b'a', ..], Some([b'=', ..])) if digits > 0 => digits + 2,
        _ => 0,
    }
}

static GAP: ByteSet = ByteSet::of(b" \t,");
static WORD: ByteSet = ByteSet::all_but_spaces_and(b"\"'`|<>");
