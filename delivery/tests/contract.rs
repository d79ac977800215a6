//! The contract of delivery, in the manner of the Collector's contract checker: a destination that
//! answers with random errors, delays, hangs, partial verdicts and size limits. Every record has to
//! be accounted for, exactly once.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::expect_used)]

mod support;

use component::settings::Duration;
use component::{Batch, Budget, ComponentId, Exporter, Outcome, Reason, Verdict};
use delivery::{Batching, CircuitBreaker, Lane, RetryOnFailure, SendingQueue, Settings, Stopper};
use journal::{DropReason, Journal, Receipt};
use parking_lot::Mutex;
use std::collections::BTreeSet;
use std::sync::Arc;
use support::{Graveyard, append, ids};
use tokio::time::{Instant, sleep};

/// What the destination knows of one record.
#[derive(Clone, Copy, Default)]
struct Record {
    /// How often it arrived.
    arrived: u32,
    /// Arrivals that the agent could not know of: the answer was lost.
    unanswered: u32,
    /// The agent was told that it will never be taken.
    rejected: bool,
}

/// A destination with a bad day.
struct Chaos {
    dice: Mutex<fastrand::Rng>,
    records: Mutex<Vec<Record>>,
    /// Records it refused without saying which.
    refused: Mutex<u64>,
    /// Records that one batch may have.
    limit: usize,
    /// The longest delay and half of the hang.
    delay: std::time::Duration,
}

impl Chaos {
    /// Takes records and answers for them, or loses the answer.
    fn take(&self, ids: &[u64], answered: bool) {
        let mut records = self.records.lock();
        for id in ids {
            let record = &mut records[*id as usize];
            assert!(!record.rejected, "record {id} was rejected and came again");
            record.arrived += 1;
            record.unanswered += u32::from(!answered);
        }
    }

    fn reject(&self, id: u64) {
        let record = &mut self.records.lock()[id as usize];
        assert!(!record.rejected, "record {id} was rejected and came again");
        record.rejected = true;
    }

    /// One in thirteen can never be taken.
    fn is_poison(id: u64) -> bool {
        id % 13 == 5
    }

    fn verdict(&self, id: u64) -> Verdict {
        if Chaos::is_poison(id) {
            self.reject(id);
            return Verdict::Rejected(Reason::of(if id.is_multiple_of(2) { "even" } else { "odd" }));
        }
        match self.dice.lock().u8(0..3) {
            0 => Verdict::Retry,
            _ => {
                self.take(&[id], true);
                Verdict::Delivered
            }
        }
    }
}

impl Exporter for Chaos {
    type Payload = Vec<u64>;

    fn encode(&self, batch: &Batch) -> Result<Vec<u64>, Reason> {
        let all: Vec<u64> = batch.requests().iter().flat_map(ids).collect();
        assert_eq!(all.len() as u64, batch.records());
        // One record in a hundred cannot be written in the destination's format.
        match all.iter().any(|id| id % 101 == 7) {
            true => Err(Reason::of("cannot be encoded")),
            false => Ok(all),
        }
    }

    async fn export(&self, ids: &Vec<u64>) -> Outcome {
        let (luck, wait) = {
            let mut dice = self.dice.lock();
            (dice.u8(0..100), self.delay.mul_f64(dice.f64()))
        };
        sleep(wait).await;
        if ids.len() > self.limit {
            return Outcome::TooLarge;
        }
        let failed = |after| Outcome::Retry { after, reason: Reason::of("503") };
        match luck {
            0..20 => failed(None),
            20..25 => failed(Some(self.delay)),
            // The connection breaks after the destination has taken everything.
            25..30 => {
                self.take(ids, false);
                failed(None)
            }
            // Hangs until the attempt is given up, before or after taking it.
            30..35 => {
                sleep(self.delay * 100).await;
                panic!("an attempt outlived its timeout");
            }
            35..40 => {
                self.take(ids, false);
                sleep(self.delay * 100).await;
                panic!("an attempt outlived its timeout");
            }
            40..43 => {
                ids.iter().for_each(|id| self.reject(*id));
                Outcome::Impossible(Reason::of("404"))
            }
            43..46 => {
                let records = self.dice.lock().u64(1..=ids.len() as u64);
                if records == ids.len() as u64 {
                    ids.iter().for_each(|id| self.reject(*id));
                } else {
                    *self.refused.lock() += records;
                    // Which ones is its secret; here the last.
                    self.take(&ids[..ids.len() - records as usize], true);
                }
                Outcome::Refused { records, reason: Reason::of("partial success") }
            }
            46..60 => Outcome::Partial(ids.iter().map(|id| self.verdict(*id)).collect()),
            // Rejected as a whole for what is in it.
            _ if ids.iter().any(|id| Chaos::is_poison(*id)) => {
                if let [single] = ids.as_slice() {
                    self.reject(*single);
                }
                Outcome::Rejected(Reason::of("400"))
            }
            _ => {
                self.take(ids, true);
                Outcome::Delivered
            }
        }
    }
}

struct World {
    journal: Arc<Journal>,
    budget: Arc<Budget>,
    graveyard: Arc<Graveyard>,
    chaos: Arc<Chaos>,
    lane: Arc<Lane>,
}

