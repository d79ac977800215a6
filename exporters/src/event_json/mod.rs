//! Security events as JSON: one flat object a log record.
//!
//! An object holds, the later winning where two have the same key: the configured default attributes,
//! the resource's attributes, the record's attributes. The [`FIXED`] fields are the record's own: an
//! attribute with such a key goes on as `attributes.<key>`, one of the resource as `resource.<key>`. No
//! object ever has the same key twice. Values keep their types; what JSON has no number for (NaN) is text.
//!
//! Records of one batch have mostly the same keys and few resources. So a key is escaped once a batch, and
//! a resource that does not change is written once and copied behind each of its records.

mod distinct;
mod keys;
mod line;
mod prefix;
mod timestamp;

use component::Batch;
use component::settings::Attributes;
use distinct::Members;
use keys::Keys;
use line::Line;
use pdata::json::write::{write_any_value, write_string};
use pdata::view::{AnyValue, LogRecord, ResourceGroup};
use prefix::Prefix;
use std::borrow::Cow;
use timestamp::Timestamps;

/// The fields of the record itself, in the order they are written.
pub const FIXED: [&str; 7] =
    ["timestamp", "severity", "severity_number", "message", "trace_id", "span_id", "event_name"];

/// Writes the records of a batch of logs.
#[derive(Debug, Default)]
pub struct EventJson {
    /// Key and value, the latter as JSON.
    defaults: Vec<(String, Vec<u8>)>,
}

impl EventJson {
    /// A writer that adds these attributes where neither record nor resource has them.
    pub fn new(default_attributes: &Attributes) -> EventJson {
        let defaults = default_attributes.iter().map(|(key, value)| {
            let mut json = Vec::new();
            write_any_value(&mut json, &value.view());
            (key.to_owned(), json)
        });
        EventJson { defaults: defaults.collect() }
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
        let mut records = Records {
            fixed: FIXED.map(|field| Prefix::of(field.as_bytes())),
            keys: Keys::new(),
            timestamps: Timestamps::default(),
        };
        let mut line = Line::behind(out);
        let mut last: Option<Group<'_>> = None;
        for resource in batch.requests().iter().flat_map(|request| request.resources()) {
            let group = last.take().filter(|group| group.resource == resource.resource);
            let group = last.insert(group.unwrap_or_else(|| records.group(&self.defaults, &resource)));
            for record in resource.scopes().flat_map(|scope| scope.log_records()) {
                records.write(&record, group, &mut line);
                line.out().push(terminator);
            }
        }
    }
}

/// A resource, and what its records have of it.
struct Group<'a> {
    /// As it is encoded: one sender's requests have the same.
    resource: &'a [u8],
    /// Defaults and resource attributes under their final keys, which are distinct.
    members: Members<'a>,
    /// The same as JSON, each with a comma before it.
    json: Vec<u8>,
    /// Whether all keys are known to be the group's.
    known: bool,
}

/// What is kept from record to record of a batch.
struct Records<'a> {
    /// Of the [`FIXED`] fields.
    fixed: [Prefix; FIXED.len()],
    keys: Keys<'a>,
    timestamps: Timestamps,
}

impl<'a> Records<'a> {
    fn group(&mut self, defaults: &'a [(String, Vec<u8>)], resource: &ResourceGroup<'a>) -> Group<'a> {
        let mut members = Members::default();
        for (key, json) in defaults {
            members.push_json(Cow::Borrowed(key.as_bytes()), json);
        }
        members.push_attributes("resource.", resource.attributes());
        let members = members.distinct();
        let mut json = Vec::new();
        members.write(&mut json);
        self.keys.next_group();
        let known = members.keys().all(|key| self.keys.enter_group(key.clone()));
        Group { resource: resource.resource, members, json, known }
    }

    fn write(&mut self, record: &LogRecord<'a>, group: &Group<'a>, line: &mut Line<'_>) {
        let start = line.len();
        self.write_fixed(record, line);
        let attributes = line.len();
        let out = if group.known && self.write_attributes(record, line) {
            let out = line.out();
            out.extend_from_slice(&group.json);
            out
        } else {
            line.truncate(attributes);
            let mut members = group.members.clone();
            members.push_attributes("attributes.", record.attributes());
            members.distinct().write(line.out());
            line.out()
        };
        // Every member came with a comma before it; the first becomes the brace.
        match out.get_mut(start) {
            Some(comma) => *comma = b'{',
            None => out.push(b'{'),
        }
        out.push(b'}');
    }

    /// False where a key collides, with another or with a fixed field, or is one too many to know.
    #[inline]
    fn write_attributes(&mut self, record: &LogRecord<'a>, line: &mut Line<'_>) -> bool {
        self.keys.next_record();
        let mut attributes = record.attributes();
        loop {
            if let Some((key, text)) = attributes.next_text() {
                let Some(prefix) = self.keys.enter(key.as_bytes()) else { return false };
                line.text(prefix, text.as_bytes());
            } else if let Some(pair) = attributes.next() {
                let Some(prefix) = self.keys.enter(pair.key.as_bytes()) else { return false };
                write_member(line, prefix, &pair.value);
            } else {
                return true;
            }
        }
    }

    fn write_fixed(&mut self, record: &LogRecord<'_>, line: &mut Line<'_>) {
        let [timestamp, severity, severity_number, message, trace_id, span_id, event_name] = &self.fixed;
        let time = match record.time_unix_nano {
            0 => record.observed_time_unix_nano,
            time => time,
        };
        if time != 0 {
            write_text(line, timestamp, self.timestamps.rfc3339(time));
        }
        if !record.severity_text.is_empty() {
            write_text(line, severity, record.severity_text.as_bytes());
        }
        if record.severity_number != 0 {
            line.json(severity_number, itoa::Buffer::new().format(record.severity_number).as_bytes());
        }
        if !matches!(record.body, AnyValue::Empty) {
            write_member(line, message, &record.body);
        }
        for (prefix, id) in [(trace_id, record.trace_id), (span_id, record.span_id)] {
            // All zeros is OTLP's word for none.
            if id.iter().any(|byte| *byte != 0) {
                let hex = hex(id);
                write_text(line, prefix, hex.get(..id.len() * 2).unwrap_or_default());
            }
        }
        if !record.event_name.is_empty() {
            write_text(line, event_name, record.event_name.as_bytes());
        }
    }
}

/// [`Line::text`] is code to have once; the loop over attributes is worth a second time.
#[inline(never)]
fn write_text(line: &mut Line<'_>, prefix: &Prefix, text: &[u8]) {
    line.text(prefix, text);
}

fn write_member(line: &mut Line<'_>, prefix: &Prefix, value: &AnyValue<'_>) {
    match value {
        AnyValue::Str(text) => write_text(line, prefix, text.as_bytes()),
        AnyValue::Int(value) => line.json(prefix, itoa::Buffer::new().format(*value).as_bytes()),
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

/// The digits of an id, which has 16 bytes at most.
#[inline]
fn hex(id: &[u8]) -> [u8; 32] {
    let digit = |nibble: u8| nibble + if nibble < 10 { b'0' } else { b'a' - 10 };
    let mut text = [0; 32];
    for (digits, byte) in text.as_chunks_mut::<2>().0.iter_mut().zip(id) {
        *digits = [digit(byte >> 4), digit(byte & 15)];
    }
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]
mod tests;
