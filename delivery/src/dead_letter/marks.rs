//! What became of dead letters since they were kept: lines in files beside the journal.
//!
//! A journal is written by one process, and only at its end. Marks are how anything else is said of a
//! letter, by the agent and by the command line, also at the same time: every process appends to a file of
//! its own, one line a mark, and the marks of all files together are what counts. None is ever taken back,
//! so their order does not matter.

use component::unix_nanos;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Where they are, below the directory of the letters.
const DIRECTORY: &str = "marks";
const SUFFIX: &str = ".marks";

/// What can be said of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mark {
    /// A destination has it: it is no dead letter any more.
    Replayed,
    /// An operator wants it gone.
    Dropped,
    /// It was sent once more, and rejected.
    Tried,
}

impl Mark {
    const ALL: [Mark; 3] = [Mark::Replayed, Mark::Dropped, Mark::Tried];

    fn word(self) -> &'static str {
        match self {
            Mark::Replayed => "replayed",
            Mark::Dropped => "dropped",
            Mark::Tried => "tried",
        }
    }
}

/// The marks of a directory.
#[derive(Debug, Default)]
pub struct Marks {
    gone: BTreeSet<u64>,
    tried: BTreeMap<u64, u32>,
    replayed: u64,
    dropped: u64,
    files: BTreeMap<String, Known>,
}

/// What was read of a file.
#[derive(Debug, Default)]
struct Known {
    bytes: u64,
    newest: u64,
}

impl Marks {
    /// All marks of `directory`, which is that of the letters.
    pub fn read(directory: &Path) -> io::Result<Marks> {
        let mut marks = Marks::default();
        marks.refresh(directory)?;
        Ok(marks)
    }

    /// The marks of `directory` in a journal that ends at `end`. Letters beyond it were lost with the disk
    /// that had them, and the next ones get their numbers: what was said of them must not hit those.
    pub(crate) fn recover(directory: &Path, end: u64) -> io::Result<Marks> {
        fs::create_dir_all(directory.join(DIRECTORY))?;
        let mut marks = Marks::read(directory)?;
        let newest = marks.files.values().map(|known| known.newest).max();
        if newest.is_none_or(|newest| newest < end) {
            return Ok(marks);
        }
        tracing::warn!(path = %directory.display(), "Marks of dead letters that are lost are left out.");
        let old = std::mem::take(&mut marks.files);
        let mut file = MarkFile::create(directory)?;
        file.write(Mark::Dropped, marks.gone.range(..end).copied())?;
        let tried =
            marks.tried.range(..end).flat_map(|(id, tries)| std::iter::repeat_n(*id, *tries as usize));
        file.write(Mark::Tried, tried)?;
        for name in old.keys() {
            fs::remove_file(directory.join(DIRECTORY).join(name))?;
        }
        Marks::read(directory)
    }

    /// Reads what was added since.
    pub fn refresh(&mut self, directory: &Path) -> io::Result<()> {
        let directory = directory.join(DIRECTORY);
        let listed = match fs::read_dir(&directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            listed => listed?,
        };
        for entry in listed {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            if name.ends_with(SUFFIX) {
                self.read_on(name, &entry.path())?;
            }
        }
        Ok(())
    }

    fn read_on(&mut self, name: String, path: &Path) -> io::Result<()> {
        let known = self.files.entry(name).or_default();
        let mut file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            opened => opened?,
        };
        if file.metadata()?.len() <= known.bytes {
            return Ok(());
        }
        file.seek(SeekFrom::Start(known.bytes))?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        // A line without its end is still being written, or never will be.
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        known.bytes += whole as u64;
        let lines: Vec<_> = text.get(..whole).unwrap_or_default().lines().filter_map(parse).collect();
        known.newest = lines.iter().map(|(_, id)| *id).fold(known.newest, u64::max);
        for (mark, id) in lines {
            self.note(mark, id);
        }
        Ok(())
    }

    /// Takes note of a mark.
    pub(crate) fn note(&mut self, mark: Mark, id: u64) {
        match mark {
            Mark::Tried => *self.tried.entry(id).or_default() += 1,
            Mark::Replayed if self.gone.insert(id) => self.replayed += 1,
            Mark::Dropped if self.gone.insert(id) => self.dropped += 1,
            Mark::Replayed | Mark::Dropped => {}
        }
    }

    /// Whether a letter was replayed or dropped.
    pub fn is_gone(&self, id: u64) -> bool {
        self.gone.contains(&id)
    }

    /// How often a letter was sent once more and rejected again.
    pub fn tries(&self, id: u64) -> u32 {
        self.tried.get(&id).copied().unwrap_or(0)
    }

    /// How many letters were marked as replayed, and as dropped, in what was read.
    pub fn totals(&self) -> (u64, u64) {
        (self.replayed, self.dropped)
    }

    /// How many letters from `from` up to `to` are gone.
    pub(crate) fn gone_between(&self, from: u64, to: u64) -> u64 {
        match from < to {
            true => self.gone.range(from..to).count() as u64,
            false => 0,
        }
    }

    /// Forgets what is said of letters below `oldest`, which exist no more, and removes the files that say
    /// nothing else. `own` is still being written.
    pub(crate) fn prune(&mut self, directory: &Path, oldest: u64, own: Option<&Path>) -> io::Result<()> {
        self.gone = self.gone.split_off(&oldest);
        self.tried = self.tried.split_off(&oldest);
        let directory = directory.join(DIRECTORY);
        for (name, known) in &self.files {
            let path = directory.join(name);
            if known.newest < oldest && known.bytes > 0 && own != Some(&path) {
                match fs::remove_file(&path) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    _ => {}
                }
            }
        }
        self.files.retain(|name, _| directory.join(name).exists());
        Ok(())
    }
}

