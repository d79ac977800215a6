//! Applies the operator's rules to every attribute and text of a request.
//!
//! In the order of the Collector's `redaction` processor: an ignored attribute stays, one that is not
//! allowed is taken out, an allowed value stays, a blocked key's value is hidden, and then what patterns find.
//!
//! [`Walk`] asks, for each, [`Hiding`] what becomes of it, [by its key](key) and [by its value](value); what it does to a
//! record is [told](record) at its end.

mod hiding;
mod key;
mod path;
mod record;
mod value;

use super::super::action::Actions;
use super::super::count::{Place, Tally};
use super::super::hidden::Hidden;
use super::Rules;
use super::by::By;
use super::finders::Scratch;
use super::keys::Memo;
use super::sanitize::System;
use super::spots::Spots;
use super::summary::Outcome;
use hiding::Hiding;
use pdata::schema::{ANY_VALUE, Field, Message};
use pdata::view::{AnyValue, KeyValue, ResourceGroup, Text, TextBuf};
use pdata::{Additions, Edit, Pair, Whole};
use value::{Kind, Subject};

/// What is kept from one request for the next: what is known of keys, and room.
#[derive(Default)]
pub struct Memos {
    pub keys: Memo,
    pub spots: Spots,
    pub scratch: Scratch,
}

/// One request's walk.
pub struct Walk<'r> {
    hiding: Hiding<'r>,
    /// Room for what stands in the place of a key and of a value, from which the answers borrow.
    masked_key: TextBuf,
    masked: TextBuf,
}

impl<'r> Walk<'r> {
    /// Applies the rules to one request, in which the patterns' spots were found.
    pub fn new(rules: &'r Rules, actions: &'r Actions, memos: Memos) -> Walk<'r> {
        Walk {
            hiding: Hiding::new(rules, actions, memos),
            masked_key: TextBuf::default(),
            masked: TextBuf::default(),
        }
    }

    /// What was hidden, and what is kept for the next request.
    pub fn end(self) -> (Tally<By>, Memos) {
        self.hiding.end()
    }

    /// Whether nothing is to be done about a part of the request, where texts alone count.
    #[inline]
    pub fn has_nothing(&self, part: &[u8]) -> bool {
        self.hiding.has_nothing(part)
    }
}

impl<'a> Edit<'a> for Walk<'_> {
    fn container(&mut self, of: &'static Message, container: &'a [u8]) {
        if matches!(of.name, "ResourceLogs" | "ResourceSpans" | "ResourceMetrics") {
            self.hiding.tenant = self.hiding.actions.tenant(&ResourceGroup::parse(container));
        }
    }

    fn part(&mut self, of: &'static Message, part: &'a [u8]) -> bool {
        if let Some(sanitizers) = self.hiding.rules.sanitizers.as_ref()
            && matches!(of.name, "Resource" | "InstrumentationScope" | "Event" | "Link")
        {
            self.hiding.record.system_of_part = sanitizers.system(of, part);
        }
        true
    }

    fn record(&mut self, of: &'static Message, record: &'a [u8], _: &mut Additions<'_>) -> Whole {
        let hiding = &mut self.hiding;
        if hiding.has_nothing(record) && !hiding.has_scalars(of, record) {
            return Whole::Behind;
        }
        let sanitizers = hiding.rules.sanitizers.as_ref();
        hiding.record.begin(sanitizers.map_or(System::Unsaid, |sanitizers| sanitizers.system(of, record)));
        Whole::Inside
    }

    fn seen(&mut self, add: &mut Additions<'_>) -> Whole {
        self.hiding.record.end(add)
    }

    fn text_pair(&mut self, of: &'static Message, raw: &'a [u8], key: Text<'a>, text: Text<'a>) -> Pair<'_> {
        // Nearly all are plain, and nothing is in them.
        let hiding = &mut self.hiding;
        if hiding.has_nothing(raw) || hiding.is_clean(text.as_bytes()) && hiding.known(key).is_plain() {
            return Pair::Keep;
        }
        self.pair(of, &KeyValue { key, value: AnyValue::Str(text), raw })
    }

    fn pair(&mut self, of: &'static Message, pair: &KeyValue<'a>) -> Pair<'_> {
        let Walk { hiding, masked_key, masked } = self;
        let is_entry = of.name == "KeyValueList";
        // What a body's number says is not in the request.
        let may_hold_scalars = is_entry && pair.value.as_text().is_none();
        if hiding.has_nothing(pair.raw) && !may_hold_scalars {
            return Pair::Keep;
        }
        hiding.record.path.come_to(pair.raw);
        let place = hiding.whereabouts.of(of, pair.raw);
        if !is_entry && hiding.takes_summary(place, pair) {
            return Pair::Remove;
        }
        let known = hiding.known_of(of, pair);
        let masked_key = match known.found {
            true => Some(hiding.mask_key(pair.key, masked_key)),
            false => None,
        };
        let key = masked_key.unwrap_or(pair.key);
        if known.ignored {
            hiding.record.tell(Outcome::Ignored, place, key.as_str());
            return Pair::Keep;
        }
        // What is in an allowed attribute is allowed; a body's entries need it one by one.
        let needs_allowing = !is_entry || place == Place::Body;
        if needs_allowing && !known.allowed {
            hiding.tally.add(By::AllowedKeys, place);
            hiding.record.tell(Outcome::Redacted, place, key.as_str());
            return Pair::Remove;
        }
        if known.found && hiding.hide_key(pair.key, key, place) == Hidden::Pair {
            return Pair::Remove;
        }
        let kind = if is_entry { Kind::Other } else { Kind::Attribute };
        let subject = Subject { key: key.as_str(), known: &known, place, kind };
        let hidden = hiding.value(&subject, &pair.value, masked);
        if hidden == Hidden::Nothing && pair.nested() {
            hiding.whereabouts.enter(of, pair.raw);
            hiding.record.path.enter(pair.raw, key.as_str());
        }
        hidden.pair(masked_key, &pair.value, masked)
    }

    fn text(&mut self, of: &'static Message, field: &'static Field, text: Text<'a>) -> Option<Text<'_>> {
        let Walk { hiding, masked, .. } = self;
        if hiding.has_nothing(text.as_bytes()) {
            return None;
        }
        hiding.record.path.come_to(text.as_bytes());
        let place = match of.name {
            "AnyValue" => hiding.whereabouts.of(of, text.as_bytes()),
            _ => Place::Field,
        };
        let kind = match place {
            _ if of.name == "Span" && field.name == "name" => Kind::SpanName,
            Place::Body if hiding.record.path.is_empty() => Kind::Body,
            _ => Kind::Other,
        };
        hiding.text(&Subject::without_key(place, kind), text, masked).instead(masked)
    }

    fn bytes(&mut self, of: &'static Message, _: &'static Field, bytes: &'a [u8]) -> Option<&[u8]> {
        self.element(of, bytes, &AnyValue::Bytes(bytes)).map(Text::as_bytes)
    }

    fn scalar(&mut self, raw: &'a [u8], value: AnyValue<'a>) -> Option<Text<'_>> {
        self.element(&ANY_VALUE, raw, &value)
    }
}

impl Walk<'_> {
    /// What stands in the place of a value without a key, which is a body or the element of an array.
    fn element(&mut self, of: &'static Message, raw: &[u8], value: &AnyValue<'_>) -> Option<Text<'_>> {
        let Walk { hiding, masked, .. } = self;
        hiding.record.path.come_to(raw);
        let place = hiding.whereabouts.of(of, raw);
        hiding.value(&Subject::without_key(place, Kind::Other), value, masked).instead(masked)
    }
}
