//! Records as they stand in the bytes: one pass fills a struct on the stack, nothing is allocated.
//!
//! Fields that are absent read as their default, as protobuf has it.

use crate::Request;
pub use crate::log_record::{LogRecord, Run};
use crate::schema::{Message, Role};
pub use crate::text::{Text, TextBuf, is_same};
use crate::wire::{
    Fields, I64, LEN, VARINT, Wire, len_delimited, put_len, put_nested, put_tag, put_varint, take_len,
    take_varint,
};

/// A value of any type.
#[derive(Clone, Debug, Default)]
pub enum AnyValue<'a> {
    /// Nothing is set.
    #[default]
    Empty,
    /// `string_value`
    Str(Text<'a>),
    /// `bool_value`
    Bool(bool),
    /// `int_value`
    Int(i64),
    /// `double_value`
    Double(f64),
    /// `bytes_value`
    Bytes(&'a [u8]),
    /// `array_value`
    Array(Values<'a>),
    /// `kvlist_value`
    Map(Attributes<'a>),
    /// `string_value_strindex`: an index into a profile's string table, meaningless elsewhere.
    StrIndex(i32),
}

impl<'a> AnyValue<'a> {
    #[inline]
    pub(crate) fn parse(payload: &'a [u8]) -> AnyValue<'a> {
        const STRING: u8 = 1 << 3 | LEN;
        const INT: u8 = 3 << 3 | VARINT;
        match payload {
            [STRING, rest @ ..] if let Some((text, [])) = take_len(rest) => AnyValue::Str(Text(text)),
            [INT, rest @ ..] if let Some((value, [])) = take_varint(rest) => AnyValue::Int(value as i64),
            _ => AnyValue::parse_any(payload),
        }
    }

    fn parse_any(payload: &'a [u8]) -> AnyValue<'a> {
        let Some(field) = Fields::of(payload).find(|field| (1..=8).contains(&field.number)) else {
            return AnyValue::Empty;
        };
        match field.number {
            1 => AnyValue::Str(Text(field.payload())),
            2 => AnyValue::Bool(field.number_value() != 0),
            3 => AnyValue::Int(field.number_value() as i64),
            4 => AnyValue::Double(f64::from_bits(field.number_value())),
            5 => AnyValue::Array(Values(Fields::of(field.payload()))),
            6 => AnyValue::Map(Attributes { fields: Fields::of(field.payload()), number: 1 }),
            7 => AnyValue::Bytes(field.payload()),
            _ => AnyValue::StrIndex(field.number_value() as i32),
        }
    }

    /// The text, where it is one.
    pub fn as_text(&self) -> Option<Text<'a>> {
        match self {
            AnyValue::Str(text) => Some(*text),
            _ => None,
        }
    }
}

/// The elements of an array, each with its encoded bytes.
#[derive(Clone, Debug)]
pub struct Values<'a>(Fields<'a>);

impl<'a> Iterator for Values<'a> {
    type Item = (&'a [u8], AnyValue<'a>);

    fn next(&mut self) -> Option<(&'a [u8], AnyValue<'a>)> {
        let field = self.0.find(|field| field.number == 1)?;
        Some((field.payload(), AnyValue::parse(field.payload())))
    }
}

/// An attribute, or an entry of a map.
#[derive(Clone, Debug, Default)]
pub struct KeyValue<'a> {
    /// Its key.
    pub key: Text<'a>,
    /// Its value.
    pub value: AnyValue<'a>,
    /// The encoded `KeyValue`.
    pub raw: &'a [u8],
}

impl<'a> KeyValue<'a> {
    #[inline]
    pub(crate) fn parse(raw: &'a [u8]) -> KeyValue<'a> {
        match short_pair(raw) {
            Some((key, value)) => KeyValue { key: Text(key), value: AnyValue::parse(value), raw },
            None => KeyValue::parse_any(raw),
        }
    }

    #[inline(never)]
    fn parse_any(raw: &'a [u8]) -> KeyValue<'a> {
        let mut pair = KeyValue { raw, ..KeyValue::default() };
        for field in Fields::of(raw) {
            match field.number {
                1 => pair.key = Text(field.payload()),
                2 => pair.value = AnyValue::parse(field.payload()),
                _ => {}
            }
        }
        pair
    }

    /// Whether its value holds other values.
    pub fn nested(&self) -> bool {
        matches!(self.value, AnyValue::Array(_) | AnyValue::Map(_))
    }
}

/// The attributes of a message, read anew each time they are iterated.
#[derive(Clone, Debug)]
pub struct Attributes<'a> {
    fields: Fields<'a>,
    number: u32,
}

impl<'a> Attributes<'a> {
    /// Those of `message`, where they are field `number`.
    pub(crate) fn of(message: &'a [u8], number: u32) -> Attributes<'a> {
        Attributes { fields: Fields::of(message), number }
    }

    /// The value of the first attribute with this key.
    pub fn get(&self, key: &str) -> Option<AnyValue<'a>> {
        self.clone().find(|pair| pair.key == key).map(|pair| pair.value)
    }
}

/// The attributes of a message, a record for example, of type `of`; none where it has none.
pub fn attributes<'a>(of: &'static Message, message: &'a [u8]) -> Attributes<'a> {
    let field = of.fields.iter().find(|field| field.role == Role::Attributes);
    field.map_or_else(Attributes::default, |field| Attributes::of(message, field.number))
}

impl Default for Attributes<'_> {
    fn default() -> Self {
        Attributes::of(&[], 1)
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = KeyValue<'a>;

    #[inline]
    fn next(&mut self) -> Option<KeyValue<'a>> {
        match self.fields.take_short(self.number) {
            Some((_, pair)) => Some(KeyValue::parse(pair)),
            None if self.fields.rest().is_empty() => None,
            None => self.next_of_any_size(),
        }
    }
}

impl<'a> Attributes<'a> {
    // Out of line, as the rest is small enough then to become part of the loops over attributes.
    #[inline(never)]
    fn next_of_any_size(&mut self) -> Option<KeyValue<'a>> {
        let number = self.number;
        self.fields.find(|field| field.number == number).map(|field| KeyValue::parse(field.payload()))
    }
}

/// The records of one resource: `ResourceLogs`, `ResourceSpans` or `ResourceMetrics`.
#[derive(Clone, Copy, Debug)]
pub struct ResourceGroup<'a> {
    /// The resource; empty where none is set.
    pub resource: &'a [u8],
    /// The schema of the resource's attributes.
    pub schema_url: Text<'a>,
    /// The encoded group.
    pub raw: &'a [u8],
}

