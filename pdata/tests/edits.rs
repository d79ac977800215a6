//! Every edit against the same edit of a naive tree of the message.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

use bytes::Bytes;
use common::descriptors::{self, Type};
use common::generate::{self, Dice, Varints};
use common::oracle::Decoded;
use common::tree::{self, Node, Tree, Value};
use pdata::view::AnyValue;
use pdata::{Edits, ForeignSlice, Limits, Request, Signal};
use proptest::collection::vec;
use proptest::prelude::*;
use prost::encoding::WireType;
use std::ops::Range;

/// What a test asks of [`Edits`] and of [`Tree::edit`] alike.
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

trait Edit {
    fn edit(&mut self, changes: &[(Range<usize>, Change)]);
}

impl Edit for Tree {
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

/// The value of an attribute that holds `payload`, read through a view of its own.
fn with_value<R>(payload: &[u8], then: impl FnOnce(&AnyValue<'_>) -> R) -> R {
    let mut message = payload.to_vec();
    for number in [5, 2, 2, 1] {
        let inner = Value::Raw(std::mem::take(&mut message));
        let of = descriptors::request(Signal::Logs);
        let node = Node { number, wire: WireType::LengthDelimited, at: 0..0, value: inner };
        message = Tree { of, at: 0..0, fields: vec![node] }.encode();
    }
    let request = Request::validate(Signal::Logs, Bytes::from(message), &Limits::default()).unwrap();
    let record = request.resources().flat_map(|r| r.scopes()).flat_map(|s| s.log_records()).next().unwrap();
    then(&record.body)
}

/// An `AnyValue` without unknown fields around its value: those are not part of a view's value.
fn any_value(dice: &mut Dice<'_>) -> Vec<u8> {
    let payload = generate::any_value(dice, 3);
    with_value(&payload, |value| {
        let probe = generate_pair("", value);
        let of = descriptors::message(".opentelemetry.proto.common.v1.KeyValue");
        let pair = tree::read(of, &probe, 0..probe.len(), 64).unwrap();
        let value = pair.fields.into_iter().find(|node| node.number == 2).unwrap();
        probe[value.at].to_vec()
    })
}

/// What `insert_attribute` writes for a pair.
fn generate_pair(key: &str, value: &AnyValue<'_>) -> Vec<u8> {
    // { resource_logs { scope_logs { log_records {} } } }
    let empty = Bytes::from_static(&[0x0a, 4, 0x12, 2, 0x12, 0]);
    let request = Request::validate(Signal::Logs, empty, &Limits::default()).unwrap();
    let mut edits = Edits::of(&request);
    let scope = request.resources().next().unwrap().scopes().next().unwrap();
    scope.log_records().next().unwrap().insert_attribute(&mut edits, key, value);
    let edited = edits.apply().unwrap();
    let scope = edited.resources().next().unwrap().scopes().next().unwrap();
    scope.log_records().next().unwrap().attributes().next().unwrap().raw.to_vec()
}

/// Places that an edit can name, with what may be done to them.
struct Target<'a> {
    slice: &'a [u8],
    kind: Type,
    value: bool,
}

fn targets<'a>(tree: &Tree, bytes: &'a [u8]) -> Vec<Target<'a>> {
    let mut targets = Vec::new();
    tree.messages(&mut |tree| {
        for (field, node) in tree.known() {
            let kind = field.kind();
            if matches!(kind, Type::String | Type::Bytes | Type::Message) {
                let value = field.type_name.ends_with(".AnyValue");
                targets.push(Target { slice: &bytes[node.at.clone()], kind, value });
            }
        }
    });
    targets
}

