//! The end of an open file: append whole batches, take back what was cut short.

use super::disk::Disk;
use std::io;

/// A file opened for appending.
#[derive(Debug)]
pub struct Tail<D> {
    disk: D,
    /// Bytes of whole batches.
    len: u64,
    /// Behind `len` may be a part of a batch.
    torn: bool,
    unsynced: bool,
    /// A failed sync is final: the kernel has dropped what it could not write, and says so once.
    doomed: bool,
}

impl<D: Disk> Tail<D> {
    /// The end of a file of `len` bytes.
    pub fn new(disk: D, len: u64) -> Tail<D> {
        Tail { disk, len, torn: false, unsynced: false, doomed: false }
    }

    /// Bytes of whole batches.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// The file turned out to be `len` bytes long: somebody else cut it.
    pub fn is_now(&mut self, len: u64) {
        if !self.torn {
            self.len = len;
        }
    }

    /// Whether nothing more may be written here.
    pub fn is_doomed(&self) -> bool {
        self.doomed
    }

    /// Appends all of `bytes` or, after an error, none: what was written of them is cut off now or, if
    /// that fails too, before anything else is written.
    pub fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.mend()?;
        self.torn = true;
        match self.disk.write_all(bytes) {
            Ok(()) => {
                self.torn = false;
                self.unsynced = true;
                self.len += bytes.len() as u64;
                Ok(())
            }
            Err(error) => {
                // The first error is the one to report.
                let _ = self.mend();
                Err(error)
            }
        }
    }

    /// Cuts off what is left of a batch that was cut short.
    pub fn mend(&mut self) -> io::Result<()> {
        if self.torn {
            self.disk.cut(self.len)?;
            self.torn = false;
        }
        Ok(())
    }

    /// Returns when every whole batch survives a power cut.
    pub fn sync(&mut self) -> io::Result<()> {
        if self.unsynced {
            self.disk.sync().inspect_err(|_| self.doomed = true)?;
            self.unsynced = false;
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use std::io::Write;

    /// A disk with room for so many bytes.
    #[derive(Default)]
    struct Small {
        bytes: Vec<u8>,
        room: usize,
        cut_fails: bool,
        sync_fails: bool,
        syncs: u32,
    }

    impl Write for Small {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let room = self.room - self.bytes.len();
            if room == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            let taken = bytes.len().min(room);
            self.bytes.extend_from_slice(&bytes[..taken]);
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Disk for Small {
        fn cut(&mut self, len: u64) -> io::Result<()> {
            if self.cut_fails {
                return Err(io::ErrorKind::Other.into());
            }
            self.bytes.truncate(len as usize);
            Ok(())
        }

        fn sync(&mut self) -> io::Result<()> {
            self.syncs += 1;
            if self.sync_fails { Err(io::ErrorKind::Other.into()) } else { Ok(()) }
        }
    }

    #[test]
    fn a_full_disk_leaves_no_half_batch_and_the_next_attempt_succeeds() {
        let mut tail = Tail::new(Small { room: 8, ..Small::default() }, 0);
        tail.append(b"first\n").unwrap();
        let error = tail.append(b"second\n").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert_eq!(tail.disk.bytes, b"first\n");
        tail.disk.room = 100;
        tail.append(b"second\n").unwrap();
        assert_eq!((tail.disk.bytes.as_slice(), tail.len()), (&b"first\nsecond\n"[..], 13));
    }

    #[test]
    fn nothing_is_written_behind_a_half_batch_that_could_not_be_cut_off() {
        let mut tail = Tail::new(Small { room: 8, cut_fails: true, ..Small::default() }, 0);
        tail.append(b"first\n").unwrap();
        assert!(tail.append(b"second\n").is_err());
        tail.disk.room = 100;
        assert!(tail.append(b"second\n").is_err());
        tail.disk.cut_fails = false;
        tail.append(b"second\n").unwrap();
        assert_eq!(tail.disk.bytes, b"first\nsecond\n");
    }

    #[test]
    fn a_failed_sync_is_final_and_a_sync_without_news_asks_nothing_of_the_disk() {
        let mut tail = Tail::new(Small { room: 100, ..Small::default() }, 0);
        tail.sync().unwrap();
        assert_eq!(tail.disk.syncs, 0);
        tail.append(b"x\n").unwrap();
        tail.sync().unwrap();
        tail.sync().unwrap();
        assert_eq!((tail.disk.syncs, tail.is_doomed()), (1, false));
        tail.append(b"y\n").unwrap();
        tail.disk.sync_fails = true;
        assert!(tail.sync().is_err());
        assert!(tail.is_doomed());
    }
}
