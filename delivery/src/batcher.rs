//! When a batch is ready and what goes into it.
//!
//! A batch forms in the journal itself: nothing is read until it is full or has waited for long
//! enough, so a batch costs its reader two wake-ups, however many requests it is made of.

use crate::lot::Lot;
use crate::settings::{SendingQueue, SplitAbove};
use crate::stop::Stop;
use journal::{Cursor, Portion};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// Forms the batches of one cursor.
#[derive(Debug)]
pub(crate) struct Batcher {
    portion: Portion,
    split_above: SplitAbove,
    flush_timeout: Duration,
    /// Set while a batch is forming; kept here so that [`Batcher::ready`] can be cancelled.
    flush_at: Option<Instant>,
}

impl Batcher {
    pub(crate) fn new(settings: &SendingQueue) -> Batcher {
        Batcher {
            portion: settings.portion(),
            split_above: settings.split_above(),
            flush_timeout: *settings.batch.flush_timeout,
            flush_at: None,
        }
    }

    /// Waits until a batch is due: it is full, its first request has waited for long enough, or the
    /// loop is told to drain. `false` when it is told to drain and everything was read.
    pub(crate) async fn ready(&mut self, cursor: &mut Cursor, stop: &mut Stop) -> bool {
        tokio::select! {
            biased;
            () = cursor.unread(1, 1) => {}
            () = stop.begun() => {
                if cursor.is_exhausted() {
                    return false;
                }
                // What is on disk only has to be read back first.
                cursor.unread(1, 1).await;
            }
        }
        let flush_at = *self.flush_at.get_or_insert_with(|| Instant::now() + self.flush_timeout);
        tokio::select! {
            biased;
            () = cursor.unread(self.portion.records, self.portion.bytes) => {}
            () = stop.begun() => {}
            () = sleep_until(flush_at) => {}
        }
        true
    }

    /// Reads the batch that is due. Several lots where one request is larger than a batch may be.
    pub(crate) fn take(&mut self, cursor: &mut Cursor) -> Vec<Lot> {
        self.flush_at = None;
        Lot::of(cursor.take(self.portion), self.split_above)
    }
}
