//! The `security_event` processor: turns a log record into a security event.
//!
//! Sources say who did what, to what, from where and with which outcome under many names. This
//! processor reads the usual ones ([`spelling`]) and writes what they say under the names of
//! OpenTelemetry's audit data model (`audit.*`), as attributes of the record, so that every exporter
//! has them. It adds what is missing and changes nothing that the sender said; doing it twice adds
//! nothing. It stands before the journal, so a record's id is the same in every retry.

mod config;
mod facts;
mod keys;
mod outcome;
mod record_id;
mod severity;
mod spelling;

pub use config::Config;

use crate::pool::Pool;
use component::settings::{AttributeValue, Attributes};
use component::{Context, Processor, Refusal};
use facts::{Facts, Name, Written};
use keys::Keys;
use outcome::Outcome;
use pdata::schema::{self, Message};
use pdata::view::{self, AnyValue, LogRecord, ResourceGroup, Text};
use pdata::{Additions, Edit, LastResource, Request, Signal, Whole};
use record_id::{RecordIds, Seeds};
use spelling::{Concept, Spelling};

/// See the [module](self).
#[derive(Debug)]
pub struct SecurityEvent {
    defaults: Defaults,
    seeds: Seeds,
    learnt: Pool<Learnt>,
}

impl SecurityEvent {
    /// A processor with this configuration.
    pub fn new(config: Config) -> SecurityEvent {
        SecurityEvent {
            defaults: Defaults::of(&config.default_attributes),
            seeds: Seeds::default(),
            learnt: Pool::default(),
        }
    }
}

impl Processor for SecurityEvent {
    fn process(&self, request: Request, context: &Context) -> Result<Request, Refusal> {
        if request.signal() != Signal::Logs {
            return Ok(request);
        }
        let Learnt { keys, resource } = self.learnt.take();
        let mut completion = Completion {
            defaults: &self.defaults,
            context,
            ids: self.seeds.next(),
            facts: Facts::new(keys),
            resource,
        };
        let completed = request.edit(&mut completion);
        self.learnt.give(Learnt { keys: completion.facts.into_keys(), resource: completion.resource });
        Ok(completed)
    }
}

/// What is kept from request to request: those of one sender have the same resource, and records with the same keys.
#[derive(Default)]
struct Learnt {
    keys: Keys,
    resource: Resource,
}

/// The resource of the records that come.
#[derive(Default)]
struct Resource {
    last: LastResource,
    /// What it has of the `audit.*` attributes, and of the defaults.
    written: Written,
    given: u64,
}

impl Resource {
    /// Looks at a resource, unless it is the one before.
    fn enter(&mut self, group: &ResourceGroup<'_>, defaults: &Defaults) {
        if !self.last.is(group.resource) {
            self.written = Written::among(group.attributes());
            self.given = defaults.among(group.attributes());
        }
    }
}

/// One request on its way to being security events.
struct Completion<'a, 'c> {
    defaults: &'a Defaults,
    context: &'c Context,
    ids: RecordIds,
    facts: Facts<'a>,
    resource: Resource,
}

impl<'a> Edit<'a> for Completion<'a, '_> {
    fn room(&self, request: &Request) -> usize {
        request.bytes().len() + request.records() as usize * ADDED
    }

    fn container(&mut self, of: &'static Message, container: &'a [u8]) {
        if std::ptr::eq(of, &schema::RESOURCE_LOGS) {
            self.resource.enter(&ResourceGroup::parse(container), self.defaults);
        }
    }

    fn record(&mut self, _: &'static Message, record: &'a [u8], add: &mut Additions<'_>) -> Whole {
        self.facts.clear(self.resource.written);
        let (defaults, mut given) = (self.defaults, self.resource.given);
        let record = match defaults.plain.is_empty() {
            true => self.facts.read(record, |_| {}),
            false => self.facts.read(record, |key| given |= defaults.bit(key)),
        };
        add.beside(&record);
        let event = Event { record: &record, facts: &mut self.facts, context: self.context };
        event.complete(add, defaults, given, &mut self.ids);
        Whole::Behind
    }
}

/// What a record gets, in bytes: an id of 36, and seven other attributes.
const ADDED: usize = 320;

