//! The segment to come: made ahead of its time of one that has gone, and never in anybody's way.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::expect_used)]

mod support;

use component::Budget;
use futures_util::FutureExt;
use journal::inspect::{Entry, Inspection};
use journal::{Cursor, Health, Journal, NotTaken, OnFull, Settings, Settled, Storage, Unsettled, Watermark};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use support::sim_disk::{Faults, SimDisk};
use support::{frame, request, until};

const SEGMENT: u64 = 16 << 10;
const DIRECTORY: &str = "/data/logs";

fn open(disk: &SimDisk) -> (Arc<Journal>, Cursor) {
    let settings = Settings { max_bytes: 1 << 20, on_full: OnFull::Refuse };
    let storage =
        Storage { segment_bytes: SEGMENT, min_free_bytes: 0, memory: 4 << 10, ..Storage::default() };
    let journal = Journal::open_on(Arc::new(disk.clone()), Path::new(DIRECTORY), storage, settings).unwrap();
    let cursor = journal.cursor("a", true, None);
    (journal, cursor)
}

/// Appends a request of about 100 bytes and waits until it is durable.
async fn send(journal: &Journal, id: u64) -> Result<(), Result<Unsettled, NotTaken>> {
    let budget = Budget::new(1 << 20);
    let append = journal.append(frame(&budget, request(id, 10)), Watermark::Durable);
    let receipt = append.now_or_never().expect("it waits for room").map_err(Err)?;
    let reached = tokio::time::timeout(Duration::from_secs(20), receipt.reached()).await;
    reached.expect("no answer").map(|_| ()).map_err(Ok)
}

async fn deliver(cursor: &mut Cursor, ids: std::ops::Range<u64>) {
    for id in ids {
        let taken =
            tokio::time::timeout(Duration::from_secs(20), cursor.next()).await.expect("nothing to read");
        assert_eq!((taken.seq.0, &taken.request), (id, &request(id, 10)));
        cursor.settler().settle(taken.seq, Settled::Delivered(10));
    }
}

fn look(disk: &SimDisk) -> Inspection {
    Inspection::on(Arc::new(disk.clone()), Path::new(DIRECTORY)).unwrap()
}

fn logs(disk: &SimDisk) -> Vec<PathBuf> {
    disk.files(DIRECTORY).into_iter().filter(|path| path.extension().is_some_and(|e| e == "log")).collect()
}

/// Sends until a spare is there for good; the number of the next request.
async fn send_until_spare(disk: &SimDisk, journal: &Journal, from: u64) -> u64 {
    let deadline = Instant::now() + Duration::from_secs(20);
    for id in from.. {
        send(journal, id).await.unwrap();
        if look(disk).spare_bytes > 0 {
            let spare = logs(disk).pop().unwrap();
            until("it survives a crash", || disk.is_durable(&spare)).await;
            return id + 1;
        }
        assert!(Instant::now() < deadline, "no spare is made");
    }
    unreachable!()
}

#[tokio::test]
async fn a_reader_that_keeps_up_makes_the_journal_live_on_the_same_few_files() {
    let disk = SimDisk::new(1);
    let (journal, mut cursor) = open(&disk);
    for id in 0..3000 {
        send(&journal, id).await.unwrap();
        deliver(&mut cursor, id..id + 1).await;
    }
    let numbers = look(&disk).segments.last().unwrap().header.unwrap().id;
    assert!(numbers > 15, "only {numbers} segments");
    assert!(disk.created() <= 8, "{} files for {numbers} segments", disk.created());
    assert!(disk.used() <= 5 * SEGMENT);
}

/// What is written beside the frames themselves is a KiB a segment and the cursors' places.
#[tokio::test]
async fn every_accepted_byte_is_written_once() {
    let disk = SimDisk::new(1);
    let (journal, mut cursor) = open(&disk);
    let (budget, mut accepted) = (Budget::new(1 << 30), 0);
    for id in 0..300 {
        let request = request(id, 200);
        accepted += request.bytes().len() as u64;
        let receipt = journal.append(frame(&budget, request), Watermark::Durable).await.unwrap();
        receipt.reached().await.unwrap();
        let taken = cursor.next().await;
        cursor.settler().settle(taken.seq, Settled::Delivered(200));
    }
    // Of each frame 64 bytes are its header and context, and up to 7 its padding.
    let frames = accepted + 300 * (64 + 7);
    let segments = look(&disk).segments.last().unwrap().header.unwrap().id + 2;
    let most = frames + 2 * 1024 * segments + (16 << 10);
    let written = disk.written();
    assert!(
        (accepted..most).contains(&written),
        "{written} bytes written for {accepted}, {segments} segments"
    );
    assert!(written * 100 < accepted * 120);
}

#[tokio::test]
async fn a_look_while_files_are_used_again_finds_no_damage() {
    let disk = SimDisk::new(2);
    let (journal, mut cursor) = open(&disk);
    let mut looks = Vec::new();
    for id in 0..1500 {
        send(&journal, id).await.unwrap();
        deliver(&mut cursor, id..id + 1).await;
        if id % 100 == 0 {
            // Some of it is read at once, and the rest when the files have had other uses.
            let inspection = look(&disk);
            assert!(inspection.segments.iter().all(|segment| segment.header.is_some()));
            let mut entries = inspection.entries();
            assert!(matches!(entries.next(), Some(Ok(Entry::Frame(_)))));
            looks.push(entries);
        }
    }
    for entry in looks.into_iter().flatten() {
        assert!(matches!(entry.unwrap(), Entry::Frame(_)));
    }
}

