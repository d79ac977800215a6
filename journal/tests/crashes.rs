//! Random work on a disk that fails, fills up and loses its power: what was acknowledged is there.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::expect_used)]

mod support;

use component::Budget;
use futures_util::FutureExt;
use journal::inspect::Inspection;
use journal::{
    Cursor, Fsync, Health, Journal, OnFull, Portion, Receipt, Settings, Settled, Storage, Taken, Watermark,
};
use proptest::prelude::*;
use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use support::sim_disk::{Faults, SimDisk};
use support::{frame, request};

#[derive(Clone, Debug)]
enum Step {
    /// Append so many requests, then wait for all of them or not.
    Send {
        requests: u64,
        records: usize,
        wait: bool,
    },
    /// Read so many frames and settle every `settle`th of them.
    Read {
        cursor: usize,
        frames: usize,
        settle: usize,
    },
    /// Read and settle all that is there, so that segments are used again.
    Drain,
    /// End the process in order and start another.
    Restart,
    /// The power goes after so many operations; another start.
    Crash {
        operations: u64,
        requests: u64,
    },
    Faults(u32),
    /// This many segments fit on the disk.
    Capacity(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => (1u64..40, 1usize..60, any::<bool>())
            .prop_map(|(requests, records, wait)| Step::Send { requests, records, wait }),
        6 => (0usize..2, 1usize..60, 1usize..4)
            .prop_map(|(cursor, frames, settle)| Step::Read { cursor, frames, settle }),
        3 => Just(Step::Drain),
        1 => Just(Step::Restart),
        2 => (0u64..30, 0u64..60).prop_map(|(operations, requests)| Step::Crash { operations, requests }),
        1 => prop_oneof![Just(0u32), Just(20), Just(100)].prop_map(Step::Faults),
        1 => (2u64..12).prop_map(Step::Capacity),
    ];
    prop::collection::vec(step, 1..40)
}

const SEGMENT: u64 = 16 << 10;
const NAMES: [&str; 2] = ["one", "two"];

struct World {
    disk: SimDisk,
    storage: Storage,
    /// None only while it is replaced.
    journal: Option<(Arc<Journal>, Vec<Cursor>)>,
    /// Ids by the bytes of their requests.
    sent: HashMap<Vec<u8>, u64>,
    acknowledged: BTreeSet<u64>,
    waiting: Vec<(u64, Receipt)>,
    /// What each cursor has settled, over all processes.
    settled: [BTreeSet<u64>; 2],
    next_id: u64,
    durable: u64,
}

impl World {
    fn new(seed: u64, fsync: Fsync) -> World {
        let storage =
            Storage { fsync, segment_bytes: SEGMENT, max_age: None, min_free_bytes: 0, memory: 8 << 10 };
        let mut world = World {
            disk: SimDisk::new(seed),
            storage,
            journal: None,
            sent: HashMap::new(),
            acknowledged: BTreeSet::new(),
            waiting: Vec::new(),
            settled: Default::default(),
            next_id: 0,
            durable: 0,
        };
        world.open();
        world
    }

    fn open(&mut self) {
        let settings = Settings { max_bytes: 16 << 20, on_full: OnFull::Refuse };
        let disk = Arc::new(self.disk.clone());
        let journal =
            Journal::open_on(disk, Path::new("/data/logs"), self.storage.clone(), settings).unwrap();
        let head = journal.watermark(Watermark::Durable).0;
        assert!(head >= self.durable, "the durable watermark fell from {} to {head}", self.durable);
        let cursors = NAMES.map(|name| journal.cursor(name, true, None)).into();
        for cursor in journal.snapshot().cursors {
            assert!(cursor.is_balanced());
        }
        self.journal = Some((journal, cursors));
    }

    fn journal(&self) -> &Journal {
        &self.journal.as_ref().unwrap().0
    }

    async fn apply(&mut self, step: Step) {
        match step {
            Step::Send { requests, records, wait } => self.send(requests, records, wait).await,
            Step::Read { cursor, frames, settle } => self.read(cursor, frames, settle).await,
            Step::Drain => {
                for cursor in 0..NAMES.len() {
                    self.read(cursor, usize::MAX, 1).await;
                }
            }
            Step::Restart => {
                self.disk.set_faults(Faults::default());
                self.collect().await;
                self.journal = None;
                self.open();
            }
            Step::Crash { operations, requests } => {
                self.disk.crash_after(operations);
                self.send(requests, 3, false).await;
                self.crash().await;
            }
            Step::Faults(permille) => self.disk.set_faults(Faults {
                short_write: permille * 2,
                write: permille,
                sync: permille,
                create: permille,
                read: 0,
            }),
            Step::Capacity(segments) => self.disk.set_capacity(self.disk.used() + segments * SEGMENT),
        }
        let (journal, _) = self.journal.as_ref().unwrap();
        let durable = journal.watermark(Watermark::Durable).0;
        assert!(durable >= self.durable, "the durable watermark fell");
        self.durable = durable;
        for cursor in journal.snapshot().cursors {
            assert!(cursor.is_balanced(), "{cursor:?}");
        }
    }

    async fn send(&mut self, requests: u64, records: usize, wait: bool) {
        let budget = Budget::new(1 << 30);
        for _ in 0..requests {
            let id = self.next_id;
            self.next_id += 1;
            let request = request(id, records);
            self.sent.insert(request.bytes().to_vec(), id);
            let append = self.journal().append(frame(&budget, request), Watermark::Durable);
            if let Ok(receipt) = append.now_or_never().unwrap() {
                self.waiting.push((id, receipt));
            }
        }
        if wait {
            self.collect().await;
        }
    }

