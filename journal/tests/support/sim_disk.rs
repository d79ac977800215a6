//! A disk that loses what a real one may lose.
//!
//! Only what was synced survives a crash for certain; of the rest, any sector of 512 bytes may or may not.
//! A failed sync leaves some sectors behind for good, as a kernel does that drops the dirty pages. A name
//! survives once its directory was synced. Space, faults and the moment of the crash are the test's.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::indexing_slicing)]

// The crate's own tests have it too, and there it is called otherwise.
use super::disk::{Disk, File};
use fastrand::Rng;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind, IoSlice};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

const SECTOR: usize = 512;

/// How often something fails, in parts of a thousand.
#[derive(Clone, Copy, Debug, Default)]
pub struct Faults {
    pub short_write: u32,
    pub write: u32,
    pub sync: u32,
    pub create: u32,
    pub read: u32,
}

#[derive(Clone, Debug)]
pub struct SimDisk(Arc<Mutex<Machine>>);

#[derive(Debug)]
struct Machine {
    names: BTreeMap<PathBuf, usize>,
    durable_names: BTreeMap<PathBuf, usize>,
    /// Moves within a directory that was not synced since: a crash leaves the first so many of them.
    renames: Vec<(PathBuf, PathBuf, usize)>,
    directories: BTreeSet<PathBuf>,
    files: Vec<Node>,
    locks: BTreeSet<PathBuf>,
    rng: Rng,
    faults: Faults,
    capacity: u64,
    now: u64,
    operations: u64,
    crash_at: u64,
    syncs: u64,
    failing_syncs: u64,
    written: u64,
    renamed: u64,
    /// Bytes of a file that cannot be read.
    bad: Option<(usize, std::ops::Range<u64>)>,
}

#[derive(Clone, Debug, Default)]
struct Node {
    live: Vec<u8>,
    durable: Vec<u8>,
    /// Sectors that the next sync makes durable.
    dirty: BTreeSet<usize>,
}

impl Node {
    fn touch(&mut self, from: usize, to: usize) {
        self.dirty.extend(from / SECTOR..to.div_ceil(SECTOR));
    }

    fn keep(&mut self, sector: usize) {
        let (from, to) = (sector * SECTOR, ((sector + 1) * SECTOR).min(self.live.len()));
        if from < to {
            if self.durable.len() < to {
                self.durable.resize(to, 0);
            }
            self.durable[from..to].copy_from_slice(&self.live[from..to]);
        }
    }
}

impl SimDisk {
    pub fn new(seed: u64) -> SimDisk {
        SimDisk(Arc::new(Mutex::new(Machine {
            names: BTreeMap::new(),
            durable_names: BTreeMap::new(),
            renames: Vec::new(),
            directories: BTreeSet::from([PathBuf::from("/data")]),
            files: Vec::new(),
            locks: BTreeSet::new(),
            rng: Rng::with_seed(seed),
            faults: Faults::default(),
            capacity: u64::MAX,
            now: 1_000_000_000,
            operations: 0,
            crash_at: u64::MAX,
            syncs: 0,
            failing_syncs: 0,
            written: 0,
            renamed: 0,
            bad: None,
        })))
    }

