//! Sees every key and text of a request, and says what stands in the place of what is to be hidden.

use super::count::{Place, Tally};
use super::detectors::{Detector, is_card};
use super::hits::{Hits, MASK};
use super::keys::Verdict;
use super::memo::{Memo, Memos};
use super::places::Places;
use super::scan::Scanner;
use pdata::schema::{self, Field, Message};
use pdata::view::{AnyValue, KeyValue, Text, TextBuf};
use pdata::{Edit, Pair, Request};

/// One request's walk.
pub struct Redactor<'s> {
    scanner: &'s Scanner,
    /// Whether keys are judged.
    keys: bool,
    /// Whether integers may be card numbers.
    cards: bool,
    memo: Memo,
    hits: Hits,
    /// The address where the request begins, and where in it the detectors have to look.
    start: usize,
    places: Places,
    /// The address where the attribute ends that the walk is inside of; what comes before belongs to
    /// `place`.
    inside: usize,
    place: Place,
    /// What stands in the place of the key and the value that were looked at last.
    masked_key: TextBuf,
    masked: TextBuf,
    tally: Tally,
}

impl<'s> Redactor<'s> {
    /// Redacts one request.
    pub fn new(scanner: &'s Scanner, keys: bool, cards: bool, memos: Memos, request: &Request) -> Self {
        let mut places = memos.places;
        scanner.mark(request.bytes(), &mut places);
        Redactor {
            scanner,
            keys,
            cards,
            memo: memos.keys,
            hits: Hits::new(memos.names),
            start: address(request.bytes()),
            places,
            inside: 0,
            place: Place::Field,
            masked_key: TextBuf::default(),
            masked: TextBuf::default(),
            tally: Tally::default(),
        }
    }

    /// What was found, and the memos for the next request.
    pub fn end(self) -> (Tally, Memos) {
        (self.tally, Memos { keys: self.memo, names: self.hits.names, places: self.places })
    }

    /// Looks at a text of the request, the value of `key` if it is one's; whether nothing is in it. What is
    /// in it is in `hits`.
    #[inline(always)]
    fn is_clean(&mut self, key: &[u8], text: &[u8]) -> bool {
        let start = address(text).wrapping_sub(self.start);
        !self.places.any(&(start..start + text.len())) || self.finds_nothing(key, text, start)
    }

    #[inline(never)]
    fn finds_nothing(&mut self, key: &[u8], text: &[u8], start: usize) -> bool {
        self.hits.clear();
        self.scanner.look(text, key, start, &self.places, &mut self.hits);
        self.hits.is_empty()
    }

    /// What stands in the place of a text in which something was found just now.
    fn mask(&mut self, text: Text<'_>, place: Place) -> Text<'_> {
        self.hits.detectors().for_each(|detector| self.tally.add(detector, place));
        self.hits.mask(text, &mut self.masked);
        self.masked.as_text()
    }

    /// The same for a text that is an attribute's value.
    #[cold]
    fn mask_value(&mut self, of: &'static Message, raw: &[u8], text: Text<'_>) -> Pair<'_> {
        let place = self.place_of(of, raw);
        Pair::Set { key: None, value: Some(AnyValue::Str(self.mask(text, place))) }
    }

