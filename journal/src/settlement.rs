//! What became of records.

use component::Reason;

/// What became of some records of a frame at one cursor. Counts are records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// The destination has them.
    Delivered(u32),
    /// No attempt could succeed; the dead letters have them.
    DeadLettered(u32, Reason),
    /// They are gone.
    Dropped(u32, DropReason),
}

impl Settled {
    /// How many records.
    pub fn records(&self) -> u32 {
        match self {
            Settled::Delivered(records)
            | Settled::DeadLettered(records, _)
            | Settled::Dropped(records, _) => *records,
        }
    }
}

/// Why accepted records are gone: the `reason` label of the accounting identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DropReason {
    /// The journal was full and the pipeline says `on_full: drop_…`, or the cursor was not required.
    JournalFull,
    /// The exporter's own `queue_size` was reached.
    QueueFull,
    /// The destination took the batch but refused some of its records without saying which.
    Refused,
    /// They waited for longer than [`Storage::max_age`](crate::Storage::max_age).
    Expired,
    /// The disk gave back something else than was written; the bytes are in the quarantine.
    Corrupt,
}

impl DropReason {
    /// Every reason.
    pub const ALL: [DropReason; 5] = [
        DropReason::JournalFull,
        DropReason::QueueFull,
        DropReason::Refused,
        DropReason::Expired,
        DropReason::Corrupt,
    ];

    /// The label's value.
    pub fn as_str(self) -> &'static str {
        match self {
            DropReason::JournalFull => "journal_full",
            DropReason::QueueFull => "queue_full",
            DropReason::Refused => "refused",
            DropReason::Expired => "expired",
            DropReason::Corrupt => "corrupt",
        }
    }
}

/// What became of a frame at all required cursors together.
///
/// With several required cursors nobody knows whether they lack the same records: the counts are the
/// most that can be missing somewhere, and no more than the frame has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settlement {
    /// Records that a destination refused for good.
    pub rejected: u64,
    /// Records that were dropped.
    pub dropped: u64,
    /// The first rejection's or drop's reason.
    pub reason: Option<Reason>,
}

impl Settlement {
    pub(crate) fn add(&mut self, settled: &Settled) {
        let reason = match settled {
            Settled::Delivered(_) => return,
            Settled::DeadLettered(records, reason) => {
                self.rejected += u64::from(*records);
                reason.clone()
            }
            // A refusal is the destination's verdict although nobody knows which records it hit.
            Settled::Dropped(records, reason @ DropReason::Refused) => {
                self.rejected += u64::from(*records);
                Reason::of(reason.as_str())
            }
            Settled::Dropped(records, reason) => {
                self.dropped += u64::from(*records);
                Reason::of(reason.as_str())
            }
        };
        self.reason.get_or_insert(reason);
    }

    pub(crate) fn at_most(self, records: u64) -> Settlement {
        Settlement { rejected: self.rejected.min(records), dropped: self.dropped.min(records), ..self }
    }
}
