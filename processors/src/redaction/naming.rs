//! Keys that only say something together: `{ "name": "DB_PASSWORD", "value": "x" }`, as environments of containers
//! and tags of clouds have them.

use super::whereabouts::address;
use pdata::schema::Message;
use pdata::view::KeyValue;

/// What a key says about the entry of a map behind it, or about the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Entry {
    /// Nothing.
    #[default]
    Other,
    /// Its value is the key of the next entry's.
    Name,
    /// Its value may have its key in the entry before.
    Value,
}

impl Entry {
    /// What this key says.
    pub fn of(key: &[u8]) -> Entry {
        match key {
            b"name" | b"Name" | b"key" | b"Key" => Entry::Name,
            b"value" | b"Value" => Entry::Value,
            _ => Entry::Other,
        }
    }
}

/// Between two entries there are the tag and the length of the second one only.
const BETWEEN: usize = 1 + 5;

/// What the entry that a walk came by last says about the next one's value.
#[derive(Debug, Default)]
pub struct Naming<Says> {
    /// The address where it ends.
    end: usize,
    says: Says,
}

impl<Says: Default> Naming<Says> {
    /// What is said about the value of `pair` by the entry before it. If it names the next one itself, `says` is asked
    /// what that name says.
    pub fn said_of(
        &mut self,
        of: &'static Message,
        pair: &KeyValue<'_>,
        entry: Entry,
        says: impl FnOnce(&[u8]) -> Says,
    ) -> Says {
        let Naming { end, says: said } = std::mem::take(self);
        let start = address(pair.raw);
        match (entry, pair.value.as_text()) {
            _ if of.name != "KeyValueList" => {}
            (Entry::Name, Some(name)) => {
                *self = Naming { end: start + pair.raw.len(), says: says(name.as_bytes()) };
            }
            (Entry::Value, _) if (end..=end + BETWEEN).contains(&start) => return said,
            _ => {}
        }
        Says::default()
    }
}
