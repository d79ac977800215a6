//! The search for the records that a batch was rejected for, so that their neighbours are delivered.
//!
//! A rejected part is halved and both halves are sent, the largest part first: one bad record among `n`
//! costs `2 × log2(n)` attempts, and where there are too many of them, what the search ends with are
//! small parts round each rather than one found and the rest of the batch given up.

use crate::parcel::Parcel;

/// Attempts that one batch may cost more: a destination that rejects everything is not flooded.
const ATTEMPTS: u32 = 64;

/// The parts of one batch that are suspected.
pub(crate) struct Search {
    suspects: Vec<Parcel>,
    attempts_left: u32,
}

impl Search {
    pub(crate) fn new() -> Search {
        Search { suspects: Vec::new(), attempts_left: ATTEMPTS }
    }

    /// Takes a part that was rejected, to have both halves of it tried. Gives it back if that is of no
    /// use: it is a single record, or the search has cost enough.
    pub(crate) fn suspect(&mut self, rejected: Parcel) -> Result<(), Parcel> {
        let Some(left) = self.attempts_left.checked_sub(2) else { return Err(rejected) };
        self.suspects.extend(rejected.halves()?);
        self.attempts_left = left;
        Ok(())
    }

    /// The part to try next.
    pub(crate) fn next(&mut self) -> Option<Parcel> {
        let sizes = self.suspects.iter().map(|parcel| parcel.lot.records()).enumerate();
        let (largest, _) = sizes.rev().max_by_key(|(_, records)| *records)?;
        Some(self.suspects.remove(largest))
    }
}
