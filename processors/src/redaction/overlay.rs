//! Redaction behind the journal, for one exporter alone, held against that of its pipeline before the journal.
//!
//! What comes out of the journal has been through the pipeline's redaction: what that has hidden cannot be
//! brought back, what it has hidden in part is not found again, and what it let in was on disk.

use super::action::Action;
use super::config::Config;
use super::detectors::Detector;
use super::rules::settings::CustomDetector;

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

    /// What becomes of what a detector finds, if it is on.
    fn acts(&self, detector: Detector) -> Option<Action> {
        self.on(detector).then(|| self.action(detector))
    }

    fn compare_detectors(&self, pipeline: &[&Config], beyond: &mut Beyond) {
        for detector in Detector::ALL.iter().copied() {
            let Some(wanted) = self.acts(detector) else { continue };
            let of = |config: &Config| config.acts(detector);
            for (key, looking) in self.by_key(detector.name(), pipeline) {
                // What is left of an address is one.
                let found_again = matches!(detector, Detector::Ipv4 | Detector::Ipv6);
                let before = match detector {
                    Detector::Hashes => left_of_hashes(&looking, of),
                    _ => left(&looking, of, found_again),
                };
                match self.compare(wanted, before, found_again) {
                    // Said once, as a rule.
                    Compared::Held if key == Key::Ignored => {}
                    Compared::Held => beyond.held.push(detector),
                    Compared::OutOfReach(action) => {
                        beyond.out_of_reach.push((detector.name().into(), action));
                    }
                    // Only what was said is worth a word: nobody asked for a default.
                    Compared::HiddenBefore(action) if self.actions.contains_key(&detector) => {
                        beyond.hidden_before.push((detector, action));
                    }
                    Compared::HiddenBefore(_) | Compared::Hidden => {}
                }
            }
        }
    }

    fn compare_custom_detectors(&self, pipeline: &[&Config], beyond: &mut Beyond) {
        for (name, custom) in &self.custom_detectors {
            let is_same = |other: &&CustomDetector| {
                CustomDetector { action: custom.action, ..(*other).clone() } == *custom
            };
            // Under the same name, as exceptions have it.
            let of = |config: &Config| config.custom_detectors.get(name).filter(is_same).map(|it| it.action);
            for (key, looking) in self.by_key(name, pipeline) {
                match (self.compare(custom.action, left(&looking, of, false), false), key) {
                    (Compared::Held, Key::Any) => beyond.held_by_rules.push("custom_detectors"),
                    (Compared::Held, Key::Excepted) => beyond.held_by_rules.push("exceptions"),
                    (Compared::OutOfReach(action), _) => beyond.out_of_reach.push((name.clone(), action)),
                    _ => {}
                }
            }
        }
    }

    /// Who of a pipeline looks at values of which keys with a detector: all at most of them, and fewer at those that some
    /// except or ignore.
    fn by_key<'p>(&self, detector: &str, pipeline: &[&'p Config]) -> Vec<(Key, Vec<&'p Config>)> {
        let mut ways = vec![(Key::Any, pipeline.to_vec())];
        let excepted = pipeline.iter().flat_map(|config| &config.exceptions).flat_map(|it| &it.keys);
        let excepted = excepted.map(|key| (Key::Excepted, key));
        let ignored = pipeline.iter().flat_map(|config| &config.ignored_keys).map(|key| (Key::Ignored, key));
        for (kind, key) in excepted.chain(ignored).filter(|(_, key)| !self.excepts(detector, key)) {
            let looking = pipeline.iter().copied().filter(|config| !config.excepts(detector, key));
            ways.push((kind, looking.collect()));
        }
        ways
    }

    fn excepts(&self, detector: &str, key: &String) -> bool {
        self.ignored_keys.contains(key)
            || self.exceptions.iter().any(|exception| {
                exception.keys.contains(key) && exception.skip.iter().any(|skipped| skipped == detector)
            })
    }

    /// What is wanted of a find against what was done before the journal.
    fn compare(&self, wanted: Action, before: Option<Action>, is_found_again: bool) -> Compared {
        let Some(before) = before else {
            return if wanted == Action::Tag { Compared::Hidden } else { Compared::Held };
        };
        match (strength(wanted), strength(before)) {
            (wanted, before) if wanted == before => Compared::Hidden,
            (wanted, before) if wanted < before => Compared::HiddenBefore(before),
            _ if is_found_again && before == Action::Truncate => Compared::Held,
            (wanted, Action::Hash | Action::Pseudonymize) if self.hides_hashes() >= Some(wanted) => {
                Compared::Hidden
            }
            _ => Compared::OutOfReach(before),
        }
    }

    /// What becomes of keyed hashes, if they are looked for.
    fn hides_hashes(&self) -> Option<Action> {
        self.acts(Detector::Hashes).map(strength)
    }

    /// Whether keyed hashes come out of it.
    fn makes_hashes(&self) -> bool {
        let actions = Detector::ALL.iter().filter_map(|detector| self.acts(*detector));
        actions.chain(self.custom_detectors.values().map(|custom| custom.action)).any(is_hash)
    }

    fn compare_rules(&self, pipeline: &[&Config], beyond: &mut Beyond) {
        let any = |has: &dyn Fn(&Config) -> bool| pipeline.iter().any(|config| has(config));
        // Those of the overlay that no processor has.
        let more = |list: fn(&Config) -> &Vec<String>| {
            list(self).iter().any(|item| !any(&|config| list(config).contains(item)))
        };
        // Whether a processor leaves something alone that the overlay would not, and no other one does all that it would.
        let complete = |config: &Config| self.compare_all(&[config]).is_nothing_held();
        // What it would do to hashes it has not done to those that are made later.
        let later = |from: usize| pipeline.iter().skip(from).any(|config| config.makes_hashes());
        let is_done = |(at, config): (usize, &&Config)| {
            complete(config) && !(self.acts(Detector::Hashes).is_some() && later(at))
        };
        let is_covered = pipeline.len() > 1 && pipeline.iter().enumerate().any(is_done);
        let less = |list: fn(&Config) -> &Vec<String>| {
            let mut items = pipeline.iter().flat_map(|config| list(config));
            !is_covered && items.any(|item| !list(self).contains(item))
        };
        let allows_no_more = |config: &Config| {
            !config.allows_all_keys() && config.allowed_keys.iter().all(|key| self.allowed_keys.contains(key))
        };
        // What the pipeline tells of a record goes too where the overlay tells less and not all keys are allowed.
        let tells_less = any(&|config| config.summary > self.summary);
        let takes_out = || tells_less || !any(&allows_no_more);
        let (url, db) = (&self.url_sanitizer, &self.db_sanitizer);
        let sanitizes = url.enabled || db.enabled();
        let blocks = sanitizes || !self.blocked_values.is_empty() || !self.blocked_key_patterns.is_empty();
        let finds = !self.blocked_values.is_empty() || !self.custom_detectors.is_empty();
        let finds_in_all_types = |config: &Config| {
            let has = |name| config.custom_detectors.contains_key(name);
            config.redact_all_types
                && self.blocked_values.iter().all(|pattern| config.blocked_values.contains(pattern))
                && self.custom_detectors.keys().all(has)
        };
        let held = [
            ("allowed_keys", !self.allows_all_keys() && takes_out()),
            ("allowed_values", blocks && less(|config| &config.allowed_values)),
            ("blocked_key_patterns", more(|config| &config.blocked_key_patterns)),
            ("blocked_values", more(|config| &config.blocked_values)),
            ("db_sanitizer", db.enabled() && !any(&|config| config.db_sanitizer == *db)),
            ("ignored_key_patterns", less(|config| &config.ignored_key_patterns)),
            ("ignored_keys", less(|config| &config.ignored_keys)),
            ("max_value_size", !any(&|config| config.max_value_size <= self.max_value_size)),
            ("redact_all_types", finds && self.redact_all_types && !any(&finds_in_all_types)),
            ("url_sanitizer", url.enabled && !any(&|config| config.url_sanitizer == *url)),
        ];
        // Hexadecimal digits, which nothing finds again.
        let hashes = |config: &Config| config.hash_function.is_some_and(|it| it.key_len().is_some());
        let hashed = |list: fn(&Config) -> &Vec<String>| {
            let same = |config: &Config| list(config).iter().any(|pattern| list(self).contains(pattern));
            !hashes(self) && any(&|config| hashes(config) && same(config))
        };
        for (key, hashed) in [
            ("blocked_key_patterns", hashed(|config| &config.blocked_key_patterns)),
            ("blocked_values", hashed(|config| &config.blocked_values)),
        ] {
            beyond.out_of_reach.extend(hashed.then(|| (key.to_owned(), Action::Hash)));
        }
        beyond.held_by_rules.extend(held.into_iter().filter(|(_, held)| *held).map(|(key, _)| key));
    }
}

