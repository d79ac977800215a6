//! Stand-in until the processor is merged.

use component::settings::{Problem, Validate};
use component::{BuildError, ComponentId, Context, Processor, Refusal};
use pdata::Request;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// No settings yet.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {}

impl Config {
    /// Makes the processor.
    pub fn build(self, _: &ComponentId) -> Result<SecurityEvent, BuildError> {
        Ok(SecurityEvent)
    }
}

impl Validate for Config {
    fn validate(&self) -> Vec<Problem> {
        Vec::new()
    }
}

/// Passes everything on as it is.
pub struct SecurityEvent;

impl Processor for SecurityEvent {
    fn process(&self, request: Request, _: &Context) -> Result<Request, Refusal> {
        Ok(request)
    }
}
