//! Sees every key and text of a request, and collects what is to be replaced.

use super::count::{Place, Tally};
use super::detectors::{Detector, is_card};
use super::keys::Verdict;
use super::memo::{Known, Memo};
use super::scan::{Hits, MASK, Scanner};
use pdata::schema::{self, Field, Message};
use pdata::view::{AnyValue, KeyValue, Text};
use pdata::{Edits, Next, Visit};
use std::borrow::Cow;

/// One request's walk.
pub struct Redactor<'a, 'b> {
    scanner: &'b Scanner,
    /// Whether keys are judged.
    keys: bool,
    /// Whether integers may be card numbers.
    cards: bool,
    memo: Memo<'a>,
    hits: Hits<'a>,
    /// The address where the attribute ends that the walk is inside of; what comes before belongs to
    /// `place`.
    inside: usize,
    place: Place,
    /// What is to be replaced.
    pub edits: Edits,
    /// What was found.
    pub tally: Tally,
}

impl<'a, 'b> Redactor<'a, 'b> {
    /// Redacts the request that `edits` are for.
    pub fn new(scanner: &'b Scanner, keys: bool, cards: bool, edits: Edits) -> Self {
        Redactor {
            scanner,
            keys,
            cards,
            memo: Memo::new(),
            hits: Hits::new(),
            inside: 0,
            place: Place::Field,
            edits,
            tally: Tally::default(),
        }
    }

    /// Looks at a text; whether nothing is in it. What is in it is in `hits`.
    #[inline]
    fn is_clean(&mut self, text: &'a [u8]) -> bool {
        self.hits.clear();
        self.scanner.scan(text, &mut self.hits);
        self.hits.is_empty()
    }

    /// What replaces a text in which something was found just now.
    fn mask(&mut self, text: &[u8], place: Place) -> Cow<'static, [u8]> {
        self.hits.detectors().for_each(|detector| self.tally.add(detector, place));
        self.hits.mask(text)
    }

    fn mask_text(&mut self, text: Text<'a>, place: Place) {
        let masked = match self.mask(text.as_bytes(), place) {
            Cow::Borrowed(_) => MASK.into(),
            // Finds begin and end between characters; if one ever does not, all of it goes.
            Cow::Owned(masked) => String::from_utf8(masked).map_or(MASK.into(), Cow::Owned),
        };
        self.edits.replace_text(text.as_bytes(), masked);
    }

    /// What is no text is not looked into.
    fn mask_bytes(&mut self, bytes: &'a [u8], place: Place) {
        if std::str::from_utf8(bytes).is_ok() {
            let masked = self.mask(bytes, place);
            self.edits.replace_bytes(bytes, masked);
        }
    }

    fn is_card(&self, value: i64) -> bool {
        self.cards && value >= SMALLEST_CARD && is_card_number(value)
    }

    fn mask_card(&mut self, raw_value: &'a [u8], place: Place) {
        self.edits.replace_value(raw_value, &AnyValue::Str(MASK.into()));
        self.tally.add(Detector::PaymentCard, place);
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

impl<'a> Visit<'a> for Redactor<'a, '_> {
    #[inline]
    fn pair(&mut self, message: &'static Message, pair: KeyValue<'a>) -> Next {
        let slot = self.memo.find(pair.key.as_bytes());
        let Known { verdict, clean, clean_value } = *self.memo.at(slot);
        // Records repeat each other: what was clean under this key is clean again.
        if clean && clean_value.is_some() && clean_value == pair.raw_value {
            return Next::Behind;
        }
        if self.keys
            && verdict != Verdict::Plain
            && let Some(raw_value) = pair.raw_value
            && Self::hides(verdict, &pair.value)
        {
            let place = self.place_of(message, pair.raw);
            self.edits.replace_value(raw_value, &AnyValue::Str(MASK.into()));
            self.tally.add(Detector::SecretKey, place);
            if !self.is_clean(pair.key.as_bytes()) {
                self.mask_text(pair.key, place);
            }
            return Next::Behind;
        }
        if !clean {
            match self.is_clean(pair.key.as_bytes()) {
                true => self.memo.at(slot).clean = true,
                false => self.mask_text(pair.key, self.place_of(message, pair.raw)),
            }
        }
        if pair.nested() {
            let place = self.place_of(message, pair.raw);
            let end = address(pair.raw) + pair.raw.len();
            // A map within an attribute or a body belongs to where that is.
            if end > self.inside {
                (self.inside, self.place) = (end, place);
            }
            return Next::Inside;
        }
        let clean = match pair.value {
            AnyValue::Str(text) => self.is_clean(text.as_bytes()),
            AnyValue::Bytes(bytes) => self.is_clean(bytes),
            AnyValue::Int(value) => !self.is_card(value),
            _ => true,
        };
        if clean {
            self.memo.at(slot).clean_value = pair.raw_value;
            return Next::Behind;
        }
        let place = self.place_of(message, pair.raw);
        match (pair.value, pair.raw_value) {
            (AnyValue::Str(text), _) => self.mask_text(text, place),
            (AnyValue::Bytes(bytes), _) => self.mask_bytes(bytes, place),
            (AnyValue::Int(_), Some(raw_value)) => self.mask_card(raw_value, place),
            _ => {}
        }
        Next::Behind
    }

    fn text(&mut self, message: &'static Message, _: &'static Field, text: Text<'a>) {
        if !self.is_clean(text.as_bytes()) {
            let place = match message.name {
                "AnyValue" => self.place_of(message, text.as_bytes()),
                _ => Place::Field,
            };
            self.mask_text(text, place);
        }
    }

    fn bytes(&mut self, message: &'static Message, _: &'static Field, bytes: &'a [u8]) {
        if !self.is_clean(bytes) {
            self.mask_bytes(bytes, self.place_of(message, bytes));
        }
    }

    fn int(&mut self, raw_value: &'a [u8], value: i64) {
        if self.is_card(value) {
            self.mask_card(raw_value, self.place_of(&schema::ANY_VALUE, raw_value));
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
