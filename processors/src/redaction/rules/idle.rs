//! Settings that are said and do nothing, mostly because what they need is missing.

use super::super::action::Action;
use super::super::config::Config;
use super::super::detectors::Detector;
use super::sanitize::{DbSanitizer, UrlSanitizer};
use super::settings::Summary;
use component::settings::Problem;

impl Config {
    /// A warning for each.
    pub(super) fn idle_settings(&self) -> Vec<Problem> {
        let all = self.with_profile();
        let blocks = !all.blocked_values.is_empty() || !all.blocked_key_patterns.is_empty();
        let sanitizes = self.url_sanitizer.enabled || self.db_sanitizer.enabled();
        let keyed = |needs: fn(Action) -> bool| {
            let found = Detector::ALL.iter().filter(|detector| self.on(**detector));
            let custom = all.custom_detectors.values().map(|custom| custom.action);
            found.map(|detector| self.action(*detector)).chain(custom).any(needs)
        };
        let hash = self.hash.as_ref();
        let tenant = hash.is_some_and(|hash| hash.tenant_attribute.is_some());
        let pseudonymizes = keyed(|action| action == Action::Pseudonymize);
        let mut idle: Vec<Problem> = [
            (
                "redact_all_types",
                self.redact_all_types && all.blocked_values.is_empty() && all.custom_detectors.is_empty(),
                "has no effect without blocked_values or custom_detectors",
            ),
            (
                "summary",
                self.summary != Summary::Silent && !all.has_rules(),
                "has no effect without rules, which it tells of; what detectors hide is told in metrics",
            ),
            (
                "hash",
                hash.is_some() && !keyed(Action::needs_key),
                "has no effect, as no detector that is on has the action hash or pseudonymize",
            ),
            (
                "hash.tenant_attribute",
                tenant && keyed(Action::needs_key) && !pseudonymizes,
                "has no effect without the action pseudonymize; hash has one key for all",
            ),
            (
                "hash_function",
                self.hash_function.is_some() && !blocks,
                "has no effect without blocked_values or blocked_key_patterns; what detectors find is hashed by `actions`",
            ),
            (
                "allowed_values",
                !self.allowed_values.is_empty() && !blocks && !sanitizes,
                "has no effect without blocked_values, blocked_key_patterns or a sanitizer; \
                 detectors are kept from keys by `exceptions`",
            ),
        ]
        .into_iter()
        .filter(|(_, is_idle, _)| *is_idle)
        .map(|(at, _, message)| Problem::at(at, message))
        .collect();
        idle.extend(self.url_sanitizer.idle_settings());
        idle.extend(self.db_sanitizer.idle_settings());
        idle.extend(self.idle_exceptions());
        idle
    }

    fn idle_exceptions(&self) -> Vec<Problem> {
        let mut idle = Vec::new();
        for (number, exception) in self.exceptions.iter().enumerate() {
            let at = format!("exceptions.{number}");
            if exception.keys.is_empty() || exception.skip.is_empty() {
                idle.push(Problem::at(
                    at,
                    "has no effect: it needs keys, and in skip the detectors to keep off",
                ));
                continue;
            }
            for (skipped, name) in exception.skip.iter().enumerate() {
                let detector = Detector::ALL.iter().find(|detector| detector.name() == name);
                if detector.is_some_and(|detector| !self.on(*detector)) {
                    idle.push(Problem::at(format!("{at}.skip.{skipped}"), "the detector is off anyway"));
                }
            }
        }
        idle
    }
}

fn without_attributes(sanitizes_span_names: bool) -> &'static str {
    match sanitizes_span_names {
        true => "has no attributes, so only the names of spans are sanitized",
        false => "has no effect without attributes",
    }
}

impl UrlSanitizer {
    fn idle_settings(&self) -> Option<Problem> {
        let at = |key: &str| format!("url_sanitizer.{key}");
        if !self.enabled {
            let message = "has no effect without `enabled: true`";
            if !self.attributes.is_empty() {
                return Some(Problem::at(at("attributes"), message));
            }
            return self.sanitize_log_body.then(|| Problem::at(at("sanitize_log_body"), message));
        }
        let bare = self.attributes.is_empty() && !self.sanitize_log_body;
        bare.then(|| Problem::at(at("enabled"), without_attributes(self.sanitize_span_name)))
    }
}

impl DbSanitizer {
    fn idle_settings(&self) -> Vec<Problem> {
        let idle = self.all().into_iter().filter_map(|(kind, database)| {
            let at = |key: &str| format!("db_sanitizer.{}.{key}", kind.key());
            match (database.enabled, database.attributes.is_empty()) {
                (false, false) => {
                    Some(Problem::at(at("attributes"), "has no effect without `enabled: true`"))
                }
                (true, true) => {
                    let names = self.sanitize_span_name && !kind.reads_documents();
                    Some(Problem::at(at("enabled"), without_attributes(names)))
                }
                _ => None,
            }
        });
        idle.collect()
    }
}
