//! An operator's patterns take linear time, also those that look on behind each find.

use super::random::is_linear;
use super::*;
use processors::redaction::{CustomDetector, Exception};

fn config(patterns: &[&str]) -> Config {
    let blocked_values = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
    Config { blocked_values, ..Config::default() }
}

/// What becomes of an attribute `k`, and how often who hid something of it.
fn hidden(config: Config, value: &str) -> (String, Vec<(String, u64)>) {
    let redaction = config.build(&ComponentId::parse("redaction").unwrap()).unwrap();
    let record = LogRecord { attributes: vec![text("k", value)], ..Default::default() };
    let (out, found) = redaction.redact(&request(&logs(vec![record]), Signal::Logs));
    let mut out = ExportLogsServiceRequest::decode(out.bytes().clone()).unwrap();
    let record = out.resource_logs.remove(0).scope_logs.remove(0).log_records.remove(0);
    let found = found.into_iter().map(|found| (found.by.to_string(), found.times)).collect();
    match record.attributes.into_iter().next().unwrap().value.unwrap().value {
        Some(Value::StringValue(text)) => (text, found),
        other => panic!("{other:?}"),
    }
}

#[test]
fn patterns_that_look_on_over_their_finds_take_linear_time() {
    for (pattern, unit) in [
        ("EMP-(?:.*END)?", "EMP-1 "),
        ("a.*b|a", "a"),
        ("a.*END|b", "ab"),
        (r"(?s)\bKEY(?:.*;)?", "KEY\n"),
        ("é(?:[^z]*z)?", "é"),
        ("(?:x.{0,900}END)?x", "x"),
        ("(?:.*END)?", "x"),
        // These do not, and find all there is.
        (r"\bEMP-\d+\b", "EMP-1 "),
        (r"\b[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}\b", "a@b.co.1-"),
        (r#""[^"]*"(?:\s*:\s*"[^"]*")?"#, "\":\" : "),
    ] {
        is_linear(unit, 20_000, |text| drop(hidden(config(&[pattern]), text)));
    }
}

#[test]
fn a_text_with_more_finds_than_can_be_told_in_linear_time_is_masked_as_a_whole_and_counted() {
    let text = "EMP-1 ".repeat(5_000);
    let (out, found) = hidden(config(&["EMP-(?:.*END)?"]), &text);
    assert_eq!(out, "****");
    assert!(found.contains(&("failed".to_owned(), 1)), "{found:?}");
    // So is a text that was read, where it stands.
    let (out, _) = hidden(config(&["EMP-(?:.*END)?"]), &format!("plain %45 {}", "EMP%2D1 ".repeat(5_000)));
    assert_eq!(out, "****");
}

#[test]
fn as_many_finds_as_a_text_has_are_hidden_one_by_one_where_they_are_few_or_the_pattern_does_not_look_on() {
    for (pattern, times) in [("EMP-(?:.*END)?", 300), (r"EMP-(?:\d*END)?", 5_000), (r"\bEMP-", 5_000)] {
        let (out, found) = hidden(config(&[pattern]), &"EMP-1 ".repeat(times));
        assert_eq!(out, "****1 ".repeat(times), "{pattern}");
        assert_eq!(found, [("blocked_values".to_owned(), times as u64)], "{pattern}");
    }
}

#[test]
fn who_does_not_look_at_a_text_masks_nothing_of_it() {
    let detector = CustomDetector { pattern: "EMP-(?:.*END)?".into(), ..CustomDetector::default() };
    let with = |detector: CustomDetector| Config {
        custom_detectors: [("employee".to_owned(), detector)].into(),
        ..Config::default()
    };
    let text = "EMP-1 ".repeat(5_000);
    let keyword = CustomDetector { keywords: vec!["staff".into()], ..detector.clone() };
    assert_eq!(hidden(with(keyword), &text), (text.clone(), vec![]));
    let exceptions = vec![Exception { keys: vec!["k".into()], skip: vec!["employee".into()] }];
    assert_eq!(hidden(Config { exceptions, ..with(detector) }, &text), (text.clone(), vec![]));
    let allowed = Config { allowed_values: vec!["^EMP-1 ".into()], ..config(&["EMP-(?:.*END)?"]) };
    assert_eq!(hidden(allowed, &text).0, text);
}
