//! What a journal needs of the machine under it, so that tests can put another machine there.

mod system;

pub use system::SystemDisk;

use std::fmt::Debug;
use std::io::{self, IoSlice};
use std::path::Path;
use std::sync::Arc;

/// Files, a clock and dice. Paths are whole paths; a journal has one directory with two below it.
///
/// Errors of kind `StorageFull` and `QuotaExceeded` mean that there is no room now; every other error is
/// a fault.
pub trait Disk: Debug + Send + Sync + 'static {
    /// The names of the files and directories in a directory, in any order.
    fn list(&self, directory: &Path) -> io::Result<Vec<String>>;

    /// Makes a directory that survives a crash. Its parent has to exist; it may exist itself.
    fn create_directory(&self, directory: &Path) -> io::Result<()>;

    /// Makes a file, which must not exist, with `allocate` bytes of space that later writes find. Its
    /// name survives a crash after [`Disk::sync_directory`].
    fn create(&self, path: &Path, allocate: u64) -> io::Result<Arc<dyn File>>;

    /// Opens a file to read it, and to write it if `write`.
    fn open(&self, path: &Path, write: bool) -> io::Result<Arc<dyn File>>;

    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Moves a file within the file system.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Makes the names in a directory survive a crash.
    fn sync_directory(&self, directory: &Path) -> io::Result<()>;

    /// Takes a lock that only one process can have; `WouldBlock` if another one has it. It is given back
    /// when the file is dropped or the process ends.
    fn lock(&self, path: &Path) -> io::Result<Arc<dyn File>>;

    /// Space that is left for weir.
    fn free_bytes(&self, directory: &Path) -> io::Result<u64>;

    /// The time, in nanoseconds since the Unix epoch.
    fn unix_nanos(&self) -> u64;

    /// A number that nobody has had before: the nonce of a segment.
    fn random(&self) -> u64;
}

/// An open file.
pub trait File: Debug + Send + Sync {
    /// Reads from `offset` on, as `pread`; fewer bytes than asked for are no error, none is the end.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Writes at `offset`, as `pwritev`; fewer bytes than given are no error.
    fn write_at(&self, slices: &[IoSlice<'_>], offset: u64) -> io::Result<usize>;

    /// Makes what was written survive a power cut, as `fdatasync`.
    fn sync(&self) -> io::Result<()>;

    /// The file's length.
    fn length(&self) -> io::Result<u64>;

    /// Makes the file this long, with space for all of it; what it holds stays.
    fn reserve(&self, length: u64) -> io::Result<()>;

    /// Cuts the file, or makes it longer with zeros.
    fn set_length(&self, length: u64) -> io::Result<()>;
}

/// Slices that one call may have: the limit of Linux.
const MAX_SLICES: usize = 1024;

/// Writes all of it: a short write goes on where it stopped.
pub(crate) fn write_all(file: &dyn File, mut slices: &mut [IoSlice<'_>], mut offset: u64) -> io::Result<()> {
    IoSlice::advance_slices(&mut slices, 0);
    while !slices.is_empty() {
        let some = slices.get(..MAX_SLICES).unwrap_or(slices);
        match file.write_at(some, offset) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => {
                offset += written as u64;
                IoSlice::advance_slices(&mut slices, written);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Reads until the buffer is full or the file ends, and says how much that was.
pub(crate) fn read_full(file: &dyn File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, offset + filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Whether an error means that there is no room now.
pub(crate) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
