//! Applies the operator's rules to every attribute and text of a request.
//!
//! In the order of the Collector's `redaction` processor: an ignored attribute stays, one that is not
//! allowed is taken out, an allowed value stays, a blocked key's value is hidden, and then what patterns find.

use super::super::action::{Action, Actions, Tenant};
use super::super::count::{Place, Tally};
use super::super::hidden::Hidden;
use super::super::hits::MASK;
use super::super::memo::Entry;
use super::super::whereabouts::{Whereabouts, address};
use super::Rules;
use super::by::By;
use super::finders::{Finds, Unless};
use super::keys::{Known, Memo};
use super::sanitize::{Sanitized, Sanitizers, System};
use super::settings::Summary;
use super::spots::Spots;
use super::summary::{self, Deed, Tells};
use pdata::schema::{Field, Message};
use pdata::view::{AnyValue, KeyValue, LogRecord, ResourceGroup, Text, TextBuf};
use pdata::{Additions, Edit, Pair, Whole};
use std::borrow::Cow;
use std::sync::Arc;

/// How much is known of the keys that a value is inside of, in bytes: those that are nearest to it.
const LONGEST_PATH: usize = 1024;

/// What is kept from one request for the next: what is known of keys, and room.
#[derive(Default)]
pub struct Memos {
    pub keys: Memo,
    pub spots: Spots,
    pub finds: Finds,
}

/// One request's walk.
pub struct Walk<'r> {
    rules: &'r Rules,
    actions: &'r Actions,
    tenant: Tenant,
    whereabouts: Whereabouts,
    /// The attributes and entries that the walk is inside of, each with the address where it ends.
    around: Vec<(usize, String)>,
    in_record: bool,
    drop_record: bool,
    /// The database that the record is about.
    system: System,
    /// The address where the last entry ends that names the next one, by a key that is blocked.
    names_blocked: usize,
    /// Whether the text that was looked at last is allowed.
    allowed: bool,
    memo: Memo,
    /// Where in the request patterns have to look.
    spots: Spots,
    finds: Finds,
    /// What stands in the place of the key and the value that were looked at last.
    masked_key: TextBuf,
    masked: TextBuf,
    tells: Tells,
    tally: Tally<By>,
}

