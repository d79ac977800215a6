//! Under which attribute keys sources say what: one table, looked up once an attribute.

use pdata::Key;

/// What an event says, whatever the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Concept {
    RecordId,
    Action,
    ActorId,
    ActorType,
    TargetId,
    TargetType,
    Outcome,
    Reason,
    Decision,
    SourceId,
    // The following are sources only: what they say becomes a field of the record or one of the above.
    EventName,
    Method,
    Error,
    Severity,
    Time,
}

impl Concept {
    /// How many there are.
    pub(super) const COUNT: usize = Concept::Time as usize + 1;

    /// The key of the attribute that the processor writes; empty for what is a source only.
    // There is one for each.
    #[allow(clippy::indexing_slicing)]
    pub(super) fn key(self) -> &'static Key {
        &WRITTEN[self as usize]
    }
}

/// One row: this key says that.
#[derive(Debug)]
pub(super) struct Spelling {
    pub key: &'static str,
    pub concept: Concept,
    /// The type of actor or target that the key implies; empty where it implies none.
    pub implies: &'static str,
    /// Whether it is the attribute that the processor writes.
    pub written: bool,
}

const fn own(concept: Concept, key: &'static str) -> Spelling {
    Spelling { key, concept, implies: "", written: true }
}

const fn row(concept: Concept, key: &'static str) -> Spelling {
    Spelling { key, concept, implies: "", written: false }
}

const fn typed(concept: Concept, key: &'static str, implies: &'static str) -> Spelling {
    Spelling { key, concept, implies, written: false }
}

/// The keys that the processor writes, prepared; an empty one for what is a source only.
static WRITTEN: [Key; Concept::COUNT] = written();

// Out of bounds in a constant is a compiler error, not a panic.
#[allow(clippy::indexing_slicing, clippy::panic)]
const fn written() -> [Key; Concept::COUNT] {
    let Some(none) = Key::new(b"") else { panic!("an empty key is too long") };
    let mut keys = [none; Concept::COUNT];
    let mut row = 0;
    while row < TABLE.len() {
        if TABLE[row].written {
            let Some(key) = Key::new(TABLE[row].key.as_bytes()) else { panic!("a key is too long") };
            keys[TABLE[row].concept as usize] = key;
        }
        row += 1;
    }
    keys
}

use Concept::{
    Action, ActorId, ActorType, Decision, Error, EventName, Method, Outcome, Reason, RecordId, Severity,
    SourceId, TargetId, TargetType, Time,
};

/// The rows. Of several keys for one concept the upper row wins; `audit.*` is what the processor writes.
/// Nested maps are read with their keys joined by dots.
#[rustfmt::skip]
pub(super) static TABLE: [Spelling; 106] = [
    own(RecordId, "audit.record.id"),
    row(RecordId, "log.record.uid"),
    row(RecordId, "eventId"),
    row(RecordId, "event.id"),
    row(RecordId, "event_id"),
    row(RecordId, "auditID"),

    own(Action, "audit.action"),
    row(Action, "action"),
    row(Action, "event.action"),

    row(EventName, "event.name"),
    row(EventName, "event_name"),
    row(EventName, "event_type"),
    row(EventName, "eventType"),

    row(Method, "http.request.method"),
    row(Method, "http.method"),
    row(Method, "rpc.method"),

    own(ActorId, "audit.actor.id"),
    row(ActorId, "actor.id"),
    row(ActorId, "actor_id"),
    row(ActorId, "actorId"),
    row(ActorId, "principalId"),
    row(ActorId, "principal.id"),
    typed(ActorId, "user.id", "user"),
    typed(ActorId, "enduser.id", "user"),
    typed(ActorId, "usr.id", "user"),
    typed(ActorId, "user_id", "user"),
    typed(ActorId, "userId", "user"),
    typed(ActorId, "enduser.pseudo.id", "user"),
    typed(ActorId, "user.name", "user"),
    typed(ActorId, "username", "user"),
    typed(ActorId, "user.email", "user"),
    typed(ActorId, "user.hash", "user"),
    typed(ActorId, "gen_ai.agent.id", "service"),
    typed(ActorId, "oauth.client_id", "service"),
    row(ActorId, "actor"),
    typed(ActorId, "user", "user"),

    own(ActorType, "audit.actor.type"),
    row(ActorType, "actor.type"),
    row(ActorType, "actor_type"),
    row(ActorType, "actorType"),
    row(ActorType, "principalType"),
    row(ActorType, "principal.type"),

    own(TargetId, "audit.target.id"),
    row(TargetId, "target.id"),
    row(TargetId, "target_id"),
    row(TargetId, "targetId"),
    row(TargetId, "targetResourceId"),
    row(TargetId, "resource.id"),
    row(TargetId, "resource_id"),
    row(TargetId, "entity_id"),
    row(TargetId, "entity.id"),
    typed(TargetId, "user.target.id", "user"),
    typed(TargetId, "file.path", "file"),
    typed(TargetId, "db.collection.name", "table"),
    typed(TargetId, "url.path", "url"),
    typed(TargetId, "http.target", "url"),
    typed(TargetId, "url.full", "url"),
    typed(TargetId, "http.url", "url"),
    typed(TargetId, "http.route", "url"),
    row(TargetId, "target"),

    own(TargetType, "audit.target.type"),
    row(TargetType, "target.type"),
    row(TargetType, "target_type"),
    row(TargetType, "targetType"),
    row(TargetType, "targetResourceType"),
    row(TargetType, "resource.type"),
    row(TargetType, "resource_type"),
    row(TargetType, "entity_type"),
    row(TargetType, "entity.type"),
    row(TargetType, "entity"),

    own(Outcome, "audit.outcome"),
    row(Outcome, "outcome"),
    row(Outcome, "event.outcome"),
    row(Outcome, "result"),
    row(Outcome, "status"),
    row(Outcome, "success"),
    row(Outcome, "http.response.status_code"),
    row(Outcome, "http.status_code"),

    own(Reason, "audit.outcome.reason"),
    row(Reason, "outcome.reason"),
    row(Reason, "outcomeDescription"),
    row(Reason, "event.reason"),
    row(Reason, "outcome_reason"),
    row(Reason, "failure_reason"),
    row(Reason, "reason"),

    row(Error, "error.type"),
    row(Error, "exception.type"),

    own(Decision, "audit.decision"),
    row(Decision, "decision"),
    row(Decision, "event.decision"),

    own(SourceId, "audit.source.id"),
    row(SourceId, "client.address"),
    row(SourceId, "source.address"),
    row(SourceId, "actor.ip"),
    row(SourceId, "sessionContext.ipAddress"),
    row(SourceId, "source.ip"),
    row(SourceId, "client.ip"),
    row(SourceId, "ip_address"),
    row(SourceId, "http.client_ip"),
    row(SourceId, "net.peer.ip"),

    row(Severity, "severity"),
    row(Severity, "log.level"),
    row(Severity, "level"),

    row(Time, "context.occurredAt"),
    row(Time, "occurredAt"),
    row(Time, "timestamp"),
];