    fn is_card(&self, value: i64) -> bool {
        self.cards && value >= SMALLEST_CARD && is_card_number(value)
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

    /// Whose attribute a pair is.
    fn place_of(&self, message: &'static Message, raw: &[u8]) -> Place {
        match message.name {
            "KeyValueList" | "AnyValue" | "ArrayValue" => match address(raw) < self.inside {
                true => self.place,
                // Attributes are announced before the walk goes into them; a body is not.
                false => Place::Body,
            },
            "Resource" => Place::Resource,
            "InstrumentationScope" => Place::Scope,
            "Event" => Place::Event,
            "Link" => Place::Link,
            _ => Place::Attributes,
        }
    }
}

impl<'a> Edit<'a> for Redactor<'_> {
    #[inline]
    fn text_pair(&mut self, of: &'static Message, raw: &'a [u8], key: Text<'a>, text: Text<'a>) -> Pair<'_> {
        let slot = self.memo.find(key.as_bytes());
        let known = self.memo.at(slot);
        if !known.clean || self.keys && known.verdict != Verdict::Plain {
            return self.pair(of, &KeyValue { key, value: AnyValue::Str(text), raw });
        }
        if !self.is_clean(key.as_bytes(), text.as_bytes()) {
            return self.mask_value(of, raw, text);
        }
        Pair::Keep
    }

    fn pair(&mut self, of: &'static Message, pair: &KeyValue<'a>) -> Pair<'_> {
        let slot = self.memo.find(pair.key.as_bytes());
        let known = *self.memo.at(slot);
        let mut key_is_masked = false;
        if !known.clean {
            match self.is_clean(&[], pair.key.as_bytes()) {
                true => self.memo.at(slot).clean = true,
                false => {
                    let place = self.place_of(of, pair.raw);
                    self.mask(pair.key, place);
                    std::mem::swap(&mut self.masked, &mut self.masked_key);
                    key_is_masked = true;
                }
            }
        }
        let value = self.value(of, pair, known.verdict);
        let nested = value.is_none() && matches!(pair.value, AnyValue::Array(_) | AnyValue::Map(_));
        if nested {
            let place = self.place_of(of, pair.raw);
            let end = address(pair.raw) + pair.raw.len();
            // A map within an attribute or a body belongs to where that is.
            if end > self.inside {
                (self.inside, self.place) = (end, place);
            }
        }
        let value = value.map(|hidden| match hidden {
            Hidden::Whole => AnyValue::Str(MASK.into()),
            Hidden::Text => AnyValue::Str(self.masked.as_text()),
            Hidden::Bytes => AnyValue::Bytes(self.masked.as_text().as_bytes()),
        });
        let key = key_is_masked.then(|| self.masked_key.as_text());
        match (&key, &value) {
            (None, None) if nested => Pair::Inside,
            (None, None) => Pair::Keep,
            _ => Pair::Set { key, value },
        }
    }

    fn text(&mut self, of: &'static Message, _: &'static Field, text: Text<'a>) -> Option<Text<'_>> {
        if self.is_clean(&[], text.as_bytes()) {
            return None;
        }
        let place = match of.name {
            "AnyValue" => self.place_of(of, text.as_bytes()),
            _ => Place::Field,
        };
        Some(self.mask(text, place))
    }

    fn bytes(&mut self, of: &'static Message, _: &'static Field, bytes: &'a [u8]) -> Option<&[u8]> {
        if self.is_clean(&[], bytes) {
            return None;
        }
        // What is no text is not looked into.
        let text = std::str::from_utf8(bytes).ok()?;
        let place = self.place_of(of, bytes);
        Some(self.mask(text.into(), place).as_bytes())
    }

    fn int(&mut self, raw: &'a [u8], value: i64) -> Option<Text<'_>> {
        if !self.is_card(value) {
            return None;
        }
        let place = self.place_of(&schema::ANY_VALUE, raw);
        self.tally.add(Detector::PaymentCard, place);
        Some(MASK.into())
    }
}

/// What stands in the place of an attribute's value.
enum Hidden {
    /// The mask alone.
    Whole,
    /// The text that was masked last.
    Text,
    /// The same, as bytes.
    Bytes,
}

impl Redactor<'_> {
    /// What is hidden of an attribute's value; nothing of what holds others.
    fn value(&mut self, of: &'static Message, pair: &KeyValue<'_>, verdict: Verdict) -> Option<Hidden> {
        if self.keys && Self::hides(verdict, &pair.value) {
            let place = self.place_of(of, pair.raw);
            self.tally.add(Detector::SecretKey, place);
            return Some(Hidden::Whole);
        }
        match pair.value {
            AnyValue::Str(text) if !self.is_clean(pair.key.as_bytes(), text.as_bytes()) => {
                let place = self.place_of(of, pair.raw);
                self.mask(text, place);
                Some(Hidden::Text)
            }
            AnyValue::Bytes(bytes) if !self.is_clean(pair.key.as_bytes(), bytes) => {
                // What is no text is not looked into.
                let text = std::str::from_utf8(bytes).ok()?;
                let place = self.place_of(of, pair.raw);
                self.mask(text.into(), place);
                Some(Hidden::Bytes)
            }
            AnyValue::Int(value) if self.is_card(value) => {
                let place = self.place_of(of, pair.raw);
                self.tally.add(Detector::PaymentCard, place);
                Some(Hidden::Whole)
            }
            _ => None,
        }
    }
}

/// No pointer is read: the order of the slices of one request is the order in it.
fn address(slice: &[u8]) -> usize {
    slice.as_ptr() as usize
}

/// Twelve digits.
const SMALLEST_CARD: i64 = 100_000_000_000;

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
