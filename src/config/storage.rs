//! Which pipelines keep their journals on disk, and where.

use super::check::{at, item, quote};
use super::decode::Sections;
use super::diagnostic::Diagnostic;
use super::extension::Extension;
use super::file_storage::FileStorage;
use super::pipeline::{Ack, Fanout, Pipeline, PipelineId};
use super::tree::{Step, path};
use super::{Config, components};
use component::ComponentId;

impl Config {
    /// The storage of a pipeline's journal; none if that is in memory.
    pub fn storage(&self, pipeline: &Pipeline) -> Option<&FileStorage> {
        let (_, id) = self.storages(pipeline).next()?;
        match self.extensions.get(id) {
            Some(Extension::FileStorage(storage)) => Some(storage),
            _ => None,
        }
    }

    /// Every storage that is configured.
    pub fn file_storages(&self) -> impl Iterator<Item = &FileStorage> {
        self.extensions.values().filter_map(|extension| match extension {
            Extension::FileStorage(storage) => Some(storage),
            Extension::HealthCheck(_) => None,
        })
    }

    /// Every mention of a storage that counts for a pipeline, and the exporter that it stands at; the
    /// pipeline's own comes first.
    fn storages<'c>(
        &'c self,
        pipeline: &'c Pipeline,
    ) -> impl Iterator<Item = (Option<&'c ComponentId>, &'c ComponentId)> {
        let exporters = pipeline.exporters.iter().filter_map(|id| {
            let storage = self.exporters.get(id)?.delivery.sending_queue.storage.as_ref()?;
            Some((Some(id), storage))
        });
        pipeline.journal.storage.iter().map(|id| (None, id)).chain(exporters)
    }

    /// Puts in what depends on storage.
    pub(super) fn fill_in(&mut self) {
        let durable: Vec<_> =
            self.service.pipelines.0.values().map(|it| self.storage(it).is_some()).collect();
        for (pipeline, durable) in self.service.pipelines.0.values_mut().zip(durable) {
            pipeline.ack.get_or_insert(if durable { Ack::Durable } else { Ack::Received });
        }
    }
}

/// When a pipeline's senders are answered.
pub(super) fn ack(config: &Config, pipeline: &Pipeline) -> Ack {
    let default = if config.storage(pipeline).is_some() { Ack::Durable } else { Ack::Received };
    pipeline.ack.unwrap_or(default)
}

/// Checks every mention of a storage, and what needs one.
pub(super) fn check(config: &Config, sections: &mut Sections<'_>) {
    for (id, exporter) in &config.exporters {
        if let Some(storage) = &exporter.delivery.sending_queue.storage {
            let place = path(["exporters", id.as_str(), "sending_queue", "storage"]);
            reference(config, storage, &place, sections);
        }
    }
    for (id, pipeline) in &config.service.pipelines.0 {
        let here = path(["service", "pipelines", id.as_str()]);
        if let Some(storage) = &pipeline.journal.storage {
            let place = [here.as_slice(), &path(["journal", "storage"])].concat();
            reference(config, storage, &place, sections);
        }
        contradiction(config, id, pipeline, sections);
        check_ack(config, pipeline, &here, sections);
        check_fanout(pipeline, &here, sections);
    }
}

/// An error if `storage` is no storage that runs.
pub(super) fn reference(config: &Config, storage: &ComponentId, place: &[Step], sections: &mut Sections<'_>) {
    if sections.touched(place) || sections.touched(&path(["extensions"])) {
        return;
    }
    let root = sections.root();
    let node = root.nearest(place);
    let (shown, named) = (sections.show(place), quote(storage, node));
    let is_storage = |id: &&ComponentId| matches!(config.extensions.get(id), Some(Extension::FileStorage(_)));
    let known: Vec<&str> = config.extensions.keys().filter(is_storage).map(ComponentId::as_str).collect();
    let typed = node.expanded.is_none().then_some(storage.as_str());
    let found = config.extensions.get(storage);
    let kind = components::find("extensions", storage.kind());
    let error = match found {
        Some(Extension::FileStorage(_)) if config.service.extensions.contains(storage) => return,
        Some(Extension::FileStorage(_)) => {
            let message = format!(
                "{shown}: no storage client extension found: {named} is configured, but `service::extensions` does not name it"
            );
            Diagnostic::about(message, node).help(format!("add {named} to `extensions` below `service`"))
        }
        _ if found.is_some() || kind.is_some_and(|kind| kind.name != "file_storage") => Diagnostic::about(
            format!("{shown}: requested extension is not a storage extension: {named}"),
            node,
        )
        .choices("configured storages", None, &known),
        _ => Diagnostic::about(
            format!("{shown}: no storage client extension found: {named} is not configured"),
            node,
        )
        .choices("configured storages", typed, &known),
    };
    sections.diagnostics.push(error);
}