impl<'a> ResourceGroup<'a> {
    /// The group that is encoded in `raw`, a group of a validated request.
    pub fn parse(raw: &'a [u8]) -> ResourceGroup<'a> {
        let mut group = ResourceGroup { resource: &[], schema_url: Text(&[]), raw };
        for field in Fields::of(raw) {
            match field.number {
                1 => group.resource = field.payload(),
                3 => group.schema_url = Text(field.payload()),
                _ => {}
            }
        }
        group
    }

    /// The resource's attributes.
    pub fn attributes(&self) -> Attributes<'a> {
        Attributes::of(self.resource, 1)
    }

    /// The scopes, in order.
    pub fn scopes(&self) -> impl Iterator<Item = ScopeGroup<'a>> + use<'a> {
        Fields::of(self.raw).filter(|field| field.number == 2).map(|field| ScopeGroup::parse(field.payload()))
    }
}

/// The records of one scope: `ScopeLogs`, `ScopeSpans` or `ScopeMetrics`.
#[derive(Clone, Copy, Debug)]
pub struct ScopeGroup<'a> {
    /// The scope; empty where none is set.
    scope: &'a [u8],
    /// The scope's name.
    pub name: Text<'a>,
    /// The scope's version.
    pub version: Text<'a>,
    /// The encoded group.
    pub raw: &'a [u8],
}

impl<'a> ScopeGroup<'a> {
    fn parse(raw: &'a [u8]) -> ScopeGroup<'a> {
        let empty = Text(&[]);
        let mut group = ScopeGroup { scope: &[], name: empty, version: empty, raw };
        // Writers put the scope first: looking no further leaves the records to whoever reads them.
        if let Some(scope) = Fields::of(raw).find(|field| field.number == 1) {
            group.scope = scope.payload();
        }
        for field in Fields::of(group.scope) {
            match field.number {
                1 => group.name = Text(field.payload()),
                2 => group.version = Text(field.payload()),
                _ => {}
            }
        }
        group
    }

    /// The scope's attributes.
    pub fn attributes(&self) -> Attributes<'a> {
        Attributes::of(self.scope, 3)
    }

