//! OTLP/JSON, written from the bytes of requests.

use pdata::{Request, Signal};

/// Appends one export request of all `requests` as a JSON object, without a newline.
pub fn write(_signal: Signal, _requests: &[Request], out: &mut Vec<u8>) {
    // Stands in until pdata writes OTLP/JSON.
    out.extend_from_slice(b"{}");
}
