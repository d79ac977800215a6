//! Asks all bytes of a request at once, sixteen or thirty-two at a time, where something may be.

use super::avx2;
use super::block::{Block, Classes};
use super::scan::Rows;

/// What is asked for: two neighbouring bytes, and rows of bytes.
#[derive(Clone, Copy, Debug)]
pub struct Marker {
    /// A byte with a class of the first seems to be one that is asked for, if the byte behind it has the same
    /// class of the second.
    pub pair: [Classes; 2],
    /// What can stand in a row.
    pub row: Classes,
    /// How many bytes a row needs, 8 to 16; 1 where every byte of a row counts.
    pub shortest_row: u32,
}

impl Marker {
    /// Shows for every 64 bytes which of them may begin a pair, and at which a row gets long enough; the
    /// first byte's bit is the lowest.
    pub fn each_word(&self, bytes: &[u8], mut show: impl FnMut(u64, u64)) {
        if !avx2::each_word(self, bytes, &mut show) {
            self.each_word_by(bytes, |window| self.sixteen_at_a_time(window), &mut show);
        }
    }

    /// The same with what says of 64 bytes which may begin a pair, and which may be of a row.
    #[inline(always)]
    pub(super) fn each_word_by(
        &self,
        bytes: &[u8],
        of: impl Fn(&Window) -> (u64, u64),
        show: &mut impl FnMut(u64, u64),
    ) {
        let (mut rest, mut rows) = (bytes, Rows::default());
        let mut last: Window = [0; WORD + 1];
        loop {
            let whole = rest.first_chunk();
            let window = whole.unwrap_or_else(|| {
                // Zeros, which are no part of anything, stand behind the end.
                last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
                &last
            });
            let (pairs, row) = of(window);
            show(pairs, rows.long(row, self.shortest_row));
            if whole.is_none() {
                return;
            }
            rest = rest.get(WORD..).unwrap_or_default();
        }
    }

    fn sixteen_at_a_time(&self, window: &Window) -> (u64, u64) {
        let ([bytes @ .., _], [_, next @ ..]) = (window, window);
        let [first, second] = &self.pair;
        let (mut pairs, mut rows) = (0, 0);
        for (at, (block, next)) in bytes.as_chunks().0.iter().zip(next.as_chunks().0).enumerate() {
            let (block, next) = (Block::from(*block), Block::from(*next));
            pairs |= u64::from((first.seem(block) & second.seem(next)).mask()) << (at * Block::LEN);
            rows |= u64::from(self.row.seem(block).mask()) << (at * Block::LEN);
        }
        (pairs, rows)
    }
}

/// How many bytes are marked at once.
const WORD: usize = 64;

/// These, and the byte behind them.
pub(super) type Window = [u8; WORD + 1];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_same_is_shown_sixteen_and_thirty_two_bytes_at_a_time(
            text in "[ -~é]{0,300}|[0-9 -]{0,300}", pairs in proptest::collection::vec((1u8..128, 1u8..128, 0u8..8), 0..20),
        ) {
            let mut marker = Marker { pair: [Classes::EMPTY; 2], row: Classes::EMPTY, shortest_row: 9 };
            for (first, second, class) in pairs {
                let [of_first, of_second] = &mut marker.pair;
                of_first.add(first, 1 << class);
                of_second.add(second, 1 << class);
            }
            b"0123456789".iter().for_each(|digit| marker.row.add(*digit, 1));
            let (mut one, mut other) = (Vec::new(), Vec::new());
            let mut show = |pairs, rows| one.push((pairs, rows));
            marker.each_word_by(text.as_bytes(), |window| marker.sixteen_at_a_time(window), &mut show);
            marker.each_word(text.as_bytes(), |pairs, rows| other.push((pairs, rows)));
            prop_assert_eq!(one, other);
        }
    }
}
