//! Counts what was hidden, by what hid it and by place.

use component::ComponentId;
use metrics::{Counter, Label};
use std::sync::{Arc, OnceLock};

/// Where something was hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Attributes of a resource.
    Resource,
    /// Attributes of a scope.
    Scope,
    /// Attributes of a log record, a span or a data point.
    Attributes,
    /// A log record's body.
    Body,
    /// Attributes of a span's event.
    Event,
    /// Attributes of a span's link.
    Link,
    /// A field that is text: a name, a status message, a trace state, a severity.
    Field,
}

impl Place {
    /// Every place, in the order of their numbers.
    pub const ALL: [Place; 7] = [
        Place::Resource,
        Place::Scope,
        Place::Attributes,
        Place::Body,
        Place::Event,
        Place::Link,
        Place::Field,
    ];

    /// Its name in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Place::Resource => "resource",
            Place::Scope => "scope",
            Place::Attributes => "attributes",
            Place::Body => "body",
            Place::Event => "event",
            Place::Link => "link",
            Place::Field => "field",
        }
    }
}

/// What was hidden in one request, by what and where. Most have nothing, and few more than a handful of kinds.
#[derive(Debug)]
pub struct Tally<By>(Vec<(By, Place, u64)>);

impl<By> Default for Tally<By> {
    fn default() -> Tally<By> {
        Tally(Vec::new())
    }
}

impl<By: Copy + PartialEq> Tally<By> {
    /// One more.
    pub fn add(&mut self, by: By, place: Place) {
        match self.0.iter_mut().find(|(of, at, _)| (*of, *at) == (by, place)) {
            Some((_, _, count)) => *count += 1,
            None => self.0.push((by, place, 1)),
        }
    }

    /// How much was hidden.
    pub fn total(&self) -> u64 {
        self.0.iter().map(|(_, _, count)| count).sum()
    }
}

/// The counters of what hides something in one processor, each registered by its first hit.
pub struct Counters {
    processor: String,
    /// By number, the names of what they count.
    names: Vec<Arc<str>>,
    table: Vec<[OnceLock<Counter>; Place::ALL.len()]>,
}

impl Counters {
    /// Those of `processor`, for what has these names.
    pub fn new<'n>(processor: &ComponentId, names: impl Iterator<Item = &'n str>) -> Counters {
        let names: Vec<Arc<str>> = names.map(Arc::from).collect();
        let table = names.iter().map(|_| Default::default()).collect();
        Counters { processor: processor.to_string(), names, table }
    }

    /// Adds what was hidden in a request. `number` is that of a name.
    pub fn add<By: Copy>(&self, tally: &Tally<By>, number: impl Fn(By) -> usize) {
        for (by, place, times) in &tally.0 {
            let by = number(*by);
            let counter = self.table.get(by).and_then(|row| row.get(*place as usize)).zip(self.names.get(by));
            if let Some((counter, name)) = counter {
                counter.get_or_init(|| self.register(name, *place)).increment(*times);
            }
        }
    }

    /// What was hidden in a request, by name.
    pub fn named<By: Copy>(
        &self,
        tally: &Tally<By>,
        number: impl Fn(By) -> usize,
    ) -> impl Iterator<Item = Found> {
        let found = tally.0.iter().map(move |(by, place, times)| (number(*by), *place, *times));
        found.filter_map(|(by, place, times)| {
            Some(Found { by: Arc::clone(self.names.get(by)?), place, times })
        })
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

/// How often something was found in a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What found it: a detector, or a rule by its key in the settings.
    pub by: Arc<str>,
    /// Where.
    pub place: Place,
    /// How often.
    pub times: u64,
}
