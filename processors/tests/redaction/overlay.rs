//! What the comparison of an overlay with its pipeline says is what happens to data.

use super::*;
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value, json};

/// Finds of each kind, by the text in which they stand and by what may be left of them.
const TEXT: &str = "maria@example.org 4111 1111 1111 1111 10.42.7.113 B-123456 CASE-77";
const KEYS: [&str; 3] = ["a", "b", "c"];

/// An action for a detector; none for one that is off.
fn action() -> impl Strategy<Value = Option<&'static str>> {
    of(select(vec!["tag", "truncate", "keep_domain", "keep_last_4", "hash", "mask", "drop_value"]))
}

fn keys() -> impl Strategy<Value = Vec<&'static str>> {
    prop_oneof![3 => Just(vec![]), 1 => subsequence(KEYS.to_vec(), 1..3)]
}

/// Settings of a redaction processor: a few detectors, each on or off with any action, and a few rules.
fn settings() -> impl Strategy<Value = Value> {
    let detectors = [action(), action(), action(), action(), action()];
    let rules = (keys(), keys(), keys(), any::<bool>(), select(vec!["email", "badge", "payment_card"]));
    (detectors, rules, of(select(vec!["CASE", "77"]))).prop_map(
        |(
            [email, card, address, hashes, badge],
            (allowed, ignored, excepted, blocks, skip),
            allowed_value,
        )| {
            let all = Detector::ALL.iter().map(|detector| (detector.name().to_owned(), json!(false)));
            let (mut on, mut actions): (Map<_, _>, Map<_, _>) = (all.collect(), Map::new());
            let named = [("email", email), ("payment_card", card), ("ipv4", address), ("hashes", hashes)];
            for (name, action) in named {
                on.insert(name.into(), action.is_some().into());
                actions.extend(action.map(|action| (name.to_owned(), json!(action))));
            }
            let badge = badge.map(|action| json!({ "badge": { "pattern": "B-[0-9]{6}", "action": action } }));
            json!({
                "detectors": on,
                "actions": actions,
                "custom_detectors": badge.unwrap_or(json!({})),
                "allowed_keys": allowed,
                "ignored_keys": ignored,
                "exceptions": [{ "keys": excepted, "skip": [skip] }],
                "blocked_values": if blocks { vec!["CASE-[0-9]+"] } else { vec![] },
                "allowed_values": allowed_value.into_iter().collect::<Vec<_>>(),
            })
        },
    )
}

fn config(settings: &Value) -> Config {
    let mut config: Config = serde_json::from_value(settings.clone()).unwrap();
    let key = component::settings::SecretReference::new("0123456789abcdef0123456789abcdef");
    config.hash = Some(HashKey { key_id: "k1".into(), key, tenant_attribute: None });
    config
}

fn hide(config: &Config, request: &Request) -> Request {
    config.clone().build(&ComponentId::parse("redaction").unwrap()).unwrap().hide(request)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn where_the_journal_is_said_to_hold_nothing_an_overlay_hides_nothing_more(
        overlay in settings(), pipeline in vec(settings(), 1..4),
    ) {
        let (overlay, pipeline) = (config(&overlay), pipeline.iter().map(config).collect::<Vec<_>>());
        let beyond = overlay.beyond(&pipeline.iter().collect::<Vec<_>>());
        let attributes = KEYS.map(|key| text(key, TEXT)).to_vec();
        let record = LogRecord { attributes, body: Some(string(TEXT)), ..Default::default() };
        let request = request(&logs(vec![record]), Signal::Logs);
        let journal = pipeline.iter().fold(request, |request, config| hide(config, &request));
        let sent = hide(&overlay, &journal);
        if beyond.held.is_empty() && beyond.held_by_rules.is_empty() {
            prop_assert_eq!(sent.bytes(), journal.bytes());
        }
    }
}
