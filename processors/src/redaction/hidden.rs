//! What becomes of a value, as both walks say it.

use super::action::Action;
use pdata::Pair;
use pdata::view::{AnyValue, Text, TextBuf};

/// What becomes of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hidden {
    /// Nothing, also where something was found that is only counted.
    Nothing,
    /// Another text stands in its place.
    Text,
    /// It becomes empty.
    Value,
    /// Its attribute is taken out.
    Pair,
}

impl Hidden {
    /// What an action makes of the value that something was found in.
    pub fn by(action: Action) -> Hidden {
        match action {
            Action::Tag => Hidden::Nothing,
            Action::DropKey => Hidden::Pair,
            Action::DropValue => Hidden::Value,
            _ => Hidden::Text,
        }
    }

    /// What stands in the place of something that is no attribute's value; `text`, where it is a text.
    pub fn instead(self, text: &TextBuf) -> Option<Text<'_>> {
        match self {
            Hidden::Nothing => None,
            Hidden::Text => Some(text.as_text()),
            Hidden::Value | Hidden::Pair => Some(Text::default()),
        }
    }

    /// What becomes of an attribute: `text` stands in the place of its value, where it is a text, and `key`, if
    /// there is one, in that of its key.
    pub fn pair<'t>(self, key: Option<Text<'t>>, value: &AnyValue<'_>, text: &'t TextBuf) -> Pair<'t> {
        let new = match self {
            Hidden::Nothing => None,
            Hidden::Text => Some(match value {
                AnyValue::Bytes(_) => AnyValue::Bytes(text.as_text().as_bytes()),
                _ => AnyValue::Str(text.as_text()),
            }),
            Hidden::Value => Some(AnyValue::Empty),
            Hidden::Pair => return Pair::Remove,
        };
        match (key, new) {
            (None, None) if matches!(value, AnyValue::Array(_) | AnyValue::Map(_)) => Pair::Inside,
            (None, None) => Pair::Keep,
            (key, value) => Pair::Set { key, value },
        }
    }
}
