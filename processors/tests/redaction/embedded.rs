//! Texts within texts: percent-encoded, escaped, in base64; and what stays of them.

use super::*;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(redact_text(text), expected);
}

#[test]
fn what_a_url_encodes_is_read_and_everything_else_keeps_its_bytes() {
    check("GET /s?q=%70assword%3Dhunter2%26page%3D2 200", "GET /s?q=%70assword%3D****%26page%3D2 200");
    // The address that a password makes with its host is an e-mail's too: more is hidden than must be.
    check("next=https%3A%2F%2Fuser%3Ahunter2%40db.example.org%2Fx", "next=****%2Fx");
    check("next=redis%3A%2F%2F%3Ahunter2%40cache%2F0", "next=redis%3A%2F%2F%3A****%40cache%2F0");
    check("caf%C3%A9%20maria%2Esilva%40example%2Eorg%20ok", "caf%C3%A9%20****%20ok");
    check("/files/annual%20report%202024.pdf?x=100%25", "/files/annual%20report%202024.pdf?x=100%25");
    // In a form a plus is a space.
    check("p=%7B%22password%22%3A+%22hunter2%22%7D", "p=%7B%22password%22%3A+%22****%22%7D");
    // What is no escape, or is cut off, stands for itself.
    check("100%2 %zz %4", "100%2 %zz %4");
}

#[test]
fn what_json_escapes_is_read_and_everything_else_keeps_its_bytes() {
    check(r#"{"to":"maria\u0040example.org","n":1}"#, r#"{"to":"****","n":1}"#);
    check(r#"{"url":"https:\/\/user:hunter2@db.example.org\/x"}"#, r#"{"url":"https:\/\/user:****\/x"}"#);
    check(r#"é \ud83d\ude00 4111\u0020 4111"#, r#"é \ud83d\ude00 4111\u0020 4111"#);
    check(r#"card 4111\u00201111\u00201111\u00201111, \ud83d\ude00"#, r#"card ****, \ud83d\ude00"#);
}

#[test]
fn texts_are_read_two_levels_deep() {
    check("r=%2570assword%253Dhunter2", "r=%2570assword%253D****");
    check(r#"u=%7B%22to%22%3A%22maria%5Cu0040example.org%22%7D"#, r#"u=%7B%22to%22%3A%22****%22%7D"#);
}

#[test]
fn json_in_base64_is_hidden_as_a_whole_where_something_is_in_it() {
    let (secret, clean) = (r#"{"to": "maria@example.org"}"#, r#"{"to": "the archive", "n": 12}"#);
    check(&format!("state={} ok", STANDARD.encode(secret)), "state=**** ok");
    check(&format!("state={} ok", URL_SAFE_NO_PAD.encode(secret)), "state=**** ok");
    let clean = format!("cursor: {} ok", STANDARD.encode(clean));
    check(&clean, &clean);
}

#[test]
fn nothing_is_missed_between_the_pieces_of_a_long_text() {
    for before in [0, 262_100, 262_130, 262_144, 245_740, 245_760, 300_000] {
        let (before, after) = ("%20".repeat(before / 3) + &"x".repeat(before % 3), "%20end");
        let text = format!("{before}%20maria%2Esilva%40example%2Eorg{after}");
        assert!(redact_text(&text) == format!("{before}%20****{after}"), "{}", before.len());
    }
}

#[test]
fn what_is_found_at_every_level_counts_once() {
    let text = r#"user=%6Daria%40example.org or bob@example.org {"a":"x\u0040y.org"}"#;
    let message = logs(vec![LogRecord { body: Some(string(text)), ..Default::default() }]);
    let (_, found) = redaction().redact(&request(&message, Signal::Logs));
    let found: Vec<_> = found.into_iter().map(|it| (it.by.to_string(), it.times)).collect();
    assert_eq!(found, [("email".to_string(), 3)]);
}
