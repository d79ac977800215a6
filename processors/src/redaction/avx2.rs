//! Thirty-two bytes at a time, where the processor has AVX2: nearly all that run servers have it, but
//! one that is built for any processor must ask. It halves what marking costs.
//!
//! The only unsafe code of weir is the one call below. Functions of this file say that they need AVX2, so
//! that the compiler lets them call each other and the intrinsics; the call from outside is sound because
//! it is made only where the processor was asked and has it.

use super::scan::{Marker, neighbours};

/// Does what [`Marker::each_word`] does; gives `show` back where it cannot.
#[inline]
pub fn each_word<F: FnMut(u64, u64)>(marker: &Marker, bytes: &[u8], show: F) -> Option<F> {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        #[allow(unsafe_code)]
        // SAFETY: the processor has AVX2, which is all that the function asks for.
        unsafe {
            x86_64::each_word(marker, bytes, show);
        }
        return None;
    }
    Some(show)
}

#[cfg(target_arch = "x86_64")]
mod x86_64 {
    use super::{Marker, neighbours};
    use crate::redaction::block::Classes;
    use crate::redaction::neighbours::Bank;
    use crate::redaction::scan::Window;
    use std::arch::x86_64::*;

    #[target_feature(enable = "avx2")]
    pub fn each_word(marker: &Marker, bytes: &[u8], show: impl FnMut(u64, u64)) {
        let all = |bank: &Bank| bank.each_ref().map(|classes| tables(classes));
        let (one, row) = (all(marker.neighbours.one()), tables(&marker.row));
        match marker.neighbours.other().map(all) {
            Some(other) => {
                let both = |halves| _mm256_and_si256(any_outside(one, halves), any_outside(other, halves));
                marker.each_word_by(bytes, |window| word(window, row, both), show);
            }
            None => {
                marker.each_word_by(
                    bytes,
                    |window| word(window, row, |halves| any_outside(one, halves)),
                    show,
                );
            }
        }
    }

    /// Which of these bytes are marked, and which may be of a row.
    #[target_feature(enable = "avx2")]
    fn word(
        window: &Window,
        row: [__m256i; 2],
        outside_all: impl Fn([[__m256i; 2]; 3]) -> __m256i,
    ) -> (u64, u64) {
        let (mut marked, mut rows) = (0, 0);
        for (at, bytes) in neighbours(window).enumerate() {
            let halves @ [first, ..] = bytes.map(|bytes| halves(load(bytes)));
            marked |= mask(outside_all(halves)) << (at * 32);
            rows |= mask(outside(row, first)) << (at * 32);
        }
        (marked, rows)
    }

    /// Which classes one of three neighbours is in none of.
    #[target_feature(enable = "avx2")]
    fn any_outside(tables: [[__m256i; 2]; 3], halves: [[__m256i; 2]; 3]) -> __m256i {
        let ([first, second, third], [byte, next, after]) = (tables, halves);
        let two = _mm256_or_si256(outside(first, byte), outside(second, next));
        _mm256_or_si256(two, outside(third, after))
    }

    /// The bytes in their order.
    #[target_feature(enable = "avx2")]
    fn load(bytes: &[u8; 32]) -> __m256i {
        // Eight bytes at a time; the compiler makes one load of it.
        let [a, b, c, d] = std::array::from_fn(|at| {
            let eight = bytes.get(at * 8..).and_then(|rest| rest.first_chunk()).copied();
            i64::from_le_bytes(eight.unwrap_or_default())
        });
        _mm256_setr_epi64x(a, b, c, d)
    }

    /// Each byte as it is, the lower half of which a lookup takes, and the upper half.
    #[target_feature(enable = "avx2")]
    fn halves(bytes: __m256i) -> [__m256i; 2] {
        [bytes, _mm256_and_si256(_mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(15))]
    }

    /// Both tables of what is in no class, each twice: a lookup stays within sixteen bytes.
    #[target_feature(enable = "avx2")]
    fn tables(classes: &Classes) -> [__m256i; 2] {
        classes.tables().map(|table| {
            let half = |at: usize| {
                let eight = table.get(at..).and_then(|rest| rest.first_chunk()).copied();
                !i64::from_le_bytes(eight.unwrap_or_default())
            };
            _mm256_setr_epi64x(half(0), half(8), half(0), half(8))
        })
    }

    /// What [`Classes::seem`] is not. A lookup by a byte beyond ASCII is 0, so that its upper half alone tells.
    #[target_feature(enable = "avx2")]
    fn outside([low, high]: [__m256i; 2], [bytes, high_half]: [__m256i; 2]) -> __m256i {
        _mm256_or_si256(_mm256_shuffle_epi8(low, bytes), _mm256_shuffle_epi8(high, high_half))
    }

    /// A bit for each byte that is not outside all classes.
    #[target_feature(enable = "avx2")]
    fn mask(outside: __m256i) -> u64 {
        let all = _mm256_cmpeq_epi8(outside, _mm256_set1_epi8(-1));
        u64::from(!_mm256_movemask_epi8(all) as u32)
    }
}
