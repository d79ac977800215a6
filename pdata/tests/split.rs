//! Joining, splitting and walking keep everything, once.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

use bytes::Bytes;
use common::descriptors;
use common::generate::{self, Dice, Varints};
use common::tree::{self, Tree, Value};
use pdata::{Limits, Request, Signal};
use proptest::collection::vec;
use proptest::prelude::*;

fn read(request: &Request) -> Tree {
    let bytes = request.bytes();
    tree::read(descriptors::request(request.signal()), bytes, 0..bytes.len(), 64).unwrap()
}

/// Every record with all that is said about it further up: resource, scope, metric, unknown fields.
fn records(tree: &Tree, above: &[u8], found: &mut Vec<(Vec<u8>, Vec<u8>)>) {
    let mut context = above.to_vec();
    let below = |node: &tree::Node| {
        tree.of.field(node.number).is_some_and(|field| {
            let data = matches!(field.message(), Some(of) if of.fields.iter().any(|field| field.record()));
            let holder =
                matches!(field.name.as_str(), "metrics" | "scope_logs" | "scope_spans" | "scope_metrics");
            data || holder || field.name.starts_with("resource_") || field.record()
        })
    };
    let mut rest = tree.clone();
    rest.fields.retain(|node| !below(node));
    context.extend(rest.encode());
    context.push(b'/');
    for node in tree.fields.iter().filter(|node| below(node)) {
        let Value::Message(inner) = &node.value else { panic!("{node:?}") };
        match tree.of.field(node.number).unwrap().record() {
            true => found.push((context.clone(), inner.encode())),
            false => {
                context.push(node.number as u8);
                records(inner, &context, found);
                context.pop();
            }
        }
    }
}

fn all_records(requests: &[Request]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut found = Vec::new();
    requests.iter().for_each(|request| records(&read(request), &[], &mut found));
    found
}

fn validated(signal: Signal, dice: &[u8]) -> Request {
    let bytes = generate::request(signal, &mut Dice(dice), Varints::Minimal);
    Request::validate(signal, Bytes::from(bytes), &Limits::default()).unwrap()
}

fn signal() -> impl Strategy<Value = Signal> {
    proptest::sample::select(&Signal::ALL[..])
}

fn dice() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..1500)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn parts_hold_the_same_records_in_order_under_the_same_resources_and_scopes(
        signal in signal(), dice in dice(), max_records in 0u32..6, max_bytes in 0usize..3000,
    ) {
        let request = validated(signal, &dice);
        let all = all_records(std::slice::from_ref(&request));
        let parts = request.clone().split_records(max_records);
        prop_assert_eq!(&all_records(&parts), &all);
        if max_records > 0 && request.records() > 0 {
            prop_assert_eq!(parts.len(), request.records().div_ceil(max_records) as usize);
            prop_assert!(parts.iter().all(|part| part.records() <= max_records));
        }
        let parts = request.clone().split_bytes(max_bytes);
        prop_assert_eq!(&all_records(&parts), &all);
        prop_assert!(max_bytes == 0 || parts.iter().all(|part| part.bytes().len() <= max_bytes || part.records() <= 1));
        prop_assert_eq!(parts.iter().map(Request::records).sum::<u32>(), request.records());
        for part in parts {
            prop_assert_eq!(Request::validate(signal, part.bytes().clone(), &Limits::default()), Ok(part));
        }
    }

    #[test]
    fn a_joined_request_holds_the_records_of_all_in_order(
        signal in signal(), several in vec(dice(), 0..4),
    ) {
        let requests: Vec<Request> = several.iter().map(|dice| validated(signal, dice)).collect();
        let joined = Request::join(signal, &requests);
        // Unknown fields of the requests themselves end up side by side: they belong to no record.
        let below = |requests: &[Request]| {
            let mut found = Vec::new();
            for mut tree in requests.iter().map(read) {
                tree.fields.retain(|node| node.number == 1);
                records(&tree, &[], &mut found);
            }
            found
        };
        prop_assert_eq!(below(std::slice::from_ref(&joined)), below(&requests));
        prop_assert_eq!(read(&joined).unknown(), requests.iter().map(|request| read(request).unknown()).sum::<usize>());
        prop_assert_eq!(Request::validate(signal, joined.bytes().clone(), &Limits::default()), Ok(joined));
    }

    #[test]
    fn a_selection_asks_once_a_record_in_order_and_keeps_exactly_what_it_is_told(
        signal in signal(), dice in dice(), kept: u64,
    ) {
        let request = validated(signal, &dice);
        let keep = |index: usize| kept >> (index % 64) & 1 == 1;
        let mut asked = Vec::new();
        let selected = request.select(|index| { asked.push(index); keep(index as usize) });
        prop_assert_eq!(asked, (0..request.records()).collect::<Vec<_>>());
        let mut expected = all_records(&[request]).into_iter().enumerate().collect::<Vec<_>>();
        expected.retain(|(index, _)| keep(*index));
        let expected: Vec<_> = expected.into_iter().map(|(_, record)| record).collect();
        prop_assert_eq!(selected.as_ref().map_or(0, Request::records) as usize, expected.len());
        prop_assert_eq!(selected.is_some(), !expected.is_empty());
        prop_assert_eq!(selected.map_or_else(Vec::new, |request| all_records(&[request])), expected);
    }
}

#[test]
fn resources_and_scopes_without_a_record_left_are_left_out() {
    // { resource_logs { scope_logs { log_records {} } } }, twice
    let bytes = Bytes::from_static(&[0x0a, 4, 0x12, 2, 0x12, 0, 0x0a, 4, 0x12, 2, 0x12, 0]);
    let request = Request::validate(Signal::Logs, bytes.clone(), &Limits::default()).unwrap();
    assert_eq!(request.select(|index| index == 1).unwrap().bytes(), &bytes[6..]);
    assert_eq!(request.select(|_| false), None);
    assert_eq!(request.select(|_| true), Some(request));
}
