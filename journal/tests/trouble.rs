//! What a journal does on a disk that is full, fails, or is not its own.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::expect_used)]

mod support;

use component::Budget;
use futures_util::FutureExt;
use journal::{
    Cursor, DropReason, Fsync, Health, Journal, LagLimit, NotTaken, OnFull, OpenError, Portion, Receipt,
    Settings, Settled, Sizer, Storage, Unsettled, Watermark,
};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use support::sim_disk::{Faults, SimDisk};
use support::{frame, request, until};

const SEGMENT: u64 = 16 << 10;
const ALL: Portion =
    Portion { records: u64::MAX, bytes: u64::MAX, max_records: u64::MAX, max_bytes: u64::MAX };

fn storage() -> Storage {
    Storage { segment_bytes: SEGMENT, min_free_bytes: 0, memory: 4 << 10, ..Storage::default() }
}

fn open(disk: &SimDisk, storage: Storage, on_full: OnFull, segments: u64) -> Arc<Journal> {
    let settings = Settings { max_bytes: (segments * SEGMENT) as usize, on_full };
    Journal::open_on(Arc::new(disk.clone()), Path::new("/data/logs"), storage, settings).unwrap()
}

fn append(journal: &Journal, id: u64, until: Watermark) -> Result<Receipt, NotTaken> {
    let budget = Budget::new(1 << 20);
    journal.append(frame(&budget, request(id, 20)), until).now_or_never().expect("it waits for room")
}

async fn answer(receipt: Receipt) -> Result<(), Unsettled> {
    tokio::time::timeout(Duration::from_secs(20), receipt.reached()).await.expect("no answer").map(|_| ())
}

/// Appends durably until the journal refuses, and says how many it took.
async fn fill(journal: &Journal, from: u64) -> (u64, NotTaken) {
    for id in from.. {
        match append(journal, id, Watermark::Durable) {
            Ok(receipt) => answer(receipt).await.unwrap(),
            Err(not_taken) => return (id - from, not_taken),
        }
    }
    unreachable!()
}

async fn next(cursor: &mut Cursor) -> u64 {
    let taken = tokio::time::timeout(Duration::from_secs(20), cursor.next()).await.expect("nothing to read");
    cursor.settler().settle(taken.seq, Settled::Delivered(taken.request.records()));
    taken.seq.0
}

/// Bytes of the journal's segments, the one to come included.
fn segment_bytes(disk: &SimDisk) -> u64 {
    disk.files("/data/logs").iter().map(|path| disk.content(path).len() as u64).sum()
}

fn dropped(journal: &Journal, cursor: usize, reason: DropReason) -> u64 {
    let seen = &journal.snapshot().cursors[cursor];
    assert!(seen.is_balanced());
    seen.dropped[reason as usize].1
}

#[tokio::test]
async fn at_its_limit_it_refuses_and_goes_on_when_a_segment_has_left() {
    let disk = SimDisk::new(1);
    let journal = open(&disk, storage(), OnFull::Refuse, 8);
    let mut cursor = journal.cursor("a", true, None);
    let (taken, why) = fill(&journal, 0).await;
    assert!(taken > 100 && why == NotTaken::Full && journal.is_full());
    until("the limit holds for the files", || segment_bytes(&disk) <= 8 * SEGMENT).await;
    for id in 0..taken / 2 {
        assert_eq!(next(&mut cursor).await, id);
    }
    assert!(!journal.is_full());
    let (more, _) = fill(&journal, taken).await;
    assert!(more > 0 && disk.used() <= 8 * SEGMENT);
    for id in taken / 2..taken + more {
        assert_eq!(next(&mut cursor).await, id);
    }
    assert_eq!(journal.snapshot().cursors[0].waiting, 0);
}

