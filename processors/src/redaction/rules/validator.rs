//! Checks of what a pattern finds: whether its check digits are right.

use super::settings::Validator;

impl Validator {
    /// Whether a find is one.
    pub fn accepts(self, found: &[u8]) -> bool {
        let signs = found.iter().copied().filter(u8::is_ascii_alphanumeric);
        match self {
            Validator::None => true,
            Validator::Luhn => luhn(signs),
            Validator::Mod97 => mod_97(&signs.collect::<Vec<u8>>()),
        }
    }
}

/// Luhn's check digit; letters have none.
fn luhn(signs: impl DoubleEndedIterator<Item = u8>) -> bool {
    let mut sum = 0u32;
    let mut len = 0;
    for (at, sign) in signs.rev().enumerate() {
        let Some(digit) = char::from(sign).to_digit(10) else { return false };
        sum = (sum + if at % 2 == 1 { digit * 2 / 10 + digit * 2 % 10 } else { digit }) % 10;
        len = at + 1;
    }
    len > 1 && sum == 0
}

/// ISO 7064 MOD 97-10, letters being 10 to 35.
fn mod_97(signs: &[u8]) -> bool {
    // `FR14…`: a country, its check digits, and what they check.
    let is_iban = matches!(signs, [a, b, c, d, ..]
        if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() && c.is_ascii_digit() && d.is_ascii_digit());
    let (head, tail) = signs.split_at_checked(4).filter(|_| is_iban).unwrap_or((&[], signs));
    let remainder = tail.iter().chain(head).try_fold(0u32, |rest, sign| {
        let value = char::from(*sign).to_digit(36)?;
        Some((rest * if value > 9 { 100 } else { 10 } + value) % 97)
    });
    signs.len() > 4 && remainder == Some(1)
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
