//! E-mail addresses: the part of RFC 5321's grammar that people have, with letters beyond ASCII
//! (RFC 6531), also where the `@` is percent-encoded in a URL.

use super::{Detector, Spec, Trigger};
use crate::redaction::scan::Hits;
use std::ops::Range;

pub const SPEC: Spec =
    Spec { detector: Detector::Email, triggers: &[Trigger::Byte(b'@'), Trigger::Literal("%40")], find };

fn find(text: &[u8], at: Range<usize>, hits: &mut Hits) {
    let Some(end) = domain_end(text, at.end) else { return };
    let start = local_start(text, at.start);
    if start < at.start {
        hits.push(start..end, Detector::Email);
    }
}

/// Where the part before the `@` begins.
fn local_start(text: &[u8], at: usize) -> usize {
    let mut start = at;
    while let Some(len) = character_before(text, start) {
        start -= len;
    }
    // A quote or dash in front belongs to the sentence.
    start + super::run(text, start, |byte| matches!(byte, b'\'' | b'.' | b'-')).min(at - start)
}

/// The length of the character before `at`, where it may stand in a local part.
fn character_before(text: &[u8], at: usize) -> Option<usize> {
    match text.get(..at)? {
        [.., lead, next] if is_letter(*lead, *next) => Some(2),
        [.., byte] if byte.is_ascii_alphanumeric() || b"._%+-'".contains(byte) => Some(1),
        _ => None,
    }
}

/// Whether two bytes are a Latin, Greek or Cyrillic letter. Scripts that write no spaces between
/// words are left out: there the word before an address would be taken for its part.
fn is_letter(lead: u8, next: u8) -> bool {
    (0xC3..=0xD5).contains(&lead)
        && (0x80..0xC0).contains(&next)
        && !matches!((lead, next), (0xC3, 0x97 | 0xB7))
}

/// Where a domain name that begins at `start` ends: labels, a dot at least, a top level of letters.
fn domain_end(text: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    let mut end = None;
    loop {
        let (len, letters) = label(text, at);
        if len == 0 {
            return end;
        }
        if at > start && letters && len >= 2 {
            end = Some(at + len);
        }
        at += len;
        match text.get(at) {
            Some(b'.') => at += 1,
            _ => return end,
        }
    }
}

/// The length of a label, and whether it is a top level: letters, or an encoded name.
fn label(text: &[u8], start: usize) -> (usize, bool) {
    let mut len = 0;
    let mut letters = true;
    loop {
        match text.get(start + len..).unwrap_or_default() {
            [lead, next, ..] if is_letter(*lead, *next) => len += 2,
            [byte, ..] if byte.is_ascii_alphabetic() => len += 1,
            [byte, ..] if byte.is_ascii_digit() || *byte == b'-' => {
                letters = false;
                len += 1;
            }
            _ => break,
        }
    }
    let label = text.get(start..start + len).unwrap_or_default();
    let dashes = label.iter().rev().take_while(|byte| **byte == b'-').count();
    let encoded = label.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case(b"xn--"));
    // `a@b.com-` ends before the dash, `a@b.com-x` is a longer label.
    match dashes {
        0 => (len, letters || encoded),
        _ => (
            len - dashes,
            label
                .get(..len - dashes)
                .is_some_and(|label| label.iter().all(|b| !b.is_ascii_digit() && *b != b'-')),
        ),
    }
}
