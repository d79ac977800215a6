//! What a record lacks, added to it while a request is edited.

use crate::key::{Key, NUMBER};
use crate::log_record::BODY;
use crate::schema::{Field, LOG_RECORD, Message, Role};
use crate::view::{AnyValue, LogRecord, Text, put_any_value, put_key_value};
use crate::wire::{I64, VARINT, put_len, put_tag, put_varint};

const TIME: u32 = 1;
const SEVERITY_NUMBER: u32 = 2;
const SEVERITY_TEXT: u32 = 3;
const OBSERVED_TIME: u32 = 11;
const EVENT_NAME: u32 = 12;

/// Fields that one record gets at its end, encoded as they are given.
///
/// The caller gives no key twice, and no attribute whose key the record has; other fields take the
/// place of those that stand there. Records other than log records get attributes only.
#[derive(Debug)]
pub struct Additions<'r> {
    out: &'r mut Vec<u8>,
    /// The number of its attributes.
    attributes: u32,
    /// Whether it is a log record.
    log: bool,
    /// The singular fields among them, a bit each.
    singular: u32,
    /// The fields that may stand in the record, a bit each.
    present: u32,
}

impl<'r> Additions<'r> {
    /// Adds to a record's message, by way of `out`.
    pub(crate) fn to(of: &'static Message, out: &'r mut Vec<u8>) -> Additions<'r> {
        let attributes = |field: &&Field| field.role == Role::Attributes;
        let attributes = of.fields.iter().find(attributes).map_or(0, |field| field.number);
        Additions { out, attributes, log: std::ptr::eq(of, &LOG_RECORD), singular: 0, present: u32::MAX }
    }

    /// The fields to take out of the record, so that none stands twice; a bit for each number.
    pub(crate) fn replaced(&self) -> u32 {
        self.singular & self.present
    }

    /// Says which fields the record has, so that nobody has to look for those that are replaced.
    pub fn beside(&mut self, record: &LogRecord<'_>) {
        self.present = record.present;
    }

    /// Adds an attribute.
    #[inline]
    pub fn attribute(&mut self, key: &str, value: &AnyValue<'_>) {
        put_key_value(self.out, self.attributes, Text::from(key), value);
    }

    /// Adds an attribute that is a text, under a key that was prepared.
    #[inline(always)]
    pub fn text(&mut self, key: &Key, text: Text<'_>) {
        if self.attributes != NUMBER || !key.put_text(self.out, text.as_bytes()) {
            self.any_text(key, text);
        }
    }

    #[cold]
    fn any_text(&mut self, key: &Key, text: Text<'_>) {
        put_key_value(self.out, self.attributes, Text::of(key.as_bytes()), &AnyValue::Str(text));
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
        if let Some(out) = self.singular(SEVERITY_NUMBER) {
            put_tag(out, SEVERITY_NUMBER, VARINT);
            put_varint(out, number.into());
        }
    }

    /// Sets the severity text.
    pub fn severity_text(&mut self, text: Text<'_>) {
        if let Some(out) = self.singular(SEVERITY_TEXT) {
            put_len(out, SEVERITY_TEXT, text.as_bytes());
        }
    }

    /// Sets the body.
    pub fn body(&mut self, value: &AnyValue<'_>) {
        if let Some(out) = self.singular(BODY) {
            let mut payload = Vec::new();
            put_any_value(&mut payload, value);
            put_len(out, BODY, &payload);
        }
    }

    /// Sets the event's name.
    pub fn event_name(&mut self, name: Text<'_>) {
        if let Some(out) = self.singular(EVENT_NAME) {
            put_len(out, EVENT_NAME, name.as_bytes());
        }
    }

    fn fixed(&mut self, number: u32, value: u64) {
        if let Some(out) = self.singular(number) {
            put_tag(out, number, I64);
            out.extend_from_slice(&value.to_le_bytes());
        }
    }

    /// Where a field of log records goes that stands there once. Of several the first stands.
    fn singular(&mut self, number: u32) -> Option<&mut Vec<u8>> {
        let bit = 1 << number;
        if self.singular & bit != 0 || !self.log {
            return None;
        }
        self.singular |= bit;
        Some(self.out)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::{Edit, Limits, Request, Signal, Whole};
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

    struct Everything;

    impl<'a> Edit<'a> for Everything {
        fn record(
            &mut self,
            _: &'static crate::schema::Message,
            _: &'a [u8],
            additions: &mut Additions<'_>,
        ) -> Whole {
            additions.time(7);
            additions.attribute("short", &AnyValue::Str("x".into()));
            additions.attribute("long", &AnyValue::Str("y".repeat(300).as_str().into()));
            additions.attribute("int", &AnyValue::Int(-1));
            additions.observed_time(8);
            additions.severity_number(9);
            additions.severity_text("INFO".into());
            additions.event_name("login".into());
            Whole::Behind
        }
    }

    fn add_everything(request: &Request) -> ProstRecord {
        let edited = request.edit(&mut Everything);
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
