//! What a journal makes of files that are not as they were written.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::expect_used)]

mod support;

use component::{Budget, Context};
use journal::disk::Disk;
use journal::inspect::{Entry, Inspection};
use journal::{Cursor, DropReason, Frame, Journal, OnFull, OpenError, Settings, Settled, Storage, Watermark};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use support::sim_disk::{Faults, SimDisk};
use support::{request, until};

const DIRECTORY: &str = "/data/logs";

fn storage() -> Storage {
    Storage { segment_bytes: 4096, min_free_bytes: 0, memory: 1 << 20, ..Storage::default() }
}

fn try_open(disk: &SimDisk) -> Result<Arc<Journal>, OpenError> {
    let settings = Settings { max_bytes: 1 << 20, on_full: OnFull::Refuse };
    Journal::open_on(Arc::new(disk.clone()), Path::new(DIRECTORY), storage(), settings)
}

fn open(disk: &SimDisk) -> (Arc<Journal>, Cursor) {
    let journal = try_open(disk).unwrap();
    let cursor = journal.cursor("a", true, None);
    (journal, cursor)
}

fn clients() -> [Option<std::net::SocketAddr>; 3] {
    [None, Some("192.0.2.7:4711".parse().unwrap()), Some("[2001:db8::1%3]:9".parse().unwrap())]
}

async fn send(journal: &Journal, ids: std::ops::Range<u64>) {
    let budget = Budget::new(1 << 20);
    let mut receipts = Vec::new();
    for id in ids {
        let context = Context { received_unix_nano: id * 7, client: clients()[id as usize % 3] };
        let permit = Arc::new(budget.admit(1).unwrap());
        let frame = Frame { request: request(id, 1 + id as usize % 5), context, permit };
        receipts.push(journal.append(frame, Watermark::Durable).await.unwrap());
    }
    for receipt in receipts {
        receipt.reached().await.unwrap();
    }
}

/// Delivers all that waits, and says which ids that were.
async fn drain(cursor: &mut Cursor) -> Vec<u64> {
    let settler = cursor.settler();
    let mut ids = Vec::new();
    while cursor.waiting() > 0 {
        // What waits may turn out to be lost: then nothing comes.
        let Ok(taken) = tokio::time::timeout(Duration::from_millis(3), cursor.next()).await else { continue };
        let id = taken.seq.0;
        assert_eq!(taken.request, request(id, 1 + id as usize % 5), "bytes are identical");
        settler.settle(taken.seq, Settled::Delivered(taken.request.records()));
        ids.push(id);
    }
    ids
}

fn entries(disk: &SimDisk) -> Vec<Entry> {
    let inspection = Inspection::on(Arc::new(disk.clone()), Path::new(DIRECTORY)).unwrap();
    inspection.entries().map(Result::unwrap).collect()
}

fn segments(disk: &SimDisk) -> Vec<PathBuf> {
    disk.files(DIRECTORY).into_iter().filter(|path| path.extension().is_some_and(|e| e == "log")).collect()
}

/// A journal of `frames` frames that a process has left behind.
async fn written(frames: u64) -> SimDisk {
    let disk = SimDisk::new(7);
    let (journal, _cursor) = open(&disk);
    for id in 0..frames {
        send(&journal, id..id + 1).await;
    }
    drop((journal, _cursor));
    // The next start cuts the space behind the last frame.
    drop(open(&disk));
    disk
}

fn lost(journal: &Journal) -> u64 {
    let seen = &journal.snapshot().cursors[0];
    assert!(seen.is_balanced(), "{seen:?}");
    seen.dropped[DropReason::Corrupt as usize].1
}

