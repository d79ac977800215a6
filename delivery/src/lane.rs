//! One exporter's way out, shared by all pipelines that use it, and the loop that drives it.

use crate::batcher::Batcher;
use crate::breaker::{Breaker, BreakerState};
use crate::dead_letter::DeadLetters;
use crate::flight::Flight;
use crate::rate_limit::Limiter;
use crate::settings::Settings;
use crate::status::{Record, Status};
use crate::stop::Stop;
use crate::telemetry::ExporterMetrics;
use component::{ComponentId, Exporter, Reason};
use journal::Cursor;
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{JoinError, JoinSet};
use tokio_util::task::AbortOnDropHandle;

/// What the pipelines of one exporter share: its circuit breaker, rate limit, places in flight,
/// health and metrics.
pub struct Lane {
    pub(crate) id: ComponentId,
    pub(crate) settings: Settings,
    /// Of one attempt; `None` for as long as it wants.
    pub(crate) timeout: Option<Duration>,
    pub(crate) dead_letters: Arc<dyn DeadLetters>,
    pub(crate) breaker: Breaker,
    pub(crate) limiter: Option<Limiter>,
    pub(crate) metrics: ExporterMetrics,
    /// Batches that may be on their way at once.
    pub(crate) places: Arc<Semaphore>,
    record: Mutex<Record>,
    dice: Mutex<fastrand::Rng>,
    _breaker_driver: AbortOnDropHandle<()>,
}

impl Lane {
    /// The way out of the exporter `id`. `dice` make the delays between attempts random.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime: the circuit breaker runs as a task of its own.
    pub fn new(
        id: ComponentId,
        settings: Settings,
        dead_letters: Arc<dyn DeadLetters>,
        dice: fastrand::Rng,
    ) -> Arc<Lane> {
        let metrics = ExporterMetrics::new(&id);
        metrics.breaker(BreakerState::Closed);
        let (seen, exporter) = (metrics.clone(), id.clone());
        let (breaker, driver) = Breaker::new(&settings.circuit_breaker, move |state| {
            seen.breaker(state);
            log_breaker(&exporter, state);
        });
        let consumers = usize::try_from(settings.sending_queue.num_consumers).unwrap_or(usize::MAX);
        Arc::new(Lane {
            timeout: settings.attempt_timeout(),
            breaker,
            limiter: Limiter::new(&settings.rate_limit),
            metrics,
            places: Arc::new(Semaphore::new(consumers.clamp(1, Semaphore::MAX_PERMITS))),
            record: Mutex::default(),
            dice: Mutex::new(dice),
            _breaker_driver: AbortOnDropHandle::new(tokio::spawn(driver.run())),
            dead_letters,
            settings,
            id,
        })
    }

    /// How the exporter is doing.
    pub fn status(&self) -> Status {
        Status { health: self.record.lock().health(), breaker: self.breaker.state() }
    }

    /// Whether data had better go elsewhere: the circuit breaker is open, or as many attempts as would open
    /// it have failed in a row, rejections included. One whose last failure is `forgiven_after` ago is worth
    /// a try: where no data is left to try with, nobody would ever find out.
    pub fn is_down(&self, forgiven_after: Duration) -> bool {
        let attempts = match self.breaker.state() {
            BreakerState::Open => return true,
            BreakerState::HalfOpen => 1,
            BreakerState::Closed => self.settings.circuit_breaker.failure_threshold,
        };
        self.record.lock().failed_lately(attempts, forgiven_after)
    }

    /// Delivers what `pipeline` appends, until it is told to stop: then it drains, and returns how
    /// many records it could not settle by the deadline. They stay waiting in the journal.
    ///
    /// Run once for every pipeline of the exporter. [`Exporter::shutdown`] is the caller's, once all
    /// of them have returned.
    ///
    /// # Panics
    ///
    /// When the exporter does.
    pub async fn run<E: Exporter>(
        self: Arc<Lane>,
        exporter: Arc<E>,
        pipeline: Arc<str>,
        mut cursor: Cursor,
        mut stop: Stop,
    ) -> u64 {
        let mut over = stop.clone();
        let mut flights = JoinSet::new();
        tokio::select! {
            () = self.deliver(exporter, pipeline, &mut cursor, &mut stop, &mut flights) => {}
            () = over.over() => {}
        }
        flights.shutdown().await;
        cursor.waiting()
    }

