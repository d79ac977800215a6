//! Dead letters on disk: what is kept comes back, whatever happens to the process, and is sent again when
//! somebody asks for it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::expect_used)]

mod support;

use component::settings::Duration as Setting;
use component::{Budget, ComponentId, Outcome, Reason};
use delivery::{
    Category, DeadLetter, DeadLetterRetry, DeadLetterStore, DeadLetters, Lane, Limits, Mark, MarkFile, Marks,
    Settings, Stopper, letters, request_replay,
};
use journal::disk::{Disk, File, SystemDisk};
use journal::{Health, Journal, OpenError};
use parking_lot::Mutex;
use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use support::rig::{Destination, settings};
use support::{append, ids, request};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};

const LIMITS: Limits = Limits { max_bytes: 4 << 20, max_age: None };

fn letter(exporter: &str, records: &[u64]) -> DeadLetter {
    DeadLetter {
        exporter: ComponentId::parse(exporter).unwrap(),
        pipeline: "logs".into(),
        request: request(records),
        category: Category::Rejected,
        reason: Reason::of("HTTP status 400"),
        attempts: 1,
        received_unix_nano: 1,
        first_unix_nano: 2,
        last_unix_nano: component::unix_nanos(std::time::SystemTime::now()),
    }
}

/// The records of the letters that are neither replayed nor dropped, by their numbers.
fn waiting(directory: &Path) -> Vec<(u64, Vec<u64>)> {
    let marks = Marks::read(directory).unwrap();
    let all = letters(directory, 0).unwrap().map(|kept| kept.unwrap());
    all.filter(|kept| !marks.is_gone(kept.id)).map(|kept| (kept.id, ids(&kept.letter.request))).collect()
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let polled = async {
        while !holds() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(30), polled).await.unwrap_or_else(|_| panic!("never: {what}"));
}

#[tokio::test]
async fn letters_survive_the_process_with_their_bytes_and_numbers_and_one_process_writes_them() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("letters");
    let store = DeadLetterStore::open(&path, &LIMITS).unwrap();
    let kept = letter("siem_http", &[1, 2]);
    store.keep(kept.clone()).await;
    assert!(matches!(DeadLetterStore::open(&path, &LIMITS), Err(OpenError::Locked(_))));
    drop(store);
    let store = DeadLetterStore::open(&path, &LIMITS).unwrap();
    store.keep(letter("file", &[3])).await;
    assert_eq!(store.waiting(), 2);
    assert_eq!(waiting(&path), [(0, vec![1, 2]), (1, vec![3])]);
    let first = letters(&path, 0).unwrap().next().unwrap().unwrap();
    assert_eq!(first.letter, kept);
}

#[tokio::test]
async fn what_an_operator_drops_is_gone_for_the_running_agent_too_and_its_space_comes_back() {
    let dir = tempfile::tempdir().unwrap();
    let store = DeadLetterStore::open(dir.path(), &LIMITS).unwrap();
    let tending = tokio::spawn(Arc::clone(&store).tend());
    let many: Vec<u64> = (0..4000).collect();
    for _ in 0..20 {
        store.keep(letter("siem_http", &many)).await;
    }
    let segments = |path: &Path| {
        let files = std::fs::read_dir(path).unwrap();
        files.filter(|file| file.as_ref().unwrap().path().extension().is_some_and(|it| it == "log")).count()
    };
    let before = segments(dir.path());
    assert!(before > 2, "{before} segments");
    MarkFile::create(dir.path()).unwrap().write(Mark::Dropped, 0..19).unwrap();
    until("the agent sees it", || store.waiting() == 1).await;
    until("the segments are removed", || segments(dir.path()) < before).await;
    assert_eq!(waiting(dir.path()), [(19, many)]);
    tending.abort();
}

#[tokio::test]
async fn the_oldest_letters_make_room_for_new_ones() {
    let dir = tempfile::tempdir().unwrap();
    let store = DeadLetterStore::open(dir.path(), &Limits { max_bytes: 1 << 20, max_age: None }).unwrap();
    let many: Vec<u64> = (0..2000).collect();
    for _ in 0..100 {
        store.keep(letter("siem_http", &many)).await;
    }
    // What is let go of is removed in steps, beside the writing.
    let left = || -> Vec<u64> { waiting(dir.path()).into_iter().map(|(id, _)| id).collect() };
    until("the files hold what waits", || left().len() as u64 == store.waiting()).await;
    let left = left();
    assert_eq!(left.last(), Some(&99));
    assert!((2..100).contains(&left.len()), "{left:?}");
    let bytes = || -> u64 {
        let files = std::fs::read_dir(dir.path()).unwrap();
        let files = files.filter_map(|file| file.ok()?.metadata().ok());
        // Folders have a length too.
        files.filter(|file| file.is_file()).map(|file| file.len()).sum()
    };
    until("the files are within their limit", || bytes() <= 1 << 20).await;
}

