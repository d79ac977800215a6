//! The processor's settings.

use super::Redaction;
use super::action::Action;
use super::detectors::{Detector, Detectors};
use component::settings::{Problem, SecretReference, Validate};
use component::{BuildError, ComponentId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Hides secrets and personal data: what a detector finds is replaced by `****`, and the value of
/// a key that names a secret is replaced as a whole. `{}` switches the defaults on.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Which detectors look.
    pub detectors: Detectors,
    /// What becomes of what a detector finds, by its name; what is not named is masked.
    pub actions: BTreeMap<Detector, Action>,
    /// The key for `hash` and `pseudonymize`.
    pub hash: Option<HashKey>,
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
    /// What becomes of what a detector finds.
    pub fn action(&self, detector: Detector) -> Action {
        self.actions.get(&detector).copied().unwrap_or_default()
    }

    /// Makes the processor.
    pub fn build(self, id: &ComponentId) -> Result<Redaction, BuildError> {
        Ok(Redaction::new(&self, id))
    }
}

impl Validate for Config {
    fn validate(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if !Detector::ALL.iter().any(|detector| self.detectors.on(*detector)) {
            problems.push(Problem::at(
                "detectors",
                "every detector is off; to pass data on unredacted say `redaction: off` in the pipeline",
            ));
        }
        for (detector, action) in &self.actions {
            let at = || format!("actions.{}", detector.name());
            if !self.detectors.on(*detector) {
                problems.push(Problem::at(at(), "the detector is off; switch it on or take its action out"));
            }
            if matches!(action, Action::Hash | Action::Pseudonymize) && self.hash.is_none() {
                problems.push(Problem::at(at(), "needs a key: say `hash: { key_id: …, key: ${env:…} }`"));
            }
        }
        if let Some(hash) = &self.hash {
            problems.extend(hash.problems());
        }
        problems
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
