//! The file that a tail is the end of. Its large writes do not stay in the page cache.

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

/// An open file that is appended to.
#[derive(Debug)]
pub struct Appended {
    file: File,
    /// Until the kernel or the file system says that it cannot.
    drops_behind: bool,
}

impl Appended {
    /// A file opened for appending.
    pub fn to(file: File) -> Appended {
        Appended { file, drops_behind: true }
    }
}

impl Write for Appended {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.drops_behind && bytes.len() >= LARGE {
            // The position is the file's own.
            match pwritev2(&self.file, &[IoSlice::new(bytes)], u64::MAX, DROP_BEHIND) {
                Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => self.drops_behind = false,
                written => return Ok(written?),
            }
        }
        self.file.write(bytes)
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

    #[test]
    fn small_and_large_writes_are_appended_in_order_whether_or_not_the_cache_can_be_spared() {
        for drops_behind in [true, false] {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("file");
            std::fs::write(&path, "before\n").unwrap();
            let mut file = Appended::to(OpenOptions::new().append(true).open(&path).unwrap());
            file.drops_behind = drops_behind;
            let mut expected = b"before\n".to_vec();
            for (len, byte) in [(5, b'a'), (LARGE + 7, b'b'), (3, b'c'), (LARGE, b'd'), (2 * LARGE + 1, b'e')]
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
            assert!(std::fs::read(&path).unwrap() == expected, "drops behind: {drops_behind}");
        }
    }
}
