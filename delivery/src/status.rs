//! How an exporter is doing, for health checks.

use crate::breaker::BreakerState;
use component::Reason;
use std::time::Duration;
use tokio::time::Instant;

/// How an exporter is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Whether attempts succeed.
    pub health: Health,
    /// Whether attempts are made.
    pub breaker: BreakerState,
}

/// Whether attempts succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// The last attempt succeeded, or there was none yet.
    Ok,
    /// No attempt has succeeded since.
    Failing {
        /// When the first of them failed.
        since: Instant,
        /// For how long, at the moment of asking.
        lasting: Duration,
        /// How many have failed in a row.
        attempts: u32,
        /// Why the last one failed.
        reason: Reason,
    },
}

/// The attempts that failed in a row.
#[derive(Debug, Default)]
pub(crate) struct Record(Option<Failures>);

#[derive(Debug)]
struct Failures {
    since: Instant,
    last: Instant,
    attempts: u32,
    reason: Reason,
}

impl Record {
    pub(crate) fn succeeded(&mut self) {
        self.0 = None;
    }

    /// Rejections count too: a destination that refuses everything for good is no healthy one.
    pub(crate) fn failed(&mut self, reason: &Reason) {
        let now = Instant::now();
        let (since, attempts) = self.0.as_ref().map_or((now, 0), |before| (before.since, before.attempts));
        let attempts = attempts.saturating_add(1);
        self.0 = Some(Failures { since, last: now, attempts, reason: reason.clone() });
    }

    pub(crate) fn health(&self) -> Health {
        match &self.0 {
            None => Health::Ok,
            Some(Failures { since, attempts, reason, .. }) => Health::Failing {
                since: *since,
                lasting: since.elapsed(),
                attempts: *attempts,
                reason: reason.clone(),
            },
        }
    }

    /// Whether as many attempts in a row have failed, the last of them less than `within` ago.
    pub(crate) fn failed_lately(&self, attempts: u32, within: Duration) -> bool {
        self.0.as_ref().is_some_and(|failed| failed.attempts >= attempts && failed.last.elapsed() < within)
    }
}
