//! Reading dead letters: without the lock, also while an agent writes them.

use super::DeadLetter;
use journal::OpenError;
use journal::inspect::{Entries, Entry, Inspection};
use std::io;
use std::path::{Path, PathBuf};

/// A dead letter that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// What to name it by: its place among all that were ever kept in the directory.
    pub id: u64,
    /// The letter.
    pub letter: DeadLetter,
}

/// Bytes that are no dead letter.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// The disk did not give them.
    #[error("cannot read dead letters: {0}")]
    Io(#[from] io::Error),
    /// No checksum vouches for them.
    #[error("{path}: {bytes} bytes at {offset} are corrupt", path = path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// Where they begin.
        offset: u64,
        /// How many there are.
        bytes: u64,
    },
    /// An intact request that is none.
    #[error("{0} is no dead letter; is this the directory of a pipeline's journal?")]
    Foreign(u64),
}

/// The dead letters in a directory, oldest first, those included that are marked as gone.
#[derive(Debug)]
pub struct Letters {
    entries: Entries,
    from: u64,
}

/// Reads the dead letters of `directory` from the number `from` on.
pub fn letters(directory: &Path, from: u64) -> Result<Letters, OpenError> {
    let mut inspection = Inspection::of(directory)?;
    let begins_by = |first: &journal::inspect::Segment| first.header.is_some_and(|it| it.first.0 <= from);
    let later = inspection.segments.iter().skip(1);
    let before = later.take_while(|next| begins_by(next)).count();
    inspection.segments.drain(..before);
    Ok(Letters { entries: inspection.entries(), from })
}

impl Iterator for Letters {
    type Item = Result<Kept, Unreadable>;

    fn next(&mut self) -> Option<Result<Kept, Unreadable>> {
        loop {
            return Some(match self.entries.next()? {
                Err(error) => Err(error.into()),
                Ok(Entry::Corrupt { path, offset, bytes }) => {
                    Err(Unreadable::Corrupt { path, offset, bytes })
                }
                Ok(Entry::Frame(frame)) if frame.seq.0 < self.from => continue,
                Ok(Entry::Frame(frame)) => {
                    let id = frame.seq.0;
                    let letter = DeadLetter::open(&frame.request).ok_or(Unreadable::Foreign(id));
                    letter.map(|letter| Kept { id, letter })
                }
            });
        }
    }
}
