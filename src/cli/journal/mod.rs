//! `weir journal`: what is in the journals on disk.

mod export;
mod forget;
mod status;
mod verify;

use super::{Failed, Sources, print, print_json};
use crate::config::FileStorage;
use clap::{Args, Subcommand};
use journal::inspect::Inspection;
use serde::Serialize;
use std::fmt::Display;
use std::path::{Path, PathBuf};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Shows segments, bytes, and what waits for whom.
    Status(Report),
    /// Reads everything. Exit code 2 if something is damaged.
    Verify(Report),
    /// Writes the requests of one journal to standard output, in order, delivered or not. Exit code 2 if
    /// something is damaged and missing.
    #[command(after_help = "\
Examples:
  weir journal export --config weir.yaml --pipeline logs > logs.jsonl
  weir journal export --directory /var/lib/weir/logs --format otlp_proto > logs.bin")]
    Export(export::Arguments),
    /// Lets go of a reader that is not configured any more, and of what only it still needs. The agent
    /// must not be running.
    Forget(forget::Arguments),
}

impl Command {
    pub(super) fn run(&self) -> Result<(), Failed> {
        match self {
            Command::Status(report) => report.show(status::look).map(|_| ()),
            Command::Verify(report) => match report.show(verify::read)?.iter().any(verify::Found::is_damaged)
            {
                true => Err(Failed::DAMAGED),
                false => Ok(()),
            },
            Command::Export(arguments) => arguments.run(),
            Command::Forget(arguments) => arguments.run(),
        }
    }
}

/// Which journals.
#[derive(Args)]
struct Journals {
    #[command(flatten)]
    sources: Sources,
    /// A storage's directory, or that of one journal, instead of a configuration.
    #[arg(long, value_name = "PATH", conflicts_with_all = ["configs", "sets"])]
    directory: Option<PathBuf>,
    /// Only the journal of this pipeline.
    #[arg(long, value_name = "ID")]
    pipeline: Option<String>,
}

/// A pipeline's journal.
struct Journal {
    pipeline: String,
    directory: PathBuf,
}

impl Journal {
    fn in_directory(directory: &Path) -> Option<Journal> {
        let pipeline = FileStorage::pipeline(directory)?.to_string();
        Some(Journal { pipeline, directory: directory.to_owned() })
    }

    /// Whether there is one, and not only a place for it.
    fn exists(&self) -> bool {
        is_journal(&self.directory)
    }

    fn inspect(&self) -> Result<Inspection, Failed> {
        Inspection::of(&self.directory).map_err(|error| Failed::because(&error))
    }
}

fn is_journal(directory: &Path) -> bool {
    directory.join("cursors").is_dir()
}

impl Journals {
    fn find(&self) -> Result<Vec<Journal>, Failed> {
        let (mut found, place) = match &self.directory {
            Some(directory) => (below(directory)?, directory.display().to_string()),
            None => (self.configured()?, "the storages of this configuration".to_owned()),
        };
        found.retain(|journal| {
            self.pipeline.as_ref().is_none_or(|wanted| *wanted == journal.pipeline) && journal.exists()
        });
        found.sort_by(|one, other| one.pipeline.cmp(&other.pipeline));
        match found.is_empty() {
            true => Err(Failed::because(&format!("there is no such journal in {place}"))),
            false => Ok(found),
        }
    }

    fn configured(&self) -> Result<Vec<Journal>, Failed> {
        let config = self.sources.load()?.config;
        let journals = config.service.pipelines.0.iter().filter_map(|(id, pipeline)| {
            let directory = config.storage(pipeline)?.journal(id);
            Some(Journal { pipeline: id.to_string(), directory })
        });
        Ok(journals.collect())
    }

    /// The only one there is.
    fn one(&self) -> Result<Journal, Failed> {
        let mut found = self.find()?;
        match (found.pop(), found.is_empty()) {
            (Some(journal), true) => Ok(journal),
            (last, _) => {
                let all: Vec<_> = found.into_iter().chain(last).map(|journal| journal.pipeline).collect();
                let all = all.join(", ");
                Err(Failed::because(&format!(
                    "there are several journals: choose one of {all} with --pipeline"
                )))
            }
        }
    }
}

/// The journals in a storage's directory, or the one whose directory this is.
fn below(directory: &Path) -> Result<Vec<Journal>, Failed> {
    let failed = |error| Failed::because(&format!("cannot read {}: {error}", directory.display()));
    if is_journal(directory) {
        // A copy may have any name.
        let name = directory.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let named = Journal { pipeline: name, directory: directory.to_owned() };
        return Ok(vec![Journal::in_directory(directory).unwrap_or(named)]);
    }
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(failed)? {
        found.extend(Journal::in_directory(&entry.map_err(failed)?.path()));
    }
    Ok(found)
}

/// What is told of each journal.
#[derive(Args)]
pub(super) struct Report {
    #[command(flatten)]
    journals: Journals,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Report {
    fn show<T: Serialize + Display>(
        &self,
        look: impl Fn(&Journal, Inspection) -> Result<T, Failed>,
    ) -> Result<Vec<T>, Failed> {
        let found = self.journals.find()?;
        let all = found.iter().map(|journal| look(journal, journal.inspect()?));
        let all: Vec<T> = all.collect::<Result<_, _>>()?;
        match self.json {
            true => print_json(&serde_json::to_value(&all).unwrap_or_default())?,
            false => print(&all.iter().map(T::to_string).collect::<Vec<_>>().join("\n"))?,
        }
        Ok(all)
    }
}