#[tokio::test]
async fn a_request_that_is_larger_than_a_segment_gets_one_of_its_own_again_and_again() {
    let disk = SimDisk::new(1);
    let journal = open(&disk, storage(), OnFull::Block, 8);
    let mut cursor = journal.cursor("a", true, None);
    let budget = Budget::new(1 << 20);
    for id in 0..5 {
        let large = frame(&budget, request(id, 6000));
        assert!(large.request.bytes().len() as u64 > 4 * SEGMENT);
        let receipt =
            tokio::time::timeout(Duration::from_secs(20), journal.append(large, Watermark::Durable));
        answer(receipt.await.expect("no room is made").unwrap()).await.unwrap();
        assert_eq!(next(&mut cursor).await, id);
    }
    let larger = frame(&budget, request(9, 12_000));
    let refused = journal.append(larger, Watermark::Durable).await;
    assert!(matches!(refused, Err(NotTaken::TooLarge { .. })));
}

#[tokio::test]
async fn drop_oldest_drops_whole_segments_and_counts_what_was_in_them() {
    let disk = SimDisk::new(1);
    let journal = open(&disk, storage(), OnFull::DropOldest, 8);
    let mut cursor = journal.cursor("a", true, None);
    for id in 0..2000 {
        let receipt = append(&journal, id, Watermark::Durable).unwrap();
        answer(receipt).await.unwrap();
    }
    assert!(disk.used() <= 9 * SEGMENT);
    let lost = dropped(&journal, 0, DropReason::JournalFull);
    let first = next(&mut cursor).await;
    assert_eq!(lost, first * 20);
    for id in first + 1..2000 {
        assert_eq!(next(&mut cursor).await, id);
    }
}

#[tokio::test]
async fn an_optional_cursor_loses_its_oldest_before_a_required_one_costs_a_refusal() {
    let disk = SimDisk::new(1);
    let journal = open(&disk, storage(), OnFull::Refuse, 8);
    let mut required = journal.cursor("required", true, None);
    let mut optional = journal.cursor("optional", false, None);
    for id in 0..1000 {
        answer(append(&journal, id, Watermark::Durable).unwrap()).await.unwrap();
        assert_eq!(next(&mut required).await, id);
    }
    let lost = dropped(&journal, 1, DropReason::JournalFull);
    let first = next(&mut optional).await;
    assert_eq!(lost, first * 20);
    assert!(first > 500);
}

#[tokio::test]
async fn an_optional_cursor_keeps_to_its_own_limit_also_beyond_the_memory() {
    let disk = SimDisk::new(1);
    let journal = open(&disk, storage(), OnFull::Refuse, 64);
    let mut required = journal.cursor("required", true, None);
    let mut optional =
        journal.cursor("optional", false, Some(LagLimit { sizer: Sizer::Requests, size: 300 }));
    for id in 0..1000 {
        answer(append(&journal, id, Watermark::Durable).unwrap()).await.unwrap();
        assert_eq!(next(&mut required).await, id);
        assert!(journal.snapshot().cursors[1].queue_size <= 300);
    }
    assert!(dropped(&journal, 1, DropReason::QueueFull) >= 700 * 20);
    let first = next(&mut optional).await;
    for id in first + 1..1000 {
        assert_eq!(next(&mut optional).await, id);
    }
}

