//! Requests that were made to cost as much as they can: time grows with their size and no faster,
//! memory stays within a small multiple of it, the stack holds.
//!
//! Bounds in time are generous, for slow and busy machines in debug builds: they tell linear from
//! quadratic, where the difference is a thousandfold.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use bytes::Bytes;
use pdata::schema::{Field, Message};
use pdata::view::{AnyValue, KeyValue, Text};
use pdata::{Edit, Limits, MAX_DEPTH, Pair, Request, Signal};
use prost::encoding::encode_varint;
use std::time::{Duration, Instant};

const MIB: usize = 1 << 20;
const LINEAR: Duration = Duration::from_secs(60);

fn field(number: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    encode_varint(payload.len() as u64, &mut out);
    out.extend_from_slice(payload);
    out
}

/// A request of logs with these fields in one scope.
fn in_scope(fields: &[u8]) -> Bytes {
    Bytes::from(field(1, &field(2, fields)))
}

fn validate(bytes: Bytes) -> Request {
    Request::validate(Signal::Logs, bytes, &Limits::default()).unwrap()
}

/// Counts everything that it is shown.
struct Everything(usize);

impl<'a> Edit<'a> for Everything {
    fn pair(&mut self, _: &'static Message, _: &KeyValue<'a>) -> Pair<'_> {
        self.0 += 1;
        Pair::Inside
    }

    fn text(&mut self, _: &'static Message, _: &'static Field, _: Text<'a>) -> Option<Text<'_>> {
        self.0 += 1;
        None
    }

    fn bytes(&mut self, _: &'static Message, _: &'static Field, _: &'a [u8]) -> Option<&[u8]> {
        self.0 += 1;
        None
    }
}

#[test]
fn a_message_field_written_millions_of_times_is_merged_in_linear_time() {
    // Every body holds half of an attribute list; all but the first of each pair must be merged.
    let bodies = field(5, &field(6, &field(1, &field(1, b"k")))).repeat(200_000);
    let started = Instant::now();
    // As many attributes as that exceed the limit, but only once merged.
    let merged = Request::validate(Signal::Logs, in_scope(&field(2, &bodies)), &Limits::default());
    assert_eq!(merged.unwrap_err().what, "too many attributes");
    let severities = field(3, b"x").repeat(MIB);
    assert_eq!(validate(in_scope(&field(2, &severities))).bytes().len(), 3 + 3 * 2);
    assert!(started.elapsed() < LINEAR);
}

#[test]
fn a_message_that_is_doubled_at_every_level_is_merged_within_its_own_size() {
    // Each level is an empty value and then the one that counts: merging copies naively at each.
    let mut value = field(1, &vec![b'x'; 4 * MIB]);
    let mut levels = 0;
    while 5 + 2 * (levels + 1) <= 64 {
        // { array_value {} array_value { values { … } } }
        value = [field(5, &[]), field(5, &field(1, &value))].concat();
        levels += 1;
    }
    let started = Instant::now();
    let bytes = in_scope(&field(2, &field(5, &value)));
    let merged = validate(bytes.clone());
    assert_eq!(merged.bytes().len(), bytes.len() - 2 * levels);
    assert!(started.elapsed() < LINEAR);
}

#[test]
fn a_large_resource_is_not_copied_for_each_of_very_many_records() {
    let resource = field(1, &field(1, &field(1, &vec![b'k'; MIB])));
    let records = field(2, &[]).repeat(100_000);
    let bytes = Bytes::from(field(1, &[resource, field(2, &records)].concat()));
    let request = validate(bytes.clone());
    for parts in [request.clone().split_records(1), request.clone().split_bytes(MIB + 100)] {
        let copied: usize = parts.iter().map(|part| part.bytes().len()).sum();
        assert!(copied < 5 * bytes.len() + 17 * MIB, "{copied}");
        assert_eq!(parts.iter().map(Request::records).sum::<u32>(), request.records());
    }
}

