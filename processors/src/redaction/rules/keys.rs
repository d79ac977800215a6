//! What the operator said about keys.

use super::super::naming::Entry;
use super::patterns::Patterns;
use pdata::view::is_same;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Lists of keys, and patterns of them.
pub struct Keys {
    /// Nothing where all are allowed.
    allowed: Option<HashSet<Box<[u8]>>>,
    ignored: HashSet<Box<[u8]>>,
    ignored_patterns: Patterns,
    blocked_patterns: Patterns,
    /// By key, the number of the exception that it is named in.
    exceptions: HashMap<Box<[u8]>, usize>,
}

/// What is known of a key.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Its value stays, whatever is in it.
    pub ignored: bool,
    /// It is not taken out with its value, where keys need to be allowed.
    pub allowed: bool,
    /// Its value is hidden as a whole.
    pub blocked: bool,
    /// The exception that it is named in.
    pub exception: Option<usize>,
    /// What it says about the entry of a map behind it, or about the one before, where keys are blocked.
    pub entry: Entry,
    /// Something in it is to be hidden.
    pub found: bool,
}

fn set(keys: &[String]) -> HashSet<Box<[u8]>> {
    keys.iter().map(|key| key.as_bytes().into()).collect()
}

impl Keys {
    /// These lists and patterns.
    pub fn new(
        allowed: Option<&[String]>,
        ignored: &[String],
        ignored_patterns: Patterns,
        blocked_patterns: Patterns,
        exceptions: HashMap<Box<[u8]>, usize>,
    ) -> Keys {
        Keys {
            allowed: allowed.map(set),
            ignored: set(ignored),
            ignored_patterns,
            blocked_patterns,
            exceptions,
        }
    }

    /// Whether a key's value is never looked at.
    pub fn ignores(&self, key: &[u8]) -> bool {
        self.ignored.contains(key) || self.ignored_patterns.is_match(key)
    }

    /// The exception that a key is named in.
    pub fn exception(&self, key: &[u8]) -> Option<usize> {
        self.exceptions.get(key).copied()
    }

    /// Whether some are blocked.
    pub fn blocks_any(&self) -> bool {
        !self.blocked_patterns.is_empty()
    }

    /// Whether keys need to be allowed.
    pub fn has_allowed_list(&self) -> bool {
        self.allowed.is_some()
    }

    /// What the lists say of a key.
    pub fn judge(&self, key: &[u8]) -> Known {
        Known {
            ignored: self.ignores(key),
            allowed: self.allowed.as_ref().is_none_or(|keys| keys.contains(key)),
            blocked: self.blocked_patterns.is_match(key),
            exception: self.exception(key),
            entry: if self.blocks_any() { Entry::of(key) } else { Entry::Other },
            found: false,
        }
    }
}

impl Known {
    /// What is known where there is no key.
    pub const NOTHING_SAID: Known = Known {
        ignored: false,
        allowed: true,
        blocked: false,
        exception: None,
        entry: Entry::Other,
        found: false,
    };

    /// Whether the lists say nothing of it: only its value may say something.
    pub fn is_plain(&self) -> bool {
        self.allowed
            && !self.ignored
            && !self.blocked
            && self.exception.is_none()
            && self.entry == Entry::Other
            && !self.found
    }

    /// Whether a value is hidden that stands elsewhere and that the key gives a name to, in a text or an entry of a map.
    pub fn blocks_what_it_names(&self) -> bool {
        self.blocked && !self.ignored
    }
}

/// Remembers what is known of keys, as those of one record are those of the next.
#[derive(Debug, Default)]
pub struct Memo {
    slots: Vec<Slot>,
    by_key: HashMap<Box<[u8]>, usize>,
    /// Where the key is that was asked for last.
    last: usize,
    /// What was said of the last key that is too long to be remembered.
    long: Option<Arc<Known>>,
}

#[derive(Debug)]
struct Slot {
    key: Box<[u8]>,
    known: Arc<Known>,
    /// Where the key is that came behind this one the last time.
    next: usize,
}

impl Memo {
    /// How many keys are remembered; with one more all are forgotten.
    const MOST: usize = 1024;
    /// Longer keys are judged each time, in bytes.
    const LONGEST: usize = 128;

    /// What is known of a key; `judge` says it of one that is not known yet. Keys mostly come in the order of
    /// the record before.
    pub fn get(&mut self, key: &[u8], judge: impl FnOnce() -> Known) -> &Arc<Known> {
        let guess = self.slots.get(self.last).map_or(0, |slot| slot.next);
        let at = match self.slots.get(guess).filter(|slot| is_same(&slot.key, key)) {
            Some(_) => guess,
            None => match self.by_key.get(key) {
                Some(at) => *at,
                None if key.len() > Self::LONGEST => return self.long.insert(Arc::new(judge())),
                None => self.add(key, judge()),
            },
        };
        if let Some(last) = self.slots.get_mut(self.last) {
            last.next = at;
        }
        self.last = at;
        match self.slots.get(at) {
            Some(slot) => &slot.known,
            None => self.long.get_or_insert_default(),
        }
    }

    fn add(&mut self, key: &[u8], known: Known) -> usize {
        if self.slots.len() >= Self::MOST {
            *self = Memo::default();
        }
        let at = self.slots.len();
        self.slots.push(Slot { key: key.into(), known: Arc::new(known), next: 0 });
        self.by_key.insert(key.into(), at);
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memo_says_what_the_judge_says_also_when_it_is_full() {
        let judge = |key: &str| Known { blocked: key.ends_with('7'), ..Known::default() };
        let mut memo = Memo::default();
        let long = "x".repeat(200);
        let keys: Vec<String> = (0..3000).map(|number| format!("key.{}", number % 1500)).collect();
        for key in keys.iter().chain(&keys).chain([&long, &long]) {
            assert_eq!(memo.get(key.as_bytes(), || judge(key)).blocked, judge(key).blocked, "{key}");
        }
        assert!(memo.slots.len() <= Memo::MOST);
    }
}
