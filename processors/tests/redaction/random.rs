//! Whatever stands around a secret: it is gone, and all else is kept.

use super::{redact_text, redact_texts};
use proptest::prelude::*;

/// Secrets that need no context, by detector.
fn secret() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{3,8}\\.[a-z0-9]{3,8}@[a-z]{3,9}\\.(org|com|de)",
        "AKIA[A-Z0-9]{16}",
        "github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}",
        "AIza[A-Za-z0-9]{35}",
        "eyJhbGciOiJSUzI1NiJ9\\.eyJ[A-Za-z0-9]{40}\\.[A-Za-z0-9]{40}",
        "[1-5][0-9][1-9]-[1-9][1-9]-[1-9]{4}",
        "45[0-9]{13}".prop_map(|digits| with_check_digit(&digits)),
        "5[1-5][0-9]{13}".prop_map(|digits| with_check_digit(&digits)),
        "[A-Za-z0-9+/\n]{40,90}"
            .prop_map(|key| format!("-----BEGIN PRIVATE KEY-----\n{key}\n-----END PRIVATE KEY-----")),
    ]
}

fn with_check_digit(digits: &str) -> String {
    let sum = |last: u32| {
        let all = digits.bytes().map(|b| u32::from(b - b'0')).chain([last]);
        let all: Vec<_> = all.collect();
        all.iter()
            .rev()
            .enumerate()
            .map(|(at, d)| if at % 2 == 1 { d * 2 / 10 + d * 2 % 10 } else { *d })
            .sum::<u32>()
    };
    let last = (0..10).find(|last| sum(*last) % 10 == 0).unwrap();
    format!("{digits}{last}")
}

/// Text without digits, `@`, `=`, `:` or anything else that could be part of a find.
const PLAIN: &str = "[g-z ,;!ßé日本🔑]{0,40}";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_planted_secret_is_masked_and_nothing_else(
        parts in proptest::collection::vec((PLAIN, secret()), 1..5),
        tail in PLAIN,
    ) {
        let text: String = parts.iter().map(|(plain, secret)| format!("{plain} ,{secret}, ")).collect();
        let masked: String = parts.iter().map(|(plain, _)| format!("{plain} ,****, ")).collect();
        prop_assert_eq!(redact_text(&format!("{text}{tail}")), format!("{masked}{tail}"));
    }

    #[test]
    fn any_text_comes_out_valid_and_stays_as_it_comes_out(
        texts in proptest::collection::vec(
            "([ -~é日]{0,6}|password|token|=|: |@a.bc|eyJ|://|\"|AKIA|Bearer |Basic |-----BEGIN PRIVATE KEY|-----|4111 1111|123-45-6789|%40){0,12}",
            1..20,
        ),
    ) {
        // `redact` checks that the output validates and that a second pass changes nothing.
        prop_assert_eq!(redact_texts(&texts).len(), texts.len());
    }
}

/// Whether sixteen times as much text takes about so many times as long; quadratic time would be 256 times.
pub fn is_linear(unit: &str, len: usize, look: impl Fn(&str)) {
    let time = |len: usize| {
        let text = unit.repeat(len / unit.len());
        let start = std::time::Instant::now();
        look(&text);
        start.elapsed().as_secs_f64()
    };
    let is_it = || {
        let (short, long) = (time(len), time(16 * len));
        (long < 64.0 * short + 0.1).then_some(()).ok_or(format!("{unit}: {short} s, {long} s"))
    };
    // What else the machine does takes time too, but not each time.
    is_it().or_else(|_| is_it()).or_else(|_| is_it()).unwrap();
}

#[test]
fn a_long_text_made_to_be_slow_takes_linear_time() {
    for unit in [
        "eyJ",
        "eyJ e",
        "key",
        "key\"",
        "e",
        "@",
        "a@",
        "a@b.c",
        "eyJ-",
        "eyJ.",
        "eyJ/",
        "/eyJ-+_",
        "\x1b[1;",
        "password\x1b[1m",
        "password[a]",
        "api key=",
        "password '",
        "\"password\" value=\"",
        "set-cookie: a=b; secure; ",
        "set-cookie: a=b; expires=Wed, ",
        "cookie:[a=b",
        "token:",
        "token=",
        "-----BEGIN PRIVATE KEY",
        "-----BEGIN ",
        "://",
        "://a:",
        "1 ",
        "1234 ",
        "4111-",
        "Bearer ",
        "password:{",
        "\"token\":\"",
        "AKIA",
        "AKIAIOSFODNN7EXAMPLE/",
        "%40",
        "%40a.bc",
        ":",
        "authorization:",
        "cookie:a",
        "cookie:a=\"",
        "cookie:a=b; ",
        "authorization: digest a=\"",
        "password=Some(",
        "password=`",
        "password='a''",
        "'password': {'",
        "\\\"password\\\":\\\"",
        "password=\\a",
        "password=a\"b",
        "user[password]",
        "{\"name\":\"password\",\"value\":",
        "\"a password",
        "password:= ",
        "\"pin\":{",
        "://a:b@",
        "gl-",
        "xox-",
        "sk-T3BlbkFJ",
        "MTAx.",
        "MTAxOTg1MzA3MDMxODI2OTE.",
        "://hooks.slack.com/services/",
        "AccountKey=",
        "1:AA",
        "CH93",
        "GB29 NWBK ",
        "ssn 123456789 ",
        " -p",
        "c -p",
        "curl -u ",
        "sshpass -p a ",
        "sshpass -p \"",
        "curl '-u",
        "mysql 'a b' -p'x' ",
        "sqlplus ",
    ] {
        is_linear(unit, 20_000, |text| drop(redact_text(text)));
        // What is encoded is read once more.
        is_linear(unit, 20_000, |text| drop(redact_text(&format!("eyJ %41 \\u0041 {text}"))));
    }
}

#[test]
fn texts_that_keep_every_detector_looking_take_linear_time_too() {
    let all = serde_json::to_value(processors::redaction::Config::default()).unwrap();
    let names = all["detectors"].as_object().unwrap().keys();
    let on: serde_json::Map<_, _> = names.map(|name| (name.clone(), true.into())).collect();
    let config: processors::redaction::Config =
        serde_json::from_value(serde_json::json!({ "detectors": on })).unwrap();
    let redaction = config.build(&component::ComponentId::parse("redaction").unwrap()).unwrap();
    for unit in
        ["1", "1 ", "+1", "a1:", "1.", "12-", "%3A", "::1", "bc1", "passport ", "dob 1 ", "tel 1", "Aa1_"]
    {
        is_linear(unit, 1_000, |text| drop(redaction.finds("phone", text)));
    }
}
