//! A configuration becomes a running agent: build, start, wait, stop.
//!
//! Exporters start first and receivers last, so that nothing is accepted before it can leave;
//! receivers stop first, so that what is accepted can still leave.

mod build;
mod connectors;
mod dead_letters;
mod failover;
mod overlay;
pub mod pipeline;
mod storage;
mod tasks;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;

use crate::config::Config;
use crate::telemetry::health::{Health, Phase};
use crate::telemetry::metrics::{Metrics, Sources};
use component::BuildError;
use connectors::Connectors;
use dead_letters::Graveyard;
use nix::sys::signal::{SigSet, Signal};
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

/// How a run ended.
#[derive(Debug)]
pub struct Ended {
    /// Accepted records that no exporter settled before the deadline: they were in memory, and are gone.
    pub undelivered: u64,
    /// A task of the data path that ended by itself, if that is why the agent stopped; or a journal that
    /// could not be written to its end.
    pub fault: Option<String>,
    /// Whether it was asked to start again with what the configuration says now.
    pub reload: bool,
}

/// Runs the agent until it is asked to stop or, by SIGHUP, to start again; then `is_valid` says whether
/// the configuration can be used as it is now. `Err` when it could not start.
pub async fn run(
    config: Config,
    is_valid: impl Fn() -> bool,
    metrics: Option<Arc<Metrics>>,
) -> Result<Ended, BuildError> {
    // Before anything starts: a signal that comes early must not be lost.
    let mut signals = Signals::listen()?;
    let shutdown_timeout = *config.service.shutdown_timeout;
    let mut agent = start(config, metrics).await?;
    tracing::info!("Everything is ready. Begin running and processing data.");
    let mut reload = false;
    let fault = loop {
        tokio::select! {
            name = signals.next() => {
                tracing::info!(signal = name, "Received signal from OS");
                reload = name == HANGUP;
                if !reload || is_valid() {
                    break None;
                }
                tracing::error!("The configuration is invalid now. Going on as before.");
            }
            fault = agent.fault() => {
                tracing::error!(%fault, "A task of the data path ended. Stopping, so that a supervisor can start anew.");
                agent.health.fault(fault.clone());
                break Some(fault);
            }
        }
    };
    tracing::info!("Starting shutdown...");
    tokio::select! {
        () = agent.stop(shutdown_timeout, reload) => {}
        name = signals.end() => {
            reload = false;
            tracing::warn!(signal = name, "Second signal: not waiting for what is still to be delivered");
        }
    }
    let unwritten = agent.finish().await;
    let Left { undelivered, kept } = agent.left();
    if kept > 0 {
        tracing::warn!(
            waiting = kept,
            "Not everything is delivered yet. The rest is in the journal on disk, and the next start goes on with it."
        );
    }
    match undelivered {
        0 => tracing::info!("Shutdown complete."),
        _ => tracing::error!(
            undelivered,
            "Shutdown complete. Accepted records could not be delivered in time and are lost: they were in memory only."
        ),
    }
    if reload {
        let_signals_wait();
        // Whoever wants it to stop may have said so meanwhile.
        reload = timeout(LAST_WORD, signals.end()).await.is_err();
    }
    Ok(Ended { undelivered, fault: fault.or(unwritten), reload })
}

/// Records that wait for some exporter, by what becomes of them.
struct Left {
    /// They were in memory.
    undelivered: u64,
    /// They are on disk.
    kept: u64,
}

/// How long exporters may take to close what they have open, once there is nothing left to deliver.
const GRACE: Duration = Duration::from_secs(5);

/// How long a reload goes on delivering what the next start could deliver as well: what is on its way to
/// a destination that works arrives, and does not have to be sent twice.
const HAND_OVER: Duration = Duration::from_secs(1);

/// How often a reload looks whether anything is left in memory.
const LOOK: Duration = Duration::from_millis(20);

/// Until nothing waits in these pipelines, and `earliest`.
async fn drained(pipelines: &[Arc<pipeline::Pipeline>], earliest: Instant) {
    tokio::time::sleep_until(earliest).await;
    let waits = |pipeline: &Arc<pipeline::Pipeline>| {
        pipeline.journal.snapshot().cursors.iter().any(|cursor| cursor.waiting > 0)
    };
    while pipelines.iter().any(waits) {
        tokio::time::sleep(LOOK).await;
    }
}

/// Everything that runs, and how to stop it.
pub(crate) struct Agent {
    health: Arc<Health>,
    pipelines: Vec<Arc<pipeline::Pipeline>>,
    receivers: JoinSet<String>,
    stop_receivers: CancellationToken,
    connectors: Connectors,
    exporters: JoinSet<String>,
    stop_exporters: delivery::Stopper,
    graveyard: Graveyard,
}

async fn start(config: Config, metrics: Option<Arc<Metrics>>) -> Result<Agent, BuildError> {
    let health = Health::starting();
    build::serve_admin(&config, &health, metrics.as_ref()).await?;
    let (stop_exporters, stop) = delivery::Stopper::new();
    let built = build::pipelines(&config)?;
    let graveyard = dead_letters::open(&config, &health)?;
    let build::Exporters { tasks: mut exporters, lanes } =
        build::exporters(&config, &built, &health, &graveyard, &stop)?;
    graveyard.tend(&mut exporters, stop.clone());
    let budget = component::Budget::new(config.service.memory.budget.as_usize());
    let connectors = Connectors::start(&config, &built, &lanes, &budget, &graveyard)?;
    for pipeline in built.pipelines.iter().filter(|pipeline| pipeline.storage.is_some()) {
        storage::warn_of_unclaimed(pipeline);
        storage::watch(&health, pipeline);
    }
    storage::warn_of_strays(&config, &built.pipelines);
    if let Some(metrics) = metrics {
        metrics.watch(Sources { pipelines: built.pipelines.clone(), budget: Arc::clone(&budget) });
    }
    let stop_receivers = CancellationToken::new();
    let receivers = build::receivers(&config, &built, &budget, &stop_receivers).await?;
    health.enter(Phase::Ready);
    let pipelines = built.pipelines;
    Ok(Agent {
        health,
        pipelines,
        receivers,
        stop_receivers,
        connectors,
        exporters,
        stop_exporters,
        graveyard,
    })
}

