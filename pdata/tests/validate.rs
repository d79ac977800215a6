//! What passes validation is what a strict prost would decode, and means the same.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

use bytes::Bytes;
use common::generate::{self, Dice, Varints};
use common::mutate::{distort, mutate, scramble};
use common::oracle::{Decoded, agree, strict_prost_decode};
use common::{descriptors, same, tree};
use pdata::{Limits, Request, Signal};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::HashSet;

/// Enough dice for a message with a few records.
fn dice() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..1500)
}

fn signal() -> impl Strategy<Value = Signal> {
    proptest::sample::select(&Signal::ALL[..])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_canonical_message_passes_as_the_same_bytes_and_every_view_reads_what_prost_reads(
        signal in signal(), dice in dice(), padded: bool,
    ) {
        let varints = if padded { Varints::Padded } else { Varints::Minimal };
        let bytes = Bytes::from(generate::request(signal, &mut Dice(&dice), varints));
        let request = Request::validate(signal, bytes.clone(), &Limits::default()).unwrap();
        prop_assert_eq!(request.bytes(), &bytes);
        let read = tree::read(descriptors::request(signal), &bytes, 0..bytes.len(), 64).unwrap();
        prop_assert_eq!(request.records(), read.records());
        same::assert_same(&request, &Decoded::of(signal, &bytes).unwrap());
    }

    #[test]
    fn arbitrary_bytes_pass_exactly_when_a_strict_prost_decodes_them(
        signal in signal(), bytes in vec(any::<u8>(), 0..200),
    ) {
        agree(signal, &bytes, &Limits::default());
    }

    #[test]
    fn a_damaged_message_passes_exactly_when_a_strict_prost_decodes_it(
        signal in signal(), dice in dice(), damage in vec(any::<u8>(), 40),
    ) {
        let bytes = generate::request(signal, &mut Dice(&dice), Varints::Padded);
        agree(signal, &mutate(bytes, &mut Dice(&damage)), &Limits::default());
    }

    #[test]
    fn a_message_with_distorted_fields_passes_exactly_when_a_strict_prost_decodes_it(
        signal in signal(), dice in dice(), damage in vec(any::<u8>(), 0..200),
    ) {
        let bytes = generate::request(signal, &mut Dice(&dice), Varints::Minimal);
        let mut distorted = tree::read(descriptors::request(signal), &bytes, 0..bytes.len(), 64).unwrap();
        distort(&mut distorted, &mut Dice(&damage));
        agree(signal, &distorted.encode(), &Limits::default());
    }

    #[test]
    fn fields_doubled_and_shuffled_are_merged_as_prost_merges_them_and_unknown_ones_stay(
        signal in signal(), dice in dice(), damage in vec(any::<u8>(), 0..200),
    ) {
        let bytes = generate::request(signal, &mut Dice(&dice), Varints::Padded);
        let of = descriptors::request(signal);
        let mut scrambled = tree::read(of, &bytes, 0..bytes.len(), 64).unwrap();
        scramble(&mut scrambled, &mut Dice(&damage));
        let bytes = scrambled.encode();
        agree(signal, &bytes, &Limits::default());
        let request = Request::validate(signal, Bytes::from(bytes), &Limits::default()).unwrap();
        let read = tree::read(of, request.bytes(), 0..request.bytes().len(), 64).unwrap();
        prop_assert!(!read.ambiguous());
        prop_assert!(read.unknown() <= scrambled.unknown());
        if !scrambled.ambiguous() {
            prop_assert_eq!(read.unknown(), scrambled.unknown());
        }
    }

    #[test]
    fn each_limit_refuses_exactly_what_exceeds_it(
        signal in signal(), dice in dice(), damage in vec(any::<u8>(), 0..60),
        bytes in 0usize..4000, depth in 0u32..14, records in 0u32..12, attributes in 0u32..4,
    ) {
        let message = generate::request(signal, &mut Dice(&dice), Varints::Minimal);
        let mut scrambled =
            tree::read(descriptors::request(signal), &message, 0..message.len(), 64).unwrap();
        scramble(&mut scrambled, &mut Dice(&damage));
        let message = scrambled.encode();
        let all = Limits::default();
        agree(signal, &message, &Limits { bytes, ..all.clone() });
        agree(signal, &message, &Limits { depth, ..all.clone() });
        agree(signal, &message, &Limits { records, ..all.clone() });
        agree(signal, &message, &Limits { attributes, ..all.clone() });
    }
}

#[test]
fn the_messages_of_these_tests_hold_every_field_of_otlp() {
    let mut rng = fastrand::Rng::with_seed(1);
    let mut seen = HashSet::new();
    let mut all = HashSet::new();
    for signal in Signal::ALL {
        for _ in 0..200 {
            let dice: Vec<u8> = std::iter::repeat_with(|| rng.u8(..)).take(1500).collect();
            let bytes = generate::request(signal, &mut Dice(&dice), Varints::Minimal);
            let tree = tree::read(descriptors::request(signal), &bytes, 0..bytes.len(), 64).unwrap();
            tree.messages(&mut |tree| {
                seen.extend(tree.known().map(|(field, _)| (&tree.of.name, &field.name)));
                all.extend(tree.of.fields.iter().map(|field| (&tree.of.name, &field.name)));
            });
        }
    }
    assert_eq!(all.difference(&seen).collect::<Vec<_>>(), Vec::<&(&String, &String)>::new());
    assert!(all.len() > 150);
}

