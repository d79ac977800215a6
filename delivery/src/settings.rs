//! The keys that every exporter takes beside its own.

use component::settings::{Duration, Problem, Validate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Placeholder.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How long one attempt may take.
    pub timeout: Option<Duration>,
    /// The queue and its batches.
    pub sending_queue: SendingQueue,
    /// Retry with backoff.
    pub retry_on_failure: Retry,
    /// Circuit breaker.
    pub circuit_breaker: CircuitBreaker,
    /// Rate limit.
    pub rate_limit: RateLimit,
}

/// Placeholder.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SendingQueue {
    /// On or off.
    pub enabled: bool,
    /// Requests in flight at once.
    pub num_consumers: u32,
    /// How to batch.
    pub batch: Option<Batch>,
}

impl Default for SendingQueue {
    fn default() -> SendingQueue {
        SendingQueue { enabled: true, num_consumers: 10, batch: None }
    }
}

/// Placeholder.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Batch {
    /// Records that make a batch full.
    pub min_size: u64,
    /// How long a batch may wait.
    pub flush_timeout: Duration,
}

impl Default for Batch {
    fn default() -> Batch {
        Batch { min_size: 8192, flush_timeout: Duration::millis(200) }
    }
}

/// Placeholder.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Retry {
    /// On or off.
    pub enabled: bool,
    /// The first delay.
    pub initial_interval: Duration,
    /// The longest delay.
    pub max_interval: Duration,
    /// When to give up; 0 is never.
    pub max_elapsed_time: Duration,
}

impl Default for Retry {
    fn default() -> Retry {
        Retry {
            enabled: true,
            initial_interval: Duration::secs(5),
            max_interval: Duration::secs(30),
            max_elapsed_time: Duration::secs(300),
        }
    }
}

/// Placeholder.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CircuitBreaker {
    /// On or off.
    pub enabled: bool,
}

/// Placeholder.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimit {
    /// Records a second; 0 is no limit.
    pub records_per_second: u64,
}

impl Validate for Settings {
    fn validate(&self) -> Vec<Problem> {
        if self.sending_queue.num_consumers == 0 {
            return vec![Problem::at("sending_queue.num_consumers", "`num_consumers` must be positive")];
        }
        Vec::new()
    }
}