/// A line's mark and letter. What a later release may write is not this one's business.
fn parse(line: &str) -> Option<(Mark, u64)> {
    let (word, id) = line.split_once(' ')?;
    Some((Mark::ALL.into_iter().find(|mark| mark.word() == word)?, id.parse().ok()?))
}

/// A file of marks that this process writes.
#[derive(Debug)]
pub struct MarkFile {
    file: File,
    path: PathBuf,
}

impl MarkFile {
    /// A new one for the letters in `directory`.
    pub fn create(directory: &Path) -> io::Result<MarkFile> {
        let directory = directory.join(DIRECTORY);
        fs::create_dir_all(&directory)?;
        let path = directory.join(format!("{}{SUFFIX}", unique_name()));
        let file = File::options().append(true).create_new(true).open(&path)?;
        File::open(&directory)?.sync_all()?;
        Ok(MarkFile { file, path })
    }

    /// Says the same of several letters; it survives a power cut then.
    pub fn write(&mut self, mark: Mark, ids: impl IntoIterator<Item = u64>) -> io::Result<()> {
        let lines: String = ids.into_iter().map(|id| format!("{} {id}\n", mark.word())).collect();
        self.file.write_all(lines.as_bytes())?;
        self.file.sync_data()
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// A name that no other process gives, and this one only once.
pub(super) fn unique_name() -> String {
    format!("{:020}-{}", unix_nanos(SystemTime::now()), std::process::id())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_all_files_count_and_a_line_without_its_end_does_not() {
        let dir = tempfile::tempdir().unwrap();
        let mut one = MarkFile::create(dir.path()).unwrap();
        one.write(Mark::Dropped, [1, 2]).unwrap();
        let mut marks = Marks::read(dir.path()).unwrap();
        let mut other = MarkFile::create(dir.path()).unwrap();
        other.write(Mark::Tried, [3, 3]).unwrap();
        other.file.write_all(b"future 4\nreplayed 5\nreplayed 1\nreplayed 6").unwrap();
        marks.refresh(dir.path()).unwrap();
        let gone: Vec<u64> = (0..8).filter(|id| marks.is_gone(*id)).collect();
        assert_eq!((gone, marks.tries(3), marks.totals()), (vec![1, 2, 5], 2, (1, 2)));
        other.file.write_all(b"7\n").unwrap();
        marks.refresh(dir.path()).unwrap();
        assert!(marks.is_gone(67) && !marks.is_gone(6));
    }

    #[test]
    fn what_was_said_of_letters_that_are_lost_does_not_hit_those_that_get_their_numbers() {
        let dir = tempfile::tempdir().unwrap();
        let mut file = MarkFile::create(dir.path()).unwrap();
        file.write(Mark::Dropped, [2, 7]).unwrap();
        file.write(Mark::Tried, [3, 3, 8]).unwrap();
        let marks = Marks::recover(dir.path(), 5).unwrap();
        let told = |marks: &Marks| (marks.is_gone(2), marks.is_gone(7), marks.tries(3), marks.tries(8));
        assert_eq!(told(&marks), (true, false, 2, 0));
        assert_eq!(told(&Marks::read(dir.path()).unwrap()), (true, false, 2, 0));
    }

    #[test]
    fn files_about_letters_that_exist_no_more_are_removed_but_for_the_one_in_use() {
        let dir = tempfile::tempdir().unwrap();
        let mut files: Vec<_> = (0..3).map(|_| MarkFile::create(dir.path()).unwrap()).collect();
        for (file, id) in files.iter_mut().zip([1, 9, 2]) {
            file.write(Mark::Dropped, [id]).unwrap();
        }
        let mut marks = Marks::read(dir.path()).unwrap();
        marks.prune(dir.path(), 5, Some(files[2].path())).unwrap();
        let there: Vec<bool> = files.iter().map(|file| file.path().exists()).collect();
        assert_eq!(there, [false, true, true]);
        assert!(marks.is_gone(9) && !marks.is_gone(1));
    }
}
