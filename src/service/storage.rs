//! Journals on disk: opened at the start, with what to do where that fails.

use super::pipeline::Pipeline;
use crate::config::{Config, FileStorage, Pipeline as Settings, PipelineId};
use crate::telemetry::health::Health;
use component::BuildError;
use journal::{Cursor, Journal, LagLimit, OpenError, Watermark};
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;

/// The most memory that one journal takes for requests that are on disk already.
const MEMORY: usize = 64 << 20;

/// The least, so that readers who keep up need not read what was just written.
const LEAST_MEMORY: usize = 256 << 10;

/// Opens the journal of a pipeline in its storage.
pub fn open(
    config: &Config,
    id: &PipelineId,
    settings: &Settings,
    storage: &FileStorage,
) -> Result<Arc<Journal>, BuildError> {
    prepare(storage)?;
    let limits = journal::Settings { max_bytes: storage.max_size.as_usize(), on_full: settings.on_full };
    let directory = storage.journal(id);
    Journal::open(&directory, storage.storage(memory(config)), limits)
        .map_err(|error| BuildError(format!("service::pipelines::{id}: journal: {error}{}", remedy(&error))))
}

/// What is on disk must leave room in the budget for what is not: a quarter is for all journals together.
fn memory(config: &Config) -> usize {
    let stored = config.service.pipelines.0.values().filter(|pipeline| config.storage(pipeline).is_some());
    let share = config.service.memory.budget.as_usize() / 4 / stored.count().max(1);
    share.clamp(LEAST_MEMORY, MEMORY)
}

/// The directory has to be there, or may be created.
pub fn prepare(storage: &FileStorage) -> Result<(), BuildError> {
    let directory = &storage.directory;
    let shown = directory.display();
    match fs::metadata(directory) {
        Ok(found) if found.is_dir() => Ok(()),
        Ok(_) => Err(BuildError(format!("file_storage: {shown} is not a directory; name another one"))),
        Err(error) if error.kind() == ErrorKind::NotFound && storage.create_directory => create(directory)
            .map_err(|error| {
                BuildError(format!("file_storage: cannot create directory {shown}: {error}{}", hint(&error)))
            }),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(BuildError(format!(
            "file_storage: directory must exist: stat {shown}: no such file or directory. You can enable the \
             create_directory option to automatically create it"
        ))),
        Err(error) => {
            Err(BuildError(format!("file_storage: cannot use directory {shown}: {error}{}", hint(&error))))
        }
    }
}

/// Makes a directory and those above it, so that they survive a crash.
fn create(directory: &Path) -> io::Result<()> {
    if directory.is_dir() || directory.as_os_str().is_empty() {
        return Ok(());
    }
    let parent = directory.parent().unwrap_or(Path::new(""));
    create(parent)?;
    fs::DirBuilder::new().mode(0o700).create(directory)?;
    let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
    fs::File::open(parent)?.sync_all()
}

pub fn remedy(error: &OpenError) -> &'static str {
    match error {
        OpenError::Io { error, .. } => hint(error),
        OpenError::Locked(_) | OpenError::Newer { .. } => "",
    }
}

/// What to do about an error of the file system.
fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::PermissionDenied => ". Give the user that weir runs as the right to write there",
        ErrorKind::ReadOnlyFilesystem => ". Mount the file system writable, or name another directory",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => ". Make room on the file system",
        ErrorKind::NotADirectory => ". Something above it is a file; name another directory",
        _ => "",
    }
}

/// Where an exporter or a connector reads a pipeline's journal.
pub fn cursor(pipeline: &Pipeline, name: &str, required: bool, limit: Option<LagLimit>) -> Cursor {
    let journal = &pipeline.journal;
    if pipeline.storage.is_some() && journal.watermark(Watermark::Received).0 > 0 {
        let known = journal.unclaimed_cursors().iter().any(|unclaimed| unclaimed.name == name);
        if !known {
            tracing::info!(
                pipeline = pipeline.id,
                reader = name,
                "New to this journal: gets what is accepted from now on, and nothing that waits for others"
            );
        }
    }
    journal.cursor(name, required, limit)
}

/// Says what nobody reads any more. To be called when everybody has their cursors.
pub fn warn_of_unclaimed(pipeline: &Pipeline) {
    let Some(directory) = &pipeline.storage else { return };
    for unclaimed in pipeline.journal.unclaimed_cursors() {
        tracing::warn!(
            pipeline = pipeline.id,
            reader = unclaimed.name,
            waiting = unclaimed.waiting.records,
            "The pipeline has no exporter of this name any more, and what waits for it stays on disk. Configure \
             it again to deliver it; or stop weir and let go of it: weir journal forget '{}' --directory '{}'",
            unclaimed.name,
            directory.display(),
        );
    }
}

/// Says which journals no pipeline uses any more, in all storages that are configured: also in one that no
/// pipeline is left in.
pub fn warn_of_strays(config: &Config, pipelines: &[Arc<Pipeline>]) {
    let directories: BTreeSet<&Path> = config.file_storages().map(|it| it.directory.as_path()).collect();
    for entry in directories.into_iter().filter_map(|it| fs::read_dir(it).ok()).flatten().flatten() {
        let path = entry.path();
        let is_used = pipelines.iter().any(|pipeline| pipeline.storage.as_ref() == Some(&path));
        let Some(id) = FileStorage::pipeline(&path).filter(|_| !is_used) else { continue };
        tracing::warn!(
            pipeline = %id,
            directory = %path.display(),
            "There is a journal that no pipeline uses any more. See what waits in it with `weir journal \
             status --directory`; configure its pipeline with this storage again to deliver it, or remove the directory"
        );
    }
}

/// Lets the health endpoint tell of a disk that does not take anything, or does not give it back.
pub fn watch(health: &Health, pipeline: &Arc<Pipeline>) {
    let pipeline = Arc::clone(pipeline);
    health.watch(move || {
        let journal::Status { health, unreadable, .. } = pipeline.journal.status();
        let what = match health {
            journal::Health::Healthy => unreadable?,
            journal::Health::DiskFull => "the disk is full".to_owned(),
            journal::Health::Failed(what) => what,
        };
        Some(format!("journal of {}: {what}", pipeline.id))
    });
}

/// Ends a journal on disk: what is pending is written and the directory is free. What was acknowledged and
/// could not be written, if anything: who waited for the disk was told to send it again. Blocks for as long
/// as the disk takes.
pub fn finish(pipeline: &Pipeline) -> Option<String> {
    pipeline.storage.as_ref()?;
    pipeline.journal.finish();
    let written = pipeline.journal.watermark(Watermark::Durable).0;
    match pipeline.journal.watermark(Watermark::Received).0.saturating_sub(written) {
        0 => None,
        _ if pipeline.ack != Watermark::Received => None,
        requests => Some(format!("journal of {}: {requests} requests could not be written", pipeline.id)),
    }
}
