//! Thirty-two bytes at a time, where the processor has AVX2: nearly all that run servers have it, but
//! one that is built for any processor must ask. It halves what marking costs.
//!
//! The only unsafe code of weir is the one call below. Functions of this file say that they need AVX2, so
//! that the compiler lets them call each other and the intrinsics; the call from outside is sound because
//! it is made only where the processor was asked and has it.

use super::marker::Marker;
use super::places::Places;
use super::scan::{MARKED, ROW, Scanner, neighbours};

/// Marks like [`Scanner::mark`]; whether it could.
#[inline]
pub fn mark(scanner: &Scanner, bytes: &[u8], places: &mut Places) -> bool {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        #[allow(unsafe_code)]
        // SAFETY: the processor has AVX2, which is all that the function asks for.
        unsafe {
            x86_64::mark(scanner, bytes, places);
        }
        return true;
    }
    false
}

/// Shows what [`Marker::each_word`] shows; whether it could.
#[inline]
pub fn each_word(marker: &Marker, bytes: &[u8], show: &mut impl FnMut(u64, u64)) -> bool {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        #[allow(unsafe_code)]
        // SAFETY: the processor has AVX2, which is all that the function asks for.
        unsafe {
            x86_64::each_word(marker, bytes, show);
        }
        return true;
    }
    false
}

#[cfg(target_arch = "x86_64")]
mod x86_64 {
    use super::{MARKED, Marker, Places, ROW, Scanner, neighbours};
    use crate::redaction::block::Classes;
    use crate::redaction::marker::Window;
    use std::arch::x86_64::*;

    #[target_feature(enable = "avx2")]
    pub fn each_word(marker: &Marker, bytes: &[u8], show: &mut impl FnMut(u64, u64)) {
        let [first, second] = marker.pair.map(|classes| tables(&classes));
        let row = tables(&marker.row);
        let of = |window: &Window| {
            let ([bytes @ .., _], [_, next @ ..]) = (window, window);
            let (mut pairs, mut rows) = (0, 0);
            for (at, (bytes, next)) in bytes.as_chunks().0.iter().zip(next.as_chunks().0).enumerate() {
                let bytes = halves(load(bytes));
                let both = _mm256_and_si256(seem(first, bytes), seem(second, halves(load(next))));
                pairs |= mask(both) << (at * 32);
                rows |= mask(seem(row, bytes)) << (at * 32);
            }
            (pairs, rows)
        };
        marker.each_word_by(bytes, of, show);
    }

    #[target_feature(enable = "avx2")]
    pub fn mark(scanner: &Scanner, bytes: &[u8], places: &mut Places) {
        let banks = scanner.literals.neighbours().classes().each_ref();
        let [one, other] = banks.map(|bank| bank.each_ref().map(|classes| tables(classes)));
        let single = tables(&scanner.single);
        let [row, marked] = [ROW, MARKED].map(|classes| _mm256_set1_epi8(classes as i8));
        scanner.mark_by(bytes, places, |window| {
            let (mut literals, mut rows) = (0, 0);
            for (at, bytes) in neighbours(window).enumerate() {
                let halves @ [first, ..] = bytes.map(|bytes| halves(load(bytes)));
                let single = seem(single, first);
                let three = _mm256_or_si256(all_seem(one, halves), all_seem(other, halves));
                literals |= mask(_mm256_or_si256(three, _mm256_and_si256(single, marked))) << (at * 32);
                rows |= mask(_mm256_and_si256(single, row)) << (at * 32);
            }
            (literals, rows)
        });
    }

    /// What three neighbours seem to be all.
    #[target_feature(enable = "avx2")]
    fn all_seem(tables: [[__m256i; 2]; 3], halves: [[__m256i; 2]; 3]) -> __m256i {
        let ([first, second, third], [byte, next, after]) = (tables, halves);
        _mm256_and_si256(_mm256_and_si256(seem(first, byte), seem(second, next)), seem(third, after))
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

    /// The lower and the upper half of each byte.
    #[target_feature(enable = "avx2")]
    fn halves(bytes: __m256i) -> [__m256i; 2] {
        let low = _mm256_set1_epi8(15);
        [_mm256_and_si256(bytes, low), _mm256_and_si256(_mm256_srli_epi16(bytes, 4), low)]
    }

    /// Both tables of classes, each twice: a lookup stays within sixteen bytes.
    #[target_feature(enable = "avx2")]
    fn tables(classes: &Classes) -> [__m256i; 2] {
        classes.tables().map(|table| {
            let half = |at: usize| {
                let eight = table.get(at..).and_then(|rest| rest.first_chunk()).copied();
                i64::from_le_bytes(eight.unwrap_or_default())
            };
            _mm256_setr_epi64x(half(0), half(8), half(0), half(8))
        })
    }

    /// [`Classes::seem`].
    #[target_feature(enable = "avx2")]
    fn seem([low, high]: [__m256i; 2], halves: [__m256i; 2]) -> __m256i {
        let [low_half, high_half] = halves;
        _mm256_and_si256(_mm256_shuffle_epi8(low, low_half), _mm256_shuffle_epi8(high, high_half))
    }

    /// A bit for each byte that is not 0.
    #[target_feature(enable = "avx2")]
    fn mask(bytes: __m256i) -> u64 {
        let zero = _mm256_cmpeq_epi8(bytes, _mm256_setzero_si256());
        u64::from(!_mm256_movemask_epi8(zero) as u32)
    }
}
