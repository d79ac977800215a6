//! The protobuf wire format: reading fields of validated messages, writing minimal varints.
//!
//! <https://protobuf.dev/programming-guides/encoding/>

/// Wire type of a varint.
pub(crate) const VARINT: u8 = 0;
/// Wire type of eight bytes.
pub(crate) const I64: u8 = 1;
/// Wire type of a length and that many bytes.
pub(crate) const LEN: u8 = 2;
/// Wire type of four bytes.
pub(crate) const I32: u8 = 5;

/// The value of a field as the wire has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Wire<'a> {
    Varint(u64),
    I64(u64),
    I32(u32),
    Len(&'a [u8]),
}

/// A field of a message and the bytes it takes there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawField<'a> {
    pub number: u32,
    pub value: Wire<'a>,
    /// Tag and value as they stand in the message.
    pub raw: &'a [u8],
}

impl<'a> RawField<'a> {
    /// The payload of a length-delimited field, else nothing.
    pub fn payload(&self) -> &'a [u8] {
        match self.value {
            Wire::Len(payload) => payload,
            _ => &[],
        }
    }

    /// The number in a varint or fixed field, else 0.
    pub fn number_value(&self) -> u64 {
        match self.value {
            Wire::Varint(value) | Wire::I64(value) => value,
            Wire::I32(value) => value.into(),
            Wire::Len(_) => 0,
        }
    }
}

