//! The fields of the record itself.

use super::timestamp::Timestamps;
use super::write_value;
use pdata::json::write::{close_string, write_integer};
use pdata::view::{AnyValue, LogRecord};

/// Appends those that the record has, as members in the order of [`FIXED`](super::FIXED), each with a comma
/// before it.
pub(super) fn write(record: &LogRecord<'_>, timestamps: &mut Timestamps, out: &mut Vec<u8>) {
    let time = match record.time_unix_nano {
        0 => record.observed_time_unix_nano,
        time => time,
    };
    if time != 0 {
        out.extend_from_slice(b",\"timestamp\":\"");
        out.extend_from_slice(timestamps.rfc3339(time));
        out.push(b'"');
    }
    if !record.severity_text.is_empty() {
        out.extend_from_slice(b",\"severity\":\"");
        close_string(out, record.severity_text.as_bytes());
    }
    if record.severity_number != 0 {
        out.extend_from_slice(b",\"severity_number\":");
        match u8::try_from(record.severity_number) {
            Ok(digit @ ..10) => out.push(b'0' + digit),
            _ => write_integer(out, record.severity_number),
        }
    }
    match &record.body {
        AnyValue::Empty => {}
        AnyValue::Str(text) => {
            out.extend_from_slice(b",\"message\":\"");
            close_string(out, text.as_bytes());
        }
        value => {
            out.extend_from_slice(b",\"message\":");
            write_value(out, value);
        }
    }
    write_id(out, b",\"trace_id\":\"", record.trace_id);
    write_id(out, b",\"span_id\":\"", record.span_id);
    if !record.event_name.is_empty() {
        out.extend_from_slice(b",\"event_name\":\"");
        close_string(out, record.event_name.as_bytes());
    }
}

/// An id of 16 bytes at most; all zeros is OTLP's word for none.
fn write_id(out: &mut Vec<u8>, prefix: &[u8], id: &[u8]) {
    if id.iter().any(|byte| *byte != 0) {
        out.extend_from_slice(prefix);
        let hex = hex(id);
        out.extend_from_slice(hex.get(..id.len() * 2).unwrap_or_default());
        out.push(b'"');
    }
}

/// The digits of an id.
#[inline]
fn hex(id: &[u8]) -> [u8; 32] {
    let digit = |nibble: u8| nibble + if nibble < 10 { b'0' } else { b'a' - 10 };
    let mut text = [0; 32];
    for (digits, byte) in text.as_chunks_mut::<2>().0.iter_mut().zip(id) {
        *digits = [digit(byte >> 4), digit(byte & 15)];
    }
    text
}