/// Random edits of a request, and the same for the tree.
fn edit(request: &Request, tree: &Tree, dice: &mut Dice<'_>) -> (Edits, Vec<(Range<usize>, Change)>) {
    let bytes = request.bytes();
    let mut edits = Edits::of(request);
    let mut changes = Vec::new();
    let range = |slice: &[u8]| {
        let start = slice.as_ptr() as usize - bytes.as_ptr() as usize;
        start..start + slice.len()
    };
    let targets = targets(tree, bytes);
    for _ in 0..dice.below(8).min(targets.len()) {
        let target = &targets[dice.below(targets.len())];
        let change = match target.kind {
            _ if dice.once_in(4) => {
                edits.remove(target.slice);
                Change::Remove
            }
            Type::String => {
                let text = "ä".repeat(dice.below(200));
                edits.replace_text(target.slice, text.clone());
                Change::Replace(text.into_bytes())
            }
            Type::Bytes if target.slice.is_empty() || ![8, 16].contains(&target.slice.len()) => {
                // An empty id may look like this; `apply` then refuses, which the caller allows for.
                let new = vec![1; dice.below(40_000)];
                edits.replace_bytes(target.slice, new.clone());
                Change::Replace(new)
            }
            Type::Message if target.value => {
                let payload = any_value(dice);
                with_value(&payload, |value| edits.replace_value(target.slice, value));
                Change::Replace(payload)
            }
            _ => continue,
        };
        changes.push((range(target.slice), change));
    }
    let scopes = || request.resources().flat_map(|resource| resource.scopes());
    if request.signal() == Signal::Traces {
        for span in scopes().flat_map(|scope| scope.spans()) {
            if dice.once_in(3) {
                span.insert_attribute(&mut edits, "added", &AnyValue::Int(-1));
                changes
                    .push((range(span.raw), Change::Insert(9, generate_pair("added", &AnyValue::Int(-1)))));
            }
        }
    }
    if request.signal() == Signal::Logs {
        for record in scopes().flat_map(|scope| scope.log_records()) {
            match dice.below(8) {
                1 | 2 => {
                    let payload = any_value(dice);
                    let pair = with_value(&payload, |value| {
                        record.insert_attribute(&mut edits, "added", value);
                        generate_pair("added", value)
                    });
                    changes.push((range(record.raw), Change::Insert(6, pair)));
                }
                3 => {
                    let payload = any_value(dice);
                    with_value(&payload, |value| record.set_body(&mut edits, value));
                    changes.push(match record.raw_body {
                        Some(old) => (range(old), Change::Replace(payload)),
                        None => (range(record.raw), Change::Set(5, WireType::LengthDelimited, payload)),
                    });
                }
                4 => {
                    record.insert_event_name(&mut edits, "name");
                    let set = Change::Set(12, WireType::LengthDelimited, b"name".to_vec());
                    changes.push((range(record.raw), set));
                }
                5 => {
                    record.insert_observed_time(&mut edits, 7);
                    let set = Change::Set(11, WireType::SixtyFourBit, 7u64.to_le_bytes().to_vec());
                    changes.push((range(record.raw), set));
                }
                _ => {}
            }
        }
    }
    (edits, changes)
}

fn signal() -> impl Strategy<Value = Signal> {
    proptest::sample::select(&Signal::ALL[..])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_edits_give_the_bytes_of_the_same_edits_on_the_decoded_message(
        signal in signal(), dice in vec(any::<u8>(), 0..1500), choices in vec(any::<u8>(), 0..300), padded: bool,
    ) {
        let varints = if padded { Varints::Padded } else { Varints::Minimal };
        let bytes = Bytes::from(generate::request(signal, &mut Dice(&dice), varints));
        let mut tree = tree::read(descriptors::request(signal), &bytes, 0..bytes.len(), 64).unwrap();
        let request = Request::validate(signal, bytes, &Limits::default()).unwrap();
        let (edits, changes) = edit(&request, &tree, &mut Dice(&choices));
        let untouched = changes.is_empty();
        let Ok(edited) = edits.apply() else {
            // Ids take no new value.
            let mut ids = Vec::new();
            tree.messages(&mut |tree| ids.extend(
                tree.known().filter(|(field, _)| field.id().is_some()).map(|(_, node)| node.at.clone()),
            ));
            let about_id = |(at, change): &(Range<usize>, Change)| {
                matches!(change, Change::Replace(_)) && ids.contains(at)
            };
            prop_assert!(changes.iter().any(about_id));
            return Ok(());
        };
        tree.edit(&changes);
        let expected = tree.encode();
        if !padded {
            prop_assert_eq!(edited.bytes(), &Bytes::from(expected.clone()));
        }
        prop_assert_eq!(Decoded::of(signal, edited.bytes()), Decoded::of(signal, &expected));
        let again = Request::validate(signal, edited.bytes().clone(), &Limits::default()).unwrap();
        prop_assert_eq!(&again, &edited);
        if untouched {
            prop_assert_eq!(edited.bytes().as_ptr(), request.bytes().as_ptr());
        }
    }

    #[test]
    fn an_edit_of_any_other_slice_is_refused_or_changes_nothing_but_a_field(
        signal in signal(), dice in vec(any::<u8>(), 0..600), from: u16, len: u16, how in 0u8..3,
    ) {
        let bytes = Bytes::from(generate::request(signal, &mut Dice(&dice), Varints::Minimal));
        let request = Request::validate(signal, bytes.clone(), &Limits::default()).unwrap();
        let from = usize::from(from) % (bytes.len() + 1);
        let slice = &bytes[from..from + usize::from(len) % (bytes.len() - from + 1)];
        let mut edits = Edits::of(&request);
        match how {
            0 => edits.remove(slice),
            1 => edits.replace_text(slice, "text"),
            _ => edits.replace_bytes(slice, [0xff; 3]),
        }
        if let Ok(edited) = edits.apply() {
            prop_assert!(Request::validate(signal, edited.bytes().clone(), &Limits::default()).is_ok());
        }
    }
}