    fn machine(&self) -> MutexGuard<'_, Machine> {
        self.0.lock().unwrap()
    }

    pub fn set_faults(&self, faults: Faults) {
        self.machine().faults = faults;
    }

    /// The next so many syncs of files fail.
    pub fn fail_syncs(&self, count: u64) {
        self.machine().failing_syncs = count;
    }

    pub fn set_capacity(&self, capacity: u64) {
        self.machine().capacity = capacity;
    }

    pub fn set_now(&self, unix_nanos: u64) {
        self.machine().now = unix_nanos;
    }

    pub fn used(&self) -> u64 {
        self.machine().used()
    }

    pub fn syncs(&self) -> u64 {
        self.machine().syncs
    }

    /// A part of a file cannot be read from now on.
    pub fn spoil(&self, path: &Path, range: std::ops::Range<u64>) {
        let mut machine = self.machine();
        let file = machine.names[path];
        machine.bad = Some((file, range));
    }

    /// Whether a file's name survives a crash for certain.
    pub fn is_durable(&self, path: &Path) -> bool {
        self.machine().durable_names.contains_key(path)
    }

    /// Bytes that were handed to writes.
    pub fn written(&self) -> u64 {
        self.machine().written
    }

    /// Files that were ever moved, crashes included.
    pub fn renamed(&self) -> u64 {
        self.machine().renamed
    }

    /// Files that were ever made.
    pub fn created(&self) -> usize {
        self.machine().files.len()
    }

    /// The power goes after so many more operations.
    pub fn crash_after(&self, operations: u64) {
        let mut machine = self.machine();
        machine.crash_at = machine.operations + operations;
    }

    pub fn has_crashed(&self) -> bool {
        let machine = self.machine();
        machine.operations >= machine.crash_at
    }

    /// The machine after the power has come back: the old one answers no more.
    pub fn reboot(&self) -> SimDisk {
        let mut old = self.machine();
        old.crash_at = 0;
        let mut rng = old.rng.fork();
        let mut files = old.files.clone();
        for node in &mut files {
            for sector in std::mem::take(&mut node.dirty) {
                if rng.bool() {
                    node.keep(sector);
                }
            }
            node.live = node.durable.clone();
        }
        let mut names = old.durable_names.clone();
        let survive = rng.usize(0..=old.renames.len());
        for (from, to, file) in old.renames.iter().take(survive) {
            names.remove(from);
            names.insert(to.clone(), *file);
        }
        let undone: BTreeSet<_> = old.renames.iter().skip(survive).map(|(_, to, _)| to.clone()).collect();
        for (path, file) in &old.names {
            if rng.bool() && !undone.contains(path) {
                names.entry(path.clone()).or_insert(*file);
            }
        }
        let moved: BTreeSet<_> = old.renames.iter().map(|(from, ..)| from.clone()).collect();
        names.retain(|path, _| old.names.contains_key(path) || moved.contains(path) || rng.bool());
        SimDisk(Arc::new(Mutex::new(Machine {
            durable_names: names.clone(),
            renames: Vec::new(),
            names,
            directories: old.directories.clone(),
            files,
            locks: BTreeSet::new(),
            rng,
            faults: Faults::default(),
            capacity: old.capacity,
            now: old.now,
            operations: 0,
            crash_at: u64::MAX,
            syncs: 0,
            failing_syncs: 0,
            written: 0,
            renamed: old.renamed,
            bad: None,
        })))
    }

    /// The content of a file, to spoil it.
    pub fn edit(&self, path: &Path, edit: impl FnOnce(&mut Vec<u8>)) {
        let mut machine = self.machine();
        let file = machine.names[path];
        let node = &mut machine.files[file];
        edit(&mut node.live);
        node.durable = node.live.clone();
    }

    pub fn content(&self, path: &Path) -> Vec<u8> {
        let machine = self.machine();
        machine.files[machine.names[path]].live.clone()
    }

    /// The files below a directory, in order.
    pub fn files(&self, directory: &str) -> Vec<PathBuf> {
        let machine = self.machine();
        let all = machine.names.keys().filter(|path| path.parent() == Some(Path::new(directory)));
        all.cloned().collect()
    }

    pub fn copy(&self) -> SimDisk {
        let machine = self.machine();
        SimDisk(Arc::new(Mutex::new(Machine {
            names: machine.names.clone(),
            durable_names: machine.names.clone(),
            renames: Vec::new(),
            directories: machine.directories.clone(),
            files: machine.files.clone(),
            locks: BTreeSet::new(),
            rng: machine.rng.clone(),
            faults: Faults::default(),
            capacity: machine.capacity,
            now: machine.now,
            operations: 0,
            crash_at: u64::MAX,
            syncs: 0,
            failing_syncs: 0,
            written: 0,
            renamed: 0,
            bad: None,
        })))
    }
}

