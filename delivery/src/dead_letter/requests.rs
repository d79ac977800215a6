//! What the command line asks of a running agent: to send certain dead letters again.
//!
//! A file a command and exporter, which the agent removes once each of its letters was delivered or
//! rejected. One that crashes meanwhile begins again with those that are still there.

use super::marks::unique_name;
use component::ComponentId;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Where they are, below the directory of the letters.
const DIRECTORY: &str = "replay";
const SUFFIX: &str = ".ids";

/// Letters that are to be sent again.
#[derive(Debug)]
pub(crate) struct Requested {
    path: PathBuf,
    pub(crate) ids: Vec<u64>,
}

/// Asks the agent to send the letters `ids` of `exporter` again. It may be running or not: a request waits
/// for it.
pub fn request_replay(directory: &Path, exporter: &ComponentId, ids: &[u64]) -> io::Result<()> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let directory = directory.join(DIRECTORY);
    fs::create_dir_all(&directory)?;
    let name = format!("{}-{}", unique_name(), NEXT.fetch_add(1, Ordering::Relaxed));
    let unfinished = directory.join(&name);
    let mut text = format!("{exporter}\n");
    for id in ids {
        text.push_str(&format!("{id}\n"));
    }
    let mut file = File::options().write(true).create_new(true).open(&unfinished)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    // Only now it has a name that the agent looks for.
    fs::rename(&unfinished, directory.join(name + SUFFIX))?;
    File::open(&directory)?.sync_all()
}

impl Requested {
    /// Makes the place for requests, so that it is the agent's, whoever asks first.
    pub(crate) fn prepare(directory: &Path) -> io::Result<()> {
        fs::create_dir_all(directory.join(DIRECTORY))
    }

    /// What is asked for an exporter's letters, oldest first.
    pub(crate) fn of(directory: &Path, exporter: &ComponentId) -> io::Result<Vec<Requested>> {
        let listed = match fs::read_dir(directory.join(DIRECTORY)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            listed => listed?,
        };
        let mut requested = Vec::new();
        for entry in listed {
            let path = entry?.path();
            if !path.as_os_str().as_encoded_bytes().ends_with(SUFFIX.as_bytes()) {
                continue;
            }
            let text = fs::read_to_string(&path)?;
            let mut lines = text.lines();
            if lines.next() == Some(exporter.as_str()) {
                let ids = lines.filter_map(|line| line.parse().ok()).collect();
                requested.push(Requested { path, ids });
            }
        }
        requested.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(requested)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Every one of its letters was delivered or rejected.
    pub(crate) fn done(&self) -> io::Result<()> {
        fs::remove_file(&self.path)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_seen_by_its_exporter_only_until_it_is_done() {
        let dir = tempfile::tempdir().unwrap();
        let [siem, file] = ["siem_http/eu", "file"].map(|id| ComponentId::parse(id).unwrap());
        assert_eq!(Requested::of(dir.path(), &siem).unwrap().len(), 0);
        request_replay(dir.path(), &siem, &[3, 1]).unwrap();
        request_replay(dir.path(), &siem, &[4]).unwrap();
        assert_eq!(Requested::of(dir.path(), &file).unwrap().len(), 0);
        let found = Requested::of(dir.path(), &siem).unwrap();
        assert_eq!(
            found.iter().map(|request| request.ids.clone()).collect::<Vec<_>>(),
            [vec![3, 1], vec![4]]
        );
        found[0].done().unwrap();
        assert_eq!(Requested::of(dir.path(), &siem).unwrap().len(), 1);
    }
}
