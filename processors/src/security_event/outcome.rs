//! What became of it: every source's word for it as success, failure or unknown.

use pdata::view::AnyValue;

/// `audit.outcome`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Success,
    Failure,
    Unknown,
}

impl Outcome {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Outcome::Success => "success",
            Outcome::Failure => "failure",
            Outcome::Unknown => "unknown",
        }
    }
}

/// An outcome, and the decision (`allowed`, `denied`; empty for none) that the word states with it.
pub(super) type Verdict = (Outcome, &'static str);

/// Reads a source's word, its boolean or its HTTP status. `None` where it says nothing about the outcome.
pub(super) fn read(value: &AnyValue<'_>) -> Option<Verdict> {
    match value {
        AnyValue::Str(text) => word(text.as_bytes()),
        AnyValue::Bool(true) => Some((Outcome::Success, "")),
        AnyValue::Bool(false) => Some((Outcome::Failure, "")),
        AnyValue::Int(401 | 403) => Some((Outcome::Failure, "denied")),
        AnyValue::Int(200..=399) => Some((Outcome::Success, "")),
        AnyValue::Int(400..=599) => Some((Outcome::Failure, "")),
        _ => None,
    }
}

/// Words in any case; a number as text is an HTTP status.
fn word(text: &[u8]) -> Option<Verdict> {
    const WORDS: [(&str, Verdict); 42] = [
        ("success", (Outcome::Success, "")),
        ("failure", (Outcome::Failure, "")),
        ("denied", (Outcome::Failure, "denied")),
        ("error", (Outcome::Failure, "")),
        ("unknown", (Outcome::Unknown, "")),
        ("ok", (Outcome::Success, "")),
        ("pass", (Outcome::Success, "")),
        ("passed", (Outcome::Success, "")),
        ("succeeded", (Outcome::Success, "")),
        ("successful", (Outcome::Success, "")),
        ("completed", (Outcome::Success, "")),
        ("true", (Outcome::Success, "")),
        ("yes", (Outcome::Success, "")),
        ("allow", (Outcome::Success, "allowed")),
        ("allowed", (Outcome::Success, "allowed")),
        ("permit", (Outcome::Success, "allowed")),
        ("permitted", (Outcome::Success, "allowed")),
        ("grant", (Outcome::Success, "allowed")),
        ("granted", (Outcome::Success, "allowed")),
        ("accept", (Outcome::Success, "allowed")),
        ("accepted", (Outcome::Success, "allowed")),
        ("approved", (Outcome::Success, "allowed")),
        ("fail", (Outcome::Failure, "")),
        ("failed", (Outcome::Failure, "")),
        ("false", (Outcome::Failure, "")),
        ("no", (Outcome::Failure, "")),
        ("invalid", (Outcome::Failure, "")),
        ("timeout", (Outcome::Failure, "")),
        ("aborted", (Outcome::Failure, "")),
        ("unsuccessful", (Outcome::Failure, "")),
        ("deny", (Outcome::Failure, "denied")),
        ("block", (Outcome::Failure, "denied")),
        ("blocked", (Outcome::Failure, "denied")),
        ("reject", (Outcome::Failure, "denied")),
        ("rejected", (Outcome::Failure, "denied")),
        ("drop", (Outcome::Failure, "denied")),
        ("dropped", (Outcome::Failure, "denied")),
        ("forbidden", (Outcome::Failure, "denied")),
        ("unauthorized", (Outcome::Failure, "denied")),
        ("attempt", (Outcome::Unknown, "")),
        ("pending", (Outcome::Unknown, "")),
        ("in_progress", (Outcome::Unknown, "")),
    ];
    if let Some((_, verdict)) = WORDS.iter().find(|(word, _)| text.eq_ignore_ascii_case(word.as_bytes())) {
        return Some(*verdict);
    }
    let status: i64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    read(&AnyValue::Int(status))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_booleans_and_http_statuses_are_read_and_nothing_is_guessed() {
        let text = |word: &'static str| AnyValue::Str(word.into());
        for (value, verdict) in [
            (text("SUCCESS"), Some((Outcome::Success, ""))),
            (text("Denied"), Some((Outcome::Failure, "denied"))),
            (text("allow"), Some((Outcome::Success, "allowed"))),
            (text("attempt"), Some((Outcome::Unknown, ""))),
            (text("404"), Some((Outcome::Failure, ""))),
            (text("active"), None),
            (text(""), None),
            (AnyValue::Int(204), Some((Outcome::Success, ""))),
            (AnyValue::Int(302), Some((Outcome::Success, ""))),
            (AnyValue::Int(403), Some((Outcome::Failure, "denied"))),
            (AnyValue::Int(1), None),
            (AnyValue::Bool(false), Some((Outcome::Failure, ""))),
            (AnyValue::Empty, None),
        ] {
            assert_eq!(read(&value), verdict, "{value:?}");
        }
    }
}
