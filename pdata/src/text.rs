//! Texts: bytes that are known to be UTF-8.

use std::fmt;
use std::ops::Range;

/// Bytes that validation has proved to be UTF-8.
#[derive(Clone, Copy, Default, Eq, PartialOrd, Ord)]
pub struct Text<'a>(pub(crate) &'a [u8]);

impl<'a> Text<'a> {
    pub(crate) fn of(bytes: &'a [u8]) -> Text<'a> {
        Text(bytes)
    }

    /// The bytes.
    pub fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// The same as `str`. Looks at the bytes once more, which safe code has to.
    pub fn as_str(self) -> &'a str {
        std::str::from_utf8(self.0).unwrap_or_default()
    }

    /// Whether there is nothing in it.
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// A part of it, in bytes; `None` where that would cut a character or is not there.
    pub fn get(self, range: Range<usize>) -> Option<Text<'a>> {
        // What goes on with a character begins with the bits 10.
        let cuts = |at: usize| self.0.get(at).is_some_and(|byte| byte & 0xC0 == 0x80);
        let part = self.0.get(range.clone())?;
        (!cuts(range.start) && !cuts(range.end)).then_some(Text(part))
    }
}

/// A text put together of texts.
#[derive(Clone, Debug, Default)]
pub struct TextBuf(Vec<u8>);

impl TextBuf {
    /// Takes everything out.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Adds a text at the end.
    pub fn push(&mut self, text: Text<'_>) {
        self.0.extend_from_slice(text.0);
    }

    /// What is in it.
    pub fn as_text(&self) -> Text<'_> {
        Text(&self.0)
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Text<'a> {
        Text(text.as_bytes())
    }
}

impl PartialEq for Text<'_> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        is_same(self.0, other.0)
    }
}

/// Whether two texts are the same. Those of 4 to 32 bytes, as keys are, need no call: two loads that
/// overlap see all of them.
#[inline(always)]
pub fn is_same(one: &[u8], other: &[u8]) -> bool {
    match one.len() {
        len if len != other.len() => false,
        16..=32 => have_same_ends::<16>(one, other),
        8..16 => have_same_ends::<8>(one, other),
        4..8 => have_same_ends::<4>(one, other),
        _ => one == other,
    }
}

/// Whether two texts of as many bytes begin and end with the same.
#[inline(always)]
fn have_same_ends<const N: usize>(one: &[u8], other: &[u8]) -> bool {
    let firsts = (one.first_chunk::<N>(), other.first_chunk::<N>());
    match (firsts, (one.last_chunk::<N>(), other.last_chunk::<N>())) {
        ((Some(one), Some(other)), (Some(last), Some(other_last))) => one == other && last == other_last,
        _ => false,
    }
}

impl PartialEq<&str> for Text<'_> {
    fn eq(&self, other: &&str) -> bool {
        self.0 == other.as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn texts_are_the_same_where_the_standard_library_says_so(one in "[ab]{0,40}", other in "[ab]{0,40}", at: usize) {
            prop_assert_eq!(is_same(one.as_bytes(), other.as_bytes()), one == other);
            prop_assert!(is_same(one.as_bytes(), one.as_bytes()));
            // What differs in a single byte, wherever that is.
            let mut close = one.clone().into_bytes();
            if let Some(byte) = at.checked_rem(close.len()).and_then(|at| close.get_mut(at)) {
                *byte ^= 1;
                prop_assert!(!is_same(one.as_bytes(), &close));
            }
        }

        #[test]
        fn a_part_is_what_the_standard_library_gives(text in "[aß€😀]{0,12}", start in 0usize..40, len in 0usize..40) {
            let part = Text::from(text.as_str()).get(start..start + len).map(Text::as_str);
            prop_assert_eq!(part, text.get(start..start + len));
        }
    }
}
