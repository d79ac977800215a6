//! Names of components as the configuration writes them: `type` or `type/name`.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;
use std::fmt;

/// `type[/name]`, by the Collector's grammar. Printed exactly as the operator wrote it (less
/// surrounding white space), aliases included: this is what metrics and logs are labelled with.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ComponentId {
    text: String,
    kind_len: usize,
}

/// Why a text is no component id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidId {
    /// Nothing there.
    #[error("id must not be empty")]
    Empty,
    /// `/x`
    #[error("in {0:?} id: the part before / should not be empty")]
    NoType(String),
    /// `x/`
    #[error("in {0:?} id: the part after / should not be empty")]
    NoName(String),
    /// A type that is not `[a-zA-Z][0-9a-zA-Z_]{0,62}`.
    #[error("in {0:?} id: invalid character(s) in type {1:?}")]
    BadType(String, String),
    /// A name with separators, control characters or symbols, or longer than 1024 characters.
    #[error("in {0:?} id: invalid character(s) in name {1:?}")]
    BadName(String, String),
}

impl ComponentId {
    /// Reads `type[/name]`; split at the first `/`, white space round both halves trimmed.
    pub fn parse(text: &str) -> Result<ComponentId, InvalidId> {
        if text.trim().is_empty() {
            return Err(InvalidId::Empty);
        }
        let (kind, name) = match text.split_once('/') {
            Some((kind, name)) => (kind.trim(), Some(name.trim())),
            None => (text.trim(), None),
        };
        if kind.is_empty() {
            return Err(InvalidId::NoType(text.into()));
        }
        let mut letters = kind.bytes();
        let starts_well = letters.next().is_some_and(|b| b.is_ascii_alphabetic());
        if !starts_well || kind.len() > 63 || !letters.all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            return Err(InvalidId::BadType(text.into(), kind.into()));
        }
        let Some(name) = name else {
            return Ok(ComponentId { text: kind.into(), kind_len: kind.len() });
        };
        if name.is_empty() {
            return Err(InvalidId::NoName(text.into()));
        }
        let refused = |c: char| c.is_whitespace() || c.is_control() || "$+<=>^`|~".contains(c);
        if name.chars().count() > 1024 || name.chars().any(refused) {
            return Err(InvalidId::BadName(text.into(), name.into()));
        }
        Ok(ComponentId { text: format!("{kind}/{name}"), kind_len: kind.len() })
    }

    /// The part before the slash: which component it is.
    pub fn kind(&self) -> &str {
        self.text.get(..self.kind_len).unwrap_or_default()
    }

    /// The part behind the slash, if any.
    pub fn name(&self) -> Option<&str> {
        self.text.get(self.kind_len + 1..)
    }

    /// The whole id.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for ComponentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for ComponentId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ComponentId, D::Error> {
        let text = String::deserialize(deserializer)?;
        ComponentId::parse(&text).map_err(de::Error::custom)
    }
}

impl Serialize for ComponentId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl schemars::JsonSchema for ComponentId {
    fn schema_name() -> Cow<'static, str> {
        "ComponentId".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "A component: `type` or `type/name`.",
            "pattern": "^\\s*[a-zA-Z][0-9a-zA-Z_]{0,62}\\s*(/.+)?$"
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_split_at_the_first_slash_and_trimmed() {
        let id = ComponentId::parse(" otlp / a/b ").unwrap();
        assert_eq!((id.kind(), id.name(), id.as_str()), ("otlp", Some("a/b"), "otlp/a/b"));
    }

    #[test]
    fn a_broken_id_says_which_part_is_wrong() {
        let say = |text: &str| ComponentId::parse(text).unwrap_err().to_string();
        assert_eq!(say(""), "id must not be empty");
        assert_eq!(say("x/"), "in \"x/\" id: the part after / should not be empty");
        assert_eq!(say("/x"), "in \"/x\" id: the part before / should not be empty");
        assert_eq!(say("1x"), "in \"1x\" id: invalid character(s) in type \"1x\"");
        assert_eq!(say("x/a b"), "in \"x/a b\" id: invalid character(s) in name \"a b\"");
    }
}