/// A pipeline has one journal, so it has one storage.
fn contradiction(config: &Config, id: &PipelineId, pipeline: &Pipeline, sections: &mut Sections<'_>) {
    let mut storages = config.storages(pipeline);
    let Some((first, storage)) = storages.next() else { return };
    let Some((second, other)) = storages.find(|(_, other)| *other != storage) else { return };
    let here = path(["service", "pipelines", id.as_str()]);
    let at_exporter = |id: &ComponentId| path(["exporters", id.as_str(), "sending_queue", "storage"]);
    let place_of = |exporter: Option<&ComponentId>| match exporter {
        Some(exporter) => at_exporter(exporter),
        None => [here.as_slice(), &path(["journal", "storage"])].concat(),
    };
    let (first, second) = (place_of(first), place_of(second));
    if sections.touched(&first) || sections.touched(&second) {
        return;
    }
    let root = sections.root();
    let (one, two) = (root.nearest(&first), root.nearest(&second));
    let message = format!(
        "{}: its journal cannot be in two storages: {} by {}, {} by {}",
        sections.show(&here),
        quote(storage, one),
        sections.show(&first),
        quote(other, two),
        sections.show(&second),
    );
    let error = Diagnostic::about(message, two)
        .also(one.origin, "the other one")
        .help("name one storage for all, or give the exporters pipelines of their own");
    sections.diagnostics.push(error);
}

fn check_ack(config: &Config, pipeline: &Pipeline, here: &[Step], sections: &mut Sections<'_>) {
    let ack = [here, &path(["ack"])].concat();
    let broken =
        sections.touched(&path(["exporters"])) || sections.touched(&[here, &path(["journal"])].concat());
    if pipeline.ack == Some(Ack::Durable) && config.storages(pipeline).next().is_none() && !broken {
        let message =
            format!("{}: `durable` needs storage: this pipeline's journal is in memory", sections.show(&ack));
        let error = at(message, &ack, sections.root())
            .help("configure a `file_storage` extension and name it in the pipeline's `journal: { storage: … }`; or say `received` (in memory), or `delivered`");
        sections.diagnostics.push(error);
    }
}

fn check_fanout(pipeline: &Pipeline, here: &[Step], sections: &mut Sections<'_>) {
    if pipeline.fanout != Fanout::AllOrNothing {
        return;
    }
    let required = [here, &path(["required"])].concat();
    let left_out = pipeline.exporters.iter().find(|exporter| !pipeline.required().contains(exporter));
    if let Some(exporter) = left_out
        && !sections.touched(&required)
    {
        let place = item(&[here, &path(["exporters"])].concat(), exporter, 0, sections.root());
        let message = format!(
            "{}: `fanout: all_or_nothing` requires all exporters, but {} is left out",
            sections.show(&required),
            quote(exporter, place)
        );
        let error =
            at(message, &required, sections.root()).help("remove `required`, or say `fanout: best_effort`");
        sections.diagnostics.push(error);
    }
}

/// A storage that runs and holds nothing is probably missing somewhere.
pub(super) fn unused(config: &Config, sections: &mut Sections<'_>) {
    let pipelines = || config.service.pipelines.0.values();
    for id in &config.service.extensions {
        let is_storage = matches!(config.extensions.get(id), Some(Extension::FileStorage(_)));
        let keeps_letters = config.service.dead_letters.storage.as_ref() == Some(id);
        if !is_storage
            || keeps_letters
            || pipelines().any(|pipeline| config.storages(pipeline).any(|(_, used)| used == id))
        {
            continue;
        }
        let place = item(&path(["service", "extensions"]), id, 0, sections.root());
        let message = format!("service::extensions: no pipeline keeps its journal in {}", quote(id, place));
        let warning = Diagnostic::warning(message, Some(place.origin))
            .help("name it in a pipeline's `journal: { storage: … }` or an exporter's `sending_queue: { storage: … }`");
        sections.diagnostics.push(warning);
    }
}
