//! Addresses of the internet protocol, versions 4 and 6.

use super::boundary::{before, begins_word, ends_word, sign};
use super::{ByteSet, Detector, Look, Spec};
use crate::redaction::hits::Hits;
use std::net::Ipv6Addr;
use std::ops::Range;

pub const V4: Spec = Spec { detector: Detector::Ipv4, look: Look::Literals(&["."], v4) };
pub const V6: Spec = Spec { detector: Detector::Ipv6, look: Look::Literals(&[":", "%3A"], v6) };

static DIGITS: ByteSet = ByteSet::of(b"0123456789");
static HEX: ByteSet = ByteSet::of(b"0123456789abcdefABCDEF");

/// Looks at the first dot of four numbers.
fn v4(text: &[u8], dot: Range<usize>, hits: &mut Hits) {
    let near = text.get(dot.start.saturating_sub(4)..dot.start).unwrap_or_default();
    let start = dot.start - DIGITS.run_back(near, near.len());
    let product = matches!(text.get(..start), Some([.., letter, b'/']) if letter.is_ascii_alphabetic());
    if product || before(text, start) == Some(b'.') || !begins_word(text, start) {
        return;
    }
    let mut end = start;
    for part in 0..4 {
        if part > 0 {
            end += usize::from(text.get(end) == Some(&b'.'));
        }
        let near = text.get(end..text.len().min(end + 4)).unwrap_or_default();
        let digits = near.get(..DIGITS.run(near, 0)).unwrap_or_default();
        if !is_octet(digits) || part > 0 && before(text, end) != Some(b'.') {
            return;
        }
        end += digits.len();
    }
    let goes_on = matches!(text.get(end..), Some([b'.', next, ..]) if next.is_ascii_alphanumeric());
    if ends_word(text, end) && !goes_on {
        hits.push(start..end, Detector::Ipv4);
    }
}

fn is_octet(digits: &[u8]) -> bool {
    let value = digits.iter().fold(0u32, |value, digit| value * 10 + u32::from(digit & 15));
    match digits {
        [] | [b'0', _, ..] => false,
        _ => digits.len() <= 3 && value <= 255,
    }
}

/// An address with all its zeros, and colons of three bytes.
const LONGEST: usize = 60;

/// Looks at the first colon.
fn v6(text: &[u8], colon: Range<usize>, hits: &mut Hits) {
    let near = text.get(colon.start.saturating_sub(5)..colon.start).unwrap_or_default();
    let mut start = colon.start - HEX.run_back(near, near.len());
    // Of `%3A` the last two are digits.
    if before(text, start) == Some(b'%') {
        start = (start + 2).min(colon.start);
    }
    if !begins_address(text, start) {
        return;
    }
    // The address as its parser takes it, and where each of its bytes ends in the text.
    let (mut plain, mut ends) = (String::new(), Vec::new());
    let mut at = start;
    while at < start + LONGEST {
        let (byte, len) = match (text.get(at).copied(), sign(text, at, b':')) {
            (_, len @ 1..) => (b':', len),
            (Some(byte), _) if byte.is_ascii_hexdigit() || byte == b'.' => (byte, 1),
            _ => break,
        };
        at += len;
        plain.push(byte.into());
        ends.push(at);
    }
    // What ends a sentence, or stands between it and another.
    let kept = plain.trim_end_matches('.');
    let kept = kept.strip_suffix(':').filter(|rest| !rest.ends_with(':')).unwrap_or(kept);
    let Some(end) = kept.len().checked_sub(1).and_then(|last| ends.get(last)) else { return };
    let long_group = kept.split(':').any(|group| group.len() >= 3);
    let digit = kept.bytes().any(|byte| byte.is_ascii_digit());
    if long_group && digit && ends_word(text, *end) && kept.parse::<Ipv6Addr>().is_ok() {
        hits.push(start..*end, Detector::Ipv6);
    }
}

/// Whether an address of groups with colons could begin at `start`: behind `peer:` it could, behind `10:` it
/// is part of something longer.
pub fn begins_address(text: &[u8], start: usize) -> bool {
    let head = text.get(start.saturating_sub(32)..start).unwrap_or_default();
    let name = head.strip_suffix(b":").or_else(|| head.strip_suffix(b"%3A"));
    let Some(name) = name else { return begins_word(text, start) };
    let word = name.rsplit(|byte| !byte.is_ascii_alphanumeric()).next().unwrap_or_default();
    word.iter().any(|byte| !byte.is_ascii_hexdigit()) || word.is_empty() && name.last() != Some(&b':')
}
