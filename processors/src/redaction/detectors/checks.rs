//! Check digits, by their arithmetic. Digits are numbers from 0 to 9, letters are capitals of ASCII.

/// Luhn's (ISO/IEC 7812-1, annex B).
pub fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| match (at % 2, u32::from(*digit)) {
            (1, digit) if digit > 4 => digit * 2 - 9,
            (1, digit) => digit * 2,
            (_, digit) => digit,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// The sum of digits, each times its weight.
pub fn weighted(digits: &[u8], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(digit, weight)| u32::from(*digit) * weight).sum()
}

/// What is left of a number, divided. Letters count 10 to 35, as in ISO/IEC 7064 and in IBANs.
pub fn remainder<'d>(signs: impl IntoIterator<Item = &'d u8>, by: u64) -> u64 {
    signs.into_iter().fold(0, |rest, sign| match *sign {
        letter @ b'A'..=b'Z' => (rest * 100 + u64::from(letter - b'A') + 10) % by,
        digit => (rest * 10 + u64::from(digit)) % by,
    })
}

/// ISO/IEC 7064, MOD 11,10, with the check digit last.
pub fn mod_11_10(digits: &[u8]) -> bool {
    let product = digits.iter().fold(10, |product, digit| match (product + u32::from(*digit)) % 10 {
        0 => 9,
        sum => sum * 2 % 11,
    });
    // The step that the check digit itself makes ends where the sum is 1, and doubled is 2.
    product == 2
}

/// Verhoeff's, of the dihedral group D5, with the check digit last.
pub fn verhoeff(digits: &[u8]) -> bool {
    /// What a place does to its digit; the eight of them repeat.
    const PLACES: [[u8; 10]; 8] = [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        [1, 5, 7, 6, 2, 8, 3, 0, 9, 4],
        [5, 8, 0, 3, 7, 9, 6, 1, 4, 2],
        [8, 9, 1, 6, 0, 4, 3, 5, 2, 7],
        [9, 4, 5, 3, 1, 2, 6, 8, 7, 0],
        [4, 2, 8, 6, 5, 7, 3, 9, 0, 1],
        [2, 7, 9, 3, 8, 0, 6, 4, 1, 5],
        [7, 0, 4, 6, 9, 1, 3, 2, 5, 8],
    ];
    // Rotations are 0 to 4, reflections 5 to 9.
    let product = |a: u8, b: u8| match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => (a + b) % 5 + 5,
        (false, true) => (a + 5 - b) % 5 + 5,
        (false, false) => (a + 5 - b) % 5,
    };
    let placed = digits.iter().rev().zip(PLACES.iter().cycle());
    let permuted = placed.map(|(digit, place)| place.get(usize::from(*digit)).copied().unwrap_or_default());
    permuted.fold(0, product) == 0
}

/// Whether the last six of 36 signs are the CRC-32 of those before, in base62.
pub fn ends_with_crc32(signs: &[u8]) -> bool {
    let Some((random, check)) = signs.split_last_chunk::<6>() else { return false };
    let value = |sign: u8| match sign {
        b'0'..=b'9' => Some(sign - b'0'),
        b'A'..=b'Z' => Some(sign - b'A' + 10),
        b'a'..=b'z' => Some(sign - b'a' + 36),
        _ => None,
    };
    let check = check.iter().try_fold(0u64, |sum, sign| Some(sum * 62 + u64::from(value(*sign)?)));
    random.len() == 30 && check == Some(crc32fast::hash(random).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signs(text: &str) -> Vec<u8> {
        text.bytes().map(|byte| if byte.is_ascii_digit() { byte - b'0' } else { byte }).collect()
    }

    /// What a check takes, and that it takes none of the same with another last sign.
    fn takes(check: impl Fn(&[u8]) -> bool, valid: &[&str]) {
        for text in valid {
            let mut signs = signs(text);
            assert!(check(&signs), "{text}");
            let last = signs.pop().unwrap_or_default();
            for other in (0..10).filter(|other| *other != last) {
                signs.push(other);
                assert!(!check(&signs), "{text} with {other}");
                signs.pop();
            }
        }
    }

    #[test]
    fn a_check_takes_what_its_issuer_made_and_nothing_that_ends_otherwise() {
        takes(luhn, &["4111111111111111", "79927398713"]);
        takes(verhoeff, &["2363", "123451", "999941057058"]);
        takes(mod_11_10, &["36574261809", "86095742719"]);
        takes(|signs| remainder(signs, 97) == 1, &["370400440532013000131489"]);
        takes(|signs| weighted(signs, &[10, 9, 8, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11), &["9434765919"]);
    }

    #[test]
    fn letters_count_from_ten() {
        assert_eq!(remainder(&signs("WEST12345698765432GB82"), 97), 1);
    }
}