/// The fields of a message, in wire order. Stops at the first byte that is no field; a validated
/// message has none.
#[derive(Clone, Debug)]
pub(crate) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub fn of(message: &'a [u8]) -> Fields<'a> {
        Fields { rest: message }
    }

    /// The next field and its payload if it has this number, is length-delimited and each of tag and
    /// length is one byte: what nearly all attributes are. `None` says nothing: the general way looks again.
    #[inline]
    pub fn take_short(&mut self, number: u32) -> Option<(&'a [u8], &'a [u8])> {
        let [tag, len, ..] = self.rest else { return None };
        if u32::from(*tag) != number << 3 | u32::from(LEN) || *len >= 0x80 {
            return None;
        }
        let (raw, rest) = self.rest.split_at_checked(2 + usize::from(*len))?;
        self.rest = rest;
        Some((raw, raw.get(2..)?))
    }

    /// The next field and its payload if it has this number and is length-delimited.
    pub fn take(&mut self, number: u32) -> Option<(&'a [u8], &'a [u8])> {
        let mut ahead = self.clone();
        match ahead.next()? {
            RawField { number: found, value: Wire::Len(payload), raw } if found == number => {
                *self = ahead;
                Some((raw, payload))
            }
            _ => None,
        }
    }

    /// The next field's value if it has this number, below 16, and is of eight bytes. `None` says nothing.
    #[inline]
    pub fn take_i64(&mut self, number: u32) -> Option<u64> {
        let (tag, rest) = self.rest.split_first()?;
        let (value, rest) = rest.split_first_chunk()?;
        if u32::from(*tag) != number << 3 | u32::from(I64) {
            return None;
        }
        self.rest = rest;
        Some(u64::from_le_bytes(*value))
    }

    /// The next field's value if it has this number, below 16, and is a varint below 128. `None` says nothing.
    #[inline]
    pub fn take_small(&mut self, number: u32) -> Option<u8> {
        let [tag, value @ ..0x80, rest @ ..] = self.rest else { return None };
        if u32::from(*tag) != number << 3 | u32::from(VARINT) {
            return None;
        }
        self.rest = rest;
        Some(*value)
    }

    /// Whether there is no next field, or another than `number`. False says nothing.
    #[inline]
    pub fn begins_with_another(&self, number: u32) -> bool {
        self.rest.first().is_none_or(|tag| *tag < 0x80 && u32::from(tag >> 3) != number)
    }

    /// The next field if it has this number and is a [`PlainPair`]: all of it, its key and its text. `None` says
    /// nothing.
    #[inline]
    pub fn take_plain_pair(&mut self, number: u32) -> Option<(&'a [u8], &'a [u8], &'a [u8])> {
        const KEY: u32 = 1 << 3 | LEN as u32;
        // Tags and lengths four bytes at a time: of the pair and its key, then of the value and its string.
        // The high bit of a length says that it has more bytes than one.
        let head = u32::from_le_bytes(*self.rest.first_chunk()?);
        if head & 0x80ff_80ff != number << 3 | u32::from(LEN) | KEY << 16 {
            return None;
        }
        let (len, key_len) = ((head >> 8 & 0x7f) as usize, (head >> 24) as usize);
        let (field, rest) = self.rest.split_at_checked(2 + len)?;
        let (key, value) = field.get(4..)?.split_at_checked(key_len)?;
        let (head, text) = value.split_first_chunk::<4>()?;
        let text_len = text.len() as u32;
        if u32::from_le_bytes(*head) != 0x000a_0212 + text_len * 0x0100_0100 {
            return None;
        }
        self.rest = rest;
        Some((field, key, text))
    }

    /// What has not been read yet.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = RawField<'a>;

    // By itself the compiler makes a call of it, which writes every field to memory: a third of a walk.
    #[inline(always)]
    fn next(&mut self) -> Option<RawField<'a>> {
        let message = self.rest;
        // Nearly all fields: a tag and a length of one byte each.
        if let [tag, len, ..] = message
            && tag & 0x87 == LEN
            && *len < 0x80
            && let Some((raw @ [_, _, payload @ ..], rest)) = message.split_at_checked(2 + usize::from(*len))
        {
            self.rest = rest;
            return Some(RawField { number: u32::from(tag >> 3), value: Wire::Len(payload), raw });
        }
        match message {
            // Records, whose lengths take two bytes.
            [tag, low, high, ..]
                if tag & 0x87 == LEN
                    && *low >= 0x80
                    && *high < 0x80
                    && let len = usize::from(low & 0x7f) | usize::from(*high) << 7
                    && let Some((raw @ [_, _, _, payload @ ..], rest)) =
                        message.split_at_checked(3 + len) =>
            {
                self.rest = rest;
                Some(RawField { number: u32::from(tag >> 3), value: Wire::Len(payload), raw })
            }
            [tag, rest @ ..]
                if tag & 0x87 == I64
                    && let Some((bytes, rest)) = rest.split_first_chunk() =>
            {
                self.rest = rest;
                let value = Wire::I64(u64::from_le_bytes(*bytes));
                Some(RawField { number: u32::from(tag >> 3), value, raw: message.get(..9)? })
            }
            [tag, value, rest @ ..] if tag & 0x87 == VARINT && *value < 0x80 => {
                self.rest = rest;
                let value = Wire::Varint((*value).into());
                Some(RawField { number: u32::from(tag >> 3), value, raw: message.get(..2)? })
            }
            [] => None,
            _ => self.next_of_any_size(),
        }
    }
}

impl<'a> Fields<'a> {
    #[inline(never)]
    fn next_of_any_size(&mut self) -> Option<RawField<'a>> {
        let message = self.rest;
        let (tag, rest) = take_varint(message)?;
        let (value, rest) = match (tag & 7) as u8 {
            LEN => {
                let (payload, rest) = take_len(rest)?;
                (Wire::Len(payload), rest)
            }
            VARINT => {
                let (value, rest) = take_varint(rest)?;
                (Wire::Varint(value), rest)
            }
            I64 => {
                let (bytes, rest) = rest.split_first_chunk()?;
                (Wire::I64(u64::from_le_bytes(*bytes)), rest)
            }
            I32 => {
                let (bytes, rest) = rest.split_first_chunk()?;
                (Wire::I32(u32::from_le_bytes(*bytes)), rest)
            }
            _ => return None,
        };
        let raw = message.get(..message.len() - rest.len())?;
        self.rest = rest;
        Some(RawField { number: (tag >> 3) as u32, value, raw })
    }
}

