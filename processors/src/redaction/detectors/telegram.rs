//! Tokens of Telegram's bots: the bot's number, a colon, and 35 signs that begin with `AA`.

use super::boundary::ends_word;
use super::token::BASE64URL;
use super::{ByteSet, Detector, Look, Spec};
use crate::redaction::hits::Hits;
use std::ops::Range;

pub const SPEC: Spec = Spec { detector: Detector::Telegram, look: Look::Literals(&[":AA", "%3AAA"], find) };

static DIGITS: ByteSet = ByteSet::of(b"0123456789");

/// What follows the literal.
const SECRET: usize = 33;

fn find(text: &[u8], colon: Range<usize>, hits: &mut Hits) {
    // One more than a number has, to see that it is longer.
    let near = text.get(colon.start.saturating_sub(11)..colon.start).unwrap_or_default();
    let digits = DIGITS.run_back(near, near.len());
    let end = colon.end + SECRET;
    if (8..=10).contains(&digits) && BASE64URL.run(text, colon.end) == SECRET && ends_word(text, end) {
        hits.push(colon.start - digits..end, Detector::Telegram);
    }
}
