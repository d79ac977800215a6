//! The thread that reads back what waits on disk only, one piece at a time and a little ahead.

use crate::disk::{Disk, write_all};
use crate::loaded::Reread;
use crate::log::scan::{Found, PIECE, Scan};
use crate::log::{Extent, quarantine_path};
use crate::shared::Shared;
use crate::{Health, Seq, Volume};
use std::collections::{HashMap, HashSet};
use std::io::{self, IoSlice};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The pause after a read that failed: the next one may succeed.
const RETRY: Duration = Duration::from_secs(1);

/// How long reads of one place may fail before its bad blocks are given up.
const PATIENCE: Duration = Duration::from_secs(60);

/// Reads one journal's backlog for all of its cursors.
#[derive(Debug)]
pub(crate) struct Backlog {
    shared: Arc<Shared>,
    disk: Arc<dyn Disk>,
    directory: PathBuf,
    /// Where each cursor was read up to.
    places: HashMap<usize, Place>,
    /// Segment and offset of what is in the quarantine already: every cursor comes by it.
    quarantined: HashSet<(u64, u64)>,
    /// Cursors whose reads keep failing. The others must not wait for them.
    failing: HashMap<usize, Failing>,
}

#[derive(Clone, Copy, Debug)]
struct Failing {
    from: Volume,
    /// By the disk's clock.
    since_unix_nano: u64,
    retry_at: Instant,
}

#[derive(Debug)]
struct Place {
    segment: u64,
    scan: Scan,
    /// Everything before what the scan comes to next.
    at: Volume,
}

/// A piece of the backlog that a cursor needs.
struct Wanted {
    cursor: usize,
    from: Volume,
    extent: Extent,
    /// Everything before the first frame behind the segment.
    end: Volume,
}

impl Backlog {
    pub(crate) fn new(shared: Arc<Shared>, disk: Arc<dyn Disk>, directory: &Path) -> Backlog {
        Backlog {
            shared,
            disk,
            directory: directory.to_owned(),
            places: HashMap::new(),
            quarantined: HashSet::new(),
            failing: HashMap::new(),
        }
    }

    /// Until the journal is closed.
    pub(crate) fn run(mut self) {
        while let Some(wanted) = self.wait() {
            match self.read(&wanted) {
                Ok((frames, to)) => self.shared.change(|state, effects| {
                    state.load(wanted.cursor, wanted.from, frames, to, effects);
                }),
                Err(_) if !self.is_wanted(&wanted) => {}
                Err(error) => self.fail(&wanted, &error),
            }
        }
    }

    /// Sleeps until something is to be read; none if the journal is closed.
    fn wait(&mut self) -> Option<Wanted> {
        let mut state = self.shared.lock();
        loop {
            if state.stored.as_ref()?.stopping {
                return None;
            }
            // Whoever has got on, or was moved, has no trouble any more.
            self.failing.retain(|cursor, failing| state.loads_from(*cursor) == Some(failing.from));
            let stored = state.stored.as_mut()?;
            if self.failing.is_empty() {
                stored.status.unreadable = None;
            }
            let now = Instant::now();
            let pauses = |cursor: usize| self.failing.get(&cursor).is_some_and(|it| it.retry_at > now);
            if let Some((cursor, from)) = state.load_wanted(pauses)
                && let Some((extent, end)) = state.stored.as_ref()?.extent_of(from)
            {
                let (extent, end) = (extent.clone(), end.unwrap_or(state.visible));
                return Some(Wanted { cursor, from, extent, end });
            }
            let retry = self.failing.values().map(|failing| failing.retry_at).filter(|at| *at > now).min();
            self.shared.wait_for_backlog(&mut state, retry);
        }
    }