/// The machine's disk, on which no file can be made while it is full.
#[derive(Debug, Default)]
struct Full(AtomicBool);

impl Disk for Full {
    fn list(&self, directory: &Path) -> io::Result<Vec<String>> {
        SystemDisk.list(directory)
    }

    fn create_directory(&self, directory: &Path) -> io::Result<()> {
        SystemDisk.create_directory(directory)
    }

    fn create(&self, path: &Path, allocate: u64) -> io::Result<Arc<dyn File>> {
        match self.0.load(Ordering::Relaxed) {
            true => Err(io::ErrorKind::StorageFull.into()),
            false => SystemDisk.create(path, allocate),
        }
    }

    fn open(&self, path: &Path, write: bool) -> io::Result<Arc<dyn File>> {
        SystemDisk.open(path, write)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        SystemDisk.remove(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        SystemDisk.rename(from, to)
    }

    fn sync_directory(&self, directory: &Path) -> io::Result<()> {
        SystemDisk.sync_directory(directory)
    }

    fn lock(&self, path: &Path) -> io::Result<Arc<dyn File>> {
        SystemDisk.lock(path)
    }

    fn free_bytes(&self, directory: &Path) -> io::Result<u64> {
        SystemDisk.free_bytes(directory)
    }

    fn unix_nanos(&self) -> u64 {
        SystemDisk.unix_nanos()
    }

    fn random(&self) -> u64 {
        SystemDisk.random()
    }
}

#[tokio::test]
async fn a_letter_that_finds_no_room_waits_for_it_and_its_records_wait_in_their_pipeline() {
    let dir = tempfile::tempdir().unwrap();
    let disk = Arc::new(Full(AtomicBool::new(true)));
    let store = DeadLetterStore::open_on(disk.clone(), dir.path(), &LIMITS).unwrap();
    let kept: Arc<dyn DeadLetters> = store.clone();
    let id = ComponentId::parse("siem_http").unwrap();
    let lane = Lane::new(id, settings(1), kept, fastrand::Rng::with_seed(1));
    let (destination, _attempts) =
        Destination::new(Duration::ZERO, |_| Outcome::Rejected(Reason::of("HTTP status 400")));
    let journal = Journal::memory(journal::Settings::default());
    let cursor = journal.cursor("siem_http", true, None);
    let (_stopper, stop) = Stopper::new();
    let run = tokio::spawn(lane.run(Arc::new(destination), "logs".into(), cursor, stop));
    let receipt = append(&journal, &Budget::new(1 << 20), &[5]).await;

    until("the store is full", || store.health() == Health::DiskFull).await;
    let accounts = journal.snapshot().cursors.remove(0);
    assert_eq!((accounts.waiting, accounts.dead_lettered), (1, 0));

    disk.0.store(false, Ordering::Relaxed);
    assert_eq!(receipt.reached().await.unwrap().rejected, 1);
    assert!(waiting(dir.path()).iter().all(|(_, ids)| ids == &[5]) && store.waiting() >= 1);
    let accounts = journal.snapshot().cursors.remove(0);
    assert_eq!((accounts.waiting, accounts.dead_lettered), (0, 1));
    run.abort();
}

/// A lane that replays from a store into a destination, which rejects what `rejects` has.
struct World {
    dir: tempfile::TempDir,
    store: Arc<DeadLetterStore>,
    rejects: Arc<Mutex<BTreeSet<u64>>>,
    delivered: Arc<Mutex<Vec<u64>>>,
    _attempts: mpsc::UnboundedReceiver<(Instant, Vec<u64>)>,
    _stopper: Stopper,
}

impl World {
    fn start(settings: Settings) -> World {
        let dir = tempfile::tempdir().unwrap();
        let store = DeadLetterStore::open(dir.path(), &LIMITS).unwrap();
        let (rejects, delivered) =
            (Arc::<Mutex<BTreeSet<u64>>>::default(), Arc::<Mutex<Vec<u64>>>::default());
        let (theirs, log) = (Arc::clone(&rejects), Arc::clone(&delivered));
        let (destination, attempts) = Destination::new(Duration::ZERO, move |ids| {
            if ids.iter().any(|id| theirs.lock().contains(id)) {
                return Outcome::Rejected(Reason::of("HTTP status 400"));
            }
            log.lock().extend(ids);
            Outcome::Delivered
        });
        let id = ComponentId::parse("siem_http").unwrap();
        let kept: Arc<dyn DeadLetters> = store.clone();
        let lane = Lane::new(id, settings, kept, fastrand::Rng::with_seed(1));
        let (stopper, stop) = Stopper::new();
        tokio::spawn(lane.replay(Arc::new(destination), Arc::clone(&store), stop));
        World { dir, store, rejects, delivered, _attempts: attempts, _stopper: stopper }
    }
}

#[tokio::test]
async fn what_is_asked_for_is_sent_once_to_its_exporter_and_a_second_rejection_is_counted() {
    let world = World::start(settings(1));
    for records in [1, 2, 3] {
        world.store.keep(letter("siem_http", &[records])).await;
    }
    world.store.keep(letter("file", &[4])).await;
    world.rejects.lock().insert(2);
    let siem = ComponentId::parse("siem_http").unwrap();
    request_replay(world.dir.path(), &siem, &[0, 1, 3]).unwrap();
    until("both have a verdict", || {
        let marks = Marks::read(world.dir.path()).unwrap();
        marks.is_gone(0) && marks.tries(1) == 1
    })
    .await;
    // Not asked for, and another exporter's.
    assert_eq!(waiting(world.dir.path()), [(1, vec![2]), (2, vec![3]), (3, vec![4])]);
    world.rejects.lock().clear();
    request_replay(world.dir.path(), &siem, &[0, 1]).unwrap();
    until("the second is delivered", || Marks::read(world.dir.path()).unwrap().is_gone(1)).await;
    assert_eq!(*world.delivered.lock(), [1, 2]);
    // The store counts a mark once its file is synced, which is after the mark can be read.
    until("the store counts two", || world.store.waiting() == 2).await;
}

/// Counts the warnings of a thread.
struct Warnings(Arc<AtomicUsize>);

impl tracing::Subscriber for Warnings {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        if *event.metadata().level() == tracing::Level::WARN {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

#[tokio::test]
async fn what_is_asked_for_while_the_letters_cannot_be_read_is_sent_once_they_can() {
    let warnings = Arc::new(AtomicUsize::new(0));
    let _guard = tracing::subscriber::set_default(Warnings(Arc::clone(&warnings)));
    let world = World::start(settings(1));
    world.store.keep(letter("siem_http", &[1])).await;
    // What looks like a file of marks and is none.
    let broken = world.dir.path().join("marks/broken.marks");
    std::fs::create_dir(&broken).unwrap();
    request_replay(world.dir.path(), &ComponentId::parse("siem_http").unwrap(), &[0]).unwrap();
    until("the lane has tried", || warnings.load(Ordering::Relaxed) > 0).await;
    std::fs::remove_dir(&broken).unwrap();
    until("the letter is sent", || *world.delivered.lock() == [1]).await;
}

#[tokio::test]
async fn the_retry_worker_sends_young_letters_again_until_they_are_taken_and_leaves_old_ones_alone() {
    let retry =
        DeadLetterRetry { enabled: true, interval: Setting::millis(10), max_age: Setting::secs(3600) };
    let world = World::start(Settings { dead_letter_retry: retry, ..settings(1) });
    world.rejects.lock().insert(1);
    world.store.keep(DeadLetter { last_unix_nano: 1, ..letter("siem_http", &[9]) }).await;
    world.store.keep(letter("siem_http", &[1])).await;
    until("it is tried twice", || Marks::read(world.dir.path()).unwrap().tries(1) >= 2).await;
    world.rejects.lock().clear();
    until("it is delivered", || Marks::read(world.dir.path()).unwrap().is_gone(1)).await;
    assert_eq!(*world.delivered.lock(), [1]);
    assert_eq!(waiting(world.dir.path()), [(0, vec![9])]);
}
