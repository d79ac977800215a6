//! Every edit against the same edit of a naive tree of the message.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

use bytes::Bytes;
use common::descriptors;
use common::generate::{self, Dice, Varints};
use common::oracle::Decoded;
use common::tree::{self, Node, Tree, Value};
use pdata::schema::{Field, Message, Role};
use pdata::view::{AnyValue, KeyValue, LogRecord, Text};
use pdata::{Additions, Edit, Limits, Pair, Request, Signal, Whole};
use proptest::collection::vec;
use proptest::prelude::*;
use prost::encoding::WireType;
use std::ops::Range;

/// What a test asks of [`Request::edit`] and of [`Tree::edit`] alike.
#[derive(Clone, Debug)]
enum Change {
    Remove,
    /// A new payload: text, bytes, or an encoded `AnyValue`.
    Replace(Vec<u8>),
    /// A field at the end, in the place of any with its number.
    Set(u32, WireType, Vec<u8>),
    /// An attribute at the end.
    Insert(u32, Vec<u8>),
}

trait EditTree {
    fn edit(&mut self, changes: &[(Range<usize>, Change)]);
}

impl EditTree for Tree {
    /// The documented rule, field by field: outer before inner, a removal first, else the first.
    fn edit(&mut self, changes: &[(Range<usize>, Change)]) {
        self.fields.retain(|node| {
            let remove =
                |(at, change): &(Range<usize>, Change)| *at == node.at && matches!(change, Change::Remove);
            node.wire != WireType::LengthDelimited
                || self.of.field(node.number).is_none()
                || !changes.iter().any(remove)
        });
        for node in &mut self.fields {
            if node.wire != WireType::LengthDelimited || self.of.field(node.number).is_none() {
                continue;
            }
            let new = changes.iter().find_map(|(at, change)| match change {
                Change::Replace(new) if *at == node.at => Some(new.clone()),
                _ => None,
            });
            match (new, &mut node.value) {
                (Some(new), value) => *value = Value::Raw(new),
                (None, Value::Message(inner)) => inner.edit(changes),
                (None, Value::Raw(_)) => {}
            }
        }
        let mut set = Vec::new();
        for (at, change) in changes.iter().filter(|(at, _)| *at == self.at) {
            let (number, wire, payload) = match change {
                Change::Set(number, ..) if set.contains(number) => continue,
                Change::Set(number, wire, payload) => {
                    set.push(*number);
                    // Only those from the wire: what was added before has another number.
                    self.fields.retain(|node| node.number != *number);
                    (*number, *wire, payload)
                }
                Change::Insert(number, pair) => (*number, WireType::LengthDelimited, pair),
                Change::Remove | Change::Replace(_) => continue,
            };
            self.fields.push(Node { number, wire, at: at.clone(), value: Value::Raw(payload.clone()) });
        }
    }
}

/// A request whose one record has this body.
fn request_with(payload: &[u8]) -> Request {
    let mut message = payload.to_vec();
    for number in [5, 2, 2, 1] {
        let inner = Value::Raw(std::mem::take(&mut message));
        let of = descriptors::request(Signal::Logs);
        let node = Node { number, wire: WireType::LengthDelimited, at: 0..0, value: inner };
        message = Tree { of, at: 0..0, fields: vec![node] }.encode();
    }
    Request::validate(Signal::Logs, Bytes::from(message), &Limits::default()).unwrap()
}

fn body(request: &Request) -> AnyValue<'_> {
    request.resources().flat_map(|r| r.scopes()).flat_map(|s| s.log_records()).next().unwrap().body
}

/// An `AnyValue` without unknown fields around its value: those are not part of a view's value.
fn any_value(dice: &mut Dice<'_>) -> Vec<u8> {
    let payload = generate::any_value(dice, 3);
    let probe = generate_pair("", &body(&request_with(&payload)));
    parts(&probe).1.unwrap().to_vec()
}

/// The encoded key and value of an attribute.
fn parts(raw: &[u8]) -> (Option<&[u8]>, Option<&[u8]>) {
    let of = descriptors::message(".opentelemetry.proto.common.v1.KeyValue");
    let pair = tree::read(of, raw, 0..raw.len(), 64).unwrap();
    let part =
        |number| pair.fields.iter().find(|node| node.number == number).map(|node| &raw[node.at.clone()]);
    (part(1), part(2))
}