#[tokio::test]
async fn a_flipped_byte_costs_the_frame_that_it_is_in_and_no_other() {
    let disk = written(48).await;
    let paths = segments(&disk);
    assert!(paths.len() >= 2);
    let frames: Vec<_> = entries(&disk)
        .into_iter()
        .map(|entry| match entry {
            Entry::Frame(frame) => frame,
            Entry::Corrupt { .. } => panic!("nothing is corrupt yet"),
        })
        .collect();
    for (segment, path) in paths.iter().enumerate() {
        for offset in 0..disk.content(path).len() {
            let disk = disk.copy();
            disk.edit(path, |bytes| bytes[offset] ^= 0x55);
            let (journal, mut cursor) = open(&disk);
            let got = drain(&mut cursor).await;
            let hit = frames.iter().find(|frame| {
                let range = frame.offset..frame.offset + frame.bytes;
                frame.segment == segment as u64 && range.contains(&(offset as u64))
            });
            let hit = hit.map(|frame| frame.seq.0);
            let missing: Vec<_> = (0..48).filter(|id| !got.contains(id)).collect();
            match hit {
                // The zeros behind a body mean nothing.
                _ if missing.is_empty() => assert_eq!(lost(&journal), 0),
                Some(id) if id + 1 == 48 => assert_eq!(missing, [id], "at {offset}: the torn end"),
                Some(id) => {
                    assert_eq!(missing, [id], "at {offset} of segment {segment}");
                    assert_eq!(lost(&journal), 1 + id % 5);
                    assert!(journal.status().corrupt_bytes > 0);
                    assert_eq!(disk.files("/data/logs/quarantine").len(), 1);
                }
                None => panic!("a flip at {offset} of segment {segment} cost {missing:?}"),
            }
        }
    }
}

#[tokio::test]
async fn a_cut_segment_costs_what_was_cut_off() {
    let disk = written(48).await;
    let segments = segments(&disk);
    let (path, segments) = (segments.last().unwrap().clone(), segments.len());
    assert!(segments > 1);
    let length = disk.content(&path).len();
    let whole: Vec<_> = entries(&disk);
    for cut in 0..length {
        let disk = disk.copy();
        disk.edit(&path, |bytes| bytes.truncate(cut));
        let (journal, mut cursor) = open(&disk);
        let got = drain(&mut cursor).await;
        let left = whole.iter().filter(|entry| match entry {
            Entry::Frame(frame) => {
                frame.segment as usize + 1 < segments || cut >= 68 && frame.offset + frame.bytes <= cut as u64
            }
            Entry::Corrupt { .. } => panic!("nothing is corrupt"),
        });
        assert_eq!(got, (0..left.count() as u64).collect::<Vec<_>>(), "cut at {cut}");
        // It goes on behind, and nothing that was lost gets mixed up with what comes.
        let next = journal.watermark(Watermark::Received).0;
        send(&journal, next..next + 3).await;
        assert_eq!(drain(&mut cursor).await, [next, next + 1, next + 2]);
    }
}

#[tokio::test]
async fn segments_that_have_swapped_names_are_read_in_the_order_they_were_written() {
    let disk = written(48).await;
    let paths = segments(&disk);
    let (one, other) = (disk.content(&paths[0]), disk.content(&paths[1]));
    disk.edit(&paths[0], |bytes| *bytes = other);
    disk.edit(&paths[1], |bytes| *bytes = one);
    let (journal, mut cursor) = open(&disk);
    assert_eq!(drain(&mut cursor).await, (0..48).collect::<Vec<_>>());
    assert_eq!(lost(&journal), 0);
    drop((journal, cursor));
}

#[tokio::test]
async fn a_copied_segment_is_set_aside_and_what_it_replaced_is_counted() {
    let disk = written(80).await;
    let paths = segments(&disk);
    assert!(paths.len() > 2);
    let first = disk.content(&paths[0]);
    disk.edit(&paths[1], |bytes| *bytes = first);
    let (journal, mut cursor) = open(&disk);
    let got = drain(&mut cursor).await;
    assert!(got.is_sorted() && got.contains(&0) && got.contains(&79));
    assert_eq!(disk.files("/data/logs/quarantine").len(), 1);
    let missing: Vec<u64> = (0..80).filter(|id| !got.contains(id)).collect();
    assert!(!missing.is_empty());
    assert_eq!(lost(&journal), missing.iter().map(|id| 1 + id % 5).sum::<u64>());
}