/// The configured attributes, told apart by what becomes of them.
#[derive(Debug)]
struct Defaults {
    /// Given to records without them, and then read like the sender's.
    plain: Vec<(String, AttributeValue)>,
    /// `audit.*` attributes: given where a record says nothing of the kind.
    written: Vec<(&'static Spelling, AttributeValue)>,
}

impl Defaults {
    fn of(attributes: &Attributes) -> Defaults {
        let mut defaults = Defaults { plain: Vec::new(), written: Vec::new() };
        for (key, value) in attributes.iter() {
            match spelling::lookup(key.as_bytes()) {
                Some((_, row)) if row.written => {
                    defaults.written.push((row, value.clone()));
                }
                _ => defaults.plain.push((key.to_owned(), value.clone())),
            }
        }
        defaults
    }

    /// A bit for each plain default whose key is among `attributes`.
    fn among(&self, attributes: view::Attributes<'_>) -> u64 {
        if self.plain.is_empty() {
            return 0;
        }
        attributes.map(|pair| self.bit(pair.key.as_bytes())).fold(0, |given, bit| given | bit)
    }

    fn bit(&self, key: &[u8]) -> u64 {
        let position = self.plain.iter().position(|(known, _)| known.as_bytes() == key);
        position.and_then(|position| 1u64.checked_shl(position as u32)).unwrap_or(0)
    }

    /// Key and value for records that say nothing of a concept.
    fn written(&self, concept: Concept) -> Option<(&'static str, AnyValue<'_>)> {
        let (row, value) = self.written.iter().find(|(row, _)| row.concept == concept)?;
        Some((row.key, value.view()))
    }
}

/// One record on its way to being a security event.
struct Event<'r, 'a> {
    record: &'r LogRecord<'a>,
    facts: &'r mut Facts<'a>,
    context: &'r Context,
}

impl<'a> Event<'_, 'a> {
    /// Adds everything the record lacks. `given` are the defaults that it has, or its resource.
    fn complete(self, add: &mut Additions<'_>, defaults: &'a Defaults, given: u64, ids: &mut RecordIds) {
        let Event { record, facts, context } = self;
        for (position, (key, value)) in defaults.plain.iter().enumerate() {
            if given & (1u64 << (position % 64)) == 0 {
                add.attribute(key, &value.view());
                facts.read_default(key, &value.view());
            }
        }
        let time = add_times(add, record, facts, context);
        add_severity(add, record, facts);
        let event_name = match record.event_name.is_empty() {
            false => Some(record.event_name),
            true => facts.text(Concept::EventName),
        };
        if let Some(name) = event_name.filter(|_| record.event_name.is_empty()) {
            add.event_name(name);
        }

        let action = facts
            .name(Concept::Action)
            .or(event_name.map(Name::Text))
            .or_else(|| facts.name(Concept::Method));
        let actor_type = facts.text(Concept::ActorType).map(|word| actor_type(word));
        let actor_type = actor_type.or_else(|| facts.implied_type(Concept::ActorId).map(Text::from));
        let target_type = facts.text(Concept::TargetType);
        let target_type = target_type.or_else(|| facts.implied_type(Concept::TargetId).map(Text::from));

        let mut write = Write { add, facts, defaults };
        if !facts.has(Concept::RecordId) {
            let mut made = [0; 36];
            let id = facts.text(Concept::RecordId);
            let id = id.unwrap_or_else(|| Text::from(ids.next(time, &mut made)));
            write.name(Concept::RecordId, Some(Name::Text(id)));
        }
        write.name(Concept::Action, action);
        write.name(Concept::ActorId, facts.name(Concept::ActorId));
        write.name(Concept::ActorType, actor_type.map(Name::Text));
        write.name(Concept::TargetId, facts.name(Concept::TargetId));
        write.name(Concept::TargetType, target_type.map(Name::Text));
        write.outcome();
        write.name(Concept::SourceId, facts.name(Concept::SourceId));
    }
}

