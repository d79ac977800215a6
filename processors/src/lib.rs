//! Processors: redaction, security_event.

pub mod security_event;

use component::settings::{Problem, Validate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A processor of the configuration, by the type part of its id.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Config {
    /// Masks what must not leave.
    #[serde(rename = "redaction")]
    Redaction(Placeholder),
    /// Turns log records into security events.
    #[serde(rename = "security_event")]
    SecurityEvent(Placeholder),
}

/// Placeholder.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Placeholder {}

impl Validate for Config {
    fn validate(&self) -> Vec<Problem> {
        Vec::new()
    }
}

impl Config {
    /// Stand-in until the processors are there.
    pub fn build(self, _: &component::ComponentId) -> Result<Box<dyn component::Processor>, component::BuildError> {
        struct Pass;
        impl component::Processor for Pass {
            fn process(&self, request: pdata::Request, _: &component::Context) -> Result<pdata::Request, component::Refusal> {
                Ok(request)
            }
        }
        Ok(Box::new(Pass))
    }
}
