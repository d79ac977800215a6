//! The keys of a batch: escaped once, and known to stand once in a record.

use super::FIXED;
use pdata::json::write::write_string;
use std::borrow::Cow;
use std::ops::Range;

/// How many different keys are known at most; records with others take the slow way.
const MAX_KEYS: usize = 256;
/// Four times as many, so that most searches end at once.
const SLOTS: usize = 1024;
const EMPTY: u16 = u16::MAX;

/// A hash table with linear probing that lives for one batch.
pub(super) struct Keys<'a> {
    slots: Vec<u16>,
    entries: Vec<Entry<'a>>,
    /// `,"key":"` of every entry.
    prefixes: Vec<u8>,
    /// The entry of the last attribute at each position: records of one kind have their keys in one order,
    /// so the next record's is most often the same and need not be searched for.
    order: Vec<u16>,
    /// How many attributes of the record have been entered.
    position: usize,
    record: u64,
    group: u64,
}

struct Entry<'a> {
    key: Cow<'a, [u8]>,
    prefix: Range<usize>,
    /// The last record that has it; fixed fields are every record's.
    record: u64,
    /// The last group that has it.
    group: u64,
    fixed: bool,
}

impl<'a> Keys<'a> {
    pub(super) fn new() -> Keys<'a> {
        let mut keys = Keys {
            slots: vec![EMPTY; SLOTS],
            entries: Vec::with_capacity(64),
            prefixes: Vec::with_capacity(2048),
            order: Vec::with_capacity(64),
            position: 0,
            record: 0,
            group: 0,
        };
        for field in FIXED {
            if let Some(entry) = keys.entry(Cow::Borrowed(field.as_bytes())) {
                entry.fixed = true;
            }
        }
        keys
    }

    pub(super) fn next_record(&mut self) {
        self.record += 1;
        self.position = 0;
    }

    pub(super) fn next_group(&mut self) {
        self.group += 1;
    }

    /// A key of the group's resource. False where it cannot be remembered.
    pub(super) fn enter_group(&mut self, key: Cow<'a, [u8]>) -> bool {
        let group = self.group;
        self.entry(key).map(|entry| entry.group = group).is_some()
    }

    /// What to write before the value of the record's attribute `key`, up to the quote of a string. None
    /// where the record, its resource or the event itself has the key already, or it is one too many.
    #[inline]
    pub(super) fn enter(&mut self, key: &'a [u8]) -> Option<&[u8]> {
        let guess = self.order.get(self.position).map(|index| usize::from(*index));
        let index = match guess {
            Some(index) if self.entries.get(index).is_some_and(|entry| *entry.key == *key) => index,
            _ => self.search(key)?,
        };
        self.position += 1;
        let entry = self.entries.get_mut(index)?;
        if entry.fixed || entry.record == self.record || entry.group == self.group {
            return None;
        }
        entry.record = self.record;
        self.prefixes.get(entry.prefix.clone())
    }

    /// The entry of a key that does not stand where the last record has it. Remembers it there.
    #[inline(never)]
    fn search(&mut self, key: &'a [u8]) -> Option<usize> {
        let index = self.index(Cow::Borrowed(key))?;
        let remembered = u16::try_from(index).ok()?;
        match self.order.get_mut(self.position) {
            Some(slot) => *slot = remembered,
            None => self.order.push(remembered),
        }
        Some(index)
    }

    fn entry(&mut self, key: Cow<'a, [u8]>) -> Option<&mut Entry<'a>> {
        let index = self.index(key)?;
        self.entries.get_mut(index)
    }

    fn index(&mut self, key: Cow<'a, [u8]>) -> Option<usize> {
        let mut slot = slot(&key);
        loop {
            let index = usize::from(*self.slots.get(slot)?);
            match self.entries.get(index) {
                Some(entry) if entry.key == key => return Some(index),
                Some(_) => slot = (slot + 1) % SLOTS,
                None => return self.insert(slot, key),
            }
        }
    }

    #[cold]
    fn insert(&mut self, slot: usize, key: Cow<'a, [u8]>) -> Option<usize> {
        let index = self.entries.len();
        if index == MAX_KEYS {
            return None;
        }
        *self.slots.get_mut(slot)? = u16::try_from(index).ok()?;
        let start = self.prefixes.len();
        self.prefixes.push(b',');
        write_string(&mut self.prefixes, &key);
        self.prefixes.extend_from_slice(b":\"");
        let prefix = start..self.prefixes.len();
        // Records and groups count from 1.
        self.entries.push(Entry { key, prefix, record: 0, group: 0, fixed: false });
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
