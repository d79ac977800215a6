//! When a sender is answered, and the senders that wait for it.

use crate::{Seq, Settled, Settlement};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use tokio::sync::oneshot;

/// How far a request has come when its sender is answered: the pipeline's `ack`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Watermark {
    /// The journal has it in memory.
    #[default]
    Received,
    /// It survives whatever the journal's [`Fsync`](crate::Fsync) says: by default a power cut. A
    /// journal in memory has nothing better to offer than that it has it.
    Durable,
    /// Every required exporter has delivered it, or given it up.
    Delivered,
}

/// A journal's word that it took a request, and what became of it since.
#[derive(Debug)]
pub struct Receipt {
    seq: Option<Seq>,
    settlement: Answer,
}

#[derive(Debug)]
enum Answer {
    Known(Settlement),
    Awaited(oneshot::Receiver<Settlement>),
}

/// Why a request has not passed its watermark, and will not as far as its sender is concerned. Whether
/// it is delivered all the same is not known: the sender should send it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsettled {
    /// The journal or a required exporter's loop ended.
    #[error("the pipeline stopped before the request was delivered")]
    Stopped,
    /// It could not be written for want of space.
    #[error("the journal's disk is full")]
    DiskFull,
    /// It could not be written, also not to another file.
    #[error("the journal's disk failed")]
    StorageFailed,
}

impl Receipt {
    pub(crate) fn known(seq: Option<Seq>, settlement: Settlement) -> Receipt {
        Receipt { seq, settlement: Answer::Known(settlement) }
    }

    /// The frame's position; none if it was not kept (no records, or dropped on arrival).
    pub fn seq(&self) -> Option<Seq> {
        self.seq
    }

    /// Waits until the request has passed the watermark it was appended with.
    pub async fn reached(self) -> Result<Settlement, Unsettled> {
        match self.settlement {
            Answer::Known(settlement) => Ok(settlement),
            Answer::Awaited(answer) => answer.await.map_err(|_| Unsettled::Stopped),
        }
    }
}

/// Senders that wait until their frame is delivered, in the order of their frames.
///
/// Each is answered when its own frame is settled at every required cursor, also while an older one
/// is still being retried: one sender's bad luck delays no other.
#[derive(Debug, Default)]
pub(crate) struct Waiters(VecDeque<Waiter>);

#[derive(Debug)]
struct Waiter {
    seq: u64,
    /// Required cursors that have not settled the frame.
    outstanding: usize,
    /// Records of the frame.
    records: u64,
    settlement: Settlement,
    answer: Option<oneshot::Sender<Settlement>>,
}

/// An answer to be sent once the lock is released.
pub(crate) type Answered = (oneshot::Sender<Settlement>, Settlement);

impl Waiters {
    /// Registers the sender of a frame that is just being appended.
    pub(crate) fn register(&mut self, seq: u64, records: u64, required: usize) -> Receipt {
        if required == 0 {
            return Receipt::known(Some(Seq(seq)), Settlement::default());
        }
        let (answer, awaited) = oneshot::channel();
        self.0.push_back(Waiter {
            seq,
            outstanding: required,
            records,
            settlement: Settlement::default(),
            answer: Some(answer),
        });
        Receipt { seq: Some(Seq(seq)), settlement: Answer::Awaited(awaited) }
    }

    /// A required cursor settled records of a frame; `whole` if they were the last at that cursor.
    pub(crate) fn settle(&mut self, seq: u64, settled: &Settled, whole: bool) -> Option<Answered> {
        if self.0.is_empty() {
            return None;
        }
        let index = self.0.binary_search_by_key(&seq, |waiter| waiter.seq).ok()?;
        let waiter = self.0.get_mut(index)?;
        waiter.settlement.add(settled);
        waiter.outstanding -= usize::from(whole);
        if waiter.outstanding > 0 {
            return None;
        }
        let settlement = std::mem::take(&mut waiter.settlement).at_most(waiter.records);
        let answered = waiter.answer.take().map(|answer| (answer, settlement));
        while self.0.front().is_some_and(|waiter| waiter.outstanding == 0) {
            self.0.pop_front();
        }
        answered
    }

    /// Nobody will settle these frames at every required cursor any more: their senders get [`Unsettled::Stopped`].
    pub(crate) fn abandon(&mut self, abandoned: impl Fn(u64) -> bool) {
        self.0.retain(|waiter| waiter.outstanding == 0 || !abandoned(waiter.seq));
    }
}
