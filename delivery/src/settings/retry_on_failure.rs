//! `retry_on_failure`

use component::settings::{Duration, Problem, Validate};
use serde::{Deserialize, Serialize};

/// Exponential backoff between the attempts to deliver a batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RetryOnFailure {
    /// Try again. Without it, what fails once goes to the dead letters.
    pub enabled: bool,
    /// Interval after the first failure.
    pub initial_interval: Duration,
    /// Spread of the delay round the interval, as the Collector has it: between `interval × (1 −
    /// factor)` and `interval × (1 + factor)`. Unset: full jitter, any delay from 0 to the
    /// interval, which keeps a fleet of agents from returning in step after an outage.
    pub randomization_factor: Option<f64>,
    /// What the interval grows by from failure to failure.
    pub multiplier: f64,
    /// What the interval grows to at most.
    pub max_interval: Duration,
    /// Give up, and send the batch to the dead letters, when it has been tried for so long. 0s:
    /// never. (The Collector gives up after 300s, so an outage of six minutes costs data.)
    pub max_elapsed_time: Duration,
}

impl Default for RetryOnFailure {
    fn default() -> RetryOnFailure {
        RetryOnFailure {
            enabled: true,
            initial_interval: Duration::secs(5),
            randomization_factor: None,
            multiplier: 1.5,
            max_interval: Duration::secs(30),
            max_elapsed_time: Duration::secs(0),
        }
    }
}

impl Validate for RetryOnFailure {
    /// Checked also where retrying is off, as the Collector does.
    fn validate(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut wrong = |key: &str, message: &str| problems.push(Problem::at(key, message));
        let not_below_zero = |value: f64| value.is_finite() && value >= 0.0;
        if !not_below_zero(self.multiplier) {
            wrong("multiplier", "multiplier value must be greater than or equal to 0");
        }
        match self.randomization_factor {
            Some(factor) if !not_below_zero(factor) => {
                wrong("randomization_factor", "randomization_factor value must be greater than or equal to 0")
            }
            Some(factor) if factor > 1.0 => {
                wrong("randomization_factor", "randomization_factor value must be less than or equal to 1")
            }
            _ => {}
        }
        if !self.max_elapsed_time.is_zero() {
            if self.max_elapsed_time < self.initial_interval {
                wrong("max_elapsed_time", "'max_elapsed_time' must not be less than 'initial_interval'");
            }
            if self.max_elapsed_time < self.max_interval {
                wrong("max_elapsed_time", "'max_elapsed_time' must not be less than 'max_interval'");
            }
        }
        problems
    }
}
