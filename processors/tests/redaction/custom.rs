//! Detectors of the operator's own, exceptions from all detectors, and what is too large to look into.

use super::*;
use processors::redaction::{Action, CustomDetector, Exception, Validator};

fn strings(list: &[&str]) -> Vec<String> {
    list.iter().map(|one| (*one).to_owned()).collect()
}

fn with(detectors: &[(&str, CustomDetector)]) -> Config {
    let custom = detectors.iter().map(|(name, detector)| ((*name).to_owned(), detector.clone()));
    Config { custom_detectors: custom.collect(), ..Config::default() }
}

fn finding(pattern: &str) -> CustomDetector {
    CustomDetector { pattern: pattern.into(), ..CustomDetector::default() }
}

/// What becomes of attributes, and how many records are left.
fn attributes(config: Config, attributes: Vec<KeyValue>) -> (Vec<KeyValue>, u32) {
    let redaction = config.build(&ComponentId::parse("redaction").unwrap()).unwrap();
    let message = logs(vec![LogRecord { attributes, ..Default::default() }]);
    let out = redaction.process(request(&message, Signal::Logs), &Context::now(None)).unwrap();
    Request::validate(Signal::Logs, out.bytes().clone(), &Limits::default()).unwrap();
    let records = out.records();
    let out = ExportLogsServiceRequest::decode(out.bytes().clone()).unwrap();
    let record = out.resource_logs[0].scope_logs[0].log_records.first().cloned().unwrap_or_default();
    (record.attributes, records)
}

