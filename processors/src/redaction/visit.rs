//! Sees every key and text of a request, and says what stands in the place of what is to be hidden.

use super::Redaction;
use super::action::{Action, Actions, Tenant};
use super::arguments::Arguments;
use super::by::By;
use super::count::{Place, Tally};
use super::detectors::{Detector, is_card};
use super::embedded::{Embedded, Encodings};
use super::hidden::Hidden;
use super::hits::{Hits, MASK};
use super::keys::{self, Verdict};
use super::memo::{CleanResource, Known, Memo, Memos};
use super::naming::{Entry, Naming};
use super::places::Places;
use super::rules::{Exempt, Rules};
use super::scan::Scanner;
use super::whereabouts::{Whereabouts, address};
use pdata::schema::{self, Field, Message};
use pdata::view::{AnyValue, KeyValue, ResourceGroup, Text, TextBuf};
use pdata::{Additions, Edit, Pair, Request, Whole};

/// How often a text is looked at again that says something else without what was hidden in it.
const MOST_LOOKS_AGAIN: usize = 3;

/// One request's walk.
pub struct Redactor<'s> {
    scanner: &'s Scanner,
    actions: &'s Actions,
    rules: &'s Rules,
    /// The detectors that do not look at the value that the walk is at.
    skipped: &'s [Detector],
    tenant: Tenant,
    /// Whether the record is taken out that the walk is in.
    drop_record: bool,
    /// Whether keys are judged.
    keys: bool,
    /// Whether integers may be card numbers.
    cards: bool,
    memo: Memo,
    resource: CleanResource,
    hits: Hits,
    /// Whether what is encoded in the text that was looked at last was read, too.
    read: bool,
    /// The address where the request begins, and where in it the detectors have to look.
    start: usize,
    places: Places,
    embedded: Embedded,
    whereabouts: Whereabouts,
    /// What the entry of a map that the walk came by last says about the next one.
    naming: Naming<Verdict>,
    /// What the element of a list that it came by last says about the next one.
    arguments: Arguments,
    /// What stands in the place of the key and the value that were looked at last.
    masked_key: TextBuf,
    masked: TextBuf,
    /// What was there before, and where detectors have to look in it.
    before: TextBuf,
    places_before: Places,
    tally: Tally<By>,
}

impl<'s> Redactor<'s> {
    /// Redacts one request.
    pub fn new(of: &'s Redaction, memos: Memos, request: &Request) -> Self {
        let mut places = memos.places;
        of.scanner.mark(request.bytes(), &mut places);
        Redactor {
            scanner: &of.scanner,
            actions: &of.actions,
            rules: &of.rules,
            skipped: &[],
            tenant: Tenant::default(),
            drop_record: false,
            keys: of.keys,
            cards: of.cards,
            memo: memos.keys,
            resource: memos.resource,
            hits: Hits::new(memos.names),
            read: false,
            start: address(request.bytes()),
            places,
            embedded: memos.embedded,
            whereabouts: Whereabouts::default(),
            naming: Naming::default(),
            arguments: Arguments::default(),
            masked_key: TextBuf::default(),
            masked: TextBuf::default(),
            before: TextBuf::default(),
            places_before: Places::default(),
            tally: Tally::default(),
        }
    }

    /// What was found, and the memos for the next request.
    pub fn end(mut self) -> (Tally<By>, Memos) {
        self.resource.end(self.tally.total());
        let memos = Memos {
            keys: self.memo,
            resource: self.resource,
            names: self.hits.names,
            places: self.places,
            embedded: self.embedded,
        };
        (self.tally, memos)
    }

    /// Looks at a text of the request, the value of `key` if it is one's; whether nothing is in it. What is
    /// in it is in `hits`.
    #[inline(always)]
    fn is_clean(&mut self, key: &[u8], text: &[u8]) -> bool {
        let start = address(text).wrapping_sub(self.start);
        !self.places.any(start, text.len()) || self.finds_nothing(key, text, start)
    }

