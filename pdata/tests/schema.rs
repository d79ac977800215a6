//! The schema table holds what the `.proto` files of OTLP say.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

use common::descriptors::{self, Type};
use pdata::Signal;
use pdata::schema::{Kind, Label, Message, Role};
use std::collections::HashSet;

/// Compares a message type and all below it with its descriptor; once each.
fn compare(ours: &'static Message, theirs: &'static descriptors::Message, seen: &mut HashSet<&'static str>) {
    if !seen.insert(ours.name) {
        return;
    }
    assert_eq!(ours.name, theirs.name);
    let numbers = |mut numbers: Vec<u32>| {
        numbers.sort_unstable();
        numbers
    };
    let known = ours.fields.iter().filter(|field| field.number != 0);
    assert_eq!(
        numbers(known.map(|field| field.number).collect()),
        numbers(theirs.fields.iter().map(|field| field.number).collect()),
        "{}",
        ours.name
    );
    for their in &theirs.fields {
        let our = ours.field(their.number).unwrap();
        let place = format!("{}.{}", ours.name, their.name);
        assert_eq!((our.number, our.name, our.json), (their.number, &*their.name, &*their.json_name));
        let label = match (their.repeated(), their.oneof()) {
            (true, _) => Label::Repeated,
            (_, true) => Label::Oneof,
            _ => Label::Singular,
        };
        assert_eq!(our.label, label, "{place}");
        let role = match their.message() {
            _ if their.record() => Role::Record,
            _ if their.attributes() => Role::Attributes,
            Some(inner) if holds_records(inner) => Role::Container,
            _ => Role::Plain,
        };
        assert_eq!(our.role, role, "{place}");
        match (our.kind, their.kind()) {
            (Kind::Message(our), Type::Message) => compare(our, their.message().unwrap(), seen),
            (Kind::Enum(our), Type::Enum) => {
                let their = descriptors::enumeration(&their.type_name);
                let their: Vec<_> = their.values.iter().map(|value| (&*value.name, value.number)).collect();
                assert_eq!(our.values, their, "{place}");
            }
            (Kind::Id(len), Type::Bytes) => assert_eq!(Some(len), their.id(), "{place}"),
            (Kind::Bytes, Type::Bytes) => assert_eq!(None, their.id(), "{place}"),
            (our, their) => assert_eq!(format!("{our:?}"), format!("{their:?}"), "{place}"),
        }
    }
}

fn holds_records(message: &descriptors::Message) -> bool {
    message.fields.iter().any(|field| {
        field.record()
            || field.message().is_some_and(|inner| {
                // `AnyValue` and `KeyValue` hold themselves, and no records.
                !field.attributes() && !inner.name.ends_with("Value") && holds_records(inner)
            })
    })
}

#[test]
fn the_table_holds_every_message_field_and_enum_value_of_the_descriptors() {
    let mut seen = HashSet::new();
    for signal in Signal::ALL {
        compare(signal.schema(), descriptors::request(signal), &mut seen);
    }
    assert_eq!(seen.len(), 34, "{seen:?}");
}
