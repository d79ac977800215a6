//! Dead letters without a disk.

use super::{DeadLetter, DeadLetters};
use futures_util::future::BoxFuture;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts dead letters and logs their reasons; the data is gone.
#[derive(Debug, Default)]
pub struct CountedDeadLetters {
    records: AtomicU64,
}

impl CountedDeadLetters {
    /// Records so far.
    pub fn records(&self) -> u64 {
        self.records.load(Ordering::Relaxed)
    }
}

impl DeadLetters for CountedDeadLetters {
    fn keep(&self, letter: DeadLetter) -> BoxFuture<'_, ()> {
        let records = letter.request.records();
        self.records.fetch_add(u64::from(records), Ordering::Relaxed);
        tracing::error!(
            "otelcol.component.id" = %letter.exporter,
            "otelcol.component.kind" = "exporter",
            error = %letter.reason,
            dropped_items = records,
            attempts = letter.attempts,
            "Exporting failed. Dropping data."
        );
        Box::pin(std::future::ready(()))
    }
}
