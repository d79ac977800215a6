//! Redaction behind the journal, for one exporter alone, held against that of its pipeline before the journal.
//!
//! What comes out of the journal has been through the pipeline's redaction: what that has hidden cannot be
//! brought back, what it has hidden in part is not found again, and what it let in was on disk.

mod finds;
mod rules;

use super::action::Action;
use super::config::Config;
use super::detectors::Detector;

/// What an overlay asks for that a pipeline's redaction has not done. What it makes of keyed hashes is
/// the detector `hashes`.
#[derive(Debug, Default, PartialEq)]
pub struct Beyond {
    /// What it hides and the pipeline lets into the journal.
    pub held: Vec<Detector>,
    /// The same of its own rules, by their keys in the settings.
    pub held_by_rules: Vec<&'static str>,
    /// What it is to hide, by detector, and what the pipeline makes of it: the part of a find that such an action leaves is
    /// not found again.
    pub out_of_reach: Vec<(String, Action)>,
    /// What it is to show more of, by detector, than what the pipeline leaves.
    pub hidden_before: Vec<(Detector, Action)>,
}

impl Beyond {
    /// Whether an overlay hides nothing that the journal holds.
    fn is_nothing_held(&self) -> bool {
        self.held.is_empty() && self.held_by_rules.is_empty()
    }
}

impl Config {
    /// What this, as an overlay, asks for beyond a pipeline's redaction: its processors, one at least.
    pub fn beyond(&self, pipeline: &[&Config]) -> Beyond {
        let pipeline: Vec<Config> = pipeline.iter().map(|config| config.with_profile()).collect();
        self.with_profile().compare_all(&pipeline.iter().collect::<Vec<_>>())
    }

    fn compare_all(&self, pipeline: &[&Config]) -> Beyond {
        let mut beyond = Beyond::default();
        self.compare_detectors(pipeline, &mut beyond);
        self.compare_custom_detectors(pipeline, &mut beyond);
        self.compare_rules(pipeline, &mut beyond);
        beyond.held.dedup();
        beyond.held_by_rules.sort_unstable();
        beyond.held_by_rules.dedup();
        beyond.out_of_reach.dedup();
        beyond.hidden_before.dedup();
        beyond
    }

