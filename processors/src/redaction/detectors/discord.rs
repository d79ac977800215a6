//! Discord: tokens of bots, whose first part is the bot's number in base64, and webhooks.

use super::boundary::{begins_word, ends_word, sign};
use super::token::BASE64URL;
use super::{ByteSet, Detector, Look, Spec};
use crate::redaction::hits::Hits;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use std::ops::Range;

/// What two digits are in base64, as far as they decide, and what the sign behind that may be.
const DIGITS_IN_BASE64: &[&str] = &["MD", "MT", "Mj", "Mz", "ND", "NT", "Nj", "Nz", "OD", "OT"];

static BEFORE_A_DIGIT: ByteSet = ByteSet::of(b"AEIMQUYcgk");

pub const TOKEN: Spec = Spec {
    detector: Detector::Discord,
    look: Look::LiteralsBefore(DIGITS_IN_BASE64, &BEFORE_A_DIGIT, token),
};
pub const WEBHOOK: Spec =
    Spec { detector: Detector::Discord, look: Look::Literals(&["/webhooks", "Fwebhooks"], webhook) };

/// How long the parts are: a number of 17 to 20 digits, a time, a signature.
const NUMBER: Range<usize> = 22..29;
const TIME: Range<usize> = 5..8;
const SIGNATURE: Range<usize> = 27..64;

fn token(text: &[u8], at: Range<usize>, hits: &mut Hits) {
    if !begins_word(text, at.start) {
        return;
    }
    let part = |start: usize| start..start + BASE64URL.run(text, start);
    let number = part(at.start);
    if !NUMBER.contains(&number.len()) || text.get(number.end) != Some(&b'.') {
        return hits.pass(number.end, Detector::Discord);
    }
    let time = part(number.end + 1);
    if !TIME.contains(&time.len()) || text.get(time.end) != Some(&b'.') {
        return;
    }
    let signature = part(time.end + 1);
    let is_number = STANDARD_NO_PAD
        .decode(text.get(number.clone()).unwrap_or_default())
        .is_ok_and(|digits| digits.iter().all(u8::is_ascii_digit));
    if SIGNATURE.contains(&signature.len()) && is_number {
        hits.push(number.start..signature.end, Detector::Discord);
    }
}

static DIGITS: ByteSet = ByteSet::of(b"0123456789");

fn webhook(text: &[u8], path: Range<usize>, hits: &mut Hits) {
    let host = text.get(path.start.saturating_sub(32)..path.start).unwrap_or_default();
    if memchr::memmem::find(host, b"discord").is_none() {
        return;
    }
    let number = path.end + sign(text, path.end, b'/');
    let digits = DIGITS.run(text, number);
    let slash = sign(text, number + digits, b'/');
    let start = number + digits + slash;
    let len = BASE64URL.run(text, start);
    if digits >= 17 && slash > 0 && len >= 40 && ends_word(text, start + len) {
        hits.push(start..start + len, Detector::Discord);
    }
}
