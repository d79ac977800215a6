//! Ids for records that came without one: UUID version 7 (RFC 9562), so that they sort by the event's time.

use std::hash::{BuildHasher, RandomState};
use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};

/// Makes [`RecordIds`], one a request: nothing is shared between threads while they write ids.
#[derive(Debug, Default)]
pub(super) struct Seeds {
    /// Keyed by the operating system's randomness, so that no two agents count alike.
    key: RandomState,
    requests: AtomicU64,
}

impl Seeds {
    /// A generator for the records of one request.
    pub(super) fn next(&self) -> RecordIds {
        let request = self.requests.fetch_add(1, Ordering::Relaxed);
        RecordIds(fastrand::Rng::with_seed(self.key.hash_one(request)))
    }
}

/// The ids of one request.
#[derive(Debug)]
pub(super) struct RecordIds(fastrand::Rng);

impl RecordIds {
    /// An id for an event that happened at `unix_nano`, as text.
    pub(super) fn next<'b>(&mut self, unix_nano: u64, buffer: &'b mut [u8; 36]) -> &'b str {
        let [random @ .., _, _, _, _, _, _] = self.0.u128(..).to_le_bytes();
        let id = uuid::Builder::from_unix_timestamp_millis(unix_nano / 1_000_000, &random).into_uuid();
        *buffer = hyphenated(id.into_bytes());
        std::str::from_utf8(buffer).unwrap_or_default()
    }
}

/// A UUID as text, in lower case. The crate's way takes twice as long.
fn hyphenated(id: [u8; 16]) -> [u8; 36] {
    let digit = |nibble: u8| nibble + if nibble < 10 { b'0' } else { b'a' - 10 };
    let digits = id.map(|byte| [digit(byte >> 4), digit(byte & 15)]);
    let mut digits = digits.as_flattened();
    let mut text = [b'-'; 36];
    let mut room = text.as_mut_slice();
    for len in [8, 4, 4, 4, 12] {
        let (Some((group, rest)), Some((to, rest_of_room))) =
            (digits.split_at_checked(len), mem::take(&mut room).split_at_mut_checked(len))
        else {
            break;
        };
        to.copy_from_slice(group);
        digits = rest;
        room = rest_of_room.get_mut(1..).unwrap_or_default();
    }
    text
}

/// Whether a source's own id can stand for the record. Destinations drop repeated ids, and some sources
/// give the *kind* of event under the same keys (Windows: `event_id: "4624"`): only what looks like a
/// ULID, UUID or digest is taken.
pub(super) fn looks_unique(id: &[u8]) -> bool {
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_:.".contains(byte);
    (16..=128).contains(&id.len()) && id.iter().all(allowed)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn ids_are_version_7_carry_the_events_time_and_do_not_repeat() {
        let seeds = Seeds::default();
        let mut seen = HashSet::new();
        for _ in 0..100 {
            let mut ids = seeds.next();
            for _ in 0..100 {
                let mut buffer = [0; 36];
                let id = ids.next(1_760_000_000_123_456_789, &mut buffer);
                let parsed = uuid::Uuid::parse_str(id).unwrap();
                assert_eq!(parsed.get_version_num(), 7);
                assert_eq!(parsed.get_timestamp().unwrap().to_unix(), (1_760_000_000, 123_000_000));
                assert!(seen.insert(parsed), "{id} repeats");
            }
        }
    }

    #[test]
    fn an_id_is_written_as_its_crate_writes_it() {
        let id: [u8; 16] = std::array::from_fn(|at| (at * 17) as u8 ^ 0x5a);
        assert_eq!(&hyphenated(id), uuid::Uuid::from_bytes(id).to_string().as_bytes());
    }

    #[test]
    fn event_kinds_are_not_taken_for_ids() {
        assert!(looks_unique(b"01J9Z3Y4T5K6M7N8P9QRSTVWXY"));
        assert!(looks_unique(b"0199c0de-0000-7000-8000-000000000000"));
        for kind in [b"4624".as_slice(), b"user.login", b"", b"a message with spaces in it"] {
            assert!(!looks_unique(kind));
        }
    }
}
