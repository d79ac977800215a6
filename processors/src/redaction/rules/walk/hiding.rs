//! What the rules look at and with: one request's.

use super::super::Rules;
use super::super::by::By;
use super::super::finders::{Found, Scratch};
use super::super::keys::Memo;
use super::super::settings::Summary;
use super::super::spots::Spots;
use super::Memos;
use super::record::Record;
use crate::redaction::action::{Actions, Tenant};
use crate::redaction::count::{Place, Tally};
use crate::redaction::hidden::Hidden;
use crate::redaction::naming::Naming;
use crate::redaction::whereabouts::Whereabouts;
use pdata::schema::Message;
use pdata::view::{AnyValue, LogRecord};

/// Says what becomes of keys and values.
pub struct Hiding<'r> {
    pub rules: &'r Rules,
    pub actions: &'r Actions,
    pub tenant: Tenant,
    pub whereabouts: Whereabouts,
    pub record: Record,
    pub tally: Tally<By>,
    /// The entry of a map that names the next one.
    pub naming: Naming<bool>,
    /// What is known of keys.
    pub keys: Memo,
    /// Where in the request patterns have to look.
    pub spots: Spots,
    pub scratch: Scratch,
}

impl<'r> Hiding<'r> {
    /// Of one request, in which the patterns' spots were found.
    pub fn new(rules: &'r Rules, actions: &'r Actions, memos: Memos) -> Hiding<'r> {
        Hiding {
            rules,
            actions,
            tenant: Tenant::default(),
            whereabouts: Whereabouts::default(),
            record: Record::new(rules.summary),
            tally: Tally::default(),
            naming: Naming::default(),
            keys: memos.keys,
            spots: memos.spots,
            scratch: memos.scratch,
        }
    }

    /// What was hidden, and what is kept for the next request.
    pub fn end(self) -> (Tally<By>, Memos) {
        (self.tally, Memos { keys: self.keys, spots: self.spots, scratch: self.scratch })
    }

    /// Whether nothing is to be done about a part of the request, where texts alone count.
    #[inline]
    pub fn has_nothing(&self, part: &[u8]) -> bool {
        self.rules.texts_only && part.len() <= self.rules.limit && !self.spots.any(part)
    }

    /// Whether a record's body may hold numbers or truth values, which are looked at there whatever the settings.
    pub fn has_scalars(&self, of: &'static Message, record: &[u8]) -> bool {
        self.rules.finds_scalars
            && of.name == "LogRecord"
            && !matches!(LogRecord::body_of(record), AnyValue::Str(_) | AnyValue::Bytes(_) | AnyValue::Empty)
    }

    /// Whether nothing is to be done about a text of the request, where nothing is said of its key.
    pub fn is_clean(&self, text: &[u8]) -> bool {
        self.rules.summary == Summary::Silent
            && self.rules.sanitizers.is_none()
            && text.len() <= self.rules.limit
            && self.rules.finders.finds_nothing(text, &self.spots)
    }
}

/// Counts what was found, and says what becomes of what it was found in.
pub fn count(found: &Found<'_>, place: Place, tally: &mut Tally<By>, record: &mut Record) -> Hidden {
    found.by().for_each(|by| tally.add(by, place));
    let action = found.action();
    record.note(action);
    Hidden::by(action)
}
