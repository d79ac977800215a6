//! Telephone numbers: international with a plus and a country's code (E.164), others where a word says
//! what they are.

use super::boundary::{before, begins_word, ends_word};
use super::context::is_said;
use super::digits::joint_at;
use super::{Detector, Look, Spec};
use crate::redaction::hits::Hits;
use std::ops::Range;

pub const INTERNATIONAL: Spec =
    Spec { detector: Detector::Phone, look: Look::Literals(&["+", "%2B"], international) };
pub const NATIONAL: Spec = Spec { detector: Detector::Phone, look: Look::Rows(1, national) };

const WORDS: &[&str] = &[
    "phone",
    "telephone",
    "phone number",
    "tel",
    "mobile",
    "mobil",
    "cell",
    "cellphone",
    "fax",
    "handy",
    "telefon",
    "telefono",
    "teléfono",
    "telefone",
    "tél",
    "téléphone",
    "portable",
    "móvil",
    "gsm",
    "msisdn",
    "sms",
];

/// How many digits follow a plus, the country's included.
const INTERNATIONAL_DIGITS: Range<usize> = 8..16;
const NATIONAL_DIGITS: Range<usize> = 7..14;

fn international(text: &[u8], plus: Range<usize>, hits: &mut Hits) {
    // Behind a word a plus joins; in a form it is a space.
    if !begins_word(text, plus.start) {
        return;
    }
    let mut number = Number::default();
    let end = number.read(text, plus.end);
    if INTERNATIONAL_DIGITS.contains(&number.len) && number.has_country() && ends_word(text, end) {
        hits.push(plus.start..end, Detector::Phone);
    }
}

fn national(text: &[u8], row: Range<usize>, key: &[u8], hits: &mut Hits) {
    let mut start = row.start;
    while let Some((_, len)) = joint_at(text, start) {
        start += len;
    }
    if matches!(before(text, start), Some(b'(')) {
        start -= 1;
    }
    // What has a plus is the other's.
    if hits.reach(Detector::Phone) > start
        || matches!(before(text, start), Some(b'+'))
        || !begins_word(text, start)
    {
        return;
    }
    let mut number = Number::default();
    let end = number.read(text, start);
    if NATIONAL_DIGITS.contains(&number.len) && ends_word(text, end) && is_said(WORDS, key, text, start) {
        hits.push(start..end, Detector::Phone);
    }
}

#[derive(Default)]
struct Number {
    digits: [u8; 4],
    len: usize,
}

impl Number {
    /// Reads digits with single signs between, or the two around an area code in parentheses; where they end.
    fn read(&mut self, text: &[u8], start: usize) -> usize {
        let (mut at, mut end) = (start, start);
        loop {
            match text.get(at..).unwrap_or_default() {
                [digit @ b'0'..=b'9', ..] => {
                    if let Some(kept) = self.digits.get_mut(self.len) {
                        *kept = digit & 15;
                    }
                    self.len += 1;
                    at += 1;
                    end = at;
                    continue;
                }
                rest => match joint(rest) {
                    Some(len) if self.len < INTERNATIONAL_DIGITS.end => at += len,
                    _ => return end,
                },
            }
        }
    }

    /// Whether it begins with a code that a country has.
    fn has_country(&self) -> bool {
        let [a, b, c, _] = self.digits;
        match (a, b) {
            (1 | 7, _) => true,
            (2, 0 | 7) | (3, 0..=4 | 6 | 9) | (4, 0 | 1 | 3..=9) | (5, 1..=8) => true,
            (6, 0..=6) | (8, 1 | 2 | 4 | 6) | (9, 0..=5 | 8) => true,
            (2, _) | (3, 5 | 7 | 8) | (4, 2) | (5, 0 | 9) | (6, 7..) | (8, 0 | 5 | 7 | 8) | (9, 6 | 7) => {
                true
            }
            (9, 9) => matches!(c, 2..=6 | 8),
            _ => false,
        }
    }
}

/// What may stand between two digits: how many bytes it has.
fn joint(rest: &[u8]) -> Option<usize> {
    const JOINTS: [&[u8]; 14] = [
        b") ",
        b" (",
        b")%20",
        b"%20(",
        b")+",
        b"+(",
        b"%29+",
        b"%29%20",
        b"%20",
        b"%28",
        b"%2F",
        b"\xC2\xA0",
        b")-",
        b"%29",
    ];
    let long = JOINTS.iter().find(|joint| rest.starts_with(joint)).map(|joint| joint.len());
    let short = || matches!(rest, [b' ' | b'-' | b'.' | b'/' | b'(' | b')' | b'+', ..]).then_some(1);
    let len = long.or_else(short)?;
    rest.get(len).is_some_and(|next| next.is_ascii_digit() || *next == b'(').then_some(len)
}
