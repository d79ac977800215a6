//! Interleavings of senders, readers and the journal's own threads, chosen by a scheduler: nobody sleeps
//! through what it waits for, and nobody is told of something that is not so.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used)]

use crate::backlog::Backlog;
use crate::log::Log;
use crate::log::recovery::recover;
use crate::log::spare::Spares;
use crate::sim_disk::SimDisk;
use crate::state::State;
use crate::stored::Stored;
use crate::supply::Supply;
use crate::writer::Writer;
use crate::{Frame, Journal, OnFull, Portion, Settings, Settled, Storage, Watermark};
use bytes::Bytes;
use component::{Budget, Context};
use pdata::{Limits, Request, Signal};
use shuttle::future::block_on;
use shuttle::thread;
use std::path::Path;
use std::sync::Arc;

const SENDERS: u64 = 2;
const EACH: u64 = 2;
const RUNS: usize = 1500;

fn frame() -> Frame {
    // One resource with one scope with one empty log record.
    let request =
        Request::validate(Signal::Logs, Bytes::from_static(&[10, 4, 18, 2, 18, 0]), &Limits::default());
    let permit = Arc::new(Budget::new(1).admit(1).unwrap());
    Frame { request: request.unwrap(), context: Context { received_unix_nano: 1, client: None }, permit }
}

/// A journal whose threads run on the scheduler's.
fn start(
    disk: &SimDisk,
    storage: &Storage,
    settings: Settings,
) -> (Arc<Journal>, [thread::JoinHandle<()>; 3]) {
    let directory = Path::new("/data/logs");
    let disk: Arc<dyn crate::disk::Disk> = Arc::new(disk.clone());
    let recovered = recover(Arc::clone(&disk), directory).unwrap();
    let stored = Stored::new(storage.clone(), recovered.extents, recovered.cursors, recovered.next_id);
    let head = recovered.head;
    let journal = Journal::new(State::reopened(settings, stored, head));
    let shared = || Arc::clone(journal.shared());
    let spares = Spares::new(Arc::clone(&disk), directory, storage);
    let supply = Supply::new(shared(), spares.clone());
    let log = Log::new(spares);
    let writer = Writer::new(shared(), Arc::clone(&disk), storage.clone(), directory, log, head);
    let backlog = Backlog::new(shared(), disk, directory);
    let threads = [
        thread::spawn(move || writer.run()),
        thread::spawn(move || backlog.run()),
        thread::spawn(move || supply.run()),
    ];
    (journal, threads)
}

/// Two senders that wait until their requests are durable, and a reader of all of them.
fn senders_and_a_reader(memory: usize, failing_syncs: u64, on_full: OnFull, max_bytes: usize) {
    let disk = SimDisk::new(1);
    let storage = Storage { segment_bytes: 2048, min_free_bytes: 0, memory, ..Storage::default() };
    let (journal, threads) = start(&disk, &storage, Settings { max_bytes, on_full });
    let mut cursor = journal.cursor("a", true, None);
    let senders: Vec<_> = (0..SENDERS)
        .map(|sender| {
            let (journal, disk) = (Arc::clone(&journal), disk.clone());
            thread::spawn(move || {
                for id in 0..EACH {
                    if (sender, id) == (0, 1) {
                        disk.fail_syncs(failing_syncs);
                    }
                    let receipt = block_on(journal.append(frame(), Watermark::Durable)).unwrap();
                    let seq = receipt.seq().unwrap();
                    if block_on(receipt.reached()).is_ok() {
                        assert!(journal.watermark(Watermark::Durable) > seq, "told before it was so");
                    }
                }
            })
        })
        .collect();
    let reader = {
        let journal = Arc::clone(&journal);
        thread::spawn(move || {
            let settler = cursor.settler();
            let mut next = 0;
            while next < SENDERS * EACH {
                block_on(cursor.unread(1, 1));
                for taken in cursor.take(Portion::ONE) {
                    assert_eq!(taken.seq.0, next, "in order, once");
                    assert!(journal.watermark(Watermark::Durable) > taken.seq, "read before it was durable");
                    settler.settle(taken.seq, Settled::Delivered(1));
                    next += 1;
                }
            }
            cursor
        })
    };
    for sender in senders {
        sender.join().unwrap();
    }
    let cursor = reader.join().unwrap();
    let seen = &journal.snapshot().cursors[0];
    assert!(seen.is_balanced() && seen.waiting == 0);
    journal.shared().stop();
    let [writer, backlog, supply] = threads;
    writer.join().unwrap();
    backlog.join().unwrap();
    journal.shared().end_supply();
    supply.join().unwrap();
    drop(cursor);
}

fn check(model: impl Fn() + Send + Sync + 'static) {
    let mut config = shuttle::Config::new();
    config.stack_size = 1 << 20;
    let scheduler = shuttle::scheduler::PctScheduler::new(3, RUNS);
    shuttle::Runner::new(scheduler, config.clone()).run({
        let model = Arc::new(model);
        let other = Arc::clone(&model);
        let random = shuttle::scheduler::RandomScheduler::new(RUNS);
        shuttle::Runner::new(random, config).run(move || other());
        move || model()
    });
}

#[test]
fn whoever_waits_for_durability_or_for_data_is_woken() {
    check(|| senders_and_a_reader(1 << 20, 0, OnFull::Refuse, 1 << 20));
}

#[test]
fn what_left_the_memory_is_read_back_for_whoever_sleeps() {
    check(|| senders_and_a_reader(0, 0, OnFull::Refuse, 1 << 20));
}

#[test]
fn a_sync_that_fails_in_between_loses_no_wake_up() {
    check(|| senders_and_a_reader(1 << 20, 1, OnFull::Refuse, 1 << 20));
}

#[test]
fn senders_that_wait_for_room_are_woken_by_what_leaves() {
    // Room for three frames beside the segment that is being written.
    check(|| senders_and_a_reader(1 << 20, 0, OnFull::Block, 2048 + 1024 + 200));
}
