//! One attempt: encode, wait for the breaker and the rate limit, send within the timeout.

use crate::breaker::Failure;
use crate::lane::Lane;
use crate::lot::Lot;
use crate::telemetry::Ending;
use component::{Exporter, Outcome, Reason, Verdict};
use std::sync::Arc;

/// Below this many bytes encoding takes less time than handing it to another thread.
const ENCODED_IN_PLACE: u64 = 16 << 10;

/// Why an attempt failed that took too long. Nobody knows whether the destination has the batch.
const TIMEOUT: Reason = Reason::of("the attempt timed out");

/// Writes a lot in the destination's format, off the reactor if that takes long.
///
/// # Panics
///
/// As the exporter's own code does: a bug there ends the loop instead of being taken for bad data.
pub(crate) async fn encode<E: Exporter>(exporter: &Arc<E>, lot: Lot) -> (Lot, Result<E::Payload, Reason>) {
    if lot.size() <= ENCODED_IN_PLACE {
        let payload = exporter.encode(lot.batch());
        return (lot, payload);
    }
    let exporter = Arc::clone(exporter);
    let encoded = tokio::task::spawn_blocking(move || {
        let payload = exporter.encode(lot.batch());
        (lot, payload)
    });
    match encoded.await {
        Ok(encoded) => encoded,
        Err(failed) => match failed.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // Cancelled: the runtime shuts down, and this task with it.
            Err(_) => std::future::pending().await,
        },
    }
}

/// Sends once, and tells breaker, health and metrics how it went.
pub(crate) async fn attempt<E: Exporter>(
    lane: &Lane,
    exporter: &E,
    payload: &E::Payload,
    records: u64,
) -> Outcome {
    let pass = lane.breaker.pass().await;
    if let Some(limiter) = &lane.limiter {
        limiter.admit(records).await;
    }
    let export = exporter.export(payload);
    let outcome = match lane.timeout {
        None => Ok(export.await),
        Some(timeout) => tokio::time::timeout(timeout, export).await,
    };
    let (ending, outcome) = match outcome {
        Ok(outcome) => (ending(&outcome), outcome),
        Err(_) => (Ending::Timeout, Outcome::Retry { after: None, reason: TIMEOUT }),
    };
    lane.metrics.attempt(ending);
    lane.record(failing(&outcome));
    pass.report(failure(&outcome)).await;
    outcome
}

fn ending(outcome: &Outcome) -> Ending {
    match outcome {
        Outcome::Delivered => Ending::Delivered,
        Outcome::Partial(_) => Ending::Partial,
        Outcome::Refused { .. } => Ending::Refused,
        Outcome::Retry { .. } => Ending::Retry,
        Outcome::TooLarge => Ending::TooLarge,
        Outcome::Rejected(_) => Ending::Rejected,
        Outcome::Impossible(_) => Ending::Impossible,
    }
}

/// Whether the destination is out of order: what the breaker counts. One that rejects works.
fn failure(outcome: &Outcome) -> Result<(), Failure> {
    match outcome {
        Outcome::Retry { after, .. } => Err(Failure { after: *after }),
        Outcome::Partial(verdicts) if verdicts.iter().all(|verdict| *verdict == Verdict::Retry) => {
            Err(Failure { after: None })
        }
        _ => Ok(()),
    }
}

/// Whether data gets through: what the operator wants to know.
fn failing(outcome: &Outcome) -> Option<&Reason> {
    const ALL_AGAIN: Reason = Reason::of("every record is to be tried again");
    match outcome {
        Outcome::Retry { reason, .. } | Outcome::Rejected(reason) | Outcome::Impossible(reason) => {
            Some(reason)
        }
        Outcome::Partial(_) if failure(outcome).is_err() => Some(const { &ALL_AGAIN }),
        _ => None,
    }
}
