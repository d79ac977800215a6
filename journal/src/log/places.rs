//! The cursors' places on disk: a file each, in which two slots are written in turn.
//!
//! ```text
//!  0  "crsr"             16  u64  frames, records and bytes in the journal before the place
//!  4  u32  version        40  u32  checksum of all before
//!  8  u64  counts writes
//! ```
//!
//! The second slot is at 512: a write that tears spoils one of them, and the other says where the cursor
//! was a moment before. Only the first write of a file is synced; a later one that is lost costs
//! duplicates.

use super::frame::Fields;
use crate::Volume;
use crate::disk::{Disk, File, read_full, write_all};
use std::collections::HashMap;
use std::io::{self, IoSlice};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const MAGIC: &[u8; 4] = b"crsr";
const VERSION: u32 = 1;
const SLOT: u64 = 512;
const LEN: usize = 44;
/// The directory of the files, below the journal's.
pub(crate) const DIRECTORY: &str = "cursors";

/// The files of all cursors.
#[derive(Debug)]
pub(crate) struct Places {
    disk: Arc<dyn Disk>,
    directory: PathBuf,
    open: HashMap<Arc<str>, Place>,
}

#[derive(Debug)]
struct Place {
    file: Arc<dyn File>,
    counter: u64,
    at: Option<Volume>,
}

impl Places {
    pub(crate) fn new(disk: Arc<dyn Disk>, journal: &Path) -> Places {
        Places { disk, directory: journal.join(DIRECTORY), open: HashMap::new() }
    }

    /// Where files are.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Writes where a cursor is; durable if the file is new, or if asked for.
    pub(crate) fn write(&mut self, name: &Arc<str>, at: Volume, sync: bool) -> io::Result<()> {
        let place = match self.open.entry(Arc::clone(name)) {
            std::collections::hash_map::Entry::Occupied(place) => place.into_mut(),
            std::collections::hash_map::Entry::Vacant(vacant) => {
                let place = Place::open(&*self.disk, &self.directory, name, at)?;
                vacant.insert(place)
            }
        };
        if place.at != Some(at) {
            place.write(at)?;
        }
        if sync { place.file.sync() } else { Ok(()) }
    }

    /// Removes the file of a cursor that is not needed any more.
    pub(crate) fn remove(&mut self, name: &str) -> io::Result<()> {
        self.open.remove(name);
        self.disk.remove(&self.directory.join(file_name(name)))?;
        self.disk.sync_directory(&self.directory)
    }
}

impl Place {
    /// Opens or makes the file, and makes it durable with the place that the cursor is at now: what an
    /// earlier attempt left there may be in the kernel's memory only.
    fn open(disk: &dyn Disk, directory: &Path, name: &str, at: Volume) -> io::Result<Place> {
        let path = directory.join(file_name(name));
        let file = match disk.open(&path, true) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => disk.create(&path, 0)?,
            other => other?,
        };
        let newest = read_slots(&*file)?.into_iter().flatten().map(|slot| slot.counter).max();
        let mut place = Place { file, counter: newest.unwrap_or(0), at: None };
        place.write(at)?;
        place.file.sync()?;
        disk.sync_directory(directory)?;
        Ok(place)
    }

    fn write(&mut self, at: Volume) -> io::Result<()> {
        let counter = self.counter + 1;
        let mut slot = Vec::with_capacity(LEN);
        slot.extend(MAGIC);
        slot.extend(VERSION.to_le_bytes());
        for number in [counter, at.requests, at.records, at.bytes] {
            slot.extend(number.to_le_bytes());
        }
        slot.extend(crc32fast::hash(&slot).to_le_bytes());
        write_all(&*self.file, &mut [IoSlice::new(&slot)], counter % 2 * SLOT)?;
        (self.counter, self.at) = (counter, Some(at));
        Ok(())
    }
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    version: u32,
    counter: u64,
    at: Volume,
}

fn read_slots(file: &dyn File) -> io::Result<[Option<Slot>; 2]> {
    let mut bytes = [0; SLOT as usize + LEN];
    let read = read_full(file, &mut bytes, 0)?;
    let bytes = bytes.get(..read).unwrap_or_default();
    Ok([0, SLOT as usize].map(|at| slot(bytes.get(at..at + LEN)?)))
}

fn slot(bytes: &[u8]) -> Option<Slot> {
    let (slot, crc) = bytes.split_last_chunk::<4>()?;
    if crc32fast::hash(slot) != u32::from_le_bytes(*crc) {
        return None;
    }
    let mut fields = Fields(slot.strip_prefix(MAGIC)?);
    Some(Slot { version: fields.u32()?, counter: fields.u64()?, at: fields.volume()? })
}

/// What a cursor's file says.
#[derive(Debug)]
pub(crate) enum Kept {
    At(Volume),
    /// Neither slot is intact.
    Corrupt,
    Newer(u32),
}

/// Reads a cursor's place.
pub(crate) fn read(file: &dyn File) -> io::Result<Kept> {
    let newest = read_slots(file)?.into_iter().flatten().max_by_key(|slot| slot.counter);
    Ok(match newest {
        None => Kept::Corrupt,
        Some(Slot { version: VERSION, at, .. }) => Kept::At(at),
        Some(Slot { version, .. }) => Kept::Newer(version),
    })
}

/// A cursor's name as a file's name: what is not a letter, a digit, `_` or `-` as `%` and two digits.
fn file_name(name: &str) -> String {
    use std::fmt::Write;
    let mut file = String::new();
    for byte in name.bytes() {
        match byte {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'-' => file.push(char::from(byte)),
            _ => {
                let _ = write!(file, "%{byte:02x}");
            }
        }
    }
    file + ".cursor"
}

/// The cursor's name that a file's name stands for, if it is one.
pub(crate) fn cursor_name(file: &str) -> Option<String> {
    let mut rest = file.strip_suffix(".cursor")?.bytes();
    let mut name = Vec::new();
    while let Some(byte) = rest.next() {
        name.push(match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            _ => byte,
        });
    }
    String::from_utf8(name).ok()
}
