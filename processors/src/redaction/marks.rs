//! Places in a request that a detector should look at, a bit a byte.

use std::ops::Range;

/// A set of offsets into some bytes.
#[derive(Debug)]
pub struct Marks {
    words: Vec<u64>,
}

impl Marks {
    /// None yet, among `len` bytes.
    pub fn new(len: usize) -> Marks {
        Marks { words: vec![0; len.div_ceil(64)] }
    }

    /// Adds an offset. One behind the end is ignored.
    #[inline]
    pub fn set(&mut self, at: usize) {
        if let Some(word) = self.words.get_mut(at / 64) {
            *word |= 1 << (at % 64);
        }
    }

    /// The first offset of `range` that is marked.
    #[inline]
    pub fn first(&self, range: Range<usize>) -> Option<usize> {
        let mut index = range.start / 64;
        let mut bits = *self.words.get(index)? & (u64::MAX << (range.start % 64));
        loop {
            if bits != 0 {
                let at = index * 64 + bits.trailing_zeros() as usize;
                return (at < range.end).then_some(at);
            }
            index += 1;
            if index * 64 >= range.end {
                return None;
            }
            bits = *self.words.get(index)?;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn first_finds_what_a_search_finds(
            set in proptest::collection::btree_set(0usize..400, 0..20),
            from in 0usize..400,
            len in 0usize..400,
        ) {
            let mut marks = Marks::new(400);
            set.iter().for_each(|at| marks.set(*at));
            let range = from..(from + len).min(400);
            prop_assert_eq!(marks.first(range.clone()), set.iter().copied().find(|at| range.contains(at)));
        }
    }
}