/// Takes a varint off the front. `None` where it is cut off or longer than 64 bits.
#[inline]
pub(crate) fn take_varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    match bytes {
        [first, rest @ ..] if *first < 0x80 => Some((u64::from(*first), rest)),
        [first, second, rest @ ..] if *second < 0x80 => {
            Some((u64::from(first & 0x7f) | u64::from(*second) << 7, rest))
        }
        _ => take_long_varint(bytes),
    }
}

#[inline(never)]
fn take_long_varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0u64;
    for (index, byte) in bytes.iter().take(10).enumerate() {
        // The tenth byte holds the 64th bit alone.
        if index == 9 && *byte > 1 {
            return None;
        }
        value |= u64::from(byte & 0x7f) << (7 * index);
        if *byte < 0x80 {
            return Some((value, bytes.get(index + 1..)?));
        }
    }
    None
}

/// Takes a length and that many bytes off the front; the bytes, and what follows them.
#[inline]
pub(crate) fn take_len(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = take_varint(bytes)?;
    rest.split_at_checked(usize::try_from(len).ok()?)
}

/// A string attribute as every SDK writes it: a `KeyValue` of a key and a value, the value of a
/// string and nothing else, each shorter than 128 bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlainPair<'a> {
    pub key: &'a [u8],
    /// The string that is its value.
    pub text: &'a [u8],
}

