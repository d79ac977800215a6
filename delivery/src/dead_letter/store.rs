//! Dead letters in a journal of their own.

use super::marks::{Mark, MarkFile, Marks};
use super::reading::{Kept, letters};
use super::requests::Requested;
use super::{DeadLetter, DeadLetters};
use component::{Budget, ComponentId, Context};
use futures_util::future::BoxFuture;
use journal::disk::{Disk, SystemDisk};
use journal::inspect::Inspection;
use journal::{Cursor, Frame, Health, Journal, NotTaken, OnFull, OpenError, Settled, Storage, Watermark};
use parking_lot::Mutex;
use pdata::Request;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

/// How often marks and limits are looked at.
const EVERY: Duration = Duration::from_secs(1);
/// The pause after the first failure to keep a letter.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause after a failure.
const LAST_PAUSE: Duration = Duration::from_secs(10);
/// Letters and bytes that are read at once.
const PAGE: (usize, usize) = (256, 8 << 20);
/// The one cursor of the journal. It stands before the oldest letter that is still wanted.
const CURSOR: &str = "letters";

/// How much is kept, and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes on disk. The oldest letters make room for new ones.
    pub max_bytes: u64,
    /// Letters that are older go, up to an eighth later; none: they stay until the space is needed.
    pub max_age: Option<Duration>,
}

/// Keeps dead letters on disk until they are replayed, dropped, too old or too many.
///
/// The directory holds a journal whose requests are the letters, and the marks that say what became of
/// them. One process has it open; others read it, and write marks.
#[derive(Debug)]
pub struct DeadLetterStore {
    directory: PathBuf,
    journal: Arc<Journal>,
    cursor: tokio::sync::Mutex<Cursor>,
    budget: Arc<Budget>,
    marks: Mutex<Marks>,
    own: Mutex<Option<MarkFile>>,
    /// What the metrics were last told: letters replayed and dropped, and the oldest one.
    told: Mutex<Told>,
}

#[derive(Debug)]
struct Told {
    replayed: u64,
    dropped: u64,
    oldest: u64,
}

impl DeadLetterStore {
    /// Opens the letters in `directory`, which is created if its parent exists.
    pub fn open(directory: &Path, limits: &Limits) -> Result<Arc<DeadLetterStore>, OpenError> {
        DeadLetterStore::open_on(Arc::new(SystemDisk), directory, limits)
    }

    /// The same with its journal on another disk than the machine's.
    pub fn open_on(
        disk: Arc<dyn Disk>,
        directory: &Path,
        limits: &Limits,
    ) -> Result<Arc<DeadLetterStore>, OpenError> {
        let storage = Storage {
            segment_bytes: (limits.max_bytes / 16).clamp(64 << 10, 16 << 20),
            max_age: limits.max_age,
            // Letters are rare, and nobody waits to read them back.
            memory: 1 << 20,
            ..Storage::default()
        };
        let max_bytes = usize::try_from(limits.max_bytes).unwrap_or(usize::MAX);
        let settings = journal::Settings { max_bytes, on_full: OnFull::DropOldest };
        let journal = Journal::open_on(disk, directory, storage, settings)?;
        let failed = |error| OpenError::Io { doing: "read the marks in", path: directory.to_owned(), error };
        let end = journal.watermark(Watermark::Durable).0;
        let marks =
            Requested::prepare(directory).and_then(|()| Marks::recover(directory, end)).map_err(failed)?;
        let cursor = journal.cursor(CURSOR, true, None);
        let (replayed, dropped) = marks.totals();
        let oldest = journal.watermark(Watermark::Delivered).0;
        let store = DeadLetterStore {
            directory: directory.to_owned(),
            journal,
            cursor: tokio::sync::Mutex::new(cursor),
            budget: Budget::new(usize::MAX),
            marks: Mutex::new(marks),
            own: Mutex::new(None),
            told: Mutex::new(Told { replayed, dropped, oldest }),
        };
        store.tell();
        Ok(Arc::new(store))
    }

    /// Where they are.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Whether letters can be kept.
    pub fn health(&self) -> Health {
        self.journal.status().health
    }

