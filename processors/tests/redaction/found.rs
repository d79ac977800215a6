//! For each detector: what it finds, within which bounds, and what it leaves.

use super::{redact_text, redact_texts};

const JWT: &str =
    "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJtYXJpYSIsImV4cCI6MTc2MDAwMDAwMH0.c2lnbmF0dXJlLXdpdGgtc29tZS1sZW5ndGg";

/// Checks each text against what it should become, with plain, Unicode and quoted surroundings too.
#[track_caller]
pub fn check(table: &[(&str, &str)]) {
    for (text, expected) in table {
        assert_eq!(redact_text(text), *expected, "{text}");
    }
    for (before, after) in [("日本語 ", " — naïve"), ("🔑(", ")🔑"), ("'", "'"), ("x\n", "\r\ny"), ("<", ">")]
    {
        let texts: Vec<_> = table.iter().map(|(text, _)| format!("{before}{text}{after}")).collect();
        for ((_, expected), found) in table.iter().zip(redact_texts(&texts)) {
            assert_eq!(found, format!("{before}{expected}{after}"));
        }
    }
}

#[test]
fn email_addresses_are_masked_without_the_sentence_around_them() {
    check(&[
        ("maria@example.org", "****"),
        ("to maria.silva+audit_1%x@mail.corp-1.example.co.uk.", "to ****."),
        ("a@b.co, c@d.org; e@f.net", "****, ****; ****"),
        ("mailto:maria@example.org?subject=x", "mailto:****?subject=x"),
        ("Maria <maria@example.org>", "Maria <****>"),
        ("o'brien@example.ie", "****"),
        ("jürgen.müller@bücher.de", "****"),
        ("мария@пример.рф", "****"),
        ("联系maria@example.org", "联系****"),
        ("user@xn--bcher-kva.xn--p1ai", "****"),
        ("/users?q=maria%40example.org&x=1", "/users?q=****&x=1"),
        ("MARIA@EXAMPLE.ORG", "****"),
        ("a@b.com-", "****-"),
        ("a@b.com-2026", "****-2026"),
        ("a@b.co-op.org", "****"),
        ("bob@mail.target", "****"),
    ]);
}

#[test]
fn what_only_has_an_at_sign_is_no_email_address() {
    check(&[
        ("root@localhost", "root@localhost"),
        ("@example.org", "@example.org"),
        ("deploy@10.0.0.1", "deploy@10.0.0.1"),
        ("image@sha256", "image@sha256"),
        ("a @ b.com", "a @ b.com"),
        ("@@@@", "@@@@"),
        ("lodash@4.17.21", "lodash@4.17.21"),
    ]);
}

#[test]
fn card_numbers_are_masked_with_their_separators() {
    check(&[
        ("4539670182123459", "4539670182123459"),
        ("4111111111111111", "****"),
        ("card 4111 1111 1111 1111 declined", "card **** declined"),
        ("4111-1111-1111-1111", "****"),
        ("378282246310005", "****"),
        ("3782 822463 10005", "****"),
        ("5555555555554444,5105105105105100", "****,****"),
        ("2223003122003222", "****"),
        ("6011111111111117", "****"),
        ("3530111333300000", "****"),
        ("30569309025904", "****"),
        ("3056 930902 5904", "****"),
        ("6759649826438453", "****"),
        ("4222222222222", "****"),
        ("pan=4111111111111111;exp=12/29", "pan=****;exp=12/29"),
        ("2026-11-22 4111 1111 1111 1111 123", "2026-11-22 **** 123"),
        ("order_4111111111111111", "order_****"),
        ("paid with 4111111111111111.", "paid with ****."),
    ]);
}

#[test]
fn numbers_that_are_no_cards_are_kept() {
    check(&[
        ("4111111111111112", "4111111111111112"),
        ("4444444444444444", "4444444444444444"),
        ("41111111111111110000", "41111111111111110000"),
        ("1760000000000000000", "1760000000000000000"),
        ("1760000000000", "1760000000000"),
        ("0.4111111111111111", "0.4111111111111111"),
        ("4111111111111111.25", "4111111111111111.25"),
        ("+4111111111111111", "+4111111111111111"),
        ("a4111111111111111", "a4111111111111111"),
        ("4111111111111111f", "4111111111111111f"),
        ("4111 1111-1111 1111", "4111 1111-1111 1111"),
        ("4111  1111  1111  1111", "4111  1111  1111  1111"),
        ("5d1c7f00-1a2b-4c3d-8e9f-675964982643", "5d1c7f00-1a2b-4c3d-8e9f-675964982643"),
    ]);
}

