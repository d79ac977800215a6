//! When a sender is answered, and the senders that wait for it.

use crate::{DropReason, Seq, Settled, Settlement};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::ops::Range;
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
    outcome: Outcome,
}

#[derive(Debug)]
enum Outcome {
    Known(Settlement),
    Awaited(oneshot::Receiver<Answer>),
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
        Receipt { seq, outcome: Outcome::Known(settlement) }
    }

    /// The frame's position; none if it was not kept (no records, or dropped on arrival).
    pub fn seq(&self) -> Option<Seq> {
        self.seq
    }

    /// Waits until the request has passed the watermark it was appended with.
    pub async fn reached(self) -> Result<Settlement, Unsettled> {
        match self.outcome {
            Outcome::Known(settlement) => Ok(settlement),
            Outcome::Awaited(answer) => answer.await.unwrap_or(Err(Unsettled::Stopped)),
        }
    }
}

/// Senders that wait until their frame is durable or delivered, in the order of their frames.
///
/// Who waits for delivery is answered when its own frame is settled at every required cursor, also while
/// an older one is still being retried: one sender's bad luck delays no other.
#[derive(Debug, Default)]
pub(crate) struct Waiters {
    durable: VecDeque<(u64, oneshot::Sender<Answer>)>,
    delivered: VecDeque<Waiter>,
}

#[derive(Debug)]
struct Waiter {
    seq: u64,
    /// Required cursors that have not settled the frame.
    outstanding: usize,
    /// Records of the frame.
    records: u64,
    settlement: Settlement,
    answer: Option<oneshot::Sender<Answer>>,
}

/// An answer to be sent once the lock is released.
pub(crate) type Answered = (oneshot::Sender<Answer>, Answer);

/// What a sender is told.
pub(crate) type Answer = Result<Settlement, Unsettled>;

impl Waiters {
    /// Registers the sender of a frame that is just being appended.
    pub(crate) fn register(&mut self, seq: u64, records: u64, required: usize) -> Receipt {
        if required == 0 {
            return Receipt::known(Some(Seq(seq)), Settlement::default());
        }
        let (answer, awaited) = oneshot::channel();
        self.delivered.push_back(Waiter {
            seq,
            outstanding: required,
            records,
            settlement: Settlement::default(),
            answer: Some(answer),
        });
        Receipt { seq: Some(Seq(seq)), outcome: Outcome::Awaited(awaited) }
    }

    /// Registers a sender that waits until its frame is durable.
    pub(crate) fn register_durable(&mut self, seq: u64) -> Receipt {
        let (answer, awaited) = oneshot::channel();
        self.durable.push_back((seq, answer));
        Receipt { seq: Some(Seq(seq)), outcome: Outcome::Awaited(awaited) }
    }

    /// Every frame below `seq` is durable.
    pub(crate) fn durable(&mut self, seq: u64, answered: &mut Vec<Answered>) {
        while let Some((_, answer)) = self.durable.pop_front_if(|(waiting, _)| *waiting < seq) {
            answered.push((answer, Ok(Settlement::default())));
        }
    }

    /// No frame from `seq` on can be made durable now; their senders are told why and to try again.
    pub(crate) fn fail(&mut self, seq: u64, why: Unsettled, answered: &mut Vec<Answered>) {
        answered.extend(self.durable.drain(..).map(|(_, answer)| (answer, Err(why))));
        while let Some(waiter) = self.delivered.pop_back_if(|waiter| waiter.seq >= seq) {
            answered.extend(waiter.answer.map(|answer| (answer, Err(why))));
        }
    }

    /// A required cursor settled records of a frame; `whole` if they were the last at that cursor.
    pub(crate) fn settle(&mut self, seq: u64, settled: &Settled, whole: bool) -> Option<Answered> {
        if self.delivered.is_empty() {
            return None;
        }
        let index = self.delivered.binary_search_by_key(&seq, |waiter| waiter.seq).ok()?;
        let answered = self.delivered.get_mut(index)?.settle(settled, whole);
        self.forget_answered();
        answered
    }

    /// A required cursor will never read these frames.
    pub(crate) fn skip(&mut self, skipped: Range<u64>, reason: DropReason) -> Vec<Answered> {
        let begin = self.delivered.partition_point(|waiter| waiter.seq < skipped.start);
        let end = self.delivered.partition_point(|waiter| waiter.seq < skipped.end);
        let mut answered = Vec::new();
        for waiter in self.delivered.range_mut(begin..end) {
            let records = u32::try_from(waiter.records).unwrap_or(u32::MAX);
            answered.extend(waiter.settle(&Settled::Dropped(records, reason), true));
        }
        self.forget_answered();
        answered
    }

    fn forget_answered(&mut self) {
        while self.delivered.front().is_some_and(|waiter| waiter.outstanding == 0) {
            self.delivered.pop_front();
        }
    }

    /// Nobody will settle these frames at every required cursor any more: their senders get [`Unsettled::Stopped`].
    pub(crate) fn abandon(&mut self, abandoned: impl Fn(u64) -> bool) {
        self.delivered.retain(|waiter| waiter.outstanding == 0 || !abandoned(waiter.seq));
    }
}

impl Waiter {
    fn settle(&mut self, settled: &Settled, whole: bool) -> Option<Answered> {
        self.settlement.add(settled);
        self.outstanding -= usize::from(whole);
        if self.outstanding > 0 {
            return None;
        }
        let settlement = std::mem::take(&mut self.settlement).at_most(self.records);
        self.answer.take().map(|answer| (answer, Ok(settlement)))
    }
}