impl<'r> Walk<'r> {
    /// Applies the rules to one request, in which the patterns' spots were found.
    pub fn new(rules: &'r Rules, actions: &'r Actions, memos: Memos) -> Walk<'r> {
        Walk {
            rules,
            actions,
            tenant: Tenant::default(),
            whereabouts: Whereabouts::default(),
            around: Vec::new(),
            in_record: false,
            drop_record: false,
            system: System::Unsaid,
            names_blocked: 0,
            allowed: false,
            memo: memos.keys,
            spots: memos.spots,
            finds: memos.finds,
            masked_key: TextBuf::default(),
            masked: TextBuf::default(),
            tells: Tells::default(),
            tally: Tally::default(),
        }
    }

    /// What was hidden, and what is kept for the next request.
    pub fn end(self) -> (Tally<By>, Memos) {
        (self.tally, Memos { keys: self.memo, spots: self.spots, finds: self.finds })
    }

    /// Whether nothing is to be done about a part of the request, where texts alone count.
    #[inline]
    pub fn has_nothing(&self, part: &[u8]) -> bool {
        self.rules.texts_only && part.len() <= self.rules.limit && !self.spots.any(part)
    }

    /// Whether a record's body may hold numbers or truth values, which are looked at there whatever the settings.
    fn has_scalars(&self, of: &'static Message, record: &[u8]) -> bool {
        self.rules.finds_scalars
            && of.name == "LogRecord"
            && !matches!(LogRecord::body_of(record), AnyValue::Str(_) | AnyValue::Bytes(_) | AnyValue::Empty)
    }

    /// Whether nothing is to be done about a text of the request, where nothing is said of its key.
    fn is_clean(&self, text: &[u8]) -> bool {
        self.rules.summary == Summary::Silent
            && self.rules.sanitizers.is_none()
            && text.len() <= self.rules.limit
            && self.rules.finders.finds_nothing(text, &self.spots)
    }

    /// Looks at a text, the value of `key` if it has one.
    fn look(&self, key: &[u8], text: &[u8], unless: Unless<'_>, finds: &mut Finds) {
        let finders = &self.rules.finders;
        if self.spots.know(text) {
            return finders.look(key, text, &self.spots, unless, finds);
        }
        // What a number says is not in the request.
        let mut spots = Spots::default();
        finders.search().spot(text, &mut spots);
        finders.look(key, text, &spots, unless, finds);
    }

    fn known(&mut self, key: Text<'_>) -> &Arc<Known> {
        let (rules, spots, finds) = (self.rules, &self.spots, &mut self.finds);
        self.memo.get(key.as_bytes(), || {
            let mut known = rules.keys.judge(key.as_bytes());
            rules.finders.look(&[], key.as_bytes(), spots, Unless::default(), finds);
            let found = !finds.is_empty() || key.as_bytes().len() > rules.limit;
            known.found = found && !known.ignored;
            known
        })
    }

    /// What stands in the place of a key in which something was found, which is in `finds` then. It is not
    /// remembered, as a pseudonym is good for one tenant.
    fn mask_key(&mut self, key: Text<'_>) -> String {
        let (rules, finds) = (self.rules, &mut self.finds);
        rules.finders.look(&[], key.as_bytes(), &self.spots, Unless::default(), finds);
        let out = &mut self.masked_key;
        let replaced = rules.finders.replace(key, finds, self.actions, &self.tenant, out);
        match replaced.filter(|()| key.as_bytes().len() <= rules.limit) {
            Some(()) => out.as_text().as_str().to_owned(),
            None => MASK.to_owned(),
        }
    }

    /// What becomes of a key, and so of its attribute, once it was masked.
    fn hide_key(&mut self, key: &str, len: usize, place: Place) -> Hidden {
        if len > self.rules.limit {
            self.tally.add(By::Size, place);
            return Hidden::Text;
        }
        match self.count_finds(place) {
            // Without its key a value says nothing.
            Hidden::Value | Hidden::Pair => {
                self.tell(Deed::Masked, place, key);
                Hidden::Pair
            }
            hidden => hidden,
        }
    }

    /// Notes what was done, for the record's summary.
    fn tell(&mut self, deed: Deed, place: Place, key: &str) {
        if self.rules.summary == Summary::Silent || !self.in_record {
            return;
        }
        let path = match (place, self.around.last(), self.around.first()) {
            (Place::Body, Some((_, path)), _) if key.is_empty() => Cow::from(path),
            (Place::Body, Some((_, path)), _) => Cow::from(format!("{path}.{key}")),
            (Place::Body, None, _) if key.is_empty() => Cow::from("body"),
            // An attribute is told as a whole.
            (Place::Attributes, _, Some((_, path))) => Cow::from(path),
            (Place::Attributes | Place::Body, ..) => Cow::from(key),
            _ => return,
        };
        self.tells.add(place == Place::Body, deed, &path);
    }

    /// What becomes of a text, the value of `key` or, without a key, the element of an array or a field.
    fn text_in(&mut self, key: &str, known: &Known, text: Text<'_>, place: Place) -> Hidden {
        let (rules, bytes) = (self.rules, text.as_bytes());
        if bytes.len() > rules.limit {
            return self.whole(By::Size, key, place);
        }
        // In a body a blocked key goes before.
        let allowed = !(known.blocked && place == Place::Body) && rules.finders.allows(bytes);
        self.allowed = allowed;
        if allowed {
            self.tell(Deed::Allowed, place, key);
        } else if known.blocked {
            return self.blocked(key, text, place);
        }
        let skipped = known.exception.and_then(|number| rules.exceptions.get(number));
        let unless = Unless {
            allowed,
            skipped: skipped.map_or(&[], |skip| skip.custom.as_slice()),
            is_body: place == Place::Body && key.is_empty() && self.around.is_empty(),
        };
        let near = if key.is_empty() { self.around.last().map_or("", |(_, path)| path) } else { key };
        let mut finds = std::mem::take(&mut self.finds);
        self.look(near.as_bytes(), bytes, unless, &mut finds);
        self.finds = finds;
        if self.finds.is_empty() {
            return Hidden::Nothing;
        }
        let hidden = self.count_finds(place);
        if hidden == Hidden::Nothing {
            return hidden;
        }
        self.tell(Deed::Masked, place, key);
        let finds = &mut self.finds;
        match rules.finders.replace(text, finds, self.actions, &self.tenant, &mut self.masked) {
            Some(()) => hidden,
            None => self.whole(By::Failed, key, place),
        }
    }

    /// Counts what was found just now, and says what becomes of what it was found in.
    fn count_finds(&mut self, place: Place) -> Hidden {
        self.rules.finders.by(&self.finds).for_each(|by| self.tally.add(by, place));
        let action = self.rules.finders.action(&self.finds);
        self.drop_record |= action == Action::DropRecord && self.in_record;
        Hidden::by(action)
    }

    /// What becomes of the value of a blocked key.
    fn blocked(&mut self, key: &str, text: Text<'_>, place: Place) -> Hidden {
        if text == MASK {
            return Hidden::Nothing;
        }
        self.hide(By::BlockedKeys, key, place);
        self.masked.clear();
        self.rules.finders.put_masked(text, &mut self.masked);
        Hidden::Text
    }

    fn hide(&mut self, by: By, key: &str, place: Place) {
        self.tally.add(by, place);
        self.tell(Deed::Masked, place, key);
    }

    fn whole(&mut self, by: By, key: &str, place: Place) -> Hidden {
        self.hide(by, key, place);
        self.masked.clear();
        self.masked.push(MASK.into());
        Hidden::Text
    }

    /// What becomes of a text that a sanitiser may know; `hidden` is what became of it so far.
    fn sanitize(
        &mut self,
        hidden: Hidden,
        key: &str,
        text: Text<'_>,
        place: Place,
        by: impl Fn(&Sanitizers, &str, System) -> Sanitized,
    ) -> Hidden {
        let Some(sanitizers) = self.rules.sanitizers.as_ref().filter(|_| !self.allowed) else {
            return hidden;
        };
        let text = match hidden {
            Hidden::Nothing => text,
            Hidden::Text if self.masked.as_text() != MASK => self.masked.as_text(),
            _ => return hidden,
        };
        match by(sanitizers, text.as_str(), self.system) {
            Sanitized::Same => hidden,
            Sanitized::Text(text) => {
                self.hide(By::Sanitizer, key, place);
                self.masked.clear();
                self.masked.push(text.as_str().into());
                Hidden::Text
            }
            Sanitized::Unreadable => self.whole(By::Sanitizer, key, place),
        }
    }

    fn value(&mut self, key: &str, known: &Known, value: &AnyValue<'_>, place: Place) -> Hidden {
        let scalar;
        let text = match value {
            AnyValue::Str(text) => *text,
            AnyValue::Bytes(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => text.into(),
                // What is no text is not looked into.
                Err(_) if known.blocked => return self.whole(By::BlockedKeys, key, place),
                Err(_) => return Hidden::Nothing,
            },
            AnyValue::Array(_) | AnyValue::Map(_) if known.blocked => {
                return self.whole(By::BlockedKeys, key, place);
            }
            _ => {
                scalar = match scalar_text(value) {
                    Some(text) => text,
                    None => return Hidden::Nothing,
                };
                match self.rules.all_types || place == Place::Body {
                    true => scalar.as_str().into(),
                    // Where it is no text, it is no allowed one.
                    false if known.blocked => return self.blocked(key, scalar.as_str().into(), place),
                    false => return Hidden::Nothing,
                }
            }
        };
        self.text_in(key, known, text, place)
    }

    /// Whether a pair is the summary of a redaction before this one, which is written anew at the record's end. Anybody can
    /// send what looks like one, so what is not written anew is an attribute like any other.
    fn is_summary(&mut self, place: Place, of: &'static Message, pair: &KeyValue<'_>) -> bool {
        let key = pair.key.as_str();
        let keeps = match self.rules.summary {
            Summary::Silent => true,
            Summary::Info => key.ends_with(".keys"),
            Summary::Debug => false,
        };
        let of_record = self.in_record && place == Place::Attributes && of.name != "KeyValueList";
        if keeps || !of_record || !summary::is_summary(key) {
            return false;
        }
        let text = pair.value.as_text().unwrap_or_default();
        let mut finds = std::mem::take(&mut self.finds);
        self.look(key.as_bytes(), text.as_bytes(), Unless::default(), &mut finds);
        self.finds = finds;
        // Whoever sends secrets under these names gets them nowhere.
        if self.finds.is_empty() {
            self.tells.take(pair.key, &pair.value);
        }
        true
    }

    /// Whether an entry of a map is named by the one before it, `{ "name": "patient_name", "value": "x" }`, and by a key that is
    /// blocked.
    fn is_named_blocked(&mut self, of: &'static Message, pair: &KeyValue<'_>, entry: Entry) -> bool {
        // Between two entries there are the tag and the length of the second one only.
        const BETWEEN: usize = 1 + 5;
        let end = std::mem::take(&mut self.names_blocked);
        let start = address(pair.raw);
        match (entry, &pair.value) {
            _ if of.name != "KeyValueList" => false,
            (Entry::Name, AnyValue::Str(name)) => {
                if self.rules.finders.blocks(name.as_bytes(), &mut self.finds) {
                    self.names_blocked = start + pair.raw.len();
                }
                false
            }
            (Entry::Value, _) => (end..=end + BETWEEN).contains(&start),
            _ => false,
        }
    }

    /// Leaves the attributes that end before `raw` begins.
    fn come_to(&mut self, raw: &[u8]) {
        while self.around.pop_if(|(end, _)| *end <= address(raw)).is_some() {}
    }

    fn enter(&mut self, of: &'static Message, pair: &KeyValue<'_>, key: &str) {
        self.whereabouts.enter(of, pair.raw);
        let mut path = match self.around.last() {
            Some((_, path)) => format!("{path}.{key}"),
            None => key.to_owned(),
        };
        // Every value in it has it before its own key, and there may be many.
        path.drain(..path.ceil_char_boundary(path.len().saturating_sub(LONGEST_PATH)));
        self.around.push((address(pair.raw) + pair.raw.len(), path));
    }
}

