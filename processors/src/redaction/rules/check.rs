//! What is wrong, or at least odd, with an operator's rules.

use super::super::config::Config;
use super::super::detectors::Detector;
use super::by::is_taken;
use super::dialect;
use super::patterns::{self, MOST, Patterns};
use component::settings::Problem;

impl Config {
    /// Whether every key is allowed: where nothing is said, unless the settings or the profile list some.
    pub fn allows_all_keys(&self) -> bool {
        let listed = !self.allowed_keys.is_empty() || self.profile.allowed_keys().is_some();
        self.allow_all_keys.unwrap_or(!listed)
    }

    /// Whether the operator said anything that needs a walk of its own.
    pub(super) fn has_rules(&self) -> bool {
        !self.allows_all_keys()
            || self.lists().iter().any(|(_, patterns)| !patterns.is_empty())
            || !self.ignored_keys.is_empty()
            || !self.custom_detectors.is_empty()
            || !self.exceptions.is_empty()
            || self.url_sanitizer.enabled
            || self.db_sanitizer.enabled()
    }

    fn lists(&self) -> [(&'static str, &[String]); 4] {
        [
            ("ignored_key_patterns", &self.ignored_key_patterns),
            ("blocked_key_patterns", &self.blocked_key_patterns),
            ("blocked_values", &self.blocked_values),
            ("allowed_values", &self.allowed_values),
        ]
    }

    /// What is wrong with the rules.
    pub(in super::super) fn rule_problems(&self) -> Vec<Problem> {
        let mut problems = self.pattern_problems();
        problems.extend(self.custom_problems());
        problems.extend(self.hash_problems());
        for (number, exception) in self.exceptions.iter().enumerate() {
            for (at, name) in exception.skip.iter().enumerate() {
                let of_profile = self.profile.custom_detectors();
                let known = Detector::ALL.iter().any(|detector| detector.name() == name)
                    || of_profile.iter().any(|(custom, _)| custom == name)
                    || self.custom_detectors.contains_key(name);
                if !known {
                    let message = "is no detector's name; `weir redact coverage` lists them";
                    problems.push(Problem::at(format!("exceptions.{number}.skip.{at}"), message));
                }
            }
            let before = self.exceptions.iter().take(number);
            let before: Vec<&String> = before.flat_map(|exception| &exception.keys).collect();
            for (at, key) in exception.keys.iter().enumerate() {
                if before.contains(&key) {
                    let message = "the key is in an exception above; say all that it skips there";
                    problems.push(Problem::at(format!("exceptions.{number}.keys.{at}"), message));
                }
            }
        }
        if self.max_value_size.as_usize() == 0 {
            problems
                .push(Problem::at("max_value_size", "must be larger than 0, as every text would be masked"));
        }
        problems
    }

    fn pattern_problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (name, list) in self.lists() {
            if list.len() > MOST {
                problems
                    .push(Problem::at(name, format!("has more than {MOST} patterns; join some with `|`")));
                continue;
            }
            let keeps = match name {
                "ignored_key_patterns" => Some(patterns::KEYS),
                "allowed_values" => Some(patterns::VALUES),
                _ => None,
            };
            for (at, pattern) in list.iter().enumerate() {
                let at = format!("{name}.{at}");
                let of_dialect = || dialect::difference(pattern).map(str::to_owned);
                match patterns::problem(pattern).or_else(of_dialect) {
                    Some(problem) => problems.push(Problem::at(at, problem)),
                    None if keeps.is_some_and(|texts| patterns::matches_all(pattern, texts)) => {
                        let message = "is found in about every text, so nothing would be hidden; \
                                       to pass data on unredacted say `redaction: off` in the pipeline";
                        problems.push(Problem::at(at, message));
                    }
                    None if name == "allowed_values" && self.blocked_values.contains(pattern) => {
                        let message =
                            "is in blocked_values too, which would find nothing then; keep one of them";
                        problems.push(Problem::at(at, message));
                    }
                    None => {}
                }
            }
        }
        problems
    }

