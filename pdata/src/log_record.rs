//! Log records, and their attributes where those are read on the way.

use crate::key::{Key, NUMBER};
use crate::view::{AnyValue, Attributes, KeyValue, Text};
use crate::wire::Fields;

/// The number of its body.
pub(crate) const BODY: u32 = 5;

/// A log record.
#[derive(Clone, Debug, Default)]
pub struct LogRecord<'a> {
    /// When it happened, nanoseconds since the Unix epoch; 0 when unknown.
    pub time_unix_nano: u64,
    /// When it was observed, nanoseconds since the Unix epoch.
    pub observed_time_unix_nano: u64,
    /// 1 to 24; 0 when unspecified.
    pub severity_number: i32,
    /// The source's own word for it.
    pub severity_text: Text<'a>,
    /// The body.
    pub body: AnyValue<'a>,
    /// Empty, or 16 bytes.
    pub trace_id: &'a [u8],
    /// Empty, or 8 bytes.
    pub span_id: &'a [u8],
    /// The low byte holds the W3C trace flags.
    pub flags: u32,
    /// The name that says what kind of event it is.
    pub event_name: Text<'a>,
    /// How many attributes the source left out.
    pub dropped_attributes_count: u32,
    /// The encoded record.
    pub raw: &'a [u8],
    /// A bit for every field that stands in the record, be it with its default value: the one of its number,
    /// modulo 32. No number of this message is as high.
    pub(crate) present: u32,
    /// The record from its first attribute to the end of its last.
    attributes: &'a [u8],
}

impl<'a> LogRecord<'a> {
    /// The record that is encoded in `raw`, a record of a validated request.
    pub fn parse(raw: &'a [u8]) -> LogRecord<'a> {
        LogRecord::parse_with(raw, |run| while run.0.take_short(NUMBER).is_some() {})
    }

    /// The same. `take` is shown the attributes on the way, to take those that stand side by side: mostly all that
    /// there are. What it leaves is shown to it again, but for the first.
    #[inline]
    pub fn parse_with(raw: &'a [u8], mut take: impl FnMut(&mut Run<'a>)) -> LogRecord<'a> {
        let mut record = LogRecord { raw, ..LogRecord::default() };
        let mut fields = Fields::of(raw);
        let (mut first, mut behind) = (None, raw);
        record.take_first(&mut fields);
        loop {
            let rest = fields.rest();
            let Some(field) = fields.next() else { break };
            record.present |= 1u32.wrapping_shl(field.number);
            match field.number {
                1 => record.time_unix_nano = field.number_value(),
                2 => record.severity_number = field.number_value() as i32,
                3 => record.severity_text = Text(field.payload()),
                BODY => record.body = AnyValue::parse(field.payload()),
                NUMBER => {
                    first.get_or_insert(rest);
                    let mut run = Run(Fields::of(rest));
                    take(&mut run);
                    if run.0.rest().len() < fields.rest().len() {
                        fields = run.0;
                    }
                    behind = fields.rest();
                    record.take_last(&mut fields);
                }
                7 => record.dropped_attributes_count = field.number_value() as u32,
                8 => record.flags = field.number_value() as u32,
                9 => record.trace_id = field.payload(),
                10 => record.span_id = field.payload(),
                11 => record.observed_time_unix_nano = field.number_value(),
                12 => record.event_name = Text(field.payload()),
                _ => {}
            }
        }
        let first = first.unwrap_or(behind);
        record.attributes = first.get(..first.len() - behind.len()).unwrap_or_default();
        record
    }

    /// Its body alone.
    pub fn body_of(raw: &'a [u8]) -> AnyValue<'a> {
        let body = Fields::of(raw).find(|field| field.number == BODY);
        body.map_or(AnyValue::Empty, |body| AnyValue::parse(body.payload()))
    }

    /// Takes what writers put first: asking for it is quicker than asking what comes.
    #[inline]
    fn take_first(&mut self, fields: &mut Fields<'a>) {
        if let Some(time) = fields.take_i64(1) {
            self.time_unix_nano = time;
            self.present |= 1 << 1;
        }
        if let Some(number) = fields.take_small(2) {
            self.severity_number = number.into();
            self.present |= 1 << 2;
        }
        if let Some((_, text)) = fields.take_short(3) {
            self.severity_text = Text(text);
            self.present |= 1 << 3;
        }
    }

    /// Takes what writers put behind the attributes.
    #[inline]
    fn take_last(&mut self, fields: &mut Fields<'a>) {
        if let Some((_, id)) = fields.take_short(9) {
            self.trace_id = id;
            self.present |= 1 << 9;
        }
        if let Some((_, id)) = fields.take_short(10) {
            self.span_id = id;
            self.present |= 1 << 10;
        }
        if let Some(time) = fields.take_i64(11) {
            self.observed_time_unix_nano = time;
            self.present |= 1 << 11;
        }
        if let Some((_, name)) = fields.take_short(12) {
            self.event_name = Text(name);
            self.present |= 1 << 12;
        }
    }

    /// Its attributes.
    pub fn attributes(&self) -> Attributes<'a> {
        Attributes::of(self.attributes, NUMBER)
    }
}

