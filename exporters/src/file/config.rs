//! The keys of `file`.

use crate::compression::Compression;
use component::settings::{Duration, Problem, Validate};
use pdata::Signal;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Appends every batch to a file, one JSON object a line.
///
/// An existing file is never truncated. A batch is in the file whole or not at all: what a full disk cut
/// short is taken back before the next attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The file. Created with mode 0600. No other exporter or process may write to it.
    pub path: PathBuf,
    /// What a line is. Where it is not set: `event_json` for logs, `otlp_json` for traces and metrics.
    pub format: Option<Format>,
    /// How the file is compressed. Every batch is compressed by itself, so the file can be read (`zcat`,
    /// `zstdcat`) while it grows. The file of an earlier run is read once at the start, and set aside if
    /// its end was torn.
    #[schemars(extend("enum" = ["none", "", "gzip", "zstd"]))]
    pub compression: Compression,
    /// When written data is made to survive a power cut.
    pub fsync: Fsync,
    /// How much time of data a power cut may take with `fsync: interval`.
    pub fsync_interval: Duration,
    /// Only `true`: the file is never truncated. (The Collector's default is `false`, which empties it at
    /// every start.)
    pub append: bool,
    /// When to begin a new file. Never, where it is not set.
    pub rotation: Option<Rotation>,
    /// Create the directories above the file where they are missing, with mode 0700.
    pub create_directory: bool,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            path: PathBuf::new(),
            format: None,
            compression: Compression::None,
            fsync: Fsync::default(),
            fsync_interval: Duration::secs(1),
            append: true,
            rotation: None,
            create_directory: false,
        }
    }
}

/// What one line of the file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(transform = component::settings::aliases::<Self>)]
pub enum Format {
    /// One security event. Logs only.
    EventJson,
    /// One OTLP/JSON export request, as the Collector's `json` has it.
    #[serde(alias = "json")]
    OtlpJson,
}

/// When written data is made to survive a power cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fsync {
    /// Before a batch counts as delivered; batches that wait together share one fsync.
    #[default]
    Always,
    /// Every `fsync_interval`, and when a file is closed.
    Interval,
    /// When the operating system sees fit.
    Off,
}

/// When to begin a new file, and how long to keep the old ones. An old file is called
/// `base-2022-09-14T05-02-14.173.json`, by the time (UTC) it was set aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Rotation {
    /// Begin a new file before this one exceeds so many MiB. A batch is never divided: one that is larger
    /// has a file of its own.
    pub max_megabytes: u64,
    /// Begin a new file when this one was begun so long ago, with the next batch. 0s: age does not matter.
    pub interval: Duration,
    /// Delete old files after so many days. 0: never.
    pub max_days: u32,
    /// Keep so many old files and delete the oldest. 0: keep all. The Collector's default of 100 deletes
    /// audit data unasked.
    pub max_backups: u32,
}

impl Default for Rotation {
    fn default() -> Rotation {
        Rotation { max_megabytes: 100, interval: Duration::default(), max_days: 0, max_backups: 0 }
    }
}

impl Config {
    /// What the format can hold.
    pub fn signals(&self) -> &'static [Signal] {
        match self.format {
            Some(Format::EventJson) => &[Signal::Logs],
            Some(Format::OtlpJson) | None => &Signal::ALL,
        }
    }
}

impl Validate for Config {
    fn validate(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if self.path.file_name().is_none() {
            problems.push(Problem::at("path", "path must be non-empty: name the file to write"));
        }
        if !matches!(self.compression, Compression::None | Compression::Gzip | Compression::Zstd) {
            problems.push(Problem::at(
                "compression",
                "a file is compressed with gzip, zstd or not at all (none)",
            ));
        }
        if !self.append {
            problems.push(Problem::at("append", "weir never truncates what it has written; remove the key"));
        }
        if self.fsync == Fsync::Interval && self.fsync_interval.is_zero() {
            problems.push(Problem::at(
                "fsync_interval",
                "it must be more than 0s; for every batch set fsync: always",
            ));
        }
        if self.rotation.as_ref().is_some_and(|rotation| rotation.max_megabytes == 0) {
            problems.push(Problem::at("rotation.max_megabytes", "it must be more than 0"));
        }
        problems
    }
}
