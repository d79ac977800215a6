//! Where records go that no attempt can deliver.

use component::{ComponentId, Reason};
use futures_util::future::BoxFuture;
use pdata::Request;
use std::sync::atomic::{AtomicU64, Ordering};

/// Records that one exporter has given up, as a request of their own that can be sent again.
#[derive(Clone, Debug)]
pub struct DeadLetter {
    /// The exporter that gave them up.
    pub exporter: ComponentId,
    /// The records.
    pub request: Request,
    /// Why no attempt could succeed.
    pub reason: Reason,
    /// Attempts that were made.
    pub attempts: u32,
    /// When the first attempt began, nanoseconds since the Unix epoch; 0 if there was none.
    pub first_unix_nano: u64,
    /// When they were given up, nanoseconds since the Unix epoch.
    pub last_unix_nano: u64,
}

/// Keeps dead letters. The records are settled in the journal once `keep` has returned.
pub trait DeadLetters: Send + Sync + 'static {
    /// Takes over one dead letter.
    fn keep(&self, letter: DeadLetter) -> BoxFuture<'_, ()>;
}

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
