//! What stands on documents. Passports and licences have no check digit that all share, so a word has to
//! say what they are.

use super::checks::weighted;
use super::dates::is_birth_date;
use super::form::Form;

fn has_digits(signs: &[u8]) -> bool {
    signs.iter().filter(|sign| **sign < 10).count() >= 5
}

pub static PASSPORT: Form = Form {
    written: &["XXXXXXXXX", "XXXXXXXX"],
    words: &[
        "passport",
        "passport no",
        "passport number",
        "reisepass",
        "reisepassnummer",
        "passnummer",
        "passeport",
        "pasaporte",
        "passaporto",
    ],
    said: true,
    is: has_digits,
};

pub static DRIVER_LICENSE: Form = Form {
    written: &[
        "XXXXXXXX",
        "XXXXXXXXX",
        "XXXXXXXXXX",
        "XXXXXXXXXXX",
        "XXXXXXXXXXXX",
        "XXXXXXXXXXXXX",
        "XXXXXXXXXXXXXX",
        "XXXXXXXXXXXXXXX",
        "XXXXXXXXXXXXXXXX",
    ],
    words: &[
        "driver license",
        "driver licence",
        "drivers license",
        "driver's license",
        "driving licence",
        "driving license",
        "dl number",
        "dl no",
        "führerschein",
        "führerscheinnummer",
        "permis de conduire",
    ],
    said: true,
    is: has_digits,
};

pub static DATE_OF_BIRTH: Form = Form {
    written: &[
        "9999-99-99",
        "9999/99/99",
        "9999.99.99",
        "99.99.9999",
        "99/99/9999",
        "99-99-9999",
        "9.9.9999",
        "9.99.9999",
        "99.9.9999",
        "9/9/9999",
        "9/99/9999",
        "99/9/9999",
        "99999999",
        "9_aaa_9999",
        "99_aaa_9999",
        "aaa_9,_9999",
        "aaa_99,_9999",
    ],
    words: &[
        "date of birth",
        "dob",
        "birth date",
        "birthdate",
        "birthday",
        "born",
        "geboren",
        "geburtsdatum",
        "né le",
        "née le",
        "date de naissance",
        "fecha de nacimiento",
        "data di nascita",
    ],
    said: true,
    is: is_birth_date,
};

/// The ninth sign checks the others (49 CFR 565.15).
pub static VIN: Form = Form {
    written: &["XXXXXXXXXXXXXXXXX"],
    words: &[],
    said: false,
    is: |signs| {
        /// What letters count, from A on; I, O and Q are none.
        const VALUES: [u8; 26] =
            [1, 2, 3, 4, 5, 6, 7, 8, 99, 1, 2, 3, 4, 5, 99, 7, 99, 9, 2, 3, 4, 5, 6, 7, 8, 9];
        const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
        let mut values = [0; 17];
        for (value, sign) in values.iter_mut().zip(signs) {
            *value = match sign.checked_sub(b'A') {
                Some(letter) => VALUES.get(usize::from(letter)).copied().unwrap_or(99),
                None => *sign,
            };
        }
        let expected = match (weighted(&values, &WEIGHTS) % 11) as u8 {
            10 => b'X',
            digit => digit,
        };
        !values.contains(&99) && signs.get(8) == Some(&expected) && has_digits(signs)
    },
};
