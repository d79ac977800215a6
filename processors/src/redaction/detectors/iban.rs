//! International bank account numbers (ISO 13616): a country, the length that it has registered, and a
//! remainder of 1 when divided by 97. Printed in groups of four, or without joints.

use super::boundary::{before, begins_word, ends_word};
use super::checks::remainder;
use super::digits::joint_at;
use super::{ByteSet, Detector, Look, Spec, colour};
use crate::redaction::hits::Hits;
use std::ops::Range;

/// Nearly all have a row of digits that is long enough to be looked at.
pub const SPEC: Spec = Spec { detector: Detector::Iban, look: Look::Rows(9, in_row) };

/// Countries whose numbers may have letters so early that no row is long enough. Most of them are left out:
/// theirs have digits in practice.
const LETTERED: &[&str] = &["ch", "li", "lu", "mt", "sa", "tr"];
pub const LETTERS: Spec =
    Spec { detector: Detector::Iban, look: Look::AnyCase(LETTERED, Some(&DIGITS), at_country) };

/// Of the SWIFT registry: a country's letters and how many signs its numbers have.
const LENGTHS: [(&[u8; 2], usize); 88] = [
    (b"AD", 24),
    (b"AE", 23),
    (b"AL", 28),
    (b"AT", 20),
    (b"AZ", 28),
    (b"BA", 20),
    (b"BE", 16),
    (b"BG", 22),
    (b"BH", 22),
    (b"BI", 27),
    (b"BR", 29),
    (b"BY", 28),
    (b"CH", 21),
    (b"CR", 22),
    (b"CY", 28),
    (b"CZ", 24),
    (b"DE", 22),
    (b"DJ", 27),
    (b"DK", 18),
    (b"DO", 28),
    (b"EE", 20),
    (b"EG", 29),
    (b"ES", 24),
    (b"FI", 18),
    (b"FK", 18),
    (b"FO", 18),
    (b"FR", 27),
    (b"GB", 22),
    (b"GE", 22),
    (b"GI", 23),
    (b"GL", 18),
    (b"GR", 27),
    (b"GT", 28),
    (b"HN", 28),
    (b"HR", 21),
    (b"HU", 28),
    (b"IE", 22),
    (b"IL", 23),
    (b"IQ", 23),
    (b"IS", 26),
    (b"IT", 27),
    (b"JO", 30),
    (b"KW", 30),
    (b"KZ", 20),
    (b"LB", 28),
    (b"LC", 32),
    (b"LI", 21),
    (b"LT", 20),
    (b"LU", 20),
    (b"LV", 21),
    (b"LY", 25),
    (b"MC", 27),
    (b"MD", 24),
    (b"ME", 22),
    (b"MK", 19),
    (b"MN", 20),
    (b"MR", 27),
    (b"MT", 31),
    (b"MU", 30),
    (b"NI", 28),
    (b"NL", 18),
    (b"NO", 15),
    (b"OM", 23),
    (b"PK", 24),
    (b"PL", 28),
    (b"PS", 29),
    (b"PT", 25),
    (b"QA", 29),
    (b"RO", 24),
    (b"RS", 22),
    (b"RU", 33),
    (b"SA", 24),
    (b"SC", 31),
    (b"SD", 18),
    (b"SE", 24),
    (b"SI", 19),
    (b"SK", 24),
    (b"SM", 27),
    (b"SO", 23),
    (b"ST", 25),
    (b"SV", 28),
    (b"TL", 23),
    (b"TN", 24),
    (b"TR", 26),
    (b"UA", 29),
    (b"VA", 22),
    (b"VG", 24),
    (b"XK", 20),
];
const LONGEST: usize = 34;
/// How many groups of letters may stand before the first row of digits that is looked at.
const GROUPS: usize = 3;

static DIGITS: ByteSet = ByteSet::of(b"0123456789");
static SIGNS: ByteSet = ByteSet::alphanumeric_and(b"");

