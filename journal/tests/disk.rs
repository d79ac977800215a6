//! What a journal on disk promises beside the promises of every journal, one a test, on real files.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::expect_used)]

mod support;

use component::Budget;
use journal::{Journal, OnFull, Settings, Settled, Storage, Watermark};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use support::{append, frame, request};

fn storage() -> Storage {
    Storage { segment_bytes: 64 << 10, min_free_bytes: 0, memory: 16 << 10, ..Storage::default() }
}

fn open(directory: &Path) -> Arc<Journal> {
    open_with(directory, storage(), Settings { max_bytes: 1 << 20, on_full: OnFull::Refuse })
}

fn open_with(directory: &Path, storage: Storage, settings: Settings) -> Arc<Journal> {
    Journal::open(directory, storage, settings).unwrap()
}

/// Appends requests and waits until they are durable.
async fn send(journal: &Journal, ids: std::ops::Range<u64>) {
    let budget = Budget::new(1 << 30);
    let mut receipts = Vec::new();
    for id in ids {
        receipts.push(append(journal, frame(&budget, request(id, 1)), Watermark::Durable).unwrap());
    }
    for receipt in receipts {
        receipt.reached().await.unwrap();
    }
}

/// Reads so many frames, and checks that they are the ones that were sent.
async fn receive(cursor: &mut journal::Cursor, ids: std::ops::Range<u64>, settle: bool) {
    let settler = cursor.settler();
    for id in ids {
        let taken = cursor.next().await;
        assert_eq!((taken.seq.0, &taken.request), (id, &request(id, 1)));
        if settle {
            settler.settle(taken.seq, Settled::Delivered(1));
        }
    }
}

async fn within<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), what).await.expect("it takes for ever")
}

#[tokio::test]
async fn a_name_goes_on_where_it_left_off_and_a_new_one_begins_behind() {
    let directory = tempfile::tempdir().unwrap();
    {
        let journal = open(directory.path());
        let mut cursor = journal.cursor("siem_http/main", true, None);
        within(send(&journal, 0..1000)).await;
        within(receive(&mut cursor, 0..300, true)).await;
        within(receive(&mut cursor, 300..400, false)).await;
    }
    let journal = open(directory.path());
    let unclaimed = journal.unclaimed_cursors();
    assert_eq!((unclaimed[0].name.as_str(), unclaimed[0].waiting.requests), ("siem_http/main", 700));
    let mut cursor = journal.cursor("siem_http/main", true, None);
    let mut new = journal.cursor("file", true, None);
    assert!(journal.unclaimed_cursors().is_empty());
    let seen = journal.snapshot();
    assert_eq!((seen.cursors[0].accepted, seen.cursors[0].waiting), (700, 700));
    assert_eq!((seen.cursors[1].accepted, seen.cursors[1].waiting), (0, 0));
    within(send(&journal, 1000..1010)).await;
    within(receive(&mut cursor, 300..1010, true)).await;
    within(receive(&mut new, 1000..1010, true)).await;
    let seen = journal.snapshot();
    assert!(seen.cursors.iter().all(|cursor| cursor.is_balanced() && cursor.waiting == 0));
    assert_eq!(seen.cursors[0].delivered, 710);
}

#[tokio::test]
async fn segments_go_when_the_last_cursor_is_past_them_and_so_does_what_a_removed_exporter_pinned() {
    let directory = tempfile::tempdir().unwrap();
    {
        let journal = open(directory.path());
        let (mut one, _two) = (journal.cursor("one", true, None), journal.cursor("two", true, None));
        within(send(&journal, 0..3000)).await;
        within(receive(&mut one, 0..3000, true)).await;
        assert!(journal.status().segments > 3, "{:?}", journal.status());
    }
    let journal = open(directory.path());
    let mut one = journal.cursor("one", true, None);
    assert!(journal.status().segments > 3);
    assert!(journal.forget("two"));
    assert!(!journal.forget("two"));
    within(send(&journal, 3000..3001)).await;
    within(receive(&mut one, 3000..3001, true)).await;
    assert_eq!(journal.status().segments, 1);
    drop(one);
    drop(journal);
    let logs = std::fs::read_dir(directory.path()).unwrap();
    let logs = logs.filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|e| e == "log"));
    assert_eq!(logs.count(), 1);
    assert_eq!(std::fs::read_dir(directory.path().join("cursors")).unwrap().count(), 1);
}

#[tokio::test]
async fn memory_and_permits_stay_within_the_ring_however_much_waits() {
    let directory = tempfile::tempdir().unwrap();
    let journal =
        open_with(directory.path(), storage(), Settings { max_bytes: 64 << 20, on_full: OnFull::Refuse });
    let mut cursor = journal.cursor("a", true, None);
    let budget = Budget::new(1 << 30);
    for id in 0..20_000 {
        let receipt = append(&journal, frame(&budget, request(id, 1)), Watermark::Durable).unwrap();
        if id % 1000 == 999 {
            within(receipt.reached()).await.unwrap();
        }
    }
    assert!(journal.status().memory_bytes <= 16 << 10);
    // A permit is held by what is in memory only. Whoever is answered may be a moment ahead of it.
    within(async {
        while budget.used() > (16 << 10) / 256 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(journal.snapshot().cursors[0].waiting, 20_000);
    within(receive(&mut cursor, 0..20_000, true)).await;
    assert_eq!(journal.snapshot().cursors[0].waiting, 0);
    assert_eq!(budget.used(), 0);
}
