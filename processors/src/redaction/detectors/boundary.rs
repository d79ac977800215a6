//! Where words begin and end in texts that are quoted and encoded.

use super::{ByteSet, colour};

/// The byte before `at`.
pub fn before(text: &[u8], at: usize) -> Option<u8> {
    text.get(..at)?.last().copied()
}

/// Whether a word could begin at `at`: there is no letter or digit before it, or one that belongs to an
/// escape (`\n` in JSON, `%3D` in a form, a terminal's colour).
pub fn begins_word(text: &[u8], at: usize) -> bool {
    match text.get(..at).unwrap_or_default() {
        [.., last] if !last.is_ascii_alphanumeric() => true,
        [.., b'\\', b'n' | b't' | b'r'] => true,
        [.., b'%', high, low] => high.is_ascii_hexdigit() && low.is_ascii_hexdigit(),
        [head @ .., letter @ (b'm' | b'K')] => colour::ends_with(head, *letter),
        head => head.is_empty(),
    }
}

/// Whether a word could end at `at`.
pub fn ends_word(text: &[u8], at: usize) -> bool {
    !text.get(at).is_some_and(u8::is_ascii_alphanumeric)
}

/// A sign at `at`, as it is or percent-encoded: how many bytes it has, 0 where another stands there.
pub fn sign(text: &[u8], at: usize, sign: u8) -> usize {
    match text.get(at..).unwrap_or_default() {
        [first, ..] if *first == sign => 1,
        [b'%', high, low, ..] if hex(*high, *low) == Some(sign) => 3,
        _ => 0,
    }
}

/// How many signs of a set stand from `at` on, `most` at most, and where they end. One that is
/// percent-encoded counts as one.
pub fn encoded_run(text: &[u8], at: usize, of: &ByteSet, most: usize) -> (usize, usize) {
    let (mut end, mut len) = (at, 0);
    while len < most {
        let step = match text.get(end..).unwrap_or_default() {
            [b'%', high, low, ..] if hex(*high, *low).is_some_and(|byte| of.has(byte)) => 3,
            [byte, ..] if of.has(*byte) => 1,
            _ => break,
        };
        (end, len) = (end + step, len + 1);
    }
    (len, end)
}

fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}
