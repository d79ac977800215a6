//! Telemetry from a file or standard input.

use pdata::{Limits, Request, Signal, json};
use serde_json::{Value, json};
use std::fs;
use std::io::Read;
use std::path::Path;

/// The requests of a file, of standard input where none is given.
pub fn read(path: Option<&Path>) -> Result<Vec<Request>, String> {
    let text = match path {
        Some(path) => {
            fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?
        }
        None => {
            let mut text = String::new();
            let read = std::io::stdin().read_to_string(&mut text);
            read.map_err(|error| format!("cannot read standard input: {error}"))?;
            text
        }
    };
    // One request may be written over many lines.
    if signal(&text).is_some() {
        return Ok(vec![request(&text, 1)?]);
    }
    text.lines()
        .zip(1..)
        .filter(|(line, _)| !line.is_empty())
        .map(|(line, number)| request(line, number))
        .collect()
}

/// A request of OTLP/JSON, or of a log record whose body is the line.
fn request(text: &str, line: usize) -> Result<Request, String> {
    let decoded = match signal(text) {
        Some(signal) => json::decode(signal, text.as_bytes(), &Limits::default()),
        None => {
            let record = json!({ "body": { "stringValue": text } });
            let request = json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": [record] }] }] });
            json::decode(Signal::Logs, request.to_string().as_bytes(), &Limits::default())
        }
    };
    decoded.map_err(|error| format!("line {line} is no OTLP/JSON: {error}"))
}

/// Whose export request a text is.
fn signal(text: &str) -> Option<Signal> {
    let Ok(Value::Object(fields)) = serde_json::from_str(text) else { return None };
    let known = [
        ("resourceLogs", Signal::Logs),
        ("resourceSpans", Signal::Traces),
        ("resourceMetrics", Signal::Metrics),
    ];
    known.into_iter().find(|(name, _)| fields.contains_key(*name)).map(|(_, signal)| signal)
}
