//! What the operator said about keys.

use super::count::By;
use super::patterns::Patterns;
use std::collections::{HashMap, HashSet};

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
    /// What stands in its own place, where something in it is to be hidden, and what found that first.
    pub masked: Option<(Box<str>, By)>,
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

    /// What the lists say of a key.
    pub fn judge(&self, key: &[u8]) -> Known {
        Known {
            ignored: self.ignores(key),
            allowed: self.allowed.as_ref().is_none_or(|keys| keys.contains(key)),
            blocked: self.blocked_patterns.is_match(key),
            exception: self.exception(key),
            masked: None,
        }
    }
}

/// Remembers what is known of keys, as those of one record are those of the next.
#[derive(Debug, Default)]
pub struct Memo(HashMap<Box<[u8]>, Known>);

impl Memo {
    /// How many keys are remembered; with one more all are forgotten.
    const MOST: usize = 1024;
    /// Longer keys are judged each time, in bytes.
    const LONGEST: usize = 128;

    /// What is known of a key; `judge` says it of one that is not known yet.
    pub fn get(&mut self, key: &[u8], judge: impl FnOnce() -> Known) -> Known {
        if let Some(known) = self.0.get(key) {
            return known.clone();
        }
        let known = judge();
        if key.len() <= Self::LONGEST {
            if self.0.len() >= Self::MOST {
                self.0.clear();
            }
            self.0.insert(key.into(), known.clone());
        }
        known
    }
}
