//! Security events as JSON: one flat object a log record.
//!
//! An object holds, the later winning where two have the same key: the configured default attributes,
//! the resource's attributes, the record's attributes. The [`FIXED`] fields are the record's own: an
//! attribute with such a key goes on as `attributes.<key>`, one of the resource as `resource.<key>`. No
//! object ever has the same key twice. Values keep their types; what JSON has no number for (NaN) is text.
//!
//! Records of one batch have mostly the same keys and few resources. So a key is escaped once a batch, and
//! a resource is written once and copied behind each of its records.

mod distinct;
mod keys;
mod timestamp;

use component::Batch;
use component::settings::Attributes;
use distinct::Members;
use keys::Keys;
use pdata::json::write::{close_string, write_any_value, write_integer, write_string};
use pdata::view::{AnyValue, LogRecord, ResourceGroup};
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
        let mut records = Records { keys: Keys::new(), timestamps: Timestamps::default() };
        for request in batch.requests() {
            for group in request.resources() {
                let group = records.group(&self.defaults, &group);
                for record in group.resource.scopes().flat_map(|scope| scope.log_records()) {
                    records.write(&record, &group, out);
                    out.push(terminator);
                }
            }
        }
    }
}

/// A resource, and what its records have of it.
struct Group<'a> {
    resource: ResourceGroup<'a>,
    /// Defaults and resource attributes under their final keys, which are distinct.
    members: Members<'a>,
    /// The same as JSON, each with a comma before it.
    json: Vec<u8>,
    /// Whether all keys are known to be the group's.
    known: bool,
}

/// What is kept from record to record of a batch.
struct Records<'a> {
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
        Group { resource: *resource, members, json, known }
    }

    fn write(&mut self, record: &LogRecord<'a>, group: &Group<'a>, out: &mut Vec<u8>) {
        out.reserve(record.raw.len() * 2 + group.json.len() + 256);
        let start = out.len();
        self.write_fixed(record, out);
        let attributes = out.len();
        if group.known && self.write_attributes(record, out) {
            out.extend_from_slice(&group.json);
        } else {
            out.truncate(attributes);
            let mut members = group.members.clone();
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

    /// False where a key collides, with another or with a fixed field, or is one too many to know.
    #[inline]
    fn write_attributes(&mut self, record: &LogRecord<'a>, out: &mut Vec<u8>) -> bool {
        self.keys.next_record();
        for pair in record.attributes() {
            let Some(prefix) = self.keys.enter(pair.key.as_bytes()) else { return false };
            match (&pair.value, prefix.split_last()) {
                (AnyValue::Str(text), _) => {
                    out.extend_from_slice(prefix);
                    close_string(out, text.as_bytes());
                }
                (value, Some((_quote, prefix))) => {
                    out.extend_from_slice(prefix);
                    write_value(out, value);
                }
                (_, None) => return false,
            }
        }
        true
    }

    fn write_fixed(&mut self, record: &LogRecord<'_>, out: &mut Vec<u8>) {
        let time = match record.time_unix_nano {
            0 => record.observed_time_unix_nano,
            time => time,
        };
        if time != 0 {
            out.extend_from_slice(b",\"timestamp\":\"");
            out.extend_from_slice(self.timestamps.rfc3339(time));
            out.push(b'"');
        }
        if !record.severity_text.is_empty() {
            out.extend_from_slice(b",\"severity\":\"");
            close_string(out, record.severity_text.as_bytes());
        }
        if record.severity_number != 0 {
            out.extend_from_slice(b",\"severity_number\":");
            write_integer(out, record.severity_number);
        }
        if !matches!(record.body, AnyValue::Empty) {
            out.extend_from_slice(b",\"message\":");
            write_value(out, &record.body);
        }
        for (field, id) in
            [(b",\"trace_id\":\"".as_slice(), record.trace_id), (b",\"span_id\":\"", record.span_id)]
        {
            // All zeros is OTLP's word for none.
            if id.iter().any(|byte| *byte != 0) {
                out.extend_from_slice(field);
                write_hex(out, id);
                out.push(b'"');
            }
        }
        if !record.event_name.is_empty() {
            out.extend_from_slice(b",\"event_name\":\"");
            close_string(out, record.event_name.as_bytes());
        }
    }
}

/// Appends a value; within maps too, no key stands twice.
#[inline]
fn write_value(out: &mut Vec<u8>, value: &AnyValue<'_>) {
    match value {
        AnyValue::Str(text) => write_string(out, text.as_bytes()),
        AnyValue::Map(_) | AnyValue::Array(_) => distinct::write_nested(out, value),
        value => write_any_value(out, value),
    }
}

fn write_hex(out: &mut Vec<u8>, id: &[u8]) {
    let digit = |nibble: u8| nibble + if nibble < 10 { b'0' } else { b'a' - 10 };
    // Ids have 16 bytes at most.
    let mut text = [0; 32];
    for (digits, byte) in text.as_chunks_mut::<2>().0.iter_mut().zip(id) {
        *digits = [digit(byte >> 4), digit(byte & 15)];
    }
    out.extend_from_slice(text.get(..id.len() * 2).unwrap_or_default());
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]
mod tests;
