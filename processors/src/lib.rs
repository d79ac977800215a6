//! Processors: redaction, security_event. Plain synchronous functions from request to request.

mod pool;
pub mod redaction;
pub mod security_event;

use component::settings::{Problem, Validate};
use component::{BuildError, ComponentId, Processor};
use pdata::Signal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The settings of one processor; the key of its section is the type in its id.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Config {
    /// Hides secrets and personal data.
    #[serde(rename = "redaction")]
    Redaction(Box<redaction::Config>),
    /// Turns log records into security events.
    #[serde(rename = "security_event")]
    SecurityEvent(security_event::Config),
}

impl Config {
    /// The signals whose pipelines may list it.
    pub fn signals(&self) -> &[Signal] {
        match self {
            Config::Redaction(_) => &Signal::ALL,
            Config::SecurityEvent(_) => &[Signal::Logs],
        }
    }

    /// Makes the processor.
    pub fn build(self, id: &ComponentId) -> Result<Box<dyn Processor>, BuildError> {
        match self {
            Config::Redaction(config) => Ok(Box::new(config.build(id)?)),
            Config::SecurityEvent(config) => Ok(Box::new(security_event::SecurityEvent::new(config))),
        }
    }
}

impl Validate for Config {
    fn validate(&self) -> Vec<Problem> {
        match self {
            Config::Redaction(config) => config.validate(),
            Config::SecurityEvent(config) => config.validate(),
        }
    }

    fn warnings(&self) -> Vec<Problem> {
        match self {
            Config::Redaction(config) => config.warnings(),
            Config::SecurityEvent(config) => config.warnings(),
        }
    }
}