#[test]
fn tokens_are_masked_whole() {
    let cut = JWT.rsplit_once('.').unwrap().0;
    check(&[
        (JWT, "****"),
        (&format!("token {JWT}, then {JWT}."), "token ****, then ****."),
        (&format!("session-{JWT}"), "session-****"),
        (cut, "****"),
        (&format!("{cut}."), "****."),
        (&format!("https://x.org/cb#t:{JWT}&s=1"), "https://x.org/cb#t:****&s=1"),
        // {"alg":"dir","enc":"A256GCM"}: five parts, the second empty
        (
            "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..aXY.Y2lwaGVy.dGFn",
            "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..aXY.Y2lwaGVy.dGFn",
        ),
        ("eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0.a2V5.aXY.Y2lwaGVy.dGFn x", "**** x"),
        ("eyJhbGciOiJSUzI1NiJ9", "eyJhbGciOiJSUzI1NiJ9"),
        ("eyJhIjoxfQ.eyJiIjoyfQ.c2ln", "eyJhIjoxfQ.eyJiIjoyfQ.c2ln"),
        ("eyJust.some.words", "eyJust.some.words"),
    ]);
}

#[test]
fn credentials_behind_a_scheme_are_masked_and_words_are_not() {
    check(&[
        ("Bearer abcdef0123456789", "Bearer ****"),
        // RFC 9110, 11.1: the name of a scheme is in any case.
        ("BEARER abcdef0123456789 bEaReR abcdef0123456789", "BEARER **** bEaReR ****"),
        ("BASIC bWFyaWE6aHVudGVyMg==", "BASIC ****"),
        ("bearer  mF_9.B5f-4.1JqM", "bearer  ****"),
        ("BEARER abcdefghijklmnopqrstuvwxyz", "BEARER ****"),
        ("Bearer%20mF_9.B5f-4.1JqM", "Bearer%20****"),
        ("Basic dXNlcjpwYXNzd29yZA==", "Basic ****"),
        ("basic dXNlcjpwYXNz, next", "basic ****, next"),
        ("bearer token expired", "bearer token expired"),
        ("Bearer authentication required", "Bearer authentication required"),
        ("basic authentication", "basic authentication"),
        ("Basic plan", "Basic plan"),
        ("forbearer abcdef0123456789", "forbearer abcdef0123456789"),
    ]);
}