#[tokio::test]
async fn what_is_too_old_is_dropped_and_counted() {
    let disk = SimDisk::new(1);
    let storage = Storage { max_age: Some(Duration::from_millis(160)), ..storage() };
    let journal = open(&disk, storage, OnFull::Refuse, 64);
    let mut cursor = journal.cursor("a", true, None);
    for id in 0..100 {
        answer(append(&journal, id, Watermark::Durable).unwrap()).await.unwrap();
    }
    let mut now = 1_000_000_000;
    let deadline = Instant::now() + Duration::from_secs(20);
    while dropped(&journal, 0, DropReason::Expired) < 2000 {
        assert!(Instant::now() < deadline, "{:?}", journal.snapshot());
        assert!(now < 1_000_000_000 + 1_000_000_000, "{now}");
        now += 10_000_000;
        disk.set_now(now);
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    assert!(now > 1_000_000_000 + 160_000_000);
    answer(append(&journal, 100, Watermark::Durable).unwrap()).await.unwrap();
    assert_eq!(next(&mut cursor).await, 100);
}

#[tokio::test]
async fn a_full_disk_refuses_and_is_used_again_when_there_is_space() {
    let disk = SimDisk::new(1);
    disk.set_capacity(4 * SEGMENT);
    let journal = open(&disk, storage(), OnFull::Refuse, 64);
    let mut cursor = journal.cursor("a", true, None);
    let mut durable = 0;
    let refused = loop {
        match append(&journal, durable, Watermark::Durable) {
            Ok(receipt) => match answer(receipt).await {
                Ok(()) => durable += 1,
                Err(why) => break why,
            },
            Err(other) => panic!("{other}"),
        }
    };
    assert_eq!(refused, Unsettled::DiskFull);
    assert_eq!(journal.status().health, Health::DiskFull);
    assert!(journal.is_full(), "refused before the body is read");
    assert_eq!(append(&journal, 9999, Watermark::Received).unwrap_err(), NotTaken::DiskFull);
    // What is there can be read meanwhile, and what leaves makes room.
    for id in 0..durable {
        assert_eq!(next(&mut cursor).await, id);
    }
    until("it goes on", || journal.status().health == Health::Healthy && !journal.is_full()).await;
    // Its sender was told to try again; it is delivered all the same, which is no loss.
    assert_eq!(next(&mut cursor).await, durable);
    answer(append(&journal, durable + 1, Watermark::Durable).unwrap()).await.unwrap();
}

#[tokio::test]
async fn a_sender_that_waits_for_room_is_served_when_the_full_disk_has_space() {
    let disk = SimDisk::new(1);
    let journal = open(&disk, storage(), OnFull::Block, 64);
    let _cursor = journal.cursor("a", true, None);
    answer(append(&journal, 0, Watermark::Durable).unwrap()).await.unwrap();
    disk.set_capacity(0);
    let budget = Budget::new(1 << 30);
    let mut id = 0;
    while journal.status().health == Health::Healthy {
        id += 1;
        let appended = journal.append(frame(&budget, request(id, 20)), Watermark::Durable).await;
        let _ = answer(appended.unwrap()).await;
    }
    assert!(!journal.is_full(), "it waits instead");
    let mut blocked = Box::pin(journal.append(frame(&budget, request(id, 20)), Watermark::Durable));
    assert!(blocked.as_mut().now_or_never().is_none());
    disk.set_capacity(u64::MAX);
    let receipt = tokio::time::timeout(Duration::from_secs(20), blocked).await.expect("never woken").unwrap();
    answer(receipt).await.unwrap();
}

#[tokio::test]
async fn a_sync_that_fails_once_is_made_good_in_another_segment() {
    let disk = SimDisk::new(1);
    let journal = open(&disk, storage(), OnFull::Refuse, 64);
    let mut cursor = journal.cursor("a", true, None);
    answer(append(&journal, 0, Watermark::Durable).unwrap()).await.unwrap();
    for id in 1..20 {
        disk.fail_syncs(1);
        answer(append(&journal, id, Watermark::Durable).unwrap()).await.unwrap();
    }
    assert_eq!(journal.status().health, Health::Healthy);
    for id in 0..20 {
        assert_eq!(next(&mut cursor).await, id, "nothing is lost, nothing comes twice");
    }
}

#[tokio::test]
async fn a_disk_that_fails_answers_its_senders_and_recovers_by_itself() {
    let disk = SimDisk::new(1);
    let journal = open(&disk, storage(), OnFull::Refuse, 64);
    let mut cursor = journal.cursor("a", true, None);
    answer(append(&journal, 0, Watermark::Durable).unwrap()).await.unwrap();
    disk.set_faults(Faults { sync: 1000, ..Faults::default() });
    let receipts =
        [1, 2].map(|id| append(&journal, id, [Watermark::Durable, Watermark::Delivered][id as usize - 1]));
    // The second comes too late where the disk has failed for good by then.
    let mut taken = 0;
    for receipt in receipts {
        match receipt {
            Ok(receipt) => {
                taken += 1;
                assert_eq!(answer(receipt).await, Err(Unsettled::StorageFailed));
            }
            Err(refused) => assert_eq!((refused, taken), (NotTaken::StorageFailed, 1)),
        }
    }
    let Health::Failed(why) = journal.status().health else { panic!("{:?}", journal.status()) };
    assert!(why.contains("cannot") && why.contains("/data/logs/"), "{why}");
    assert!(journal.is_full());
    assert_eq!(append(&journal, 3, Watermark::Durable).unwrap_err(), NotTaken::StorageFailed);
    assert_eq!(journal.watermark(Watermark::Durable).0, 1);
    let files = disk.files("/data/logs").len();
    // Cursors that move meanwhile are no sign that the disk works, and no reason to try it earlier: it is
    // tried after 100, 300 and 700 ms.
    assert_eq!(next(&mut cursor).await, 0);
    let syncs = disk.syncs();
    let deadline = Instant::now() + Duration::from_millis(600);
    while Instant::now() < deadline {
        assert!(journal.is_full() && journal.status().health != Health::Healthy);
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert!(disk.syncs() - syncs <= 3, "{} attempts", disk.syncs() - syncs);
    assert!(disk.files("/data/logs").len() <= files + 1, "attempts leave no files behind");
    disk.set_faults(Faults::default());
    until("healthy", || journal.status().health == Health::Healthy && !journal.is_full()).await;
    for id in 1..=taken {
        assert_eq!(next(&mut cursor).await, id);
    }
}

#[tokio::test]
async fn nothing_is_read_before_it_is_durable() {
    let disk = SimDisk::new(1);
    let journal = open(&disk, storage(), OnFull::Refuse, 64);
    let mut cursor = journal.cursor("a", true, None);
    answer(append(&journal, 0, Watermark::Durable).unwrap()).await.unwrap();
    disk.set_faults(Faults { sync: 1000, ..Faults::default() });
    let receipt = append(&journal, 1, Watermark::Received).unwrap();
    assert_eq!(answer(receipt).await, Ok(()), "who does not wait for the disk does not learn of it");
    until("failed", || journal.status().health != Health::Healthy).await;
    assert_eq!(cursor.take(ALL).len(), 1);
    assert!(!cursor.is_exhausted());
    disk.set_faults(Faults::default());
    assert_eq!(tokio::time::timeout(Duration::from_secs(20), cursor.next()).await.unwrap().seq.0, 1);
}

#[tokio::test]
async fn one_sync_serves_all_who_wait_for_it() {
    let disk = SimDisk::new(1);
    let storage = Storage { fsync: Fsync::Interval(Duration::from_millis(50)), memory: 1 << 20, ..storage() };
    let journal = open(&disk, storage, OnFull::Refuse, 64);
    let _cursor = journal.cursor("a", true, None);
    answer(append(&journal, 0, Watermark::Durable).unwrap()).await.unwrap();
    let before = journal.status().fsyncs;
    let receipts: Vec<_> = (1..40).map(|id| append(&journal, id, Watermark::Durable).unwrap()).collect();
    for receipt in receipts {
        answer(receipt).await.unwrap();
    }
    assert!(journal.status().fsyncs - before <= 3, "{:?}", journal.status());
}

#[tokio::test]
async fn fsync_off_never_syncs_a_frame() {
    let disk = SimDisk::new(1);
    let journal = open(&disk, Storage { fsync: Fsync::Off, ..storage() }, OnFull::Refuse, 64);
    let mut cursor = journal.cursor("a", true, None);
    for id in 0..50 {
        answer(append(&journal, id, Watermark::Durable).unwrap()).await.unwrap();
        assert_eq!(next(&mut cursor).await, id);
    }
    assert_eq!(journal.status().fsyncs, 0);
}

#[test]
fn a_second_process_is_refused_until_the_first_has_ended() {
    let directory = tempfile::tempdir().unwrap();
    let open = || Journal::open(directory.path(), Storage::default(), Settings::default());
    let first = open().unwrap();
    let error = open().unwrap_err();
    assert!(matches!(error, OpenError::Locked(_)));
    assert!(error.to_string().contains("in use by another process"));
    first.finish();
    drop(open().unwrap());
}

#[test]
fn a_directory_that_cannot_be_used_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let missing = directory.path().join("not/there");
    let error = Journal::open(&missing, Storage::default(), Settings::default()).unwrap_err();
    assert!(error.to_string().starts_with("cannot create directory"), "{error}");
    let file = directory.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = Journal::open(&file, Storage::default(), Settings::default()).unwrap_err();
    assert!(error.to_string().contains("file: "), "{error}");
    // A kernel's own file system takes no files, whoever asks.
    let error = Journal::open(Path::new("/proc/weir"), Storage::default(), Settings::default()).unwrap_err();
    assert!(error.to_string().contains("/proc/weir"), "{error}");
}

#[tokio::test]
async fn an_unclaimed_cursor_gives_way_before_anybody_is_refused() {
    let disk = SimDisk::new(1);
    {
        let journal = open(&disk, storage(), OnFull::Refuse, 8);
        let _removed = journal.cursor("removed", true, None);
        answer(append(&journal, 0, Watermark::Durable).unwrap()).await.unwrap();
    }
    let journal = open(&disk, storage(), OnFull::Refuse, 8);
    let mut cursor = journal.cursor("a", true, None);
    assert_eq!(journal.unclaimed_cursors()[0].waiting.requests, 1);
    for id in 1..1000 {
        answer(append(&journal, id, Watermark::Durable).unwrap()).await.unwrap();
        assert_eq!(next(&mut cursor).await, id);
    }
    let unclaimed = journal.unclaimed_cursors();
    assert_eq!(unclaimed[0].name, "removed", "it is still there to be claimed");
    until("what gave way is gone", || segment_bytes(&disk) <= 8 * SEGMENT).await;
}

#[tokio::test]
async fn a_cursor_that_is_asked_for_a_moment_later_loses_nothing_to_a_full_disk() {
    let disk = SimDisk::new(1);
    {
        let journal = open(&disk, storage(), OnFull::Refuse, 64);
        let (mut one, _two) = (journal.cursor("one", true, None), journal.cursor("two", true, None));
        for id in 0..300 {
            answer(append(&journal, id, Watermark::Durable).unwrap()).await.unwrap();
            assert_eq!(next(&mut one).await, id);
        }
    }
    let journal = open(&disk, storage(), OnFull::Refuse, 64);
    disk.set_capacity(0);
    let _new = journal.cursor("new", true, None);
    until("the new cursor finds no space", || journal.status().health == Health::DiskFull).await;
    let mut two = journal.cursor("two", true, None);
    for id in 0..300 {
        assert_eq!(next(&mut two).await, id);
    }
}

#[tokio::test]
async fn a_write_that_fails_without_fsync_keeps_what_was_written_before() {
    let disk = SimDisk::new(1);
    let storage = Storage { fsync: Fsync::Off, memory: 0, ..storage() };
    let journal = open(&disk, storage, OnFull::Refuse, 64);
    let mut cursor = journal.cursor("a", true, None);
    for id in 0..50 {
        answer(append(&journal, id, Watermark::Durable).unwrap()).await.unwrap();
    }
    disk.set_faults(Faults { write: 1000, ..Faults::default() });
    let receipt = append(&journal, 50, Watermark::Durable).unwrap();
    assert_eq!(answer(receipt).await, Err(Unsettled::StorageFailed));
    disk.set_faults(Faults::default());
    for id in 0..51 {
        assert_eq!(next(&mut cursor).await, id);
    }
    assert_eq!(dropped(&journal, 0, DropReason::Corrupt), 0);
}