    #[inline(never)]
    fn finds_nothing(&mut self, key: &[u8], text: &[u8], start: usize) -> bool {
        self.hits.clear();
        self.scanner.look(text, key, start, &self.places, &mut self.hits);
        self.read = self.hits.encodings != Encodings::default();
        if self.read {
            self.embedded.look(self.scanner, key, text, &mut self.hits);
        }
        self.hits.forget(self.skipped);
        self.hits.is_empty()
    }

    /// What becomes of a text in which something was found just now, the value of `key` if it is one's; what stands in
    /// its place is in `masked`.
    fn hide(&mut self, key: &[u8], text: Text<'_>, place: Place) -> Hidden {
        let hidden = self.hide_finds(text, place);
        match hidden {
            Hidden::Text if self.read || self.hits.change_the_rest(text.as_bytes()) => {
                self.look_again(key, place)
            }
            _ => hidden,
        }
    }

    /// What is around finds may say something else once they are replaced: that is looked at again until nothing is
    /// found. Where that has no end, nothing is kept.
    #[cold]
    fn look_again(&mut self, key: &[u8], place: Place) -> Hidden {
        for _ in 0..MOST_LOOKS_AGAIN {
            let text = std::mem::replace(&mut self.masked, std::mem::take(&mut self.before));
            let nothing = self.finds_nothing_else(key, text.as_text().as_bytes());
            if nothing {
                self.before = std::mem::replace(&mut self.masked, text);
                return Hidden::Text;
            }
            let hidden = self.hide_finds(text.as_text(), place);
            self.before = text;
            if hidden != Hidden::Text {
                return hidden;
            }
        }
        self.fail(place);
        Hidden::Text
    }

    /// Looks at a text that is no part of the request for more to hide than stands for what was hidden.
    fn finds_nothing_else(&mut self, key: &[u8], text: &[u8]) -> bool {
        self.scanner.mark(text, &mut self.places_before);
        std::mem::swap(&mut self.places, &mut self.places_before);
        self.finds_nothing(key, text, 0);
        std::mem::swap(&mut self.places, &mut self.places_before);
        self.hits.forget_replaced(self.actions);
        self.hits.is_empty()
    }

    /// Keeps nothing of a text.
    fn fail(&mut self, place: Place) {
        self.tally.add(By::Failed, place);
        self.masked.clear();
        self.masked.push(MASK.into());
    }

    fn hide_finds(&mut self, text: Text<'_>, place: Place) -> Hidden {
        self.hits.detectors().for_each(|detector| self.tally.add(By::Detector(detector), place));
        let hidden = self.hidden(self.hits.action(self.actions), place);
        if matches!(hidden, Hidden::Text)
            && self.hits.replace(text, self.actions, &self.tenant, &mut self.masked).is_none()
        {
            self.fail(place);
        }
        hidden
    }

    /// The same for a value that is hidden as a whole, whatever is in it. What is no text has no part that
    /// could be kept and no form that could be hashed.
    fn hide_whole(&mut self, detector: Detector, value: Option<Text<'_>>, place: Place) -> Hidden {
        self.tally.add(By::Detector(detector), place);
        let (action, value) = match (self.actions.of(detector), value) {
            (action, Some(value)) => (action, value),
            (Action::Tag, None) => return Hidden::Nothing,
            (action, None) => (action.max(Action::Mask), Text::default()),
        };
        self.masked.clear();
        self.actions.put(action, value, &self.tenant, &mut self.masked);
        self.hidden(action, place)
    }

    fn hidden(&mut self, action: Action, place: Place) -> Hidden {
        // What is in a resource or a scope belongs to all records.
        if action == Action::DropRecord && !matches!(place, Place::Resource | Place::Scope) {
            self.drop_record = true;
        }
        Hidden::by(action)
    }

