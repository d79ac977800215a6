//! `rate_limit`

use component::settings::{Problem, Validate};
use serde::{Deserialize, Serialize};

/// How fast to send at most. What is too fast waits in the journal.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimit {
    /// Limit the rate. Off by default.
    pub enabled: bool,
    /// Attempts a second. Unset: no limit.
    pub requests_per_second: Option<u32>,
    /// Records a second, retries included. Unset: no limit.
    pub records_per_second: Option<u32>,
    /// Seconds' worth that may be sent at once after a pause. Unset: 1.
    pub burst_seconds: Option<u32>,
}

impl Validate for RateLimit {
    fn validate(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (key, value) in [
            ("requests_per_second", self.requests_per_second),
            ("records_per_second", self.records_per_second),
            ("burst_seconds", self.burst_seconds),
        ] {
            if value == Some(0) {
                problems.push(Problem::at(key, format!("`{key}` must be positive")));
            }
        }
        if self.enabled && self.requests_per_second.is_none() && self.records_per_second.is_none() {
            let message = "a rate limit needs `requests_per_second` or `records_per_second`";
            problems.push(Problem::at("", message));
        }
        problems
    }
}