    /// The schema of the records. Writers put it last: this steps over all of them.
    pub fn schema_url(&self) -> Text<'a> {
        let field = Fields::of(self.raw).find(|field| field.number == 3);
        Text(field.map_or(&[], |field| field.payload()))
    }

    /// The encoded log records, spans or metrics, in order.
    pub fn records(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        Fields::of(self.raw).filter(|field| field.number == 2).map(|field| field.payload())
    }

    /// The log records, in a request of logs.
    pub fn log_records(&self) -> impl Iterator<Item = LogRecord<'a>> + use<'a> {
        self.records().map(LogRecord::parse)
    }

    /// The spans, in a request of traces.
    pub fn spans(&self) -> impl Iterator<Item = Span<'a>> + use<'a> {
        self.records().map(Span::parse)
    }

    /// The metrics, in a request of metrics.
    pub fn metrics(&self) -> impl Iterator<Item = Metric<'a>> + use<'a> {
        self.records().map(Metric::parse)
    }
}

impl Request {
    /// The resources with their records, in order.
    pub fn resources(&self) -> impl Iterator<Item = ResourceGroup<'_>> {
        Fields::of(self.bytes())
            .filter(|field| field.number == 1)
            .map(|field| ResourceGroup::parse(field.payload()))
    }
}

/// A span.
#[derive(Clone, Debug, Default)]
pub struct Span<'a> {
    /// 16 bytes, or empty.
    pub trace_id: &'a [u8],
    /// 8 bytes, or empty.
    pub span_id: &'a [u8],
    /// Empty for a root span.
    pub parent_span_id: &'a [u8],
    /// The W3C trace state.
    pub trace_state: Text<'a>,
    /// What the span is about.
    pub name: Text<'a>,
    /// `SpanKind`.
    pub kind: i32,
    /// Nanoseconds since the Unix epoch.
    pub start_time_unix_nano: u64,
    /// Nanoseconds since the Unix epoch.
    pub end_time_unix_nano: u64,
    /// `StatusCode`.
    pub status_code: i32,
    /// The status's message.
    pub status_message: Text<'a>,
    /// The low byte holds the W3C trace flags.
    pub flags: u32,
    /// The encoded span.
    pub raw: &'a [u8],
}

impl<'a> Span<'a> {
    fn parse(raw: &'a [u8]) -> Span<'a> {
        let mut span = Span { raw, ..Span::default() };
        for field in Fields::of(raw) {
            match field.number {
                1 => span.trace_id = field.payload(),
                2 => span.span_id = field.payload(),
                3 => span.trace_state = Text(field.payload()),
                4 => span.parent_span_id = field.payload(),
                5 => span.name = Text(field.payload()),
                6 => span.kind = field.number_value() as i32,
                7 => span.start_time_unix_nano = field.number_value(),
                8 => span.end_time_unix_nano = field.number_value(),
                15 => {
                    for field in Fields::of(field.payload()) {
                        match field.number {
                            2 => span.status_message = Text(field.payload()),
                            3 => span.status_code = field.number_value() as i32,
                            _ => {}
                        }
                    }
                }
                16 => span.flags = field.number_value() as u32,
                _ => {}
            }
        }
        span
    }

    /// Its attributes.
    pub fn attributes(&self) -> Attributes<'a> {
        Attributes::of(self.raw, 9)
    }
}

/// A metric, whatever its type.
#[derive(Clone, Debug, Default)]
pub struct Metric<'a> {
    /// Its name.
    pub name: Text<'a>,
    /// What it measures.
    pub description: Text<'a>,
    /// Its unit, in UCUM.
    pub unit: Text<'a>,
    /// `gauge`, `sum`, `histogram`, `exponential_histogram`, `summary`, or empty where no data is set.
    pub kind: &'static str,
    /// The encoded data points' holder.
    data: &'a [u8],
    /// The encoded metric.
    pub raw: &'a [u8],
}

