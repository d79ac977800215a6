//! Identifiers of letters and digits in a fixed form: numbers of persons, firms, vehicles, documents.

use super::boundary::{begins_word, ends_word, sign};
use super::context::is_said;
use super::digits::in_uuid;
use super::{ByteSet, Detector, colour};
use crate::redaction::hits::Hits;
use std::ops::Range;

/// A kind of identifier.
#[derive(Debug)]
pub struct Form {
    /// How it is written: `9` is a digit, `A` a capital, `X` one of both, `a` any letter. A space stands for what
    /// joins groups: nothing, or the same sign everywhere; `_` for a space that must be there. What else there
    /// is stands for itself.
    pub written: &'static [&'static str],
    /// Words of which one says that it comes, in lower case.
    pub words: &'static [&'static str],
    /// Whether one must, because others look alike.
    pub said: bool,
    /// Whether signs, without what joins them, are one: digits are 0 to 9, letters are capitals.
    pub is: fn(&[u8]) -> bool,
}

/// Signs that are looked at together.
const MOST: usize = 24;
/// What joins groups, as it is and as it is in URLs and forms.
const JOINTS: [&[u8]; 5] = [b"", b" ", b"-", b"+", b"%20"];

static SIGNS: ByteSet = ByteSet::alphanumeric_and(b"");

impl Form {
    /// Looks where a group of digits begins in a text.
    pub fn look(&self, text: &[u8], key: &[u8], digit: usize, detector: Detector, hits: &mut Hits) {
        for written in self.written {
            // Without a place for a joint the first try is the only one.
            let tries = if written.contains([' ', '_']) { JOINTS.len() } else { 1 };
            for joint in JOINTS.iter().take(tries) {
                if let Some(range) = self.find(text, digit, written.as_bytes(), joint)
                    && hits.reach(detector) <= range.start
                    && (!self.said || is_said(self.words, key, text, range.start))
                {
                    return hits.push(range, detector);
                }
            }
        }
    }

    fn find(&self, text: &[u8], digit: usize, written: &[u8], joint: &[u8]) -> Option<Range<usize>> {
        let start = start(text, digit, written, joint)?;
        let (end, signs, len) = read(text, start, written, joint)?;
        (stands_alone(text, start..end) && (self.is)(signs.get(..len)?)).then_some(start..end)
    }
}

/// Where something begins whose first group of digits is at `digit`.
fn start(text: &[u8], digit: usize, written: &[u8], joint: &[u8]) -> Option<usize> {
    if written.first() == Some(&b'X') {
        let near = text.get(digit.saturating_sub(MOST)..digit)?;
        return Some(colour::word_behind(text, digit - SIGNS.run_back(near, near.len())));
    }
    let lead = written.iter().take_while(|sign| **sign != b'9');
    digit.checked_sub(lead.map(|sign| if matches!(sign, b' ' | b'_') { joint.len() } else { 1 }).sum())
}

/// The signs that are written so from `start` on, how many they are, and where they end.
fn read(text: &[u8], start: usize, written: &[u8], joint: &[u8]) -> Option<(usize, [u8; MOST], usize)> {
    let (mut at, mut signs, mut len) = (start, [0; MOST], 0);
    for kind in written {
        let byte = text.get(at).copied();
        let value = match kind {
            b' ' => {
                at += text.get(at..)?.starts_with(joint).then_some(joint.len())?;
                continue;
            }
            b'_' => {
                let space = !joint.is_empty() && joint != b"-" && text.get(at..)?.starts_with(joint);
                at += space.then_some(joint.len())?;
                continue;
            }
            b'9' => byte?.is_ascii_digit().then_some(byte? & 15)?,
            b'A' => byte.filter(u8::is_ascii_uppercase)?,
            b'a' => byte.filter(u8::is_ascii_alphabetic)?.to_ascii_uppercase(),
            b'X' if byte?.is_ascii_digit() => byte? & 15,
            b'X' => byte.filter(u8::is_ascii_uppercase)?,
            other => {
                at += Some(sign(text, at, *other)).filter(|len| *len > 0)?;
                continue;
            }
        };
        *signs.get_mut(len)? = value;
        (at, len) = (at + 1, len + 1);
    }
    Some((at, signs, len))
}

/// Whether what stands at the range is no part of a word, of a longer number, or of a UUID.
fn stands_alone(text: &[u8], range: Range<usize>) -> bool {
    let left = text.get(..range.start).unwrap_or_default();
    let right = text.get(range.end..).unwrap_or_default();
    begins_word(text, range.start)
        && ends_word(text, range.end)
        && !matches!(left, [.., b'0'..=b'9', b'.' | b'-' | b'/'])
        && !matches!(right, [b'.' | b'-' | b'/', b'0'..=b'9', ..])
        && !in_uuid(text, &range)
}
