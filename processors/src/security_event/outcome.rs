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

/// No word is longer.
const LONGEST: usize = 12;

/// Words in any case; a number as text is an HTTP status.
#[inline]
pub(super) fn word(text: &[u8]) -> Option<Verdict> {
    match text {
        // As the conventions write them, and with them most sources.
        b"success" => Some((Outcome::Success, "")),
        b"failure" => Some((Outcome::Failure, "")),
        text => any_word(text),
    }
}

#[inline(never)]
fn any_word(text: &[u8]) -> Option<Verdict> {
    let mut lower = [0; LONGEST];
    let lower = lower.get_mut(..text.len())?;
    lower.copy_from_slice(text);
    lower.make_ascii_lowercase();
    Some(match &*lower {
        b"success" | b"ok" | b"pass" | b"passed" | b"succeeded" | b"successful" | b"completed" | b"true"
        | b"yes" => (Outcome::Success, ""),
        b"allow" | b"allowed" | b"permit" | b"permitted" | b"grant" | b"granted" | b"accept"
        | b"accepted" | b"approved" => (Outcome::Success, "allowed"),
        b"failure" | b"error" | b"fail" | b"failed" | b"false" | b"no" | b"invalid" | b"timeout"
        | b"aborted" | b"unsuccessful" => (Outcome::Failure, ""),
        b"denied" | b"deny" | b"block" | b"blocked" | b"reject" | b"rejected" | b"drop" | b"dropped"
        | b"forbidden" | b"unauthorized" => (Outcome::Failure, "denied"),
        b"unknown" | b"attempt" | b"pending" | b"in_progress" => (Outcome::Unknown, ""),
        number => {
            let status: i64 = std::str::from_utf8(number).ok()?.parse().ok()?;
            return read(&AnyValue::Int(status));
        }
    })
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