/// The payload of an `AnyValue` that is `levels` arrays deep, as the body of a log record.
fn nested(levels: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut wrap = |tag: u8| {
        let mut outer = vec![tag << 3 | 2];
        prost::encoding::encode_varint(bytes.len() as u64, &mut outer);
        outer.append(&mut bytes);
        bytes = outer;
    };
    for _ in 0..levels {
        wrap(1);
        wrap(5);
    }
    for tag in [5, 2, 2, 1] {
        wrap(tag);
    }
    bytes
}

#[test]
fn nesting_is_refused_one_level_below_the_limit_and_not_before() {
    let limits = Limits { depth: 25, ..Limits::default() };
    // Request, resource, scope, record, body, then two levels an array.
    assert!(Request::validate(Signal::Logs, nested(10).into(), &limits).is_ok());
    assert!(Request::validate(Signal::Logs, nested(11).into(), &limits).is_err());
}

#[test]
fn no_limit_on_nesting_lets_a_message_through_that_prost_refuses_or_that_could_exhaust_the_stack() {
    let limits = Limits { depth: u32::MAX, ..Limits::default() };
    for levels in [46, 47, 48, 49, 50, 1_000, 20_000] {
        let bytes = nested(levels);
        let ours = Request::validate(Signal::Logs, bytes.clone().into(), &limits);
        assert!(ours.is_err() || Decoded::of(Signal::Logs, &bytes).is_some(), "{levels} levels");
        assert_eq!(ours.is_ok(), 5 + 2 * levels <= pdata::MAX_DEPTH as usize, "{levels} levels");
    }
}

/// A request of logs or traces with one record of these fields.
fn with_record(record: &[u8]) -> Bytes {
    let mut bytes = record.to_vec();
    for tag in [0x12, 0x12, 0x0a] {
        let mut outer = vec![tag];
        prost::encoding::encode_varint(bytes.len() as u64, &mut outer);
        outer.append(&mut bytes);
        bytes = outer;
    }
    Bytes::from(bytes)
}

#[test]
fn the_pair_that_has_a_way_of_its_own_counts_its_levels() {
    // attributes { key: "k" value { string_value: "v" } }
    let bytes = with_record(b"\x32\x08\x0a\x01k\x12\x03\x0a\x01v");
    for (depth, passes) in [(4, false), (5, false), (6, true)] {
        let limits = Limits { depth, ..Limits::default() };
        assert_eq!(Request::validate(Signal::Logs, bytes.clone(), &limits).is_ok(), passes, "{depth}");
        agree(Signal::Logs, &bytes, &limits);
    }
}

#[test]
fn an_id_is_empty_or_as_long_as_its_kind() {
    let ids = [
        (Signal::Logs, 9, 16),
        (Signal::Logs, 10, 8),
        (Signal::Traces, 1, 16),
        (Signal::Traces, 2, 8),
        (Signal::Traces, 4, 8),
    ];
    for (signal, number, right) in ids {
        for len in 0..=20u8 {
            let bytes = with_record(&[&[number << 3 | 2, len][..], &vec![1; len.into()]].concat());
            let passes = Request::validate(signal, bytes, &Limits::default()).is_ok();
            assert_eq!(passes, len == 0 || len == right, "{signal:?} {number} {len}");
        }
    }
}

#[test]
fn packed_numbers_fill_their_field() {
    // { resource_metrics { scope_metrics { metrics { histogram { data_points { bucket_counts } } } } } }
    for len in 0..=17u8 {
        let mut bytes = [&[6 << 3 | 2, len][..], &vec![0; len.into()]].concat();
        for number in [1, 9, 2, 2, 1] {
            bytes = [&[number << 3 | 2, bytes.len() as u8][..], &bytes].concat();
        }
        let passes = Request::validate(Signal::Metrics, bytes.into(), &Limits::default()).is_ok();
        assert_eq!(passes, len % 8 == 0, "{len} bytes");
    }
}

#[test]
fn groups_are_refused_although_prost_skips_them() {
    // Field 100 as an empty group.
    let bytes = [0xa3, 0x06, 0xa4, 0x06];
    assert!(Decoded::of(Signal::Logs, &bytes).is_some());
    assert!(strict_prost_decode(Signal::Logs, &bytes, &Limits::default()).is_none());
    assert!(Request::validate(Signal::Logs, Bytes::copy_from_slice(&bytes), &Limits::default()).is_err());
}

#[test]
fn a_refusal_names_the_place_and_no_value() {
    // resource_logs { scope_logs { log_records { attributes { key: <0xff, 's', 'e', 'c'> } } } }
    let bytes: &[u8] = b"\x0a\x0c\x12\x0a\x12\x08\x32\x06\x0a\x04\xffsec";
    let error = Request::validate(Signal::Logs, Bytes::from_static(bytes), &Limits::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"string is not UTF-8 at byte 10 in "resource_logs.scope_logs.log_records.attributes.key""#
    );
}
