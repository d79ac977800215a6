//! Payment card numbers: an issuer's range, a length that the issuer uses, and Luhn's check digit.
//!
//! ISO/IEC 7812-1; ranges as the networks publish them. UATP (1…) is left out: times in
//! nanoseconds, microseconds and milliseconds begin with 1.

use super::digits::{Group, groups, stands_alone};
use super::{Detector, Spec, Trigger};
use crate::redaction::scan::Hits;
use std::ops::Range;

pub const SPEC: Spec = Spec { detector: Detector::PaymentCard, triggers: &[Trigger::Digits], find };

/// How cards are printed: 4-4-4-4 with up to three digits more, 4-6-5, 4-6-4.
const LAYOUTS: [&[usize]; 6] =
    [&[4, 4, 4, 4, 3], &[4, 4, 4, 4, 2], &[4, 4, 4, 4, 1], &[4, 4, 4, 4], &[4, 6, 5], &[4, 6, 4]];
const LONGEST: usize = 5;

fn find(text: &[u8], row: Range<usize>, hits: &mut Hits) {
    let mut rest = groups(text, row);
    while let Some(first) = rest.next() {
        if let Some((range, more)) = card_at(text, first, rest.clone()) {
            hits.push(range, Detector::PaymentCard);
            rest.by_ref().take(more).for_each(drop);
        }
    }
}

/// A card that begins with the group `first`, and how many more groups of the row it takes.
fn card_at(text: &[u8], first: Group, rest: impl Iterator<Item = Group>) -> Option<(Range<usize>, usize)> {
    // No issuer has the others: sequence numbers and times end here.
    if !matches!(text.get(first.start), Some(b'2'..=b'6' | b'8')) {
        return None;
    }
    let whole = first.start..first.end;
    if first.len() >= 12 {
        return is_card_at(text, &whole).then_some((whole, 0));
    }
    // As every layout begins.
    if first.len() != 4 {
        return None;
    }
    let mut groups = [first; LONGEST];
    let mut filled = 1;
    for (slot, group) in groups.iter_mut().skip(1).zip(rest) {
        *slot = group;
        filled += 1;
    }
    LAYOUTS.iter().find_map(|layout| {
        let groups = groups.get(..filled)?.get(..layout.len())?;
        let joint = groups.get(1)?.joined_by?;
        let fits = groups.iter().zip(*layout).all(|(group, len)| group.len() == *len)
            && groups.iter().skip(1).all(|group| group.joined_by == Some(joint));
        let range = first.start..groups.last()?.end;
        (fits && is_card_at(text, &range)).then_some((range, layout.len() - 1))
    })
}

fn is_card_at(text: &[u8], range: &Range<usize>) -> bool {
    let mut digits = [0; 19];
    let mut len = 0;
    for digit in text.get(range.clone()).unwrap_or_default().iter().filter(|byte| byte.is_ascii_digit()) {
        let Some(slot) = digits.get_mut(len) else { return false };
        *slot = digit - b'0';
        len += 1;
    }
    is_card(digits.get(..len).unwrap_or_default()) && stands_alone(text, range)
}

/// Whether digits (0 to 9 each) are a card's number.
pub fn is_card(digits: &[u8]) -> bool {
    let number = |len: usize| digits.iter().take(len).fold(0u32, |all, digit| all * 10 + u32::from(*digit));
    let len = digits.len();
    if !(12..=19).contains(&len) {
        return false;
    }
    let issued = match number(4) {
        // Visa. Other lengths are not issued.
        4000..=4999 => matches!(len, 13 | 16 | 19),
        // Mastercard
        5100..=5599 | 2221..=2720 => len == 16,
        // American Express
        3400..=3499 | 3700..=3799 => len == 15,
        // Diners Club
        3000..=3059 | 3095 | 3600..=3699 | 3800..=3999 => (14..=19).contains(&len),
        // JCB
        3528..=3589 => (16..=19).contains(&len),
        // Maestro: only the prefixes in use; its whole range would take account numbers in.
        5018 | 5020 | 5038 | 5893 | 6304 | 6759 | 6761..=6763 => true,
        // Discover, UnionPay, RuPay, and the networks that share their ranges
        6011 | 6440..=6599 | 6200..=6299 | 8100..=8171 | 6000..=6099 => (16..=19).contains(&len),
        // Mir
        2200..=2204 => (16..=19).contains(&len),
        _ => false,
    };
    issued && digits.iter().any(|digit| Some(digit) != digits.first()) && luhn(digits)
}

fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| match (at % 2, u32::from(*digit)) {
            (1, digit) if digit > 4 => digit * 2 - 9,
            (1, digit) => digit * 2,
            (_, digit) => digit,
        })
        .sum();
    sum.is_multiple_of(10)
}
