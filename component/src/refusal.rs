//! Why a request is not taken.

use std::time::Duration;

/// Decides the status on the wire: each variant is one row of the OTLP specification's table.
///
/// Texts name what is wrong and never hold a value of the data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not a well-formed request: 400 / INVALID_ARGUMENT with BadRequest details. Not to be retried.
    #[error("{0}")]
    Invalid(String),
    /// Over a size limit: 413 / RESOURCE_EXHAUSTED without RetryInfo. Not to be retried.
    #[error("request larger than {limit} bytes")]
    TooLarge {
        /// The limit it exceeds, in bytes.
        limit: usize,
    },
    /// No room: 503 / UNAVAILABLE with a retry hint.
    #[error("the agent is full; send again later")]
    Overloaded {
        /// When it is worth trying again.
        retry_after: Duration,
    },
    /// Not possible now: 503 / UNAVAILABLE with a retry hint.
    #[error("{reason}")]
    Unavailable {
        /// What is missing.
        reason: &'static str,
        /// When it is worth trying again.
        retry_after: Duration,
    },
    /// Not allowed: 403 / PERMISSION_DENIED. Not to be retried.
    #[error("{0}")]
    Denied(&'static str),
    /// The agent itself failed: 500 / INTERNAL. Not to be retried.
    #[error("internal error: {0}")]
    Internal(&'static str),
}

impl Refusal {
    /// When the sender may try again, if it may.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Refusal::Overloaded { retry_after } | Refusal::Unavailable { retry_after, .. } => {
                Some(*retry_after)
            }
            _ => None,
        }
    }
}

impl From<pdata::Malformed> for Refusal {
    fn from(malformed: pdata::Malformed) -> Refusal {
        Refusal::Invalid(malformed.to_string())
    }
}
