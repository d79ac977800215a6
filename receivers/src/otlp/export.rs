//! One export call, whatever the protocol, the encoding and the signal: make a request of the
//! bytes that arrived, hand it to the pipelines, count what became of it.

use super::compression::Encoding;
use super::status::Status;
use component::telemetry::ReceiverMetrics;
use component::{Accepted, ComponentId, Consumer, Context, Permit, Refusal, Transport};
use futures_util::FutureExt;
use pdata::{Limits, Request, Signal};
use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Work on more bytes than this leaves the reactor: inflating and reading JSON costs about a
/// millisecond for 100 KiB, during which no other connection of the thread is served.
const INLINE_ENCODED: usize = 32 << 10;

/// The same for plain protobuf, whose validation is far cheaper.
const INLINE_PLAIN: usize = 1 << 20;

/// How an export request is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Protobuf's binary form.
    Protobuf,
    /// OTLP/JSON.
    Json,
}

/// How the bytes of one request are to be read.
#[derive(Clone, Copy)]
pub struct Wire {
    /// The signal of the path or service that was called.
    pub signal: Signal,
    /// How the request is written.
    pub format: Format,
    /// How it is compressed.
    pub encoding: Encoding,
}

/// The way from bytes to pipelines, shared by all requests of one protocol.
pub struct Export<C> {
    id: ComponentId,
    consumer: Arc<C>,
    transport: Transport,
    metrics: ReceiverMetrics,
    /// Largest request in bytes, also after decompression.
    limit: usize,
    read_timeout: Duration,
    /// As many requests are inflated off the reactor at a time as there are cores.
    offloaded: Semaphore,
}

impl<C: Consumer> Export<C> {
    /// The way for one protocol. The pipelines' own limit applies where it is lower than `limit`.
    pub fn new(
        id: &ComponentId,
        consumer: Arc<C>,
        transport: Transport,
        limit: usize,
        read_timeout: Duration,
    ) -> Export<C> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Export {
            id: id.clone(),
            transport,
            metrics: ReceiverMetrics::new(id, transport),
            limit: limit.min(consumer.limits().bytes),
            consumer,
            read_timeout,
            offloaded: Semaphore::new(cores),
        }
    }

    /// Whether any pipeline carries the signal.
    pub fn takes(&self, signal: Signal) -> bool {
        self.consumer.takes(signal)
    }

    /// Takes the budget for a request whose size is announced as `size` bytes, before any are read.
    pub fn admit(&self, signal: Signal, size: usize) -> Result<Permit, Refusal> {
        if size > self.limit {
            return Err(Refusal::TooLarge { limit: self.limit });
        }
        self.consumer.admit(signal, size)
    }

    /// Largest request in bytes.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Bounds how long a request's bytes may take to arrive: the sender may try again, but a slow
    /// one does not keep its place.
    pub async fn in_time<T>(&self, reading: impl Future<Output = Result<T, Status>>) -> Result<T, Status> {
        let mut reading = pin!(reading);
        // A small request has often arrived, and needs no timer.
        if let Some(read) = reading.as_mut().now_or_never() {
            return read;
        }
        match tokio::time::timeout(self.read_timeout, reading).await {
            Ok(read) => read,
            Err(_) => {
                let reason = "the request did not arrive within read_timeout";
                Err(Refusal::Unavailable { reason, retry_after: Permit::RETRY_AFTER }.into())
            }
        }
    }

    /// Makes a request of `bytes` and hands it to the pipelines.
    pub async fn run(
        &self,
        wire: Wire,
        bytes: Vec<u8>,
        permit: Permit,
        client: SocketAddr,
    ) -> Result<Accepted, Status> {
        let (request, permit) = self.unpack(wire, bytes, permit).await?;
        let records = u64::from(request.records());
        if records == 0 {
            return Ok(Accepted::default());
        }
        let mut tally = Tally { metrics: &self.metrics, signal: wire.signal, records, ending: None };
        let answer = self.consumer.consume(request, Context::now(Some(client)), permit).await;
        tally.ending = Some(match &answer {
            Ok(_) => Ending::Accepted,
            Err(Refusal::Internal(_)) => Ending::Failed,
            Err(_) => Ending::Refused,
        });
        answer.map_err(Status::from)
    }

    async fn unpack(&self, wire: Wire, bytes: Vec<u8>, permit: Permit) -> Result<(Request, Permit), Status> {
        let limit = self.limit;
        let plain = wire.format == Format::Protobuf && wire.encoding == Encoding::Identity;
        if bytes.len() <= if plain { INLINE_PLAIN } else { INLINE_ENCODED } {
            return wire.unpack(bytes, limit, self.consumer.limits(), permit);
        }
        let limits = self.consumer.limits().clone();
        let _slot = self.offloaded.acquire().await;
        tokio::task::spawn_blocking(move || wire.unpack(bytes, limit, &limits, permit))
            .await
            .unwrap_or_else(|_| Err(Refusal::Internal("reading the request failed").into()))
    }

    /// Counts and logs a refusal.
    pub fn refused(&self, status: &Status) {
        self.metrics.refused_request(status.code_name());
        tracing::warn!(
            "otelcol.component.id" = %self.id,
            "otelcol.component.kind" = "receiver",
            transport = self.transport.as_str(),
            code = status.code_name(),
            reason = status.message(),
            "Request refused."
        );
    }

    /// A request ended in a panic.
    pub fn panicked(&self) {
        self.metrics.refused_request("INTERNAL");
        tracing::error!(
            "otelcol.component.id" = %self.id,
            "otelcol.component.kind" = "receiver",
            transport = self.transport.as_str(),
            "A request panicked; the others go on."
        );
    }
}

/// What the sender of some records was told.
enum Ending {
    Accepted,
    Refused,
    Failed,
}

/// Counts records by what their sender was told, also where nobody is left to be told anything.
struct Tally<'m> {
    metrics: &'m ReceiverMetrics,
    signal: Signal,
    records: u64,
    /// None as long as there is no answer.
    ending: Option<Ending>,
}

impl Drop for Tally<'_> {
    fn drop(&mut self) {
        match self.ending {
            Some(Ending::Accepted) => self.metrics.accepted(self.signal, self.records),
            Some(Ending::Refused) => self.metrics.refused(self.signal, self.records),
            Some(Ending::Failed) => self.metrics.failed(self.signal, self.records),
            None if std::thread::panicking() => self.metrics.failed(self.signal, self.records),
            // The sender has gone, or the agent stops: it has to take them for refused.
            None => {
                self.metrics.refused(self.signal, self.records);
                self.metrics.refused_request("CANCELLED");
            }
        }
    }
}

impl Wire {
    fn unpack(
        self,
        bytes: Vec<u8>,
        limit: usize,
        limits: &Limits,
        mut permit: Permit,
    ) -> Result<(Request, Permit), Status> {
        let plain = self.encoding.inflate(bytes, limit, &mut permit)?;
        let request = match self.format {
            Format::Protobuf => {
                let mut plain = plain;
                plain.shrink_to_fit();
                Request::validate(self.signal, plain.into(), limits)?
            }
            Format::Json => pdata::json::decode(self.signal, &plain, limits)?,
        };
        let size = request.bytes().len();
        permit.grow(size.saturating_sub(permit.bytes()))?;
        permit.shrink_to(size);
        Ok((request, permit))
    }
}