impl Agent {
    /// Waits for a task of the data path to end by itself, which none should; what it was.
    async fn fault(&mut self) -> String {
        tokio::select! {
            Some(ended) = self.receivers.join_next() => name_of("receiver", ended),
            Some(ended) = self.connectors.ended() => name_of("connector", ended),
            Some(ended) = self.exporters.join_next() => name_of("exporter", ended),
        }
    }

    /// Receivers first, and they get half of the time: requests in flight are answered. Connectors get half
    /// of the rest. Then the journals are drained. Whoever starts again in this moment (`reload`) waits for
    /// what is in memory only: senders are kept waiting meanwhile, and the next start goes on with the rest.
    async fn stop(&mut self, within: Duration, reload: bool) {
        let start = Instant::now();
        let in_memory: Vec<_> =
            self.pipelines.iter().filter(|pipeline| pipeline.storage.is_none()).cloned().collect();
        let within = if reload && in_memory.is_empty() { within.min(HAND_OVER) } else { within };
        self.health.enter(Phase::Stopping);
        self.stop_receivers.cancel();
        let _ = timeout_at(start + within / 2, async { while self.receivers.join_next().await.is_some() {} })
            .await;
        self.receivers.shutdown().await;
        let now = Instant::now();
        self.connectors.stop(now + (start + within).saturating_duration_since(now) / 2).await;
        for pipeline in &self.pipelines {
            pipeline.journal.close();
        }
        self.stop_exporters.drain_by(start + within);
        // The loops return by the deadline; closing a destination may take a moment longer, not for ever.
        let end = start + within + GRACE;
        let ended = async { while self.exporters.join_next().await.is_some() {} };
        let mut ended = std::pin::pin!(timeout_at(end, ended));
        tokio::select! {
            _ = &mut ended => return,
            () = drained(&in_memory, start + HAND_OVER), if reload => {}
        }
        self.stop_exporters.drain_by(Instant::now());
        let _ = ended.await;
    }

    /// Writes what journals on disk have not written yet. What could not be, if anything.
    async fn finish(&mut self) -> Option<String> {
        let mut unwritten = None;
        if let Some(store) = self.graveyard.store.clone() {
            // Whatever it has taken over is written; this frees the directory.
            let _ = tokio::task::spawn_blocking(move || store.finish()).await;
        }
        for pipeline in self.pipelines.clone() {
            let finished = tokio::task::spawn_blocking(move || storage::finish(&pipeline)).await;
            if let Ok(Some(what)) = finished {
                tracing::error!("{what}");
                unwritten = Some(what);
            }
        }
        unwritten
    }

    /// Records that some exporter has not settled.
    fn left(&self) -> Left {
        let mut left = Left { undelivered: 0, kept: 0 };
        for pipeline in &self.pipelines {
            let waiting =
                pipeline.journal.snapshot().cursors.iter().map(|cursor| cursor.waiting).sum::<u64>();
            match pipeline.storage {
                Some(_) => left.kept += waiting,
                None => left.undelivered += waiting,
            }
        }
        left
    }
}

fn name_of(kind: &str, ended: Result<String, JoinError>) -> String {
    match ended {
        Ok(id) => format!("{kind} {id} ended"),
        // The panic itself, with its place, is in the log already.
        Err(_) => format!("{kind} panicked"),
    }
}

/// How long a signal that has come may take to be heard.
const LAST_WORD: Duration = Duration::from_millis(10);

/// The signal to start again.
const HANGUP: &str = "hangup";

/// Signals to stop or to start again wait until somebody listens: their default is to end the process at once. For the
/// thread that runs the service, and those that it starts.
pub fn let_signals_wait() {
    // It fails for no signal that there is.
    let _ = all_signals().thread_block();
}

fn all_signals() -> SigSet {
    SigSet::from_iter([Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP])
}

struct Signals {
    term: tokio::signal::unix::Signal,
    int: tokio::signal::unix::Signal,
    hup: tokio::signal::unix::Signal,
}

impl Signals {
    fn listen() -> Result<Signals, BuildError> {
        let listen =
            |kind| signal(kind).map_err(|error| BuildError(format!("cannot listen for signals: {error}")));
        let (term, int) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
        let signals = Signals { term, int, hup: listen(SignalKind::hangup())? };
        let listening = all_signals().thread_unblock();
        listening.map_err(|error| BuildError(format!("cannot listen for signals: {error}")))?;
        Ok(signals)
    }

    /// Waits to be told to stop, and not to start again.
    async fn end(&mut self) -> &'static str {
        loop {
            match self.next().await {
                HANGUP => {}
                name => return name,
            }
        }
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.term.recv() => "terminated",
            _ = self.int.recv() => "interrupt",
            _ = self.hup.recv() => HANGUP,
        }
    }
}
