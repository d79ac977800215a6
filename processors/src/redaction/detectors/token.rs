//! Tokens that their vendors gave a prefix, so that scanners like this one find them. A detector is a
//! table of prefixes.

use super::boundary::{begins_word, ends_word};
use super::{ByteSet, Detector};
use crate::redaction::hits::Hits;
use crate::redaction::literals::{Finder, Literal};
use std::ops::Range;

/// A prefix and what follows it.
#[derive(Debug)]
pub struct Token {
    prefix: &'static str,
    /// How many signs follow. Most vendors lengthen their tokens, so there is rarely an upper bound.
    len: Range<usize>,
    /// Of which signs.
    of: &'static ByteSet,
    /// What else must hold of what follows.
    is: fn(&[u8]) -> bool,
}

/// How much of what follows a prefix is looked at to see whether it is a token, in bytes.
const ENOUGH: usize = 256;

impl Token {
    /// A prefix with so many signs behind it, or more.
    pub const fn of(prefix: &'static str, at_least: usize, of: &'static ByteSet) -> Token {
        Token { prefix, len: at_least..usize::MAX, of, is: |_| true }
    }

    /// Not more of them than the least.
    pub const fn exactly(self) -> Token {
        Token { len: self.len.start..self.len.start + 1, ..self }
    }

    /// If this holds of what follows the prefix.
    pub const fn that(self, is: fn(&[u8]) -> bool) -> Token {
        Token { is, ..self }
    }

    /// What triggers it.
    pub fn literal(&'static self, of: Detector) -> Literal {
        let finder = Finder::Token(of, self);
        Literal { bytes: self.prefix, any_case: false, behind: Some(self.of), finder }
    }

    /// Looks where the prefix stands.
    pub fn find(&self, text: &[u8], prefix: Range<usize>, detector: Detector, hits: &mut Hits) {
        // Letters before it make it part of a longer word; `_ghp_` is fine.
        if !begins_word(text, prefix.start) {
            return;
        }
        // What is no token may hold other prefixes, so each of them looks only so far.
        let near = text.get(..text.len().min(prefix.end + ENOUGH)).unwrap_or_default();
        let run = self.of.run(near, prefix.end);
        // A dot that ends the sentence is not the token's.
        let end = prefix.end + run - DOTS.run_back(near, prefix.end + run).min(run);
        let rest = near.get(prefix.end..end).unwrap_or_default();
        if self.len.contains(&rest.len()) && (self.is)(rest) {
            // A longer one is hidden to its end.
            let end = if run == ENOUGH { end + self.of.run(text, end) } else { end };
            if ends_word(text, end) {
                hits.push(prefix.start..end, detector);
            }
        }
    }
}

pub static PLAIN: ByteSet = ByteSet::alphanumeric_and(b"");
pub static BASE64URL: ByteSet = ByteSet::alphanumeric_and(b"-_");
pub static BASE64URL_AND_DOTS: ByteSet = ByteSet::alphanumeric_and(b"-_.");
pub static HEX: ByteSet = ByteSet::of(b"0123456789abcdef");
static DOTS: ByteSet = ByteSet::of(b".");
