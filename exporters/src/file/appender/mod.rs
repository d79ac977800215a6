//! The current file at a path: opens it, notices when it was moved away, begins a new one when it is time.

use super::backups;
use super::config::{Config, Rotation};
use super::disk::Appended;
use super::leftover::{self, Leftover};
use super::tail::Tail;
use crate::compression::Compression;
use jiff::{SignedDuration, Timestamp};
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::PathBuf;

/// Appends to a path for as long as the exporter lives. All of it blocks.
#[derive(Debug)]
pub struct Appender {
    path: PathBuf,
    compression: Compression,
    rotation: Option<Rotation>,
    current: Option<Current>,
    /// A file was left that could not be synced, and whoever waits for that is still to be told.
    left_unsynced: Option<io::ErrorKind>,
}

#[derive(Debug)]
struct Current {
    tail: Tail<Appended>,
    /// Device and inode: what a path leads to may change.
    identity: (u64, u64),
    begun: Timestamp,
}

impl Appender {
    /// Opens the file of a configuration, so that a path that cannot be written is known at the start.
    pub fn open(config: &Config, now: Timestamp) -> io::Result<Appender> {
        if config.create_directory {
            let directory = backups::directory(&config.path);
            DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        }
        let mut appender = Appender {
            path: config.path.clone(),
            compression: config.compression,
            rotation: config.rotation.clone(),
            current: None,
            left_unsynced: None,
        };
        appender.current = Some(appender.begin(now)?);
        Ok(appender)
    }

    /// Appends all of `bytes`, which end a record, or nothing.
    pub fn append(&mut self, bytes: &[u8], now: Timestamp) -> io::Result<()> {
        let current = self.ready(bytes.len() as u64, now)?;
        current.tail.append(bytes)
    }

    /// Returns when everything appended survives a power cut. After an error, what was appended since
    /// the last success may be lost, and the next append begins a new file.
    pub fn sync(&mut self) -> io::Result<()> {
        let synced = self.current.as_mut().map_or(Ok(()), |current| current.tail.sync());
        self.left_unsynced.take().map_or(synced, |kind| Err(kind.into()))
    }

    /// Makes a file durable before another one takes its place. One that has failed to be has been
    /// reported already.
    fn sync_last(&mut self, current: &mut Current) -> io::Result<()> {
        match current.tail.is_doomed() {
            true => Ok(()),
            false => current.tail.sync().inspect_err(|error| self.left_unsynced = Some(error.kind())),
        }
    }

    /// The file to append `more` bytes to.
    fn ready(&mut self, more: u64, now: Timestamp) -> io::Result<&mut Current> {
        let current = match self.current.take() {
            Some(current) => self.keep_or_replace(current, more, now)?,
            None => self.begin(now)?,
        };
        Ok(self.current.insert(current))
    }

    fn keep_or_replace(&mut self, mut current: Current, more: u64, now: Timestamp) -> io::Result<Current> {
        let there = match fs::metadata(&self.path) {
            Ok(there) => Some(there),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                self.current = Some(current);
                return Err(error);
            }
        };
        match there.filter(|there| (there.dev(), there.ino()) == current.identity) {
            // Moved or deleted, as logrotate does. Whoever moved it has its whole batches; a half one
            // has been cut off already or is lost with the disk.
            None => {
                self.sync_last(&mut current)?;
                return self.begin(now);
            }
            Some(there) => current.tail.is_now(there.len()),
        }
        let stuck = current.tail.is_doomed() || current.tail.mend().is_err();
        if stuck || self.is_due(&current, more, now) {
            return self.rotate(current, now);
        }
        Ok(current)
    }

    fn is_due(&self, current: &Current, more: u64, now: Timestamp) -> bool {
        let Some(rotation) = &self.rotation else { return false };
        let len = current.tail.len();
        let too_large = len + more > rotation.max_megabytes.saturating_mul(1 << 20);
        let age = SignedDuration::try_from(*rotation.interval).unwrap_or(SignedDuration::MAX);
        let too_old = !rotation.interval.is_zero() && now.duration_since(current.begun) >= age;
        len > 0 && (too_large || too_old)
    }

    fn rotate(&mut self, mut current: Current, now: Timestamp) -> io::Result<Current> {
        if let Err(error) = self.sync_last(&mut current) {
            self.current = Some(current);
            return Err(error);
        }
        if let Err(error) = backups::set_aside(&self.path, now) {
            self.current = Some(current);
            return Err(error);
        }
        let next = self.begin(now)?;
        if let Some(rotation) = &self.rotation
            && let Err(error) = backups::prune(&self.path, rotation, now)
        {
            tracing::warn!(path = %self.path.display(), %error, "cannot delete old files");
        }
        Ok(next)
    }

    /// Opens what is at the path, or creates it.
    fn begin(&self, now: Timestamp) -> io::Result<Current> {
        let mut file = self.open_locked()?;
        match leftover::inspect(&mut file, self.compression)? {
            Leftover::Whole => self.current(file, now),
            Leftover::MidLine => {
                let mut current = self.current(file, now)?;
                current.tail.append(b"\n")?;
                Ok(current)
            }
            Leftover::Unreadable => {
                let old = backups::set_aside(&self.path, now)?;
                tracing::warn!(path = %old.display(), "set aside a file that cannot be appended to: it is compressed in another way, or ends within a batch");
                self.current(self.open_locked()?, now)
            }
        }
    }

    fn current(&self, file: File, now: Timestamp) -> io::Result<Current> {
        let there = file.metadata()?;
        let begun = match there.len() {
            0 => now,
            _ => there.created().ok().and_then(|time| Timestamp::try_from(time).ok()).unwrap_or(now),
        };
        Ok(Current {
            identity: (there.dev(), there.ino()),
            tail: Tail::new(Appended::to(file), there.len()),
            begun,
        })
    }

    fn open_locked(&self) -> io::Result<File> {
        let file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(&self.path)?;
        if !file.metadata()?.is_file() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "it is a device or a pipe, which can neither be mended nor set aside; name a regular file",
            ));
        }
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(io::Error::new(
                    io::ErrorKind::ResourceBusy,
                    "another exporter or process writes to it already; give each a path of its own",
                ));
            }
            // A file system without locks.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
        // The name of a new file has to survive a power cut too.
        match File::open(backups::directory(&self.path)) {
            Ok(directory) => directory.sync_all()?,
            // A directory may be written to without being read.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {}
            Err(error) => return Err(error),
        }
        Ok(file)
    }
}

#[cfg(test)]
mod tests;