/// What an added attribute is encoded as.
fn generate_pair(key: &str, value: &AnyValue<'_>) -> Vec<u8> {
    struct Add<'v>(&'v str, &'v AnyValue<'v>);
    impl<'a> Edit<'a> for Add<'_> {
        fn record(&mut self, _: &'static Message, _: &'a [u8], add: &mut Additions<'_>) -> Whole {
            add.attribute(self.0, self.1);
            Whole::Behind
        }
    }
    // { resource_logs { scope_logs { log_records {} } } }
    let empty = Bytes::from_static(&[0x0a, 4, 0x12, 2, 0x12, 0]);
    let request = Request::validate(Signal::Logs, empty, &Limits::default()).unwrap();
    let edited = request.edit(&mut Add(key, value));
    let scope = edited.resources().next().unwrap().scopes().next().unwrap();
    scope.log_records().next().unwrap().attributes().next().unwrap().raw.to_vec()
}

/// Throws dice at everything that it is shown, and writes down what it asks for.
struct Random<'d, 'c> {
    dice: &'d mut Dice<'c>,
    request: Request,
    /// Where a payload stands and what becomes of it.
    changes: Vec<(Range<usize>, Change)>,
    /// What stands there instead.
    text: String,
    bytes: Vec<u8>,
    value: Option<Request>,
    /// Where the record stands that was announced last.
    record: Range<usize>,
}

impl Random<'_, '_> {
    fn at(&self, slice: &[u8]) -> Range<usize> {
        let start = slice.as_ptr() as usize - self.request.bytes().as_ptr() as usize;
        start..start + slice.len()
    }

    fn change(&mut self, slice: &[u8], change: Change) {
        let at = self.at(slice);
        self.changes.push((at, change));
    }

    fn new_text(&mut self) -> Vec<u8> {
        self.text = "ä".repeat(self.dice.below(200));
        self.text.clone().into_bytes()
    }
}

impl<'a> Edit<'a> for Random<'_, '_> {
    fn room(&self, _: &Request) -> usize {
        0
    }

    fn seen(&mut self, _: &mut Additions<'_>) -> Whole {
        if !self.dice.once_in(6) {
            return Whole::Inside;
        }
        self.changes.push((self.record.clone(), Change::Remove));
        Whole::Remove
    }

    fn record(&mut self, of: &'static Message, raw: &'a [u8], add: &mut Additions<'_>) -> Whole {
        self.record = self.at(raw);
        let int = AnyValue::Int(-1);
        let number = of.fields.iter().find(|field| field.role == Role::Attributes).unwrap().number;
        if self.request.signal() == Signal::Logs && self.dice.once_in(4) {
            let set = |number, wire, payload| Change::Set(number, wire, payload);
            add.event_name("name".into());
            add.event_name("not this one".into());
            self.change(raw, set(12, WireType::LengthDelimited, b"name".to_vec()));
            if self.dice.once_in(2) {
                let payload = any_value(self.dice);
                add.body(&body(&request_with(&payload)));
                self.change(raw, set(5, WireType::LengthDelimited, payload));
            }
            add.observed_time(7);
            self.change(raw, set(11, WireType::SixtyFourBit, 7u64.to_le_bytes().to_vec()));
        }
        if self.dice.once_in(3) {
            add.attribute("added", &int);
            self.change(raw, Change::Insert(number, generate_pair("added", &int)));
            let long = "x".repeat(self.dice.below(300));
            let long = AnyValue::Str(long.as_str().into());
            add.attribute("more", &long);
            self.change(raw, Change::Insert(number, generate_pair("more", &long)));
        }
        match self.dice.below(6) {
            0 => {
                self.change(raw, Change::Remove);
                Whole::Remove
            }
            1 => Whole::Behind,
            _ => Whole::Inside,
        }
    }