#[test]
fn a_request_of_very_many_records_comes_apart_into_single_ones_in_little_more_than_linear_time() {
    let request = validate(in_scope(&field(2, b"\x1a\x01x").repeat(50_000)));
    let started = Instant::now();
    let parts = request.split_records(1);
    assert_eq!(parts.len(), 50_000);
    // Nothing is held in reserve by any of them.
    let capacity = |part: Request| {
        let bytes = part.bytes().clone();
        drop(part);
        bytes.try_into_mut().unwrap().capacity()
    };
    assert!(parts.into_iter().all(|part| capacity(part) < 64));
    assert!(started.elapsed() < LINEAR);
}

#[test]
fn very_many_empty_resources_cost_no_more_than_their_bytes() {
    let started = Instant::now();
    let request =
        validate(Bytes::from([field(1, &[]).repeat(4 * MIB), in_scope(&field(2, &[])).to_vec()].concat()));
    assert_eq!(request.records(), 1);
    assert_eq!(request.resources().count(), 4 * MIB + 1);
    assert_eq!(request.select(|_| true).unwrap().records(), 1);
    assert!(started.elapsed() < LINEAR);
}

#[test]
fn an_edit_of_each_of_very_many_attributes_is_applied_in_linear_time() {
    let record = field(2, &field(6, b"\x0a\x01k\x12\x03\x0a\x01v").repeat(4_000));
    let request = validate(in_scope(&record.repeat(25)));
    let started = Instant::now();
    struct Every(usize);
    impl<'a> Edit<'a> for Every {
        fn pair(&mut self, _: &'static Message, _: &KeyValue<'a>) -> Pair<'_> {
            self.0 += 1;
            match self.0 % 2 {
                0 => Pair::Remove,
                _ => Pair::Set { key: None, value: Some(AnyValue::Str("replaced".into())) },
            }
        }
    }
    let edited = request.edit(&mut Every(0));
    let record = edited.resources().flat_map(|r| r.scopes()).flat_map(|s| s.log_records()).next().unwrap();
    assert_eq!(record.attributes().count(), 2_000);
    assert!(started.elapsed() < LINEAR);
}

#[test]
fn the_deepest_nesting_that_can_be_allowed_is_validated_read_edited_and_merged_on_a_small_stack() {
    // A quarter of what a tokio worker has.
    let small = std::thread::Builder::new().stack_size(512 << 10);
    let run = || {
        let mut value = field(1, b"text");
        let mut levels = 0;
        while 5 + 2 * (levels + 1) <= MAX_DEPTH as usize {
            value = field(5, &field(1, &value));
            levels += 1;
        }
        let limits = Limits { depth: u32::MAX, ..Limits::default() };
        let bytes = in_scope(&field(2, &field(5, &value)));
        let request = Request::validate(Signal::Logs, bytes.clone(), &limits).unwrap();
        let mut seen = Everything(0);
        assert_eq!(request.edit(&mut seen), request);
        assert_eq!(seen.0, 1);
        struct Other;
        impl<'a> Edit<'a> for Other {
            fn text(&mut self, _: &'static Message, _: &'static Field, _: Text<'a>) -> Option<Text<'_>> {
                Some("other text".into())
            }
        }
        assert!(request.edit(&mut Other).bytes().ends_with(b"other text"));
        let twice = in_scope(&field(2, &[field(5, &value), field(5, &value)].concat()));
        // Two arrays of one element each are one of two.
        let merged = Request::validate(Signal::Logs, twice, &limits).unwrap();
        let mut seen = Everything(0);
        merged.edit(&mut seen);
        assert_eq!(seen.0, 2);
        value = field(5, &field(1, &value));
        assert!(Request::validate(Signal::Logs, in_scope(&field(2, &field(5, &value))), &limits).is_err());
    };
    small.spawn(run).unwrap().join().unwrap();
}
