//! Checks of what a pattern finds: whether its check digits are right.

use super::super::detectors::checks::{luhn, remainder};
use super::settings::Validator;

impl Validator {
    /// Whether a find is one.
    pub fn accepts(self, found: &[u8]) -> bool {
        if self == Validator::None {
            return true;
        }
        // As the checks want them: digits as numbers, letters as capitals.
        let sign = |byte: &u8| match byte {
            b'0'..=b'9' => byte - b'0',
            letter => letter.to_ascii_uppercase(),
        };
        let signs: Vec<u8> = found.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(sign).collect();
        let is_digit = |sign: &u8| *sign <= 9;
        match self {
            Validator::None => true,
            Validator::Luhn => signs.len() > 1 && signs.iter().all(is_digit) && luhn(&signs),
            Validator::Mod97 => {
                // `FR14…`: a country, its check digits, and what they check.
                let is_iban = matches!(signs.as_slice(), [a, b, c, d, ..]
                    if !is_digit(a) && !is_digit(b) && is_digit(c) && is_digit(d));
                let (head, tail) = signs.split_at(if is_iban { 4 } else { 0 });
                signs.len() > 4 && remainder(tail.iter().chain(head), 97) == 1
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn right_check_digits_are_accepted_and_wrong_ones_are_not() {
        for (validator, found, expected) in [
            (Validator::None, "anything", true),
            (Validator::Luhn, "4111 1111-1111 1111", true),
            (Validator::Luhn, "4111111111111112", false),
            (Validator::Luhn, "79927398713", true),
            (Validator::Luhn, "4111a", false),
            (Validator::Luhn, "0", false),
            (Validator::Luhn, "", false),
            (Validator::Mod97, "DE89 3704 0044 0532 0130 00", true),
            (Validator::Mod97, "GB82WEST12345698765432", true),
            (Validator::Mod97, "GB82WEST12345698765433", false),
            // A legal entity identifier has its check digits at the end.
            (Validator::Mod97, "5493001KJTIIGC8Y1R12", true),
            (Validator::Mod97, "5493001KJTIIGC8Y1R13", false),
            (Validator::Mod97, "", false),
        ] {
            assert_eq!(validator.accepts(found.as_bytes()), expected, "{validator:?} {found}");
        }
    }
}
