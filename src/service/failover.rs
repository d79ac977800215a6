//! The `failover` connector: everything goes to the highest priority level that works.

use super::pipeline::{Entry, Receipts};
use super::tasks::{join_all, own};
use component::{Accepted, ComponentId, Context, Reason, Refusal};
use delivery::{Category, DeadLetter, DeadLetters, Lane, Stop};
use journal::{Cursor, DropReason, Portion, Settled, Settler, Taken};
use metrics::{Counter, Gauge};
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

/// Pipelines of one priority, and what tells whether they work.
pub struct Level {
    pub entry: Entry,
    pub ways: Vec<Way>,
}

/// Where a pipeline's data goes on.
#[derive(Clone)]
pub enum Way {
    Exporter(Arc<Lane>),
    Connector(Arc<Failover>),
}

/// One connector, shared by the pipelines that it reads.
pub struct Failover {
    id: ComponentId,
    levels: Vec<Level>,
    retry_interval: Duration,
    choice: Mutex<Choice>,
    dead_letters: Arc<dyn DeadLetters>,
    level: Gauge,
    switches: Counter,
}

/// Frames that are read under one lock.
const PORTION: Portion =
    Portion { records: 8192, bytes: 1 << 20, max_records: u64::MAX, max_bytes: u64::MAX };

/// Frames that may wait for the acknowledgement of the next pipelines at once.
const UNSETTLED: usize = 4096;

/// How long to wait before asking again, where nothing says when: for a level that works, or for room.
const PAUSE: Duration = Duration::from_millis(100);
/// How long to wait for room in a pipeline that says `on_full: block`.
const BLOCKED: Duration = Duration::from_secs(1);

impl Failover {
    pub fn new(
        id: ComponentId,
        levels: Vec<Level>,
        retry_interval: Duration,
        dead_letters: Arc<dyn DeadLetters>,
    ) -> Arc<Failover> {
        let labels = [("connector", id.to_string())];
        let level = metrics::gauge!("weir_failover_level", &labels);
        level.set(1.0);
        let switches = metrics::counter!("weir_failover_switches", &labels);
        switches.increment(0);
        let choice = Mutex::new(Choice { level: 0, look_up_at: Instant::now() });
        Arc::new(Failover { id, levels, retry_interval, choice, dead_letters, level, switches })
    }

    /// Whether no level works.
    fn is_down(&self) -> bool {
        (0..self.levels.len()).all(|level| !self.works(level))
    }

    fn works(&self, level: usize) -> bool {
        let down = |way: &Way| match way {
            Way::Exporter(lane) => lane.is_down(self.retry_interval),
            Way::Connector(connector) => connector.is_down(),
        };
        self.levels.get(level).is_some_and(|level| !level.ways.iter().any(down))
    }

    /// Hands on what one pipeline appends, in order, until it is told to stop: then what is waiting, until
    /// the deadline. What is left stays waiting in the journal.
    pub async fn run(self: Arc<Failover>, pipeline: Arc<str>, mut cursor: Cursor, mut stop: Stop) {
        let mut over = stop.clone();
        tokio::select! {
            () = self.hand_on(&pipeline, &mut cursor, &mut stop) => {}
            () = over.over() => {}
        }
    }

    async fn hand_on(self: &Arc<Failover>, pipeline: &Arc<str>, cursor: &mut Cursor, stop: &mut Stop) {
        let settler = cursor.settler();
        let mut unsettled = JoinSet::new();
        loop {
            tokio::select! {
                biased;
                () = cursor.unread(1, 1) => {}
                () = stop.begun() => {
                    if cursor.is_exhausted() {
                        break;
                    }
                    // What is not durable yet, or on disk only, is still to come.
                    cursor.unread(1, 1).await;
                }
            }
            for taken in cursor.take(PORTION) {
                let taken_over = self.append(&taken).await;
                while let Some(ended) = unsettled.try_join_next() {
                    own(ended);
                }
                if unsettled.len() >= UNSETTLED
                    && let Some(ended) = unsettled.join_next().await
                {
                    own(ended);
                }
                let (failover, pipeline, settler) = (Arc::clone(self), Arc::clone(pipeline), settler.clone());
                unsettled.spawn(async move { failover.settle(pipeline, taken, taken_over, &settler).await });
            }
        }
        join_all(&mut unsettled).await;
    }

    /// Waits until the next pipelines acknowledge a frame, and settles it. One that they lose before they
    /// acknowledge it is handed over again.
    async fn settle(
        &self,
        pipeline: Arc<str>,
        taken: Taken,
        mut taken_over: Result<Receipts, Reason>,
        settler: &Settler,
    ) {
        loop {
            match taken_over {
                Ok(receipts) => match receipts.reached().await {
                    Ok(accepted) => return self.settle_accepted(&taken, &accepted, settler),
                    Err(_) => sleep(PAUSE).await,
                },
                Err(reason) => return self.bury(pipeline, taken, reason, settler).await,
            }
            taken_over = self.append(&taken).await;
        }
    }

    fn settle_accepted(&self, taken: &Taken, accepted: &Accepted, settler: &Settler) {
        let records = taken.request.records();
        let rejected = u32::try_from(accepted.rejected).unwrap_or(u32::MAX).min(records);
        let all = [Settled::Dropped(rejected, DropReason::Refused), Settled::Delivered(records - rejected)];
        settler.settle_all(all.map(|settled| (taken.seq, settled)));
    }