#[test]
fn an_edit_of_another_requests_bytes_is_refused() {
    let request = |text: &'static [u8]| {
        // { resource_logs { schema_url: … } }
        let bytes = [&[0x0a, text.len() as u8 + 2, 0x1a, text.len() as u8], text].concat();
        Request::validate(Signal::Logs, Bytes::from(bytes), &Limits::default()).unwrap()
    };
    let (one, other) = (request(b"one"), request(b"other"));
    let mut edits = Edits::of(&one);
    edits.replace_text(one.resources().next().unwrap().schema_url.as_bytes(), "new");
    edits.replace_text(other.resources().next().unwrap().schema_url.as_bytes(), "new");
    assert_eq!(edits.apply(), Err(ForeignSlice));
}

#[test]
fn text_is_not_put_where_a_message_bytes_or_an_id_stands() {
    // { resource_logs { scope_logs { log_records { body { bytes_value: "b" } trace_id: 16 × 't' } } } }
    let record = [&[0x2a, 3, 0x3a, 1, b'b', 0x4a, 16][..], &[b't'; 16]].concat();
    let len = record.len() as u8;
    let bytes = Bytes::from([&[0x0a, len + 4, 0x12, len + 2, 0x12, len], &record[..]].concat());
    let request = Request::validate(Signal::Logs, bytes, &Limits::default()).unwrap();
    let record = request.resources().flat_map(|r| r.scopes()).flat_map(|s| s.log_records()).next().unwrap();
    let AnyValue::Bytes(bytes) = record.body else { panic!("{record:?}") };
    for slice in [record.raw, record.raw_body.unwrap(), bytes, record.trace_id] {
        let mut edits = Edits::of(&request);
        edits.replace_text(slice, "text");
        assert_eq!(edits.apply(), Err(ForeignSlice));
    }
}

#[test]
fn a_field_set_twice_and_one_that_stands_there_as_an_explicit_default_end_up_once() {
    // { resource_logs { scope_logs { log_records { event_name: "" observed_time_unix_nano: 0 } } } }
    let record = [&[0x62, 0, 0x59][..], &[0; 8]].concat();
    let len = record.len() as u8;
    let bytes = Bytes::from([&[0x0a, len + 4, 0x12, len + 2, 0x12, len], &record[..]].concat());
    let request = Request::validate(Signal::Logs, bytes, &Limits::default()).unwrap();
    let first = |request: &'_ Request| {
        let record =
            request.resources().flat_map(|r| r.scopes()).flat_map(|s| s.log_records()).next().unwrap();
        (record.event_name.as_str().to_owned(), record.observed_time_unix_nano, record.raw.len())
    };
    let mut edits = Edits::of(&request);
    let record = request.resources().flat_map(|r| r.scopes()).flat_map(|s| s.log_records()).next().unwrap();
    record.insert_event_name(&mut edits, "first");
    record.insert_observed_time(&mut edits, 7);
    record.insert_event_name(&mut edits, "second");
    assert_eq!(first(&edits.apply().unwrap()), ("first".to_owned(), 7, 2 + 5 + 9));
}