impl Machine {
    fn used(&self) -> u64 {
        let open: BTreeSet<_> = self.names.values().collect();
        open.into_iter().map(|file| self.files[*file].live.len() as u64).sum()
    }

    /// Counts an operation that changes something.
    fn step(&mut self) -> io::Result<()> {
        self.operations += 1;
        self.alive()
    }

    fn alive(&self) -> io::Result<()> {
        if self.operations >= self.crash_at { Err(io::Error::other("no power")) } else { Ok(()) }
    }

    fn fails(&mut self, permille: u32) -> io::Result<()> {
        if self.rng.u32(0..1000) < permille { Err(io::Error::from_raw_os_error(5)) } else { Ok(()) }
    }
}

impl Disk for SimDisk {
    fn list(&self, directory: &Path) -> io::Result<Vec<String>> {
        let machine = self.machine();
        machine.alive()?;
        let all = machine.names.keys().filter(|path| path.parent() == Some(directory));
        Ok(all.map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect())
    }

    fn create_directory(&self, directory: &Path) -> io::Result<()> {
        let mut machine = self.machine();
        machine.step()?;
        if !directory.parent().is_some_and(|parent| machine.directories.contains(parent)) {
            return Err(ErrorKind::NotFound.into());
        }
        machine.directories.insert(directory.to_owned());
        Ok(())
    }

    fn create(&self, path: &Path, allocate: u64) -> io::Result<Arc<dyn File>> {
        let mut machine = self.machine();
        machine.step()?;
        let permille = machine.faults.create;
        machine.fails(permille)?;
        if machine.names.contains_key(path) {
            return Err(ErrorKind::AlreadyExists.into());
        }
        if machine.used() + allocate > machine.capacity {
            return Err(ErrorKind::StorageFull.into());
        }
        let mut node = Node { live: vec![0; allocate as usize], ..Node::default() };
        node.touch(0, allocate as usize);
        machine.files.push(node);
        let file = machine.files.len() - 1;
        machine.names.insert(path.to_owned(), file);
        Ok(Arc::new(SimFile { disk: self.clone(), file, lock: None }))
    }

    fn open(&self, path: &Path, _write: bool) -> io::Result<Arc<dyn File>> {
        let machine = self.machine();
        machine.alive()?;
        let file = *machine.names.get(path).ok_or(ErrorKind::NotFound)?;
        Ok(Arc::new(SimFile { disk: self.clone(), file, lock: None }))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut machine = self.machine();
        machine.step()?;
        machine.names.remove(path).map(|_| ()).ok_or_else(|| ErrorKind::NotFound.into())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut machine = self.machine();
        machine.step()?;
        let file = machine.names.remove(from).ok_or(ErrorKind::NotFound)?;
        machine.names.insert(to.to_owned(), file);
        machine.renamed += 1;
        match from.parent() == to.parent() {
            true => machine.renames.push((from.to_owned(), to.to_owned(), file)),
            false => {
                machine.durable_names.remove(from);
                machine.durable_names.insert(to.to_owned(), file);
            }
        }
        Ok(())
    }

    fn sync_directory(&self, directory: &Path) -> io::Result<()> {
        let mut machine = self.machine();
        machine.step()?;
        let permille = machine.faults.sync;
        machine.fails(permille)?;
        machine.durable_names.retain(|path, _| path.parent() != Some(directory));
        machine.renames.retain(|(_, to, _)| to.parent() != Some(directory));
        let all = machine.names.iter().filter(|(path, _)| path.parent() == Some(directory));
        let all: Vec<_> = all.map(|(path, file)| (path.clone(), *file)).collect();
        machine.durable_names.extend(all);
        Ok(())
    }

    fn lock(&self, path: &Path) -> io::Result<Arc<dyn File>> {
        let mut machine = self.machine();
        machine.alive()?;
        if !machine.locks.insert(path.to_owned()) {
            return Err(ErrorKind::WouldBlock.into());
        }
        Ok(Arc::new(SimFile { disk: self.clone(), file: usize::MAX, lock: Some(path.to_owned()) }))
    }

