//! Security events as JSON: one flat object a log record.
//!
//! An object holds, the later winning where two have the same key: the configured default attributes,
//! the resource's attributes, the record's attributes. The [`FIXED`] fields are the record's own: an
//! attribute with such a key goes on as `attributes.<key>`, one of the resource as `resource.<key>`. No
//! object ever has the same key twice. Values keep their types; what JSON has no number for (NaN) is text.
//!
//! Records have mostly the same keys, and few resources. So a key is escaped once, and a resource that does
//! not change is written once and copied behind each of its records.

mod distinct;
mod fixed;
mod keys;
mod line;
mod prefix;
mod timestamp;

use component::Batch;
use component::settings::Attributes;
use distinct::Members;
use keys::Keys;
use line::Line;
use parking_lot::Mutex;
use pdata::LastResource;
use pdata::json::write::{write_any_value, write_string};
use pdata::view::{AnyValue, LogRecord, ResourceGroup, Run};
use prefix::Prefix;
use std::borrow::Cow;
use std::fmt;
use timestamp::Timestamps;

/// The fields of the record itself, in the order they are written.
pub const FIXED: [&str; 7] =
    ["timestamp", "severity", "severity_number", "message", "trace_id", "span_id", "event_name"];

/// How much memory of one kind is kept from batch to batch, in bytes.
const KEPT: usize = 65_536;

/// Writes the records of a batch of logs.
#[derive(Default)]
pub struct EventJson {
    /// Key and value, the latter as JSON.
    defaults: Vec<(String, Vec<u8>)>,
    /// What was learnt from the batches before; one for each batch that is written at the same time.
    learnt: Mutex<Vec<Records>>,
}

impl EventJson {
    /// A writer that adds these attributes where neither record nor resource has them.
    pub fn new(default_attributes: &Attributes) -> EventJson {
        let defaults = default_attributes.iter().map(|(key, value)| {
            let mut json = Vec::new();
            write_any_value(&mut json, &value.view());
            (key.to_owned(), json)
        });
        EventJson { defaults: defaults.collect(), learnt: Mutex::default() }
    }

    /// Appends one JSON array of all records.
    pub fn write_array(&self, batch: &Batch, out: &mut Vec<u8>) {
        out.push(b'[');
        let empty = out.len();
        self.write(batch, b',', out);
        if out.len() > empty {
            out.pop();
        }
        out.push(b']');
    }

    /// Appends one line a record. No line has a line break within.
    pub fn write_lines(&self, batch: &Batch, out: &mut Vec<u8>) {
        self.write(batch, b'\n', out);
    }

    fn write(&self, batch: &Batch, terminator: u8, out: &mut Vec<u8>) {
        let learnt = self.learnt.lock().pop();
        let mut records = learnt.filter(|records| !records.keys.is_full()).unwrap_or_default();
        for resource in batch.requests().iter().flat_map(|request| request.resources()) {
            let group = Group { defaults: &self.defaults, resource };
            records.enter(&group);
            for record in resource.scopes().flat_map(|scope| scope.records()) {
                records.write(record, &group, out);
                out.push(terminator);
            }
        }
        self.learnt.lock().push(records);
    }
}

impl fmt::Debug for EventJson {
    /// Shows nothing that came from records.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventJson").finish_non_exhaustive()
    }
}

/// What the records of one resource have in common.
struct Group<'a> {
    defaults: &'a [(String, Vec<u8>)],
    resource: ResourceGroup<'a>,
}

impl<'a> Group<'a> {
    /// Defaults and resource attributes under their final keys, which are not yet distinct.
    fn members(&self) -> Members<'a> {
        let mut members = Members::default();
        for (key, json) in self.defaults {
            members.push_json(Cow::Borrowed(key.as_bytes()), json);
        }
        members.push_attributes("resource.", self.resource.attributes());
        members
    }
}

/// What is kept from record to record.
#[derive(Default)]
struct Records {
    keys: Keys,
    timestamps: Timestamps,
    /// The attributes of the record that is written.
    attributes: Line,
    resource: LastResource,
    /// The members that its records have of it, each with a comma before it.
    group: Vec<u8>,
    /// Whether all their keys are known to be the group's.
    known: bool,
}

impl Records {
    /// Begins with the records of a resource.
    fn enter(&mut self, group: &Group<'_>) {
        if self.resource.is(group.resource.resource) {
            return;
        }
        let members = group.members().distinct();
        self.group.clear();
        self.group.shrink_to(KEPT);
        members.write(&mut self.group);
        self.keys.next_group();
        self.known = members.keys().all(|key| self.keys.enter_group(key));
    }

    fn write(&mut self, record: &[u8], group: &Group<'_>, out: &mut Vec<u8>) {
        self.keys.next_record();
        self.attributes.clear();
        let mut distinct = self.known;
        let record = LogRecord::parse_with(record, |run| distinct = distinct && self.write_run(run));
        let start = out.len();
        fixed::write(&record, &mut self.timestamps, out);
        if distinct {
            self.attributes.append_to(out);
            out.extend_from_slice(&self.group);
        } else {
            let mut members = group.members().distinct();
            members.push_attributes("attributes.", record.attributes());
            members.distinct().write(out);
        }
        // Every member came with a comma before it; the first becomes the brace.
        match out.get_mut(start) {
            Some(comma) => *comma = b'{',
            None => out.push(b'{'),
        }
        out.push(b'}');
    }

    /// False where a key collides, with another or with a fixed field, or is one that is not known.
    #[inline(always)]
    fn write_run(&mut self, run: &mut Run<'_>) -> bool {
        loop {
            if let Some((short, text)) = self.keys.next_expected(run) {
                self.attributes.text(short, text.as_bytes());
            } else if let Some(pair) = run.next() {
                let Some(prefix) = self.keys.enter(pair.key.as_bytes()) else { return false };
                write_member(&mut self.attributes, prefix, &pair.value);
            } else {
                return true;
            }
        }
    }
}

// Out of line: the loop over attributes is small without it.
#[inline(never)]
fn write_member(line: &mut Line, prefix: &Prefix, value: &AnyValue<'_>) {
    match value {
        AnyValue::Str(text) => line.any_text(prefix.with_quote(), text.as_bytes()),
        AnyValue::Int(value) => {
            line.json(prefix.without_quote(), itoa::Buffer::new().format(*value).as_bytes())
        }
        value => {
            let out = line.out();
            out.extend_from_slice(prefix.without_quote());
            write_value(out, value);
        }
    }
}

/// Appends a value; within maps too, no key stands twice.
fn write_value(out: &mut Vec<u8>, value: &AnyValue<'_>) {
    match value {
        AnyValue::Str(text) => write_string(out, text.as_bytes()),
        AnyValue::Map(_) | AnyValue::Array(_) => distinct::write_nested(out, value),
        value => write_any_value(out, value),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]
mod tests;