impl<'a> Edit<'a> for Walk<'_> {
    fn container(&mut self, of: &'static Message, container: &'a [u8]) {
        if matches!(of.name, "ResourceLogs" | "ResourceSpans" | "ResourceMetrics") {
            self.tenant = self.actions.tenant(&ResourceGroup::parse(container));
        }
    }

    fn record(&mut self, of: &'static Message, record: &'a [u8], _: &mut Additions<'_>) -> Whole {
        if self.has_nothing(record) && !self.has_scalars(of, record) {
            return Whole::Behind;
        }
        (self.in_record, self.drop_record) = (true, false);
        if let Some(sanitizers) = &self.rules.sanitizers {
            self.system = sanitizers.system(of, record);
        }
        Whole::Inside
    }

    fn seen(&mut self, add: &mut Additions<'_>) -> Whole {
        (self.in_record, self.system) = (false, System::Unsaid);
        self.tells.put(self.rules.summary, add);
        if self.drop_record { Whole::Remove } else { Whole::Inside }
    }

    fn text_pair(&mut self, of: &'static Message, raw: &'a [u8], key: Text<'a>, text: Text<'a>) -> Pair<'_> {
        // Nearly all are plain, and nothing is in them.
        if self.has_nothing(raw) || self.is_clean(text.as_bytes()) && self.known(key).is_plain() {
            return Pair::Keep;
        }
        self.pair(of, &KeyValue { key, value: AnyValue::Str(text), raw })
    }

    fn pair(&mut self, of: &'static Message, pair: &KeyValue<'a>) -> Pair<'_> {
        // What a body's number says is not in the request.
        let may_hold_scalars = of.name == "KeyValueList" && pair.value.as_text().is_none();
        if self.has_nothing(pair.raw) && !may_hold_scalars {
            return Pair::Keep;
        }
        self.come_to(pair.raw);
        let place = self.whereabouts.of(of, pair.raw);
        if self.is_summary(place, of, pair) {
            return Pair::Remove;
        }
        let mut known = Arc::clone(self.known(pair.key));
        if known.entry != Entry::Other && self.is_named_blocked(of, pair, known.entry) {
            known = Arc::new(Known { blocked: true, ..(*known).clone() });
        }
        let masked_key = known.found.then(|| self.mask_key(pair.key));
        let key = masked_key.as_deref().unwrap_or(pair.key.as_str());
        if known.ignored {
            self.tell(Deed::Ignored, place, key);
            return Pair::Keep;
        }
        // What is in an allowed attribute is allowed; a body's entries need it one by one.
        let needs = of.name != "KeyValueList" || place == Place::Body;
        if needs && !known.allowed {
            self.tally.add(By::AllowedKeys, place);
            self.tell(Deed::Redacted, place, key);
            return Pair::Remove;
        }
        if known.found && self.hide_key(key, pair.key.as_bytes().len(), place) == Hidden::Pair {
            return Pair::Remove;
        }
        let mut hidden = self.value(key, &known, &pair.value, place);
        if let (Some(text), true) = (pair.value.as_text(), of.name != "KeyValueList") {
            hidden = self.sanitize(hidden, key, text, place, |sanitizers, text, system| {
                sanitizers.attribute(key, text, system)
            });
        }
        if hidden == Hidden::Nothing && pair.nested() {
            self.enter(of, pair, key);
        }
        let masked_key = masked_key.map(|key| {
            self.masked_key.clear();
            self.masked_key.push(key.as_str().into());
            self.masked_key.as_text()
        });
        hidden.pair(masked_key, &pair.value, &self.masked)
    }

    fn text(&mut self, of: &'static Message, field: &'static Field, text: Text<'a>) -> Option<Text<'_>> {
        if self.has_nothing(text.as_bytes()) {
            return None;
        }
        self.come_to(text.as_bytes());
        let place = match of.name {
            "AnyValue" => self.whereabouts.of(of, text.as_bytes()),
            _ => Place::Field,
        };
        let mut hidden = self.text_in("", &Known::default(), text, place);
        if of.name == "Span" && field.name == "name" {
            hidden = self.sanitize(hidden, "", text, place, Sanitizers::span_name);
        } else if place == Place::Body && self.around.is_empty() {
            hidden = self.sanitize(hidden, "", text, place, |sanitizers, text, _| sanitizers.body(text));
        }
        hidden.instead(&self.masked)
    }

    fn bytes(&mut self, of: &'static Message, _: &'static Field, bytes: &'a [u8]) -> Option<&[u8]> {
        self.come_to(bytes);
        let place = self.whereabouts.of(of, bytes);
        let hidden = self.value("", &Known::default(), &AnyValue::Bytes(bytes), place);
        hidden.instead(&self.masked).map(Text::as_bytes)
    }

    fn scalar(&mut self, raw: &'a [u8], value: AnyValue<'a>) -> Option<Text<'_>> {
        self.come_to(raw);
        let place = self.whereabouts.of(&pdata::schema::ANY_VALUE, raw);
        let hidden = self.value("", &Known::default(), &value, place);
        hidden.instead(&self.masked)
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
