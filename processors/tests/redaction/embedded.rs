//! Texts within texts: percent-encoded, escaped, in base64; and what stays of them.

use super::random::is_linear;
use super::*;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use processors::redaction::{CustomDetector, Profile};
use proptest::prelude::*;
use std::sync::LazyLock;

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
fn a_command_line_of_an_audit_record_is_read_and_what_is_no_secret_of_it_stays() {
    let title = |text: &str| text.bytes().map(|byte| format!("{byte:02X}")).collect::<String>();
    for (line, expected) in [
        (
            "mysql\0-uroot\0-phunter2\0audit",
            format!("{}****{}", title("mysql\0-uroot\0-p"), title("\0audit")),
        ),
        ("sshpass\0-p\0a b\0ssh\0db", format!("{}****{}", title("sshpass\0-p\0"), title(" b\0ssh\0db"))),
        ("x\0--password\0hünter2", format!("{}****", title("x\0--password\0"))),
        ("curl\0-H\0Authorization: Bearer abc.def-123456789012345", {
            format!("{}****", title("curl\0-H\0Authorization: "))
        }),
        ("mail\0maria@example.org", format!("{}****", title("mail\0"))),
        ("ls\0-l", title("ls\0-l")),
    ] {
        let record = |line: &str| format!("type=PROCTITLE msg=audit(1732.1:7): proctitle={line} x=1");
        check(&record(&title(line)), &record(&expected));
        check(&record(&title(line).to_lowercase()), &record(&expected.to_lowercase()));
    }
    check(
        "proctitle=\"/usr/bin/id\" proctitle=abc proctitle=",
        "proctitle=\"/usr/bin/id\" proctitle=abc proctitle=",
    );
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
fn what_is_longer_than_a_piece_is_hidden_to_the_end_of_the_text() {
    for len in [200_000, 300_000, 600_000] {
        let text = format!("p=%7B%22password%22%3A%22{}END%22%7D", "a".repeat(len));
        let out = redact_text(&text);
        assert!(out.starts_with("p=%7B%22password%22%3A%22****") && out.len() < 40, "{len}: {}", out.len());
    }
}

#[test]
fn json_in_base64_is_read_in_the_path_of_a_url_too() {
    let secret = r#"{"to": "maria@example.org", "x": "???>>>~~~"}"#;
    let (standard, url_safe) = (STANDARD.encode(secret), URL_SAFE_NO_PAD.encode(secret));
    assert!(standard.contains('/') && url_safe.contains('-') && url_safe.contains('_'));
    check(&format!("GET /verify/{url_safe}/done?x=1"), "GET /verify/****/done?x=1");
    check(&format!("GET /e/{url_safe}"), "GET /e/****");
    check(&format!("cursor_{standard}-done"), "cursor_****-done");
}

#[test]
fn what_is_found_at_every_level_counts_once() {
    let text = r#"user=%6Daria%40example.org or bob@example.org {"a":"x\u0040y.org"}"#;
    let message = logs(vec![LogRecord { body: Some(string(text)), ..Default::default() }]);
    let (_, found) = redaction().redact(&request(&message, Signal::Logs));
    let found: Vec<_> = found.into_iter().map(|it| (it.by.to_string(), it.times)).collect();
    assert_eq!(found, [("email".to_string(), 3)]);
}

/// Hides what a detector, a pattern of the operator's and a key tell. JWTs are read, too.
fn ruled() -> Config {
    let mut config = Config {
        blocked_values: vec!["EMP-[0-9]{4}".into()],
        blocked_key_patterns: vec!["^patient_name$".into()],
        ..Config::default()
    };
    config.detectors = serde_json::from_value(serde_json::json!({ "jwt": false })).unwrap();
    config
}

static RULED: LazyLock<Redaction> = LazyLock::new(|| built(ruled()));

/// What becomes of a text that is an attribute's value, and of one that is a body, which is the same.
#[track_caller]
fn hidden(redaction: &Redaction, before: &str) -> String {
    let record =
        LogRecord { attributes: vec![text("k", before)], body: Some(string(before)), ..Default::default() };
    let out = redact(redaction, &logs(vec![record]), Signal::Logs);
    let record = &out.resource_logs[0].scope_logs[0].log_records[0];
    assert_eq!(record.attributes[0].value, record.body, "{before}");
    match record.body.clone().and_then(|body| body.value) {
        Some(Value::StringValue(text)) => text,
        other => panic!("{before} became {other:?}"),
    }
}

fn each(text: &str, write: impl Fn(u8) -> String) -> String {
    let write = |byte: u8| if byte.is_ascii_alphanumeric() { char::from(byte).into() } else { write(byte) };
    text.bytes().map(write).collect()
}

fn percent(text: &str) -> String {
    each(text, |byte| format!("%{byte:02X}"))
}

fn escaped(text: &str) -> String {
    text.chars()
        .map(
            |sign| if sign.is_ascii_alphanumeric() { sign.into() } else { format!("\\u{:04x}", sign as u32) },
        )
        .collect()
}

/// Stands for a mask before encoders see it.
const PLACE: &str = "QQQQ";

/// A text of each kind that holds a value under a name, with bytes around it that stay.
type Write = fn(&str, &str) -> String;
const KINDS: [(&str, Write); 7] = [
    ("JSON", |name, value| format!(r#"{{"a": [1, {{"{}":"{}"}}], "z":"é"}}"#, escaped(name), escaped(value))),
    ("URL query", |name, value| format!("GET /p?a=%20é&{}={}&z=%41 200", percent(name), percent(value))),
    ("form body", |name, value| {
        format!(
            "a=1&{name}={}&z=é",
            each(value, |byte| match byte {
                b' ' => "+".into(),
                byte => format!("%{byte:02X}"),
            })
        )
    }),
    ("logfmt", |name, value| format!(r#"level=info {name}="{value}" z="é %41""#)),
    ("base64 JSON", |name, value| match value {
        PLACE => format!("é state={PLACE}, z"),
        value => format!("é state={}, z", STANDARD.encode(format!(r#"{{"a":1,"{name}":"{value}"}}"#))),
    }),
    ("base64 JSON without padding", |name, value| match value {
        PLACE => format!("é {PLACE} z"),
        value => format!("é {} z", URL_SAFE_NO_PAD.encode(format!(r#"{{"{name}":"{value}","a":12}}"#))),
    }),
    ("JWT", |name, value| {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let payload = match value {
            PLACE => PLACE.into(),
            value => part(&format!(r#"{{"{name}":"{value}","iat":1}}"#)),
        };
        format!("é {}.{payload}.c2lnbmF0dXJl z", part(r#"{"alg":"RS256"}"#))
    }),
];

/// Who hides what: a detector, an operator's pattern, a blocked key.
const HIDDEN: [(&str, &str); 3] =
    [("to", "maria@example.org"), ("ref", "EMP-1234"), ("patient_name", "Maria Silva")];

/// A text that holds another, encoded.
type Around = fn(&str) -> String;
const AROUND: [(&str, Around); 3] = [
    ("nothing", str::to_owned),
    ("a URL", |inner| format!("GET /r?n=1&next={}&z=%C3%A9 200 é", percent(inner))),
    ("JSON", |inner| format!(r#"{{"n":1,"msg":"{}","z":"\u00e9 é"}}"#, escaped(inner))),
];

#[test]
fn in_every_kind_of_text_and_in_one_within_another_detectors_patterns_and_keys_hide_their_finds_and_nothing_else()
 {
    let redaction = &*RULED;
    for (around, outer) in AROUND {
        for (kind, write) in KINDS {
            for (name, value) in HIDDEN {
                let before = outer(&write(name, value));
                let expected = outer(&write(name, PLACE)).replace(PLACE, "****");
                assert_eq!(hidden(redaction, &before), expected, "{name} in {kind} in {around}: {before}");
            }
            let clean = outer(&write("note", "nothing to hide"));
            assert_eq!(hidden(redaction, &clean), clean, "{kind} in {around}");
        }
    }
}

#[test]
fn what_is_in_base64_json_is_found_there_and_in_base64_json_in_it() {
    let redaction = &*RULED;
    for (name, value) in HIDDEN {
        let inner = STANDARD.encode(format!(r#"{{"{name}":"{value}"}}"#));
        let outer = STANDARD.encode(format!(r#"{{"state":"{inner}"}}"#));
        assert_eq!(hidden(redaction, &format!("s={outer} ok")), "s=**** ok");
    }
}

#[test]
fn a_third_level_is_not_read() {
    let redaction = &*RULED;
    for (name, value) in HIDDEN {
        // Names that are written plainly are found in any text.
        let third = percent(&percent(&percent(&format!("?{name}={value}&z=1"))));
        assert_eq!(hidden(redaction, &third), third);
        let second = percent(&percent(&format!("?{name}={value}&z=1")));
        assert_ne!(hidden(redaction, &second), second);
    }
}

#[test]
fn json_stays_json_whatever_the_hidden_value_is() {
    let redaction = &*RULED;
    for value in [r#""a\"b\\""#, "17", "-1.5e3", "true", r#"{"a":["}",1]}"#, "[]", r#"["x",{"y":"]"}]"#] {
        let text = format!(r#"{{"n":1, "patient_name" : {value} ,"z":["patient_name"]}}"#);
        let masked = r#"{"n":1, "patient_name" : "****" ,"z":["patient_name"]}"#;
        assert_eq!(hidden(redaction, &text), masked);
        // In a text of JSON, and in a URL, quotes are written as they are there.
        let string = serde_json::to_string(&text).unwrap();
        let within = hidden(redaction, &format!(r#"{{"msg":{string}}}"#));
        let out: serde_json::Value = serde_json::from_str(&within).unwrap();
        assert_eq!(out["msg"], masked);
        let expected = percent(&masked.replace("****", PLACE)).replace(PLACE, "****");
        assert_eq!(hidden(redaction, &format!("q={}", percent(&text))), format!("q={expected}"));
    }
    let nothing = r#"{"patient_name":null,"n":""}"#;
    assert_eq!(hidden(redaction, nothing), nothing);
}

#[test]
fn values_of_hidden_keys_end_where_their_text_says_so() {
    let redaction = &*RULED;
    for (before, expected) in [
        ("GET /p?patient_name=Silva,+Maria;x&n=1#top", "GET /p?patient_name=****&n=1#top"),
        ("patient_name=Maria level=info", "patient_name=**** level=info"),
        (r#"patient_name="Maria \"M\" Silva" level=info"#, r#"patient_name="****" level=info"#),
        ("{patient_name=Maria, age=7}", "{patient_name=****, age=7}"),
        (r#"Patient { patient_name: "Maria", age: 7 }"#, r#"Patient { patient_name: "****", age: 7 }"#),
        // A space that is encoded in the text around ends no value, the next pair does.
        ("r=%3Fpatient_name%3DMaria%20da%20Silva%26n%3D1 200", "r=%3Fpatient_name%3D****%26n%3D1 200"),
        ("r=%3Fpatient_name%3DMaria+Silva 200 ok", "r=%3Fpatient_name%3D**** 200 ok"),
        ("m=patient_name%3DMaria+Silva+level%3Dinfo", "m=patient_name%3D****+level%3Dinfo"),
        ("patient_name=Maria da Silva&n=1", "patient_name=****&n=1"),
        (
            "the patient_name is Maria; patient_name: unknown",
            "the patient_name is Maria; patient_name: unknown",
        ),
    ] {
        assert_eq!(hidden(redaction, before), expected, "{before}");
    }
}

#[test]
fn keys_of_profiles_are_hidden_in_texts_too() {
    for (profile, before, expected) in [
        (
            Profile::Hipaa,
            r#"{"patientName":"Maria","mrn":123456,"n":1}"#,
            r#"{"patientName":"****","mrn":"****","n":1}"#,
        ),
        (Profile::Hipaa, "admission_date=2024-01-02 level=info", "admission_date=**** level=info"),
        (Profile::Gdpr, "GET /p?first_name=Maria&city=Porto&n=1", "GET /p?first_name=****&city=****&n=1"),
        (
            Profile::Pci,
            r#"{"card":{"cvd2":"123","pin_block":"04AB"}}"#,
            r#"{"card":{"cvd2":"****","pin_block":"****"}}"#,
        ),
        (Profile::Default, r#"{"patientName":"Maria"}"#, r#"{"patientName":"Maria"}"#),
    ] {
        assert_eq!(hidden(&built(Config { profile, ..Config::default() }), before), expected);
    }
}

#[test]
fn the_examples_of_the_documentation_are_so() {
    let documentation = include_str!("../../../docs/redaction.md");
    let redaction = built(Config { profile: Profile::Hipaa, ..Config::default() });
    let examples = documentation.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    assert_eq!(examples.lines().count(), 3);
    for line in examples.lines() {
        let (before, after) = line.split_once("    ").unwrap();
        assert_eq!(hidden(&redaction, before), after.trim_start());
    }
}

#[test]
fn where_keys_need_to_be_allowed_so_do_the_entries_of_a_body_that_is_json() {
    let config = Config {
        allowed_keys: ["id", "n", "k"].map(str::to_owned).into(),
        ignored_keys: vec!["safe".into()],
        allowed_values: vec!["keep".into()],
        ..Config::default()
    };
    let redaction = built(config);
    for (before, expected) in [
        (
            r#"{"id":"a, b=c \"x\":1","x":"é","n":{"id":1,"y":[1,{"id":2}]},"safe":{"x":1},"z":null}"#,
            r#"{"id":"a, b=c \"x\":1","x":"****","n":{"id":1,"y":"****"},"safe":{"x":"****"},"z":null}"#,
        ),
        (r#"[ {"id":1}, {"x":2} ]"#, r#"[ {"id":1}, {"x":"****"} ]"#),
        // A name that cannot be read is not allowed.
        (r#"{"":1,"\u0069d":2,"a'/":3,"id":4}"#, r#"{"":"****","\u0069d":"****","a'/":"****","id":4}"#),
        (r#"{"x\"":1,"x\\":"é","id":"\\"}"#, r#"{"x\"":"****","x\\":"****","id":"\\"}"#),
        // As in attributes, `allowed_values` allow no key.
        (r#"{"x":"keep"}"#, r#"{"x":"****"}"#),
        // A text that holds some JSON has no keys.
        (r#"got {"x":1}"#, r#"got {"x":1}"#),
    ] {
        let record = LogRecord {
            body: Some(string(before)),
            attributes: vec![text("k", before)],
            ..Default::default()
        };
        let out = redact(&redaction, &logs(vec![record]), Signal::Logs);
        let record = &out.resource_logs[0].scope_logs[0].log_records[0];
        assert_eq!(record.body, Some(string(expected)), "{before}");
        // What is in an allowed attribute is allowed with it.
        assert_eq!(record.attributes, [text("k", before)]);
    }
}

#[test]
fn an_allowed_value_in_a_text_that_is_read_allows_that_text_and_not_the_one_around() {
    let mut config = ruled();
    config.allowed_values = vec!["@corp$|^ACME$|EMP-0000".into()];
    let redaction = &built(config);
    for (before, expected) in [
        ("id=EMP%2D1234", "id=****"),
        ("id=EMP%2D1234+EMP%2D0000", "id=EMP%2D1234+EMP%2D0000"),
        ("EMP-4321 id=EMP%2D1234+EMP%2D0000", "**** id=EMP%2D1234+EMP%2D0000"),
        ("EMP-0000 id=EMP%2D1234", "EMP-0000 id=EMP%2D1234"),
        // A value that a text names is judged as an attribute's.
        (r#"{"patient_name":"ACME"}"#, r#"{"patient_name":"ACME"}"#),
        (r#"{"patient_name":"ACME Ltd"}"#, r#"{"patient_name":"****"}"#),
    ] {
        assert_eq!(hidden(redaction, before), expected, "{before}");
    }
}

#[test]
fn actions_exceptions_and_counts_are_those_of_plain_finds() {
    let custom =
        |action| CustomDetector { pattern: "STAFF-[0-9]{12}".into(), action, ..CustomDetector::default() };
    let with =
        |action| Config { custom_detectors: [("employee".to_owned(), custom(action))].into(), ..ruled() };
    let encoded = "id=STAFF%2D123456781234 ok";
    assert_eq!(hidden(&built(with(Action::KeepLast4)), encoded), "id=****1234 ok");
    let ignoring = Config { ignored_key_patterns: vec!["^patient_name$".into()], ..with(Action::Mask) };
    let kept = r#"{"patient_name":"Maria","id":"x"}"#;
    assert_eq!(hidden(&built(ignoring), kept), kept);
    let text = format!(
        "EMP-1234 EMP%2D1234 patient_name=x {encoded} {}",
        STANDARD.encode(r#"{"a":"EMP-1234 EMP-1234"}"#)
    );
    let message = logs(vec![LogRecord { body: Some(string(&text)), ..Default::default() }]);
    let (_, found) = built(with(Action::Mask)).redact(&request(&message, Signal::Logs));
    let mut found: Vec<_> = found.into_iter().map(|it| (it.by.to_string(), it.times)).collect();
    found.sort();
    // What is hidden of base64 is one find, whatever is in it.
    let expected = [("blocked_key_patterns", 1), ("blocked_values", 3), ("employee", 1)];
    assert_eq!(found, expected.map(|(by, times)| (by.to_owned(), times)));
}

#[test]
fn a_find_that_would_cut_a_character_hides_all_of_the_text_and_is_counted_as_failed() {
    // The first piece of a text that is read ends within the `é`; what it has of the word looks like a secret, the whole one,
    // which has a sign in it, does not.
    let assigned = "password= abc12345";
    let text =
        format!("%20{}{assigned}é=x and more", " ".repeat(256 * 1024 - "%20".len() - assigned.len() - 1));
    assert_eq!(redact_text(&text), "****");
    let message = logs(vec![LogRecord { body: Some(string(&text)), ..Default::default() }]);
    let (_, found) = redaction().redact(&request(&message, Signal::Logs));
    let found: Vec<_> = found.iter().map(|it| (&*it.by, it.place.name(), it.times)).collect();
    assert_eq!(found, [("assignment", "body", 1), ("failed", "body", 1)]);
}

proptest! {
    #[test]
    fn whatever_stands_around_a_hidden_key_the_text_comes_out_valid(
        texts in proptest::collection::vec(
            "(patient_name|[a-z]{1,3}|[=:,;&?|]|\"|'|\\\\\"|\\\\|[{}()\\[\\]]| |%3D|%22|%20|%26|\\\\u0022|\\\\u003a|EMP%2D1234|é|1|\n){0,14}",
            1..20,
        ),
    ) {
        let redaction = &*RULED;
        let record = |text: &String| LogRecord { body: Some(string(text)), ..Default::default() };
        let message = request(&logs(texts.iter().map(record).collect()), Signal::Logs);
        let (out, found) = redaction.redact(&message);
        Request::validate(Signal::Logs, out.bytes().clone(), &Limits::default()).unwrap();
        // No part of a find was left because it could not be cut out.
        prop_assert!(found.iter().all(|it| &*it.by != "failed"), "{:?}", texts);
    }

    #[test]
    fn a_hidden_value_of_json_is_gone_and_all_else_is_kept(
        name in "[a-z]{1,6}", other in json(), value in json(), levels in 0usize..3,
    ) {
        let write = |value: &str| {
            let text = format!(r#"{{"{name}x":{other},"patient_name":{value},"z":[{other}]}}"#);
            // In JSON in JSON, and in a URL in a URL.
            (0..levels).fold(text, |text, level| match (levels + name.len()) % 2 {
                0 => format!("l{level}={}&n=1", percent(&text)),
                _ => serde_json::json!({ "msg": text }).to_string(),
            })
        };
        let masked = match value == "null" || value == "\"\"" {
            true => write(&value),
            false => write(&format!("\"{PLACE}\"")).replace(PLACE, "****"),
        };
        prop_assert_eq!(hidden(&RULED, &write(&value)), masked);
    }
}

/// A value of JSON in which nothing is found.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        (0..10_000).prop_map(Into::into),
        "[a-zé {}\\[\\]\"\\\\,]{0,8}".prop_map(Into::into),
    ];
    let value = leaf.prop_recursive(3, 12, 3, |inner| {
        let keyed = ("k[a-z]{1,4}", inner.clone());
        prop_oneof![
            proptest::collection::vec(inner, 0..3).prop_map(Into::into),
            proptest::collection::vec(keyed, 0..3)
                .prop_map(|entries| serde_json::Value::Object(entries.into_iter().collect())),
        ]
    });
    value.prop_map(|value| value.to_string())
}

#[test]
fn rules_look_into_texts_made_to_be_slow_in_linear_time() {
    let redaction = &*RULED;
    let look = |text: &str| drop(hidden_once(redaction, text));
    for unit in [
        "%25",
        "%2525",
        "%20",
        r"\u005c",
        r"\u0025",
        "eyJ",
        "eyJ e",
        "=",
        ":",
        ",",
        "\"",
        "\\\"",
        "\":",
        "\",",
        "[",
        "{\"a\":",
        "{\"patient_name\":",
        "{\"patient_name\":[",
        "\"patient_name\":\"",
        "\\\"patient_name\\\":\\\"",
        "\"patient_name\",",
        "{\"name\":\"patient_name\",\"value\":",
        "patient_name=",
        "patient_name= ",
        "patient_name=a ",
        "patient_name=a,",
        "patient_name=a, ",
        "patient_name=a&",
        "patient_name=a%20",
        "%20patient_name=",
        "patient_name=(",
        "patient_name='",
        "EMP%2D1234 ",
    ] {
        is_linear(unit, 10_000, look);
        // One value that goes on, plainly and in what is read.
        is_linear(unit, 10_000, |text| look(&format!("patient_name=a{text}")));
        is_linear(unit, 10_000, |text| look(&format!("%41 \\u0041 eyJ r=%3Fpatient_name%3Da{text}")));
    }
}

#[test]
fn four_megabytes_of_escapes_are_read_in_bounded_time() {
    let redaction = &*RULED;
    let start = std::time::Instant::now();
    for unit in ["%25", r"\u005c", "%7B%22a%22%3A"] {
        hidden_once(redaction, &unit.repeat((4 << 20) / unit.len()));
    }
    assert!(start.elapsed() < std::time::Duration::from_secs(120), "{:?}", start.elapsed());
}

fn hidden_once(redaction: &Redaction, text: &str) -> Request {
    let message = logs(vec![LogRecord { body: Some(string(text)), ..Default::default() }]);
    redaction.process(request(&message, Signal::Logs), &Context::now(None)).unwrap()
}
