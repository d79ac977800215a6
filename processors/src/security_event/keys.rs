//! The keys of the record before and their rows, in order: most records have those of the last, and most requests
//! those of the request before.

use super::spelling::{Row, lookup};
use pdata::Key;

/// How many attributes of a record are remembered.
const MOST: usize = 64;

/// By position; nothing where the key is too long to be prepared, as few are.
#[derive(Debug, Default)]
pub(super) struct Keys(Vec<Option<(Key, Option<Row>)>>);

impl Keys {
    /// The key that the attribute at a position had the last time, and its row.
    #[inline]
    pub(super) fn at(&self, position: usize) -> Option<&(Key, Option<Row>)> {
        self.0.get(position)?.as_ref()
    }

    /// The row of the key of an attribute, which the next record will mostly have there too.
    #[inline]
    pub(super) fn row(&mut self, position: usize, key: &[u8]) -> Option<Row> {
        match self.at(position) {
            Some((known, row)) if known.as_bytes() == key => *row,
            _ => self.new_row(position, key),
        }
    }

    #[inline(never)]
    fn new_row(&mut self, position: usize, key: &[u8]) -> Option<Row> {
        let row = lookup(key);
        let known = Key::new(key).map(|key| (key, row));
        match self.0.get_mut(position) {
            Some(before) => *before = known,
            None if position < MOST => self.0.push(known),
            None => {}
        }
        row
    }
}
