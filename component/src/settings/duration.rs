//! Durations as the Collector writes them: `300ms`, `1.5h`, `1m30s`.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

/// A span of time in Go's syntax: numbers with a unit each (`ns us ms s m h`). A bare number is an
/// error, except 0: the Collector reads `5` as five nanoseconds, which nobody ever means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duration(pub std::time::Duration);

impl Duration {
    /// Whole seconds.
    pub const fn secs(seconds: u64) -> Duration {
        Duration(std::time::Duration::from_secs(seconds))
    }

    /// Milliseconds.
    pub const fn millis(milliseconds: u64) -> Duration {
        Duration(std::time::Duration::from_millis(milliseconds))
    }

    /// Reads Go's syntax.
    pub fn parse(text: &str) -> Result<Duration, String> {
        let text = text.trim();
        let wrong = || format!("{text:?} is no duration; write a number with a unit: 300ms, 5s, 1.5h, 1m30s");
        if text == "0" {
            return Ok(Duration::default());
        }
        if text.starts_with('-') {
            return Err(format!("{text:?} is negative; a duration here is 0s or more"));
        }
        if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
            return Err(format!(
                "a duration needs a unit: write {text}s for seconds or {text}ms for milliseconds"
            ));
        }
        let mut rest = text;
        let mut total = 0f64;
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(wrong)?;
            let (number, tail) = rest.split_at(digits);
            let number: f64 = number.parse().map_err(|_| wrong())?;
            let unit = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
            let (unit, tail) = tail.split_at(unit);
            total += number
                * match unit {
                    "ns" => 1e-9,
                    "us" | "µs" | "μs" => 1e-6,
                    "ms" => 1e-3,
                    "s" => 1.0,
                    "m" => 60.0,
                    "h" => 3600.0,
                    _ => return Err(wrong()),
                };
            rest = tail;
        }
        if text.is_empty() {
            return Err(wrong());
        }
        // Rounded to nanoseconds: 0.3 s must not become 299.999999 ms.
        let nanos = (total * 1e9).round();
        if nanos > u64::MAX as f64 {
            return Err(format!("{text:?} is longer than 584 years"));
        }
        Ok(Duration(std::time::Duration::from_nanos(nanos as u64)))
    }
}

impl Deref for Duration {
    type Target = std::time::Duration;

    fn deref(&self) -> &std::time::Duration {
        &self.0
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0.as_nanos();
        for (unit, size) in [("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000)] {
            if nanos >= size && nanos.is_multiple_of(size) {
                return write!(f, "{}{unit}", nanos / size);
            }
        }
        match nanos {
            0 => f.write_str("0s"),
            n if n % 1_000_000 == 0 => write!(f, "{}ms", n / 1_000_000),
            n if n % 1_000 == 0 => write!(f, "{}us", n / 1_000),
            n => write!(f, "{n}ns"),
        }
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Duration;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a duration with its unit, such as 300ms, 5s or 1.5h")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Duration, E> {
                Duration::parse(text).map_err(E::custom)
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Duration, E> {
                Duration::parse(&number.to_string()).map_err(E::custom)
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Duration, E> {
                Duration::parse(&number.to_string()).map_err(E::custom)
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Duration, E> {
                Duration::parse(&number.to_string()).map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl schemars::JsonSchema for Duration {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": ["string", "integer"],
            "description": "A span of time with its unit: 300ms, 5s, 1.5h, 1m30s.",
            "pattern": r"^\s*(0|(([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)\s*$",
            // As a number 0 only.
            "minimum": 0,
            "maximum": 0
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn go_durations_are_read_and_printed() {
        for (text, printed) in
            [("300ms", "300ms"), ("1.5h", "90m"), ("1m30s", "90s"), ("0", "0s"), ("10us", "10us")]
        {
            assert_eq!(Duration::parse(text).unwrap().to_string(), printed);
        }
    }

    #[test]
    fn a_bare_number_is_an_error_that_shows_the_unit() {
        assert!(Duration::parse("5").unwrap_err().contains("5s"));
        for broken in ["", "s", "5 s", "5x", "1s2", "-1s", "1e3s", "1..2s"] {
            assert!(Duration::parse(broken).is_err(), "{broken}");
        }
    }
}