    /// Until draining is done.
    async fn deliver<E: Exporter>(
        self: &Arc<Lane>,
        exporter: Arc<E>,
        pipeline: Arc<str>,
        cursor: &mut Cursor,
        stop: &mut Stop,
        flights: &mut JoinSet<()>,
    ) {
        let settler = cursor.settler();
        let mut batcher = Batcher::new(&self.settings.sending_queue);
        loop {
            tokio::select! {
                Some(landed) = flights.join_next() => land(landed),
                due = self.due(&mut batcher, cursor, stop) => {
                    let Some(place) = due else { break };
                    let lots = batcher.take(cursor);
                    let (lane, exporter) = (Arc::clone(self), Arc::clone(&exporter));
                    let flight = Flight::new(lane, exporter, Arc::clone(&pipeline), settler.clone());
                    flights.spawn(async move {
                        flight.run(lots).await;
                        drop(place);
                    });
                }
            }
        }
        while let Some(landed) = flights.join_next().await {
            land(landed);
        }
    }

    /// Waits until a batch is due and may leave; `None` when there will be none. Reads nothing: what
    /// has no place yet, or meets an open breaker, stays in the journal.
    async fn due(
        &self,
        batcher: &mut Batcher,
        cursor: &mut Cursor,
        stop: &mut Stop,
    ) -> Option<OwnedSemaphorePermit> {
        if !batcher.ready(cursor, stop).await {
            return None;
        }
        let place = Arc::clone(&self.places).acquire_owned().await.ok()?;
        self.breaker.not_open().await;
        Some(place)
    }

    /// Dice of its own for one batch.
    pub(crate) fn dice(&self) -> fastrand::Rng {
        self.dice.lock().fork()
    }

    /// An attempt ended; with the reason if data did not get through.
    pub(crate) fn record(&self, failing: Option<&Reason>) {
        let mut record = self.record.lock();
        match failing {
            None => record.succeeded(),
            Some(reason) => record.failed(reason),
        }
    }

    pub(crate) fn log_retry(&self, reason: &Reason, delay: Duration) {
        tracing::info!(
            "otelcol.component.id" = %self.id,
            "otelcol.component.kind" = "exporter",
            error = %reason,
            interval = ?delay,
            "Exporting failed. Will retry the request after interval."
        );
    }

    pub(crate) fn log_refused(&self, records: u64, reason: &Reason) {
        tracing::warn!(
            "otelcol.component.id" = %self.id,
            "otelcol.component.kind" = "exporter",
            error = %reason,
            dropped_items = records,
            "Partial success response"
        );
    }
}

/// A flight that panicked takes its loop with it: somebody has to notice.
fn land(landed: Result<(), JoinError>) {
    if let Err(failed) = landed
        && let Ok(panic) = failed.try_into_panic()
    {
        std::panic::resume_unwind(panic);
    }
}

fn log_breaker(exporter: &ComponentId, state: BreakerState) {
    match state {
        BreakerState::Open => tracing::warn!(
            "otelcol.component.id" = %exporter,
            "otelcol.component.kind" = "exporter",
            "Circuit breaker open: the destination keeps failing. Data waits in the journal."
        ),
        BreakerState::HalfOpen => tracing::debug!(
            "otelcol.component.id" = %exporter,
            "otelcol.component.kind" = "exporter",
            "Circuit breaker half-open: probing the destination."
        ),
        BreakerState::Closed => tracing::info!(
            "otelcol.component.id" = %exporter,
            "otelcol.component.kind" = "exporter",
            "Circuit breaker closed: the destination works again."
        ),
    }
}