    /// Every sender learns what became of its request, whatever happens to the disk.
    async fn collect(&mut self) {
        for (id, receipt) in std::mem::take(&mut self.waiting) {
            let answer = tokio::time::timeout(Duration::from_secs(20), receipt.reached()).await;
            if answer.expect("a sender waits for ever").is_ok() {
                self.acknowledged.insert(id);
            }
        }
    }

    fn id(&self, taken: &Taken) -> u64 {
        *self.sent.get(&taken.request.bytes()[..]).expect("bytes that nobody has sent")
    }

    async fn read(&mut self, index: usize, frames: usize, settle: usize) {
        let (_, cursors) = self.journal.as_mut().unwrap();
        let cursor = &mut cursors[index];
        let mut taken = Vec::new();
        for _ in 0..frames {
            // What is durable can be read at once, or as soon as the disk has been read.
            let next = tokio::time::timeout(Duration::from_millis(2), cursor.next()).await;
            let Ok(frame) = next else { break };
            taken.push(frame);
        }
        let settler = cursor.settler();
        let ids: Vec<_> = taken.iter().map(|taken| self.id(taken)).collect();
        assert!(ids.is_sorted(), "order is kept");
        for (position, (taken, id)) in taken.iter().zip(ids).enumerate() {
            if position % settle == 0 {
                settler.settle(taken.seq, Settled::Delivered(taken.request.records()));
                self.settled[index].insert(id);
            }
        }
    }

    async fn crash(&mut self) {
        self.collect().await;
        let next = self.disk.reboot();
        self.journal = None;
        self.disk = next;
        // A file that is used again is nothing before it is what its name says.
        let look = Inspection::on(Arc::new(self.disk.clone()), Path::new("/data/logs"));
        for segment in look.iter().flat_map(|look| &look.segments) {
            let name = segment.header.map(|header| format!("/data/logs/{:020}.log", header.id));
            assert!(name.is_none_or(|name| segment.path == Path::new(&name)), "{segment:?}");
        }
        self.open();
    }

    /// With a disk that works again it takes requests by itself, and hands out all it ever promised.
    async fn finish(&mut self) {
        self.disk.set_faults(Faults::default());
        self.disk.set_capacity(u64::MAX);
        let deadline = Instant::now() + Duration::from_secs(30);
        while self.journal().status().health != Health::Healthy {
            assert!(Instant::now() < deadline, "it does not recover: {:?}", self.journal().status());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // A fault of a moment ago may still be on its way.
        self.send(1, 1, true).await;
        while !self.acknowledged.contains(&(self.next_id - 1)) {
            assert!(Instant::now() < deadline, "it takes nothing: {:?}", self.journal().status());
            tokio::time::sleep(Duration::from_millis(5)).await;
            self.send(1, 1, true).await;
        }
        self.crash().await;
        for index in 0..NAMES.len() {
            let (journal, cursors) = self.journal.as_mut().unwrap();
            let (journal, cursor) = (Arc::clone(journal), &mut cursors[index]);
            let settler = cursor.settler();
            let mut delivered = Vec::new();
            while cursor.waiting() > 0 {
                let all = async {
                    cursor.unread(1, 1).await;
                    cursor.take(Portion { records: 50, bytes: 5000, max_records: 100, max_bytes: 9000 })
                };
                let taken = tokio::time::timeout(Duration::from_secs(20), all).await;
                for taken in taken.expect("a reader waits for ever") {
                    settler.settle(taken.seq, Settled::Delivered(taken.request.records()));
                    delivered.push((taken.seq, taken));
                }
                if journal.snapshot().cursors[index].waiting == 0 {
                    break;
                }
            }
            assert!(delivered.is_sorted_by_key(|(seq, _)| *seq));
            let ids: Vec<_> = delivered.iter().map(|(_, taken)| self.id(taken)).collect();
            assert!(ids.is_sorted(), "order is kept");
            let got: BTreeSet<_> = ids.into_iter().chain(self.settled[index].iter().copied()).collect();
            let missing: Vec<_> = self.acknowledged.difference(&got).collect();
            assert!(missing.is_empty(), "acknowledged and gone for {}: {missing:?}", NAMES[index]);
            let seen = &self.journal().snapshot().cursors[index];
            assert!(seen.is_balanced() && seen.waiting == 0);
        }
    }
}

fn run(seed: u64, fsync: Fsync, steps: Vec<Step>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let mut world = World::new(seed, fsync);
        for step in steps {
            world.apply(step).await;
        }
        world.finish().await;
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, max_shrink_time: 20_000, ..ProptestConfig::default() })]

    /// Acknowledged ⊆ delivered ⊆ sent, in order, byte for byte, for every cursor; watermarks never fall;
    /// the accounts balance; every sender is answered; a disk that works again is used again.
    #[test]
    fn what_was_acknowledged_survives_whatever_the_disk_does(
        seed in any::<u64>(),
        interval in any::<bool>(),
        steps in steps(),
    ) {
        let fsync = if interval { Fsync::Interval(Duration::from_millis(3)) } else { Fsync::Always };
        run(seed, fsync, steps);
    }
}

/// The power goes at each of the operations that make segments of those that have gone.
#[test]
fn the_power_may_go_at_any_moment_while_files_are_used_again() {
    let mut recycled = 0;
    for seed in 0..80 {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let mut world = World::new(seed, Fsync::Always);
            for round in 0..3 {
                for _ in 0..3 {
                    world.apply(Step::Send { requests: 39, records: 50, wait: true }).await;
                    world.apply(Step::Drain).await;
                }
                let operations = seed / 2 + round * 7;
                world.apply(Step::Crash { operations, requests: 80 }).await;
            }
            recycled += world.disk.renamed();
            world.finish().await;
        });
    }
    assert!(recycled > 300, "only {recycled} files were used again");
}
