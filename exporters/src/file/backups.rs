//! The old files beside the current one: their names, and which of them to delete.

use super::config::Rotation;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::{fs, io};

const TIME: &str = "%Y-%m-%dT%H-%M-%S%.3f";

/// Renames the current file to `base-2022-09-14T05-02-14.173.json` and returns that name.
pub fn set_aside(path: &Path, now: Timestamp) -> io::Result<PathBuf> {
    let (base, extension) = parts(path);
    let mut time = now;
    loop {
        let name = format!("{base}{}{extension}", time.strftime(TIME));
        let old = path.with_file_name(name);
        if !old.try_exists()? {
            fs::rename(path, &old)?;
            return Ok(old);
        }
        // Two in one millisecond: an old file is never overwritten.
        time += SignedDuration::from_millis(1);
    }
}

/// Deletes the old files that `rotation` does not keep.
pub fn prune(path: &Path, rotation: &Rotation, now: Timestamp) -> io::Result<()> {
    let mut old = list(path)?;
    old.sort_by(|(_, a), (_, b)| b.cmp(a));
    let oldest_kept = now - SignedDuration::from_hours(24 * i64::from(rotation.max_days));
    for (place, (file, time)) in old.iter().enumerate() {
        let too_many = rotation.max_backups > 0 && place >= rotation.max_backups as usize;
        let too_old = rotation.max_days > 0 && *time < oldest_kept;
        if too_many || too_old {
            fs::remove_file(file)?;
        }
    }
    Ok(())
}

fn list(path: &Path) -> io::Result<Vec<(PathBuf, Timestamp)>> {
    let (base, extension) = parts(path);
    let mut old = Vec::new();
    for entry in fs::read_dir(directory(path))? {
        let name = entry?.file_name();
        let time = name
            .to_str()
            .and_then(|name| name.strip_prefix(&base)?.strip_suffix(&extension))
            .and_then(|time| DateTime::strptime("%Y-%m-%dT%H-%M-%S%.f", time).ok())
            .and_then(|time| TimeZone::UTC.to_timestamp(time).ok());
        if let Some(time) = time {
            old.push((path.with_file_name(name), time));
        }
    }
    Ok(old)
}

/// Where the file lives.
pub fn directory(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// `audit.json` is `audit-` and `.json`.
fn parts(path: &Path) -> (String, String) {
    let base = path.file_stem().unwrap_or_default().to_string_lossy();
    let extension = path.extension().map(OsStr::to_string_lossy);
    (format!("{base}-"), extension.map_or_else(String::new, |extension| format!(".{extension}")))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use component::settings::Duration;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn names(directory: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(directory).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn an_old_file_is_named_as_the_collector_names_it_and_never_overwrites_another() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("base.json");
        for _ in 0..2 {
            fs::write(&path, "x").unwrap();
            set_aside(&path, at("2022-09-14T05:02:14.173Z")).unwrap();
        }
        assert_eq!(
            names(directory.path()),
            ["base-2022-09-14T05-02-14.173.json", "base-2022-09-14T05-02-14.174.json"]
        );
    }

    #[test]
    fn only_old_files_of_this_name_are_deleted_and_only_when_too_many_or_too_old() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.json");
        let kept =
            ["a.json", "a-notes.json", "b-2020-01-01T00-00-00.000.json", "a-2020-01-01T00-00-00.000.txt"];
        for name in kept {
            fs::write(directory.path().join(name), "x").unwrap();
        }
        for day in 1..=5 {
            fs::write(directory.path().join(format!("a-2022-09-0{day}T00-00-00.000.json")), "x").unwrap();
        }
        let rotation = |max_backups, max_days| Rotation {
            max_megabytes: 1,
            interval: Duration::default(),
            max_days,
            max_backups,
        };
        let count = || names(directory.path()).len() - kept.len();
        prune(&path, &rotation(0, 0), at("2032-01-01T00:00:00Z")).unwrap();
        assert_eq!(count(), 5);
        prune(&path, &rotation(4, 0), at("2032-01-01T00:00:00Z")).unwrap();
        assert_eq!(count(), 4);
        prune(&path, &rotation(0, 2), at("2022-09-06T00:00:00Z")).unwrap();
        assert_eq!(count(), 2);
        prune(&path, &rotation(1, 0), at("2022-09-06T00:00:00Z")).unwrap();
        assert!(directory.path().join("a-2022-09-05T00-00-00.000.json").exists());
        assert_eq!(count(), 1);
    }
}
