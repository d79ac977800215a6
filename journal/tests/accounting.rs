//! Random interleavings of appending, reading and settling, checked against a model after every step.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::expect_used)]

mod support;

use component::{Budget, Reason};
use futures_util::FutureExt;
use journal::{
    Cursor, DropReason, Journal, LagLimit, NotTaken, OnFull, Portion, Receipt, Settings, Settled, Sizer,
    Storage, Taken, Watermark,
};
use proptest::prelude::*;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use support::sim_disk::SimDisk;
use support::{append, frame, request};

#[derive(Clone, Debug)]
enum Step {
    Append { records: usize },
    Take { cursor: usize, records: u64 },
    Settle { cursor: usize, which: usize, records: u32, how: u8 },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0usize..5).prop_map(|records| Step::Append { records }),
        2 => (0usize..3, 1u64..12).prop_map(|(cursor, records)| Step::Take { cursor, records }),
        5 => (0usize..3, any::<usize>(), 1u32..4, 0u8..3)
            .prop_map(|(cursor, which, records, how)| Step::Settle { cursor, which, records, how }),
    ];
    prop::collection::vec(step, 1..200)
}

fn limit() -> impl Strategy<Value = Option<LagLimit>> {
    let sizer = prop_oneof![Just(Sizer::Requests), Just(Sizer::Items), Just(Sizer::Bytes)];
    prop::option::of((sizer, 3u64..80).prop_map(|(sizer, size)| LagLimit { sizer, size }))
}

fn policy() -> impl Strategy<Value = OnFull> {
    prop_oneof![Just(OnFull::Refuse), Just(OnFull::DropOldest), Just(OnFull::DropNewest)]
}

/// One cursor and what the model knows of it.
struct Reader {
    cursor: Cursor,
    required: bool,
    /// Read and not settled, with the records that are left.
    open: Vec<(Taken, u32)>,
    last: Option<u64>,
    accepted: u64,
    delivered: u64,
    dead_lettered: u64,
    refused: u64,
    read: u64,
}

struct Model {
    journal: Arc<Journal>,
    budget: Arc<Budget>,
    readers: Vec<Reader>,
    receipts: Vec<(Receipt, u64)>,
    appended: u64,
    low_water: u64,
    on_disk: bool,
}

/// A journal of about `frames` small frames, in memory or on a disk with tiny segments and less memory
/// than wait.
fn journal(frames: usize, on_full: OnFull, on_disk: bool) -> Arc<Journal> {
    if !on_disk {
        return Journal::memory(Settings { max_bytes: frames * 300, on_full });
    }
    let storage = Storage { segment_bytes: 2048, min_free_bytes: 0, memory: 1500, ..Storage::default() };
    let settings = Settings { max_bytes: 8192 + frames * 300, on_full };
    let disk = Arc::new(SimDisk::new(frames as u64));
    Journal::open_on(disk, Path::new("/data/logs"), storage, settings).unwrap()
}

impl Model {
    fn apply(&mut self, step: Step) {
        match step {
            Step::Append { records } => {
                let id = self.appended;
                let taken =
                    append(&self.journal, frame(&self.budget, request(id, records)), Watermark::Delivered);
                match taken {
                    Ok(receipt) => {
                        if let Some(seq) = receipt.seq() {
                            assert_eq!(seq.0, id, "no gaps");
                            self.appended += 1;
                        }
                        self.receipts.push((receipt, records as u64));
                        self.readers.iter_mut().for_each(|reader| reader.accepted += records as u64);
                    }
                    Err(NotTaken::Full | NotTaken::TooLarge { .. }) => {}
                    Err(other) => panic!("{other}"),
                }
            }
            Step::Take { cursor, records } => {
                let reader = &mut self.readers[cursor];
                let portion = Portion { records, bytes: u64::MAX, max_records: records, max_bytes: u64::MAX };
                for taken in reader.cursor.take(portion) {
                    assert!(reader.last < Some(taken.seq.0), "order is kept");
                    assert_eq!(taken.request, request(taken.seq.0, taken.request.records() as usize));
                    reader.last = Some(taken.seq.0);
                    reader.read += u64::from(taken.request.records());
                    let records = taken.request.records();
                    reader.open.push((taken, records));
                }
            }
            Step::Settle { cursor, which, records, how } => self.settle(cursor, which, records, how),
        }
    }

    fn settle(&mut self, cursor: usize, which: usize, records: u32, how: u8) {
        let reader = &mut self.readers[cursor];
        if reader.open.is_empty() {
            return;
        }
        let which = which % reader.open.len();
        let (taken, left) = &mut reader.open[which];
        let records = records.min(*left);
        *left -= records;
        let settled = match how {
            0 => {
                reader.delivered += u64::from(records);
                Settled::Delivered(records)
            }
            1 => {
                reader.dead_lettered += u64::from(records);
                Settled::DeadLettered(records, Reason::of("400"))
            }
            _ => {
                reader.refused += u64::from(records);
                Settled::Dropped(records, DropReason::Refused)
            }
        };
        reader.cursor.settler().settle(taken.seq, settled);
        if *left == 0 {
            reader.open.swap_remove(which);
        }
    }

