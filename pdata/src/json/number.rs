//! Numbers out of their JSON text.

/// The length of the JSON number (RFC 8259 §6) that `text` starts with, if it starts with one.
pub(crate) fn number_len(text: &[u8]) -> Option<usize> {
    let digits = |at: usize| {
        let rest = text.get(at..).unwrap_or_default();
        rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
    };
    let mut at = usize::from(text.first() == Some(&b'-'));
    at += match (text.get(at), digits(at)) {
        (_, 0) => return None,
        // A leading zero stands alone: what follows it is not part of the number.
        (Some(b'0'), _) => 1,
        (_, digits) => digits,
    };
    if text.get(at) == Some(&b'.') {
        match digits(at + 1) {
            0 => return None,
            fraction => at += 1 + fraction,
        }
    }
    if let Some(b'e' | b'E') = text.get(at) {
        let sign = usize::from(matches!(text.get(at + 1), Some(b'+' | b'-')));
        match digits(at + 1 + sign) {
            0 => return None,
            exponent => at += 1 + sign + exponent,
        }
    }
    Some(at)
}

/// The value of a JSON number that is whole, exactly: `1.0`, `1e3` and `12e-1` followed by a zero
/// are decided by their digits, not by way of a double. `None` where it has a fraction or is beyond 128 bits.
pub(crate) fn whole(number: &str) -> Option<i128> {
    if let Ok(value) = number.parse::<i64>() {
        return Some(value.into());
    }
    let (negative, number) = match number.strip_prefix('-') {
        Some(number) => (true, number),
        None => (false, number),
    };
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let count = integer.len() + fraction.len();
    let digits = || integer.bytes().chain(fraction.bytes());
    let zeros = digits().rev().take_while(|digit| *digit == b'0').count();
    if zeros == count {
        return Some(0);
    }
    let mut value = 0i128;
    for digit in digits().take(count - zeros) {
        value = value.checked_mul(10)?.checked_add(i128::from(digit - b'0'))?;
    }
    let exponent = exponent.parse::<i32>().ok()?;
    let scale = i64::from(exponent) - fraction.len() as i64 + zeros as i64;
    value = value.checked_mul(10i128.checked_pow(u32::try_from(scale).ok()?)?)?;
    Some(if negative { -value } else { value })
}

/// The double that is nearest to a JSON number. `None` beyond the range of doubles.
pub(super) fn double(number: &str) -> Option<f64> {
    number.parse().ok().filter(|value: &f64| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_number_is_one_where_serde_json_says_so(text in "-?[0-9]{0,3}[.]?[0-9]{0,3}([eE][-+]?[0-9]{0,2})?") {
            let theirs = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
            prop_assert_eq!(number_len(text.as_bytes()) == Some(text.len()), theirs);
        }

        #[test]
        fn a_whole_number_is_exact_wherever_its_point_stands(value: i64, shift in 0usize..25, zeros in 0usize..25) {
            let expected = Some(i128::from(value));
            let zeros = "0".repeat(zeros);
            prop_assert_eq!(whole(&format!("{value}.0{zeros}")), expected);
            prop_assert_eq!(whole(&format!("{value}{zeros}e-{}", zeros.len())), expected);
            // The point moved to the left by `shift` digits.
            let digits = format!("{:0>30}", value.unsigned_abs());
            let (left, right) = digits.split_at(digits.len() - shift);
            let left = left.trim_start_matches('0');
            let left = if left.is_empty() { "0" } else { left };
            let sign = if value < 0 { "-" } else { "" };
            prop_assert_eq!(whole(&format!("{sign}{left}.{right}0E+{shift}")), expected);
        }
    }

    #[test]
    fn what_is_not_whole_is_not_rounded() {
        let far = "1.5e-9223372036854775808";
        for number in ["0.5", "1e-1", "15e-1", "9007199254740993.5", "1e39", "1e99999999999999999999", far] {
            assert_eq!(whole(number), None, "{number}");
        }
        assert_eq!(whole("18446744073709551615"), Some(u64::MAX.into()));
        assert_eq!(whole("9007199254740993.0"), Some(9_007_199_254_740_993));
        assert_eq!(whole("-0"), Some(0));
        assert_eq!(double("1.8e308"), None);
    }
}
