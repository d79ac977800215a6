//! Numbers that European states give to persons. The rules are those that python-stdnum collects.

use super::checks::{luhn, mod_11_10, remainder, weighted};
use super::dates::{is_day, two};
use super::form::Form;

/// National Insurance: some letters and pairs are never issued.
pub static UK_NINO: Form = Form {
    written: &["AA 99 99 99 A"],
    words: &[],
    said: false,
    is: |signs| {
        let [a, b, .., suffix] = signs else { return false };
        const NEVER: [&[u8; 2]; 7] = [b"BG", b"GB", b"KN", b"NK", b"NT", b"TN", b"ZZ"];
        !b"DFIQUV".contains(a)
            && !b"DFIOQUV".contains(b)
            && !NEVER.contains(&&[*a, *b])
            && (b'A'..=b'D').contains(suffix)
    },
};

pub static UK_NHS: Form = Form {
    written: &["999 999 9999"],
    words: &["nhs", "patient"],
    said: true,
    is: |digits| weighted(digits, &[10, 9, 8, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11) && !are_equal(digits),
};

/// The letter that stands behind a Spanish number.
fn is_spanish(number: u64, letter: u8) -> bool {
    b"TRWAGMYFPDXBNJZSQVHLCKE".get((number % 23) as usize) == Some(&letter)
}

pub static ES_NIF: Form = Form {
    written: &["99999999 A"],
    words: &[],
    said: false,
    is: |signs| matches!(signs, [digits @ .., letter] if is_spanish(remainder(digits, 23), *letter)),
};

pub static ES_NIE: Form = Form {
    written: &["A 9999999 A"],
    words: &[],
    said: false,
    is: |signs| match signs {
        [kind @ b'X'..=b'Z', digits @ .., letter] => {
            is_spanish(remainder([kind - b'X'].iter().chain(digits), 23), *letter)
        }
        _ => false,
    },
};

pub static IT_FISCAL_CODE: Form = Form {
    written: &["AAAAAA99A99A999A"],
    words: &[],
    said: false,
    is: |signs| {
        /// What signs at odd places count, from the first of the digits and the first of the letters on.
        const ODD: [u32; 26] =
            [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
        let Some((check, signs)) = signs.split_last() else { return false };
        let order = |sign: u8| if sign < 10 { sign } else { sign.wrapping_sub(b'A') };
        let value = |(at, sign): (usize, &u8)| match at % 2 {
            0 => ODD.get(usize::from(order(*sign))).copied().unwrap_or_default(),
            _ => order(*sign).into(),
        };
        let sum: u32 = signs.iter().enumerate().map(value).sum();
        let month = matches!(signs.get(8), Some(b'A'..=b'E' | b'H' | b'L' | b'M' | b'P' | b'R'..=b'T'));
        month && sum % 26 == u32::from(check.wrapping_sub(b'A'))
    },
};

pub static PL_PESEL: Form = Form {
    written: &["99999999999"],
    words: &["pesel"],
    said: true,
    is: |digits| {
        // The century is added to the month.
        is_day(two(digits, 2) % 20, two(digits, 4))
            && weighted(digits, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]).is_multiple_of(10)
    },
};

/// The sign between date and number says the century.
pub static FI_HETU: Form = Form {
    written: &["999999-999X", "999999+999X", "999999A999X"],
    words: &[],
    said: false,
    is: |signs| {
        let Some((check, signs)) = signs.split_last() else { return false };
        let century = signs.iter().find(|sign| **sign > 9);
        let digits = signs.iter().filter(|sign| **sign < 10);
        let expected = b"0123456789ABCDEFHJKLMNPRSTUVWXY".get(remainder(digits, 31) as usize);
        is_day(two(signs, 2), two(signs, 0))
            && century.is_none_or(|century| b"ABCDEFUVWXY".contains(century))
            && expected == Some(&if *check < 10 { check + b'0' } else { *check })
    },
};

pub static SE_PERSONNUMMER: Form = Form {
    written: &["999999 9999", "99999999 9999"],
    words: &["personnummer", "personnr", "person nummer", "pnr", "samordningsnummer"],
    said: true,
    is: |digits| {
        // A year may have its century; the check leaves it out. Coordination numbers add 60 to the day.
        let short = digits.get(digits.len().saturating_sub(10)..).unwrap_or_default();
        is_day(two(short, 2), two(short, 4) % 60) && luhn(short)
    },
};

pub static DE_TAX_ID: Form = Form {
    written: &["99 999 999 999"],
    words: &[
        "steuer id",
        "idnr",
        "tax id",
        "steuerid",
        "steueridentifikationsnummer",
        "identifikationsnummer",
        "tin",
    ],
    said: true,
    is: |digits| {
        // Of the first ten digits one stands there twice or three times.
        let ten = digits.get(..10).unwrap_or_default();
        let times = |digit: u8| ten.iter().filter(|it| **it == digit).count();
        let repeated = (0..10).filter(|digit| times(*digit) > 1).count();
        repeated == 1
            && (0..10).all(|digit| times(digit) <= 3)
            && digits.first() != Some(&0)
            && mod_11_10(digits)
    },
};

/// The key is what is missing to a multiple of 97. Corsica's departments are 2A and 2B.
pub static FR_NIR: Form = Form {
    written: &["9 99 99 99 999 999 99", "9 99 99 9A 999 999 99"],
    words: &[],
    said: false,
    is: |signs| {
        let Some((number, key)) = signs.split_last_chunk::<2>() else { return false };
        // Corsica counts as 19 and 18.
        let corsican = |letter: u8| if letter == b'A' { [1, 9] } else { [1, 8] };
        let rest = match number {
            [head @ .., 2, letter @ (b'A' | b'B'), a, b, c, d, e, f] => {
                let tail = [*a, *b, *c, *d, *e, *f];
                remainder(head.iter().chain(&corsican(*letter)).chain(&tail), 97)
            }
            _ if number.iter().any(|sign| *sign > 9) => return false,
            _ => remainder(number, 97),
        };
        matches!(number.first(), Some(1 | 2 | 7 | 8))
            && matches!(two(number, 3), 1..=12 | 20..=42 | 50..=99)
            && 97 - rest == u64::from(two(key, 0))
    },
};

pub static NL_BSN: Form = Form {
    written: &["9999 99 999", "9999.99.999"],
    words: &["bsn", "burgerservicenummer", "sofinummer", "burger service nummer"],
    said: true,
    is: |digits| weighted(digits, &[9, 8, 7, 6, 5, 4, 3, 2, 10]).is_multiple_of(11) && !are_equal(digits),
};

pub static TR_ID: Form = Form {
    written: &["99999999999"],
    words: &["kimlik", "tckn", "tc no", "tc kimlik"],
    said: true,
    is: |digits| {
        let sum = |from: usize, step: usize, to: usize| -> u32 {
            digits.iter().take(to).skip(from).step_by(step).map(|digit| u32::from(*digit)).sum()
        };
        let tenth = (sum(0, 2, 9) * 7 + 90 - sum(1, 2, 8)) % 10;
        digits.first() != Some(&0)
            && digits.get(9).is_some_and(|digit| u32::from(*digit) == tenth)
            && digits.get(10).is_some_and(|digit| u32::from(*digit) == sum(0, 1, 10) % 10)
    },
};

/// Checks take a number of zeros for valid.
fn are_equal(digits: &[u8]) -> bool {
    digits.iter().all(|digit| Some(digit) == digits.first())
}