    fn check(&mut self) {
        let snapshot = self.journal.snapshot();
        // On disk, segments that are begun for what was taken have headers.
        let headers = if self.on_disk { 16 << 10 } else { 0 };
        assert!(snapshot.bytes <= snapshot.max_bytes + headers);
        if !self.on_disk {
            let used = self.budget.used();
            assert_eq!(used, snapshot.requests, "a permit is held exactly as long as its frame");
        }
        for (reader, seen) in self.readers.iter().zip(&snapshot.cursors) {
            assert!(seen.is_balanced(), "{seen:?}");
            assert_eq!(seen.accepted, reader.accepted);
            assert_eq!(seen.delivered, reader.delivered);
            assert_eq!(seen.dead_lettered, reader.dead_lettered);
            assert_eq!(seen.dropped[DropReason::Refused as usize].1, reader.refused);
            assert!(self.on_disk || seen.waiting == reader.cursor.waiting(), "two looks, nothing in between");
            assert_eq!(seen.oldest_unix_nano.is_some(), seen.waiting > 0);
            // On disk, a frame that is not durable yet cannot be dropped for a newer one.
            let within = seen.queue_size <= seen.queue_capacity;
            assert!(within || !seen.required || seen.waiting == 0 || self.on_disk);
        }
        let low_water = self.journal.watermark(Watermark::Delivered).0;
        assert!(low_water >= self.low_water, "a watermark never falls");
        assert!(low_water <= self.journal.watermark(Watermark::Received).0);
        self.low_water = low_water;
    }

    fn drain(&mut self) {
        let deadline = Instant::now() + Duration::from_secs(20);
        for cursor in 0..self.readers.len() {
            while self.readers[cursor].cursor.waiting() > 0 {
                assert!(Instant::now() < deadline, "what waits cannot be read");
                // Tells the journal that somebody wants what is on disk.
                let _ = self.readers[cursor].cursor.unread(1, 1).now_or_never();
                self.apply(Step::Take { cursor, records: u64::MAX });
                while !self.readers[cursor].open.is_empty() {
                    self.settle(cursor, 0, u32::MAX, 0);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    /// The accounting identity, the order, the watermarks and the permits hold under any
    /// interleaving, and every sender learns what became of its request.
    #[test]
    fn every_record_is_accounted_for_at_every_moment(
        steps in steps(),
        on_full in policy(),
        frames in 1usize..30,
        required in prop::collection::vec(any::<bool>(), 3),
        limits in prop::collection::vec(limit(), 3),
        on_disk in any::<bool>(),
    ) {
        let journal = journal(frames, on_full, on_disk);
        let readers = (0..3).map(|i| Reader {
            cursor: journal.cursor(&format!("x/{i}"), required[i], limits[i]),
            required: required[i],
            open: Vec::new(), last: None, accepted: 0, delivered: 0, dead_lettered: 0, refused: 0, read: 0,
        }).collect();
        let mut model = Model {
            journal, budget: Budget::new(1 << 20), readers, receipts: Vec::new(), appended: 0, low_water: 0, on_disk,
        };
        for step in steps {
            model.apply(step);
            model.check();
        }
        model.drain();
        model.check();
        // The writer may still hold what it has just written.
        let deadline = Instant::now() + Duration::from_secs(20);
        while on_disk && model.budget.used() > 0 && Instant::now() < deadline {
            std::thread::yield_now();
        }
        prop_assert_eq!(model.budget.used(), 0);
        prop_assert!(!model.journal.is_full());
        for (reader, seen) in model.readers.iter().zip(model.journal.snapshot().cursors) {
            prop_assert_eq!(seen.waiting, 0);
            // What was neither read nor refused by the destination was dropped in the journal.
            let dropped: u64 = seen.dropped.iter().map(|(_, records)| records).sum();
            prop_assert_eq!(dropped - reader.refused, reader.accepted - reader.read);
        }
        let required: Vec<_> = model.readers.iter().filter(|reader| reader.required).collect();
        let lost: u64 = required.iter().map(|r| r.accepted - r.delivered).sum();
        let mut told = 0;
        for (receipt, records) in model.receipts {
            let settlement = receipt.reached().now_or_never().expect("answered").unwrap();
            let (rejected, dropped) = (settlement.rejected, settlement.dropped);
            told += rejected + dropped;
            prop_assert!(rejected <= records && dropped <= records);
            prop_assert_eq!(settlement.reason.is_some(), rejected + dropped > 0);
        }
        match required.len() {
            1 => prop_assert_eq!(told, lost, "senders learn of exactly what their destination lacks"),
            _ => prop_assert!(told <= lost && (told > 0) == (lost > 0)),
        }
    }
}