fn in_row(text: &[u8], row: Range<usize>, _: &[u8], hits: &mut Hits) {
    let mut digit = row.start;
    while let Some((_, len)) = joint_at(text, digit) {
        digit += len;
    }
    // Nearly all rows end here: nothing stands before them that a number could begin with.
    let mut start = digit;
    if before(text, digit).is_some_and(|byte| byte.is_ascii_alphanumeric()) {
        let near = text.get(digit.saturating_sub(LONGEST)..digit).unwrap_or_default();
        start = colour::word_behind(text, start - SIGNS.run_back(near, near.len()));
    }
    for _ in 0..=GROUPS {
        if is_country(text, start) && at(text, start, hits) {
            return;
        }
        // The group before, which may be of letters.
        let joint = match text.get(..start).unwrap_or_default() {
            [.., b'%', b'2', b'0'] => 3,
            [.., b' ' | b'-' | b'+'] => 1,
            _ => return,
        };
        let Some(before) = start.checked_sub(4 + joint) else { return };
        start = before;
    }
}

fn at_country(text: &[u8], country: Range<usize>, hits: &mut Hits) {
    if is_country(text, country.start) {
        at(text, country.start, hits);
    }
}

/// Whether two letters and two digits stand at `start`.
#[inline]
fn is_country(text: &[u8], start: usize) -> bool {
    let head = text.get(start..).unwrap_or_default();
    matches!(head, [a, b, b'0'..=b'9', b'0'..=b'9', ..] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic())
}

/// Whether a number begins at `start`.
fn at(text: &[u8], start: usize, hits: &mut Hits) -> bool {
    let Some([a, b, c, d]) = text.get(start..).and_then(|rest| rest.first_chunk()) else { return false };
    let case = match (a, b) {
        (b'A'..=b'Z', b'A'..=b'Z') => u8::is_ascii_lowercase,
        (b'a'..=b'z', b'a'..=b'z') => u8::is_ascii_uppercase,
        _ => return false,
    };
    let country = [a.to_ascii_uppercase(), b.to_ascii_uppercase()];
    if !c.is_ascii_digit() || !d.is_ascii_digit() || !begins_word(text, start) {
        return false;
    }
    let known = LENGTHS.binary_search_by_key(&country, |(country, _)| **country);
    let Some((_, len)) = known.ok().and_then(|at| LENGTHS.get(at)) else { return false };
    let Some((end, signs)) = read(text, start, *len) else { return false };
    let (head, account) = signs.get(..*len).and_then(|signs| signs.split_at_checked(4)).unwrap_or_default();
    let one_case = !text.get(start..end).unwrap_or_default().iter().any(case);
    let valid = one_case && ends_word(text, end) && remainder(account.iter().chain(head), 97) == 1;
    // Its letters may have shown it already.
    if valid && hits.reach(Detector::Iban) <= start {
        hits.push(start..end, Detector::Iban);
    }
    valid
}

/// So many signs from `start` on, with the same joint behind every fourth or none; and where they end.
fn read(text: &[u8], start: usize, len: usize) -> Option<(usize, [u8; LONGEST])> {
    let joint = joint_at(text, start + 4);
    let (mut at, mut signs) = (start, [0; LONGEST]);
    for (index, sign) in signs.iter_mut().take(len).enumerate() {
        if let Some((by, width)) = joint.filter(|_| index > 0 && index % 4 == 0) {
            if joint_at(text, at) != Some((by, width)) {
                return None;
            }
            at += width;
        }
        *sign = match text.get(at)?.to_ascii_uppercase() {
            digit @ b'0'..=b'9' => digit - b'0',
            letter @ b'A'..=b'Z' => letter,
            _ => return None,
        };
        at += 1;
    }
    Some((at, signs))
}

#[cfg(test)]
mod tests {
    use super::LENGTHS;

    #[test]
    fn countries_are_in_the_order_in_which_they_are_searched() {
        assert!(LENGTHS.is_sorted_by_key(|(country, _)| *country));
    }
}
