//! Keys that are known ahead: attributes that have one are told from others, and written, many bytes at a time.

use crate::wire::LEN;
use wide::u8x16;

/// What stands before the text of an attribute, at most: the key, and tag and length of the attribute, of the
/// key, of the value and of the text.
const HEAD: usize = 32;
/// The longest key that can be prepared, in bytes. Few are longer.
const LONGEST: usize = HEAD - 8;
/// The number of a log record's attributes.
pub(crate) const NUMBER: u32 = 6;

/// The key of a log record's attribute, with its encoding prepared.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// What stands before the text of an attribute with this key. The lengths of the attribute, of the value
    /// and of the text are zero, and so is what follows.
    head: [u8x16; 2],
    /// Which bits are the same before every text below 128 bytes: all up to the text but those of the lengths,
    /// and of these the highest, which says that a length goes on.
    mask: [u8x16; 2],
    /// The head as it is written.
    bytes: [u8; HEAD],
    /// Of the key, in bytes.
    len: u8,
}

impl Key {
    /// Prepares a key; `None` where it is longer than 24 bytes.
    // Out of bounds in a constant is a compiler error; at run time, the length was looked at.
    #[allow(clippy::indexing_slicing)]
    pub const fn new(key: &[u8]) -> Option<Key> {
        if key.len() > LONGEST {
            return None;
        }
        const FIRST: u8 = 1 << 3 | LEN;
        const SECOND: u8 = 2 << 3 | LEN;
        let len = key.len() as u8;
        let (mut bytes, mut mask) = ([0; HEAD], [0; HEAD]);
        [bytes[0], bytes[2], bytes[3]] = [(NUMBER as u8) << 3 | LEN, FIRST, len];
        [mask[0], mask[1], mask[2], mask[3]] = [0xff, 0x80, 0xff, 0xff];
        let mut at = 4;
        while at < 4 + key.len() {
            (bytes[at], mask[at]) = (key[at - 4], 0xff);
            at += 1;
        }
        [bytes[at], bytes[at + 2]] = [SECOND, FIRST];
        [mask[at], mask[at + 1], mask[at + 2], mask[at + 3]] = [0xff, 0x80, 0xff, 0x80];
        Some(Key { head: halves(&bytes), mask: halves(&mask), bytes, len })
    }

    /// The key.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(4..4 + usize::from(self.len)).unwrap_or_default()
    }

    /// Takes an attribute off the front of a record if it has this key and a text for its value and nothing
    /// else, and is shorter than 128 bytes: the text, and what stands behind it. `None` says nothing.
    #[inline]
    pub(crate) fn take_text<'a>(&self, record: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
        let found = record.first_chunk::<HEAD>()?;
        let [low, high] = halves(found);
        if low & self.mask[0] != self.head[0] || high & self.mask[1] != self.head[1] {
            return None;
        }
        let key = usize::from(self.len);
        let [_, len, ..] = *found;
        let (value_len, text_len) = (*found.get(key + 5)?, *found.get(key + 7)?);
        let whole = len == self.len + 6 + text_len && value_len == 2 + text_len;
        let (text, behind) = record.get(key + 8..)?.split_at_checked(text_len.into())?;
        whole.then_some((text, behind))
    }

    /// Appends an attribute with this text; false where it would be 128 bytes or longer.
    // The remainders keep the lengths in the head, which they are in anyway.
    #[allow(clippy::indexing_slicing)]
    #[inline(always)]
    pub(crate) fn put_text(&self, out: &mut Vec<u8>, text: &[u8]) -> bool {
        let key = usize::from(self.len);
        let len = key + 6 + text.len();
        if len >= 0x80 {
            return false;
        }
        out.reserve(HEAD + 0x80);
        // All of it, as moving a fixed number of bytes is no call.
        out.extend_from_slice(&self.bytes);
        if let Some(head) = out.last_chunk_mut::<HEAD>() {
            head[1] = len as u8;
            head[(key + 5) % HEAD] = 2 + text.len() as u8;
            head[(key + 7) % HEAD] = text.len() as u8;
        }
        out.truncate(out.len() - HEAD + key + 8);
        out.extend_from_slice(text);
        true
    }
}

#[inline]
const fn halves(head: &[u8; HEAD]) -> [u8x16; 2] {
    let [low, high] = head.as_chunks().0 else { return [u8x16::splat(0); 2] };
    [u8x16::new(*low), u8x16::new(*high)]
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::view::{AnyValue, Text, put_key_value};
    use crate::wire::Fields;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_attribute_is_taken_where_its_key_and_text_are_those_that_the_general_way_reads(
            key in "[a-z]{0,24}", other in "[a-z]{0,24}", same: bool, text in "[a-z]{0,140}", number in 5u32..8,
            behind in "[a-z]{0,40}", flip in 0usize..40, byte: u8,
        ) {
            let mut record = Vec::new();
            let value = AnyValue::Str(Text::from(text.as_str()));
            put_key_value(&mut record, number, Text::from(if same { key.as_str() } else { other.as_str() }), &value);
            record.extend_from_slice(behind.as_bytes());
            let mut wrong = record.clone();
            wrong.iter_mut().skip(flip).take(1).for_each(|at| *at = byte);
            for record in [record, wrong] {
                let mut fields = Fields::of(&record);
                let read = fields.take_plain_pair(NUMBER).filter(|(_, found, _)| *found == key.as_bytes());
                let read = read.filter(|_| record.len() >= HEAD).map(|(_, _, text)| (text, fields.rest()));
                prop_assert_eq!(Key::new(key.as_bytes()).unwrap().take_text(&record), read);
            }
        }

        #[test]
        fn an_attribute_is_put_as_the_general_way_puts_it(key in "[a-z]{0,24}", text in "[a-z]{0,140}") {
            let prepared = Key::new(key.as_bytes()).unwrap();
            prop_assert_eq!(prepared.as_bytes(), key.as_bytes());
            let (mut once, mut general) = (b"before".to_vec(), b"before".to_vec());
            put_key_value(&mut general, NUMBER, Text::from(key.as_str()), &AnyValue::Str(text.as_str().into()));
            let short = prepared.put_text(&mut once, text.as_bytes());
            prop_assert_eq!(short, key.len() + 6 + text.len() < 0x80);
            prop_assert_eq!(once, if short { general } else { b"before".to_vec() });
        }
    }

    #[test]
    fn a_key_of_25_bytes_is_not_prepared() {
        assert!(Key::new(&[b'k'; 25]).is_none());
    }
}