/// Real time where `delay` is short, paused time where it is long.
fn world(seed: u64, consumers: u32, delay: std::time::Duration, records: usize) -> World {
    let mut dice = fastrand::Rng::with_seed(seed);
    let settings = Settings {
        timeout: Some(Duration(delay * 20)),
        retry_on_failure: RetryOnFailure {
            initial_interval: Duration(delay),
            max_interval: Duration(delay * 8),
            ..RetryOnFailure::default()
        },
        sending_queue: SendingQueue {
            num_consumers: consumers,
            batch: Batching {
                flush_timeout: Duration(delay),
                min_size: dice.u64(1..40),
                max_size: if dice.bool() { 40 } else { 0 },
                ..Batching::default()
            },
            ..SendingQueue::default()
        },
        circuit_breaker: CircuitBreaker { open_for: Duration(delay * 2), ..CircuitBreaker::default() },
        ..Settings::default()
    };
    let graveyard = Arc::new(Graveyard::default());
    let id = ComponentId::parse("chaos").unwrap();
    let chaos = Arc::new(Chaos {
        records: Mutex::new(vec![Record::default(); records]),
        refused: Mutex::default(),
        limit: dice.usize(1..30),
        dice: Mutex::new(dice.fork()),
        delay,
    });
    World {
        journal: Journal::memory(journal::Settings::default()),
        budget: Budget::new(1 << 30),
        lane: Lane::new(id, settings, graveyard.clone(), dice),
        graveyard,
        chaos,
    }
}

impl World {
    /// Appends all records in requests of random sizes with random pauses.
    async fn feed(&self, seed: u64, delay: std::time::Duration) -> Vec<Receipt> {
        let mut dice = fastrand::Rng::with_seed(seed ^ 0xfeed);
        let all: Vec<u64> = (0..self.chaos.records.lock().len() as u64).collect();
        let mut rest = all.as_slice();
        let mut receipts = Vec::new();
        while !rest.is_empty() {
            let (some, others) = rest.split_at(dice.usize(1..60).min(rest.len()));
            receipts.push(append(&self.journal, &self.budget, some).await);
            rest = others;
            if dice.u8(0..4) == 0 {
                sleep(delay.mul_f64(dice.f64())).await;
            }
        }
        receipts
    }

    /// What must be true when everything is settled.
    async fn check(&self, receipts: Vec<Receipt>) {
        let records = self.chaos.records.lock().clone();
        let buried = self.graveyard.ids();
        let dead: BTreeSet<u64> = buried.iter().copied().collect();
        assert_eq!(dead.len(), buried.len(), "no record is dead twice");

        let seen = self.journal.snapshot().cursors.remove(0);
        let refused = *self.chaos.refused.lock();
        assert!(seen.is_balanced(), "{seen:?}");
        assert_eq!(seen.accepted, records.len() as u64);
        assert_eq!(seen.waiting, 0);
        assert_eq!(seen.dead_lettered, dead.len() as u64);
        assert_eq!(seen.dropped[DropReason::Refused as usize].1, refused);
        assert_eq!(self.budget.used(), 0, "every permit went back");

        let mut missing = 0;
        for (id, record) in records.iter().enumerate() {
            let is_dead = dead.contains(&(id as u64));
            assert!(!record.rejected || is_dead, "record {id} was rejected and is not buried");
            assert!(record.arrived <= 1 + record.unanswered, "record {id} was sent twice without need");
            assert!(!is_dead || record.arrived == record.unanswered, "record {id} is delivered and dead");
            missing += u64::from(record.arrived == 0 && !is_dead);
        }
        assert!(missing <= refused, "a record is missing that nobody refused");

        let mut told = 0;
        for receipt in receipts {
            told += receipt.reached().await.unwrap().rejected;
        }
        assert_eq!(told, dead.len() as u64 + refused, "senders learn of every rejection");
    }
}

async fn run_contract(seed: u64, consumers: u32, delay: std::time::Duration, records: usize) {
    let world = world(seed, consumers, delay, records);
    let (stopper, stop) = Stopper::new();
    let cursor = world.journal.cursor("chaos", true, None);
    let run =
        tokio::spawn(Arc::clone(&world.lane).run(Arc::clone(&world.chaos), "logs".into(), cursor, stop));
    let receipts = world.feed(seed, delay).await;
    stopper.drain_by(Instant::now() + std::time::Duration::from_secs(1 << 20));
    assert_eq!(run.await.unwrap(), 0, "all is settled within the deadline");
    world.check(receipts).await;
}

#[tokio::test(start_paused = true)]
async fn every_record_is_accounted_for_whatever_the_destination_does() {
    for seed in 0..40 {
        for consumers in [1, 3, 10] {
            run_contract(seed, consumers, std::time::Duration::from_millis(100), 1500).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_record_is_accounted_for_on_many_threads_in_real_time() {
    for seed in 100..103 {
        run_contract(seed, 10, std::time::Duration::from_millis(2), 3000).await;
    }
}

/// Stopped in the middle of it all, the accounting is as exact: what is neither delivered nor given
/// up is still waiting.
#[tokio::test(start_paused = true)]
async fn a_deadline_that_is_too_short_leaves_the_rest_waiting() {
    for seed in 0..20 {
        let delay = std::time::Duration::from_millis(100);
        let world = world(seed, 4, delay, 1500);
        let (stopper, stop) = Stopper::new();
        let cursor = world.journal.cursor("chaos", true, None);
        let run =
            tokio::spawn(Arc::clone(&world.lane).run(Arc::clone(&world.chaos), "logs".into(), cursor, stop));
        let receipts = world.feed(seed, delay).await;
        stopper.drain_by(Instant::now() + delay * 3);
        let left = run.await.unwrap();
        let seen = world.journal.snapshot().cursors.remove(0);
        assert!(seen.is_balanced() && left > 0 && seen.waiting == left, "{left} {seen:?}");
        assert_eq!(seen.dead_lettered, world.graveyard.ids().len() as u64);
        let mut unsettled = 0;
        for receipt in receipts {
            unsettled += u32::from(receipt.reached().await.is_err());
        }
        assert!(unsettled > 0, "senders of what is left are told to send it again");
    }
}
