//! `redaction` among an exporter's keys: what is hidden from its destination alone.

use super::Config;
use super::pipeline::{Pipeline, PipelineId};
use component::ComponentId;
use processors::redaction;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The keys that every exporter takes beside those of delivery.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Common {
    /// Hides from this exporter's destination what the others of its pipelines are to see.
    pub redaction: Option<Overlay>,
}

/// A redaction of what comes out of the journal, in front of one exporter. Dead letters keep what the journal held.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Overlay {
    /// A `redaction` processor. It need not be in a pipeline.
    pub processor: Option<ComponentId>,
    /// What it hides and the pipelines before it do not, so that their journals hold it: detectors by their names, `rules`
    /// for what rules hide, `everything` where a pipeline has no redaction. What is missing here is an error, and so
    /// is what is not needed.
    pub journal_may_hold: Vec<String>,
}

impl Overlay {
    /// The name of what is hidden by rules.
    pub(super) const RULES: &str = "rules";
    /// The name of all that there is.
    pub(super) const EVERYTHING: &str = "everything";
}

impl Config {
    /// The settings of a redaction processor.
    pub fn redaction(&self, processor: &ComponentId) -> Option<&redaction::Config> {
        match self.processors.get(processor) {
            Some(processors::Config::Redaction(config)) => Some(config),
            _ => None,
        }
    }

    /// What hides something from one exporter's destination alone: the processor's id and settings.
    pub fn overlay(&self, exporter: &ComponentId) -> Option<(&ComponentId, &redaction::Config)> {
        let processor = self.exporters.get(exporter)?.common.redaction.as_ref()?.processor.as_ref()?;
        Some((processor, self.redaction(processor)?))
    }

    /// What redacts in front of a pipeline's journal, in this order; nothing where it is off.
    pub fn redactions(&self, id: &PipelineId, pipeline: &Pipeline) -> Vec<Cow<'_, redaction::Config>> {
        let listed = pipeline.processors.iter().filter_map(|id| self.redaction(id));
        let mut redactions: Vec<_> = listed.map(Cow::Borrowed).collect();
        if redactions.is_empty() && pipeline.redacts(id.signal) {
            redactions.push(Cow::Owned(redaction::Config::default()));
        }
        redactions
    }

    /// The processors that exporters of these pipelines name.
    pub(super) fn overlays(&self) -> impl Iterator<Item = &ComponentId> {
        let exporters = self.service.pipelines.0.values().flat_map(|pipeline| &pipeline.exporters);
        exporters.filter_map(|id| Some(self.overlay(id)?.0))
    }
}