    /// What becomes of an attribute whose value is a text in which something was found just now.
    #[cold]
    fn hide_value(&mut self, of: &'static Message, raw: &[u8], key: &[u8], text: Text<'_>) -> Pair<'_> {
        let place = self.whereabouts.of(of, raw);
        self.hide(key, text, place).pair(None, &AnyValue::Str(text), &self.masked)
    }

    fn is_card(&self, value: i64) -> bool {
        self.cards
            && !self.skipped.contains(&Detector::PaymentCard)
            && value >= SMALLEST_CARD
            && is_card_number(value)
    }

    /// Whether the value of a key with this verdict is hidden as a whole.
    fn hides(verdict: Verdict, value: &AnyValue<'_>) -> bool {
        match (verdict, value) {
            (Verdict::Plain, _) | (_, AnyValue::Empty) => false,
            (_, AnyValue::Str(text)) => *text != MASK,
            (Verdict::SecretText, AnyValue::Int(_) | AnyValue::Double(_) | AnyValue::Bool(_)) => false,
            _ => true,
        }
    }
}

impl<'a> Edit<'a> for Redactor<'_> {
    fn container(&mut self, of: &'static Message, container: &'a [u8]) {
        self.resource.end(self.tally.total());
        if matches!(of.name, "ResourceLogs" | "ResourceSpans" | "ResourceMetrics") {
            self.tenant = self.actions.tenant(&ResourceGroup::parse(container));
        }
    }

    fn part(&mut self, of: &'static Message, part: &'a [u8]) -> bool {
        if std::ptr::eq(of, &schema::ARRAY_VALUE) {
            self.arguments.begin(part);
        }
        !std::ptr::eq(of, &schema::RESOURCE) || self.resource.begin(part, self.tally.total())
    }

    fn record(&mut self, _: &'static Message, _: &'a [u8], _: &mut Additions<'_>) -> Whole {
        self.drop_record = false;
        Whole::Inside
    }

    fn seen(&mut self, _: &mut Additions<'_>) -> Whole {
        if self.drop_record { Whole::Remove } else { Whole::Inside }
    }

    #[inline]
    fn text_pair(&mut self, of: &'static Message, raw: &'a [u8], key: Text<'a>, text: Text<'a>) -> Pair<'_> {
        let slot = self.memo.find(key.as_bytes());
        let known = self.memo.at(slot);
        if *known != Known::NOTHING_TO_HIDE && (!known.clean || self.keys) {
            return self.pair(of, &KeyValue { key, value: AnyValue::Str(text), raw });
        }
        if !self.is_clean(key.as_bytes(), text.as_bytes()) {
            return self.hide_value(of, raw, key.as_bytes(), text);
        }
        Pair::Keep
    }

    fn pair(&mut self, of: &'static Message, pair: &KeyValue<'a>) -> Pair<'_> {
        let slot = self.memo.find(pair.key.as_bytes());
        let known = *self.memo.at(slot);
        if known == Known::NOTHING_TO_HIDE
            && let AnyValue::Int(..SMALLEST_CARD) = pair.value
        {
            return Pair::Keep;
        }
        let mut key_is_masked = false;
        let mut skipped: &[Detector] = &[];
        if !known.clean {
            // Such keys are never remembered as clean, so that they come here each time.
            skipped = match self.rules.exempt(pair.key.as_bytes()) {
                Exempt::Ignored => return Pair::Keep,
                Exempt::From(detectors) => detectors,
            };
            match self.is_clean(&[], pair.key.as_bytes()) {
                true => self.memo.at(slot).clean = skipped.is_empty(),
                false => {
                    let place = self.whereabouts.of(of, pair.raw);
                    match self.hide(&[], pair.key, place) {
                        Hidden::Nothing => {}
                        Hidden::Text => {
                            std::mem::swap(&mut self.masked, &mut self.masked_key);
                            key_is_masked = true;
                        }
                        // Without its key a value says nothing.
                        Hidden::Value | Hidden::Pair => return Pair::Remove,
                    }
                }
            }
        }
        let verdict = match known.entry {
            Entry::Other => known.verdict,
            entry => self.naming.said_of(of, pair, entry, keys::judge),
        };
        self.skipped = skipped;
        let value = self.value(of, pair, verdict);
        self.skipped = &[];
        if value == Hidden::Nothing && pair.nested() {
            self.whereabouts.enter(of, pair.raw);
        }
        let key = key_is_masked.then(|| self.masked_key.as_text());
        value.pair(key, &pair.value, &self.masked)
    }

    fn text(&mut self, of: &'static Message, _: &'static Field, text: Text<'a>) -> Option<Text<'_>> {
        if self.keys && self.arguments.is_secret(text.as_bytes()) && text != MASK {
            let place = self.whereabouts.of(of, text.as_bytes());
            let hidden = self.hide_whole(Detector::SecretKey, Some(text), place);
            if hidden != Hidden::Nothing {
                return hidden.instead(&self.masked);
            }
        }
        if self.is_clean(&[], text.as_bytes()) {
            return None;
        }
        let place = match of.name {
            "AnyValue" => self.whereabouts.of(of, text.as_bytes()),
            _ => Place::Field,
        };
        self.hide(&[], text, place).instead(&self.masked)
    }

    fn bytes(&mut self, of: &'static Message, _: &'static Field, bytes: &'a [u8]) -> Option<&[u8]> {
        if self.is_clean(&[], bytes) {
            return None;
        }
        // What is no text is not looked into.
        let text = std::str::from_utf8(bytes).ok()?;
        let place = self.whereabouts.of(of, bytes);
        self.hide(&[], text.into(), place).instead(&self.masked).map(Text::as_bytes)
    }

    fn scalar(&mut self, raw: &'a [u8], value: AnyValue<'a>) -> Option<Text<'_>> {
        let AnyValue::Int(value) = value else { return None };
        if !self.is_card(value) {
            return None;
        }
        let place = self.whereabouts.of(&schema::ANY_VALUE, raw);
        self.hide_whole(Detector::PaymentCard, Some(value.to_string().as_str().into()), place)
            .instead(&self.masked)
    }
}