impl<'a> PlainPair<'a> {
    /// The pair, if it is a plain one. Nine in ten attributes are, so this alone decides what a
    /// record costs. `None` says nothing: the general way looks again.
    #[inline]
    pub fn of(pair: &'a [u8]) -> Option<PlainPair<'a>> {
        const KEY: u8 = 1 << 3 | LEN;
        const VALUE: u8 = 2 << 3 | LEN;
        const STRING: u8 = 1 << 3 | LEN;
        let [KEY, key_len, rest @ ..] = pair else { return None };
        let (key, [VALUE, value_len, value @ ..]) = rest.split_at_checked(usize::from(*key_len))? else {
            return None;
        };
        let [STRING, text_len, text @ ..] = value else { return None };
        // A byte of 128 or more is the start of a longer varint, not a length.
        let short = (key_len | value_len | text_len) < 128;
        let whole = usize::from(*value_len) == value.len() && usize::from(*text_len) == text.len();
        (short && whole).then_some(PlainPair { key, text })
    }
}

/// Whether all bytes are below 128: eight at a time, the last eight once more where they overlap.
/// Cheaper than the standard library's for the short strings that attributes are.
#[inline]
pub(crate) fn is_ascii(bytes: &[u8]) -> bool {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let Some(last) = bytes.last_chunk() else {
        return bytes.iter().fold(0, |all, byte| all | byte) < 0x80;
    };
    let (words, _) = bytes.as_chunks();
    let all = words.iter().fold(u64::from_le_bytes(*last), |all, word| all | u64::from_le_bytes(*word));
    all & HIGH == 0
}

/// How many bytes a varint takes, as which lengths are written too.
pub fn varint_len(value: u64) -> usize {
    // 7 bits a byte; `| 1` because zero takes one byte too.
    ((70 - (value | 1).leading_zeros()) / 7) as usize
}

/// How many bytes a length-delimited field with a payload of `len` bytes takes.
pub(crate) fn len_delimited(number: u32, len: usize) -> usize {
    varint_len(u64::from(number) << 3) + varint_len(len as u64) + len
}

/// Appends a varint in its shortest form.
pub(crate) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends a field's tag.
pub(crate) fn put_tag(out: &mut Vec<u8>, number: u32, wire: u8) {
    put_varint(out, u64::from(number) << 3 | u64::from(wire));
}

/// Appends a length-delimited field.
pub(crate) fn put_len(out: &mut Vec<u8>, number: u32, payload: &[u8]) {
    put_tag(out, number, LEN);
    put_varint(out, payload.len() as u64);
    out.extend_from_slice(payload);
}

/// Appends a length-delimited field whose payload `write` appends: `at_most` bytes, or fewer.
pub(crate) fn put_nested(out: &mut Vec<u8>, number: u32, at_most: usize, write: impl FnOnce(&mut Vec<u8>)) {
    put_tag(out, number, LEN);
    let at = out.len();
    let payload = at + varint_len(at_most as u64);
    out.resize(payload, 0);
    write(out);
    let len = out.len() - payload;
    let prefix = varint_len(len as u64);
    if at + prefix < payload {
        out.copy_within(payload.., at + prefix);
        out.truncate(at + prefix + len);
    }
    for (index, byte) in out.iter_mut().skip(at).take(prefix).enumerate() {
        let more = if index + 1 < prefix { 0x80 } else { 0 };
        *byte = (len >> (7 * index)) as u8 & 0x7f | more;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_varint_of_more_than_64_bits_is_none() {
        let of = |last: &[u8]| [&[0xff; 9], last].concat();
        assert_eq!(take_varint(&of(&[1])), Some((u64::MAX, &[][..])));
        for last in [&[2][..], &[3], &[0x81], &[0x81, 0], &[]] {
            assert_eq!(take_varint(&of(last)), None, "{last:?}");
        }
    }

    proptest! {
        #[test]
        fn a_varint_reads_back_and_is_as_long_as_said(value: u64) {
            let mut out = Vec::new();
            put_varint(&mut out, value);
            prop_assert_eq!(out.len(), varint_len(value));
            prop_assert_eq!(take_varint(&out), Some((value, &[][..])));
        }

        #[test]
        fn a_varint_is_read_as_prost_reads_it(bytes: Vec<u8>) {
            let mut rest = bytes.as_slice();
            let theirs = prost::encoding::decode_varint(&mut rest).ok();
            prop_assert_eq!(take_varint(&bytes), theirs.map(|value| (value, rest)));
        }

        #[test]
        fn a_plain_pair_is_the_same_taken_at_once_and_step_by_step(
            key in "[a-z]{0,140}", text in "[a-z]{0,140}", number in 1u32..9, cut in 0usize..300, flip in 0usize..40, byte: u8,
        ) {
            let (mut value, mut pair, mut message) = (Vec::new(), Vec::new(), Vec::new());
            put_len(&mut value, 1, text.as_bytes());
            put_len(&mut pair, 1, key.as_bytes());
            put_len(&mut pair, 2, &value);
            put_len(&mut message, number, &pair);
            put_len(&mut message, number, &pair);
            let mut wrong = message.clone();
            wrong.truncate(cut);
            wrong.iter_mut().skip(flip).take(1).for_each(|at| *at = byte);
            for message in [message, wrong] {
                let (mut once, mut steps) = (Fields::of(&message), Fields::of(&message));
                let pair = steps.take_short(number).and_then(|(_, pair)| PlainPair::of(pair)).map(|pair| (pair.key, pair.text));
                prop_assert_eq!(once.take_plain_pair(number).map(|(_, key, text)| (key, text)), pair);
                prop_assert_eq!(once.rest(), if pair.is_some() { steps.rest() } else { &message });
            }
        }

        #[test]
        fn ascii_is_what_the_standard_library_says(mut bytes in proptest::collection::vec(0u8..128, 0..70), at: usize) {
            prop_assert!(is_ascii(&bytes));
            if let Some(len) = Some(bytes.len()).filter(|len| *len > 0) {
                bytes.iter_mut().skip(at % len).take(1).for_each(|byte| *byte |= 0x80);
                prop_assert!(!is_ascii(&bytes));
            }
        }

        #[test]
        fn a_nested_field_is_the_same_as_a_length_and_a_payload(len in 0usize..70_000, spare in 0usize..70_000) {
            let payload = vec![7; len];
            let (mut nested, mut plain) = (vec![1], vec![1]);
            put_nested(&mut nested, 20, len + spare, |out| out.extend_from_slice(&payload));
            put_len(&mut plain, 20, &payload);
            prop_assert_eq!(nested, plain);
        }
    }
}
