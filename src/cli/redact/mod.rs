//! `weir redact`: what a configuration's redaction would do, without an agent.

mod coverage;
mod difference;
mod input;

use super::{Failed, Sources, print};
use crate::config;
use clap::{Args, Subcommand};
use component::ComponentId;
use coverage::Overlay;
use difference::Report;
use processors::redaction::{Config, Redaction};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What to find out about redaction.
#[derive(Subcommand)]
pub(super) enum Command {
    /// Shows what would change in some telemetry, and how often each detector found something where. What
    /// is hidden is not shown.
    #[command(after_help = "\
Examples:
  weir redact test --config weir.yaml --input events.jsonl
  weir redact test --config weir.yaml --exporter file/archive --input events.jsonl
  tail -n 1000 app.log | weir redact test")]
    Test(Test),
    /// Lists the detectors that are on with what becomes of their finds, those of single exporters too, and
    /// every place that is looked at.
    Coverage(Configured),
}

/// Whose redaction.
#[derive(Args)]
pub(super) struct Configured {
    #[command(flatten)]
    sources: Sources,
    /// Which redaction processor of the configuration; needed where there are several.
    #[arg(long, value_name = "ID", value_parser = ComponentId::parse)]
    processor: Option<ComponentId>,
}

/// What to redact.
#[derive(Args)]
pub(super) struct Test {
    #[command(flatten)]
    configured: Configured,
    /// OTLP/JSON export requests (one, or one a line, as the file exporter writes them), or lines of text, each
    /// of which becomes the body of a log record. Standard input if not given.
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// Shows what an exporter's destination gets, behind redaction of its own.
    #[arg(long, value_name = "ID", value_parser = ComponentId::parse)]
    exporter: Option<ComponentId>,
}

impl Command {
    pub(super) fn run(&self) -> Result<(), Failed> {
        match self {
            Command::Test(test) => test.run(),
            Command::Coverage(configured) => {
                let Loaded { config, overlays, .. } = configured.load()?;
                print(&coverage::text(&config, &overlays))
            }
        }
    }
}

/// The redaction of pipelines that was asked for, and that of single exporters.
struct Loaded {
    id: ComponentId,
    config: Config,
    overlays: Vec<Overlay>,
}

impl Configured {
    /// The defaults where no configuration or no such processor is given.
    fn load(&self) -> Result<Loaded, Failed> {
        let (mut found, overlays) = match self.sources.is_empty() {
            true => Default::default(),
            false => {
                let config = self.sources.load()?.config;
                (self.candidates(&config), overlays(&config))
            }
        };
        let names = found.keys().map(|id| id.to_string()).collect::<Vec<_>>().join(", ");
        let found = match &self.processor {
            Some(id) => match found.remove(id) {
                Some(config) => Some((id.clone(), config)),
                None => {
                    let message = format!("no redaction processor {id} is configured; there is: {names}");
                    return Err(Failed::because(&message));
                }
            },
            None if found.len() > 1 => {
                return Err(Failed::because(&format!(
                    "several redaction processors are configured; say --processor and one of: {names}"
                )));
            }
            None => found.pop_first(),
        };
        let (id, config) = match found {
            Some(found) => found,
            None => {
                let id = ComponentId::parse("redaction").map_err(|error| Failed::because(&error))?;
                (id, Config::default())
            }
        };
        Ok(Loaded { id, config, overlays })
    }

    /// The processors that may be meant. One that only exporters name is meant when it is named.
    fn candidates(&self, config: &config::Config) -> BTreeMap<ComponentId, Config> {
        let in_pipelines: Vec<_> =
            config.service.pipelines.0.values().flat_map(|pipeline| &pipeline.processors).collect();
        let overlays: Vec<_> = config.exporters.keys().filter_map(|id| config.overlay(id)).collect();
        let is_overlay =
            |id| overlays.iter().any(|(overlay, _)| *overlay == id) && !in_pipelines.contains(&id);
        let meant = config.processors.keys().filter(|id| self.processor.is_some() || !is_overlay(*id));
        meant.filter_map(|id| Some((id.clone(), config.redaction(id)?.clone()))).collect()
    }
}

/// The redaction of single exporters.
fn overlays(config: &config::Config) -> Vec<Overlay> {
    let overlay = |(id, exporter): (&ComponentId, &config::Exporter)| {
        let (processor, redaction) = config.overlay(id)?;
        Some(Overlay {
            exporter: id.clone(),
            processor: processor.clone(),
            config: redaction.clone(),
            held: exporter.common.redaction.as_ref()?.journal_may_hold.clone(),
        })
    };
    config.exporters.iter().filter_map(overlay).collect()
}

impl Test {
    fn run(&self) -> Result<(), Failed> {
        let Loaded { id, config, overlays } = self.configured.load()?;
        let mut stages = vec![(id, config)];
        if let Some(exporter) = &self.exporter {
            let Some(overlay) = overlays.into_iter().find(|overlay| overlay.exporter == *exporter) else {
                return Err(Failed::because(&format!("exporter {exporter} has no redaction of its own")));
            };
            stages.push((overlay.processor, overlay.config));
        }
        let redactions = stages.into_iter().map(|(id, config)| config.build(&id));
        let redactions: Vec<Redaction> =
            redactions.collect::<Result<_, _>>().map_err(|error| Failed::because(&error))?;
        let requests = input::read(self.input.as_deref()).map_err(|error| Failed::because(&error))?;
        let mut report = Report::default();
        for request in requests {
            for record in request.split_records(1) {
                report.add(&redactions, &record);
            }
        }
        print(&report.text())
    }
}