    /// Frees the directory for the next process. Blocks for as long as the disk takes.
    pub fn finish(&self) {
        self.journal.finish();
    }

    /// Letters that are neither replayed nor dropped.
    pub fn waiting(&self) -> u64 {
        let oldest = self.journal.watermark(Watermark::Delivered).0;
        let end = self.journal.watermark(Watermark::Durable).0;
        (end - oldest.min(end)).saturating_sub(self.marks.lock().gone_between(oldest, end))
    }

    /// The number that the next letter gets.
    pub(crate) fn end(&self) -> u64 {
        self.journal.watermark(Watermark::Durable).0
    }

    /// Looks after limits, marks and metrics, for as long as it is polled.
    pub async fn tend(self: Arc<DeadLetterStore>) {
        loop {
            self.look().await;
            sleep(EVERY).await;
        }
    }

    /// Takes note of new marks, and lets go of the oldest letters as far as they are gone.
    pub(crate) async fn look(self: &Arc<DeadLetterStore>) {
        let store = Arc::clone(self);
        warn("read marks of", self.blocking(move || store.marks.lock().refresh(&store.directory)).await);
        self.release().await;
        self.tell();
        let store = Arc::clone(self);
        warn("tidy up the marks of", self.blocking(move || store.prune()).await);
    }

