//! The processor's settings.

use super::Redaction;
use super::detectors::{Detector, Detectors};
use component::settings::{Problem, Validate};
use component::{BuildError, ComponentId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Hides secrets and personal data: what a detector finds is replaced by `****`, and the value of
/// a key that names a secret is replaced as a whole. `{}` switches the defaults on.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Which detectors look.
    pub detectors: Detectors,
}

impl Config {
    /// Makes the processor.
    pub fn build(self, id: &ComponentId) -> Result<Redaction, BuildError> {
        Ok(Redaction::new(&self, id))
    }
}

impl Validate for Config {
    fn validate(&self) -> Vec<Problem> {
        match Detector::ALL.iter().any(|detector| self.detectors.on(*detector)) {
            true => Vec::new(),
            false => vec![Problem::at(
                "detectors",
                "every detector is off; to pass data on unredacted say `redaction: off` in the pipeline",
            )],
        }
    }
}
