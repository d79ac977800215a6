//! Sees every key and text of a request, and collects what is to be replaced.

use super::count::{Place, Tally};
use super::detectors::{Detector, is_card};
use super::keys::Verdict;
use super::marks::Marks;
use super::memo::Memo;
use super::scan::{Hits, MASK, Scanner};
use pdata::schema::{self, Field, Message};
use pdata::view::{AnyValue, KeyValue, Text};
use pdata::{Edits, Next, Visit};

/// One request's walk.
pub struct Redactor<'a, 'b> {
    scanner: &'b Scanner,
    /// Whether keys are judged.
    keys: bool,
    /// Whether integers may be card numbers.
    cards: bool,
    marks: Marks,
    memo: Memo<'a>,
    hits: Hits,
    /// Where the request begins in memory: texts are found in the marks by their address.
    base: usize,
    /// The attribute that the walk is inside of ends here; what comes before belongs to `place`.
    inside: usize,
    place: Place,
    /// What is to be replaced.
    pub edits: Edits,
    /// What was found.
    pub tally: Tally,
}

impl<'a, 'b> Redactor<'a, 'b> {
    /// Redacts `bytes`, which `edits` are for.
    pub fn new(scanner: &'b Scanner, keys: bool, cards: bool, bytes: &'a [u8], edits: Edits) -> Self {
        Redactor {
            scanner,
            keys,
            cards,
            marks: scanner.mark(bytes),
            memo: Memo::new(),
            hits: Hits::default(),
            base: bytes.as_ptr() as usize,
            inside: 0,
            place: Place::Field,
            edits,
            tally: Tally::default(),
        }
    }

    fn offset(&self, slice: &[u8]) -> usize {
        (slice.as_ptr() as usize).wrapping_sub(self.base)
    }

    #[inline]
    fn is_marked(&self, slice: &[u8]) -> bool {
        let offset = self.offset(slice);
        self.marks.first(offset..offset + slice.len()).is_some()
    }

    /// Looks at a text; what replaces it, if anything.
    #[inline]
    fn look(&mut self, text: &'a [u8], place: Place) -> Option<Vec<u8>> {
        match self.is_marked(text) {
            true => self.look_closely(text, place),
            false => None,
        }
    }

    fn look_closely(&mut self, text: &'a [u8], place: Place) -> Option<Vec<u8>> {
        self.hits.clear();
        self.scanner.scan(text, self.offset(text), &self.marks, &mut self.hits);
        self.hits.detectors().for_each(|detector| self.tally.add(detector, place));
        (!self.hits.is_empty()).then(|| self.hits.mask(text))
    }

    #[inline]
    fn replace_text(&mut self, text: Text<'a>, place: Place) {
        if let Some(masked) = self.look(text.as_bytes(), place) {
            // Finds begin and end between characters; if one ever does not, all of it goes.
            let masked = String::from_utf8(masked).unwrap_or_else(|_| MASK.to_owned());
            self.edits.replace_text(text.as_bytes(), masked);
        }
    }

    fn replace_bytes(&mut self, bytes: &'a [u8], place: Place) {
        if self.is_marked(bytes)
            && std::str::from_utf8(bytes).is_ok()
            && let Some(masked) = self.look_closely(bytes, place)
        {
            self.edits.replace_bytes(bytes, masked);
        }
    }

    fn replace_int(&mut self, raw_value: &'a [u8], value: i64, place: Place) {
        if self.cards && value >= SMALLEST_CARD && is_card_number(value) {
            self.edits.replace_value(raw_value, &AnyValue::Str(MASK.into()));
            self.tally.add(Detector::PaymentCard, place);
        }
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
            "KeyValueList" | "AnyValue" | "ArrayValue" => match self.offset(raw) < self.inside {
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
        let nested = pair.nested();
        if self.keys {
            let verdict = self.memo.verdict(pair.key.as_bytes());
            if verdict != Verdict::Plain
                && let Some(raw_value) = pair.raw_value
                && Self::hides(verdict, &pair.value)
            {
                let place = self.place_of(message, pair.raw);
                self.edits.replace_value(raw_value, &AnyValue::Str(MASK.into()));
                self.tally.add(Detector::SecretKey, place);
                self.replace_text(pair.key, place);
                return Next::Behind;
            }
        }
        if nested {
            let place = self.place_of(message, pair.raw);
            let end = self.offset(pair.raw) + pair.raw.len();
            // A map within an attribute or a body belongs to where that is.
            if end > self.inside {
                (self.inside, self.place) = (end, place);
            }
        }
        if let AnyValue::Int(value) = pair.value
            && let Some(raw_value) = pair.raw_value
            && value >= SMALLEST_CARD
        {
            let place = self.place_of(message, pair.raw);
            self.replace_int(raw_value, value, place);
        }
        if self.is_marked(pair.raw) {
            let place = self.place_of(message, pair.raw);
            self.replace_text(pair.key, place);
            match pair.value {
                AnyValue::Str(text) => self.replace_text(text, place),
                AnyValue::Bytes(bytes) => self.replace_bytes(bytes, place),
                _ => {}
            }
        }
        Next::Inside
    }

    fn text(&mut self, message: &'static Message, _: &'static Field, text: Text<'a>) {
        let place = match message.name {
            "AnyValue" => self.place_of(message, text.as_bytes()),
            _ => Place::Field,
        };
        self.replace_text(text, place);
    }

    fn bytes(&mut self, message: &'static Message, _: &'static Field, bytes: &'a [u8]) {
        let place = self.place_of(message, bytes);
        self.replace_bytes(bytes, place);
    }

    fn int(&mut self, raw_value: &'a [u8], value: i64) {
        let place = self.place_of(&schema::ANY_VALUE, raw_value);
        self.replace_int(raw_value, value, place);
    }
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
