//! One connection: HTTP/2, or HTTP/1 where the protocol has it, and when it ends.

use super::cork::Corked;
use super::grpc;
use bytes::Bytes;
use futures_util::FutureExt;
use http::{Request, Response};
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

/// What both protocols answer with.
pub type ResponseBody = Either<Full<Bytes>, grpc::Message>;

/// OTLP over one transport.
pub trait Protocol: Send + Sync + 'static {
    /// Answers one request.
    fn answer(
        &self,
        request: Request<Incoming>,
        client: SocketAddr,
    ) -> impl Future<Output = Response<ResponseBody>> + Send;

    /// The answer to a request whose processing panicked.
    fn panicked(&self) -> Response<ResponseBody>;
}

/// HTTP/2's flow control and frames, in bytes. A window of one request keeps a sender's pipe full
/// over a round trip; the connection's window bounds what one connection can make the agent hold
/// that has not been admitted yet.
const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 4 << 20;
const MAX_FRAME: u32 = 64 << 10;
const MAX_HEADERS: u32 = 32 << 10;

/// How long a client may take for the TLS handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// How long a connection without a request may take to close.
const FAREWELL: Duration = Duration::from_secs(1);

/// What one HTTP/1 connection reads at a time, and the most that its headers may have, in bytes.
const READ_BUFFER: usize = 128 << 10;

/// When a connection is probed and ended.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lifetime {
    /// Without a first request for this long: a client that connects and says nothing.
    pub silent: Option<Duration>,
    /// Without a request for this long.
    pub idle: Option<Duration>,
    /// Whatever it carries.
    pub age: Option<Duration>,
    /// How long requests may go on after a connection was told to end for its age.
    pub grace: Option<Duration>,
}

/// How connections of one endpoint are served.
pub struct Server<P> {
    protocol: P,
    builder: auto::Builder<TokioExecutor>,
    lifetime: Lifetime,
    tls: Option<TlsAcceptor>,
}

impl<P: Protocol> Server<P> {
    /// HTTP/2 only, with `streams` requests in flight at most and a ping every `ping`.
    pub fn http2(
        protocol: P,
        lifetime: Lifetime,
        streams: u32,
        ping: Option<Duration>,
        pong: Duration,
    ) -> Server<P> {
        let mut builder = auto::Builder::new(TokioExecutor::new());
        flow_control(&mut builder);
        builder.http2().max_concurrent_streams(streams).keep_alive_interval(ping).keep_alive_timeout(pong);
        Server { protocol, builder: builder.http2_only(), lifetime, tls: None }
    }

    /// HTTP/1 and HTTP/2, by what the client speaks.
    pub fn http(protocol: P, lifetime: Lifetime, keep_alive: bool) -> Server<P> {
        let mut builder = auto::Builder::new(TokioExecutor::new());
        flow_control(&mut builder);
        // hyper starts this timer when it begins to wait for a header: it is the idle timeout too.
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(lifetime.idle)
            .keep_alive(keep_alive)
            .max_buf_size(READ_BUFFER);
        Server { protocol, builder, lifetime, tls: None }
    }

    /// The same over TLS, where there is an acceptor.
    pub fn secured(self, tls: Option<TlsAcceptor>) -> Server<P> {
        Server { tls, ..self }
    }

    /// Serves one connection until it ends, is told to, or outlives its time.
    pub async fn serve(self: Arc<Self>, stream: TcpStream, client: SocketAddr, stop: CancellationToken) {
        let Some(tls) = &self.tls else { return self.serve_plain(stream, client, stop).await };
        let handshake = tokio::time::timeout(HANDSHAKE, tls.accept(stream));
        let accepted = tokio::select! {
            accepted = handshake => accepted,
            () = stop.cancelled() => return,
        };
        match accepted {
            Ok(Ok(stream)) => self.serve_plain(stream, client, stop).await,
            // rustls names the alert, never a key or a certificate's content.
            Ok(Err(error)) => tracing::debug!(%client, %error, "no TLS with a client"),
            Err(_) => tracing::debug!(%client, "no TLS with a client in time"),
        }
    }

    async fn serve_plain(
        self: &Arc<Self>,
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
        client: SocketAddr,
        stop: CancellationToken,
    ) {
        let activity = Arc::new(Activity::default());
        let service = service_fn(|request| {
            let (server, open) = (Arc::clone(self), Activity::open(&activity));
            async move {
                // On the heap at once: as a part of the task's future it would be moved several times before it begins.
                let answer = Box::pin(server.protocol.answer(request, client));
                let answer = AssertUnwindSafe(answer).catch_unwind().await;
                drop(open);
                Ok::<_, Infallible>(answer.unwrap_or_else(|_| server.protocol.panicked()))
            }
        });
        let mut connection = pin!(self.builder.serve_connection(TokioIo::new(Corked::new(stream)), service));
        let grace = tokio::select! {
            biased;
            // Errors are the peer's: what it sent was no HTTP, or it went away.
            _ = connection.as_mut() => return,
            // How long the agent waits for its last requests is for the caller to say.
            () = stop.cancelled() => None,
            () = activity.idle(self.lifetime.idle) => Some(FAREWELL),
            () = activity.silent(self.lifetime.silent) => Some(FAREWELL),
            () = after(self.lifetime.age) => self.lifetime.grace,
        };
        connection.as_mut().graceful_shutdown();
        tokio::select! {
            _ = connection => {}
            () = after(grace) => {}
        }
    }
}

fn flow_control(builder: &mut auto::Builder<TokioExecutor>) {
    builder
        .http2()
        .timer(TokioTimer::new())
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_frame_size(MAX_FRAME)
        .max_header_list_size(MAX_HEADERS);
}

/// Never, for `None`.
async fn after(time: Option<Duration>) {
    match time {
        Some(time) => tokio::time::sleep(time).await,
        None => std::future::pending().await,
    }
}

/// How many requests a connection has begun and ended.
#[derive(Debug, Default)]
struct Activity {
    begun: AtomicU64,
    ended: AtomicU64,
}

/// A request in flight.
struct Open(Arc<Activity>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Ordering::Relaxed);
    }
}

impl Activity {
    fn open(this: &Arc<Activity>) -> Open {
        this.begun.fetch_add(1, Ordering::Relaxed);
        Open(Arc::clone(this))
    }

    /// Returns when the connection's first request has not begun after `time`.
    async fn silent(&self, time: Option<Duration>) {
        after(time).await;
        if self.begun.load(Ordering::Relaxed) > 0 {
            std::future::pending().await
        }
    }

    /// Returns when there has been no request for between one and two times `time`.
    async fn idle(&self, time: Option<Duration>) {
        loop {
            let begun = self.begun.load(Ordering::Relaxed);
            after(time).await;
            if self.begun.load(Ordering::Relaxed) == begun && self.ended.load(Ordering::Relaxed) == begun {
                return;
            }
        }
    }
}
