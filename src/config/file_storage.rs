//! The keys of `file_storage`.

use super::pipeline::PipelineId;
use component::settings::{ByteSize, Duration, Problem, Validate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Keeps journals on disk, each pipeline's in a directory of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FileStorage {
    /// Where the journals are. No other process may use it. Every pipeline has a directory below it that is
    /// called like the pipeline, with what no file name may hold as `%2f`.
    pub directory: PathBuf,
    /// Create the directory where it is missing, and those above it, with mode 0700.
    pub create_directory: bool,
    /// When what was written is made to survive a power cut.
    pub fsync: Fsync,
    /// How long a sender may wait for its acknowledgement with `fsync: interval`.
    pub fsync_interval: Duration,
    /// Bytes that one pipeline's journal may take. What happens at the limit is the pipeline's `on_full`.
    pub max_size: ByteSize,
    /// What has waited for longer is dropped and counted, in whole segments. 0s: it waits for as long as it
    /// takes.
    pub max_age: Duration,
    /// Size of a file, the unit in which space is taken and given back. At most a quarter of `max_size` is
    /// used.
    pub segment_size: ByteSize,
    /// With less free space on the file system than this the disk counts as full: requests are refused, or
    /// what `on_full` says, until there is more.
    pub min_free: ByteSize,
}

impl Default for FileStorage {
    fn default() -> FileStorage {
        FileStorage {
            directory: PathBuf::from("/var/lib/weir"),
            create_directory: false,
            fsync: Fsync::default(),
            fsync_interval: Duration::millis(100),
            max_size: ByteSize::mib(10 << 10),
            max_age: Duration::secs(0),
            segment_size: ByteSize::mib(64),
            min_free: ByteSize::mib(64),
        }
    }
}

/// When what was written is made to survive a power cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fsync {
    /// Before anything counts as durable; requests that wait together share one fdatasync.
    #[default]
    Always,
    /// The same, at most once in `fsync_interval`.
    Interval,
    /// When the operating system sees fit: `durable` means that it survives weir, not the machine.
    Off,
}

impl FileStorage {
    /// The least that a journal and its files can be.
    const LEAST: ByteSize = ByteSize::mib(1);

    /// The directory of a pipeline's journal.
    pub fn journal(&self, pipeline: &PipelineId) -> PathBuf {
        let mut name = String::new();
        for byte in pipeline.as_str().bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' | b'.' => name.push(char::from(byte)),
                // Writing to a String cannot fail.
                _ => drop(write!(name, "%{byte:02x}")),
            }
        }
        self.directory.join(name)
    }

    /// The pipeline whose journal a directory is, by its name.
    pub fn pipeline(directory: &Path) -> Option<PipelineId> {
        let mut bytes = directory.file_name()?.to_str()?.bytes();
        let mut id = Vec::new();
        while let Some(byte) = bytes.next() {
            let mut digit = || char::from(bytes.next()?).to_digit(16);
            id.push(match byte {
                b'%' => u8::try_from(digit()? * 16 + digit()?).ok()?,
                byte => byte,
            });
        }
        PipelineId::parse(std::str::from_utf8(&id).ok()?).ok()
    }

    /// As the journal takes it, with `memory` bytes for recent requests.
    pub fn storage(&self, memory: usize) -> journal::Storage {
        journal::Storage {
            fsync: match self.fsync {
                Fsync::Always => journal::Fsync::Always,
                Fsync::Interval => journal::Fsync::Interval(*self.fsync_interval),
                Fsync::Off => journal::Fsync::Off,
            },
            segment_bytes: self.segment_size.0,
            max_age: Some(*self.max_age).filter(|age| !age.is_zero()),
            min_free_bytes: self.min_free.0,
            memory,
        }
    }
}

impl Validate for FileStorage {
    fn validate(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if self.directory.as_os_str().is_empty() {
            problems.push(Problem::at("directory", "must name a directory"));
        }
        if self.fsync == Fsync::Interval && self.fsync_interval.is_zero() {
            problems.push(Problem::at("fsync_interval", "must be longer than 0s; or say `fsync: always`"));
        }
        for (key, size) in [("max_size", self.max_size), ("segment_size", self.segment_size)] {
            if size < FileStorage::LEAST {
                problems.push(Problem::at(key, format!("must be at least {}", FileStorage::LEAST)));
            }
        }
        problems
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Two pipelines never share a directory, and none leaves the storage's own.
    #[test]
    fn a_pipelines_directory_is_named_after_it_and_after_no_other() {
        let storage = FileStorage { directory: "/s".into(), ..FileStorage::default() };
        for (id, name) in [
            ("logs", "logs"),
            ("logs/siem", "logs%2fsiem"),
            ("logs/../..", "logs%2f..%2f.."),
            ("logs/%2f", "logs%2f%252f"),
            ("traces/\u{e9}", "traces%2f%c3%a9"),
        ] {
            let id = PipelineId::parse(id).unwrap();
            let directory = storage.journal(&id);
            assert_eq!(directory, Path::new("/s").join(name));
            assert_eq!(FileStorage::pipeline(&directory), Some(id));
        }
        assert_eq!(FileStorage::pipeline(Path::new("/s/dead_letters")), None);
        assert_eq!(FileStorage::pipeline(Path::new("/s/logs%2")), None);
    }
}
