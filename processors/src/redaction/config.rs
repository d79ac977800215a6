//! The processor's settings.

use super::Redaction;
use super::action::Action;
use super::detectors::{Detector, Detectors};
use super::profile::Profile;
use super::rules::sanitize::{DbSanitizer, UrlSanitizer};
use super::rules::settings::{CustomDetector, Exception, HashFunction, Summary};
use component::settings::{ByteSize, Problem, SecretReference, Validate};
use component::{BuildError, ComponentId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Hides secrets and personal data: what a detector finds is replaced by `****`, and the value of
/// a key that names a secret is replaced as a whole. `{}` switches the defaults on.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// A set of detectors, actions and keys for a purpose. What the other settings say goes before it.
    pub profile: Profile,
    /// Which detectors look; what is not said is as the profile has it.
    pub detectors: Detectors,
    /// What becomes of what a detector finds, by its name; what is not named is as the profile has it, or masked.
    pub actions: BTreeMap<Detector, Action>,
    /// The key for `hash` and `pseudonymize`.
    pub hash: Option<HashKey>,
    /// Whether attributes stay whose keys are not in `allowed_keys`. Where it is not said, all stay unless `allowed_keys`
    /// lists some. `false` without `allowed_keys` takes every attribute out.
    pub allow_all_keys: Option<bool>,
    /// The keys of attributes that stay, and of a body's entries; all others are taken out. In a body that is a text of JSON
    /// their values are masked.
    pub allowed_keys: Vec<String>,
    /// Keys whose values stay whatever is in them: nothing looks at them, no detector either.
    pub ignored_keys: Vec<String>,
    /// Patterns of such keys.
    pub ignored_key_patterns: Vec<String>,
    /// Patterns of keys whose values are hidden as a whole, whatever their type, also where a text names them.
    pub blocked_key_patterns: Vec<String>,
    /// Patterns of what is hidden in any text, keys included.
    pub blocked_values: Vec<String>,
    /// Patterns of values that `blocked_values`, `blocked_key_patterns` and the sanitizers leave alone: with a find of one of
    /// these in it the whole value stays. Detectors still look at it.
    pub allowed_values: Vec<String>,
    /// Whether `blocked_values` and custom detectors look at numbers and truth values of attributes too, as they do in bodies
    /// without it; with a find in it such a value becomes a text.
    pub redact_all_types: bool,
    /// The hash that stands in the place of what `blocked_values` and `blocked_key_patterns` hide; without one `****`.
    pub hash_function: Option<HashFunction>,
    /// The key of an `hmac-…` function, `${env:NAME}` or `${file:PATH}`: 32 bytes or more for `hmac-sha256`, 64 for `hmac-sha512`.
    pub hmac_key: Option<SecretReference>,
    /// Whether attributes tell what these rules did to a log record, a span or a data point.
    pub summary: Summary,
    /// Detectors of your own, by their names in metrics.
    pub custom_detectors: BTreeMap<String, CustomDetector>,
    /// Which detectors do not look at which keys.
    pub exceptions: Vec<Exception>,
    /// Takes out of URLs what varies.
    pub url_sanitizer: UrlSanitizer,
    /// Takes the values out of what is asked of databases.
    pub db_sanitizer: DbSanitizer,
    /// Longer texts are masked as a whole.
    pub max_value_size: ByteSize,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            profile: Profile::default(),
            detectors: Detectors::default(),
            actions: BTreeMap::new(),
            hash: None,
            allow_all_keys: None,
            allowed_keys: Vec::new(),
            ignored_keys: Vec::new(),
            ignored_key_patterns: Vec::new(),
            blocked_key_patterns: Vec::new(),
            blocked_values: Vec::new(),
            allowed_values: Vec::new(),
            redact_all_types: false,
            hash_function: None,
            hmac_key: None,
            summary: Summary::Silent,
            custom_detectors: BTreeMap::new(),
            exceptions: Vec::new(),
            url_sanitizer: UrlSanitizer::default(),
            db_sanitizer: DbSanitizer::default(),
            max_value_size: ByteSize(16 << 20),
        }
    }
}

/// A key that hashes are made with. Whoever has it can try values out, so it is a secret of its own.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HashKey {
    /// Names the key in every hash, so that a later key can be told from it: letters and digits.
    pub key_id: String,
    /// The key, 32 bytes or more: `${env:NAME}` or `${file:PATH}`.
    pub key: SecretReference,
    /// The attribute of a resource that names its tenant, for `pseudonymize`.
    pub tenant_attribute: Option<String>,
}

impl Config {
    /// Whether a detector looks.
    pub fn on(&self, detector: Detector) -> bool {
        self.detectors.said(detector).unwrap_or_else(|| detector.in_profile(self.profile).is_some())
    }

    /// What becomes of what a detector finds. What the profile would hash is masked where there is no key.
    pub fn action(&self, detector: Detector) -> Action {
        let of_profile = || detector.in_profile(self.profile);
        let said = self.actions.get(&detector).copied();
        said.or_else(|| of_profile().filter(|action| !action.needs_key() || self.hash.is_some()))
            .unwrap_or_default()
    }

    /// Makes the processor.
    pub fn build(self, id: &ComponentId) -> Result<Redaction, BuildError> {
        Redaction::new(&self, id)
    }
}

impl Validate for Config {
    fn validate(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if !Detector::ALL.iter().any(|detector| self.on(*detector)) {
            problems.push(Problem::at(
                "detectors",
                "every detector is off; to pass data on unredacted say `redaction: off` in the pipeline",
            ));
        }
        for (detector, action) in &self.actions {
            let at = || format!("actions.{}", detector.name());
            if !self.on(*detector) {
                problems.push(Problem::at(at(), "the detector is off; switch it on or take its action out"));
            }
            if action.needs_key() && self.hash.is_none() {
                problems.push(Problem::at(at(), "needs a key: say `hash: { key_id: …, key: ${env:…} }`"));
            }
        }
        if let Some(hash) = &self.hash {
            problems.extend(hash.problems());
        }
        problems.extend(self.rule_problems());
        problems
    }

    fn warnings(&self) -> Vec<Problem> {
        self.rule_warnings()
    }
}

impl HashKey {
    const SHORTEST: usize = 32;

    fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if self.key_id.is_empty() || !self.key_id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            problems
                .push(Problem::at("hash.key_id", "must be letters and digits, as it stands in every hash"));
        }
        if self.key.expose().len() < Self::SHORTEST {
            problems
                .push(Problem::at("hash.key", "must have 32 bytes or more, as an attacker can try keys out"));
        }
        problems
    }
}