fn value(config: Config, key: &str, before: &str) -> String {
    match attributes(config, vec![text(key, before)]).0.remove(0).value.unwrap().value {
        Some(Value::StringValue(text)) => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_pattern_hides_what_it_finds_in_values_and_keys_and_at_every_character() {
    let config = with(&[("employee", finding(r"EMP-\d{6}"))]);
    assert_eq!(value(config.clone(), "k", "EMP-123456, EMP-12 and EMP-654321"), "****, EMP-12 and ****");
    assert_eq!(value(config.clone(), "k", "😀EMP-123456€ä"), "😀****€ä");
    let (out, _) = attributes(config, vec![text("by EMP-123456", "x")]);
    assert_eq!(out, [text("by ****", "x")]);
}

#[test]
fn keywords_context_and_validator_must_all_agree() {
    let number = finding(r"\b\d{6,}\b");
    let keywords = CustomDetector { keywords: strings(&["Staff"]), ..number.clone() };
    let context = CustomDetector { context: strings(&["badge"]), ..number.clone() };
    let luhn = CustomDetector { validator: Validator::Luhn, ..number.clone() };
    let far = "-".repeat(40);
    for (detector, key, before, expected) in [
        (&keywords, "k", "123456 of STAFF", "**** of STAFF"),
        (&keywords, "k", "123456 of guests", "123456 of guests"),
        (&context, "k", "Badge no. 123456", "Badge no. ****"),
        (&context, "user.badge_id", "123456", "****"),
        (&context, "k", "123456 badge", "123456 badge"),
        (&context, "k", &format!("badge{far}123456"), &format!("badge{far}123456")),
        (&luhn, "k", "79927398713 and 79927398714", "**** and 79927398714"),
    ] {
        assert_eq!(value(with(&[("number", detector.clone())]), key, before), expected, "{before}");
    }
}

#[test]
fn finds_without_their_keyword_or_context_take_no_more_time_the_more_there_are() {
    let number = finding(r"\b\d{6,}\b");
    for detector in [
        CustomDetector { keywords: strings(&["badge"]), ..number.clone() },
        CustomDetector { context: strings(&["badge"]), ..number },
    ] {
        let redaction =
            with(&[("number", detector)]).build(&ComponentId::parse("redaction").unwrap()).unwrap();
        super::random::is_linear("123456 ", 20_000, |long| {
            let message = logs(vec![LogRecord { attributes: vec![text(long, long)], ..Default::default() }]);
            drop(redact(&redaction, &message, Signal::Logs));
        });
    }
}

#[test]
fn actions_are_those_of_detectors() {
    let doing = |action| with(&[("employee", CustomDetector { action, ..finding("EMP-[0-9]{10}") })]);
    let before = || vec![text("a", "x"), text("k", "by EMP-1234567890"), text("z", "x")];
    let value = |action| match attributes(doing(action), before()) {
        (attributes, 1) if attributes.len() == 3 => attributes[1].clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(value(Action::Tag), text("k", "by EMP-1234567890"));
    assert_eq!(value(Action::Mask), text("k", "by ****"));
    assert_eq!(value(Action::KeepLast4), text("k", "by ****7890"));
    assert_eq!(value(Action::DropValue).value, Some(AnyValue::default()));
    assert_eq!(attributes(doing(Action::DropKey), before()).0, [text("a", "x"), text("z", "x")]);
    assert_eq!(attributes(doing(Action::DropRecord), before()).1, 0);
}

#[test]
fn actions_are_the_same_for_what_is_found_in_a_key() {
    let doing = |action| with(&[("employee", CustomDetector { action, ..finding("EMP-[0-9]{10}") })]);
    let before = || vec![text("a", "x"), text("by EMP-1234567890", "y")];
    for (action, expected) in [
        (Action::Tag, vec![text("a", "x"), text("by EMP-1234567890", "y")]),
        (Action::KeepLast4, vec![text("a", "x"), text("by ****7890", "y")]),
        (Action::DropValue, vec![text("a", "x")]),
        (Action::DropKey, vec![text("a", "x")]),
    ] {
        assert_eq!(attributes(doing(action), before()), (expected, 1), "{action:?}");
    }
    assert_eq!(attributes(doing(Action::DropRecord), before()).1, 0);
}

#[test]
fn a_pseudonym_in_a_key_is_its_tenants_and_no_other_ones() {
    use opentelemetry_proto::tonic::resource::v1::Resource;
    let key = component::settings::SecretReference::new("0123456789abcdef0123456789abcdef");
    let hash = HashKey { key_id: "k".into(), key, tenant_attribute: Some("tenant".into()) };
    let employee = CustomDetector { action: Action::Pseudonymize, ..finding("EMP-[0-9]{6}") };
    let config = Config { hash: Some(hash), ..with(&[("employee", employee)]) };
    let redaction = config.build(&ComponentId::parse("redaction").unwrap()).unwrap();
    let of = |tenant: &str| {
        let attributes = vec![text("EMP-123456", "EMP-123456")];
        let mut message = logs(vec![LogRecord { attributes, ..Default::default() }]);
        let attributes = vec![text("tenant", tenant)];
        message.resource_logs[0].resource = Some(Resource { attributes, ..Default::default() });
        let mut out = redact(&redaction, &message, Signal::Logs);
        out.resource_logs[0].scope_logs[0].log_records[0].attributes.remove(0)
    };
    for tenant in ["one", "other", "one"] {
        let pair = of(tenant);
        assert_eq!(pair.value, Some(string(&pair.key)), "{tenant}");
    }
    assert_ne!(of("one").key, of("other").key);
}

#[test]
fn finds_that_overlap_are_hidden_as_one_and_other_patterns_still_find() {
    let config = with(&[("one", finding("abcd")), ("other", finding("cdef")), ("third", finding("x+"))]);
    assert_eq!(value(config, "k", "1abcdef2xx3"), "1****2****3");
}

#[test]
fn an_exception_keeps_its_detectors_from_its_keys_only() {
    let config = Config {
        exceptions: vec![
            Exception { keys: strings(&["user.id"]), skip: strings(&["email", "employee"]) },
            Exception { keys: strings(&["token"]), skip: strings(&["secret_key"]) },
            Exception { keys: strings(&["order"]), skip: strings(&["payment_card"]) },
        ],
        ..with(&[("employee", finding("EMP-[0-9]{6}"))])
    };
    let all = "maria@example.org EMP-123456 123-45-6789";
    let card = || Value::IntValue(4_111_111_111_111_111);
    let before = vec![
        text("user.id", all),
        text("other", all),
        text("token", "x"),
        text("other_token", "x"),
        pair("order", card()),
        pair("card", card()),
        text("user.id", all),
    ];
    let after = vec![
        text("user.id", "maria@example.org EMP-123456 ****"),
        text("other", "**** **** ****"),
        text("token", "x"),
        text("other_token", "****"),
        pair("order", card()),
        text("card", "****"),
        text("user.id", "maria@example.org EMP-123456 ****"),
    ];
    assert_eq!(attributes(config, before).0, after);
}

#[test]
fn a_text_that_is_too_long_is_masked_as_a_whole_and_others_are_not() {
    use component::settings::ByteSize;
    let config = Config { max_value_size: ByteSize(100), ..Config::default() };
    let (short, long) = ("x".repeat(100), "x".repeat(101));
    let binary = pair("binary", Value::BytesValue(vec![0xff; 200]));
    let before = vec![
        text("short", &short),
        text("long", &long),
        text(&long, "of a key"),
        pair("bytes", Value::BytesValue(long.clone().into_bytes())),
        binary.clone(),
    ];
    let after = vec![
        text("short", &short),
        text("long", "****"),
        text("****", "of a key"),
        pair("bytes", Value::BytesValue("****".into())),
        binary,
    ];
    assert_eq!(attributes(config, before).0, after);
}

#[test]
fn a_string_of_sixty_mebibytes_is_masked_by_default() {
    let long = "a ".repeat(30 << 20);
    assert_eq!(value(Config::default(), "k", &long), "****");
}
