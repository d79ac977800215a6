//! Values that are never shown.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;
use std::fmt;

/// What stands for a secret wherever one would be printed.
const REDACTED: &str = "[REDACTED]";

/// A text that prints, logs and serialises as `[REDACTED]`.
///
/// Not `serde(transparent)`: the name of the newtype tells the configuration's deserializer which
/// values never to quote in an error.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Secret(String);

impl Secret {
    /// Keeps `text` from being printed.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// The text itself, for the one place that has to send it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(REDACTED)
    }
}

impl schemars::JsonSchema for Secret {
    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "description": "A secret; never printed. Prefer ${env:NAME} or ${file:PATH}.", "writeOnly": true })
    }
}

/// A secret that must not stand in the configuration itself, but come into it as `${env:NAME}` or
/// `${file:PATH}`: a key that protects data for longer than a password lives.
///
/// The configuration's deserializer knows it by its name and refuses what is written out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretReference(Secret);

impl schemars::JsonSchema for SecretReference {
    fn schema_name() -> Cow<'static, str> {
        "SecretReference".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": r"^\$\{", "description": "A secret; never printed. ${env:NAME} or ${file:PATH}.", "writeOnly": true })
    }
}

impl SecretReference {
    /// Keeps `text` from being printed.
    pub fn new(text: impl Into<String>) -> SecretReference {
        SecretReference(Secret::new(text))
    }

    /// The text itself, for the one place that needs it.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// HTTP headers or gRPC metadata to send: a map, or a list of `{name, value}`. Values are secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, Secret)>);

impl Headers {
    /// Names and values, in the order they were written.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Secret)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn add<E: de::Error>(&mut self, name: String, value: Secret) -> Result<(), E> {
        if self.0.iter().any(|(known, _)| known.eq_ignore_ascii_case(&name)) {
            return Err(E::custom(format!("header {name:?} is given twice")));
        }
        self.0.push((name, value));
        Ok(())
    }
}

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Headers, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Header {
            name: String,
            value: Secret,
        }
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Headers;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of header names to values, or a list of {name, value}")
            }

            fn visit_unit<E: de::Error>(self) -> Result<Headers, E> {
                Ok(Headers::default())
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Headers, A::Error> {
                let mut headers = Headers::default();
                while let Some((name, value)) = map.next_entry()? {
                    headers.add(name, value)?;
                }
                Ok(headers)
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Headers, A::Error> {
                let mut headers = Headers::default();
                while let Some(Header { name, value }) = seq.next_element()? {
                    headers.add(name, value)?;
                }
                Ok(headers)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl Serialize for Headers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl schemars::JsonSchema for Headers {
    fn schema_name() -> Cow<'static, str> {
        "Headers".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let secret = generator.subschema_for::<Secret>();
        schemars::json_schema!({
            "description": "Headers to send: a map of names to values, or a list of {name, value}. Values are secrets.",
            "anyOf": [
                { "type": "object", "additionalProperties": secret },
                { "type": "array", "items": {
                    "type": "object", "required": ["name", "value"], "additionalProperties": false,
                    "properties": { "name": { "type": "string" }, "value": secret } } }
            ]
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_prints_itself() {
        let headers: Headers = serde_json::from_str(r#"{"authorization": "Bearer hunter2"}"#).unwrap();
        let shown = format!("{headers:?} {}", serde_json::to_string(&headers).unwrap());
        assert!(!shown.contains("hunter2"), "{shown}");
        assert_eq!(headers.iter().next().map(|(_, value)| value.expose()), Some("Bearer hunter2"));
    }
}