    fn free_bytes(&self, _directory: &Path) -> io::Result<u64> {
        let machine = self.machine();
        Ok(machine.capacity.saturating_sub(machine.used()))
    }

    fn unix_nanos(&self) -> u64 {
        self.machine().now
    }

    fn random(&self) -> u64 {
        self.machine().rng.u64(..)
    }
}

#[derive(Debug)]
struct SimFile {
    disk: SimDisk,
    file: usize,
    lock: Option<PathBuf>,
}

impl Drop for SimFile {
    fn drop(&mut self) {
        if let Some(path) = &self.lock {
            self.disk.machine().locks.remove(path);
        }
    }
}

impl File for SimFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut machine = self.disk.machine();
        machine.alive()?;
        let permille = machine.faults.read;
        machine.fails(permille)?;
        let end = offset + buffer.len() as u64;
        if machine
            .bad
            .as_ref()
            .is_some_and(|(file, bad)| *file == self.file && offset < bad.end && bad.start < end)
        {
            return Err(io::Error::from_raw_os_error(5));
        }
        let live = &machine.files[self.file].live;
        let rest = live.get(offset as usize..).unwrap_or_default();
        let read = rest.len().min(buffer.len());
        buffer[..read].copy_from_slice(&rest[..read]);
        Ok(read)
    }

    fn write_at(&self, slices: &[IoSlice<'_>], offset: u64) -> io::Result<usize> {
        let mut machine = self.disk.machine();
        machine.step()?;
        let faults = machine.faults;
        let mut bytes: Vec<u8> = slices.iter().flat_map(|slice| slice.iter().copied()).collect();
        machine.written += bytes.len() as u64;
        let failed = machine.fails(faults.write);
        if failed.is_err() || machine.fails(faults.short_write).is_err() {
            // Something of it may be there all the same.
            let len = machine.rng.usize(1..=bytes.len());
            bytes.truncate(len);
        }
        let end = offset as usize + bytes.len();
        let growth = end.saturating_sub(machine.files[self.file].live.len());
        if growth as u64 + machine.used() > machine.capacity {
            return Err(ErrorKind::StorageFull.into());
        }
        let node = &mut machine.files[self.file];
        if growth > 0 {
            node.live.resize(end, 0);
        }
        node.live[offset as usize..end].copy_from_slice(&bytes);
        node.touch(offset as usize, end);
        failed.map(|()| bytes.len())
    }

    fn sync(&self) -> io::Result<()> {
        let mut machine = self.disk.machine();
        machine.step()?;
        machine.syncs += 1;
        let permille = machine.faults.sync;
        let mut failed = machine.fails(permille);
        if machine.failing_syncs > 0 {
            machine.failing_syncs -= 1;
            failed = Err(io::Error::from_raw_os_error(5));
        }
        let mut rng = machine.rng.fork();
        let node = &mut machine.files[self.file];
        for sector in std::mem::take(&mut node.dirty) {
            if failed.is_ok() || rng.bool() {
                node.keep(sector);
            }
        }
        if failed.is_ok() {
            let length = node.live.len();
            node.durable.resize(length, 0);
        }
        failed
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.disk.machine().files[self.file].live.len() as u64)
    }

    fn reserve(&self, length: u64) -> io::Result<()> {
        let machine = self.disk.machine();
        let growth = length.saturating_sub(machine.files[self.file].live.len() as u64);
        if growth + machine.used() > machine.capacity {
            return Err(ErrorKind::StorageFull.into());
        }
        drop(machine);
        self.set_length(length)
    }

    fn set_length(&self, length: u64) -> io::Result<()> {
        let mut machine = self.disk.machine();
        machine.step()?;
        let node = &mut machine.files[self.file];
        let old = node.live.len();
        node.live.resize(length as usize, 0);
        node.touch(old.min(length as usize), old.max(length as usize));
        Ok(())
    }
}
