//! Connectors: an exporter of one pipeline that is a receiver of others.

use super::pipeline::PipelineId;
use component::settings::{Duration, Problem, Validate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A connector, by the type part of its id.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Connector {
    /// Sends to the first of several pipelines whose destinations work.
    #[serde(rename = "failover")]
    Failover(Failover),
}

impl Connector {
    /// Every pipeline that it may feed, with its place in the configuration.
    pub fn targets(&self) -> impl Iterator<Item = (String, &PipelineId)> {
        let Connector::Failover(Failover { priority_levels, .. }) = self;
        priority_levels.iter().enumerate().flat_map(|(level, pipelines)| {
            let at = move |index| format!("priority_levels.{level}.{index}");
            pipelines.iter().enumerate().map(move |(index, id)| (at(index), id))
        })
    }
}

/// Sends everything to the pipelines of the highest priority level whose required exporters all work. What
/// a level has taken stays with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Failover {
    /// Lists of pipelines, the level to prefer first. Every pipeline of a level gets all of the data.
    pub priority_levels: Vec<Vec<PipelineId>>,
    /// How long a lower level is used before it is seen whether a higher one works again, and after its
    /// last failure a level is worth a try.
    pub retry_interval: Duration,
}

impl Default for Failover {
    fn default() -> Failover {
        Failover { priority_levels: Vec::new(), retry_interval: Duration::secs(600) }
    }
}

impl Validate for Connector {
    fn validate(&self) -> Vec<Problem> {
        let Connector::Failover(Failover { priority_levels, retry_interval }) = self;
        let mut problems = Vec::new();
        if priority_levels.is_empty() {
            problems
                .push(Problem::at("priority_levels", "must have at least one level, a list of pipelines"));
        }
        let empty = priority_levels.iter().enumerate().filter(|(_, level)| level.is_empty());
        let message = "a level must have at least one pipeline";
        problems.extend(empty.map(|(index, _)| Problem::at(format!("priority_levels.{index}"), message)));
        let targets: Vec<_> = self.targets().collect();
        for (index, (at, id)) in targets.iter().enumerate() {
            if targets.iter().take(index).any(|(_, other)| other == id) {
                problems.push(Problem::at(at.clone(), "this pipeline is in the list already"));
            }
        }
        if retry_interval.is_zero() {
            problems.push(Problem::at("retry_interval", "must be longer than 0s"));
        }
        problems
    }
}
