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

/// The hits of one request. Most have none, and few have more than a handful of kinds.
#[derive(Debug, Default)]
pub struct Tally(Vec<(Detector, Place, u64)>);

/// How often a detector found something in a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// What found it.
    pub detector: Detector,
    /// Where.
    pub place: Place,
    /// How often.
    pub times: u64,
}

impl Tally {
    /// What was found, by detector and place.
    pub fn found(&self) -> impl Iterator<Item = Found> {
        self.0.iter().map(|(detector, place, times)| Found {
            detector: *detector,
            place: *place,
            times: *times,
        })
    }

    /// One more.
    pub fn add(&mut self, detector: Detector, place: Place) {
        match self.0.iter_mut().find(|(of, at, _)| (*of, *at) == (detector, place)) {
            Some((_, _, count)) => *count += 1,
            None => self.0.push((detector, place, 1)),
        }
    }
}

/// The counters of one processor, each registered by its first hit.
pub struct Counters {
    processor: String,
    table: [[OnceLock<Counter>; Place::ALL.len()]; Detector::ALL.len()],
}

impl Counters {
    /// The counters of `processor`.
    pub fn new(processor: &ComponentId) -> Counters {
        Counters {
            processor: processor.to_string(),
            table: [const { [const { OnceLock::new() }; Place::ALL.len()] }; Detector::ALL.len()],
        }
    }

    /// Adds the hits of a request.
    pub fn add(&self, tally: &Tally) {
        for Found { detector, place, times } in tally.found() {
            let counter = self.table.get(detector as usize).and_then(|row| row.get(place as usize));
            if let Some(counter) = counter {
                counter.get_or_init(|| self.register(detector, place)).increment(times);
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