    async fn blocking<T: Send + 'static>(
        &self,
        run: impl FnOnce() -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        tokio::task::spawn_blocking(run).await.unwrap_or_else(|_| Err(io::ErrorKind::Interrupted.into()))
    }

    /// The journal gives back whole segments from its beginning: what is gone there is settled.
    async fn release(&self) {
        let mut cursor = self.cursor.lock().await;
        loop {
            let oldest = self.journal.watermark(Watermark::Delivered);
            if oldest >= self.journal.watermark(Watermark::Durable) || !self.marks.lock().is_gone(oldest.0) {
                return;
            }
            let taken = cursor.next().await;
            if !self.marks.lock().is_gone(taken.seq.0) {
                // Only where the disk has lost the letter that it should have been: this one is still wanted.
                self.append(taken.request).await;
            }
            cursor.settler().settle(taken.seq, Settled::Delivered(1));
        }
    }

    fn prune(&self) -> io::Result<()> {
        let Ok(inspection) = Inspection::of(&self.directory) else { return Ok(()) };
        let Some(header) = inspection.segments.iter().find_map(|segment| segment.header) else {
            return Ok(());
        };
        // What has not been told of is still needed.
        let oldest = header.first.0.min(self.told.lock().oldest);
        let own = self.own.lock();
        self.marks.lock().prune(&self.directory, oldest, own.as_ref().map(MarkFile::path))
    }

    /// Tells the metrics.
    fn tell(&self) {
        let waiting = self.waiting();
        let oldest = self.journal.watermark(Watermark::Delivered).0;
        let mut told = self.told.lock();
        let (expired, (replayed, dropped)) = {
            let marks = self.marks.lock();
            let past = oldest.saturating_sub(told.oldest);
            (past.saturating_sub(marks.gone_between(told.oldest, oldest)), marks.totals())
        };
        metrics::gauge!("weir_dead_letters").set(waiting as f64);
        metrics::gauge!("weir_dead_letters_bytes").set(self.journal.status().disk_bytes as f64);
        metrics::counter!("weir_dead_letters_replayed").increment(replayed - told.replayed);
        metrics::counter!("weir_dead_letters_dropped").increment(dropped - told.dropped);
        metrics::counter!("weir_dead_letters_expired").increment(expired);
        if expired > 0 {
            tracing::warn!(letters = expired, "Dead letters are gone: too old, or in the way of new ones.");
        }
        *told = Told { replayed, dropped, oldest };
    }

    /// Says what became of a letter.
    pub(crate) async fn mark(self: &Arc<DeadLetterStore>, mark: Mark, id: u64) {
        let store = Arc::clone(self);
        let written = self.blocking(move || {
            let mut own = store.own.lock();
            let mut file = match own.take() {
                Some(file) => file,
                None => MarkFile::create(&store.directory)?,
            };
            file.write(mark, [id])?;
            *own = Some(file);
            drop(own);
            store.marks.lock().refresh(&store.directory)
        });
        if let Err(error) = written.await {
            // The next process sends it again: rather twice than never.
            self.marks.lock().note(mark, id);
            warn("write a mark of", Err::<(), _>(error));
        }
    }

    /// Letters from `from` on that `wanted` says yes to, and where to go on; none at the end.
    pub(crate) async fn page(
        self: &Arc<DeadLetterStore>,
        from: u64,
        wanted: impl Fn(&Kept) -> bool + Send + 'static,
    ) -> io::Result<(Vec<Kept>, Option<u64>)> {
        let store = Arc::clone(self);
        self.blocking(move || {
            let (mut page, mut bytes) = (Vec::new(), 0);
            store.marks.lock().refresh(&store.directory)?;
            let all = letters(&store.directory, from).map_err(|error| io::Error::other(error.to_string()))?;
            // What cannot be read is the business of whoever lists the letters.
            for kept in all.filter_map(Result::ok) {
                if store.marks.lock().is_gone(kept.id) || !wanted(&kept) {
                    continue;
                }
                bytes += kept.letter.request.bytes().len();
                page.push(kept);
                if page.len() >= PAGE.0 || bytes >= PAGE.1 {
                    let next = page.last().map(|kept| kept.id + 1);
                    return Ok((page, next));
                }
            }
            Ok((page, None))
        })
        .await
    }

    /// What somebody wants an exporter to send again.
    pub(crate) async fn requested(self: &Arc<DeadLetterStore>, exporter: &ComponentId) -> Vec<Requested> {
        let (store, exporter) = (Arc::clone(self), exporter.clone());
        let requested = self.blocking(move || Requested::of(&store.directory, &exporter)).await;
        requested.unwrap_or_else(|error| {
            warn("read what is to be replayed of", Err::<(), _>(error));
            Vec::new()
        })
    }

    /// Appends until the disk has it; whatever can fail here heals, or the operator has to mend it.
    async fn append(&self, request: Request) {
        let mut pause = FIRST_PAUSE;
        loop {
            let permit = Arc::new(self.budget.carry(request.bytes().len()));
            let frame = Frame { request: request.clone(), context: Context::now(None), permit };
            let error = match self.journal.append(frame, Watermark::Durable).await {
                Ok(receipt) => match receipt.reached().await {
                    Ok(_) => return,
                    Err(unsettled) => unsettled.to_string(),
                },
                Err(NotTaken::TooLarge { size, limit }) => {
                    tracing::error!(size, limit, "Dead letter is lost: it is larger than max_size allows.");
                    return metrics::counter!("weir_dead_letters_expired").increment(1);
                }
                Err(not_taken) => not_taken.to_string(),
            };
            if pause == FIRST_PAUSE {
                tracing::error!(
                    error,
                    path = %self.directory.display(),
                    "Dead letters cannot be kept. What was rejected waits in its pipeline until they can."
                );
            }
            sleep(pause).await;
            pause = (pause * 2).min(LAST_PAUSE);
        }
    }
}

fn warn<T>(doing: &str, done: io::Result<T>) {
    if let Err(error) = done {
        tracing::warn!(%error, "Cannot {doing} the dead letters.");
    }
}

impl DeadLetters for DeadLetterStore {
    fn keep(&self, letter: DeadLetter) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let records = letter.request.records();
            match letter.seal() {
                Ok(sealed) => self.append(sealed).await,
                // It is made from a constant that validates; not worth a panic, and not to be counted as kept.
                Err(error) => return tracing::error!(%error, "Dead letter cannot be written and is lost."),
            }
            metrics::counter!("weir_dead_letters_stored", "exporter" => letter.exporter.to_string())
                .increment(1);
            tracing::error!(
                "otelcol.component.id" = %letter.exporter,
                "otelcol.component.kind" = "exporter",
                error = %letter.reason,
                rejected_items = records,
                attempts = letter.attempts,
                "Exporting failed. Kept as a dead letter."
            );
        })
    }
}