/// A row with its number.
pub(super) type Row = (u8, &'static Spelling);

/// The row of a key.
#[inline]
pub(super) fn lookup(key: &[u8]) -> Option<Row> {
    let mut slot = slot(key)?;
    loop {
        let row = *INDEX.get(slot)?;
        // An empty slot's number is behind the table.
        let spelling = TABLE.get(usize::from(row))?;
        if spelling.key.as_bytes() == key {
            return Some((row, spelling));
        }
        slot = (slot + 1) % SLOTS;
    }
}

/// Four times the rows: most other keys end at an empty slot without a comparison.
const SLOTS: usize = 512;
const EMPTY: u8 = u8::MAX;

/// Hash table of rows with linear probing, built by the compiler.
static INDEX: [u8; SLOTS] = index();

// Out of bounds in a constant is a compiler error, not a panic.
#[allow(clippy::indexing_slicing, clippy::panic)]
const fn index() -> [u8; SLOTS] {
    let mut index = [EMPTY; SLOTS];
    let mut row = 0;
    while row < TABLE.len() {
        let Some(mut slot) = slot(TABLE[row].key.as_bytes()) else { panic!("a key is too short") };
        while index[slot] != EMPTY {
            slot = (slot + 1) % SLOTS;
        }
        index[slot] = row as u8;
        row += 1;
    }
    index
}

/// Where a key's search begins; none is shorter than four bytes.
#[inline]
const fn slot(key: &[u8]) -> Option<usize> {
    let (Some(head), Some(tail)) = (key.first_chunk(), key.last_chunk()) else { return None };
    let ends = (u32::from_le_bytes(*head) as u64) << 32 | u32::from_le_bytes(*tail) as u64;
    // Fibonacci hashing: the upper bits of the product depend on all bits of the factor.
    let mixed = (ends ^ (key.len() as u64) << 16).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    Some((mixed >> 55) as usize)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_found_under_its_own_key_and_nothing_else_is() {
        for (row, spelling) in TABLE.iter().enumerate() {
            assert_eq!(
                lookup(spelling.key.as_bytes()).map(|(row, _)| row),
                Some(row as u8),
                "{}",
                spelling.key
            );
        }
        for key in ["", "abc", "user.idx", "User.id", "audit.record.i", "service.name"] {
            assert!(lookup(key.as_bytes()).is_none(), "{key}");
        }
    }

    #[test]
    fn the_first_row_of_what_is_written_is_the_attribute_itself() {
        let mut before = None;
        for spelling in &TABLE {
            let first = before != Some(spelling.concept);
            let key = spelling.concept.key().as_bytes();
            assert_eq!(spelling.written, first && !key.is_empty());
            assert_eq!(spelling.written, spelling.key.as_bytes() == key);
            before = Some(spelling.concept);
        }
    }

    #[test]
    fn rows_fit_seven_bits_and_those_of_a_concept_stand_together() {
        assert!(TABLE.len() < 128);
        let mut seen = Vec::new();
        for spelling in &TABLE {
            if seen.last() != Some(&spelling.concept) {
                assert!(!seen.contains(&spelling.concept), "{:?} is split", spelling.concept);
                seen.push(spelling.concept);
            }
        }
        assert_eq!(seen.len(), Concept::COUNT);
    }

    #[test]
    fn the_documentation_lists_every_key() {
        let page = include_str!("../../../docs/security_event.md");
        for spelling in &TABLE {
            assert!(page.contains(&format!("`{}`", spelling.key)), "{} is missing", spelling.key);
        }
    }
}
