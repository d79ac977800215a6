//! Attributes that the configuration gives, with the types that YAML gives their values.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;
use std::fmt;

/// Keys and values, in the order they were written. No key stands twice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attributes(Vec<(String, AttributeValue)>);

/// The value of an [`Attributes`] entry.
#[derive(Clone, Debug, PartialEq)]
pub enum AttributeValue {
    /// A text.
    Str(String),
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Double(f64),
}

impl Attributes {
    /// Keys and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &AttributeValue)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl AttributeValue {
    /// The same as OTLP has it.
    pub fn view(&self) -> pdata::view::AnyValue<'_> {
        use pdata::view::AnyValue;
        match self {
            AttributeValue::Str(text) => AnyValue::Str(text.as_str().into()),
            AttributeValue::Bool(value) => AnyValue::Bool(*value),
            AttributeValue::Int(value) => AnyValue::Int(*value),
            AttributeValue::Double(value) => AnyValue::Double(*value),
        }
    }
}

impl<'de> Deserialize<'de> for Attributes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Attributes, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Attributes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of attribute keys to values")
            }

            fn visit_unit<E: de::Error>(self) -> Result<Attributes, E> {
                Ok(Attributes::default())
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Attributes, A::Error> {
                let mut attributes = Attributes::default();
                while let Some((key, value)) = map.next_entry::<String, AttributeValue>()? {
                    if attributes.iter().any(|(known, _)| known == key) {
                        return Err(de::Error::custom(format!("attribute {key:?} is given twice")));
                    }
                    attributes.0.push((key, value));
                }
                Ok(attributes)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl<'de> Deserialize<'de> for AttributeValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<AttributeValue, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = AttributeValue;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an attribute's value: a text, a number, true or false")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<AttributeValue, E> {
                Ok(AttributeValue::Str(text.to_owned()))
            }

            fn visit_bool<E: de::Error>(self, value: bool) -> Result<AttributeValue, E> {
                Ok(AttributeValue::Bool(value))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<AttributeValue, E> {
                Ok(AttributeValue::Int(number))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<AttributeValue, E> {
                let number = i64::try_from(number).map_err(|_| {
                    E::custom("a whole number must fit 64 bits with a sign; write it as a text")
                })?;
                Ok(AttributeValue::Int(number))
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<AttributeValue, E> {
                Ok(AttributeValue::Double(number))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl Serialize for Attributes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl Serialize for AttributeValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            AttributeValue::Str(text) => serializer.serialize_str(text),
            AttributeValue::Bool(value) => serializer.serialize_bool(*value),
            AttributeValue::Int(value) => serializer.serialize_i64(*value),
            AttributeValue::Double(value) => serializer.serialize_f64(*value),
        }
    }
}

impl schemars::JsonSchema for Attributes {
    fn schema_name() -> Cow<'static, str> {
        "Attributes".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "object",
            "description": "Attributes: keys to texts, numbers, true or false. Types are kept.",
            "additionalProperties": { "type": ["string", "number", "boolean"] }
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn types_and_order_are_kept() {
        let text = r#"{"source":"weir","tier":1,"ratio":0.5,"prod":true}"#;
        let attributes: Attributes = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&attributes).unwrap(), text);
    }

    #[test]
    fn what_is_no_attribute_is_refused() {
        for broken in
            [r#"{"a":[1]}"#, r#"{"a":{}}"#, r#"{"a":1,"a":2}"#, r#"{"a":18446744073709551615}"#, "[]"]
        {
            assert!(serde_json::from_str::<Attributes>(broken).is_err(), "{broken}");
        }
    }
}
