//! How connectors join pipelines: what feeds what, and that nothing feeds itself.

use super::Config;
use super::check::{at, item, quote};
use super::connector::Connector;
use super::decode::Sections;
use super::diagnostic::Diagnostic;
use super::pipeline::{Ack, Pipeline, PipelineId};
use super::tree::{Step, path};
use super::{signal_name, storage};
use component::ComponentId;
use std::collections::BTreeSet;

/// Checks the place of every connector between its pipelines.
pub fn check(config: &Config, sections: &mut Sections<'_>) {
    for (id, connector) in &config.connectors {
        let here = path(["connectors", id.as_str()]);
        if sections.touched(&here) || sections.touched(&path(["service", "pipelines"])) {
            continue;
        }
        let wiring = Wiring { config, id, connector, here };
        wiring.check_source(sections);
        wiring.check_targets(sections);
        wiring.check_acknowledgement(sections);
    }
    check_cycles(config, sections);
}

/// One connector and where it is used.
struct Wiring<'c> {
    config: &'c Config,
    id: &'c ComponentId,
    connector: &'c Connector,
    here: Vec<Step>,
}

impl<'c> Wiring<'c> {
    fn pipelines(&self) -> impl Iterator<Item = (&'c PipelineId, &'c Pipeline)> {
        self.config.service.pipelines.0.iter()
    }

    /// The pipelines that it reads.
    fn sources(&self) -> impl Iterator<Item = (&'c PipelineId, &'c Pipeline)> {
        self.pipelines().filter(|(_, pipeline)| pipeline.exporters.contains(self.id))
    }

    /// The pipelines that name it as a receiver.
    fn sinks(&self) -> impl Iterator<Item = (&'c PipelineId, &'c Pipeline)> {
        self.pipelines().filter(|(_, pipeline)| pipeline.receivers.contains(self.id))
    }

    /// Fed by nobody, it would never say anything. Used nowhere at all: that is a warning.
    fn check_source(&self, sections: &mut Sections<'_>) {
        let sinks: Vec<&str> = self.sinks().map(|(id, _)| id.as_str()).collect();
        if self.sources().next().is_none() && !sinks.is_empty() {
            let shown = sections.show(&self.here);
            let message =
                format!("{shown}: used as receiver in [{}] but as exporter in no pipeline", sinks.join(", "));
            let error = at(message, &self.here, sections.root());
            sections.diagnostics.push(error);
        }
    }

    /// What it may feed has to expect it, and what expects it has to be fed.
    fn check_targets(&self, sections: &mut Sections<'_>) {
        let mut complete = true;
        for (place, target) in self.connector.targets() {
            let steps = place.split('.').map(|step| match step.parse() {
                Ok(index) => Step::Index(index),
                Err(_) => Step::Key(step.to_owned()),
            });
            let whole: Vec<Step> = self.here.iter().cloned().chain(steps).collect();
            let node = sections.root().nearest(&whole);
            let shown = sections.show(&self.here);
            let say = |what: String| Diagnostic::about(format!("{shown}: {what}"), node);
            let named = match &node.expanded {
                Some(expanded) => expanded.written.to_string(),
                None => format!("{:?}", target.as_str()),
            };
            let error = match self.config.service.pipelines.0.get(target) {
                None => {
                    let known: Vec<&str> = self.pipelines().map(|(id, _)| id.as_str()).collect();
                    say(format!("references pipeline {named} which is not configured")).choices(
                        "configured pipelines",
                        None,
                        &known,
                    )
                }
                Some(pipeline) if !pipeline.receivers.contains(self.id) => {
                    say(format!("pipeline {named} does not name it as a receiver"))
                        .help(format!("add {} to the pipeline's receivers", self.id))
                }
                Some(_) => match self.sources().find(|(source, _)| source.signal != target.signal) {
                    None => continue,
                    Some((source, _)) => say(format!(
                        "pipeline {named} carries {}, but the connector reads {} from {}",
                        signal_name(target.signal),
                        signal_name(source.signal),
                        source.as_str(),
                    )),
                },
            };
            sections.diagnostics.push(error);
            complete = false;
        }
        // Of a list with errors nobody knows what it would feed.
        let fed: BTreeSet<&PipelineId> = self.connector.targets().map(|(_, id)| id).collect();
        if !complete || fed.is_empty() {
            return;
        }
        for (id, _) in self.sinks().filter(|(id, _)| !fed.contains(id)) {
            let receivers = path(["service", "pipelines", id.as_str(), "receivers"]);
            let place = item(&receivers, self.id, 0, sections.root());
            let shown = sections.show(&path(["service", "pipelines", id.as_str()]));
            let message = format!("{shown}: receives from {}, which does not feed it", quote(self.id, place));
            let error = Diagnostic::about(message, place).help("add the pipeline to a priority level");
            sections.diagnostics.push(error);
        }
    }

    /// A connector has delivered what the next pipeline has acknowledged.
    fn check_acknowledgement(&self, sections: &mut Sections<'_>) {
        let promised = |pipeline: &Pipeline| storage::ack(self.config, pipeline);
        let waits =
            |pipeline: &Pipeline| promised(pipeline) > Ack::Received && pipeline.required().contains(self.id);
        for (source, pipeline) in self.sources().filter(|(_, pipeline)| waits(pipeline)) {
            let ack = promised(pipeline);
            let here = path(["service", "pipelines", source.as_str(), "ack"]);
            let hasty = self.sinks().filter(|(_, pipeline)| promised(pipeline) < ack);
            let hasty = hasty.map(|(id, _)| id.as_str()).collect::<Vec<_>>().join(", ");
            if !hasty.is_empty() {
                let shown = sections.show(&here);
                let promise = if ack == Ack::Delivered { "delivered" } else { "durable" };
                let message = format!(
                    "{shown}: `{promise}` would end at {}, since these acknowledge sooner: {hasty}",
                    self.id
                );
                let error = at(message, &here, sections.root())
                    .help(match ack {
                        Ack::Delivered => format!("set `ack: delivered` in {hasty} as well"),
                        _ => format!("keep the journal of {hasty} in a storage as well: what is on disk must not move on into memory"),
                    });
                sections.diagnostics.push(error);
            }
        }
    }
}

/// Data that comes back to where it came from would go round for ever.
fn check_cycles(config: &Config, sections: &mut Sections<'_>) {
    let pipelines = &config.service.pipelines.0;
    let next = |id: &PipelineId| {
        let exporters = pipelines.get(id).into_iter().flat_map(|pipeline| &pipeline.exporters);
        let connectors = exporters.filter_map(|id| Some((id.as_str(), config.connectors.get(id)?)));
        connectors.flat_map(|(id, connector)| connector.targets().map(move |(_, target)| (id, target)))
    };
    // A pipeline is in a cycle if it can be reached from itself.
    for start in pipelines.keys() {
        let mut seen = BTreeSet::new();
        let mut ways = vec![(start, vec![start.as_str()])];
        while let Some((last, way)) = ways.pop() {
            for (connector, target) in next(last) {
                let way = [way.as_slice(), &[connector, target.as_str()]].concat();
                if target == start {
                    let here = path(["service", "pipelines", start.as_str()]);
                    let message = format!("service::pipelines: cycle detected: {}", way.join(" -> "));
                    let error = at(message, &here, sections.root());
                    sections.diagnostics.push(error);
                    // The others of the cycle would say the same.
                    return;
                }
                if seen.insert(target) {
                    ways.push((target, way));
                }
            }
        }
    }
}
