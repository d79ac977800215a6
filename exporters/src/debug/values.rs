//! How values are printed, as the Collector prints them.

use jiff::Timestamp;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use std::fmt::{self, Display, Formatter, Write};

/// `Str(text)`, `Int(1)`, `Map({"a":"b"})` …
pub struct Typed<'a>(pub Option<&'a AnyValue>);

/// The value alone: `text`, `1`, `{"a":"b"}` …
pub struct Plain<'a>(pub Option<&'a AnyValue>);

/// The same inside an array or a map: texts quoted.
struct Nested<'a>(Option<&'a AnyValue>);

/// Lower-case hex.
pub struct Hex<'a>(pub &'a [u8]);

/// `2022-10-25 08:51:07.000000001 +0000 UTC`, from nanoseconds since the Unix epoch.
pub struct Time(pub u64);

impl Display for Typed<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let kind = match self.0.and_then(|value| value.value.as_ref()) {
            None => "Empty",
            Some(Value::StringValue(_)) => "Str",
            Some(Value::BoolValue(_)) => "Bool",
            Some(Value::IntValue(_) | Value::StringValueStrindex(_)) => "Int",
            Some(Value::DoubleValue(_)) => "Double",
            Some(Value::ArrayValue(_)) => "Slice",
            Some(Value::KvlistValue(_)) => "Map",
            Some(Value::BytesValue(_)) => "Bytes",
        };
        write!(f, "{kind}({})", Plain(self.0))
    }
}

impl Display for Plain<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0.and_then(|value| value.value.as_ref()) {
            None => Ok(()),
            Some(Value::StringValue(text)) => f.write_str(text),
            Some(Value::BoolValue(value)) => write!(f, "{value}"),
            Some(Value::IntValue(value)) => write!(f, "{value}"),
            Some(Value::StringValueStrindex(index)) => write!(f, "{index}"),
            Some(Value::DoubleValue(value)) => write!(f, "{value}"),
            Some(Value::BytesValue(bytes)) => write!(f, "{}", Hex(bytes)),
            Some(Value::ArrayValue(array)) => {
                list(f, ('[', ']'), array.values.iter().map(|value| Nested(Some(value))))
            }
            Some(Value::KvlistValue(map)) => list(f, ('{', '}'), map.values.iter().map(Entry)),
        }
    }
}

impl Display for Nested<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0.and_then(|value| value.value.as_ref()) {
            None => f.write_str("null"),
            Some(Value::StringValue(text)) => write!(f, "{text:?}"),
            Some(Value::BytesValue(bytes)) => write!(f, "\"{}\"", Hex(bytes)),
            Some(_) => Plain(self.0).fmt(f),
        }
    }
}

struct Entry<'a>(&'a KeyValue);

impl Display for Entry<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}:{}", self.0.key, Nested(self.0.value.as_ref()))
    }
}

fn list(
    f: &mut Formatter<'_>,
    (open, close): (char, char),
    items: impl Iterator<Item = impl Display>,
) -> fmt::Result {
    f.write_char(open)?;
    for (place, item) in items.enumerate() {
        if place > 0 {
            f.write_char(',')?;
        }
        item.fmt(f)?;
    }
    f.write_char(close)
}

impl Display for Hex<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Display for Time {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match Timestamp::from_nanosecond(i128::from(self.0)) {
            Ok(time) => write!(f, "{} +0000 UTC", time.strftime("%Y-%m-%d %H:%M:%S%.f")),
            Err(_) => write!(f, "{} ns", self.0),
        }
    }
}
