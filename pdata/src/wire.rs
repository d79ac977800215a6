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

    /// What has not been read yet.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = RawField<'a>;

    #[inline]
    fn next(&mut self) -> Option<RawField<'a>> {
        let message = self.rest;
        let (tag, at) = read_varint(message, 0)?;
        let (value, end) = match (tag & 7) as u8 {
            VARINT => {
                let (value, end) = read_varint(message, at)?;
                (Wire::Varint(value), end)
            }
            I64 => {
                let bytes = message.get(at..at + 8)?.try_into().ok()?;
                (Wire::I64(u64::from_le_bytes(bytes)), at + 8)
            }
            LEN => {
                let (len, at) = read_varint(message, at)?;
                let end = at.checked_add(usize::try_from(len).ok()?)?;
                (Wire::Len(message.get(at..end)?), end)
            }
            I32 => {
                let bytes = message.get(at..at + 4)?.try_into().ok()?;
                (Wire::I32(u32::from_le_bytes(bytes)), at + 4)
            }
            _ => return None,
        };
        let (raw, rest) = message.split_at_checked(end)?;
        self.rest = rest;
        Some(RawField { number: (tag >> 3) as u32, value, raw })
    }
}

/// Reads a varint at `at`; the value and where the next byte stands. `None` where it is cut off
/// or longer than 64 bits.
#[inline]
pub(crate) fn read_varint(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let first = *bytes.get(at)?;
    if first < 0x80 {
        return Some((first.into(), at + 1));
    }
    read_long_varint(bytes, at)
}

fn read_long_varint(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let mut value = 0u64;
    for (index, byte) in bytes.get(at..)?.iter().take(10).enumerate() {
        // The tenth byte holds the 64th bit alone.
        if index == 9 && *byte > 1 {
            return None;
        }
        value |= u64::from(byte & 0x7f) << (7 * index);
        if *byte < 0x80 {
            return Some((value, at + index + 1));
        }
    }
    None
}

/// How many bytes a varint takes.
pub(crate) fn varint_len(value: u64) -> usize {
    // 7 bits a byte; `| 1` because zero takes one byte too.
    ((70 - (value | 1).leading_zeros()) / 7) as usize
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_varint_reads_back_and_is_as_long_as_said(value: u64) {
            let mut out = Vec::new();
            put_varint(&mut out, value);
            prop_assert_eq!(out.len(), varint_len(value));
            prop_assert_eq!(read_varint(&out, 0), Some((value, out.len())));
        }

        #[test]
        fn a_varint_is_read_as_prost_reads_it(bytes: Vec<u8>) {
            let ours = read_varint(&bytes, 0);
            let mut rest = bytes.as_slice();
            let theirs = prost::encoding::decode_varint(&mut rest).ok();
            prop_assert_eq!(ours, theirs.map(|value| (value, bytes.len() - rest.len())));
        }
    }
}
