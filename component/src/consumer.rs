//! Where a receiver hands over what it received.

use crate::{Context, Permit, Refusal};
use pdata::{Limits, Request, Signal};
use std::future::Future;

/// The pipelines behind one receiver.
///
/// A receiver asks [`takes`](Consumer::takes) (else 404 / UNIMPLEMENTED), then
/// [`admit`](Consumer::admit) before it reads a body, then validates, then
/// [`consume`](Consumer::consume)s and answers the sender with what comes back.
pub trait Consumer: Send + Sync + 'static {
    /// Whether any pipeline of this receiver carries the signal.
    fn takes(&self, signal: Signal) -> bool;

    /// What a request may be at most.
    fn limits(&self) -> &Limits;

    /// Takes `bytes` of the budget. Refuses at once, whatever `bytes` is, while every pipeline of the signal is full.
    fn admit(&self, signal: Signal, bytes: usize) -> Result<Permit, Refusal>;

    /// Runs the processors, appends to the journals and returns when the request has passed the
    /// watermark that its pipelines ask for. The permit is given back when the request has left the agent.
    fn consume(
        &self,
        request: Request,
        context: Context,
        permit: Permit,
    ) -> impl Future<Output = Result<Accepted, Refusal>> + Send;
}

/// The request was taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accepted {
    /// Records that a destination refused for good, known only where the pipeline says
    /// `ack: delivered`. Answered as OTLP partial success.
    pub rejected: u64,
    /// Why; empty when none was.
    pub message: String,
}
