//! Which rules behind the journal hide what those before it let in.

use super::super::action::Action;
use super::super::config::Config;
use super::Beyond;

impl Config {
    /// Of all rules but the operator's detectors.
    pub(super) fn compare_rules(&self, pipeline: &[&Config], beyond: &mut Beyond) {
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
            complete(config) && !(self.hides_hashes().is_some() && later(at))
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