    /// No pipeline will ever take it.
    async fn bury(&self, pipeline: Arc<str>, taken: Taken, reason: Reason, settler: &Settler) {
        let records = taken.request.records();
        let now = component::unix_nanos(SystemTime::now());
        let letter = DeadLetter {
            exporter: self.id.clone(),
            pipeline,
            request: taken.request,
            category: Category::Impossible,
            reason: reason.clone(),
            attempts: 1,
            received_unix_nano: taken.received_unix_nano,
            first_unix_nano: now,
            last_unix_nano: now,
        };
        self.dead_letters.keep(letter).await;
        settler.settle(taken.seq, Settled::DeadLettered(records, reason));
    }

    /// Appends to the pipelines of a level that works; waits for one, and for room in it. What blocks while
    /// it is full is asked anew from time to time: it may have died.
    async fn append(&self, taken: &Taken) -> Result<Receipts, Reason> {
        let context = Context::now(None);
        loop {
            let pause = match self.choose().and_then(|level| self.levels.get(level)) {
                None => PAUSE,
                Some(level) => {
                    match timeout(BLOCKED, level.entry.take_over(&taken.request, &context)).await {
                        Ok(Ok(receipts)) => return Ok(receipts),
                        Ok(Err(Refusal::Overloaded { .. } | Refusal::Unavailable { .. })) => PAUSE,
                        Ok(Err(Refusal::TooLarge { .. })) => {
                            return Err(Reason::of("larger than the next pipeline's journal"));
                        }
                        Ok(Err(_)) => return Err(Reason::of("the next pipeline's processors refuse it")),
                        Err(_) => Duration::ZERO,
                    }
                }
            };
            sleep(pause).await;
        }
    }

    /// The level to use now, if any works.
    fn choose(&self) -> Option<usize> {
        let mut choice = self.choice.lock();
        let before = choice.level;
        let works = |level: usize| self.works(level);
        let found = choice.choose(Instant::now(), self.retry_interval, self.levels.len(), works);
        self.level.set(found.map_or(0.0, |level| (level + 1) as f64));
        if choice.level != before {
            self.switches.increment(1);
            tracing::warn!(
                "otelcol.component.id" = %self.id,
                "otelcol.component.kind" = "connector",
                level = choice.level + 1,
                "Failover: data goes to another priority level"
            );
        }
        found
    }
}

/// The level in use, and when to look for a better one.
#[derive(Debug)]
struct Choice {
    level: usize,
    look_up_at: Instant,
}

impl Choice {
    /// The level to use at `now`: down at once, up when it is time to look. `None` while none works.
    fn choose(
        &mut self,
        now: Instant,
        interval: Duration,
        levels: usize,
        works: impl Fn(usize) -> bool,
    ) -> Option<usize> {
        let stays = works(self.level);
        if stays && (self.level == 0 || now < self.look_up_at) {
            return Some(self.level);
        }
        let best = (0..levels).find(|level| works(*level))?;
        self.look_up_at = now + interval;
        self.level = best;
        Some(best)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_level_that_fails_is_left_at_once_and_returned_to_after_the_interval() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut choice = Choice { level: 0, look_up_at: start };
        // When, which of the three levels work, and what is chosen.
        for (seconds, working, expected) in [
            (0, [true, true, true], Some(0)),
            (1, [false, true, true], Some(1)),
            (2, [true, true, true], Some(1)),
            (60, [true, true, true], Some(1)),
            (61, [true, true, true], Some(0)),
            (62, [false, false, true], Some(2)),
            (63, [false, false, false], None),
            (64, [false, true, false], Some(1)),
            (124, [false, true, true], Some(1)),
            (125, [true, true, true], Some(1)),
            (184, [true, true, true], Some(0)),
        ] {
            let chosen = choice.choose(at(seconds), Duration::from_secs(60), 3, |level| {
                working.get(level).is_some_and(|works| *works)
            });
            assert_eq!(chosen, expected, "after {seconds}s");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_not_durable_yet_is_waited_for_asleep_when_the_agent_stops() {
        let directory = tempfile::tempdir().unwrap();
        // It becomes durable long after the deadline.
        let storage = journal::Storage {
            fsync: journal::Fsync::Interval(Duration::from_secs(3600)),
            min_free_bytes: 0,
            ..journal::Storage::default()
        };
        let journal =
            journal::Journal::open(directory.path(), storage, journal::Settings::default()).unwrap();
        let id = ComponentId::parse("failover").unwrap();
        let cursor = journal.cursor(id.as_str(), true, None);
        let record = bytes::Bytes::from_static(b"\x0a\x04\x12\x02\x12\x00");
        let request =
            pdata::Request::validate(pdata::Signal::Logs, record, &pdata::Limits::default()).unwrap();
        let permit = Arc::new(component::Budget::new(1000).admit(6).unwrap());
        let frame = journal::Frame { request, context: Context::now(None), permit };
        journal.append(frame, journal::Watermark::Received).await.unwrap();

        let letters = Arc::new(delivery::CountedDeadLetters::default());
        let failover = Failover::new(id, Vec::new(), Duration::from_secs(60), letters);
        let (stopper, stop) = delivery::Stopper::new();
        stopper.drain_by(Instant::now() + Duration::from_secs(10));
        let mut run = std::pin::pin!(failover.run("logs".into(), cursor, stop));
        let mut polls = 0;
        std::future::poll_fn(|context| {
            polls += 1;
            assert!(polls < 100, "it spins");
            run.as_mut().poll(context)
        })
        .await;
    }
}