#[test]
fn cloud_and_vendor_keys_are_masked() {
    let alnum = "aB3".repeat(30);
    // The last six are the checksum of the thirty before, as GitHub and npm make it.
    let checked = "aB3aB3aB3aB3aB3aB3aB3aB3aB3aB32gEblC";
    let of = |prefix: &str, len: usize| match (prefix, len) {
        ("pypi-", _) => format!("{prefix}AgE{}", &alnum[..len]),
        (_, 36) => format!("{prefix}{checked}"),
        _ => format!("{prefix}{}", &alnum[..len]),
    };
    check(&[
        ("AKIAIOSFODNN7EXAMPLF", "****"),
        ("key ASIAIOSFODNN7EXAMPLF, ABIA0123456789ABCDEF", "key ****, ****"),
        (
            "AKIAIOSFODNN7EXAMPLF,wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY1",
            "****,wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY1",
        ),
        ("AKIAIOSFODNN7EXAMPLF,wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "****,****"),
        ("XAKIAIOSFODNN7EXAMPLF", "XAKIAIOSFODNN7EXAMPLF"),
        ("AKIAIOSFODNN7EXAMPLF9", "AKIAIOSFODNN7EXAMPLF9"),
        ("AKIAIOSFODNN7", "AKIAIOSFODNN7"),
        // Of the documentation.
        ("AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE"),
    ]);
    for (prefix, len) in [
        ("AIza", 35),
        ("ghp_", 36),
        ("gho_", 36),
        ("ghu_", 36),
        ("ghs_", 36),
        ("ghr_", 36),
        ("github_pat_", 82),
        ("glpat-", 20),
        ("xoxb-", 40),
        ("xoxp-", 40),
        ("sk_live_", 24),
        ("rk_live_", 24),
        ("npm_", 36),
        ("pypi-", 80),
    ] {
        let token = of(prefix, len);
        check(&[(&token, "****"), (&format!("a {token} b {token}"), "a **** b ****"), (prefix, prefix)]);
        assert_eq!(redact_text(&format!("x{token}")), format!("x{token}"), "a prefix inside a word");
    }
}

#[test]
fn private_keys_are_masked_as_a_block_also_when_they_are_cut_off() {
    for label in [
        "PRIVATE KEY",
        "RSA PRIVATE KEY",
        "ENCRYPTED PRIVATE KEY",
        "OPENSSH PRIVATE KEY",
        "PGP PRIVATE KEY BLOCK",
    ] {
        let block = format!("-----BEGIN {label}-----\nMIIEvQ+/=\nabc\n-----END {label}-----");
        assert_eq!(redact_text(&format!("before {block} after")), "before **** after");
        assert_eq!(redact_text(&format!("{block}{block}")), "********");
        assert_eq!(redact_text(&block[..block.len() - 40]), "****");
        assert_eq!(redact_text(&block.replace('\n', "\\n")), "****");
    }
    let public = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----";
    assert_eq!(redact_text(public), public);
}

#[test]
fn social_security_numbers_are_masked_where_they_could_have_been_issued() {
    check(&[
        ("123-45-6789", "****"),
        ("ssn 123 45 6789", "ssn ****"),
        ("Social security: 123 45 6789", "Social security: ****"),
        ("a 123-45-6789, 234-56-7890", "a ****, ****"),
        ("id 17 123-45-6789", "id 17 ****"),
        ("000-45-6789 666-45-6789 912-45-6789", "000-45-6789 666-45-6789 912-45-6789"),
        ("123-00-6789 123-45-0000", "123-00-6789 123-45-0000"),
        ("123 45 6789", "123 45 6789"),
        ("1-123-45-6789", "1-123-45-6789"),
        ("123-45-6789-0", "123-45-6789-0"),
        ("123-45-67890", "123-45-67890"),
        ("x123-45-6789", "x123-45-6789"),
        ("123-456-7890", "123-456-7890"),
    ]);
}

#[test]
fn passwords_in_urls_are_masked_and_nothing_else_of_the_url() {
    check(&[
        ("postgres://app:s3cret@db:5432/audit", "postgres://app:****@db:5432/audit"),
        ("redis://:hunter2@cache", "redis://:****@cache"),
        ("ftp://bob@x:hunter2@h", "ftp://****@h"),
        ("smtp://u@d.com:hunter2@mail.example.org:25", "smtp://****@mail.example.org:25"),
        ("http://bob@x:8080/a@b", "http://bob@x:8080/a@b"),
        ("amqp://u:p@ss:w@mq.internal:5672/v", "amqp://u:****@mq.internal:5672/v"),
        (
            "mongodb://u:p@a.example.org:1,b.example.org:2/x",
            "mongodb://u:****@a.example.org:1,b.example.org:2/x",
        ),
        ("https://example.org:8443/@handle", "https://example.org:8443/@handle"),
        ("https://user@host/x", "https://user@host/x"),
    ]);
}

#[test]
fn what_stands_around_a_sign_does_not_matter() {
    check(&[
        ("password= \"hunter 2\"", "password= \"****\""),
        ("PASSWORD= hunter2", "PASSWORD= ****"),
        ("password= user=maria", "password= user=maria"),
        ("password := \"x\"", "password := \"****\""),
        ("password ?= x", "password ?= ****"),
        ("password == x password===y", "password == **** password===****"),
        ("password   = x", "password   = ****"),
        ("password\t= x", "password\t= ****"),
        ("\"password\"   : \"x\"", "\"password\"   : \"****\""),
        ("\"password\"\t:\t\"x\"", "\"password\"\t:\t\"****\""),
        ("{\"password\":\n  \"x\"}", "{\"password\":\n  \"****\"}"),
        ("{\"password\"\n:\"x\"}", "{\"password\"\n:\"****\"}"),
        ("password=\nuser", "password=\nuser"),
        ("password::verify token://x", "password::verify token://x"),
        ("password==//x", "password==****"),
        ("password=//x", "password=****"),
    ]);
}

#[test]
fn finds_that_overlap_become_one_mask() {
    check(&[
        (&format!("Authorization: Bearer {JWT}"), "Authorization: ****"),
        (&format!("Bearer {JWT} end"), "Bearer **** end"),
        (&format!("token={JWT}&x=1"), "token=****&x=1"),
        ("password=maria@example.org", "password=****"),
    ]);
    let key = "token=-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY----- end";
    assert_eq!(redact_text(key), "token=**** end");
}

#[test]
fn every_length_prefix_in_front_and_every_tag_behind_leaves_the_finds_alone() {
    // Lengths from 0x20 to 0x39 look like digits, dashes and spaces to whoever scans raw bytes.
    let texts: Vec<_> = (0..140)
        .flat_map(|len| {
            let pad = "x".repeat(len);
            [format!("{pad} 123-45-6789"), format!("123-45-6789 {pad}"), format!("{pad} 4111111111111111")]
        })
        .collect();
    for text in redact_texts(&texts) {
        assert!(!text.contains("6789") && !text.contains("4111"), "{text}");
        assert!(text.contains("****"));
    }
}

#[test]
fn account_numbers_are_masked_in_groups_and_without_them() {
    check(&[
        ("DE89370400440532013000", "****"),
        ("DE89 3704 0044 0532 0130 00", "****"),
        ("to GB29 NWBK 6016 1331 9268 19, and gb29nwbk60161331926819", "to ****, and ****"),
        ("iban=GB29%20NWBK%206016%201331%209268%2019&x=1", "iban=****&x=1"),
        ("FR14-2004-1010-0505-0001-3M02-606", "****"),
        ("DE88 3704 0044 0532 0130 00", "DE88 3704 0044 0532 0130 00"),
        ("DE89 3704-0044 0532 0130 00", "DE89 3704-0044 0532 0130 00"),
        ("XDE89370400440532013000", "XDE89370400440532013000"),
        ("DE893704004405320130001", "DE893704004405320130001"),
        ("ZZ89370400440532013000", "ZZ89370400440532013000"),
    ]);
}

#[test]
fn numbers_in_urls_and_forms_are_masked_with_what_joins_them_there() {
    check(&[
        ("pan=4111%201111%201111%201111&x=1", "pan=****&x=1"),
        ("pan=4111+1111+1111+1111&x=1", "pan=****&x=1"),
        ("q=pan%3D4111111111111111%26x", "q=pan%3D****%26x"),
        // Accounts of AWS have twelve digits, as some cards of Maestro.
        ("arn:aws:sts::676150442884:role/x", "arn:aws:sts::676150442884:role/x"),
        ("paid with card 676150442884", "paid with card ****"),
        // In a form both are spaces.
        ("4111%201111+1111%201111", "****"),
    ]);
}

#[test]
fn what_the_corpus_showed_to_look_like_a_secret_is_kept() {
    check(&[
        ("PWD=/home/deploy", "PWD=/home/deploy"),
        ("user@1000.service", "user@1000.service"),
        ("getty@tty1.service", "getty@tty1.service"),
        ("icon@2x.png", "icon@2x.png"),
        ("ghp_aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3aaaaaa", "ghp_aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3aaaaaa"),
    ]);
}

/// With a detector that is off by default, what becomes of the value of a key.
fn with(detector: &str, key: &str, text: &str) -> String {
    let config = serde_json::json!({ "detectors": { detector: true } });
    let config: processors::redaction::Config = serde_json::from_value(config).unwrap();
    let redaction = config.build(&component::ComponentId::parse("redaction").unwrap()).unwrap();
    let record = super::LogRecord { attributes: vec![super::text(key, text)], ..Default::default() };
    let out = super::redact(&redaction, &super::logs(vec![record]), pdata::Signal::Logs);
    let attribute = &out.resource_logs[0].scope_logs[0].log_records[0].attributes[0];
    match attribute.value.as_ref().and_then(|value| value.value.as_ref()) {
        Some(super::Value::StringValue(text)) => text.clone(),
        other => panic!("became {other:?}"),
    }
}

#[test]
fn a_number_that_others_resemble_is_masked_where_a_word_or_the_key_says_what_it_is() {
    assert_eq!(with("uk_nhs", "note", "NHS number 943 476 5919"), "NHS number ****");
    assert_eq!(with("uk_nhs", "patient.nhsNumber", "9434765919"), "****");
    assert_eq!(with("uk_nhs", "patient.nhsNumber", "943%2D476%2D5919"), "****");
    assert_eq!(with("uk_nhs", "order.number", "9434765919"), "9434765919");
    assert_eq!(with("uk_nhs", "patient.nhsNumber", "9434765918"), "9434765918");
    assert_eq!(with("email", "customer", "SSN: 123456789"), "SSN: ****");
    assert_eq!(with("email", "customer", "123456789"), "123456789");
    assert_eq!(with("ipv4", "note", "from 10.4.200.17:443"), "from ****:443");
    assert_eq!(with("ipv4", "note", "Chrome/130.0.0.0"), "Chrome/130.0.0.0");
}