    fn pair(&mut self, _: &'static Message, pair: &KeyValue<'a>) -> Pair<'_> {
        if self.dice.once_in(8) {
            self.change(pair.raw, Change::Remove);
            return Pair::Remove;
        }
        let (raw_key, raw_value) = parts(pair.raw);
        let key = self.dice.once_in(6);
        if let Some(raw) = raw_key.filter(|_| key) {
            let new = self.new_text();
            self.change(raw, Change::Replace(new));
        }
        let value = self.dice.once_in(4);
        if let Some(raw) = raw_value.filter(|_| value) {
            let new = any_value(self.dice);
            self.value = Some(request_with(&new));
            self.change(raw, Change::Replace(new));
        }
        let value = self.value.as_ref().filter(|_| value && raw_value.is_some()).map(body);
        match (key, value) {
            (false, None) if self.dice.once_in(4) => Pair::Keep,
            (false, None) => Pair::Inside,
            (key, value) => Pair::Set { key: key.then(|| self.text.as_str().into()), value },
        }
    }

    fn text(&mut self, _: &'static Message, _: &'static Field, text: Text<'a>) -> Option<Text<'_>> {
        if !self.dice.once_in(4) {
            return None;
        }
        let new = self.new_text();
        self.change(text.as_bytes(), Change::Replace(new));
        Some(self.text.as_str().into())
    }

    fn bytes(&mut self, _: &'static Message, _: &'static Field, bytes: &'a [u8]) -> Option<&[u8]> {
        if !self.dice.once_in(2) {
            return None;
        }
        self.bytes = vec![1; self.dice.below(40_000)];
        self.change(bytes, Change::Replace(self.bytes.clone()));
        Some(&self.bytes)
    }
}

fn signal() -> impl Strategy<Value = Signal> {
    proptest::sample::select(&Signal::ALL[..])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_edits_give_the_bytes_of_the_same_edits_on_the_decoded_message(
        signal in signal(), dice in vec(any::<u8>(), 0..1500), choices in vec(any::<u8>(), 0..600), padded: bool,
    ) {
        let varints = if padded { Varints::Padded } else { Varints::Minimal };
        let bytes = Bytes::from(generate::request(signal, &mut Dice(&dice), varints));
        let mut tree = tree::read(descriptors::request(signal), &bytes, 0..bytes.len(), 64).unwrap();
        let request = Request::validate(signal, bytes, &Limits::default()).unwrap();
        let mut random = Random {
            dice: &mut Dice(&choices),
            request: request.clone(),
            changes: Vec::new(),
            text: String::new(),
            bytes: Vec::new(),
            value: None,
            record: 0..0,
        };
        let edited = request.edit(&mut random);
        let changes = random.changes;
        tree.edit(&changes);
        let expected = tree.encode();
        if !padded {
            prop_assert_eq!(edited.bytes(), &Bytes::from(expected.clone()));
        }
        prop_assert_eq!(Decoded::of(signal, edited.bytes()), Decoded::of(signal, &expected));
        prop_assert_eq!(edited.records(), tree.records());
        let again = Request::validate(signal, edited.bytes().clone(), &Limits::default()).unwrap();
        prop_assert_eq!(&again, &edited);
        if changes.is_empty() {
            prop_assert_eq!(edited.bytes().as_ptr(), request.bytes().as_ptr());
        }
    }

    #[test]
    fn an_edit_is_shown_every_string_and_bytes_value_once(signal in signal(), dice in vec(any::<u8>(), 0..1500)) {
        let bytes = Bytes::from(generate::request(signal, &mut Dice(&dice), Varints::Minimal));
        let start = bytes.as_ptr() as usize;
        let tree = tree::read(descriptors::request(signal), &bytes, 0..bytes.len(), 64).unwrap();
        let mut expected: Vec<_> = tree.texts().into_iter().map(|at| (start + at.start, at.len())).collect();
        let request = Request::validate(signal, bytes, &Limits::default()).unwrap();
        let mut seen = Seen { bounded: true, ..Seen::default() };
        prop_assert_eq!(request.edit(&mut seen), request.clone());
        prop_assert!(seen.bounded);
        expected.sort_unstable();
        seen.texts.sort_unstable();
        prop_assert_eq!(seen.texts, expected);
    }
}

/// Addresses of texts, each as often as it was shown.
#[derive(Default)]
struct Seen {
    texts: Vec<(usize, usize)>,
    bounded: bool,
}

impl Seen {
    fn see(&mut self, text: &[u8]) {
        self.texts.push((text.as_ptr() as usize, text.len()));
    }
}

