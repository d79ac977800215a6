//! The connectors of a running agent: built behind the exporters, stopped before them.

use super::build::Built;
use super::dead_letters::Graveyard;
use super::failover::{Failover, Level, Way};
use super::pipeline::{Entry, Pipeline};
use super::storage;
use super::tasks::join_all;
use crate::config::{Config, Connector};
use component::{Budget, BuildError, ComponentId};
use delivery::{Lane, Stop, Stopper};
use pdata::Limits;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, timeout_at};

/// All connectors at work.
#[derive(Default)]
pub struct Connectors {
    /// Those that read what others feed come first.
    running: Vec<Running>,
    tasks: JoinSet<String>,
}

struct Running {
    id: String,
    sources: Vec<Arc<Pipeline>>,
    stopper: Stopper,
}

impl Connectors {
    /// Builds and starts every connector that a pipeline names.
    pub fn start(
        config: &Config,
        built: &Built,
        lanes: &BTreeMap<ComponentId, Arc<Lane>>,
        budget: &Arc<Budget>,
        graveyard: &Graveyard,
    ) -> Result<Connectors, BuildError> {
        let mut connectors = Connectors::default();
        let mut ways: BTreeMap<ComponentId, Way> =
            lanes.iter().map(|(id, lane)| (id.clone(), Way::Exporter(Arc::clone(lane)))).collect();
        let mut rest: Vec<_> =
            config.connectors.iter().filter(|(id, _)| built.exporters.contains_key(id)).collect();
        // What a connector feeds is built before it. The checks found no cycle, so every round builds one.
        while !rest.is_empty() {
            let before = rest.len();
            rest.retain(|(id, connector)| match levels(config, built, connector, &ways, budget) {
                Some(levels) => {
                    let way = connectors.launch(id, connector, levels, built, graveyard);
                    ways.insert((*id).clone(), way);
                    false
                }
                None => true,
            });
            if rest.len() == before {
                let ids = rest.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>().join(", ");
                return Err(BuildError(format!("connectors {ids}: what they feed cannot be built")));
            }
        }
        Ok(connectors)
    }

    fn launch(
        &mut self,
        id: &ComponentId,
        connector: &Connector,
        levels: Vec<Level>,
        built: &Built,
        graveyard: &Graveyard,
    ) -> Way {
        let Connector::Failover(settings) = connector;
        let failover =
            Failover::new(id.clone(), levels, *settings.retry_interval, Arc::clone(&graveyard.letters));
        let (stopper, stop) = Stopper::new();
        let readers = built.exporters.get(id).map_or(&[][..], Vec::as_slice);
        self.tasks.spawn(drive(Arc::clone(&failover), id.to_string(), readers, &stop));
        let sources = readers.iter().map(|(pipeline, _)| Arc::clone(pipeline)).collect();
        self.running.push(Running { id: id.to_string(), sources, stopper });
        Way::Connector(failover)
    }

    /// Waits for one that ends by itself, which none should.
    pub async fn ended(&mut self) -> Option<Result<String, JoinError>> {
        self.tasks.join_next().await
    }

    /// Lets each hand on what waits for it, those first whose data others hand on further. Nothing else
    /// feeds the pipelines that they read any more.
    pub async fn stop(&mut self, deadline: Instant) {
        for Running { id, sources, stopper } in self.running.drain(..).rev() {
            sources.iter().for_each(|pipeline| pipeline.journal.close());
            stopper.drain_by(deadline);
            let ended = async {
                while let Some(ended) = self.tasks.join_next().await {
                    if ended.is_ok_and(|ended| ended == id) {
                        break;
                    }
                }
            };
            let _ = timeout_at(deadline, ended).await;
        }
        self.tasks.shutdown().await;
    }
}

/// One loop a pipeline that the connector reads.
fn drive(
    failover: Arc<Failover>,
    id: String,
    readers: &[(Arc<Pipeline>, bool)],
    stop: &Stop,
) -> impl Future<Output = String> + Send + 'static {
    let mut loops = JoinSet::new();
    for (pipeline, required) in readers {
        let cursor = storage::cursor(pipeline, &id, *required, None);
        loops.spawn(Arc::clone(&failover).run(pipeline.id.as_str().into(), cursor, stop.clone()));
    }
    async move {
        join_all(&mut loops).await;
        id
    }
}

/// The levels of a connector; `None` as long as something that its pipelines name is not built.
fn levels(
    config: &Config,
    built: &Built,
    connector: &Connector,
    ways: &BTreeMap<ComponentId, Way>,
    budget: &Arc<Budget>,
) -> Option<Vec<Level>> {
    let Connector::Failover(settings) = connector;
    let level = |ids: &Vec<crate::config::PipelineId>| {
        let mut pipelines = Vec::new();
        let mut found = Vec::new();
        for id in ids {
            pipelines.push(Arc::clone(built.pipelines.iter().find(|pipeline| pipeline.id == id.as_str())?));
            // An exporter that nobody waits for is no reason to go elsewhere.
            for exporter in config.service.pipelines.0.get(id)?.required() {
                found.push(ways.get(exporter)?.clone());
            }
        }
        let entry = Entry::new(pipelines, Arc::clone(budget), Limits::default());
        Some(Level { entry, ways: found })
    };
    settings.priority_levels.iter().map(level).collect()
}
