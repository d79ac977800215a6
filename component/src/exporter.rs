//! What an exporter is, what it is given and what it answers.

use bytes::Bytes;
use pdata::{Request, Signal};
use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::time::Duration;

/// Sends batches to one destination. Batching, retries, timeouts, the circuit breaker and dead
/// letters are the delivery loop's, alike for every exporter.
pub trait Exporter: Send + Sync + 'static {
    /// The batch as the destination takes it: built once, reused by every retry.
    type Payload: Send + Sync + 'static;

    /// Writes a batch in the destination's format. Runs where blocking is allowed (compression
    /// belongs here). `Err` means no attempt can succeed: the batch goes to the dead letters.
    fn encode(&self, batch: &Batch) -> Result<Self::Payload, Reason>;

    /// One attempt. Dropped when the attempt's timeout passes.
    fn export(&self, payload: &Self::Payload) -> impl Future<Output = Outcome> + Send;

    /// Makes what was delivered durable and closes; called once, after the last attempt.
    fn shutdown(&self) -> impl Future<Output = ()> + Send {
        async {}
    }
}

/// Requests of one signal that leave together. Never empty.
#[derive(Clone, Debug)]
pub struct Batch {
    signal: Signal,
    requests: Vec<Request>,
}

impl Batch {
    /// A batch of requests that all carry `signal`.
    pub fn new(signal: Signal, requests: Vec<Request>) -> Batch {
        debug_assert!(requests.iter().all(|request| request.signal() == signal));
        Batch { signal, requests }
    }

    /// The signal of all its requests.
    pub fn signal(&self) -> Signal {
        self.signal
    }

    /// The requests, in the order they were accepted.
    pub fn requests(&self) -> &[Request] {
        &self.requests
    }

    /// Log records, spans or data points in all requests.
    pub fn records(&self) -> u64 {
        self.requests.iter().map(|request| u64::from(request.records())).sum()
    }

    /// OTLP bytes of all requests: the size of their concatenation, which is one request with all of them.
    pub fn size(&self) -> usize {
        self.requests.iter().map(|request| request.bytes().len()).sum()
    }

    /// The encoded requests; one behind the other they are one export request.
    pub fn chunks(&self) -> impl Iterator<Item = &Bytes> {
        self.requests.iter().map(Request::bytes)
    }
}

/// How one attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The destination has the whole batch.
    Delivered,
    /// A verdict a record, in the batch's order; as many as [`Batch::records`].
    Partial(Vec<Verdict>),
    /// The destination took the batch but refused this many records without saying which (OTLP
    /// partial success). Not retried; counted as rejected.
    Refused {
        /// How many it refused.
        records: u64,
        /// What is known of why.
        reason: Reason,
    },
    /// Try again, not before `after` if the destination named a time.
    Retry {
        /// The destination's own hint (Retry-After, RetryInfo).
        after: Option<Duration>,
        /// What went wrong.
        reason: Reason,
    },
    /// Too large for the destination: delivery splits it and sends the parts.
    TooLarge,
    /// The destination will never take the batch, for something that is in it. Delivery finds out which
    /// records it means and sends the others.
    Rejected(Reason),
    /// No batch of the kind can be delivered, whatever is in it: a wrong path, a signal that the
    /// destination does not know. The batch is given up as it is.
    Impossible(Reason),
}

/// What became of one record of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The destination has it.
    Delivered,
    /// Try this one again.
    Retry,
    /// The destination will never take it.
    Rejected(Reason),
}

/// Why something was not delivered, safe to log, to count by and to keep: a status, an error
/// kind, a limit. Never text that came from the destination, which may echo the data.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reason(Cow<'static, str>);

impl Reason {
    /// A fixed text.
    pub const fn of(text: &'static str) -> Reason {
        Reason(Cow::Borrowed(text))
    }

    /// A text built from statuses, codes and error kinds only.
    pub fn new(text: impl Into<Cow<'static, str>>) -> Reason {
        Reason(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a component could not be built or started: what happened, with what, and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BuildError(pub String);
