//! The record that the walk is in, and what it gets told of its redaction.

use super::super::sanitize::System;
use super::super::settings::Summary;
use super::super::summary::{Outcome, RecordSummary};
use super::path::Path;
use crate::redaction::action::Action;
use crate::redaction::count::Place;
use pdata::view::KeyValue;
use pdata::{Additions, Whole};
use std::borrow::Cow;

/// The record that the walk is in, if it is in one.
pub struct Record {
    /// The keys that the walk is inside of, those of resources and scopes too.
    pub path: Path,
    /// The database that it is about.
    system: System,
    /// The one that the resource, scope, event or link is about that the walk came to last.
    pub system_of_part: System,
    is_inside: bool,
    is_dropped: bool,
    level: Summary,
    summary: RecordSummary,
}

impl Record {
    /// None yet.
    pub fn new(level: Summary) -> Record {
        Record {
            path: Path::default(),
            system: System::Unsaid,
            system_of_part: System::Unsaid,
            is_inside: false,
            is_dropped: false,
            level,
            summary: RecordSummary::default(),
        }
    }

    /// The walk goes into one.
    pub fn begin(&mut self, system: System) {
        (self.is_inside, self.is_dropped, self.system) = (true, false, system);
    }

    /// The walk has been through it.
    pub fn end(&mut self, add: &mut Additions<'_>) -> Whole {
        (self.is_inside, self.system) = (false, System::Unsaid);
        self.summary.write(self.level, add);
        if std::mem::take(&mut self.is_dropped) { Whole::Remove } else { Whole::Inside }
    }

    /// Something was found in it that this becomes of.
    pub fn note(&mut self, action: Action) {
        self.is_dropped |= action == Action::DropRecord && self.is_inside;
    }

    /// The database that what stands in a place is about.
    pub fn system_in(&self, place: Place) -> System {
        match place {
            Place::Resource | Place::Scope | Place::Event | Place::Link
                if self.system_of_part != System::Unsaid =>
            {
                self.system_of_part
            }
            _ => self.system,
        }
    }

    /// Whether attributes in a place are its own.
    pub fn has_attributes_in(&self, place: Place) -> bool {
        self.is_inside && place == Place::Attributes
    }

    /// Takes over what an attribute tells of a redaction before this one.
    pub fn take_summary(&mut self, pair: &KeyValue<'_>) {
        self.summary.merge(pair.key, &pair.value);
    }

    /// Notes what became of an attribute or of an entry of its body, for its summary.
    pub fn tell(&mut self, outcome: Outcome, place: Place, key: &str) {
        if self.level == Summary::Silent || !self.is_inside {
            return;
        }
        let path = match (place, self.path.keys()) {
            (Place::Body, Some(path)) if key.is_empty() => Cow::from(path),
            (Place::Body, Some(path)) => Cow::from(format!("{path}.{key}")),
            (Place::Body, None) if key.is_empty() => Cow::from("body"),
            // An attribute is told as a whole.
            (Place::Attributes, _) => Cow::from(self.path.attribute().unwrap_or(key)),
            (Place::Body, None) => Cow::from(key),
            _ => return,
        };
        self.summary.add(place == Place::Body, outcome, &path);
    }
}