impl<'a> Edit<'a> for Seen {
    fn pair(&mut self, _: &'static Message, pair: &KeyValue<'a>) -> Pair<'_> {
        let raw = pair.raw.as_ptr_range();
        let inside = |text: &[u8]| raw.contains(&text.as_ptr()) || text.is_empty();
        self.bounded &= inside(pair.key.as_bytes());
        // A key that is not there has no place.
        if raw.contains(&pair.key.as_bytes().as_ptr()) || pair.key.as_bytes().as_ptr() == raw.end {
            self.see(pair.key.as_bytes());
        }
        match pair.value {
            AnyValue::Str(text) => self.see(text.as_bytes()),
            AnyValue::Bytes(bytes) => self.see(bytes),
            _ => {}
        }
        Pair::Inside
    }

    fn text(&mut self, _: &'static Message, _: &'static Field, text: Text<'a>) -> Option<Text<'_>> {
        self.see(text.as_bytes());
        None
    }

    fn bytes(&mut self, _: &'static Message, _: &'static Field, bytes: &'a [u8]) -> Option<&[u8]> {
        self.see(bytes);
        None
    }
}

#[test]
fn lengths_grow_and_shrink_over_every_width_of_their_prefix() {
    struct Body(String);
    impl<'a> Edit<'a> for Body {
        fn text(&mut self, _: &'static Message, _: &'static Field, _: Text<'a>) -> Option<Text<'_>> {
            Some(self.0.as_str().into())
        }
    }
    let lengths = [0, 1, 100, 119, 120, 127, 128, 16_000, 16_383, 16_384, 2_097_151, 2_097_152];
    for (from, to) in lengths.iter().flat_map(|from| lengths.iter().map(move |to| (*from, *to))) {
        let text = |len: usize| {
            let value = generate_pair("", &AnyValue::Str("x".repeat(len).as_str().into()));
            request_with(parts(&value).1.unwrap())
        };
        assert_eq!(text(from).edit(&mut Body("x".repeat(to))), text(to), "{from} to {to}");
    }
}

#[test]
fn a_field_that_is_added_takes_the_place_of_an_explicit_default() {
    struct Add;
    impl<'a> Edit<'a> for Add {
        fn record(&mut self, _: &'static Message, _: &'a [u8], add: &mut Additions<'_>) -> Whole {
            add.event_name("first".into());
            add.observed_time(7);
            add.event_name("second".into());
            Whole::Behind
        }
    }
    // { resource_logs { scope_logs { log_records { event_name: "" observed_time_unix_nano: 0 } } } }
    let record = [&[0x62, 0, 0x59][..], &[0; 8]].concat();
    let len = record.len() as u8;
    let bytes = Bytes::from([&[0x0a, len + 4, 0x12, len + 2, 0x12, len], &record[..]].concat());
    let request = Request::validate(Signal::Logs, bytes, &Limits::default()).unwrap();
    let edited = request.edit(&mut Add);
    let record: LogRecord<'_> =
        edited.resources().flat_map(|r| r.scopes()).flat_map(|s| s.log_records()).next().unwrap();
    assert_eq!(
        (record.event_name.as_str(), record.observed_time_unix_nano, record.raw.len()),
        ("first", 7, 2 + 5 + 9)
    );
}

#[test]
fn a_resource_and_a_scope_are_announced_before_their_attributes_and_passed_by_where_that_is_said() {
    struct Told(Vec<String>, bool);
    impl<'a> Edit<'a> for Told {
        fn container(&mut self, of: &'static Message, _: &'a [u8]) {
            self.0.push(of.name.to_owned());
        }
        fn part(&mut self, of: &'static Message, part: &'a [u8]) -> bool {
            self.0.push(format!("{} of {}", of.name, part.len()));
            !self.1 || of.name != "Resource"
        }
        fn pair(&mut self, _: &'static Message, pair: &KeyValue<'a>) -> Pair<'_> {
            self.0.push(pair.key.as_str().to_owned());
            Pair::Keep
        }
    }
    // { resource_logs { resource { attributes { key: "a" } } scope_logs { scope { attributes { key: "b" } } } } }
    let bytes = b"\x0a\x10\x0a\x05\x0a\x03\x0a\x01a\x12\x07\x0a\x05\x1a\x03\x0a\x01b";
    let request = Request::validate(Signal::Logs, Bytes::from_static(bytes), &Limits::default()).unwrap();
    for (not_inside, in_resource) in [(false, &["a"][..]), (true, &[])] {
        let mut told = Told(Vec::new(), not_inside);
        request.edit(&mut told);
        let behind = ["ScopeLogs", "InstrumentationScope of 5", "b"];
        assert_eq!(told.0, [&["ResourceLogs", "Resource of 5"], in_resource, &behind].concat());
    }
}
