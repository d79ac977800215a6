//! The file that a tail is the end of. Its large writes pass the page cache by.

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use std::fs::File;
use std::io::{self, Write};

/// What is asked of a file besides writing. A trait, so that tests can fill the disk.
pub trait Disk: Write {
    /// Cuts the file to `len` bytes.
    fn cut(&mut self, len: u64) -> io::Result<()>;
    /// Returns when everything written survives a power cut.
    fn sync(&mut self) -> io::Result<()>;
}

/// Writes of this size and more go to the disk at once: a page of the cache costs the kernel more than the
/// bytes in it, and what nobody may ever read pushes out what others need. Smaller ones are not worth the
/// wait, and the page that one of them leaves half full is wanted again by the next.
const LARGE: usize = 256 << 10;

/// What goes to the disk in one piece: large enough to keep it busy.
///
/// It is there before the page that was filled up in front of it. So where a power cut takes that page, which
/// nobody was told to be safe, there is a gap of zeros in its place.
const PIECE: usize = 2 << 20;

/// Memory and file are divided so for writes that pass the cache by. Every file system takes this.
const BLOCK: usize = 4096;

/// An open file that is appended to.
#[derive(Debug)]
pub struct Appended {
    file: File,
    /// Room for a piece that begins at a whole block; nothing before the first large write, and once the
    /// file system has said that it cannot.
    piece: Vec<u8>,
    /// Whether it may be asked.
    direct: bool,
}

impl Appended {
    /// A file opened for appending.
    pub fn to(file: File) -> Appended {
        Appended { file, piece: Vec::new(), direct: true }
    }

    /// Appends the whole blocks of `bytes`, or as many as make a piece, to a file that ends with one.
    fn write_blocks(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.piece.resize(PIECE + BLOCK, 0);
        let start = self.piece.as_ptr().align_offset(BLOCK);
        let len = bytes.len().min(PIECE) / BLOCK * BLOCK;
        let (Some(piece), Some(bytes)) = (self.piece.get_mut(start..start + len), bytes.get(..len)) else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        piece.copy_from_slice(bytes);
        let flags = fcntl_getfl(&self.file)?;
        fcntl_setfl(&self.file, flags | OFlags::DIRECT)?;
        let written = self.file.write(piece);
        fcntl_setfl(&self.file, flags)?;
        written
    }
}

impl Write for Appended {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.direct && bytes.len() >= LARGE {
            // Asked anew each time: others may have cut the file.
            let behind = self.file.metadata()?.len() % BLOCK as u64;
            if let Some(head) = bytes.get(..BLOCK - behind as usize).filter(|_| behind > 0) {
                return self.file.write(head);
            }
            match self.write_blocks(bytes) {
                // The file system cannot, or wants larger blocks.
                Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
                    (self.direct, self.piece) = (false, Vec::new());
                }
                written => return written,
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
    fn small_and_large_writes_are_appended_in_order_whether_or_not_the_cache_can_be_passed_by() {
        for direct in [true, false] {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("file");
            std::fs::write(&path, "before\n").unwrap();
            let mut file = Appended::to(OpenOptions::new().append(true).open(&path).unwrap());
            file.direct = direct;
            let mut expected = b"before\n".to_vec();
            let lens = [5, LARGE + 7, 3, LARGE, 2 * PIECE + LARGE + 1, BLOCK, PIECE, LARGE - 1];
            for (len, byte) in lens.into_iter().zip(b'a'..) {
                let piece: Vec<u8> = (0..len).map(|at| byte + (at / BLOCK % 7) as u8).collect();
                file.write_all(&piece).unwrap();
                expected.extend(piece);
            }
            file.cut(expected.len() as u64 - 1).unwrap();
            file.write_all(b"end").unwrap();
            file.sync().unwrap();
            expected.pop();
            expected.extend(b"end");
            assert!(std::fs::read(&path).unwrap() == expected, "direct: {direct}");
        }
    }
}