    fn custom_problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if self.custom_detectors.len() > MOST {
            problems.push(Problem::at("custom_detectors", format!("has more than {MOST} detectors")));
        }
        for (name, custom) in self.custom_detectors.iter().take(MOST) {
            let at = |key: &str| format!("custom_detectors.{name}.{key}");
            let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
            if name.is_empty() || name.len() > 64 || !name.bytes().all(plain) {
                let message = "a detector's name is lower-case letters, digits and `_`, as it labels metrics";
                problems.push(Problem::at("custom_detectors", message));
                continue;
            }
            if is_taken(name) || Detector::ALL.iter().any(|detector| detector.name() == name) {
                let message = "weir has a detector of this name; choose another";
                problems.push(Problem::at(format!("custom_detectors.{name}"), message));
            }
            if custom.pattern.is_empty() {
                problems.push(Problem::at(format!("custom_detectors.{name}"), "needs a pattern"));
            } else if let Some(problem) = patterns::problem(&custom.pattern) {
                problems.push(Problem::at(at("pattern"), problem));
            } else if patterns::matches_everything(&custom.pattern) {
                let message = "is found in every text, the empty one too; say what it has to hold at least";
                problems.push(Problem::at(at("pattern"), message));
            }
            for (key, words) in [("keywords", &custom.keywords), ("context", &custom.context)] {
                let empty = words.iter().enumerate().filter(|(_, word)| word.is_empty());
                problems.extend(empty.map(|(word, _)| {
                    Problem::at(format!("{}.{word}", at(key)), "is empty, and so in every text")
                }));
            }
            if custom.action.needs_key() && self.hash.is_none() {
                problems
                    .push(Problem::at(at("action"), "needs a key: say `hash: { key_id: …, key: ${env:…} }`"));
            }
        }
        problems
    }

    fn hash_problems(&self) -> Option<Problem> {
        let len = self.hmac_key.as_ref().map_or(0, |key| key.expose().len());
        let message = match self.hash_function.map(|function| function.key_len()) {
            Some(Some(least)) if len < least => {
                format!("must have {least} bytes or more for this hash_function")
            }
            None | Some(None) if self.hmac_key.is_some() => {
                "has no effect without hash_function: hmac-sha256 or hmac-sha512".into()
            }
            _ => return None,
        };
        // A key that is not there has no place.
        Some(Problem::at(
            if len == 0 { "hash_function" } else { "hmac_key" },
            match self.hmac_key {
                None => format!("needs hmac_key, which {message}"),
                _ => message,
            },
        ))
    }

    /// What works, but hardly as it was meant.
    pub(in super::super) fn rule_warnings(&self) -> Vec<Problem> {
        let mut warnings = Vec::new();
        let all = self.allows_all_keys();
        if self.hash_function.is_some_and(|function| function.key_len().is_none()) {
            let message = "a hash without a key is reversed by trying values out, so `****` stands in its place; \
                           say hmac-sha256 and hmac_key";
            warnings.push(Problem::at("hash_function", message));
        }
        if all && !self.allowed_keys.is_empty() {
            warnings.push(Problem::at("allowed_keys", "has no effect with `allow_all_keys: true`"));
        }
        let none = self.allowed_keys.is_empty() && self.profile.allowed_keys().is_none();
        if !all && none {
            let message = "without allowed_keys every attribute is taken out but those of ignored_keys";
            warnings.push(Problem::at("allow_all_keys", message));
        }
        if let Some(tenant) = self.hash.as_ref().and_then(|hash| hash.tenant_attribute.as_ref()) {
            let by_profile = || self.profile.allowed_keys().into_iter().flatten().any(|key| key == tenant);
            let listed = [&self.allowed_keys, &self.ignored_keys].iter().any(|keys| keys.contains(tenant));
            if !all && !listed && !by_profile() {
                let message = "is not in allowed_keys, so it is taken out before values are pseudonymised, \
                               and all tenants share one key";
                warnings.push(Problem::at("hash.tenant_attribute", message));
            }
        }
        warnings.extend(self.idle_settings());
        for (name, keys) in [("allowed_keys", &self.allowed_keys), ("ignored_keys", &self.ignored_keys)] {
            warnings.extend(keys.iter().enumerate().filter_map(|(at, key)| {
                let message = self.key_warning(name, key)?;
                Some(Problem::at(format!("{name}.{at}"), message))
            }));
        }
        warnings
    }

    fn key_warning(&self, list: &str, key: &str) -> Option<String> {
        if key.contains(['*', '^', '$', '\\', '(', '[', '|', '?', '+']) {
            return Some(match list {
                "ignored_keys" => {
                    "looks like a pattern, but is taken as a key; say it in ignored_key_patterns".into()
                }
                _ => "looks like a pattern, but is taken as a key; each key has to be written out".into(),
            });
        }
        let is_in = |patterns: &[String]| {
            Patterns::new(patterns.iter().map(String::as_str)).is_ok_and(|all| all.is_match(key.as_bytes()))
        };
        if !is_in(&self.blocked_key_patterns) {
            return None;
        }
        Some(match list {
            "ignored_keys" => {
                "is in blocked_key_patterns too: it is ignored, so its value leaves as it came".into()
            }
            _ => "is in blocked_key_patterns too: it stays, with its value masked".into(),
        })
    }
}
