//! What stands before a member's value.

use pdata::json::write::write_string;

/// Most keys with their punctuation are no longer.
pub(super) const SHORT: usize = 32;

/// A member's comma, key, colon and the quote that opens a string.
#[derive(Debug)]
pub(super) struct Prefix {
    bytes: Vec<u8>,
    /// `bytes` if they are [`SHORT`] at most, padded: what has one length can be copied by a few moves.
    head: [u8; SHORT],
    /// How many they are; 0 where they are more.
    len: u8,
}

impl Prefix {
    pub(super) fn of(key: &[u8]) -> Prefix {
        let mut bytes = Vec::with_capacity(key.len() + 5);
        bytes.push(b',');
        write_string(&mut bytes, key);
        bytes.extend_from_slice(b":\"");
        let mut head = [0; SHORT];
        head.iter_mut().zip(&bytes).for_each(|(to, from)| *to = *from);
        let len = if bytes.len() <= SHORT { bytes.len() as u8 } else { 0 };
        Prefix { bytes, head, len }
    }

    /// The prefix, padded, and its length, if it is a short one.
    #[inline]
    pub(super) fn short(&self) -> Option<(&[u8; SHORT], usize)> {
        (self.len > 0).then_some((&self.head, self.len.into()))
    }

    pub(super) fn with_quote(&self) -> &[u8] {
        &self.bytes
    }

    /// For a value that is no string.
    pub(super) fn without_quote(&self) -> &[u8] {
        self.bytes.split_last().map_or(&[], |(_quote, bytes)| bytes)
    }
}