#[tokio::test]
async fn what_the_oldest_segment_held_is_counted_where_it_is_set_aside_and_was_not_settled() {
    let disk = written(80).await;
    disk.edit(&segments(&disk)[0], |bytes| bytes.iter_mut().take(1024).for_each(|byte| *byte = 1));
    let (journal, mut cursor) = open(&disk);
    let got = drain(&mut cursor).await;
    let missing: Vec<u64> = (0..80).filter(|id| !got.contains(id)).collect();
    assert!(!got.is_empty() && missing.first() == Some(&0));
    assert_eq!(lost(&journal), missing.iter().map(|id| 1 + id % 5).sum::<u64>());
    drop((journal, cursor));
    // Once is enough.
    let (journal, cursor) = open(&disk);
    assert_eq!(lost(&journal), 0);
    drop((journal, cursor));
}

/// Whoever waits for what is gone would keep everything that comes later from ever being removed.
#[tokio::test]
async fn a_reader_whose_segments_are_all_gone_goes_on_with_what_is_accepted_next() {
    let disk = written(80).await;
    let (journal, mut cursor) = open(&disk);
    let fast = journal.cursor("fast", true, None);
    send(&journal, 80..81).await;
    cursor.next().await;
    drop(fast);
    drop((journal, cursor));
    for path in segments(&disk) {
        disk.remove(&path).unwrap();
    }
    let (journal, mut cursor) = open(&disk);
    let _fast = journal.cursor("fast", true, None);
    assert_eq!(lost(&journal), (0..80).map(|id| 1 + id % 5).sum::<u64>());
    send(&journal, 80..81).await;
    assert_eq!(drain(&mut cursor).await, [80]);
    drop((journal, cursor));
}

/// Nothing was promised to anybody in a file of zeros, which is what a crash leaves of one that was just made.
#[tokio::test]
async fn the_newest_segment_is_set_aside_where_only_its_header_is_gone_and_removed_where_all_is_zero() {
    for (zeros, kept) in [(1024, 1), (usize::MAX, 0)] {
        let disk = written(80).await;
        let newest = segments(&disk).pop().unwrap();
        let wipe = |bytes: &mut Vec<u8>| bytes.iter_mut().take(zeros).for_each(|byte| *byte = 0);
        disk.edit(&newest, wipe);
        let wiped = disk.content(&newest);
        let (journal, cursor) = open(&disk);
        let quarantine = disk.files("/data/logs/quarantine");
        assert_eq!(quarantine.len(), kept);
        assert!(quarantine.iter().all(|path| disk.content(path) == wiped));
        assert_eq!(journal.status().corrupt_bytes, (kept * wiped.len()) as u64);
        drop((journal, cursor));
    }
}

