//! `weir redact`: what a configuration's redaction would do, without an agent.

mod coverage;
mod difference;
mod input;

use super::{Failed, Sources, print};
use clap::{Args, Subcommand};
use component::ComponentId;
use difference::Report;
use processors::redaction::Config;
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
  tail -n 1000 app.log | weir redact test")]
    Test(Test),
    /// Lists the detectors that are on with what becomes of their finds, and every place that is looked at.
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
}

impl Command {
    pub(super) fn run(&self) -> Result<(), Failed> {
        match self {
            Command::Test(test) => test.run(),
            Command::Coverage(configured) => print(&coverage::text(&configured.config()?.1)),
        }
    }
}

impl Configured {
    /// The processor's id and settings; the defaults where no configuration or no such processor is given.
    fn config(&self) -> Result<(ComponentId, Config), Failed> {
        let mut found = BTreeMap::new();
        if !self.sources.is_empty() {
            for (id, processor) in self.sources.load()?.config.processors {
                if let processors::Config::Redaction(config) = processor {
                    found.insert(id, *config);
                }
            }
        }
        let names = found.keys().map(|id| id.to_string()).collect::<Vec<_>>().join(", ");
        match &self.processor {
            Some(id) => match found.remove(id) {
                Some(config) => Ok((id.clone(), config)),
                None => Err(Failed::because(&format!(
                    "no redaction processor {id} is configured; there is: {}",
                    names
                ))),
            },
            None if found.len() > 1 => Err(Failed::because(&format!(
                "several redaction processors are configured; say --processor and one of: {}",
                names
            ))),
            None => match found.pop_first() {
                Some(configured) => Ok(configured),
                None => ComponentId::parse("redaction")
                    .map(|id| (id, Config::default()))
                    .map_err(|error| Failed::because(&error)),
            },
        }
    }
}

impl Test {
    fn run(&self) -> Result<(), Failed> {
        let (id, config) = self.configured.config()?;
        let redaction = config.build(&id).map_err(|error| Failed::because(&error))?;
        let requests = input::read(self.input.as_deref()).map_err(|error| Failed::because(&error))?;
        let mut report = Report::default();
        for request in requests {
            for record in request.split_records(1) {
                report.add(&redaction, &record);
            }
        }
        print(&report.text())
    }
}
