//! The journals that an exporter's data has been in, held against what is to be hidden from it.

use super::Config;
use super::overlay::Overlay;
use super::pipeline::PipelineId;
use component::ComponentId;
use processors::redaction::{self, Action, Beyond, Detector};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// What one journal holds that is hidden from the exporter.
#[derive(Debug, Default, PartialEq)]
pub struct Held {
    /// All of it: nothing redacts before this journal.
    pub everything: bool,
    /// What these find.
    pub detectors: BTreeSet<Detector>,
    /// What these rules hide, by their keys.
    pub rules: BTreeSet<&'static str>,
}

impl Held {
    /// The names that say so in `journal_may_hold`.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        let detectors = self.detectors.iter().map(|detector| detector.name());
        let rules = (!self.rules.is_empty()).then_some(Overlay::RULES);
        self.everything.then_some(Overlay::EVERYTHING).into_iter().chain(detectors).chain(rules)
    }
}

/// What has become of an exporter's data before its own redaction.
#[derive(Debug, Default)]
pub struct Journals<'c> {
    /// Each journal on the way.
    pub held: BTreeMap<&'c PipelineId, Held>,
    /// By the exporter's pipeline: what [`Beyond::out_of_reach`] says.
    pub out_of_reach: BTreeSet<(&'c PipelineId, String, Action)>,
    /// By the exporter's pipeline: what [`Beyond::hidden_before`] says.
    pub hidden_before: BTreeSet<(&'c PipelineId, Detector, Action)>,
}

impl<'c> Journals<'c> {
    /// Those of an exporter with this redaction of its own.
    pub fn of(config: &'c Config, exporter: &ComponentId, own: &redaction::Config) -> Journals<'c> {
        let mut journals = Journals::default();
        let pipelines = config.service.pipelines.0.iter();
        for (id, _) in pipelines.filter(|(_, pipeline)| pipeline.exporters.contains(exporter)) {
            let before = Before { config, own };
            before.follow(id, &mut vec![id], &mut journals);
        }
        journals
    }
}

/// Looks back from an exporter.
struct Before<'c, 'o> {
    config: &'c Config,
    own: &'o redaction::Config,
}

impl<'c> Before<'c, '_> {
    /// Goes back through connectors to where the data came in. `way` ends at the pipeline `first`, from where it
    /// goes on; the exporter's comes first in it.
    fn follow(&self, first: &'c PipelineId, way: &mut Vec<&'c PipelineId>, journals: &mut Journals<'c>) {
        let Some(pipeline) = self.config.service.pipelines.0.get(first) else { return };
        if pipeline.receivers.iter().any(|id| !self.config.connectors.contains_key(id)) {
            self.compare(way, journals);
        }
        for (id, source) in &self.config.service.pipelines.0 {
            let feeds = |connector: &ComponentId| {
                self.config.connectors.contains_key(connector) && source.exporters.contains(connector)
            };
            // What goes round in a cycle has been reported as that.
            if pipeline.receivers.iter().any(feeds) && !way.contains(&id) {
                way.push(id);
                self.follow(id, way, journals);
                way.pop();
            }
        }
    }

    /// Compares along one way, which begins at the exporter.
    fn compare(&self, way: &[&'c PipelineId], journals: &mut Journals<'c>) {
        let mut redactions: Vec<Cow<'_, redaction::Config>> = Vec::new();
        for (at, id) in way.iter().enumerate().rev() {
            let pipeline = self.config.service.pipelines.0.get(id);
            redactions.extend(pipeline.into_iter().flat_map(|it| self.config.redactions(id, it)));
            let held = journals.held.entry(id).or_default();
            if redactions.is_empty() {
                held.everything = true;
                continue;
            }
            let before: Vec<&redaction::Config> = redactions.iter().map(AsRef::as_ref).collect();
            let Beyond { held: detectors, held_by_rules, out_of_reach, hidden_before } =
                self.own.beyond(&before);
            held.detectors.extend(detectors);
            held.rules.extend(held_by_rules);
            if at == 0 {
                journals.out_of_reach.extend(out_of_reach.into_iter().map(|(what, by)| (*id, what, by)));
                journals.hidden_before.extend(hidden_before.into_iter().map(|(what, by)| (*id, what, by)));
            }
        }
    }
}
