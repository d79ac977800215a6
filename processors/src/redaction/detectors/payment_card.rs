//! Payment card numbers: an issuer's range, a length that the issuer uses, and Luhn's check digit.
//!
//! ISO/IEC 7812-1; ranges as the networks publish them. UATP (1…) is left out: times in
//! nanoseconds, microseconds and milliseconds begin with 1.

use super::checks::luhn;
use super::digits::{Begins, Layout, Number};
use super::{Detector, Look, Spec};

pub const SPEC: Spec = Spec { detector: Detector::PaymentCard, look: Look::Digits(&NUMBER) };

/// How cards are printed: 4-4-4-4 with up to three digits more, 4-6-5, 4-6-4; and without joints.
static NUMBER: Number = Number {
    layouts: &[
        Layout::of(&[4, 4, 4, 4, 3]),
        Layout::of(&[4, 4, 4, 4, 2]),
        Layout::of(&[4, 4, 4, 4, 1]),
        Layout::of(&[4, 4, 4, 4]),
        Layout::of(&[4, 6, 5]),
        Layout::of(&[4, 6, 4]),
        // Accounts of AWS have twelve digits too, and stand everywhere.
        Layout::of(&[12]).if_said(),
        Layout::of(&[13]),
        Layout::of(&[14]),
        Layout::of(&[15]),
        Layout::of(&[16]),
        Layout::of(&[17]),
        Layout::of(&[18]),
        Layout::of(&[19]),
    ],
    begins: Begins::with(b"234568"),
    words: &["card", "pan", "maestro"],
    is: is_card,
};

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
