//! How much may wait, and what happens to what comes on top.

use crate::Volume;
use serde::{Deserialize, Serialize};

/// How one pipeline's journal is bounded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Bytes that may wait. On disk: bytes of segments. In memory: every frame's request and [`Settings::OVERHEAD`].
    pub max_bytes: usize,
    /// What happens to a request that finds no room.
    pub on_full: OnFull,
}

impl Settings {
    /// What a waiting frame costs in memory besides its request's bytes: without it, a flood of
    /// tiny requests would outgrow the limit many times over.
    pub const OVERHEAD: usize = 256;
}

impl Default for Settings {
    /// Half of the default memory budget: a pipeline with a dead destination leaves room for the others.
    fn default() -> Settings {
        Settings { max_bytes: 256 << 20, on_full: OnFull::default() }
    }
}

/// What happens to a request that finds its pipeline's journal full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnFull {
    /// Refuse it before its body is read, with a retry hint. Nothing is lost.
    #[default]
    Refuse,
    /// The sender waits until there is room. Nothing is lost.
    Block,
    /// Take it, and drop the oldest requests that are not on their way yet. Every drop is counted. It is
    /// refused only while all others are on their way.
    DropOldest,
    /// Take it and drop it. Every drop is counted.
    DropNewest,
}

/// The unit of a queue's size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sizer {
    /// Export requests as they were received.
    #[default]
    Requests,
    /// Log records, spans or data points.
    Items,
    /// OTLP bytes.
    Bytes,
}

impl Sizer {
    /// A volume in this unit.
    pub fn size(self, volume: Volume) -> u64 {
        match self {
            Sizer::Requests => volume.requests,
            Sizer::Items => volume.records,
            Sizer::Bytes => volume.bytes,
        }
    }
}

/// How far a cursor may lag: what it has not settled yet, whether it has read it or not.
///
/// A required cursor that lags further makes the journal full, whatever its bytes. One that is not
/// required must not cost the others anything: it loses its own oldest unread frames instead,
/// counted as [`DropReason::QueueFull`](crate::DropReason::QueueFull).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LagLimit {
    /// The limit's unit.
    pub sizer: Sizer,
    /// How much may wait.
    pub size: u64,
}

impl NotTaken {
    /// Whether it can be waited for, under [`OnFull::Block`].
    pub(crate) fn passes(&self) -> bool {
        matches!(self, NotTaken::Full | NotTaken::DiskFull)
    }
}

/// Why a journal did not take a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// No room now; there will be when something has left.
    #[error("sending queue is full")]
    Full,
    /// It would not fit into an empty journal either.
    #[error("request of {size} is larger than the whole queue of {limit}; raise queue_size")]
    TooLarge {
        /// The request's size, in the unit of the limit.
        size: u64,
        /// The limit that it exceeds.
        limit: u64,
    },
    /// The disk has no room; there will be when somebody makes some, or something has left.
    #[error("the journal's disk is full")]
    DiskFull,
    /// The disk fails; it is tried again by itself.
    #[error("the journal's disk failed")]
    StorageFailed,
    /// The journal takes nothing any more: the agent stops, or a required exporter's loop has ended.
    #[error("the pipeline is stopping")]
    Closed,
}
