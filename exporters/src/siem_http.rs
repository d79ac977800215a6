//! `siem_http`: stands in until the exporter is written.

use component::settings::{Problem, Validate};
use serde::{Deserialize, Serialize};

/// Nothing to configure yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {}

impl Validate for Config {
    fn validate(&self) -> Vec<Problem> {
        Vec::new()
    }
}
