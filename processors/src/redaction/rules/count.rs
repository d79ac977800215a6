//! Counts what the operator's rules hid, beside what the detectors did.

use super::super::count::Place;
use component::ComponentId;
use metrics::{Counter, Label};
use std::sync::{Arc, OnceLock};

/// What hid something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// It is not in `allowed_keys`.
    AllowedKeys,
    /// Its key is in `blocked_key_patterns`.
    BlockedKeys,
    /// It is in `blocked_values`.
    BlockedValues,
    /// It is longer than `max_value_size`.
    Size,
    /// A part of it could not be hidden.
    Failed,
    /// It is a URL or a statement.
    Sanitizer,
    /// The custom detector with this number.
    Custom(usize),
}

impl By {
    const NAMES: [&'static str; 6] =
        ["allowed_keys", "blocked_key_patterns", "blocked_values", "max_value_size", "failed", "sanitizer"];

    fn index(self) -> usize {
        match self {
            By::AllowedKeys => 0,
            By::BlockedKeys => 1,
            By::BlockedValues => 2,
            By::Size => 3,
            By::Failed => 4,
            By::Sanitizer => 5,
            By::Custom(number) => Self::NAMES.len() + number,
        }
    }
}

/// Whether a name in metrics is taken by something that is no custom detector.
pub fn is_taken(name: &str) -> bool {
    By::NAMES.contains(&name)
}

type Table<T> = Vec<[T; Place::ALL.len()]>;

/// What was hidden in one request.
#[derive(Debug, Default)]
pub struct Tally(Table<u32>);

impl Tally {
    /// One more.
    pub fn add(&mut self, by: By, place: Place) {
        let index = by.index();
        if self.0.len() <= index {
            self.0.resize_with(index + 1, Default::default);
        }
        if let Some(count) = self.0.get_mut(index).and_then(|row| row.get_mut(place as usize)) {
            *count += 1;
        }
    }

    fn found(&self) -> impl Iterator<Item = (usize, Place, u32)> {
        self.0.iter().enumerate().flat_map(|(by, row)| {
            let found = Place::ALL.iter().zip(row).filter(|(_, times)| **times > 0);
            found.map(move |(place, times)| (by, *place, *times))
        })
    }
}

/// The counters of one processor's rules, each registered by its first hit.
pub struct Counters {
    processor: String,
    names: Vec<Arc<str>>,
    table: Table<OnceLock<Counter>>,
}

impl Counters {
    /// Those of `processor`, which has these custom detectors.
    pub fn new<'n>(processor: &ComponentId, custom: impl Iterator<Item = &'n str>) -> Counters {
        let names: Vec<Arc<str>> = By::NAMES.into_iter().chain(custom).map(Arc::from).collect();
        let table = names.iter().map(|_| Default::default()).collect();
        Counters { processor: processor.to_string(), names, table }
    }

    /// Adds what was hidden in a request.
    pub fn add(&self, tally: &Tally) {
        for (by, place, times) in tally.found() {
            let counter = self.table.get(by).and_then(|row| row.get(place as usize)).zip(self.names.get(by));
            if let Some((counter, name)) = counter {
                counter.get_or_init(|| self.register(name, place)).increment(times.into());
            }
        }
    }

    /// What was hidden in a request: by what, where, how often.
    pub fn named(&self, tally: &Tally) -> impl Iterator<Item = (Arc<str>, Place, u32)> {
        tally.found().filter_map(|(by, place, times)| Some((Arc::clone(self.names.get(by)?), place, times)))
    }

    fn register(&self, name: &Arc<str>, place: Place) -> Counter {
        let labels = vec![
            Label::new("processor", self.processor.clone()),
            Label::new("detector", Arc::clone(name)),
            Label::from_static_parts("place", place.name()),
        ];
        metrics::counter!("weir_redaction_hits", labels)
    }
}
