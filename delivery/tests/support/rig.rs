//! One delivery loop between a journal and a destination that answers as a test says.

use super::{Graveyard, append, ids};
use component::{Batch, Budget, ComponentId, Exporter, Outcome, Reason};
use delivery::{Batching, CircuitBreaker, Lane, SendingQueue, Settings, Stopper};
use journal::{Journal, Receipt};
use parking_lot::Mutex;
use std::sync::Arc;
use std::thread::ThreadId;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// The record that cannot be written in the destination's format.
pub const UNWRITABLE: u64 = 1 << 60;

type Answer = Box<dyn Fn(&[u64]) -> Outcome + Send + Sync>;

/// A destination that tells of every attempt and answers as the test says.
pub struct Destination {
    pub attempts: mpsc::UnboundedSender<(Instant, Vec<u64>)>,
    answer: Answer,
    /// How long it takes.
    takes: Duration,
    /// What was encoded, and where.
    pub encoded: Encoded,
}

pub type Encoded = Arc<Mutex<Vec<(ThreadId, Vec<u64>)>>>;

impl Destination {
    pub fn new(
        takes: Duration,
        answer: impl Fn(&[u64]) -> Outcome + Send + Sync + 'static,
    ) -> (Destination, mpsc::UnboundedReceiver<(Instant, Vec<u64>)>) {
        let (attempts, seen) = mpsc::unbounded_channel();
        (Destination { attempts, answer: Box::new(answer), takes, encoded: Arc::default() }, seen)
    }
}

impl Exporter for Destination {
    type Payload = Vec<u64>;

    fn encode(&self, batch: &Batch) -> Result<Vec<u64>, Reason> {
        let all: Vec<u64> = batch.requests().iter().flat_map(ids).collect();
        self.encoded.lock().push((std::thread::current().id(), all.clone()));
        match all.contains(&UNWRITABLE) {
            true => Err(Reason::of("cannot be encoded")),
            false => Ok(all),
        }
    }

    async fn export(&self, ids: &Vec<u64>) -> Outcome {
        self.attempts.send((Instant::now(), ids.clone())).unwrap();
        tokio::time::sleep(self.takes).await;
        (self.answer)(ids)
    }
}

pub struct Rig {
    pub journal: Arc<Journal>,
    pub budget: Arc<Budget>,
    pub lane: Arc<Lane>,
    pub graveyard: Arc<Graveyard>,
    pub attempts: mpsc::UnboundedReceiver<(Instant, Vec<u64>)>,
    pub encoded: Encoded,
    pub stopper: Stopper,
    pub run: JoinHandle<u64>,
}

impl Rig {
    pub fn new(settings: Settings, answer: impl Fn(&[u64]) -> Outcome + Send + Sync + 'static) -> Rig {
        Rig::slow(settings, Duration::ZERO, answer)
    }

    pub fn slow(
        settings: Settings,
        takes: Duration,
        answer: impl Fn(&[u64]) -> Outcome + Send + Sync + 'static,
    ) -> Rig {
        let graveyard = Arc::new(Graveyard::default());
        let id = ComponentId::parse("sink/test").unwrap();
        let lane = Lane::new(id, settings, graveyard.clone(), fastrand::Rng::with_seed(1));
        let (destination, attempts) = Destination::new(takes, answer);
        let encoded = Arc::clone(&destination.encoded);
        let journal = Journal::memory(journal::Settings::default());
        let cursor = journal.cursor("sink/test", true, None);
        let (stopper, stop) = Stopper::new();
        let run = tokio::spawn(Arc::clone(&lane).run(Arc::new(destination), "logs".into(), cursor, stop));
        let budget = Budget::new(1 << 30);
        Rig { journal, budget, lane, graveyard, attempts, encoded, stopper, run }
    }

    pub async fn send(&self, ids: &[u64]) -> Receipt {
        append(&self.journal, &self.budget, ids).await
    }

    pub async fn next(&mut self) -> Vec<u64> {
        self.attempts.recv().await.unwrap().1
    }

    /// Drains for as long as it takes; what was attempted and not looked at yet.
    pub async fn drain(mut self) -> Vec<Vec<u64>> {
        self.stopper.drain_by(Instant::now() + Duration::from_secs(1 << 20));
        assert_eq!((&mut self.run).await.unwrap(), 0);
        let seen = self.journal.snapshot().cursors.remove(0);
        assert!(seen.is_balanced() && seen.waiting == 0);
        drop(self.run);
        let mut rest = Vec::new();
        while let Ok((_, ids)) = self.attempts.try_recv() {
            rest.push(ids);
        }
        rest
    }
}

pub fn delivered(_: &[u64]) -> Outcome {
    Outcome::Delivered
}

pub fn unavailable() -> Outcome {
    Outcome::Retry { after: None, reason: Reason::of("503") }
}

/// Batches of `min_size` records, and no breaker unless a test is about it.
pub fn settings(min_size: u64) -> Settings {
    let batch = Batching { min_size, ..Batching::default() };
    Settings {
        sending_queue: SendingQueue { batch, ..SendingQueue::default() },
        circuit_breaker: CircuitBreaker { enabled: false, ..CircuitBreaker::default() },
        ..Settings::default()
    }
}
