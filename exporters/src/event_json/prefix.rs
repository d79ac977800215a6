//! What stands before a member's value.

use pdata::Key;
use pdata::json::write::write_string;

/// Most keys with their punctuation are no longer, in bytes.
pub(super) const SHORT: usize = 32;

/// A member's comma, key, colon and the quote that opens a string.
pub(super) struct Prefix(Box<[u8]>);

impl Prefix {
    pub(super) fn of(key: &[u8]) -> Prefix {
        let mut bytes = Vec::with_capacity(key.len() + 5);
        bytes.push(b',');
        write_string(&mut bytes, key);
        bytes.extend_from_slice(b":\"");
        Prefix(bytes.into())
    }

    pub(super) fn with_quote(&self) -> &[u8] {
        &self.0
    }

    /// For a value that is no string.
    pub(super) fn without_quote(&self) -> &[u8] {
        self.0.split_last().map_or(&[], |(_quote, bytes)| bytes)
    }
}

/// A key that is told from others, and a prefix that is copied, by a few moves.
pub(super) struct Short {
    pub(super) key: Key,
    /// Padded with zeros.
    pub(super) prefix: [u8; SHORT],
    /// Of the prefix.
    pub(super) len: usize,
}

impl Short {
    /// `None` where one of both is longer.
    pub(super) fn of(key: &[u8], prefix: &Prefix) -> Option<Short> {
        let mut padded = [0; SHORT];
        let len = prefix.0.len();
        padded.get_mut(..len)?.copy_from_slice(&prefix.0);
        Some(Short { key: Key::new(key)?, prefix: padded, len })
    }
}
