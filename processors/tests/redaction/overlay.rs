//! What the comparison of an overlay with its pipeline says is what happens to data.

use super::*;
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value, json};

const TEXT: &str = "maria@example.org 4111 1111 1111 1111 10.42.7.113 B-123456 CASE-77";
const KEYS: [&str; 3] = ["a", "b", "c"];

/// By detector: what must not be left of its find, but for its hash.
const FINDS: [(&str, &str, &[&str]); 4] = [
    ("email", "maria@example.org", &["maria", "example"]),
    ("payment_card", "4111 1111 1111 1111", &["1111"]),
    ("ipv4", "10.42.7.113", &["10.42.7"]),
    ("badge", "B-123456", &["3456"]),
];

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

/// The hash of a text.
fn hash(found: &str) -> String {
    let all = json!({ "all": { "pattern": "(?s).+", "action": "hash" } });
    let request = request(&logs(vec![body(found)]), Signal::Logs);
    let hidden = hide(&config(&json!({ "custom_detectors": all })), &request);
    let text = String::from_utf8_lossy(hidden.bytes()).into_owned();
    text.get(text.find("h1:").unwrap()..).unwrap().to_owned()
}

fn body(text: &str) -> LogRecord {
    LogRecord { body: Some(string(text)), ..Default::default() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// A journal that is said to hold nothing that the overlay hides leaves nothing to hide; and nothing is left of a
    /// find that the overlay masks, unless that is said to be out of its reach.
    #[test]
    fn what_is_said_of_an_overlay_is_what_it_does(overlay in settings(), pipeline in vec(settings(), 1..4)) {
        let (overlay, pipeline) = (config(&overlay), pipeline.iter().map(config).collect::<Vec<_>>());
        let beyond = overlay.beyond(&pipeline.iter().collect::<Vec<_>>());
        let attributes = KEYS.map(|key| text(key, TEXT)).to_vec();
        let request = request(&logs(vec![LogRecord { attributes, ..body(TEXT) }]), Signal::Logs);
        let journal = pipeline.iter().fold(request, |request, config| hide(config, &request));
        let sent = hide(&overlay, &journal);
        if beyond.held.is_empty() && beyond.held_by_rules.is_empty() {
            prop_assert_eq!(sent.bytes(), journal.bytes());
        }
        let sent = String::from_utf8_lossy(sent.bytes());
        let keeps = !overlay.ignored_keys.is_empty() || overlay.exceptions.iter().any(|it| !it.keys.is_empty());
        for (name, found, parts) in FINDS.into_iter().filter(|_| !keeps) {
            let detector = Detector::ALL.iter().find(|detector| detector.name() == name);
            let wanted = match detector {
                Some(detector) => overlay.on(*detector).then(|| overlay.action(*detector)),
                None => overlay.custom_detectors.get(name).map(|custom| custom.action),
            };
            let is_out_of_reach = beyond.out_of_reach.iter().any(|(of, _)| of == name);
            if wanted >= Some(Action::Mask) && !is_out_of_reach {
                prop_assert!(!sent.contains(&hash(found)), "{} is hashed: {}", name, sent);
                for part in parts {
                    prop_assert!(!sent.contains(part), "{} is left of {}: {}", part, name, sent);
                }
            }
        }
    }
}
