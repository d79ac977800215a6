//! `dead_letter_retry`

use component::settings::{Duration, Problem, Validate};
use serde::{Deserialize, Serialize};

/// Sending an exporter's dead letters to it again, for destinations that get mended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DeadLetterRetry {
    /// Try again. Off by default: what a destination rejects, it rejects again until somebody mends it.
    pub enabled: bool,
    /// How often every dead letter is tried. The first time is one interval after the start.
    pub interval: Duration,
    /// Dead letters that were given up longer ago are left alone. They stay until they are replayed or
    /// dropped by hand, or have to go. 0s: none is too old.
    pub max_age: Duration,
}

impl Default for DeadLetterRetry {
    fn default() -> DeadLetterRetry {
        DeadLetterRetry { enabled: false, interval: Duration::secs(300), max_age: Duration::secs(86_400) }
    }
}

impl Validate for DeadLetterRetry {
    fn validate(&self) -> Vec<Problem> {
        match self.interval.is_zero() {
            true => {
                vec![Problem::at("interval", "`interval` must be positive; to not retry, set enabled: false")]
            }
            false => Vec::new(),
        }
    }
}
