//! Days of the calendar, as they stand in numbers of persons.

/// Whether two digits each are a month and a day of it; years are not known well enough for leap years.
pub fn is_day(month: u8, day: u8) -> bool {
    let days = match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => return false,
    };
    (1..=days).contains(&day)
}

/// The number that two digits are.
pub fn two(digits: &[u8], at: usize) -> u8 {
    match digits.get(at..) {
        Some([tens, ones, ..]) => tens.wrapping_mul(10).wrapping_add(*ones),
        _ => 0,
    }
}

/// Whether digits from `at` on are two of a year, a month, a day.
pub fn is_yymmdd(digits: &[u8], at: usize) -> bool {
    is_day(two(digits, at + 2), two(digits, at + 4))
}

/// Whether signs are a date: year, month, day or day, month, year or month, day, year, with a name of
/// three letters for the month or two digits; one digit where a form allows it. Years of people.
pub fn is_birth_date(signs: &[u8]) -> bool {
    const MONTHS: [&[u8; 3]; 12] =
        [b"JAN", b"FEB", b"MAR", b"APR", b"MAY", b"JUN", b"JUL", b"AUG", b"SEP", b"OCT", b"NOV", b"DEC"];
    let month = |name: &[u8; 3]| MONTHS.iter().position(|month| *month == name).map_or(0, |at| at as u8 + 1);
    let year = |y: u8, z: u8| matches!(y, 19 | 20) && z < 100;
    let at = |index| two(signs, index);
    match *signs {
        [a @ b'A'..=b'Z', b, c, d, _, _, _, _] => is_day(month(&[a, b, c]), d) && year(at(4), at(6)),
        [a @ b'A'..=b'Z', b, c, ..] => is_day(month(&[a, b, c]), at(3)) && year(at(5), at(7)),
        [d, a @ b'A'..=b'Z', b, c, ..] => is_day(month(&[a, b, c]), d) && year(at(4), at(6)),
        [_, _, a @ b'A'..=b'Z', b, c, ..] => is_day(month(&[a, b, c]), at(0)) && year(at(5), at(7)),
        [_, _, _, _, _, _, _, _] => {
            is_day(at(4), at(6)) && year(at(0), at(2))
                || (is_day(at(0), at(2)) || is_day(at(2), at(0))) && year(at(4), at(6))
        }
        // One digit for the day or the month.
        [a, b, c, _, _, _, _] => {
            (is_day(c, at(0)) || is_day(at(0), c) || is_day(at(1), a) || is_day(a, two(&[b, c], 0)))
                && year(at(3), at(5))
        }
        [a, b, _, _, _, _] => (is_day(b, a) || is_day(a, b)) && year(at(2), at(4)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_birth_are_told_from_other_numbers() {
        for valid in
            ["19800229", "28021980", "12311999", "1JAN1980", "31DEC2001", "FEB291980", "FEB91980", "931980"]
        {
            assert!(is_birth_date(&signs(valid)), "{valid}");
        }
        for none in ["19801301", "32011980", "11112345", "30FEB1980", "1XYZ1980", "123", ""] {
            assert!(!is_birth_date(&signs(none)), "{none}");
        }
    }

    fn signs(text: &str) -> Vec<u8> {
        text.bytes().map(|byte| if byte.is_ascii_digit() { byte - b'0' } else { byte }).collect()
    }
}
