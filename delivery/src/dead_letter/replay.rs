//! Sending dead letters to their exporter again: because somebody asks for it, or from time to time.
//!
//! A letter leaves as its exporter's other data does, through the lane's circuit breaker, rate limit and
//! places in flight, but by itself: its records have been accounted for in their pipeline, and whatever
//! becomes of them now does not change that.

use super::store::DeadLetterStore;
use super::{Category, DeadLetter, DeadLetters, Kept, Mark};
use crate::attempt::attempt;
use crate::backoff::Backoff;
use crate::lane::Lane;
use crate::stop::Stop;
use component::{Batch, Exporter, Outcome, Reason, Verdict, unix_nanos};
use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::time::{Instant, sleep};

/// How often the lane looks whether somebody asks for something.
const POLL: Duration = Duration::from_secs(1);

impl Lane {
    /// Replays this exporter's dead letters from `store`, where somebody asks for it and as its settings
    /// say, until draining begins.
    ///
    /// # Panics
    ///
    /// When the exporter does.
    pub async fn replay<E: Exporter>(
        self: Arc<Lane>,
        exporter: Arc<E>,
        store: Arc<DeadLetterStore>,
        mut stop: Stop,
    ) {
        let replay = Replay { lane: self, exporter, store };
        tokio::select! {
            () = replay.run() => {}
            () = stop.begun() => {}
        }
    }
}

struct Replay<E> {
    lane: Arc<Lane>,
    exporter: Arc<E>,
    store: Arc<DeadLetterStore>,
}

impl<E: Exporter> Replay<E> {
    async fn run(&self) {
        let settings = &self.lane.settings.dead_letter_retry;
        let mut due = Instant::now() + *settings.interval;
        // Files that cannot be removed, so that what they ask for is done once.
        let mut done = BTreeSet::new();
        loop {
            for requested in self.store.requested(&self.lane.id).await {
                if done.contains(requested.path()) {
                    continue;
                }
                let ids: BTreeSet<u64> = requested.ids.iter().copied().collect();
                let first = ids.first().copied().unwrap_or(0);
                if let Err(error) = self.replay(first, move |kept| ids.contains(&kept.id)).await {
                    // They stay asked for: those that were sent are marked, the others come next time.
                    tracing::warn!(%error, "Cannot read the dead letters that are to be replayed; trying again.");
                    continue;
                }
                if let Err(error) = requested.done() {
                    tracing::warn!(%error, "Cannot remove what was asked to be replayed; the next start replays it again.");
                    done.insert(requested.path().to_owned());
                }
            }
            if settings.enabled && due <= Instant::now() {
                let max_age = u64::try_from(settings.max_age.as_nanos()).unwrap_or(u64::MAX);
                let oldest = match max_age {
                    0 => 0,
                    _ => unix_nanos(SystemTime::now()).saturating_sub(max_age),
                };
                if let Err(error) = self.replay(0, move |kept| kept.letter.last_unix_nano >= oldest).await {
                    tracing::warn!(%error, "Cannot read the dead letters; those that are left come with the next retry.");
                }
                due = Instant::now() + *settings.interval;
            }
            sleep(POLL).await;
        }
    }

    /// Sends those of the exporter's letters from `first` on that `wanted` says yes to, each once.
    async fn replay(
        &self,
        first: u64,
        wanted: impl Fn(&Kept) -> bool + Clone + Send + 'static,
    ) -> io::Result<()> {
        let mut from = first;
        // What is rejected now is a new letter at the end in part; those are for the next time.
        let end = self.store.end();
        loop {
            let (id, wanted) = (self.lane.id.clone(), wanted.clone());
            let mine = move |kept: &Kept| kept.id < end && kept.letter.exporter == id && wanted(kept);
            let (page, next) = self.store.page(from, mine).await?;
            for kept in page {
                self.send(kept).await;
            }
            match next {
                Some(next) => from = next,
                None => return Ok(()),
            }
        }
    }

    /// Sends one letter until there is a verdict, and marks it.
    async fn send(&self, Kept { id, letter }: Kept) {
        let batch = Batch::new(letter.request.signal(), vec![letter.request.clone()]);
        let (exporter, encoding) = (Arc::clone(&self.exporter), batch.clone());
        let encoded = tokio::task::spawn_blocking(move || exporter.encode(&encoding)).await;
        let outcome = match encoded {
            Ok(Ok(payload)) => self.deliver(&payload, batch.records()).await,
            Ok(Err(reason)) => Outcome::Rejected(reason),
            Err(failed) => match failed.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => return,
            },
        };
        let records = batch.records();
        match outcome {
            Outcome::Delivered => self.store.mark(Mark::Replayed, id).await,
            // As elsewhere: the destination has the others, and nobody knows which these are.
            Outcome::Refused { records: refused, reason } if refused < records => {
                self.lane.log_refused(refused, &reason);
                self.store.mark(Mark::Replayed, id).await;
            }
            Outcome::Partial(verdicts) => self.partial(id, letter, &verdicts).await,
            Outcome::Refused { reason, .. } | Outcome::Rejected(reason) | Outcome::Impossible(reason) => {
                self.rejected(id, &reason).await;
            }
            Outcome::Retry { reason, .. } => self.rejected(id, &reason).await,
            Outcome::TooLarge => self.rejected(id, &Reason::of("too large for the destination")).await,
        }
    }

    /// Tries until the answer is final: an outage is no verdict on the letter.
    async fn deliver(&self, payload: &E::Payload, records: u64) -> Outcome {
        let settings = &self.lane.settings.retry_on_failure;
        let mut backoff = Backoff::new(settings);
        let mut dice = self.lane.dice();
        loop {
            let after = {
                let Ok(_place) = self.lane.places.acquire().await else { return Outcome::TooLarge };
                match attempt(&self.lane, &*self.exporter, payload, records).await {
                    Outcome::Retry { after, reason } => {
                        self.lane.log_retry(&reason, after.unwrap_or_default());
                        after
                    }
                    outcome => return outcome,
                }
            };
            sleep(backoff.next(settings, after, &mut dice)).await;
        }
    }

    async fn rejected(&self, id: u64, reason: &Reason) {
        tracing::warn!(
            "otelcol.component.id" = %self.lane.id,
            "otelcol.component.kind" = "exporter",
            letter = id,
            error = %reason,
            "Dead letter was rejected again."
        );
        self.store.mark(Mark::Tried, id).await;
    }

    /// What the destination did not take is a letter of its own from now on.
    async fn partial(&self, id: u64, letter: DeadLetter, verdicts: &[Verdict]) {
        let taken = |index: u32| verdicts.get(index as usize) == Some(&Verdict::Delivered);
        match letter.request.select(|index| !taken(index)) {
            Some(rest) if rest.records() == letter.request.records() => {
                self.rejected(id, &letter.reason).await;
            }
            Some(rest) => {
                let reason = verdicts.iter().find_map(|verdict| match verdict {
                    Verdict::Rejected(reason) => Some(reason.clone()),
                    Verdict::Delivered | Verdict::Retry => None,
                });
                let letter = DeadLetter {
                    request: rest,
                    category: reason.as_ref().map_or(letter.category, |_| Category::Rejected),
                    reason: reason.unwrap_or_else(|| letter.reason.clone()),
                    attempts: letter.attempts.saturating_add(1),
                    ..letter
                };
                self.store.keep(letter).await;
                self.store.mark(Mark::Replayed, id).await;
            }
            None => self.store.mark(Mark::Replayed, id).await,
        }
    }
}
