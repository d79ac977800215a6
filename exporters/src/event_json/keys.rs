//! The keys of records: escaped once, and known to stand once in a record.

use super::FIXED;
use super::prefix::{Prefix, Short};
use pdata::view::{Run, Text, is_same};

/// How many different keys are known at most; records with others take the slow way.
const MAX_KEYS: usize = 256;
/// How long they are at most, in bytes: they are kept.
const MAX_LEN: usize = 256;
/// Four times as many, so that most searches end at once.
const SLOTS: usize = 1024;
const EMPTY: u16 = u16::MAX;

/// A hash table with linear probing.
pub(super) struct Keys {
    slots: Vec<u16>,
    entries: Vec<Entry>,
    /// Those of the group.
    group: Vec<usize>,
    /// Counts from 1.
    record: u64,
    /// The key that the last record began with.
    first: usize,
    /// The last key of the record, or [`NONE`].
    previous: usize,
    /// The key that most likely comes next: records of one kind have their keys in one order.
    expected: usize,
}

struct Entry {
    key: Box<[u8]>,
    prefix: Prefix,
    short: Option<Short>,
    /// The last record that has it, or [`ALL`].
    record: u64,
    /// What came next when it was seen last.
    next: usize,
}

/// Nothing stands before a record's first key.
const NONE: usize = usize::MAX;
/// Every record has a key that is a fixed field's or the group's.
const ALL: u64 = u64::MAX;

impl Default for Keys {
    /// Knows the fixed fields' keys.
    fn default() -> Keys {
        let mut keys = Keys {
            slots: vec![EMPTY; SLOTS],
            entries: Vec::with_capacity(64),
            group: Vec::new(),
            record: 0,
            first: 0,
            previous: NONE,
            expected: 0,
        };
        for field in FIXED {
            if let Some(entry) = keys.index(field.as_bytes()).and_then(|index| keys.entries.get_mut(index)) {
                entry.record = ALL;
            }
        }
        keys
    }
}

impl Keys {
    /// Whether no other key can be known.
    pub(super) fn is_full(&self) -> bool {
        self.entries.len() == MAX_KEYS
    }

    #[inline]
    pub(super) fn next_record(&mut self) {
        self.record += 1;
        self.previous = NONE;
        self.expected = self.first;
    }

    pub(super) fn next_group(&mut self) {
        for index in self.group.drain(..) {
            if let Some(entry) = self.entries.get_mut(index) {
                entry.record = 0;
            }
        }
    }

    /// A key of the group's resource. False where it cannot be remembered.
    pub(super) fn enter_group(&mut self, key: &[u8]) -> bool {
        let Some(index) = self.index(key) else { return false };
        if let Some(entry) = self.entries.get_mut(index).filter(|entry| entry.record != ALL) {
            entry.record = ALL;
            self.group.push(index);
        }
        true
    }

    /// The text of a record's next attribute, if it is short and has the key that mostly comes next, and what to
    /// write before it. `None` says nothing.
    #[inline(always)]
    pub(super) fn next_expected<'a>(&mut self, run: &mut Run<'a>) -> Option<(&Short, Text<'a>)> {
        let index = self.expected;
        let entry = self.entries.get_mut(index).filter(|entry| entry.record < self.record)?;
        let short = entry.short.as_ref()?;
        let text = run.next_text_of(&short.key)?;
        entry.record = self.record;
        self.previous = index;
        self.expected = entry.next;
        Some((short, text))
    }

    /// What to write before the value of the record's attribute `key`. None where the record, its resource
    /// or the event itself has the key already, or it cannot be known.
    pub(super) fn enter(&mut self, key: &[u8]) -> Option<&Prefix> {
        let mut index = self.expected;
        if !self.entries.get(index).is_some_and(|entry| is_same(&entry.key, key)) {
            index = self.search(key)?;
        }
        let entry = self.entries.get_mut(index)?;
        if entry.record >= self.record {
            return None;
        }
        entry.record = self.record;
        self.previous = index;
        self.expected = entry.next;
        Some(&entry.prefix)
    }

    /// The entry of a key that was not expected. The next time it is.
    #[inline(never)]
    fn search(&mut self, key: &[u8]) -> Option<usize> {
        let index = self.index(key)?;
        match self.entries.get_mut(self.previous) {
            Some(previous) => previous.next = index,
            None => self.first = index,
        }
        Some(index)
    }

    fn index(&mut self, key: &[u8]) -> Option<usize> {
        let mut slot = slot(key);
        loop {
            let index = usize::from(*self.slots.get(slot)?);
            match self.entries.get(index) {
                Some(entry) if is_same(&entry.key, key) => return Some(index),
                Some(_) => slot = (slot + 1) % SLOTS,
                None => return self.insert(slot, key),
            }
        }
    }

    #[cold]
    fn insert(&mut self, slot: usize, key: &[u8]) -> Option<usize> {
        let index = self.entries.len();
        if self.is_full() || key.len() > MAX_LEN {
            return None;
        }
        *self.slots.get_mut(slot)? = u16::try_from(index).ok()?;
        let prefix = Prefix::of(key);
        let short = Short::of(key, &prefix);
        // What is entered next mostly follows.
        self.entries.push(Entry { key: key.into(), prefix, short, record: 0, next: index + 1 });
        Some(index)
    }
}

/// Where a search begins. Keys that differ in the middle only share a slot: a chain is as long as
/// [`MAX_KEYS`] at most.
#[inline]
fn slot(key: &[u8]) -> usize {
    let ends = match (key.first_chunk::<8>(), key.last_chunk::<8>()) {
        (Some(head), Some(tail)) => u64::from_le_bytes(*head) ^ u64::from_le_bytes(*tail).rotate_left(29),
        _ => key.iter().fold(0, |ends, byte| ends << 8 | u64::from(*byte)),
    };
    // Fibonacci hashing: the upper bits of the product depend on all bits of the factor.
    let mixed = (ends ^ key.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 54) as usize
}