#[tokio::test]
async fn a_stop_leaves_no_spare_and_a_crash_leaves_one_that_the_next_start_removes() {
    let disk = SimDisk::new(3);
    let (journal, cursor) = open(&disk);
    let sent = send_until_spare(&disk, &journal, 0).await;
    let before = logs(&disk).len();
    journal.finish();
    assert_eq!(logs(&disk).len(), before - 1);
    assert_eq!(look(&disk).spare_bytes, 0);
    drop((journal, cursor));

    let (journal, cursor) = open(&disk);
    let sent = send_until_spare(&disk, &journal, sent).await;
    let spare = logs(&disk).pop().unwrap();
    disk.crash_after(0);
    let disk = disk.reboot();
    drop((journal, cursor));
    assert!(logs(&disk).contains(&spare));
    let (journal, mut cursor) = open(&disk);
    assert!(!logs(&disk).contains(&spare));
    assert!(disk.files("/data/logs/quarantine").is_empty());
    assert_eq!(journal.status().corrupt_bytes, 0);
    deliver(&mut cursor, 0..sent).await;
}

/// The segment that is being written has its space, and the spare too: only when both are used is it full.
#[tokio::test]
async fn a_disk_that_has_no_room_for_a_spare_is_full_when_the_current_segment_is() {
    let disk = SimDisk::new(4);
    let (journal, _cursor) = open(&disk);
    send(&journal, 0).await.unwrap();
    disk.set_capacity(disk.used() + 100);
    let mut id = 1;
    let refused = loop {
        match send(&journal, id).await {
            Ok(()) => id += 1,
            Err(refused) => break refused,
        }
        assert_eq!(journal.status().health, Health::Healthy, "after {id}");
    };
    assert!(refused == Ok(Unsettled::DiskFull) || refused == Err(NotTaken::DiskFull));
    assert_eq!(look(&disk).segments.len(), 1);
    assert!(look(&disk).segments[0].bytes + 300 > SEGMENT, "it was full");
    disk.set_capacity(u64::MAX);
    until("it goes on by itself", || journal.status().health == Health::Healthy).await;
}

#[tokio::test]
async fn a_spare_that_cannot_be_made_is_nobodys_trouble_until_it_is_needed() {
    let disk = SimDisk::new(5);
    let (journal, mut cursor) = open(&disk);
    send(&journal, 0).await.unwrap();
    disk.set_faults(Faults { create: 1000, ..Faults::default() });
    for id in 1..(SEGMENT * 3 / 4 / 250) {
        send(&journal, id).await.unwrap();
        assert_eq!(journal.status().health, Health::Healthy);
    }
    disk.set_faults(Faults::default());
    let sent = SEGMENT * 3 / 4 / 250;
    for id in sent..sent + 200 {
        send(&journal, id).await.unwrap();
    }
    deliver(&mut cursor, 0..sent + 200).await;
}

/// The spare is as large as a segment; a larger request makes it larger.
#[tokio::test]
async fn a_request_that_is_larger_than_the_spare_is_kept_in_order() {
    let disk = SimDisk::new(6);
    let (journal, mut cursor) = open(&disk);
    let sent = send_until_spare(&disk, &journal, 0).await;
    let budget = Budget::new(1 << 20);
    let large = request(sent, 6000);
    assert!(large.bytes().len() as u64 > 2 * SEGMENT);
    let receipt = journal.append(frame(&budget, large.clone()), Watermark::Durable).await.unwrap();
    receipt.reached().await.unwrap();
    send(&journal, sent + 1).await.unwrap();
    drop((journal, cursor));
    (_, cursor) = open(&disk);
    deliver(&mut cursor, 0..sent).await;
    let taken = cursor.next().await;
    assert_eq!(taken.request, large);
    cursor.settler().settle(taken.seq, Settled::Delivered(6000));
    deliver(&mut cursor, sent + 1..sent + 2).await;
}

/// Nothing is written again to a file that a write or a sync has failed on.
#[tokio::test]
async fn a_file_that_the_disk_failed_on_is_not_used_again() {
    let disk = SimDisk::new(7);
    let (journal, mut cursor) = open(&disk);
    // Far from half a segment: nothing else is synced meanwhile, and no spare is made afresh.
    let sent = 5;
    for id in 0..sent {
        send(&journal, id).await.unwrap();
    }
    let bad = look(&disk).segments.last().unwrap().path.clone();
    disk.fail_syncs(1);
    send(&journal, sent).await.unwrap();
    assert_eq!(journal.status().segments, 2);
    deliver(&mut cursor, 0..sent + 1).await;
    until("it is gone", || !logs(&disk).contains(&bad)).await;
    assert_eq!(look(&disk).spare_bytes, 0, "it was not made a spare");
}
