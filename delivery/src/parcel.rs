//! What one batch becomes on its way: the parts that are still to be delivered, each with its history.

use crate::backoff::Backoff;
use crate::lane::Lane;
use crate::lot::Lot;
use component::unix_nanos;
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// A lot and its history, which its parts inherit.
pub(crate) struct Parcel {
    pub(crate) lot: Lot,
    pub(crate) tries: Tries,
}

impl Parcel {
    pub(crate) fn new(lot: Lot, lane: &Lane) -> Parcel {
        Parcel { lot, tries: Tries::new(lane) }
    }

    /// Two with half of it each; itself if it is a single record.
    pub(crate) fn halves(self) -> Result<[Parcel; 2], Parcel> {
        let Parcel { lot, tries } = self;
        match lot.halves() {
            Ok((first, second)) => {
                Ok([Parcel { lot: first, tries: tries.clone() }, Parcel { lot: second, tries }])
            }
            Err(lot) => Err(Parcel { lot, tries }),
        }
    }
}

/// The attempts that were made.
#[derive(Clone)]
pub(crate) struct Tries {
    pub(crate) attempts: u32,
    /// When the first attempt began, by the clock that measures and by the one that tells the time.
    first: Option<(Instant, u64)>,
    pub(crate) backoff: Backoff,
    pub(crate) dice: fastrand::Rng,
}

impl Tries {
    fn new(lane: &Lane) -> Tries {
        Tries {
            attempts: 0,
            first: None,
            backoff: Backoff::new(&lane.settings.retry_on_failure),
            dice: lane.dice(),
        }
    }

    pub(crate) fn begin(&mut self) {
        self.attempts = self.attempts.saturating_add(1);
        self.first.get_or_insert_with(|| (Instant::now(), unix_nanos(SystemTime::now())));
    }

    /// When the first attempt began, nanoseconds since the Unix epoch; 0 if there was none.
    pub(crate) fn first_unix_nano(&self) -> u64 {
        self.first.map_or(0, |(_, unix_nano)| unix_nano)
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.first.map_or(Duration::ZERO, |(began, _)| began.elapsed())
    }
}
