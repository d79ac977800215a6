//! Sets of bytes, and how far a text has only bytes of one.

use super::block::{Block, Classes};

/// A set of bytes. Those beyond ASCII are in it or out of it together.
#[derive(Debug)]
pub struct ByteSet {
    /// The class of an ASCII byte is its upper half, so that every byte that seems to be in is in.
    ascii: Classes,
    beyond_ascii: bool,
}

impl ByteSet {
    /// These bytes of ASCII.
    pub const fn of(bytes: &[u8]) -> ByteSet {
        ByteSet { ascii: Classes::EMPTY, beyond_ascii: false }.and(bytes)
    }

    /// Letters and digits of ASCII, and others.
    pub const fn alphanumeric_and(others: &[u8]) -> ByteSet {
        ByteSet::of(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz").and(others)
    }

    /// What is neither white space nor one of others. All bytes beyond ASCII are in it.
    pub const fn all_but_spaces_and(others: &[u8]) -> ByteSet {
        let mut set = ByteSet { beyond_ascii: true, ..ByteSet::of(b"") };
        let mut byte = 0;
        while byte < 128 {
            if !contains(b" \t\n\x0C\r", byte) && !contains(others, byte) {
                set = set.and(&[byte]);
            }
            byte += 1;
        }
        set
    }

    /// And these bytes of ASCII.
    pub const fn and(mut self, bytes: &[u8]) -> ByteSet {
        let mut rest = bytes;
        while let [byte, behind @ ..] = rest {
            self.ascii.add(*byte, 1 << (*byte >> 4 & 7));
            rest = behind;
        }
        self
    }

    /// Whether a byte is in it.
    pub fn has(&self, byte: u8) -> bool {
        self.run(&[byte], 0) == 1
    }

    /// How many bytes of a text from `at` on are in it, up to the first that is not.
    pub fn run(&self, text: &[u8], at: usize) -> usize {
        let mut rest = text.get(at..).unwrap_or_default();
        let mut len = 0;
        while let Some((block, behind)) = rest.split_first_chunk() {
            match self.mask(Block::from(*block)).trailing_ones() as usize {
                Block::LEN => (len, rest) = (len + Block::LEN, behind),
                part => return len + part,
            }
        }
        len + rest.len().min(self.mask(Block::first(rest)).trailing_ones() as usize)
    }

    /// How many bytes of a text before `at` are in it, down to the first that is not.
    pub fn run_back(&self, text: &[u8], at: usize) -> usize {
        let mut rest = text.get(..at).unwrap_or_default();
        let mut len = 0;
        while let Some((before, block)) = rest.split_last_chunk() {
            // The last byte has the highest bit of sixteen.
            match (self.mask(Block::from(*block)) << Block::LEN).leading_ones() as usize {
                Block::LEN => (len, rest) = (len + Block::LEN, before),
                part => return len + part,
            }
        }
        match rest.len() {
            0 => len,
            left => {
                len + (self.mask(Block::first(rest)) << (u32::BITS as usize - left)).leading_ones() as usize
            }
        }
    }

    /// Whether two bytes of it stand side by side in a text.
    pub fn has_neighbours(&self, text: &[u8]) -> bool {
        let mut before = 0;
        text.chunks(Block::LEN).any(|chunk| {
            let mask = self.mask(Block::first(chunk));
            let two = mask & (mask << 1 | before) != 0;
            before = mask >> (Block::LEN - 1);
            two
        })
    }

    /// A bit for each byte that is in it.
    #[inline]
    fn mask(&self, block: Block) -> u32 {
        let beyond_ascii = if self.beyond_ascii { block.beyond_ascii() } else { 0 };
        self.ascii.seem(block).mask() | beyond_ascii
    }
}

const fn contains(bytes: &[u8], byte: u8) -> bool {
    let mut rest = bytes;
    while let [first, behind @ ..] = rest {
        if *first == byte {
            return true;
        }
        rest = behind;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    static SETS: [ByteSet; 3] = [
        ByteSet::of(b"\x00 -\x7F"),
        ByteSet::alphanumeric_and(b"._"),
        ByteSet::all_but_spaces_and(b"&;\"\x00"),
    ];

    fn is_in(set: usize, byte: u8) -> bool {
        match set {
            0 => b"\x00 -\x7F".contains(&byte),
            1 => byte.is_ascii_alphanumeric() || b"._".contains(&byte),
            _ => !byte.is_ascii_whitespace() && !b"&;\"\x00".contains(&byte),
        }
    }

    #[test]
    fn a_set_has_what_was_said_and_nothing_else() {
        for (at, set) in SETS.iter().enumerate() {
            (0..=u8::MAX)
                .for_each(|byte| assert_eq!(set.run(&[byte], 0) == 1, is_in(at, byte), "{at} {byte}"));
        }
    }

    proptest! {
        #[test]
        fn a_run_is_as_long_as_a_look_at_every_byte_finds(
            set in 0usize..3, bytes in "([a-z]{1,40}[ &\"\x00é-]?){0,4}|[ \x00-]{0,70}|.{0,40}", at in 0usize..100,
        ) {
            let (text, at) = (bytes.as_bytes(), at.min(bytes.len()));
            let (before, behind) = text.split_at(at);
            let run = |bytes: &mut dyn Iterator<Item = &u8>| bytes.take_while(|byte| is_in(set, **byte)).count();
            for tested in SETS.iter().skip(set).take(1) {
                prop_assert_eq!(tested.run(text, at), run(&mut behind.iter()));
                prop_assert_eq!(tested.run_back(text, at), run(&mut before.iter().rev()));
            }
        }
    }
}
