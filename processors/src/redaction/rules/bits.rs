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

    /// Whether one is set in the range.
    #[inline]
    pub fn any(&self, range: Range<usize>) -> bool {
        let mut words = range.start / 64..self.0.len().min(range.end.div_ceil(64));
        words.any(|number| {
            let below = |at: usize| match at.saturating_sub(number * 64) {
                bits @ ..64 => !(u64::MAX << bits),
                _ => u64::MAX,
            };
            let word = self.0.get(number).copied().unwrap_or_default();
            word & below(range.end) & !below(range.start) != 0
        })
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
            prop_assert_eq!(bits.any(from..from + len), set.range(from..from + len).next().is_some());
        }
    }
}
