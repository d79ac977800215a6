//! How a dead letter looks: as text, and as JSON.

use super::select::Found;
use crate::cli::Failed;
use pdata::Request;
use serde_json::{Value, json};

/// A time in RFC 3339, or nothing for 0.
pub(super) fn time(unix_nano: u64) -> Option<String> {
    let time = jiff::Timestamp::from_nanosecond(unix_nano.into()).ok().filter(|_| unix_nano > 0)?;
    Some(format!("{time:.3}"))
}

/// The names over [`line`]'s columns.
pub(super) fn headline() -> &'static str {
    "      ID  GIVEN UP                  RECORDS  TRIES  EXPORTER              PIPELINE          REASON\n"
}

/// What is known of a letter, in a line.
pub(super) fn line(Found { kept, replays }: &Found) -> String {
    let letter = &kept.letter;
    format!(
        "{:>8}  {:<24}  {:>7}  {:>5}  {:<20}  {:<16}  {}: {}\n",
        kept.id,
        time(letter.last_unix_nano).unwrap_or_default(),
        letter.request.records(),
        letter.attempts.saturating_add(*replays),
        letter.exporter.as_str(),
        letter.pipeline,
        letter.category.as_str(),
        letter.reason,
    )
}

/// What is known of a letter, in several lines.
pub(super) fn describe(found: &Found) -> String {
    let mut text = format!("dead letter {}\n", found.kept.id);
    if let Value::Object(fields) = as_json(found) {
        for (key, value) in fields.iter().filter(|(key, value)| *key != "id" && !value.is_null()) {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            text.push_str(&format!("  {key}: {value}\n"));
        }
    }
    text
}

/// What is known of a letter, as an object.
pub(super) fn as_json(Found { kept, replays }: &Found) -> Value {
    let letter = &kept.letter;
    json!({
        "id": kept.id,
        "exporter": letter.exporter.as_str(),
        "pipeline": &*letter.pipeline,
        "signal": letter.request.signal().as_str(),
        "category": letter.category.as_str(),
        "reason": letter.reason.as_str(),
        "status": letter.status(),
        "attempts": letter.attempts,
        "replays": replays,
        "received": time(letter.received_unix_nano),
        "first_attempt": time(letter.first_unix_nano),
        "given_up": time(letter.last_unix_nano),
        "records": letter.request.records(),
        "bytes": letter.request.bytes().len(),
    })
}

/// The records, as OTLP/JSON.
pub(super) fn payload(request: &Request) -> Result<Value, Failed> {
    let mut text = Vec::new();
    pdata::json::encode(request.signal(), std::slice::from_ref(request), &mut text);
    serde_json::from_slice(&text).map_err(|error| Failed::because(&error))
}
