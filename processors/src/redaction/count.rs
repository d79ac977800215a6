//! Counts what was hidden, by detector and place.

use super::detectors::Detector;
use component::ComponentId;
use metrics::{Counter, Label};
use std::sync::OnceLock;

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

/// A number for every detector and place.
type Table<T> = [[T; Place::ALL.len()]; Detector::ALL.len()];

/// The hits of one request.
#[derive(Debug, Default)]
pub struct Tally(Table<u32>);

/// How often a detector found something in a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// What found it.
    pub detector: Detector,
    /// Where.
    pub place: Place,
    /// How often.
    pub times: u32,
}

impl Tally {
    /// What was found, by detector and place.
    pub fn found(&self) -> impl Iterator<Item = Found> {
        Detector::ALL.iter().zip(&self.0).flat_map(|(detector, counts)| {
            Place::ALL.iter().zip(counts).filter(|(_, times)| **times > 0).map(|(place, times)| Found {
                detector: *detector,
                place: *place,
                times: *times,
            })
        })
    }

    /// One more.
    pub fn add(&mut self, detector: Detector, place: Place) {
        if let Some(count) = self.0.get_mut(detector as usize).and_then(|row| row.get_mut(place as usize)) {
            *count += 1;
        }
    }
}

/// The counters of one processor, each registered by its first hit.
#[derive(Default)]
pub struct Counters {
    processor: String,
    table: Table<OnceLock<Counter>>,
}

impl Counters {
    /// The counters of `processor`.
    pub fn new(processor: &ComponentId) -> Counters {
        Counters { processor: processor.to_string(), table: Table::default() }
    }

    /// Adds the hits of a request.
    pub fn add(&self, tally: &Tally) {
        for Found { detector, place, times } in tally.found() {
            let counter = self.table.get(detector as usize).and_then(|row| row.get(place as usize));
            if let Some(counter) = counter {
                counter.get_or_init(|| self.register(detector, place)).increment(times.into());
            }
        }
    }

    fn register(&self, detector: Detector, place: Place) -> Counter {
        let labels = vec![
            Label::new("processor", self.processor.clone()),
            Label::from_static_parts("detector", detector.name()),
            Label::from_static_parts("place", place.name()),
        ];
        metrics::counter!("weir_redaction_hits", labels)
    }
}