    /// The settings that take whole records out.
    pub fn dropping_records(&self) -> Vec<String> {
        let actions = self.actions.iter().filter(|(_, action)| **action == Action::DropRecord);
        let custom = self.custom_detectors.iter().filter(|(_, custom)| custom.action == Action::DropRecord);
        actions
            .map(|(detector, _)| format!("actions.{}", detector.name()))
            .chain(custom.map(|(name, _)| format!("custom_detectors.{name}.action")))
            .collect()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn config(settings: Value) -> Config {
        serde_json::from_value(settings).unwrap()
    }

    fn beyond(overlay: Value, pipeline: Value) -> Beyond {
        config(overlay).beyond(&[&config(pipeline)])
    }

    fn held(detectors: &[Detector]) -> Beyond {
        Beyond { held: detectors.to_vec(), ..Beyond::default() }
    }

    #[test]
    fn what_the_pipeline_does_as_well_is_nothing_more() {
        for both in [
            json!({}),
            json!({ "actions": { "email": "keep_domain" }, "detectors": { "ipv4": true } }),
            json!({ "allowed_keys": ["a"], "blocked_values": ["x"], "url_sanitizer": { "enabled": true } }),
            json!({ "custom_detectors": { "badge": { "pattern": "B[0-9]+" } } }),
            json!({ "exceptions": [{ "keys": ["user.id"], "skip": ["email"] }], "ignored_keys": ["b"] }),
        ] {
            assert_eq!(beyond(both.clone(), both.clone()), Beyond::default(), "{both}");
        }
        // Fewer detectors and rules are less to look at, not more to show.
        assert_eq!(beyond(json!({ "detectors": { "email": false } }), json!({})), Beyond::default());
        let more = json!({ "detectors": { "phone": true }, "blocked_values": ["x"], "allowed_keys": ["a"] });
        assert_eq!(beyond(json!({}), more), Beyond::default());
        let strict = || json!({ "profile": "strict" });
        assert_eq!(beyond(strict(), strict()), Beyond::default());
        assert_eq!(beyond(json!({}), strict()), Beyond::default());
        assert_eq!(beyond(strict(), json!({})).held_by_rules, ["allowed_keys"]);
    }

    #[test]
    fn the_journal_holds_what_only_the_overlay_hides() {
        let phone = json!({ "detectors": { "phone": true } });
        assert_eq!(beyond(phone, json!({})), held(&[Detector::Phone]));
        assert_eq!(beyond(json!({}), json!({ "actions": { "email": "tag" } })), held(&[Detector::Email]));
        assert_eq!(
            beyond(json!({ "actions": { "email": "tag" } }), json!({ "detectors": { "email": false } })),
            Beyond::default(),
            "what is only counted is not hidden"
        );
        // The network of an address is one, too.
        let networks = json!({ "detectors": { "ipv4": true }, "actions": { "ipv4": "truncate" } });
        assert_eq!(beyond(json!({ "detectors": { "ipv4": true } }), networks), held(&[Detector::Ipv4]));
    }

    #[test]
    fn the_journal_holds_what_the_pipeline_excepts() {
        let excepts = |keys: &[&str]| json!({ "exceptions": [{ "keys": keys, "skip": ["email"] }] });
        assert_eq!(beyond(json!({}), excepts(&["user.id"])), held(&[Detector::Email]));
        assert_eq!(beyond(excepts(&["user.id", "b"]), excepts(&["user.id"])), Beyond::default());
        assert_eq!(beyond(excepts(&["b"]), excepts(&["user.id"])), held(&[Detector::Email]));
        // Two processors: what the second one does not except is hidden.
        let (one, other) = (config(excepts(&["user.id"])), config(json!({})));
        assert_eq!(config(json!({})).beyond(&[&one, &other]), Beyond::default());
    }

    #[test]
    fn every_rule_that_only_the_overlay_has_is_named() {
        for (key, overlay) in [
            ("allowed_keys", json!({ "allowed_keys": ["a"] })),
            ("allowed_keys", json!({ "allow_all_keys": false })),
            ("blocked_key_patterns", json!({ "blocked_key_patterns": ["a"] })),
            ("blocked_values", json!({ "blocked_values": ["a"] })),
            ("custom_detectors", json!({ "custom_detectors": { "a": { "pattern": "a" } } })),
            ("url_sanitizer", json!({ "url_sanitizer": { "enabled": true } })),
            ("db_sanitizer", json!({ "db_sanitizer": { "sql": { "enabled": true } } })),
            ("max_value_size", json!({ "max_value_size": 1024 })),
        ] {
            assert_eq!(beyond(overlay, json!({})).held_by_rules, [key]);
        }
        let keys = |keys: &[&str]| json!({ "allowed_keys": keys });
        assert_eq!(beyond(keys(&["a", "b"]), keys(&["a"])).held_by_rules, [""; 0]);
        assert_eq!(beyond(keys(&["a"]), keys(&["a", "b"])).held_by_rules, ["allowed_keys"]);
        let told = json!({ "allowed_keys": ["a"], "summary": "info" });
        assert_eq!(beyond(keys(&["a"]), told.clone()).held_by_rules, ["allowed_keys"]);
        assert_eq!(beyond(told.clone(), told).held_by_rules, [""; 0]);
        for (key, pipeline) in [
            ("ignored_keys", json!({ "ignored_keys": ["a"] })),
            ("ignored_key_patterns", json!({ "ignored_key_patterns": ["a"] })),
        ] {
            assert_eq!(beyond(json!({}), pipeline).held_by_rules, [key]);
        }
        let blocked = json!({ "blocked_values": ["a"], "allowed_values": ["ab"] });
        assert_eq!(beyond(json!({ "blocked_values": ["a"] }), blocked).held_by_rules, ["allowed_values"]);
        let sanitized = json!({ "url_sanitizer": { "enabled": true, "attributes": ["url.full"] } });
        let mut allows = sanitized.clone();
        allows.as_object_mut().unwrap().insert("allowed_values".into(), json!(["example"]));
        assert_eq!(beyond(sanitized.clone(), allows.clone()).held_by_rules, ["allowed_values"]);
        assert_eq!(beyond(allows.clone(), allows).held_by_rules, [""; 0]);
    }

    #[test]
    fn what_the_pipeline_leaves_in_part_cannot_be_hidden_behind_it_but_hashes_can() {
        let acts = |action: &str| json!({ "actions": { "email": action } });
        let out_of_reach =
            |action| Beyond { out_of_reach: vec![("email".into(), action)], ..Beyond::default() };
        assert_eq!(beyond(json!({}), acts("keep_domain")), out_of_reach(Action::KeepDomain));
        assert_eq!(beyond(json!({}), acts("hash")), out_of_reach(Action::Hash));
        assert_eq!(beyond(acts("pseudonymize"), acts("hash")), out_of_reach(Action::Hash));
        let hashes = json!({ "detectors": { "hashes": true } });
        assert_eq!(beyond(hashes.clone(), acts("hash")), held(&[Detector::Hashes]));
        assert_eq!(beyond(json!({ "detectors": { "email": false } }), acts("hash")), Beyond::default());
        // A processor does not look at the hashes that it makes.
        let both = json!({ "actions": { "email": "hash" }, "detectors": { "hashes": true } });
        assert_eq!(beyond(hashes.clone(), both), held(&[Detector::Hashes]));
        // A second processor of the pipeline masks them before the journal.
        let pipeline = [&config(acts("hash")), &config(hashes.clone())];
        assert_eq!(config(hashes.clone()).beyond(&pipeline), Beyond::default());
        // Unless it leaves some alone, whatever was masked before there were any.
        let mut ignores = hashes.clone();
        ignores.as_object_mut().unwrap().insert("ignored_keys".into(), json!(["user.id"]));
        let pipeline = [hashes.clone(), acts("hash"), ignores].map(config);
        let beyond_all = config(hashes.clone()).beyond(&pipeline.each_ref());
        assert_eq!(beyond_all.held_by_rules, ["ignored_keys"]);
        let custom =
            |action: &str| json!({ "custom_detectors": { "a": { "pattern": "a", "action": action } } });
        let left = beyond(custom("mask"), custom("keep_last_4"));
        assert_eq!(left.out_of_reach, [("a".to_owned(), Action::KeepLast4)]);
        let keyed = json!({ "blocked_values": ["a", "b"], "hash_function": "hmac-sha256" });
        let left = beyond(json!({ "blocked_values": ["a"] }), keyed.clone());
        assert_eq!(left.out_of_reach, [("blocked_values".to_owned(), Action::Hash)]);
        assert_eq!(beyond(keyed.clone(), keyed), Beyond::default());
    }

    #[test]
    fn what_was_asked_to_show_more_than_is_left_is_told() {
        let acts = |action: &str| json!({ "actions": { "email": action } });
        let late = |before| Beyond { hidden_before: vec![(Detector::Email, before)], ..Beyond::default() };
        assert_eq!(beyond(acts("tag"), json!({})), late(Action::Mask));
        assert_eq!(beyond(acts("hash"), json!({})), late(Action::Mask));
        assert_eq!(beyond(acts("keep_domain"), acts("hash")), late(Action::Hash));
        assert_eq!(beyond(acts("mask"), acts("drop_value")), Beyond::default());
    }

    #[test]
    fn what_takes_records_out_is_named() {
        let overlay = json!({
            "actions": { "private_key": "drop_record", "email": "drop_key" },
            "custom_detectors": { "a": { "pattern": "a", "action": "drop_record" } },
        });
        assert_eq!(config(overlay).dropping_records(), ["actions.private_key", "custom_detectors.a.action"]);
    }
}