impl Redactor<'_> {
    /// What is hidden of an attribute's value; nothing of what holds others.
    fn value(&mut self, of: &'static Message, pair: &KeyValue<'_>, verdict: Verdict) -> Hidden {
        let key = pair.key.as_bytes();
        let place = |whereabouts: &Whereabouts| whereabouts.of(of, pair.raw);
        let keys = self.keys && !self.skipped.contains(&Detector::SecretKey);
        if keys && Self::hides(verdict, &pair.value) {
            let hidden = self.hide_whole(Detector::SecretKey, pair.value.as_text(), place(&self.whereabouts));
            // What is only counted may still hold what is not.
            if hidden != Hidden::Nothing {
                return hidden;
            }
        }
        match pair.value {
            AnyValue::Str(text) if !self.is_clean(key, text.as_bytes()) => {
                self.hide(key, text, place(&self.whereabouts))
            }
            AnyValue::Bytes(bytes) if !self.is_clean(key, bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => self.hide(key, text.into(), place(&self.whereabouts)),
                // What is no text is not looked into.
                Err(_) => Hidden::Nothing,
            },
            AnyValue::Int(value) if self.is_card(value) => {
                let digits = value.to_string();
                self.hide_whole(Detector::PaymentCard, Some(digits.as_str().into()), place(&self.whereabouts))
            }
            _ => Hidden::Nothing,
        }
    }
}

/// Thirteen digits: what has twelve is rather an account of AWS.
const SMALLEST_CARD: i64 = 1_000_000_000_000;

fn is_card_number(mut value: i64) -> bool {
    let mut digits = [0u8; 19];
    let mut start = digits.len();
    for slot in digits.iter_mut().rev() {
        if value == 0 {
            break;
        }
        *slot = (value % 10) as u8;
        value /= 10;
        start -= 1;
    }
    is_card(digits.get(start..).unwrap_or_default())
}
