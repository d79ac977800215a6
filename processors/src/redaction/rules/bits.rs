//! Places of which there may be many.

use std::ops::Range;

/// A bit for each place, up to the last one that is set.
#[derive(Debug, Default)]
pub struct Bits(Vec<u64>);

impl Bits {
    /// As many words as are kept for the next request.
    const KEPT: usize = 1 << 14;

    /// Forgets all.
    pub fn clear(&mut self) {
        self.0.clear();
        self.0.shrink_to(Self::KEPT);
    }

    /// Sets the one at `at`.
    pub fn set(&mut self, at: usize) {
        let (word, bit) = (at / 64, at % 64);
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0.iter_mut().skip(word).take(1).for_each(|word| *word |= 1 << bit);
    }

    /// The first in a range that is set.
    pub fn first(&self, range: Range<usize>) -> Option<usize> {
        let words = self.0.get(range.start / 64..self.0.len().min(range.end.div_ceil(64)))?;
        let (first, rest) = words.split_first()?;
        let first = first & u64::MAX << (range.start % 64);
        let words = std::iter::once(first).chain(rest.iter().copied());
        let (behind, word) = words.enumerate().find(|(_, word)| *word != 0)?;
        let at = (range.start / 64 + behind) * 64 + word.trailing_zeros() as usize;
        (at < range.end).then_some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bits_are_where_they_were_set(
            set in proptest::collection::btree_set(0usize..300, 0..9), from in 0usize..400, len in 0usize..300,
        ) {
            let mut bits = Bits::default();
            set.iter().for_each(|at| bits.set(*at));
            prop_assert_eq!(bits.first(from..from + len), set.range(from..from + len).next().copied());
        }
    }
}
