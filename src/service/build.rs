//! From settings to running parts.

use super::dead_letters::Graveyard;
use super::overlay::Overlaid;
use super::pipeline::{Entry, Pipeline, Stage};
use super::storage;
use super::tasks::join_all;
use crate::config::{Config, Extension};
use crate::telemetry::admin;
use crate::telemetry::health::Health;
use crate::telemetry::metrics::Metrics;
use component::{Budget, BuildError, ComponentId, Exporter, Processor};
use delivery::{DeadLetterStore, Lane, Stop};
use journal::{Cursor, Journal};
use pdata::Limits;
use processors::redaction::Redaction;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// The pipelines, and which components each of them named.
pub struct Built {
    pub pipelines: Vec<Arc<Pipeline>>,
    /// Pipelines by the receivers that feed them.
    receivers: BTreeMap<ComponentId, Vec<Arc<Pipeline>>>,
    /// Pipelines by the exporters and connectors that read them, and whether each is required there.
    pub exporters: BTreeMap<ComponentId, Vec<(Arc<Pipeline>, bool)>>,
}

/// Builds processors and journals.
pub fn pipelines(config: &Config) -> Result<Built, BuildError> {
    let mut built = Built { pipelines: Vec::new(), receivers: BTreeMap::new(), exporters: BTreeMap::new() };
    for (id, settings) in &config.service.pipelines.0 {
        let mut stages = Vec::new();
        let listed = settings.processors.iter().filter_map(|id| Some((id, config.processors.get(id)?)));
        let listed: Vec<_> = listed.collect();
        let redacts =
            listed.iter().any(|(_, processor)| matches!(processor, processors::Config::Redaction(_)));
        if settings.redacts(id.signal) && !redacts {
            let default = ComponentId::parse("redaction").map_err(|error| BuildError(error.to_string()))?;
            let processor = processors::Config::Redaction(Default::default());
            stages.push(Stage::new(&default, id.signal, build_processor(&processor, &default)?));
        }
        for (processor_id, processor) in listed {
            stages.push(Stage::new(processor_id, id.signal, build_processor(processor, processor_id)?));
        }
        let stored = config.storage(settings);
        let journal = match stored {
            Some(stored) => storage::open(config, id, settings, stored)?,
            None => {
                // Half: a pipeline whose destination is down leaves room for the others.
                let max_bytes = config.service.memory.budget.as_usize() / 2;
                Journal::memory(journal::Settings { max_bytes, on_full: settings.on_full })
            }
        };
        let pipeline = Arc::new(Pipeline {
            id: id.to_string(),
            signal: id.signal,
            stages,
            journal,
            storage: stored.map(|stored| stored.journal(id)),
            ack: settings.watermark(),
        });
        // Naming a component twice does not make it two.
        for receiver in settings.receivers.iter().collect::<BTreeSet<_>>() {
            built.receivers.entry(receiver.clone()).or_default().push(Arc::clone(&pipeline));
        }
        for exporter in settings.exporters.iter().collect::<BTreeSet<_>>() {
            let required = settings.required().contains(exporter);
            built.exporters.entry(exporter.clone()).or_default().push((Arc::clone(&pipeline), required));
        }
        built.pipelines.push(pipeline);
    }
    Ok(built)
}

fn build_processor(
    processor: &processors::Config,
    id: &ComponentId,
) -> Result<Box<dyn Processor>, BuildError> {
    processor.clone().build(id)
}

/// Starts one task an exporter, which drives a delivery loop for each of its pipelines.
pub fn exporters(
    config: &Config,
    built: &Built,
    health: &Health,
    graveyard: &Graveyard,
    stop: &Stop,
) -> Result<Exporters, BuildError> {
    let mut tasks = JoinSet::new();
    let mut lanes = BTreeMap::new();
    for (id, readers) in &built.exporters {
        let Some(exporter) = config.exporters.get(id) else { continue };
        let mut settings = exporter.delivery.clone();
        settings.timeout.get_or_insert(component::settings::Duration(exporter.config.default_timeout()));
        let limit = settings.sending_queue.lag_limit();
        let cursor = |(pipeline, required): &(Arc<Pipeline>, bool)| {
            let cursor = storage::cursor(pipeline, id.as_str(), *required, limit);
            (Arc::from(pipeline.id.as_str()), cursor)
        };
        let overlay = config.overlay(id).map(|(processor, redaction)| redaction.clone().build(processor));
        let launch = Launch {
            id: id.clone(),
            settings,
            overlay: overlay.transpose()?,
            cursors: readers.iter().map(cursor).collect(),
            graveyard: graveyard.clone(),
            stop: stop.clone(),
            tasks: &mut tasks,
        };
        let lane = exporter.config.clone().build(id, launch)?;
        lanes.insert(id.clone(), Arc::clone(&lane));
        let id = id.clone();
        health.watch(move || failing(&id, &lane.status().health));
    }
    Ok(Exporters { tasks, lanes })
}