    /// Reads a piece, and says up to where.
    fn read(&mut self, wanted: &Wanted) -> io::Result<(Vec<Reread>, Volume)> {
        let mut place = match self.places.remove(&wanted.cursor) {
            Some(place) if place.segment == wanted.extent.header.id && place.at == wanted.from => place,
            _ => self.open(wanted)?,
        };
        if self.gives_up(wanted) {
            place.scan.skip_bad_blocks();
        }
        place.scan.extend(wanted.extent.end, wanted.end.requests);
        let (mut frames, mut bytes) = (Vec::new(), 0);
        while bytes < PIECE && place.at.requests < wanted.end.requests {
            let found = match place.scan.next() {
                // What came before the trouble is good.
                Err(_) if place.at.requests > wanted.from.requests => break,
                found => found?,
            };
            match found {
                Found::Frame(header, ..) if header.before.requests < wanted.from.requests => {}
                Found::Frame(header, frame, range) => {
                    place.at = header.after();
                    bytes += range.end - range.start;
                    match header.decode(&frame) {
                        Some((context, request)) => frames.push(Reread {
                            before: header.before,
                            request,
                            received_unix_nano: context.received_unix_nano,
                        }),
                        None => self.quarantine(&wanted.extent, &place.scan, &range)?,
                    }
                }
                Found::Corrupt(range) => self.quarantine(&wanted.extent, &place.scan, &range)?,
                Found::End(at) => {
                    if at < wanted.extent.end {
                        self.quarantine(&wanted.extent, &place.scan, &(at..wanted.extent.end))?;
                    }
                    place.at = wanted.end;
                }
            }
        }
        let to = place.at;
        self.places.insert(wanted.cursor, place);
        Ok((frames, to))
    }

    fn open(&self, wanted: &Wanted) -> io::Result<Place> {
        let extent = &wanted.extent;
        let file = self.disk.open(&extent.path, false)?;
        let scan = Scan::new(file, &extent.header, Some(extent.end), wanted.end.requests)?;
        Ok(Place { segment: extent.header.id, scan, at: wanted.from })
    }

    /// Keeps bytes that no checksum vouches for, where somebody can look at them.
    fn quarantine(&mut self, extent: &Extent, scan: &Scan, range: &Range<u64>) -> io::Result<()> {
        if !self.quarantined.insert((extent.header.id, range.start)) {
            return Ok(());
        }
        let path = quarantine_path(&self.directory, extent.header.id, range.start);
        tracing::error!(
            segment = %extent.path.display(),
            offset = range.start,
            bytes = range.end - range.start,
            quarantine = %path.display(),
            "journal is corrupt; what is behind it goes on"
        );
        let bytes = scan.raw(range)?;
        let kept = self.disk.create(&path, 0).and_then(|file| {
            write_all(&*file, &mut [IoSlice::new(&bytes)], 0)?;
            file.sync()
        });
        match kept {
            // There since an earlier start.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => tracing::warn!(path = %path.display(), %error, "cannot keep corrupt bytes"),
            Ok(()) => {}
        }
        self.shared.change(|state, _| {
            if let Some(stored) = &mut state.stored {
                stored.status.corrupt_bytes += range.end - range.start;
            }
        });
        Ok(())
    }

    /// Whether the segment is still there: its cursor may have been moved, and the file with it.
    fn is_wanted(&self, wanted: &Wanted) -> bool {
        let state = self.shared.lock();
        let extent = state.stored.as_ref().and_then(|stored| stored.extent_of(wanted.from));
        extent.is_some_and(|(extent, _)| extent.header.id == wanted.extent.header.id)
    }

    /// Whether a place could not be read for so long that its bad blocks are to cost what is in them, and
    /// not hold up what is behind them. A disk that does not take anything either may come back whole.
    fn gives_up(&self, wanted: &Wanted) -> bool {
        let patience = u64::try_from(PATIENCE.as_nanos()).unwrap_or(u64::MAX);
        let failing = self.failing.get(&wanted.cursor).filter(|failing| failing.from == wanted.from);
        let lasting = |failing: &Failing| self.disk.unix_nanos().saturating_sub(failing.since_unix_nano);
        failing.is_some_and(|failing| lasting(failing) >= patience)
            && self.shared.lock().stored.as_ref().is_some_and(|stored| *stored.health() == Health::Healthy)
    }

    fn fail(&mut self, wanted: &Wanted, error: &io::Error) {
        let path = wanted.extent.path.display();
        tracing::error!(
            segment = %path,
            seq = Seq(wanted.from.requests).0,
            %error,
            "cannot read the journal; trying again"
        );
        let known = self.failing.get(&wanted.cursor).filter(|known| known.from == wanted.from);
        let since_unix_nano = known.map_or_else(|| self.disk.unix_nanos(), |known| known.since_unix_nano);
        let failing = Failing { from: wanted.from, since_unix_nano, retry_at: Instant::now() + RETRY };
        self.failing.insert(wanted.cursor, failing);
        let unreadable = format!("cannot read {path}: {error}");
        self.shared.change(|state, _| {
            if let Some(stored) = &mut state.stored {
                stored.status.read_errors += 1;
                stored.status.unreadable = Some(unreadable);
            }
        });
    }
}
