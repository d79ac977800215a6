//! Severity in both directions: numbers as OTLP has them, words as sources have them.

/// The number that a source's word stands for, in any case. Words of syslog, of log libraries and of
/// security products.
pub(super) fn number(word: &[u8]) -> Option<u8> {
    const WORDS: [(&str, u8); 30] = [
        ("info", 9),
        ("warn", 13),
        ("error", 17),
        ("debug", 5),
        ("trace", 1),
        ("fatal", 21),
        ("information", 9),
        ("informational", 9),
        ("notice", 10),
        ("warning", 13),
        ("err", 17),
        ("critical", 21),
        ("crit", 21),
        ("severe", 17),
        ("alert", 22),
        ("emergency", 24),
        ("emerg", 24),
        ("panic", 24),
        ("low", 9),
        ("medium", 13),
        ("high", 17),
        ("verbose", 1),
        ("fine", 5),
        ("finest", 1),
        ("info2", 10),
        ("warn2", 14),
        ("error2", 18),
        ("error3", 19),
        ("fatal2", 22),
        ("debug2", 6),
    ];
    WORDS.iter().find(|(known, _)| word.eq_ignore_ascii_case(known.as_bytes())).map(|(_, number)| *number)
}

/// The short name of a number, by the OpenTelemetry logs data model.
pub(super) fn name(number: i32) -> Option<&'static str> {
    const NAMES: [&str; 24] = [
        "TRACE", "TRACE2", "TRACE3", "TRACE4", "DEBUG", "DEBUG2", "DEBUG3", "DEBUG4", "INFO", "INFO2",
        "INFO3", "INFO4", "WARN", "WARN2", "WARN3", "WARN4", "ERROR", "ERROR2", "ERROR3", "ERROR4", "FATAL",
        "FATAL2", "FATAL3", "FATAL4",
    ];
    NAMES.get(usize::try_from(number).ok()?.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_names_and_words_have_numbers() {
        assert_eq!(
            (name(0), name(1), name(9), name(24), name(25)),
            (None, Some("TRACE"), Some("INFO"), Some("FATAL4"), None)
        );
        assert_eq!((number(b"Warning"), number(b"CRITICAL"), number(b"odd")), (Some(13), Some(21), None));
    }
}
