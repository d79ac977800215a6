//! What belongs to a pattern: what has to be near its finds, and what becomes of them.

use super::super::by::By;
use super::super::patterns::Patterns;
use super::super::settings::{CustomDetector, Validator};
use super::Unless;
use crate::redaction::action::Action;
use crate::redaction::hits::MASK;
use std::ops::Range;

/// How far before a find its context may stand, in bytes.
const CONTEXT: usize = 40;

/// Who finds something.
pub struct Finder {
    pub by: By,
    keywords: Option<Patterns>,
    context: Option<Patterns>,
    validator: Validator,
    pub action: Action,
}

/// What is the same for all finds of one pattern in a text.
#[derive(Clone, Copy)]
pub struct Around {
    /// Whether its detector looks, and the keywords are there.
    pub(super) is_right: bool,
    /// Whether no context is needed but that of the key.
    has_context: bool,
}

impl Finder {
    /// What finds with nothing else near.
    pub fn of(by: By) -> Finder {
        Finder { by, keywords: None, context: None, validator: Validator::None, action: Action::Mask }
    }

    /// The custom detector with this number.
    pub fn custom(number: usize, detector: &CustomDetector) -> Result<Finder, String> {
        Ok(Finder {
            by: By::Custom(number),
            keywords: words(&detector.keywords)?,
            context: words(&detector.context)?,
            validator: detector.validator,
            action: detector.action,
        })
    }

    /// What is around its finds in a text, the value of `key` if it has one.
    pub fn around(&self, key: &[u8], text: &[u8], unless: Unless<'_>) -> Around {
        let looks = match self.by {
            By::Custom(number) => !unless.skipped.contains(&number),
            _ => !unless.allowed,
        };
        Around {
            is_right: looks && self.keywords.as_ref().is_none_or(|words| words.is_match(text)),
            has_context: self.context.as_ref().is_none_or(|words| words.is_match(key)),
        }
    }

    /// Whether a find of its pattern is one.
    pub fn accepts(&self, text: &[u8], range: &Range<usize>, around: Around) -> bool {
        let found = text.get(range.clone()).unwrap_or_default();
        let before = text.get(range.start.saturating_sub(CONTEXT)..range.start).unwrap_or_default();
        let near = |words: &Patterns| words.is_match(before);
        // What stands in the place of a find is none.
        around.is_right
            && found != MASK.as_bytes()
            && self.validator.accepts(found)
            && (around.has_context || self.context.as_ref().is_some_and(near))
    }
}

/// A pattern that finds one of the words, whatever its case; none where there are no words.
fn words(words: &[String]) -> Result<Option<Patterns>, String> {
    if words.is_empty() {
        return Ok(None);
    }
    let any = words.iter().map(|word| regex_syntax::escape(word)).collect::<Vec<_>>().join("|");
    Patterns::new([format!("(?i:{any})").as_str()]).map(Some)
}
