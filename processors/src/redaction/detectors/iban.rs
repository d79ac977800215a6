//! International bank account numbers (ISO 13616): a country, the letters and digits that it has registered, and a
//! remainder of 1 when divided by 97. Printed in groups of four, or without joints.

use super::boundary::{before, begins_word, ends_word};
use super::checks::remainder;
use super::digits::joint_at;
use super::{ByteSet, Detector, Look, Spec, colour};
use crate::redaction::hits::Hits;
use Signs::{A, C, N};
use std::ops::Range;

/// Nearly all have a row of digits that is long enough to be looked at.
pub const SPEC: Spec = Spec { detector: Detector::Iban, look: Look::Rows(9, in_row) };

/// Countries whose numbers may have letters so early that no row is long enough. Most of them are left out:
/// theirs have digits in practice.
const LETTERED: &[&str] = &["ch", "li", "lu", "mt", "sa", "tr"];
pub const LETTERS: Spec =
    Spec { detector: Detector::Iban, look: Look::AnyCase(LETTERED, Some(&DIGITS), at_country) };

/// What stands side by side in an account's number, and how many of it.
#[derive(Clone, Copy)]
enum Signs {
    /// Digits.
    N(usize),
    /// Letters.
    A(usize),
    /// Letters and digits.
    C(usize),
}

/// Of the SWIFT registry: a country's letters and what stands behind them and the two digits.
const ACCOUNTS: [(&[u8; 2], &[Signs]); 88] = [
    (b"AD", &[N(8), C(12)]),
    (b"AE", &[N(19)]),
    (b"AL", &[N(8), C(16)]),
    (b"AT", &[N(16)]),
    (b"AZ", &[A(4), C(20)]),
    (b"BA", &[N(16)]),
    (b"BE", &[N(12)]),
    (b"BG", &[A(4), N(6), C(8)]),
    (b"BH", &[A(4), C(14)]),
    (b"BI", &[N(23)]),
    (b"BR", &[C(8), N(15), C(2)]),
    (b"BY", &[C(4), N(4), C(16)]),
    (b"CH", &[N(5), C(12)]),
    (b"CR", &[N(18)]),
    (b"CY", &[N(8), C(16)]),
    (b"CZ", &[N(20)]),
    (b"DE", &[N(18)]),
    (b"DJ", &[N(23)]),
    (b"DK", &[N(14)]),
    (b"DO", &[C(4), N(20)]),
    (b"EE", &[N(16)]),
    (b"EG", &[N(25)]),
    (b"ES", &[N(20)]),
    (b"FI", &[N(14)]),
    (b"FK", &[A(2), N(12)]),
    (b"FO", &[N(14)]),
    (b"FR", &[N(10), C(11), N(2)]),
    (b"GB", &[A(4), N(14)]),
    (b"GE", &[A(2), N(16)]),
    (b"GI", &[A(4), C(15)]),
    (b"GL", &[N(14)]),
    (b"GR", &[N(7), C(16)]),
    (b"GT", &[C(24)]),
    (b"HN", &[A(4), N(20)]),
    (b"HR", &[N(17)]),
    (b"HU", &[N(24)]),
    (b"IE", &[A(4), N(14)]),
    (b"IL", &[N(19)]),
    (b"IQ", &[A(4), N(15)]),
    (b"IS", &[N(22)]),
    (b"IT", &[A(1), N(10), C(12)]),
    (b"JO", &[A(4), N(4), C(18)]),
    (b"KW", &[A(4), C(22)]),
    (b"KZ", &[N(3), C(13)]),
    (b"LB", &[N(4), C(20)]),
    (b"LC", &[A(4), C(24)]),
    (b"LI", &[N(5), C(12)]),
    (b"LT", &[N(16)]),
    (b"LU", &[N(3), C(13)]),
    (b"LV", &[A(4), C(13)]),
    (b"LY", &[N(21)]),
    (b"MC", &[N(10), C(11), N(2)]),
    (b"MD", &[C(20)]),
    (b"ME", &[N(18)]),
    (b"MK", &[N(3), C(10), N(2)]),
    (b"MN", &[N(16)]),
    (b"MR", &[N(23)]),
    (b"MT", &[A(4), N(5), C(18)]),
    (b"MU", &[A(4), N(19), A(3)]),
    (b"NI", &[A(4), N(20)]),
    (b"NL", &[A(4), N(10)]),
    (b"NO", &[N(11)]),
    (b"OM", &[N(3), C(16)]),
    (b"PK", &[A(4), C(16)]),
    (b"PL", &[N(24)]),
    (b"PS", &[A(4), C(21)]),
    (b"PT", &[N(21)]),
    (b"QA", &[A(4), C(21)]),
    (b"RO", &[A(4), C(16)]),
    (b"RS", &[N(18)]),
    (b"RU", &[N(14), C(15)]),
    (b"SA", &[N(2), C(18)]),
    (b"SC", &[A(4), N(20), A(3)]),
    (b"SD", &[N(14)]),
    (b"SE", &[N(20)]),
    (b"SI", &[N(15)]),
    (b"SK", &[N(20)]),
    (b"SM", &[A(1), N(10), C(12)]),
    (b"SO", &[N(19)]),
    (b"ST", &[N(21)]),
    (b"SV", &[A(4), N(20)]),
    (b"TL", &[N(19)]),
    (b"TN", &[N(20)]),
    (b"TR", &[N(6), C(16)]),
    (b"UA", &[N(6), C(19)]),
    (b"VA", &[N(18)]),
    (b"VG", &[A(4), N(16)]),
    (b"XK", &[N(16)]),
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
    let known = ACCOUNTS.binary_search_by_key(&country, |(country, _)| **country);
    let Some((_, parts)) = known.ok().and_then(|at| ACCOUNTS.get(at)) else { return false };
    let len = 4 + parts.iter().map(|(N(len) | A(len) | C(len))| *len).sum::<usize>();
    let Some((end, signs)) = read(text, start, len) else { return false };
    let (head, account) = signs.get(..len).and_then(|signs| signs.split_at_checked(4)).unwrap_or_default();
    let one_case = !text.get(start..end).unwrap_or_default().iter().any(case);
    let valid = one_case
        && ends_word(text, end)
        && has(account, parts)
        && remainder(account.iter().chain(head), 97) == 1;
    // Its letters may have shown it already.
    if valid && hits.reach(Detector::Iban) <= start {
        hits.push(start..end, Detector::Iban);
    }
    valid
}

/// Whether an account has what stands side by side in its country. Digits are numbers in it, as they were [read].
fn has(mut account: &[u8], parts: &[Signs]) -> bool {
    parts.iter().all(|part| {
        let (N(len) | A(len) | C(len)) = *part;
        let (signs, rest) = account.split_at_checked(len).unwrap_or_default();
        account = rest;
        signs.iter().all(|sign| match part {
            N(_) => *sign < 10,
            A(_) => sign.is_ascii_uppercase(),
            C(_) => true,
        })
    })
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
    use super::ACCOUNTS;

    #[test]
    fn countries_are_in_the_order_in_which_they_are_searched() {
        assert!(ACCOUNTS.is_sorted_by_key(|(country, _)| *country));
    }
}
