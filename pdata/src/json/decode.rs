//! JSON to the wire format, in one pass.

use super::number::{double, number_len, whole};
use super::read::{Fault, Quoted, Reader};
use crate::schema::{ANY_VALUE, Field, Kind, Label, Message, Role};
use crate::validate::wire_of;
use crate::wire::{I32, I64, LEN, VARINT, put_len, put_tag, put_varint, varint_len};
use crate::{Limits, Malformed, Request, Signal};
use base64::alphabet;
use base64::engine::{DecodePaddingMode, Engine, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use std::borrow::Cow;

/// Reads an `Export…ServiceRequest` in JSON.
///
/// It takes what the proto3 JSON mapping and the OTLP specification allow: names in camel or snake
/// case, `null` for a field that is not set, numbers as numbers or strings (`1.0` and `1e3` are
/// whole), enumerations by number or name, `"NaN"` and the infinities, base64 of either alphabet with
/// or without padding, ids in hex of either case, unknown fields (passed over). A `null` in an array of
/// values is the empty value. A byte order mark in front is passed over.
///
/// It refuses what would leave two readers with different values: a field that stands twice (in
/// either spelling), two members of a oneof, numbers out of range or with a fraction where there is none,
/// invalid UTF-8, half surrogates, anything behind the object. What a field holds is written down even
/// where it is the default, so that optional fields keep what was said.
///
/// Memory: the text is read in place, and the message grows to `limits.bytes` at most before it is
/// refused. Nesting is bounded by `limits.depth`, and by 256 brackets whatever that is. The error's
/// offset counts in the text, its path has names as JSON spells them.
pub fn decode(signal: Signal, text: &[u8], limits: &Limits) -> Result<Request, Malformed> {
    let mut path = Vec::new();
    match transcode(signal.schema(), text, limits, &mut path) {
        // The one gate into a `Request`, also for what was just made to pass it.
        Ok(message) => Request::validate(signal, message, limits),
        Err(Fault { what, at }) => {
            // The outermost names tell enough.
            path.truncate(16);
            Err(Malformed { what, offset: at, path: path.join(".") })
        }
    }
}

/// On an error, `path` is where it happened.
fn transcode(
    schema: &'static Message,
    text: &[u8],
    limits: &Limits,
    path: &mut Vec<&'static str>,
) -> Result<Bytes, Fault> {
    let mut reader = Reader::new(text)?;
    if reader.peek().is_none() {
        return Err(Fault { what: "text is empty", at: text.len() });
    }
    // JSON is about twice as long as the message. Half a length too little costs one copy.
    let out = Vec::with_capacity((text.len() / 2).min(limits.bytes));
    let mut transcoder = Transcoder { reader, out, limits, records: 0, path };
    transcoder.message(schema, 1)?;
    transcoder.reader.end()?;
    let mut out = transcoder.out;
    // The message may wait in the journal for long.
    out.shrink_to_fit();
    Ok(Bytes::from(out))
}

struct Transcoder<'a, 'p> {
    reader: Reader<'a>,
    /// The message so far.
    out: Vec<u8>,
    limits: &'p Limits,
    records: u32,
    path: &'p mut Vec<&'static str>,
}

impl<'a> Transcoder<'a, '_> {
    /// The fields of the object that comes next.
    fn message(&mut self, schema: &'static Message, depth: u32) -> Result<(), Fault> {
        if depth > self.limits.depth {
            return self.reader.refuse("message is nested too deep");
        }
        self.reader.open(b'{', "expected an object")?;
        let mut seen = 0;
        let mut first = true;
        while self.reader.more(b'}', &mut first)? {
            let at = self.reader.position();
            let key = self.reader.key()?;
            let Some(field) = field_named(schema, &key.text()) else {
                self.reader.skip()?;
                continue;
            };
            if self.reader.null() {
                continue;
            }
            self.path.push(field.json);
            // Repeated fields have no bit of their own, as the wire may hold them often. JSON may not.
            let bit = match field.label {
                Label::Repeated => 1 << field.number,
                Label::Singular | Label::Oneof => field.bit(),
            };
            if seen & bit != 0 {
                let what = match field.label {
                    Label::Oneof => "a second field of a oneof is set",
                    Label::Singular | Label::Repeated => "field stands twice",
                };
                return Err(Fault { what, at });
            }
            seen |= bit;
            match field.label {
                Label::Repeated => self.list(field, depth)?,
                Label::Singular | Label::Oneof => self.value(field, depth)?,
            }
            self.path.pop();
        }
        Ok(())
    }

    /// The elements of the array that comes next: a field each, or packed where they are numbers.
    fn list(&mut self, field: &Field, depth: u32) -> Result<(), Fault> {
        self.reader.open(b'[', "expected an array")?;
        let before = self.out.len();
        let packed = wire_of(field.kind) != LEN;
        if packed {
            put_tag(&mut self.out, field.number, LEN);
        }
        let start = if packed { self.begin() } else { before };
        let mut first = true;
        let mut count = 0u32;
        while self.reader.more(b']', &mut first)? {
            count = count.saturating_add(1);
            match field.role {
                Role::Record => {
                    self.records += 1;
                    if self.records > self.limits.records {
                        return self.reader.refuse("too many records");
                    }
                }
                Role::Attributes if count > self.limits.attributes => {
                    return self.reader.refuse("too many attributes");
                }
                Role::Plain | Role::Container | Role::Attributes => {}
            }
            if packed {
                self.number(field.kind)?;
            } else if is_any_value(field.kind) && self.reader.null() {
                put_len(&mut self.out, field.number, &[]);
            } else {
                self.value(field, depth)?;
            }
        }
        match packed {
            true if count == 0 => self.out.truncate(before),
            true => self.finish(start),
            false => {}
        }
        Ok(())
    }

    /// The value that comes next, as a field.
    fn value(&mut self, field: &Field, depth: u32) -> Result<(), Fault> {
        put_tag(&mut self.out, field.number, wire_of(field.kind));
        match field.kind {
            Kind::Message(message) => {
                let start = self.begin();
                self.message(message, depth + 1)?;
                self.finish(start);
                self.within_size()
            }
            Kind::String => {
                let text = self.reader.string("expected a string")?;
                self.text(text);
                self.within_size()
            }
            Kind::Bytes => self.base64(),
            Kind::Id(len) => self.id(len),
            kind => self.number(kind),
        }
    }

    fn text(&mut self, text: Quoted<'a>) {
        match text.plain() {
            Some(plain) => {
                put_varint(&mut self.out, plain.len() as u64);
                self.out.extend_from_slice(plain);
            }
            None => {
                let start = self.begin();
                text.unescape(&mut self.out);
                self.finish(start);
            }
        }
    }

    fn base64(&mut self) -> Result<(), Fault> {
        let at = self.reader.position();
        let text = self.reader.string("expected a string of base64")?.text();
        let url_safe = text.iter().any(|byte| matches!(byte, b'-' | b'_'));
        let engine = if url_safe { &URL_SAFE } else { &STANDARD };
        let start = self.begin();
        if engine.decode_vec(&text, &mut self.out).is_err() {
            return Err(Fault { what: "string is not base64", at });
        }
        self.finish(start);
        self.within_size()
    }

    fn id(&mut self, len: usize) -> Result<(), Fault> {
        let at = self.reader.position();
        let text = self.reader.string("expected an id in hex")?.text();
        if !text.is_empty() && text.len() != 2 * len {
            return Err(Fault { what: "id has a wrong length", at });
        }
        put_varint(&mut self.out, text.len() as u64 / 2);
        let digit = |byte: u8| char::from(byte).to_digit(16);
        for pair in text.as_chunks::<2>().0 {
            let [high, low] = pair.map(digit);
            let (Some(high), Some(low)) = (high, low) else {
                return Err(Fault { what: "id is not hex", at });
            };
            self.out.push((high << 4 | low) as u8);
        }
        Ok(())
    }

    /// The number, name or boolean that comes next, without a tag.
    fn number(&mut self, kind: Kind) -> Result<(), Fault> {
        let bits = match kind {
            Kind::Bool => self.reader.boolean()?.into(),
            kind => self.number_bits(kind)?,
        };
        match wire_of(kind) {
            VARINT => put_varint(&mut self.out, bits),
            I32 => self.out.extend_from_slice(&(bits as u32).to_le_bytes()),
            wire => {
                debug_assert_eq!(wire, I64);
                self.out.extend_from_slice(&bits.to_le_bytes());
            }
        }
        self.within_size()
    }

    fn number_bits(&mut self, kind: Kind) -> Result<u64, Fault> {
        let at = self.reader.position();
        let text = match self.reader.peek() {
            Some(b'"') => {
                let text = self.reader.string("")?.text();
                if let Some(bits) = named(kind, &text) {
                    return Ok(bits);
                }
                if number_len(&text) != Some(text.len()) {
                    let what = match kind {
                        Kind::Enum(_) => "string is neither a name of the enumeration nor a number",
                        _ => "string is not a number",
                    };
                    return Err(Fault { what, at });
                }
                text
            }
            _ => Cow::Borrowed(self.reader.number()?),
        };
        let text = std::str::from_utf8(&text).unwrap_or_default();
        if let Kind::Double = kind {
            let out_of_range = Fault { what: "number is out of range", at };
            return double(text).map(f64::to_bits).ok_or(out_of_range);
        }
        let not_whole = Fault { what: "number is not whole or out of range", at };
        whole(text).and_then(|value| integer_bits(kind, value)).ok_or(not_whole)
    }

    /// Leaves room for the length of what comes; [`finish`](Self::finish) takes the answer. Nearly
    /// every length fits into one byte; a longer one moves what it is the length of.
    fn begin(&mut self) -> usize {
        self.out.push(0);
        self.out.len()
    }

    /// Writes the length of what was written since `start` in front of it.
    fn finish(&mut self, start: usize) {
        let end = self.out.len();
        let mut len = end - start;
        let more = varint_len(len as u64) - 1;
        if more > 0 {
            self.out.resize(end + more, 0);
            self.out.copy_within(start..end, start + more);
        }
        for slot in self.out.iter_mut().skip(start - 1).take(more) {
            *slot = len as u8 | 0x80;
            len >>= 7;
        }
        if let Some(last) = self.out.get_mut(start - 1 + more) {
            *last = len as u8;
        }
    }

    /// Refuses a message that has become larger than the limit.
    #[inline]
    fn within_size(&mut self) -> Result<(), Fault> {
        match self.out.len() > self.limits.bytes {
            true => Err(Fault { what: "request is larger than the limit", at: self.reader.position() }),
            false => Ok(()),
        }
    }
}

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
static STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
static URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

