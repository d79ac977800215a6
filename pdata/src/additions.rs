//! What a log record lacks, added to it in one edit.

use crate::Edits;
use crate::view::{ATTRIBUTES, AnyValue, LogRecord, put_key_value};
use crate::wire::{I64, LEN, VARINT, put_len, put_tag, put_varint};

const TIME: u32 = 1;
const SEVERITY_NUMBER: u32 = 2;
const SEVERITY_TEXT: u32 = 3;
const OBSERVED_TIME: u32 = 11;
const EVENT_NAME: u32 = 12;

/// Fields to add to one log record, encoded as they are given, right where [`Edits`] keeps them: nothing
/// is allocated for each record. Void without [`Additions::make`].
///
/// The caller adds what the record does not have: no key twice, no field whose view is not its default.
#[derive(Debug)]
pub struct Additions<'a> {
    edits: &'a mut Edits,
    /// Where the fields begin.
    start: usize,
    raw: &'a [u8],
    /// Which fields stand in the record.
    seen: u32,
    /// Which singular fields are added.
    singular: u32,
}

impl<'a> Additions<'a> {
    /// Nothing added yet.
    pub fn to(record: &LogRecord<'a>, edits: &'a mut Edits) -> Additions<'a> {
        edits.reserve_additions();
        let start = edits.added().len();
        Additions { edits, start, raw: record.raw, seen: record.seen, singular: 0 }
    }

    /// Adds an attribute behind the others.
    #[inline]
    pub fn attribute(&mut self, key: &str, value: &AnyValue<'_>) {
        let out = self.edits.added();
        if let AnyValue::Str(text) = value {
            let (key, text) = (key.as_bytes(), text.as_bytes());
            let value_len = 2 + text.len();
            let pair_len = 2 + key.len() + 2 + value_len;
            // Each length is one byte then.
            if pair_len < 0x80 {
                const PAIR: u8 = (ATTRIBUTES << 3) as u8 | LEN;
                const FIRST: u8 = 1 << 3 | LEN;
                const SECOND: u8 = 2 << 3 | LEN;
                out.extend_from_slice(&[PAIR, pair_len as u8, FIRST, key.len() as u8]);
                out.extend_from_slice(key);
                out.extend_from_slice(&[SECOND, value_len as u8, FIRST, text.len() as u8]);
                return out.extend_from_slice(text);
            }
        }
        put_key_value(out, ATTRIBUTES, key, value);
    }

    /// Sets when it happened, nanoseconds since the Unix epoch.
    pub fn time(&mut self, unix_nano: u64) {
        self.fixed(TIME, unix_nano);
    }

    /// Sets when it was observed, nanoseconds since the Unix epoch.
    pub fn observed_time(&mut self, unix_nano: u64) {
        self.fixed(OBSERVED_TIME, unix_nano);
    }

    /// Sets the severity number, 1 to 24.
    pub fn severity_number(&mut self, number: u8) {
        let out = self.singular(SEVERITY_NUMBER);
        put_tag(out, SEVERITY_NUMBER, VARINT);
        put_varint(out, number.into());
    }

    /// Sets the severity text.
    pub fn severity_text(&mut self, text: crate::view::Text<'_>) {
        put_len(self.singular(SEVERITY_TEXT), SEVERITY_TEXT, text.as_bytes());
    }

    /// Sets the event's name.
    pub fn event_name(&mut self, name: crate::view::Text<'_>) {
        put_len(self.singular(EVENT_NAME), EVENT_NAME, name.as_bytes());
    }

    /// Makes the additions an edit; nothing where there are none.
    pub fn make(self) {
        if self.edits.added().len() > self.start {
            // Some writers spell defaults out. Such a field goes, so that none stands twice.
            self.edits.add_since(self.start, self.raw, self.seen & self.singular);
        }
    }

    fn fixed(&mut self, number: u32, value: u64) {
        let out = self.singular(number);
        put_tag(out, number, I64);
        out.extend_from_slice(&value.to_le_bytes());
    }

    fn singular(&mut self, number: u32) -> &mut Vec<u8> {
        self.singular |= 1 << number;
        self.edits.added()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::{Limits, Request, Signal};
    use bytes::Bytes;
    use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
    use opentelemetry_proto::tonic::common::v1::{AnyValue as ProstValue, KeyValue, any_value::Value};
    use opentelemetry_proto::tonic::logs::v1::LogRecord as ProstRecord;
    use prost::Message;

    /// A request of one record with these fields.
    fn request(fields: &[u8]) -> Request {
        let mut bytes = fields.to_vec();
        for number in [2, 2, 1] {
            let mut outer = Vec::new();
            put_len(&mut outer, number, &bytes);
            bytes = outer;
        }
        Request::validate(Signal::Logs, Bytes::from(bytes), &Limits::default()).unwrap()
    }

    fn add_everything(request: &Request) -> ProstRecord {
        let mut edits = Edits::of(request);
        let group = request.resources().next().unwrap();
        let record = group.scopes().next().unwrap().log_records().next().unwrap();
        let mut additions = Additions::to(&record, &mut edits);
        additions.time(7);
        additions.attribute("short", &AnyValue::Str("x".into()));
        additions.attribute("long", &AnyValue::Str("y".repeat(300).as_str().into()));
        additions.attribute("int", &AnyValue::Int(-1));
        additions.observed_time(8);
        additions.severity_number(9);
        additions.severity_text("INFO".into());
        additions.event_name("login".into());
        additions.make();
        let edited = edits.apply().unwrap();
        let message = ExportLogsServiceRequest::decode(edited.bytes().clone()).unwrap();
        message.resource_logs.into_iter().next().unwrap().scope_logs.remove(0).log_records.remove(0)
    }

    #[test]
    fn additions_come_out_as_prost_would_write_them_also_over_defaults_that_are_spelled_out() {
        let pair = |key: &str, value| KeyValue {
            key: key.into(),
            value: Some(ProstValue { value: Some(value) }),
            ..Default::default()
        };
        let expected = ProstRecord {
            time_unix_nano: 7,
            observed_time_unix_nano: 8,
            severity_number: 9,
            severity_text: "INFO".into(),
            event_name: "login".into(),
            attributes: vec![
                pair("short", Value::StringValue("x".into())),
                pair("long", Value::StringValue("y".repeat(300))),
                pair("int", Value::IntValue(-1)),
            ],
            ..Default::default()
        };
        assert_eq!(add_everything(&request(b"")), expected);
        // time 0, severity number 0, severity text "", event name "", observed time 0
        let spelled_out = b"\x09\0\0\0\0\0\0\0\0\x10\0\x1a\0\x62\0\x59\0\0\0\0\0\0\0\0";
        assert_eq!(add_everything(&request(spelled_out)), expected);
    }
}
