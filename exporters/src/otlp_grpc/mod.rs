//! `otlp_grpc`: OTLP over gRPC, the bytes as they are.
//!
//! Export requests of one signal, one behind the other, are one export request: the body is gRPC's
//! five-byte prefix and the chunks of the batch. Nothing is decoded and nothing large is copied.
//! A unary call needs no more of gRPC than that, so the calls go through the HTTP/2 client that the
//! other exporters use, and tonic serves as the judge in the tests.

use crate::compression::Compression;
use crate::grpc_status::{self, GrpcStatus};
use crate::pieces::Pieces;
use crate::{http_client, partial_success};
use bytes::{Buf, Bytes};
use component::settings::{ClientTls, Duration, Headers, Problem, Validate};
use component::{Batch, BuildError, ComponentId, Exporter, Outcome, Reason};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use pdata::{PartialSuccess, Signal};
use reqwest::{Client, Url};
use serde::{Deserialize, Serialize};
use tonic::Code;

/// Sends every signal to an OTLP/gRPC destination.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where to send: `host:port`, `http://host:port` for plain text, or `https://host:port`.
    pub endpoint: String,
    /// TLS. On, unless `tls.insecure` or an `http://` endpoint says otherwise.
    pub tls: ClientTls,
    /// How messages are compressed.
    #[schemars(extend("enum" = ["none", "", "gzip", "zstd"]))]
    pub compression: Compression,
    /// Metadata to send with every call.
    pub headers: Headers,
    /// HTTP/2 pings that notice a dead connection. Off by default; the kernel notices one that has data
    /// on the way within 30 seconds.
    pub keepalive: Option<Keepalive>,
    /// What is sent as `user-agent`.
    pub user_agent: String,
}

/// When to ping.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Keepalive {
    /// Ping after this long without a sign of life. Servers may refuse less than 5m.
    pub time: Duration,
    /// Close the connection if the ping has no answer after this long.
    pub timeout: Duration,
    /// Ping also while no call is open.
    pub permit_without_stream: bool,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            endpoint: String::new(),
            tls: ClientTls::default(),
            compression: Compression::default(),
            headers: Headers::default(),
            keepalive: None,
            user_agent: http_client::USER_AGENT.to_owned(),
        }
    }
}

impl Default for Keepalive {
    fn default() -> Keepalive {
        Keepalive { time: Duration::secs(300), timeout: Duration::secs(20), permit_without_stream: false }
    }
}

/// What gRPC itself sends.
const RESERVED: [&str; 6] =
    ["te", "content-type", "content-length", "user-agent", "grpc-encoding", "grpc-timeout"];

impl Config {
    /// The endpoint as a URL. A scheme in the endpoint wins over `tls.insecure`, as with the Collector.
    fn url(&self) -> Result<Url, &'static str> {
        let text = match self.endpoint.split_once("://") {
            _ if self.endpoint.is_empty() => return Err("set it to the destination's host:port"),
            Some(("http" | "https", _)) => self.endpoint.clone(),
            Some(("dns", rest)) => self.with_scheme(rest.trim_start_matches('/')),
            Some(_) => return Err("write host:port, http://host:port or https://host:port"),
            None => self.with_scheme(&self.endpoint),
        };
        let url = Url::parse(&text).map_err(|_| "write host:port, http://host:port or https://host:port")?;
        // `Url` hides a port that is its scheme's default, so the text is asked.
        let authority = text.split_once("://").map_or("", |(_, rest)| rest.trim_end_matches('/'));
        let port = authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        match (url.path(), url.query()) {
            ("/" | "", None) if port => Ok(url),
            ("/" | "", None) => Err("the port is missing: write host:port; OTLP/gRPC's own is 4317"),
            _ => Err("gRPC has no path: write host:port alone"),
        }
    }

    fn with_scheme(&self, authority: &str) -> String {
        let scheme = if self.tls.insecure { "http" } else { "https" };
        format!("{scheme}://{authority}")
    }
}

impl Validate for Config {
    fn validate(&self) -> Vec<Problem> {
        let mut problems: Vec<_> = self.tls.validate().into_iter().map(|p| p.under("tls")).collect();
        if let Err(wrong) = self.url() {
            problems.push(Problem::at("endpoint", wrong));
        }
        if !matches!(self.compression, Compression::None | Compression::Gzip | Compression::Zstd) {
            problems.push(Problem::at("compression", "gRPC servers take gzip, zstd or none"));
        }
        if HeaderValue::try_from(&self.user_agent).is_err() {
            problems.push(Problem::at("user_agent", "it holds characters that no header may"));
        }
        if let Some(keepalive) = &self.keepalive
            && (keepalive.time.is_zero() || keepalive.timeout.is_zero())
        {
            problems.push(Problem::at("keepalive", "time and timeout must be more than 0s"));
        }
        problems.extend(http_client::check_headers("headers", &self.headers, &RESERVED));
        problems
    }
}

/// Bytes of a response that are read at most, as the OTLP specification recommends.
const MAX_RESPONSE: usize = 4 << 20;
/// Whether the message is compressed, and its length.
const PREFIX: usize = 5;

/// See [`Config`].
pub struct OtlpGrpc {
    id: ComponentId,
    client: Client,
    /// Of the `Export` method of each signal.
    urls: [Url; 3],
    headers: HeaderMap,
    compression: Compression,
}

