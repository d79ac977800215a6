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

/// How many bytes are looked at before an `@`. RFC 5321 allows 64.
const LONGEST_LOCAL: usize = 256;

/// Where the part before the `@` begins.
fn local_start(text: &[u8], at: usize) -> usize {
    let mut start = at;
    while let Some(len) = character_before(text, start).filter(|_| at - start < LONGEST_LOCAL) {
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
        let (len, top_level) = label(text, at);
        if len == 0 {
            return end;
        }
        if at > start && top_level >= 2 {
            end = Some(at + top_level);
        }
        at += len;
        match text.get(at) {
            Some(b'.') => at += 1,
            _ => return end,
        }
    }
}

/// The length of a label, and how much of it is a top level: its letters, where nothing or a dash
/// follows them (`a@b.com-2026`), or an encoded name. 0 where it cannot be one.
fn label(text: &[u8], start: usize) -> (usize, usize) {
    let (mut len, mut letters) = (0, None);
    loop {
        match text.get(start + len..).unwrap_or_default() {
            [lead, next, ..] if is_letter(*lead, *next) => len += 2,
            [byte, ..] if byte.is_ascii_alphabetic() => len += 1,
            [b'-', ..] => {
                letters.get_or_insert(len);
                len += 1;
            }
            [byte, ..] if byte.is_ascii_digit() => {
                letters.get_or_insert(0);
                len += 1;
            }
            _ => break,
        }
    }
    let label = text.get(start..start + len).unwrap_or_default();
    match label.get(..4) {
        Some(prefix) if prefix.eq_ignore_ascii_case(b"xn--") => (len, len),
        _ => (len, letters.unwrap_or(len)),
    }
}
