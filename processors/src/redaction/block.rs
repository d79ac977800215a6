//! Sixteen bytes of a text at once: which of them are of which class.

use wide::u8x16;

/// Sixteen bytes, in the order of the text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Block(u8x16);

impl Block {
    /// How many bytes.
    pub const LEN: usize = 16;

    /// The first bytes of a text; zeros stand behind its end.
    #[inline]
    pub fn first(text: &[u8]) -> Block {
        Block::from(padded(text).to_le_bytes())
    }

    /// A bit for each byte beyond ASCII.
    #[inline]
    pub fn beyond_ascii(self) -> u32 {
        self.0.to_bitmask()
    }

    /// A bit for each byte that is not 0; the first byte's is the lowest.
    #[inline]
    pub fn mask(self) -> u32 {
        !self.0.simd_eq(u8x16::ZERO).to_bitmask() & 0xFFFF
    }
}

impl From<[u8; Block::LEN]> for Block {
    #[inline]
    fn from(bytes: [u8; Block::LEN]) -> Block {
        Block(u8x16::from(bytes))
    }
}

impl std::ops::BitOr for Block {
    type Output = Block;

    #[inline]
    fn bitor(self, other: Block) -> Block {
        Block(self.0 | other.0)
    }
}

impl std::ops::BitAnd for Block {
    type Output = Block;

    #[inline]
    fn bitand(self, other: Block) -> Block {
        Block(self.0 & other.0)
    }
}

/// Up to sixteen bytes, the first one lowest. Two loads that overlap, where a copy of any length
/// would be a call.
#[inline]
fn padded(bytes: &[u8]) -> u128 {
    let beyond = |first: usize| 8 * (bytes.len() - first);
    if let Some(whole) = bytes.first_chunk::<16>() {
        return u128::from_le_bytes(*whole);
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        return u128::from(u64::from_le_bytes(*first)) | u128::from(u64::from_le_bytes(*last)) << beyond(8);
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        return u128::from(u32::from_le_bytes(*first)) | u128::from(u32::from_le_bytes(*last)) << beyond(4);
    }
    bytes.iter().rev().fold(0, |all, byte| all << 8 | u128::from(*byte))
}

/// Eight classes of ASCII bytes, a bit each.
///
/// A byte is looked up by its halves: it seems to be in the classes that both are in. One lookup for
/// sixteen bytes is one instruction, where the processor has it. So a class whose bytes have several
/// high halves seems to hold every combination of its halves, and who finds something has to make sure.
#[derive(Clone, Copy, Debug, Default)]
pub struct Classes {
    low: [u8; Block::LEN],
    high: [u8; Block::LEN],
}

impl Classes {
    /// No byte is in any.
    pub const EMPTY: Classes = Classes { low: [0; Block::LEN], high: [0; Block::LEN] };

    /// Puts a byte into a class. Bytes beyond ASCII are in none.
    #[allow(clippy::indexing_slicing)]
    pub const fn add(&mut self, byte: u8, class: u8) {
        if byte.is_ascii() {
            self.low[(byte & 15) as usize] |= class;
            self.high[(byte >> 4) as usize] |= class;
        }
    }

    /// What is looked up by the lower half of a byte and by the upper one.
    pub fn tables(&self) -> [&[u8; Block::LEN]; 2] {
        [&self.low, &self.high]
    }

    /// Puts the bytes with one of these lower and one of these upper halves into a class; a bit for each half.
    pub fn add_halves(&mut self, [low, high]: [u16; 2], class: u8) {
        for (halves, table) in [(low, &mut self.low), (high, &mut self.high)] {
            let has = table.iter_mut().enumerate().filter(|(half, _)| halves >> half & 1 == 1);
            has.for_each(|(_, classes)| *classes |= class);
        }
    }

    /// The classes that each byte seems to be in.
    #[inline]
    pub fn seem(&self, block: Block) -> Block {
        let low = u8x16::from(self.low).shuffle(block.0 & u8x16::splat(15));
        let high = u8x16::from(self.high).shuffle(block.0.unbounded_shr_scalar(4));
        Block(low & high)
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(block: Block, place: usize) -> u8 {
        block.0.to_array()[place]
    }

    proptest! {
        #[test]
        fn a_byte_seems_to_be_in_the_classes_that_it_was_put_into(
            members in proptest::collection::vec((1u8..128, 0u8..8), 0..6), bytes: [u8; 16],
        ) {
            let mut classes = Classes::default();
            members.iter().for_each(|(byte, class)| classes.add(*byte, 1 << class));
            let seem = classes.seem(Block::from(bytes));
            for (place, byte) in bytes.iter().enumerate() {
                let expected = members.iter().filter(|(member, _)| member == byte).fold(0, |all, (_, class)| all | 1 << class);
                prop_assert_eq!(at(seem, place) & expected, expected);
                prop_assert!(byte.is_ascii() || at(seem, place) == 0);
                prop_assert_eq!(seem.mask() & 1 << place != 0, at(seem, place) != 0);
            }
        }
    }
}
