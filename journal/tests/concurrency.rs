//! Many senders and readers on many threads: nobody sleeps through what it waits for.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::expect_used)]

mod support;

use component::Budget;
use journal::{Cursor, Journal, OnFull, Portion, Settings, Settled, Watermark};
use std::sync::Arc;
use std::time::Duration;
use support::{frame, request};

const SENDERS: u64 = 4;
const REQUESTS: u64 = 3000;

/// Reads in batches that are mostly larger than what the journal holds, and settles them backwards.
async fn read(mut cursor: Cursor, batch: u64) {
    let settler = cursor.settler();
    let mut left = SENDERS * REQUESTS * 2;
    while left > 0 {
        cursor.unread(batch.min(left), u64::MAX).await;
        let taken = cursor.take(Portion {
            records: batch,
            bytes: u64::MAX,
            max_records: u64::MAX,
            max_bytes: u64::MAX,
        });
        left -= 2 * taken.len() as u64;
        tokio::task::yield_now().await;
        settler.settle_all(taken.into_iter().rev().map(|taken| (taken.seq, Settled::Delivered(2))));
    }
}

/// Without a timer anywhere: one lost wake-up and it never ends.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn blocked_senders_and_sleeping_readers_always_wake_one_another() {
    let journal = Journal::memory(Settings { max_bytes: 20 * 300, on_full: OnFull::Block });
    let budget = Budget::new(1 << 20);
    let readers: Vec<_> = [1, 17, 1000]
        .into_iter()
        .map(|batch| tokio::spawn(read(journal.cursor("reader", true, None), batch)))
        .collect();
    let senders: Vec<_> = (0..SENDERS)
        .map(|sender| {
            let (journal, budget) = (Arc::clone(&journal), Arc::clone(&budget));
            tokio::spawn(async move {
                for id in 0..REQUESTS {
                    let frame = frame(&budget, request(sender * REQUESTS + id, 2));
                    journal.append(frame, Watermark::Received).await.unwrap();
                }
            })
        })
        .collect();
    let all = async {
        for task in senders.into_iter().chain(readers) {
            task.await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(60), all).await.expect("somebody slept through its wake-up");
    assert_eq!(budget.used(), 0);
    for cursor in journal.snapshot().cursors {
        assert!(cursor.is_balanced());
        assert_eq!(cursor.delivered, SENDERS * REQUESTS * 2);
    }
}
