//! `circuit_breaker`

use component::settings::{Duration, Problem, Validate};
use serde::{Deserialize, Serialize};

/// Leaves a destination alone that keeps failing. What is waiting stays in the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CircuitBreaker {
    /// Pause after too many failures.
    pub enabled: bool,
    /// Failed attempts in a row that open it. A rejection is no failure: the destination is there.
    pub failure_threshold: u32,
    /// How long it stays open before one attempt is let through; longer if the destination asked
    /// for more (Retry-After).
    pub open_for: Duration,
    /// Successful attempts in a row, one at a time, that close it again.
    pub success_threshold: u32,
}

impl Default for CircuitBreaker {
    fn default() -> CircuitBreaker {
        CircuitBreaker {
            enabled: true,
            failure_threshold: 5,
            open_for: Duration::secs(10),
            success_threshold: 1,
        }
    }
}

impl Validate for CircuitBreaker {
    fn validate(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (key, wrong) in [
            ("failure_threshold", self.failure_threshold == 0),
            ("open_for", self.open_for.is_zero()),
            ("success_threshold", self.success_threshold == 0),
        ] {
            if wrong {
                let message = format!("`{key}` must be positive; to have no breaker, set enabled: false");
                problems.push(Problem::at(key, message));
            }
        }
        problems
    }
}
