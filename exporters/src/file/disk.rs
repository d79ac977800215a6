//! The file that a tail is the end of. Its large writes do not stay in the page cache.

use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::{Errno, ReadWriteFlags, pwritev2};
use std::fs::File;
use std::io::{self, IoSlice, Write};

/// What is asked of a file besides writing. A trait, so that tests can fill the disk.
pub trait Disk: Write {
    /// Cuts the file to `len` bytes.
    fn cut(&mut self, len: u64) -> io::Result<()>;
    /// Returns when everything written survives a power cut.
    fn sync(&mut self) -> io::Result<()>;
}

/// Writes of this size and more go through the page cache instead of filling it: what nobody may ever read
/// does not push out what others need, and the few pages in use stay in the processor's caches. Smaller ones
/// stay, since the page that one of them leaves half full is wanted again by the next.
const LARGE: usize = 1 << 20;

/// `RWF_DONTCACHE`, since Linux 6.14: pages are dropped when they have been written back, which begins at once.
const DROP_BEHIND: ReadWriteFlags = ReadWriteFlags::from_bits_retain(0x80);

/// How much room on the disk large writes ask for ahead of them, in bytes: to find a place for each page by
/// itself costs as much as to copy it there.
const AHEAD: u64 = 16 << 20;

/// An open file that is appended to.
#[derive(Debug)]
pub struct Appended {
    file: File,
    /// Until the kernel or the file system says that it cannot.
    drops_behind: bool,
    /// How much of the room ahead is left; `None` when the file system gives none. Whoever else cuts the
    /// file takes it away, which costs time only.
    ahead: Option<u64>,
}

impl Appended {
    /// A file opened for appending.
    pub fn to(file: File) -> Appended {
        Appended { file, drops_behind: true, ahead: Some(0) }
    }

    fn write_large(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.ahead = self.ahead.and_then(|left| self.with_room(left, bytes.len() as u64));
        if self.drops_behind {
            // The position is the file's own.
            match pwritev2(&self.file, &[IoSlice::new(bytes)], u64::MAX, DROP_BEHIND) {
                Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => self.drops_behind = false,
                written => return Ok(written?),
            }
        }
        self.file.write(bytes)
    }

    /// What is left of the room ahead behind the next `len` bytes, once there is enough for them.
    fn with_room(&self, left: u64, len: u64) -> Option<u64> {
        match left.checked_sub(len) {
            Some(left) => Some(left),
            None => {
                let end = self.file.metadata().ok()?.len();
                let room = len.max(AHEAD);
                // The file does not get longer by it.
                fallocate(&self.file, FallocateFlags::KEEP_SIZE, end, room).ok()?;
                Some(room - len)
            }
        }
    }
}

impl Drop for Appended {
    /// Gives back what is left of the room ahead, which the file also has where no more was given in the end.
    fn drop(&mut self) {
        if self.ahead != Some(0)
            && let Ok(metadata) = self.file.metadata()
        {
            // Else it stays with the file, which is no fault.
            let _ = self.file.set_len(metadata.len());
        }
    }
}

impl Write for Appended {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() >= LARGE { self.write_large(bytes) } else { self.file.write(bytes) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Disk for Appended {
    fn cut(&mut self, len: u64) -> io::Result<()> {
        self.file.set_len(len)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::fs::OpenOptions;
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn small_and_large_writes_are_appended_in_order_whatever_the_file_system_can_do_for_them() {
        for (drops_behind, ahead) in [(true, Some(0)), (true, None), (false, Some(0)), (false, None)] {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("file");
            std::fs::write(&path, "before\n").unwrap();
            let mut file = Appended::to(OpenOptions::new().append(true).open(&path).unwrap());
            (file.drops_behind, file.ahead) = (drops_behind, ahead);
            let mut expected = b"before\n".to_vec();
            for (len, byte) in
                [(5, b'a'), (LARGE + 7, b'b'), (3, b'c'), (LARGE, b'd'), (20 * LARGE + 1, b'e')]
            {
                let piece = vec![byte; len];
                file.write_all(&piece).unwrap();
                expected.extend(piece);
            }
            file.cut(expected.len() as u64 - 1).unwrap();
            file.write_all(b"end").unwrap();
            file.sync().unwrap();
            expected.pop();
            expected.extend(b"end");
            drop(file);
            assert!(std::fs::read(&path).unwrap() == expected, "drops behind: {drops_behind}, {ahead:?}");
        }
    }

    #[test]
    fn a_file_that_is_closed_takes_no_more_of_the_disk_than_it_is_long() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut appended = Appended::to(file.reopen().unwrap());
        appended.write_all(&vec![b'a'; LARGE]).unwrap();
        let taken = || file.as_file().metadata().unwrap().blocks() * 512;
        assert!(appended.ahead.is_none() || taken() >= AHEAD, "{}", taken());
        drop(appended);
        assert!((LARGE as u64..AHEAD).contains(&taken()), "{}", taken());
        assert_eq!(file.as_file().metadata().unwrap().len(), LARGE as u64);
    }
}