/// Whose values are looked at.
#[derive(Clone, Copy, PartialEq)]
enum Key {
    /// Those of keys of which nothing is said.
    Any,
    /// Those of a key in an exception.
    Excepted,
    /// Those of an ignored key.
    Ignored,
}

/// What an overlay adds to what was done before the journal.
enum Compared {
    /// Nothing, or nothing that was there to be hidden.
    Hidden,
    /// It hides what the journal holds.
    Held,
    /// It would hide more, but does not find what this action left.
    OutOfReach(Action),
    /// It would hide less than this action.
    HiddenBefore(Action),
}

/// What processors, one after the other, leave of a find, as the strongest action that became of it; `of` says what
/// each does. None if nothing is hidden. What one has hidden the next one does not find, but for hashes, and for
/// truncated addresses where these are `found_again`.
fn left(pipeline: &[&Config], of: impl Fn(&Config) -> Option<Action>, found_again: bool) -> Option<Action> {
    pipeline.iter().fold(None, |left, config| match left {
        None => of(config).filter(|action| *action != Action::Tag),
        Some(Action::Truncate) if found_again => left.max(of(config)),
        Some(Action::Hash | Action::Pseudonymize) => left.max(config.hides_hashes()),
        left => left,
    })
}

/// The same of keyed hashes: a processor does not look at those that it makes itself.
fn left_of_hashes(pipeline: &[&Config], of: impl Fn(&Config) -> Option<Action>) -> Option<Action> {
    pipeline.iter().fold(None, |left, config| match config.makes_hashes() {
        true => None,
        false => left.or(of(config).filter(|action| *action != Action::Tag)),
    })
}

fn is_hash(action: Action) -> bool {
    matches!(action, Action::Hash | Action::Pseudonymize)
}

/// How much an action hides; nothing is left by `mask` and all behind it.
fn strength(action: Action) -> Action {
    action.min(Action::Mask)
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
