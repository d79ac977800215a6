//! What a journal on disk is told, and what it says of itself.

use crate::Volume;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// How a journal is kept on disk.
///
/// What may wait there is [`Settings::max_bytes`](crate::Settings::max_bytes), which for a journal on
/// disk counts the bytes of its segments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Storage {
    /// When what was written is made to survive a power cut.
    pub fsync: Fsync,
    /// Size of a segment, the unit in which disk space is taken and given back. At most a quarter of
    /// [`Settings::max_bytes`](crate::Settings::max_bytes) is used; a larger request gets a segment
    /// of its own size.
    pub segment_bytes: u64,
    /// Requests that have waited for longer are dropped, counted as
    /// [`DropReason::Expired`](crate::DropReason::Expired), in whole segments: up to an eighth later.
    /// None: they wait for as long as it takes.
    pub max_age: Option<Duration>,
    /// The file system is full, as far as the journal is concerned, with less free space than this.
    pub min_free_bytes: u64,
    /// Memory for recent requests, so that readers who keep up never read the disk. What is not yet
    /// durable is kept beyond it.
    pub memory: usize,
}

impl Default for Storage {
    fn default() -> Storage {
        Storage {
            fsync: Fsync::Always,
            segment_bytes: 64 << 20,
            max_age: None,
            min_free_bytes: 64 << 20,
            memory: 64 << 20,
        }
    }
}

/// When written requests are made to survive a power cut. Readers see a request once it is durable in
/// the sense of this setting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fsync {
    /// One fdatasync for every group of requests; the next group forms meanwhile.
    #[default]
    Always,
    /// At most one fdatasync in this time. Acknowledgements that wait for it wait for as long.
    Interval(Duration),
    /// Never: what the kernel has taken counts as durable. It survives the process, not the machine.
    Off,
}

/// Whether a journal can take requests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Health {
    /// It can, as far as is known.
    #[default]
    Healthy,
    /// The disk, or the share of it that the journal may use, has no room. It goes on by itself when
    /// there is.
    DiskFull,
    /// The disk failed. It is tried again with growing pauses; the text says what failed and where.
    Failed(String),
}

/// A journal's state for health checks and metrics.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Whether it can take requests.
    pub health: Health,
    /// Bytes of all segments, and of what is still to be written.
    pub disk_bytes: u64,
    /// Segment files.
    pub segments: u64,
    /// Bytes of requests held in memory, counted as [`Settings::OVERHEAD`](crate::Settings::OVERHEAD) says.
    pub memory_bytes: usize,
    /// Calls of fdatasync since the journal was opened.
    pub fsyncs: u64,
    /// Time spent in them.
    pub fsync_time: Duration,
    /// The longest of them.
    pub fsync_max: Duration,
    /// Bytes that no checksum vouches for, found and quarantined since the journal was opened.
    pub corrupt_bytes: u64,
    /// Reads that failed and are tried again.
    pub read_errors: u64,
    /// What cannot be read now, and why: whoever has to read it waits.
    pub unreadable: Option<String>,
}

/// A cursor on disk that nobody has asked for since the journal was opened: an exporter that was
/// removed or renamed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unclaimed {
    /// Its name.
    pub name: String,
    /// What it has not settled.
    pub waiting: Volume,
}

/// Why a journal cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it.
    #[error("journal {0} is in use by another process; give every agent a directory of its own")]
    Locked(PathBuf),
    /// A newer release wrote it.
    #[error(
        "{path} has format version {found}, this release reads up to {supported}; run the release that \
         wrote it until its journal is empty, or give this one another directory"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The newest version that this release knows.
        supported: u32,
    },
    /// The disk refused something.
    #[error("cannot {doing} {path}: {error}")]
    Io {
        /// What was tried.
        doing: &'static str,
        /// With which file or directory.
        path: PathBuf,
        /// What the system said.
        #[source]
        error: io::Error,
    },
}
