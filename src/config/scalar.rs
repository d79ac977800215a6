//! What a plain YAML scalar means: the 1.2 core schema, plus the octal, binary and underscore
//! spellings of integers that the Collector's parser takes.

/// The meaning of a scalar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Typed {
    /// Nothing, `~` or `null`.
    Null,
    /// `true` or `false`; `yes` and `on` are strings.
    Bool(bool),
    /// A whole number that fits 64 bits, signed or not.
    Int(i128),
    /// Any other number.
    Float(f64),
    /// Everything else.
    Str,
}

/// Reads the text of an unquoted scalar.
pub fn resolve(text: &str) -> Typed {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Typed::Null,
        "true" | "True" | "TRUE" => Typed::Bool(true),
        "false" | "False" | "FALSE" => Typed::Bool(false),
        ".nan" | ".NaN" | ".NAN" => Typed::Float(f64::NAN),
        _ => number(text),
    }
}

fn number(text: &str) -> Typed {
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, text.get(1..).unwrap_or_default()),
        Some(b'+') => (false, text.get(1..).unwrap_or_default()),
        _ => (false, text),
    };
    if matches!(digits, ".inf" | ".Inf" | ".INF") {
        return Typed::Float(if negative { f64::NEG_INFINITY } else { f64::INFINITY });
    }
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return Typed::Str;
    }
    let digits = digits.replace('_', "");
    if let Some(value) = integer(&digits) {
        let value = if negative { -value } else { value };
        if (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&value) {
            return Typed::Int(value);
        }
    }
    let decimal = digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
    match digits.parse::<f64>() {
        Ok(value) if decimal => Typed::Float(if negative { -value } else { value }),
        _ => Typed::Str,
    }
}

/// An unsigned integer by its prefix. A leading zero alone is octal, as in YAML 1.1: the Collector
/// reads `0123` as 83.
fn integer(digits: &str) -> Option<i128> {
    let (digits, radix) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (digits.get(2..)?, 16),
        [b'0', b'o' | b'O', ..] => (digits.get(2..)?, 8),
        [b'0', b'b' | b'B', ..] => (digits.get(2..)?, 2),
        [b'0', _, ..] => (digits.get(1..)?, 8),
        _ => (digits, 10),
    };
    // from_str_radix takes a sign of its own, which would let `0x-1` through.
    if !digits.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    i128::from_str_radix(digits, radix).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_mean_what_the_collector_reads() {
        for (text, typed) in [
            ("0123", Typed::Int(83)),
            ("0xdeadbeef", Typed::Int(3_735_928_559)),
            ("0o17", Typed::Int(15)),
            ("0b101", Typed::Int(5)),
            ("1_000", Typed::Int(1000)),
            ("-0x10", Typed::Int(-16)),
            ("18446744073709551615", Typed::Int(u64::MAX.into())),
            ("18446744073709551616", Typed::Float(18_446_744_073_709_551_616.0)),
            ("1e3", Typed::Float(1000.0)),
            (".5", Typed::Float(0.5)),
            ("-.inf", Typed::Float(f64::NEG_INFINITY)),
            ("true", Typed::Bool(true)),
            ("~", Typed::Null),
            ("", Typed::Null),
        ] {
            assert_eq!(resolve(text), typed, "{text}");
        }
        for text in ["yes", "on", "t", "y", "1.2.3", "0x", "0x-1", "5s", "infinity", "1:30", "-", "."] {
            assert_eq!(resolve(text), Typed::Str, "{text}");
        }
    }
}
