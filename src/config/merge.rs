//! Lays one configuration over another.

use super::tree::{Node, Value};

/// Maps merge deeply; scalars and lists are replaced; a null wipes what was there.
pub fn merge(base: &mut Node, over: Node) {
    match (&mut base.value, over.value) {
        (Value::Map(entries), Value::Map(others)) => {
            for other in others {
                match entries.iter_mut().find(|entry| entry.key.text == other.key.text) {
                    Some(entry) => {
                        entry.key.origin = other.key.origin;
                        merge(&mut entry.value, other.value);
                    }
                    None => entries.push(other),
                }
            }
        }
        (_, value) => *base = Node { value, ..over },
    }
}
