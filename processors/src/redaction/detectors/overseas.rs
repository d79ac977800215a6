//! Numbers that states of Africa, America, Asia and Oceania give to persons and firms. The rules are those that
//! python-stdnum collects.

use super::checks::{luhn, verhoeff, weighted};
use super::dates::is_yymmdd;
use super::form::Form;

/// For those who pay taxes in the United States and have no social security number.
pub static US_ITIN: Form = Form {
    written: &["999 99 9999"],
    words: &["itin", "taxpayer id", "taxpayer identification", "tax id"],
    said: true,
    is: |digits| matches!(digits, [9, _, _, a, b, ..] if matches!(a * 10 + b, 50..=65 | 70..=88 | 90..=92 | 94..=99)),
};

pub static CA_SIN: Form = Form {
    written: &["999 999 999"],
    words: &["sin", "nas", "social insurance", "assurance sociale"],
    said: true,
    is: |digits| !matches!(digits.first(), Some(0 | 8)) && luhn(digits),
};

/// Two check digits, each over all before it.
fn is_brazilian(digits: &[u8], weights: &[u32]) -> bool {
    let check = |len: usize| {
        let of = weights.get(weights.len().saturating_sub(len)..).unwrap_or_default();
        weighted(digits.get(..len).unwrap_or_default(), of) * 10 % 11 % 10
    };
    let are_equal = digits.iter().all(|digit| Some(digit) == digits.first());
    let is_at = |at: usize| digits.get(at).is_some_and(|digit| u32::from(*digit) == check(at));
    !are_equal && is_at(digits.len() - 2) && is_at(digits.len() - 1)
}

fn is_cpf(digits: &[u8]) -> bool {
    is_brazilian(digits, &[11, 10, 9, 8, 7, 6, 5, 4, 3, 2])
}

fn is_cnpj(digits: &[u8]) -> bool {
    is_brazilian(digits, &[6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2])
}

/// Written in its own way it needs no word.
pub static BR_CPF: Form = Form { written: &["999.999.999-99"], words: &[], said: false, is: is_cpf };
pub static BR_CPF_PLAIN: Form =
    Form { written: &["99999999999"], words: &["cpf", "cadastro de pessoa"], said: true, is: is_cpf };

pub static BR_CNPJ: Form = Form { written: &["99.999.999/9999-99"], words: &[], said: false, is: is_cnpj };
pub static BR_CNPJ_PLAIN: Form =
    Form { written: &["99999999999999"], words: &["cnpj", "cadastro nacional"], said: true, is: is_cnpj };

pub static IN_AADHAAR: Form = Form {
    written: &["9999 9999 9999"],
    words: &["aadhaar", "aadhar", "uidai", "uid"],
    said: true,
    is: |digits| !matches!(digits.first(), Some(0 | 1)) && verhoeff(digits),
};

pub static AU_TFN: Form = Form {
    written: &["999 999 999"],
    words: &["tfn", "tax file"],
    said: true,
    is: |digits| weighted(digits, &[1, 4, 3, 7, 5, 8, 6, 9, 10]).is_multiple_of(11),
};

/// The first digit counts one less.
pub static AU_ABN: Form = Form {
    written: &["99 999 999 999"],
    words: &["abn", "business number"],
    said: true,
    is: |digits| {
        digits.first() != Some(&0) && weighted(digits, &[10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]) % 89 == 10
    },
};

pub static AU_MEDICARE: Form = Form {
    written: &["9999 99999 9"],
    words: &["medicare"],
    said: true,
    is: |digits| {
        let check = weighted(digits, &[1, 3, 7, 9, 1, 3, 7, 9]) % 10;
        matches!(digits, [2..=6, .., last, 1..=9] if u32::from(*last) == check)
    },
};

/// Citizens (S, T) and foreigners (F, G, M); the letter tells the century too.
pub static SG_NRIC: Form = Form {
    written: &["A9999999A"],
    words: &[],
    said: false,
    is: |signs| {
        let [kind, digits @ .., letter] = signs else { return false };
        let (offset, letters) = match kind {
            b'S' => (0, b"JZIHGFEDCBA"),
            b'T' => (4, b"JZIHGFEDCBA"),
            b'F' => (0, b"XWUTRQPNMLK"),
            b'G' => (4, b"XWUTRQPNMLK"),
            b'M' => (3, b"XWUTRQPNJLK"),
            _ => return false,
        };
        let sum = weighted(digits, &[2, 7, 6, 5, 4, 3, 2]) + offset;
        letters.get((sum % 11) as usize) == Some(letter)
    },
};

pub static KR_RRN: Form = Form {
    written: &["999999 9999999"],
    words: &[],
    said: false,
    is: |digits| {
        let sum = weighted(digits, &[2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]);
        is_yymmdd(digits, 0) && matches!(digits, [.., last] if u32::from(*last) == (11 - sum % 11) % 10)
    },
};

pub static TH_TNIN: Form = Form {
    written: &["9 9999 99999 99 9"],
    words: &["thai id", "tnin", "citizen id", "national id", "เลขประจำตัวประชาชน", "บัตรประชาชน"],
    said: true,
    is: |digits| {
        let sum = weighted(digits, &[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
        !matches!(digits.first(), Some(0 | 9))
            && digits.last().is_some_and(|last| u32::from(*last) == (11 - sum % 11) % 10)
    },
};

/// Begins with a date; the eleventh digit tells citizens from residents.
pub static ZA_ID: Form = Form {
    written: &["9999999999999"],
    words: &["id number", "identity number", "sa id", "za id", "id no"],
    said: true,
    is: |digits| is_yymmdd(digits, 0) && matches!(digits.get(10), Some(0..=2)) && luhn(digits),
};