/// Attributes of a log record that stand side by side, with no other field in between.
#[derive(Debug)]
pub struct Run<'a>(Fields<'a>);

impl<'a> Run<'a> {
    /// The text of the next attribute if it has this key and is a short string. `None` says nothing: the others
    /// look again.
    #[inline]
    pub fn next_text_of(&mut self, key: &Key) -> Option<Text<'a>> {
        let (text, behind) = key.take_text(self.0.rest())?;
        self.0 = Fields::of(behind);
        Some(Text(text))
    }
}

impl<'a> Iterator for Run<'a> {
    type Item = KeyValue<'a>;

    #[inline]
    fn next(&mut self) -> Option<KeyValue<'a>> {
        match self.0.take_short(NUMBER) {
            Some((_, pair)) => Some(KeyValue::parse(pair)),
            None if self.0.begins_with_another(NUMBER) => None,
            None => self.next_of_any_size(),
        }
    }
}

impl<'a> Run<'a> {
    // Out of line, as the rest is small enough then to become part of the loops over attributes.
    #[inline(never)]
    fn next_of_any_size(&mut self) -> Option<KeyValue<'a>> {
        Fields::take(&mut self.0, NUMBER).map(|(_, pair)| KeyValue::parse(pair))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::put_key_value;
    use crate::wire::{I64, put_len, put_tag};

    /// A record with attributes in three places, one of them long, and a field that nobody knows.
    fn scattered() -> Vec<u8> {
        let mut record = Vec::new();
        let attribute = |record: &mut Vec<u8>, key: &str, value: AnyValue<'_>| {
            put_key_value(record, NUMBER, Text::from(key), &value);
        };
        attribute(&mut record, "first", AnyValue::Str("one".into()));
        attribute(&mut record, "second", AnyValue::Str("y".repeat(300).as_str().into()));
        attribute(&mut record, "third", AnyValue::Int(-1));
        put_len(&mut record, 10, b"a span's");
        put_len(&mut record, 99, b"unknown");
        attribute(&mut record, "fourth", AnyValue::Str("four".into()));
        put_tag(&mut record, 1, I64);
        record.extend_from_slice(&7u64.to_le_bytes());
        put_len(&mut record, 12, b"login");
        put_len(&mut record, 9, b"the trace's own.");
        attribute(&mut record, "fifth", AnyValue::Empty);
        record
    }

    #[test]
    fn attributes_are_shown_once_and_in_order_wherever_they_stand() {
        let record = scattered();
        let (mut keys, mut runs) = (Vec::new(), 0);
        let parsed = LogRecord::parse_with(&record, |run| {
            runs += 1;
            keys.extend(run.map(|pair| pair.key));
        });
        assert_eq!(keys, ["first", "second", "third", "fourth", "fifth"]);
        assert_eq!(runs, 3);
        assert_eq!(parsed.attributes().map(|pair| pair.key).collect::<Vec<_>>(), keys);
    }

    #[test]
    fn fields_are_read_whatever_their_order_and_whatever_is_taken_of_the_attributes() {
        let record = scattered();
        for parsed in [LogRecord::parse(&record), LogRecord::parse_with(&record, |_| {})] {
            assert_eq!((parsed.time_unix_nano, parsed.event_name), (7, Text::from("login")));
            assert_eq!((parsed.trace_id, parsed.span_id), (&b"the trace's own."[..], &b"a span's"[..]));
            assert_eq!(parsed.present & 1 << 12, 1 << 12);
            assert_eq!(parsed.attributes().count(), 5);
        }
    }
}
