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

#[test]
fn a_long_text_made_to_be_slow_takes_linear_time() {
    let start = std::time::Instant::now();
    for unit in [
        "@",
        "a@",
        "a@b.c",
        "eyJ-",
        "eyJ.",
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
        "\"pin\":{",
        "://a:b@",
    ] {
        let text = unit.repeat(50_000 / unit.len());
        redact_text(&text);
        // Quadratic time would be minutes for some of them.
        assert!(start.elapsed().as_secs() < 60, "{unit}: {:?}", start.elapsed());
    }
}