/// When the event happened; added where the record does not say.
fn add_times(add: &mut Additions<'_>, record: &LogRecord<'_>, facts: &Facts<'_>, context: &Context) -> u64 {
    let observed = match record.observed_time_unix_nano {
        0 => {
            add.observed_time(context.received_unix_nano);
            context.received_unix_nano
        }
        observed => observed,
    };
    match record.time_unix_nano {
        0 => {
            let time = facts.text(Concept::Time).and_then(rfc3339).unwrap_or(observed);
            add.time(time);
            time
        }
        time => time,
    }
}

/// Nanoseconds since the Unix epoch of a date and time with its offset.
fn rfc3339(text: Text<'_>) -> Option<u64> {
    let time: jiff::Timestamp = text.as_str().parse().ok()?;
    u64::try_from(time.as_nanosecond()).ok().filter(|nanos| *nanos != 0)
}

/// The number from the word and the word from the number.
fn add_severity(add: &mut Additions<'_>, record: &LogRecord<'_>, facts: &Facts<'_>) {
    let (word, number) = (record.severity_text, record.severity_number);
    if number != 0 && !word.is_empty() {
        return;
    }
    let attribute = facts.text(Concept::Severity);
    if number == 0 {
        let stated = severity::number(word.as_bytes()).map(|number| (number, word));
        let stated =
            stated.or_else(|| attribute.and_then(|word| Some((severity::number(word.as_bytes())?, word))));
        let Some((number, stated)) = stated else { return };
        add.severity_number(number);
        if word.is_empty() {
            add.severity_text(stated);
        }
    } else if let Some(name) = severity::name(number) {
        add.severity_text(name.into());
    }
}

/// The data model's word for a kind of actor; any other word stays as it is.
fn actor_type(word: Text<'_>) -> Text<'_> {
    const WORDS: [(&str, &str); 10] = [
        ("user", "user"),
        ("human", "user"),
        ("person", "user"),
        ("service", "service"),
        ("service_account", "service"),
        ("serviceaccount", "service"),
        ("application", "service"),
        ("app", "service"),
        ("api_key", "service"),
        ("system", "system"),
    ];
    let same = |known: &str| word.as_bytes().eq_ignore_ascii_case(known.as_bytes());
    WORDS.iter().find(|(known, _)| same(known)).map_or(word, |(_, ours)| Text::from(*ours))
}

/// Writes `audit.*` attributes that are not there yet.
struct Write<'w, 'a, 'f> {
    add: &'w mut Additions<'a>,
    facts: &'w Facts<'f>,
    defaults: &'w Defaults,
}

impl Write<'_, '_, '_> {
    /// A name as text, else the configured default.
    // Where the concept is known, much of it is.
    #[inline(always)]
    fn name(&mut self, concept: Concept, name: Option<Name<'_>>) {
        if self.facts.has(concept) {
            return;
        }
        let mut digits = itoa::Buffer::new();
        let text = match name {
            Some(Name::Text(text)) => text,
            Some(Name::Number(number)) => digits.format(number).into(),
            None => {
                if let Some((key, default)) = self.defaults.written(concept) {
                    self.add.attribute(key, &default);
                }
                return;
            }
        };
        self.add.text(concept.key(), text);
    }

    fn outcome(&mut self) {
        let stated = self.facts.text(Concept::Decision);
        let by_decision = || stated.and_then(|word| outcome::read(&AnyValue::Str(word)));
        let by_error = || self.facts.text(Concept::Error).map(|_| (Outcome::Failure, ""));
        let (outcome, decision) = match self.facts.verdict().or_else(by_decision).or_else(by_error) {
            Some(verdict) => verdict,
            None => (Outcome::Unknown, ""),
        };
        // That nothing is known is worth less than a configured default.
        let known = outcome != Outcome::Unknown || self.defaults.written(Concept::Outcome).is_none();
        self.name(Concept::Outcome, known.then(|| Name::Text(outcome.as_str().into())));
        let decision = match decision {
            "" => stated,
            decision => Some(decision.into()),
        };
        self.name(Concept::Decision, decision.map(Name::Text));
        let error = || self.facts.text(Concept::Error).filter(|_| outcome == Outcome::Failure);
        let reason = self.facts.text(Concept::Reason).or_else(error);
        self.name(Concept::Reason, reason.map(Name::Text));
    }
}

#[cfg(test)]
mod tests;
