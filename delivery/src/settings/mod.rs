//! What an operator can say about delivery, spelled as the Collector spells it. Exporters embed
//! these sections in their own settings.

mod circuit_breaker;
mod dead_letter_retry;
mod rate_limit;
mod retry_on_failure;
mod sending_queue;

pub use circuit_breaker::CircuitBreaker;
pub use dead_letter_retry::DeadLetterRetry;
pub use rate_limit::RateLimit;
pub use retry_on_failure::RetryOnFailure;
pub(crate) use sending_queue::SplitAbove;
pub use sending_queue::{Batching, SendingQueue};

use component::settings::{Duration, Problem, Validate};
use serde::{Deserialize, Serialize};

/// How one exporter delivers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How long one attempt may take; 0s: as long as it wants. The default is the exporter's: 5s, or 30s for
    /// those that send over HTTP.
    pub timeout: Option<Duration>,
    /// What happens after an attempt that may succeed later.
    pub retry_on_failure: RetryOnFailure,
    /// Whether what was rejected for good is tried again, from the dead letters. Needs a place to keep them.
    pub dead_letter_retry: DeadLetterRetry,
    /// How much may wait, how it is batched, how many batches are on their way at once.
    pub sending_queue: SendingQueue,
    /// When to leave a failing destination alone.
    pub circuit_breaker: CircuitBreaker,
    /// How fast to send at most.
    pub rate_limit: RateLimit,
}

impl Settings {
    /// The Collector's timeout of one attempt, for exporters that have none of their own.
    pub const TIMEOUT: Duration = Duration::secs(5);

    /// How long one attempt may take; `None` for as long as it wants.
    pub fn attempt_timeout(&self) -> Option<std::time::Duration> {
        Some(*self.timeout.unwrap_or(Settings::TIMEOUT)).filter(|timeout| !timeout.is_zero())
    }
}

impl Validate for Settings {
    fn validate(&self) -> Vec<Problem> {
        let sections: [(&str, &dyn Validate); 5] = [
            ("retry_on_failure", &self.retry_on_failure),
            ("dead_letter_retry", &self.dead_letter_retry),
            ("sending_queue", &self.sending_queue),
            ("circuit_breaker", &self.circuit_breaker),
            ("rate_limit", &self.rate_limit),
        ];
        let problems = |(name, section): (&'static str, &dyn Validate)| {
            section.validate().into_iter().map(move |problem| problem.under(name)).collect::<Vec<_>>()
        };
        sections.into_iter().flat_map(problems).collect()
    }
}