impl<'a> Metric<'a> {
    fn parse(raw: &'a [u8]) -> Metric<'a> {
        let mut metric = Metric { raw, ..Metric::default() };
        for field in Fields::of(raw) {
            match (field.number, field.value) {
                (1, _) => metric.name = Text(field.payload()),
                (2, _) => metric.description = Text(field.payload()),
                (3, _) => metric.unit = Text(field.payload()),
                (5 | 7 | 9..=11, Wire::Len(data)) => {
                    metric.kind = crate::schema::METRIC.field(field.number).map_or("", |field| field.name);
                    metric.data = data;
                }
                _ => {}
            }
        }
        metric
    }

    /// How many data points it has.
    pub fn data_points(&self) -> usize {
        Fields::of(self.data).filter(|field| field.number == 1).count()
    }
}

/// Key and encoded value of a `KeyValue` that has nothing else, each shorter than 128 bytes.
#[inline]
fn short_pair(raw: &[u8]) -> Option<(&[u8], &[u8])> {
    const KEY: u8 = 1 << 3 | LEN;
    const VALUE: u8 = 2 << 3 | LEN;
    let [KEY, key_len @ ..0x80, rest @ ..] = raw else { return None };
    match rest.split_at_checked(usize::from(*key_len))? {
        (key, [VALUE, len @ ..0x80, value @ ..]) if usize::from(*len) == value.len() => Some((key, value)),
        _ => None,
    }
}

/// Appends the payload of an `AnyValue`.
pub(crate) fn put_any_value(out: &mut Vec<u8>, value: &AnyValue<'_>) {
    match value {
        AnyValue::Empty => {}
        AnyValue::Str(text) => put_len(out, 1, text.0),
        AnyValue::Bool(value) => {
            put_tag(out, 2, VARINT);
            put_varint(out, (*value).into());
        }
        AnyValue::Int(value) => {
            put_tag(out, 3, VARINT);
            put_varint(out, *value as u64);
        }
        AnyValue::Double(value) => {
            put_tag(out, 4, I64);
            out.extend_from_slice(&value.to_bits().to_le_bytes());
        }
        AnyValue::Array(values) => put_len(out, 5, values.0.rest()),
        AnyValue::Map(attributes) => {
            // The attributes of a record stand among its other fields, under another number.
            let pairs = || attributes.clone().map(|pair| pair.raw);
            let len = pairs().map(|pair| len_delimited(1, pair.len())).sum();
            put_nested(out, 6, len, |out| pairs().for_each(|pair| put_len(out, 1, pair)));
        }
        AnyValue::Bytes(bytes) => put_len(out, 7, bytes),
        AnyValue::StrIndex(index) => {
            put_tag(out, 8, VARINT);
            put_varint(out, *index as u64);
        }
    }
}

/// Appends a `KeyValue` as field `number`.
#[inline]
pub(crate) fn put_key_value(out: &mut Vec<u8>, number: u32, key: Text<'_>, value: &AnyValue<'_>) {
    if let AnyValue::Str(text) = value {
        let (key, text) = (key.as_bytes(), text.as_bytes());
        let value_len = 2 + text.len();
        let pair_len = 2 + key.len() + 2 + value_len;
        // Nearly all: then each length is one byte, and so is each tag.
        if pair_len < 0x80 && number < 16 {
            const FIRST: u8 = 1 << 3 | LEN;
            const SECOND: u8 = 2 << 3 | LEN;
            out.extend_from_slice(&[(number << 3) as u8 | LEN, pair_len as u8, FIRST, key.len() as u8]);
            out.extend_from_slice(key);
            out.extend_from_slice(&[SECOND, value_len as u8, FIRST, text.len() as u8]);
            return out.extend_from_slice(text);
        }
    }
    let mut encoded = Vec::with_capacity(24);
    put_any_value(&mut encoded, value);
    put_tag(out, number, LEN);
    put_varint(out, (len_delimited(1, key.as_bytes().len()) + len_delimited(2, encoded.len())) as u64);
    put_len(out, 1, key.as_bytes());
    put_len(out, 2, &encoded);
}
