//! Where in some bytes detectors have to look.

use std::ops::Range;

/// A bit for each byte.
#[derive(Debug, Default)]
pub struct Places(Vec<u8>);

/// How many bytes of marks are read at once; so many bits of them are sure to be there.
const READ: usize = 8;
const SURE: usize = 8 * READ - 7;

impl Places {
    /// As many as one request has nearly always, in bytes; the room for more is given back.
    const KEPT: usize = 1024 * 1024;

    /// Marks are those of other bytes from here on, of so many: a word for each 64 of them, little-endian, in
    /// which the first byte's bit is the lowest. None is marked yet.
    pub fn words(&mut self, bytes: usize) -> impl Iterator<Item = &mut [u8; 8]> {
        let words = bytes.div_ceil(u64::BITS as usize);
        self.0.clear();
        self.0.shrink_to(Self::KEPT / 8);
        // A word more can be read behind the last one.
        self.0.resize(8 * words + READ, 0);
        self.0.as_chunks_mut().0.iter_mut().take(words)
    }

    /// Whether one of `len` bytes from `start` on is marked.
    #[inline]
    pub fn any(&self, start: usize, len: usize) -> bool {
        match len {
            ..SURE => self.from(start) & !(u64::MAX << len) != 0,
            _ => self.within(start..start + len).next().is_some(),
        }
    }

    /// The marked bytes of the range, in order.
    pub fn within(&self, range: Range<usize>) -> impl Iterator<Item = usize> {
        let (mut at, mut marks) = (range.start, self.from(range.start) & !(u64::MAX << SURE));
        std::iter::from_fn(move || {
            while marks == 0 {
                at += SURE;
                if at >= range.end {
                    return None;
                }
                marks = self.from(at) & !(u64::MAX << SURE);
            }
            let place = at + marks.trailing_zeros() as usize;
            marks &= marks - 1;
            (place < range.end).then_some(place)
        })
    }

    /// The marks of the bytes from `at` on, [`SURE`] of them.
    #[inline]
    fn from(&self, at: usize) -> u64 {
        let marks = self.0.get(at / 8..).and_then(|marks| marks.first_chunk()).copied().unwrap_or_default();
        u64::from_le_bytes(marks) >> (at % 8)
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_marks_of_a_range_are_those_that_were_set_there(
            words in proptest::collection::vec(prop_oneof![Just(0), Just(1 << 63), any::<u64>()], 0..6), from in 0usize..400, len in 0usize..200,
        ) {
            let mut places = Places::default();
            places.words(64 * words.len()).zip(&words).for_each(|(to, marks)| *to = marks.to_le_bytes());
            let range = from..from + len;
            let marked = |at: &usize| words.get(at / 64).is_some_and(|marks| marks >> (at % 64) & 1 == 1);
            let expected: Vec<usize> = range.clone().filter(marked).collect();
            prop_assert_eq!(places.any(from, len), !expected.is_empty());
            prop_assert_eq!(places.within(range).collect::<Vec<_>>(), expected);
        }
    }
}