#[tokio::test]
async fn bytes_of_an_earlier_use_of_the_same_blocks_are_no_frames() {
    let disk = written(24).await;
    let path = segments(&disk).pop().unwrap();
    // The frames of another segment, which are intact there, behind the end of this one.
    let other = written(30).await;
    let stale = other.content(&segments(&other).pop().unwrap());
    disk.edit(&path, |bytes| bytes.extend(&stale[1024..]));
    let (_journal, mut cursor) = open(&disk);
    assert_eq!(drain(&mut cursor).await, (0..24).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_context_comes_back_whole() {
    let disk = written(6).await;
    for (id, entry) in entries(&disk).into_iter().enumerate() {
        let Entry::Frame(frame) = entry else { panic!("corrupt") };
        let expected = Context { received_unix_nano: id as u64 * 7, client: clients()[id % 3] };
        assert_eq!(frame.context, expected);
    }
}

#[tokio::test]
async fn a_look_at_a_live_directory_sees_what_is_durable_and_changes_nothing() {
    let disk = SimDisk::new(3);
    let (journal, mut cursor) = open(&disk);
    for id in 0..40 {
        send(&journal, id..id + 1).await;
        let seqs = entries(&disk).into_iter().map(|entry| match entry {
            Entry::Frame(frame) => frame.seq.0,
            Entry::Corrupt { path, offset, .. } => panic!("{path:?} at {offset}"),
        });
        assert_eq!(seqs.collect::<Vec<_>>(), (0..=id).collect::<Vec<_>>());
    }
    let look = Inspection::on(Arc::new(disk.clone()), Path::new(DIRECTORY)).unwrap();
    assert_eq!((look.segments.len() as u64, look.quarantine.len()), (journal.status().segments, 0));
    assert_eq!((look.cursors[0].name.as_str(), look.cursors[0].at.unwrap().0), ("a", 0));
    assert_eq!(drain(&mut cursor).await, (0..40).collect::<Vec<_>>());
    // A flipped byte is a corrupt entry, and what is behind it is listed.
    let flipped = written(48).await;
    let path = segments(&flipped)[0].clone();
    flipped.edit(&path, |bytes| bytes[1024 + 50] ^= 1);
    let kinds: Vec<_> =
        entries(&flipped).iter().map(|entry| matches!(entry, Entry::Corrupt { offset: 1024, .. })).collect();
    assert!(kinds[0] && !kinds[1..].contains(&true));
    assert_eq!(kinds.len(), 48);
}

#[tokio::test]
async fn a_corrupt_cursor_begins_at_the_oldest_request_rather_than_behind_it() {
    let disk = written(6).await;
    {
        let (_journal, mut cursor) = open(&disk);
        drain(&mut cursor).await;
    }
    let path = disk.files("/data/logs/cursors").pop().unwrap();
    disk.edit(&path, |bytes| bytes.fill(0xaa));
    let (_journal, mut cursor) = open(&disk);
    assert_eq!(drain(&mut cursor).await, (0..6).collect::<Vec<_>>());
    drop((_journal, cursor));
    let (_journal, mut cursor) = open(&disk);
    assert!(drain(&mut cursor).await.is_empty(), "its file was mended");
}

#[tokio::test]
async fn a_newer_format_is_refused_by_name() {
    let disk = written(3).await;
    let path = segments(&disk).pop().unwrap();
    disk.edit(&path, |bytes| {
        for at in [0, 512] {
            bytes[at + 8] = 9;
            let crc = crc32fast::hash(&bytes[at..at + 64]);
            bytes[at + 64..at + 68].copy_from_slice(&crc.to_le_bytes());
        }
    });
    let error = try_open(&disk).unwrap_err();
    assert!(matches!(error, OpenError::Newer { found: 9, supported: 1, .. }));
    assert!(error.to_string().contains("run the release that wrote it"), "{error}");
}

#[tokio::test]
async fn a_read_that_fails_is_tried_again_and_gives_nothing_up() {
    let disk = written(12).await;
    let (journal, mut cursor) = {
        let opened = open(&disk.copy());
        drop(opened);
        let journal = try_open(&disk).unwrap();
        disk.set_faults(Faults { read: 1000, ..Faults::default() });
        let cursor = journal.cursor("a", true, None);
        (journal, cursor)
    };
    until("a read fails", || journal.status().read_errors > 0).await;
    assert_eq!(cursor.waiting(), (0..12).map(|id| 1 + id % 5).sum::<u64>());
    disk.set_faults(Faults::default());
    assert_eq!(drain(&mut cursor).await, (0..12).collect::<Vec<_>>());
    assert_eq!(lost(&journal), 0);
}

/// A journal of which a block of the second frame cannot be read, and a reader that has met it.
async fn unreadable(bad: impl Fn(u64, u64) -> std::ops::Range<u64>) -> (SimDisk, Arc<Journal>, Cursor) {
    let disk = SimDisk::new(7);
    {
        let storage = Storage { segment_bytes: 64 << 10, ..storage() };
        let settings = Settings { max_bytes: 1 << 20, on_full: OnFull::Refuse };
        let journal =
            Journal::open_on(Arc::new(disk.clone()), Path::new(DIRECTORY), storage, settings).unwrap();
        let _cursor = journal.cursor("a", true, None);
        send(&journal, 0..500).await;
    }
    drop(open(&disk));
    let journal = try_open(&disk).unwrap();
    let path = segments(&disk)[0].clone();
    let frame = entries(&disk)
        .into_iter()
        .find_map(|entry| match entry {
            Entry::Frame(frame) if frame.seq.0 == 250 => Some(frame),
            _ => None,
        })
        .unwrap();
    disk.spoil(&path, bad(frame.offset, disk.content(&path).len() as u64));
    let cursor = journal.cursor("a", true, None);
    until("health is red", || journal.status().unreadable.is_some()).await;
    let told = journal.status().unreadable.unwrap();
    assert!(told.contains("cannot read") && told.contains(path.to_str().unwrap()), "{told}");
    (disk, journal, cursor)
}

/// Nothing is given up while the disk may recover; then what is in the bad block, and nothing else.
#[tokio::test]
async fn a_block_that_stays_unreadable_costs_its_own_frames_after_a_minute_and_no_others() {
    let (disk, journal, mut cursor) = unreadable(|at, _| at..at + 1).await;
    assert_eq!(lost(&journal), 0);
    assert!(cursor.take(journal::Portion::ONE).is_empty());
    disk.set_now(61_000_000_000 + 1_000_000_000);
    let got = tokio::time::timeout(Duration::from_secs(30), drain(&mut cursor)).await.expect("it is held up");
    let missing: Vec<u64> = (0..500).filter(|id| !got.contains(id)).collect();
    // A block has 4 KiB, a frame about 100 bytes.
    assert!(missing.contains(&250) && missing.len() < 60, "{missing:?}");
    assert!(missing.windows(2).all(|pair| pair[0] + 1 == pair[1]));
    assert_eq!(lost(&journal), missing.iter().map(|id| 1 + id % 5).sum::<u64>());
    until("health is green", || journal.status().unreadable.is_none()).await;
    assert_eq!(disk.files("/data/logs/quarantine").len(), 1);
}

/// Who has to read something else does not wait for the one that cannot.
#[tokio::test]
async fn a_reader_that_cannot_go_on_holds_up_no_other() {
    let disk = written(160).await;
    let journal = try_open(&disk).unwrap();
    let path = segments(&disk)[0].clone();
    // "a" has read nothing and "b" everything.
    let (stuck, mut other) = (journal.cursor("a", true, None), journal.cursor("b", true, None));
    send(&journal, 160..161).await;
    assert_eq!(drain(&mut other).await, [160]);
    drop((stuck, other, journal));
    let storage = Storage { memory: 0, ..storage() };
    let settings = Settings { max_bytes: 1 << 20, on_full: OnFull::Refuse };
    let journal = Journal::open_on(Arc::new(disk.clone()), Path::new(DIRECTORY), storage, settings).unwrap();
    disk.spoil(&path, 0..disk.content(&path).len() as u64);
    let (_stuck, mut other) = (journal.cursor("a", true, None), journal.cursor("b", true, None));
    until("health is red", || journal.status().unreadable.is_some()).await;
    send(&journal, 161..180).await;
    let got = tokio::time::timeout(Duration::from_secs(20), drain(&mut other)).await.expect("it is held up");
    assert_eq!(got, (161..180).collect::<Vec<_>>());
}

/// A disk that gives nothing back at all is waited for.
#[tokio::test]
async fn where_nothing_can_be_read_nothing_is_given_up() {
    let (disk, journal, mut cursor) = unreadable(|_, len| 0..len).await;
    disk.set_now(1_000_000_000_000);
    let errors = journal.status().read_errors;
    until("two more reads fail", || journal.status().read_errors >= errors + 2).await;
    assert_eq!(lost(&journal), 0);
    let path = segments(&disk)[0].clone();
    disk.spoil(&path, 0..0);
    let got = tokio::time::timeout(Duration::from_secs(30), drain(&mut cursor)).await.expect("it is held up");
    assert_eq!(got, (0..500).collect::<Vec<_>>());
    assert_eq!(lost(&journal), 0);
    until("health is green", || journal.status().unreadable.is_none()).await;
}