fn field_named(schema: &'static Message, name: &[u8]) -> Option<&'static Field> {
    let mut fields = schema.fields.iter().filter(|field| field.number != 0);
    fields.find(|field| field.json.as_bytes() == name || field.name.as_bytes() == name)
}

/// Whether the kind is the message that has a way to say nothing: an empty value is JSON's `null`.
fn is_any_value(kind: Kind) -> bool {
    matches!(kind, Kind::Message(message) if std::ptr::eq(message, &ANY_VALUE))
}

/// The number that a name stands for.
fn named(kind: Kind, name: &[u8]) -> Option<u64> {
    match kind {
        Kind::Enum(names) => {
            let (_, number) = names.values.iter().find(|(known, _)| known.as_bytes() == name)?;
            integer_bits(kind, i128::from(*number))
        }
        Kind::Double => match name {
            b"NaN" => Some(f64::NAN.to_bits()),
            b"Infinity" => Some(f64::INFINITY.to_bits()),
            b"-Infinity" => Some(f64::NEG_INFINITY.to_bits()),
            _ => None,
        },
        _ => None,
    }
}

/// What the wire holds for a whole number; `None` where the kind cannot hold it.
fn integer_bits(kind: Kind, value: i128) -> Option<u64> {
    match kind {
        // Negative numbers take ten bytes on the wire: they are extended to 64 bits.
        Kind::Int32 | Kind::Enum(_) => i32::try_from(value).ok().map(|value| i64::from(value) as u64),
        Kind::Sint32 => i32::try_from(value).ok().map(|value| u64::from((value << 1 ^ value >> 31) as u32)),
        Kind::Uint32 | Kind::Fixed32 => u32::try_from(value).ok().map(u64::from),
        Kind::Int64 | Kind::Sfixed64 => i64::try_from(value).ok().map(|value| value as u64),
        Kind::Uint64 | Kind::Fixed64 => u64::try_from(value).ok(),
        Kind::Bool | Kind::Double | Kind::String | Kind::Bytes | Kind::Id(_) | Kind::Message(_) => None,
    }
}