impl OtlpGrpc {
    /// Sets up the client; connects at the first batch.
    pub fn new(id: &ComponentId, config: Config) -> Result<OtlpGrpc, BuildError> {
        let mut url = config.url().map_err(|wrong| BuildError(format!("{id}: endpoint: {wrong}")))?;
        let mut builder = http_client::builder(&config.tls, None, Some(&mut url))?.http2_prior_knowledge();
        if url.scheme() == "http" {
            // A proxy from the environment passes on HTTP/1.1 only, unless it is asked for a tunnel.
            builder = builder.no_proxy();
        }
        if let Some(keepalive) = &config.keepalive {
            builder = builder
                .http2_keep_alive_interval(Some(*keepalive.time))
                .http2_keep_alive_timeout(*keepalive.timeout)
                .http2_keep_alive_while_idle(keepalive.permit_without_stream);
        }
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
        headers.insert(header::TE, HeaderValue::from_static("trailers"));
        if let Ok(user_agent) = HeaderValue::try_from(&config.user_agent) {
            headers.insert(header::USER_AGENT, user_agent);
        }
        if let Some(encoding) = config.compression.announced() {
            headers.insert("grpc-encoding", HeaderValue::from_static(encoding));
        }
        http_client::add_headers(&mut headers, &config.headers);
        let method = |service: &str| {
            let mut url = url.clone();
            url.set_path(&format!("/opentelemetry.proto.collector.{service}/Export"));
            url
        };
        Ok(OtlpGrpc {
            id: id.clone(),
            client: http_client::build(builder)?,
            urls: [
                method("logs.v1.LogsService"),
                method("trace.v1.TraceService"),
                method("metrics.v1.MetricsService"),
            ],
            headers,
            compression: config.compression,
        })
    }

    fn url(&self, signal: Signal) -> &Url {
        let [logs, traces, metrics] = &self.urls;
        match signal {
            Signal::Logs => logs,
            Signal::Traces => traces,
            Signal::Metrics => metrics,
        }
    }

    /// The answer to an attempt, or how it ended without one.
    async fn call(&self, message: &Message) -> Result<Outcome, Outcome> {
        let request = self
            .client
            .post(self.url(message.signal).clone())
            .headers(self.headers.clone())
            .body(reqwest::Body::wrap(message.pieces.body()));
        let response = request.send().await.map_err(|error| http_client::failed(&error))?;
        let (head, body) = http::Response::<reqwest::Body>::from(response).into_parts();
        // Without a message, the status comes in the headers.
        if let Some(status) = GrpcStatus::read(&head.headers)
            && status.code != Code::Ok
        {
            return Err(status.outcome());
        }
        if head.status != StatusCode::OK || !is_grpc(&head.headers) {
            return Err(grpc_status::without_grpc(head.status));
        }
        let answer = http_client::read_answer(body, MAX_RESPONSE + PREFIX).await?;
        match GrpcStatus::read(&answer.trailers).or_else(|| GrpcStatus::read(&head.headers)) {
            None => Err(Outcome::Retry {
                after: None,
                reason: Reason::of("the answer ended without a gRPC status"),
            }),
            Some(GrpcStatus { code: Code::Ok, .. }) => Ok(self.taken(answer.body, message.records)),
            Some(status) => Err(status.outcome()),
        }
    }

    /// The status was OK: the destination has the batch, whatever its message says otherwise.
    fn taken(&self, mut body: Bytes, sent: u64) -> Outcome {
        if body.len() < PREFIX {
            return Outcome::Delivered;
        }
        body.advance(PREFIX);
        let response = PartialSuccess::from_protobuf(body);
        response.map(|response| partial_success::outcome(&self.id, &response, sent)).unwrap_or_else(|_| {
            tracing::warn!(exporter = %self.id, "the destination took the batch but its response cannot be read");
            Outcome::Delivered
        })
    }
}

fn is_grpc(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/grpc"))
}

/// One gRPC message, framed and compressed.
#[derive(Debug)]
pub struct Message {
    signal: Signal,
    records: u64,
    pieces: Pieces,
}

impl Exporter for OtlpGrpc {
    type Payload = Message;

    fn encode(&self, batch: &Batch) -> Result<Message, Reason> {
        let pieces = match self.compression {
            Compression::None => Pieces::gather(&prefix(0, batch.size())?, batch.chunks()),
            compression => {
                let mut message = compression
                    .pack(&[0; PREFIX], batch.chunks())
                    .map_err(|_| Reason::of("compression failed"))?;
                let prefix = prefix(1, message.len() - PREFIX)?;
                if let Some(head) = message.first_chunk_mut() {
                    *head = prefix;
                }
                Pieces::from(message)
            }
        };
        Ok(Message { signal: batch.signal(), records: batch.records(), pieces })
    }

    async fn export(&self, message: &Message) -> Outcome {
        self.call(message).await.unwrap_or_else(|outcome| outcome)
    }
}

fn prefix(compressed: u8, len: usize) -> Result<[u8; PREFIX], Reason> {
    let len = u32::try_from(len).map_err(|_| Reason::of("larger than 4 GiB, which is gRPC's limit"))?;
    let [a, b, c, d] = len.to_be_bytes();
    Ok([compressed, a, b, c, d])
}

#[cfg(test)]
mod tests;
