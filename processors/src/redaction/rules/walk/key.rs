//! What becomes of an attribute because of its key, and what hides a key.

use super::super::by::By;
use super::super::finders::Unless;
use super::super::keys::Known;
use super::super::settings::Summary;
use super::super::summary::{Outcome, is_summary};
use super::hiding::{Hiding, count};
use crate::redaction::count::Place;
use crate::redaction::hidden::Hidden;
use crate::redaction::hits::MASK;
use crate::redaction::naming::Entry;
use pdata::schema::Message;
use pdata::view::{KeyValue, Text, TextBuf};
use std::sync::Arc;

impl Hiding<'_> {
    /// What is known of a key.
    pub fn known(&mut self, key: Text<'_>) -> &Arc<Known> {
        let (rules, spots, scratch) = (self.rules, &self.spots, &mut self.scratch);
        self.keys.get(key.as_bytes(), || {
            let mut known = rules.keys.judge(key.as_bytes());
            let found = rules.finders.look(&[], key.as_bytes(), spots, Unless::default(), scratch).is_some();
            known.found = (found || key.as_bytes().len() > rules.limit) && !known.ignored;
            known
        })
    }

    /// What is known of the key of an attribute, or of an entry of a map, also from the entry before it.
    pub fn known_of(&mut self, of: &'static Message, pair: &KeyValue<'_>) -> Arc<Known> {
        let known = Arc::clone(self.known(pair.key));
        if known.entry != Entry::Other {
            let (finders, scratch) = (&self.rules.finders, &mut self.scratch);
            let blocked = self.naming.said_of(of, pair, known.entry, |name| finders.blocks(name, scratch));
            if blocked {
                return Arc::new(Known { blocked: true, ..(*known).clone() });
            }
        }
        known
    }

    /// What stands in the place of a key in which something was found. It is not remembered, as a pseudonym is good for one
    /// tenant.
    pub fn mask_key<'o>(&mut self, key: Text<'_>, out: &'o mut TextBuf) -> Text<'o> {
        let rules = self.rules;
        let found = match key.as_bytes().len() <= rules.limit {
            true => {
                rules.finders.look(&[], key.as_bytes(), &self.spots, Unless::default(), &mut self.scratch)
            }
            false => None,
        };
        if found.and_then(|found| found.replace(key, self.actions, &self.tenant, out)).is_none() {
            out.clear();
            out.push(MASK.into());
        }
        out.as_text()
    }

    /// What becomes of a key in which something was found, and so of its attribute; `masked` stands in its place.
    pub fn hide_key(&mut self, key: Text<'_>, masked: Text<'_>, place: Place) -> Hidden {
        let (rules, key) = (self.rules, key.as_bytes());
        if key.len() > rules.limit {
            self.tally.add(By::Size, place);
            return Hidden::Text;
        }
        let found = rules.finders.look(&[], key, &self.spots, Unless::default(), &mut self.scratch);
        match found.map(|found| count(&found, place, &mut self.tally, &mut self.record)) {
            // Without its key a value says nothing.
            Some(Hidden::Value | Hidden::Pair) => {
                self.record.tell(Outcome::Masked, place, masked.as_str());
                Hidden::Pair
            }
            hidden => hidden.unwrap_or(Hidden::Nothing),
        }
    }

    /// Whether an attribute is the summary of a redaction before this one, which is written anew at the record's end. Anybody
    /// can send what looks like one, so what is not written anew is an attribute like any other.
    pub fn takes_summary(&mut self, place: Place, pair: &KeyValue<'_>) -> bool {
        let rules = self.rules;
        let keeps = match rules.summary {
            Summary::Silent => true,
            Summary::Info => pair.key.as_bytes().ends_with(b".keys"),
            Summary::Debug => false,
        };
        if keeps || !self.record.has_attributes_in(place) || !is_summary(pair.key.as_str()) {
            return false;
        }
        let (key, text) = (pair.key.as_bytes(), pair.value.as_text().unwrap_or_default());
        let found =
            rules.finders.look(key, text.as_bytes(), &self.spots, Unless::default(), &mut self.scratch);
        // Whoever sends secrets under these names gets them nowhere.
        if found.is_none() {
            self.record.take_summary(pair);
        }
        true
    }
}
