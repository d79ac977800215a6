//! Where accepted data waits: frames, cursors and watermarks.
//!
//! One [`Journal`] a pipeline is its only queue. A request is appended once, whatever the number of
//! exporters; every exporter reads it through a [`Cursor`] of its own, at its own pace, and settles
//! what became of each record. At every moment, for every cursor, in records:
//!
//! `accepted = delivered + dead-lettered + dropped{reason} + waiting`
//!
//! Bookkeeping is synchronous and without I/O ([`state`], [`position`], [`ring`], [`watermark`]), and
//! the same for a journal in memory and one on disk; [`shared`] puts it under one lock and wakes whoever
//! waits.
//!
//! On disk, [`writer`] writes what was appended in groups to [`log`], a log of segments; [`backlog`] reads
//! back what has left the memory; [`supply`] makes segments ahead of their time and removes old ones. They are
//! threads that meet the others under the one lock. A frame can
//! be read as soon as it is durable, so that no cursor is ever ahead of what a crash leaves behind.

mod backlog;
mod cursor;
pub mod disk;
mod frame;
pub mod inspect;
mod journal;
mod limits;
mod loaded;
mod log;
#[cfg(test)]
mod model;
mod position;
mod ring;
mod room;
mod settlement;
mod shared;
mod snapshot;
mod state;
mod storage;
mod stored;
mod supply;
mod sync;
mod watermark;
mod writer;

#[cfg(test)]
#[path = "../tests/support/sim_disk.rs"]
mod sim_disk;

pub use cursor::{Cursor, Portion, Settler, Taken};
pub use frame::{Frame, Seq, Volume};
pub use journal::Journal;
pub use limits::{LagLimit, NotTaken, OnFull, Settings, Sizer};
pub use settlement::{DropReason, Settled, Settlement};
pub use snapshot::{CursorSnapshot, Snapshot};
pub use storage::{Fsync, Health, OpenError, Status, Storage, Unclaimed};
pub use watermark::{Receipt, Unsettled, Watermark};
