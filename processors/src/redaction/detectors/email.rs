//! E-mail addresses: the part of RFC 5321's grammar that people have, with letters beyond ASCII
//! (RFC 6531), also where the `@` is percent-encoded in a URL.

use super::{ByteSet, Detector, Look, Spec, colour};
use crate::redaction::hits::Hits;
use std::ops::Range;

pub const SPEC: Spec = Spec { detector: Detector::Email, look: Look::Literals(&["@", "%40"], find) };

fn find(text: &[u8], at: Range<usize>, hits: &mut Hits) {
    let Some(end) = domain_end(text, at.end) else { return };
    let start = local_start(text, at.start);
    if start < at.start && !ends_like_a_name(text.get(at.end..end).unwrap_or_default()) {
        hits.push(start..end, Detector::Email);
    }
}

/// Whether a domain is rather the name of a unit of systemd, or of a file: `user@1000.service`,
/// `icon@2x.png`. None of these is a top-level domain; `.target` is one, so a systemd target is taken for an address.
fn ends_like_a_name(domain: &[u8]) -> bool {
    let end = |dot: &[u8]| domain.ends_with(dot);
    match domain.last_chunk() {
        Some(b"ice") => end(b".service") || end(b".device") || end(b".slice"),
        Some(b"ope") => end(b".scope"),
        Some(b"ket") => end(b".socket"),
        Some(b"mer") => end(b".timer"),
        Some(b"unt") => end(b".mount") || end(b".automount"),
        Some(b"wap") => end(b".swap"),
        Some(b"ath") => end(b".path"),
        Some(b"png" | b"jpg" | b"gif" | b"svg") => domain.iter().nth_back(3) == Some(&b'.'),
        Some(b"peg") => end(b".jpeg"),
        _ => false,
    }
}

/// How many bytes are looked at before an `@`. RFC 5321 allows 64.
const LONGEST_LOCAL: usize = 256;

/// Where the part before the `@` begins.
fn local_start(text: &[u8], at: usize) -> usize {
    let mut start = at;
    loop {
        let room = LONGEST_LOCAL.saturating_sub(at - start);
        let head = text.get(start.saturating_sub(room)..start).unwrap_or_default();
        start -= LOCAL.run_back(head, head.len());
        match text.get(..start) {
            Some([.., lead, next]) if is_letter(*lead, *next) && at - start < LONGEST_LOCAL => start -= 2,
            _ => break,
        }
    }
    let start = colour::word_behind(text, start).min(at);
    // A quote or dash in front belongs to the sentence.
    start + LEADING.run(text, start).min(at - start)
}

/// What a local part has besides letters beyond ASCII.
static LOCAL: ByteSet = ByteSet::alphanumeric_and(b"._%+-'");
static LEADING: ByteSet = ByteSet::of(b"'.-");

/// Whether two bytes are a Latin, Greek or Cyrillic letter. Scripts that write no spaces between
/// words are left out: there the word before an address would be taken for its part.
fn is_letter(lead: u8, next: u8) -> bool {
    (0xC3..=0xD5).contains(&lead)
        && (0x80..0xC0).contains(&next)
        && !matches!((lead, next), (0xC3, 0x97 | 0xB7))
}

/// Where a domain name that begins at `start` ends: labels, a dot at least, a top level of letters.
fn domain_end(text: &[u8], start: usize) -> Option<usize> {
    plain_domain_end(text, start).or_else(|| labels_end(text, start))
}

/// The same for nearly all domains: ASCII, and the last label is letters. `None` says nothing.
fn plain_domain_end(text: &[u8], start: usize) -> Option<usize> {
    let end = start + DOMAIN.run(text, start);
    let domain = text.get(start..end)?;
    let top_level = LETTERS.run_back(domain, domain.len());
    let labels = domain.get(..domain.len() - top_level)?.strip_suffix(b".")?;
    let each = labels.first() != Some(&b'.') && labels.last() != Some(&b'.') && !DOTS.has_neighbours(labels);
    let ends = text.get(end).is_none_or(u8::is_ascii);
    (top_level >= 2 && !labels.is_empty() && each && ends).then_some(end)
}

static DOMAIN: ByteSet = ByteSet::alphanumeric_and(b"-.");
static DOTS: ByteSet = ByteSet::of(b".");
static LETTERS: ByteSet = ByteSet::of(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

fn labels_end(text: &[u8], start: usize) -> Option<usize> {
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
    let (mut at, mut letters) = (start, None);
    loop {
        match text.get(at..).unwrap_or_default() {
            [letter, ..] if letter.is_ascii_alphabetic() => at += 1,
            [sign, ..] if *sign == b'-' || sign.is_ascii_digit() => {
                letters.get_or_insert(at - start);
                at += 1;
            }
            [lead, next, ..] if is_letter(*lead, *next) => at += 2,
            _ => break,
        }
    }
    let label = text.get(start..at).unwrap_or_default();
    let Some(letters) = letters else { return (label.len(), label.len()) };
    match label.get(letters) {
        Some(b'-') if label.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case(b"xn--")) => {
            (label.len(), label.len())
        }
        Some(b'-') => (label.len(), letters),
        _ => (label.len(), 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_plain_domain_ends_where_its_labels_do(text in "[a-z0-9-]{0,9}[.a-z-]{0,12}(com|é|-|9)?[ ,.>]?[a-z.]{0,3}") {
            if let Some(end) = plain_domain_end(text.as_bytes(), 0) {
                prop_assert_eq!(Some(end), labels_end(text.as_bytes(), 0));
            }
        }
    }
}