/// The exporters at work.
pub struct Exporters {
    /// One task each, which ends when all its loops have.
    pub tasks: JoinSet<String>,
    /// What tells how each is doing.
    pub lanes: BTreeMap<ComponentId, Arc<Lane>>,
}

struct Launch<'t> {
    id: ComponentId,
    settings: delivery::Settings,
    /// What is hidden from this exporter alone.
    overlay: Option<Redaction>,
    /// With the pipelines that they read.
    cursors: Vec<(Arc<str>, Cursor)>,
    graveyard: Graveyard,
    stop: Stop,
    tasks: &'t mut JoinSet<String>,
}

impl exporters::Launch for Launch<'_> {
    type Output = Arc<Lane>;

    fn launch<E: Exporter>(self, exporter: E) -> Arc<Lane> {
        let Graveyard { store, letters } = self.graveyard;
        let lane = Lane::new(self.id.clone(), self.settings, letters, fastrand::Rng::new());
        let exporter = Arc::new(Overlaid::new(exporter, self.overlay));
        let mut loops = JoinSet::new();
        if let Some(store) = store {
            loops.spawn(replay(Arc::clone(&lane), Arc::clone(&exporter), store, self.stop.clone()));
        }
        for (pipeline, cursor) in self.cursors {
            loops.spawn(Arc::clone(&lane).run(Arc::clone(&exporter), pipeline, cursor, self.stop.clone()));
        }
        self.tasks.spawn(async move {
            join_all(&mut loops).await;
            exporter.shutdown().await;
            self.id.to_string()
        });
        lane
    }
}

/// As one more loop of an exporter, which never leaves anything unsettled.
async fn replay<E: Exporter>(
    lane: Arc<Lane>,
    exporter: Arc<E>,
    store: Arc<DeadLetterStore>,
    stop: Stop,
) -> u64 {
    lane.replay(exporter, store, stop).await;
    0
}

/// How long an exporter may fail before that is the agent's problem: a destination's restart is none.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

fn failing(id: &ComponentId, health: &delivery::Health) -> Option<String> {
    match health {
        delivery::Health::Failing { lasting, reason, .. } if *lasting >= PATIENCE => {
            Some(format!("exporter {id} has been failing for {}s: {reason}", lasting.as_secs()))
        }
        _ => None,
    }
}

/// Binds every receiver before the first one serves: an address in use stops the start, not the data.
pub async fn receivers(
    config: &Config,
    built: &Built,
    budget: &Arc<Budget>,
    stop: &CancellationToken,
) -> Result<JoinSet<String>, BuildError> {
    let mut bound = Vec::new();
    for (id, pipelines) in &built.receivers {
        let Some(receiver) = config.receivers.get(id) else { continue };
        // How large a request may be is the receiver's to say; more than the budget could never be admitted.
        let crate::config::Limits { depth, records, attributes } = config.service.limits;
        let limits = Limits { bytes: config.service.memory.budget.as_usize(), depth, records, attributes };
        let entry = Entry::new(pipelines.clone(), Arc::clone(budget), limits);
        bound.push((id.to_string(), receiver.clone().bind(id.clone()).await?, Arc::new(entry)));
    }
    let mut tasks = JoinSet::new();
    for (id, receiver, entry) in bound {
        for (key, address) in receiver.addresses() {
            tracing::info!("otelcol.component.id" = %id, %address, "Listening for {key}");
        }
        let stop = stop.clone();
        tasks.spawn(async move {
            receiver.serve(entry, stop).await;
            id
        });
    }
    Ok(tasks)
}

/// Starts the endpoints for operators. Their tasks live as long as the process.
pub async fn serve_admin(
    config: &Config,
    health: &Arc<Health>,
    metrics: Option<&Arc<Metrics>>,
) -> Result<(), BuildError> {
    if let (Some(metrics), Some((host, port))) = (metrics, config.service.telemetry.metrics.endpoint()) {
        let listener = admin::bind(&format!("{host}:{port}"), "service::telemetry::metrics::readers").await?;
        tokio::spawn(admin::serve_metrics(listener, Arc::clone(metrics)));
    }
    for id in &config.service.extensions {
        let Some(Extension::HealthCheck(check)) = config.extensions.get(id) else { continue };
        let listener = admin::bind(&check.endpoint, &format!("extensions::{id}: endpoint")).await?;
        tokio::spawn(admin::serve_health(listener, check.clone(), Arc::clone(health)));
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use component::Reason;

    #[test]
    fn an_exporter_is_a_problem_only_once_it_has_been_failing_for_longer_than_a_restart_takes() {
        let id = ComponentId::parse("siem_http").unwrap();
        let failing_for = |lasting| {
            let since = tokio::time::Instant::now();
            let reason = Reason::of("connection refused");
            failing(&id, &delivery::Health::Failing { since, lasting, attempts: 9, reason })
        };
        assert_eq!(failing(&id, &delivery::Health::Ok), None);
        assert_eq!(failing_for(PATIENCE - Duration::from_millis(1)), None);
        let problem = "exporter siem_http has been failing for 60s: connection refused";
        assert_eq!(failing_for(PATIENCE).as_deref(), Some(problem));
    }
}
