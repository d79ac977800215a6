//! Where accepted data waits: frames, cursors and watermarks.
//!
//! One [`Journal`] a pipeline is its only queue. A request is appended once, whatever the number of
//! exporters; every exporter reads it through a [`Cursor`] of its own, at its own pace, and settles
//! what became of each record. At every moment, for every cursor, in records:
//!
//! `accepted = delivered + dead-lettered + dropped{reason} + waiting`
//!
//! Bookkeeping is synchronous and without I/O ([`state`], [`position`], [`ring`], [`watermark`]);
//! [`journal`] puts it under one lock and wakes whoever waits. Frames are kept in memory by
//! [`ring`], the one place that a journal on disk replaces.

mod cursor;
mod frame;
mod journal;
mod limits;
mod position;
mod ring;
mod settlement;
mod snapshot;
mod state;
mod storage;
mod watermark;

pub use cursor::{Cursor, Portion, Settler, Taken};
pub use frame::{Frame, Seq, Volume};
pub use journal::Journal;
pub use limits::{LagLimit, NotTaken, OnFull, Settings, Sizer};
pub use settlement::{DropReason, Settled, Settlement};
pub use snapshot::{CursorSnapshot, Snapshot};
pub use storage::{Fsync, Health, OpenError, Status, Storage, Unclaimed};
pub use watermark::{Receipt, Unsettled, Watermark};
