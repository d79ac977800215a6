//! What becomes of a value.

use super::super::by::By;
use super::super::finders::Unless;
use super::super::keys::Known;
use super::super::sanitize::Sanitized;
use super::super::summary::Outcome;
use super::hiding::{Hiding, count};
use crate::redaction::count::Place;
use crate::redaction::hidden::Hidden;
use crate::redaction::hits::MASK;
use pdata::view::{AnyValue, Text, TextBuf};

/// Whose value it is.
pub struct Subject<'k> {
    /// Its key, or what stands in the place of that; empty where it has none.
    pub key: &'k str,
    pub known: &'k Known,
    pub place: Place,
    pub kind: Kind,
}

/// What sanitisers take a text for.
#[derive(Clone, Copy)]
pub enum Kind {
    Attribute,
    SpanName,
    Body,
    /// Nothing that they know.
    Other,
}

impl Subject<'_> {
    /// That of a body, of the element of an array or of a field.
    pub fn without_key(place: Place, kind: Kind) -> Subject<'static> {
        Subject { key: "", known: &Known::NOTHING_SAID, place, kind }
    }
}

impl Hiding<'_> {
    /// What becomes of a value; what stands in its place, if it is a text, is written to `out`.
    pub fn value(&mut self, of: &Subject<'_>, value: &AnyValue<'_>, out: &mut TextBuf) -> Hidden {
        let is_blocked = of.known.blocked;
        match value {
            AnyValue::Str(text) => self.text(of, *text, out),
            AnyValue::Bytes(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => self.text(of, text.into(), out),
                // What is no text is not looked into.
                Err(_) if is_blocked => self.whole(By::BlockedKeys, of, out),
                Err(_) => Hidden::Nothing,
            },
            AnyValue::Array(_) | AnyValue::Map(_) if is_blocked => self.whole(By::BlockedKeys, of, out),
            AnyValue::Array(_) | AnyValue::Map(_) if self.rules.all_types && self.is_sanitized(of) => {
                self.whole(By::Sanitizer, of, out)
            }
            _ => match scalar_text(value) {
                Some(text) if self.rules.all_types || of.place == Place::Body => {
                    self.text(of, text.as_str().into(), out)
                }
                // Where it is no text, it is no allowed one.
                Some(text) if is_blocked => self.blocked(of, text.as_str().into(), out),
                _ => Hidden::Nothing,
            },
        }
    }

    /// The same of a text.
    pub fn text(&mut self, of: &Subject<'_>, text: Text<'_>, out: &mut TextBuf) -> Hidden {
        let rules = self.rules;
        if text.as_bytes().len() > rules.limit {
            return self.whole(By::Size, of, out);
        }
        // In a body a blocked key goes before.
        let goes_before = of.known.blocked && of.place == Place::Body;
        if !goes_before && rules.finders.allows(text.as_bytes()) {
            self.record.tell(Outcome::Allowed, of.place, of.key);
            return self.search(of, text, true, out);
        }
        let hidden = match of.known.blocked {
            true => self.blocked(of, text, out),
            false => self.search(of, text, false, out),
        };
        self.sanitize(hidden, of, text, out)
    }

    /// What becomes of a text in which something may be found.
    fn search(&mut self, of: &Subject<'_>, text: Text<'_>, allowed: bool, out: &mut TextBuf) -> Hidden {
        let (rules, path) = (self.rules, &self.record.path);
        let skipped = of.known.exception.and_then(|number| rules.exceptions.get(number));
        let unless = Unless {
            allowed,
            skipped: skipped.map_or(&[], |skip| skip.custom.as_slice()),
            is_body: of.place == Place::Body && of.key.is_empty() && path.is_empty(),
        };
        let near = if of.key.is_empty() { path.keys().unwrap_or_default() } else { of.key };
        let (near, bytes) = (near.as_bytes(), text.as_bytes());
        let Some(found) = rules.finders.look(near, bytes, &self.spots, unless, &mut self.scratch) else {
            return Hidden::Nothing;
        };
        let hidden = count(&found, of.place, &mut self.tally, &mut self.record);
        if hidden == Hidden::Nothing {
            return hidden;
        }
        self.record.tell(Outcome::Masked, of.place, of.key);
        match found.replace(text, self.actions, &self.tenant, out) {
            Some(()) => hidden,
            None => self.whole(By::Failed, of, out),
        }
    }

    /// What becomes of the value of a blocked key.
    fn blocked(&mut self, of: &Subject<'_>, text: Text<'_>, out: &mut TextBuf) -> Hidden {
        if text == MASK {
            return Hidden::Nothing;
        }
        self.count_masked(By::BlockedKeys, of);
        out.clear();
        self.rules.finders.put_masked(text, out);
        Hidden::Text
    }

    /// Hides all of a value.
    fn whole(&mut self, by: By, of: &Subject<'_>, out: &mut TextBuf) -> Hidden {
        self.count_masked(by, of);
        out.clear();
        out.push(MASK.into());
        Hidden::Text
    }

    fn count_masked(&mut self, by: By, of: &Subject<'_>) {
        self.tally.add(by, of.place);
        self.record.tell(Outcome::Masked, of.place, of.key);
    }

    /// Whether a sanitiser is for an attribute.
    fn is_sanitized(&self, of: &Subject<'_>) -> bool {
        let lists = self.rules.sanitizers.as_ref().is_some_and(|sanitizers| sanitizers.lists(of.key));
        matches!(of.kind, Kind::Attribute) && lists
    }

    /// What becomes of a text that a sanitiser may know; `hidden` is what became of it so far, and `out` has what stands in its
    /// place.
    fn sanitize(&mut self, hidden: Hidden, of: &Subject<'_>, text: Text<'_>, out: &mut TextBuf) -> Hidden {
        let Some(sanitizers) = self.rules.sanitizers.as_ref() else { return hidden };
        let text = match hidden {
            Hidden::Nothing => text,
            Hidden::Text if out.as_text() != MASK => out.as_text(),
            _ => return hidden,
        };
        let system = self.record.system_in(of.place);
        let sanitized = match of.kind {
            Kind::Attribute => sanitizers.attribute(of.key, text.as_str(), system),
            Kind::SpanName => sanitizers.span_name(text.as_str(), system),
            Kind::Body => sanitizers.body(text.as_str()),
            Kind::Other => return hidden,
        };
        match sanitized {
            Sanitized::Same => hidden,
            Sanitized::Text(text) => {
                self.count_masked(By::Sanitizer, of);
                out.clear();
                out.push(text.as_str().into());
                Hidden::Text
            }
            Sanitized::Unreadable => self.whole(By::Sanitizer, of, out),
        }
    }
}

/// A number or a truth value as JavaScript writes it.
fn scalar_text(value: &AnyValue<'_>) -> Option<String> {
    match value {
        AnyValue::Bool(value) => Some(value.to_string()),
        AnyValue::Int(value) => Some(value.to_string()),
        AnyValue::Double(value) => Some(match value.abs() {
            small if small > 0.0 && small < 1e-6 => format!("{value:e}"),
            large if large >= 1e21 && large.is_finite() => format!("{value:e}").replace('e', "e+"),
            _ => value.to_string(),
        }),
        _ => None,
    }
}
