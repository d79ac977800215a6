//! What an OTLP destination answers to an export request: everything taken, or a part refused.

use crate::Signal;
use crate::json::read::{Fault, Reader};
use crate::json::{number, write};
use bytes::Bytes;
use prost::Message;

/// What an `Export…ServiceResponse` says beyond success. The default is full success.
///
/// The responses of all signals have the same field numbers, and their JSON differs in one name only.
/// <https://opentelemetry.io/docs/specs/otlp/#partial-success>
#[derive(Clone, PartialEq, Eq, Message)]
pub struct PartialSuccess {
    /// Log records, spans or data points that were refused.
    #[prost(int64, tag = "1")]
    pub rejected: i64,
    /// Why, or a warning where none was. The destination's own words, which may echo the data.
    #[prost(string, tag = "2")]
    pub message: String,
}

#[derive(Clone, PartialEq, Message)]
struct Response {
    #[prost(message, optional, tag = "1")]
    partial_success: Option<PartialSuccess>,
}

/// The body is no export response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an OTLP export response")]
pub struct NotAResponse;

impl PartialSuccess {
    /// The response as protobuf: empty for full success, as the OTLP specification wants it.
    pub fn to_protobuf(&self) -> Bytes {
        let partial_success = (*self != PartialSuccess::default()).then(|| self.clone());
        Response { partial_success }.encode_to_vec().into()
    }

    /// The response as OTLP/JSON.
    pub fn to_json(&self, signal: Signal) -> Bytes {
        if *self == PartialSuccess::default() {
            return Bytes::from_static(b"{}");
        }
        let mut out = Vec::with_capacity(96 + self.message.len());
        out.extend_from_slice(b"{\"partialSuccess\":{");
        write::write_string(&mut out, rejected_name(signal));
        out.push(b':');
        write::write_quoted_integer(&mut out, self.rejected);
        out.extend_from_slice(b",\"errorMessage\":");
        write::write_string(&mut out, self.message.as_bytes());
        out.extend_from_slice(b"}}");
        out.into()
    }

    /// Reads a response in protobuf, of any signal.
    pub fn from_protobuf(body: Bytes) -> Result<PartialSuccess, NotAResponse> {
        let response = Response::decode(body).map_err(|_| NotAResponse)?;
        Ok(response.partial_success.unwrap_or_default())
    }

    /// Reads a response in OTLP/JSON, of any signal. Names are taken in both of proto3 JSON's
    /// spellings, and the count as a string or a number.
    pub fn from_json(body: &[u8]) -> Result<PartialSuccess, NotAResponse> {
        let mut found = PartialSuccess::default();
        let read = |found: &mut PartialSuccess| -> Result<(), Fault> {
            let mut reader = Reader::new(body)?;
            each(&mut reader, |reader, name| match name {
                b"partialSuccess" | b"partial_success" => found.read(reader),
                _ => reader.skip(),
            })?;
            reader.end()
        };
        read(&mut found).map_err(|_| NotAResponse)?;
        Ok(found)
    }

    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), Fault> {
        each(reader, |reader, name| match name {
            b"rejectedLogRecords"
            | b"rejectedSpans"
            | b"rejectedDataPoints"
            | b"rejected_log_records"
            | b"rejected_spans"
            | b"rejected_data_points" => {
                self.rejected = count(reader)?;
                Ok(())
            }
            b"errorMessage" | b"error_message" if !reader.null() => {
                let message = reader.string("expected a string")?.text();
                self.message = String::from_utf8_lossy(&message).into_owned();
                Ok(())
            }
            b"errorMessage" | b"error_message" => Ok(()),
            _ => reader.skip(),
        })
    }
}

fn rejected_name(signal: Signal) -> &'static [u8] {
    match signal {
        Signal::Logs => b"rejectedLogRecords",
        Signal::Traces => b"rejectedSpans",
        Signal::Metrics => b"rejectedDataPoints",
    }
}

/// Every member of an object; a `null` has none.
fn each<'a>(
    reader: &mut Reader<'a>,
    mut member: impl FnMut(&mut Reader<'a>, &[u8]) -> Result<(), Fault>,
) -> Result<(), Fault> {
    if reader.null() {
        return Ok(());
    }
    reader.open(b'{', "expected an object")?;
    let mut first = true;
    while reader.more(b'}', &mut first)? {
        let name = reader.key()?.text();
        member(reader, &name)?;
    }
    Ok(())
}

/// A 64-bit number, which proto3 JSON writes as a string and reads as a number too.
fn count(reader: &mut Reader<'_>) -> Result<i64, Fault> {
    let at = reader.position();
    let text = match reader.peek() {
        Some(b'"') => reader.string("")?.text(),
        _ if reader.null() => return Ok(0),
        _ => reader.number()?.into(),
    };
    let written = std::str::from_utf8(&text).ok();
    let number = written.filter(|text| number::number_len(text.as_bytes()) == Some(text.len()));
    let number = number.and_then(number::whole);
    let number = number.and_then(|number| i64::try_from(number).ok());
    number.ok_or(Fault { what: "expected a whole number", at })
}
