//! Which dead letters, and where they are.

use crate::cli::{Failed, Sources, complain};
use clap::Args;
use component::settings::Duration;
use component::unix_nanos;
use delivery::{Kept, Letters, Marks, Unreadable, letters};
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Where the letters are, and which of them.
#[derive(Args)]
pub(super) struct Selection {
    /// The directory of the dead letters, instead of that of a configuration.
    #[arg(long, value_name = "DIR", conflicts_with = "configs")]
    directory: Option<PathBuf>,
    #[command(flatten)]
    sources: Sources,
    /// Only these, by their numbers.
    #[arg(long, value_name = "N", value_delimiter = ',')]
    id: Vec<u64>,
    /// Only those of this exporter.
    #[arg(long, value_name = "ID")]
    exporter: Option<String>,
    /// Only those of this pipeline.
    #[arg(long, value_name = "ID")]
    pipeline: Option<String>,
    /// Only those whose category, status or reason has this text.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Only those given up at or after this time: RFC 3339, or how long ago (90m).
    #[arg(long, value_name = "TIME", value_parser = time)]
    since: Option<u64>,
    /// Only those given up before this time.
    #[arg(long, value_name = "TIME", value_parser = time)]
    until: Option<u64>,
    /// At most so many, the oldest first.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

/// A letter that was selected.
pub(super) struct Found {
    pub(super) kept: Kept,
    /// How often it was sent again and rejected.
    pub(super) replays: u32,
}

impl Selection {
    /// Whether nothing was said that leaves any out.
    pub(super) fn is_everything(&self) -> bool {
        self.id.is_empty()
            && self.limit.is_none()
            && [self.since, self.until].iter().all(Option::is_none)
            && [&self.exporter, &self.pipeline, &self.reason].iter().all(|filter| filter.is_none())
    }

    /// Where they are.
    pub(super) fn directory(&self) -> Result<PathBuf, Failed> {
        if let Some(directory) = &self.directory {
            return Ok(directory.clone());
        }
        if self.sources.is_empty() {
            return Err(Failed::because(&"say where the dead letters are: --config or --directory"));
        }
        let config = self.sources.load()?.config;
        config.dead_letters().map(|(directory, _)| directory).ok_or_else(|| {
            Failed::because(
                &"this configuration keeps no dead letters: it has no file_storage in service::extensions",
            )
        })
    }

    /// The selected letters that are neither replayed nor dropped. What cannot be read is told of and left
    /// out.
    pub(super) fn find(&self) -> Result<impl Iterator<Item = Result<Found, Failed>>, Failed> {
        let directory = self.directory()?;
        let failed =
            |error: &dyn std::fmt::Display| Failed::because(&format!("{error}. Did weir ever run with it?"));
        let first = self.id.iter().min().copied().unwrap_or(0);
        let letters = letters(&directory, first).map_err(|error| failed(&error))?;
        let marks = Marks::read(&directory).map_err(|error| failed(&error))?;
        let found = Reading { selection: self, ids: self.id.iter().copied().collect(), letters, marks };
        Ok(found.take(self.limit.unwrap_or(usize::MAX)))
    }

    fn takes(&self, Kept { letter, .. }: &Kept) -> bool {
        let is = |filter: &Option<String>, value: &str| filter.as_ref().is_none_or(|filter| filter == value);
        let because = |text: &String| {
            letter.category.as_str() == text
                || letter.status() == Some(text)
                || letter.reason.as_str().contains(text)
        };
        is(&self.exporter, letter.exporter.as_str())
            && is(&self.pipeline, &letter.pipeline)
            && self.reason.as_ref().is_none_or(because)
            && self.since.is_none_or(|since| letter.last_unix_nano >= since)
            && self.until.is_none_or(|until| letter.last_unix_nano < until)
    }
}

struct Reading<'s> {
    selection: &'s Selection,
    ids: BTreeSet<u64>,
    letters: Letters,
    marks: Marks,
}

impl Iterator for Reading<'_> {
    type Item = Result<Found, Failed>;

    fn next(&mut self) -> Option<Result<Found, Failed>> {
        loop {
            match self.letters.next()? {
                Ok(kept) => {
                    let chosen = self.ids.is_empty() || self.ids.contains(&kept.id);
                    if chosen && !self.marks.is_gone(kept.id) && self.selection.takes(&kept) {
                        let replays = self.marks.tries(kept.id);
                        return Some(Ok(Found { kept, replays }));
                    }
                }
                Err(corrupt @ Unreadable::Corrupt { .. }) => complain(&format!("Warning: {corrupt}\n")),
                Err(error) => return Some(Err(Failed::because(&error))),
            }
        }
    }
}

/// What to say where a mark or a request cannot be written.
pub(super) fn cannot_write(directory: &Path, error: &io::Error) -> Failed {
    Failed::because(&format!(
        "cannot write below {}: {error}. Run this as the user that weir runs as",
        directory.display()
    ))
}

/// A point in time, in nanoseconds since the Unix epoch.
fn time(text: &str) -> Result<u64, String> {
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return u64::try_from(time.as_nanosecond()).map_err(|_| "before 1970".to_owned());
    }
    let ago = Duration::parse(text).map_err(|_| {
        "neither a time such as 2026-01-31T12:00:00Z nor how long ago, such as 90m".to_owned()
    })?;
    let ago = u64::try_from(ago.as_nanos()).unwrap_or(u64::MAX);
    Ok(unix_nanos(SystemTime::now()).saturating_sub(ago))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_one_or_how_long_ago() {
        assert_eq!(time("1970-01-01T00:00:01Z"), Ok(1_000_000_000));
        assert_eq!(time("1970-01-01T01:00:01+01:00"), Ok(1_000_000_000));
        let now = unix_nanos(SystemTime::now());
        let hour = now - time("1h").unwrap();
        assert!((3_500_000_000_000..=3_600_000_000_000).contains(&hour), "{hour}");
        assert!(time("yesterday").is_err() && time("12").is_err());
    }
}
