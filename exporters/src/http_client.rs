//! The HTTP client of every exporter that speaks HTTP or gRPC: one set of defaults, one way to name a
//! failure. Connections are made when they are needed, kept, and made again when they break; a
//! destination that is down when the agent starts is nothing special.

use crate::retry_after::retry_after;
use crate::tls;
use bytes::{Bytes, BytesMut};
use component::settings::{ClientTls, Headers, Problem, Secret};
use component::{BuildError, Outcome, Reason};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use http_body_util::BodyExt;
use jiff::Timestamp;
use reqwest::{Client, ClientBuilder, Proxy, Url, redirect};
use std::error::Error;
use std::io;
use std::net::IpAddr;

/// What is sent as `User-Agent` where nothing else is configured.
pub const USER_AGENT: &str = concat!("weir/", env!("CARGO_PKG_VERSION"));

/// A builder with everything that exporters share, for a destination at `url`, which
/// [`tls::secure`] may change; none where there are several.
///
/// Redirects are not followed: the operator named the destination, and the data goes nowhere else.
pub fn builder(
    tls: &ClientTls,
    proxy_url: Option<&str>,
    url: Option<&mut Url>,
) -> Result<ClientBuilder, BuildError> {
    let mut builder =
        Client::builder().redirect(redirect::Policy::none()).referer(false).user_agent(USER_AGENT);
    if let Some(proxy_url) = proxy_url {
        let proxy = Proxy::all(proxy_url).map_err(|_| BuildError("proxy_url: this is no URL".to_owned()))?;
        builder = builder.proxy(proxy);
    } else if url.as_deref().is_some_and(is_loopback) {
        // As Go has it: a proxy from the environment is not meant for this machine.
        builder = builder.no_proxy();
    }
    tls::secure(builder, tls, url)
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// Finishes a builder.
pub fn build(builder: ClientBuilder) -> Result<Client, BuildError> {
    builder
        .build()
        .map_err(|error| BuildError(format!("cannot set up the HTTP client: {}", root_cause(&error))))
}

/// What is wrong with `proxy_url`.
pub fn check_proxy(proxy_url: Option<&Secret>, tls: &ClientTls) -> Vec<Problem> {
    let Some(proxy_url) = proxy_url else { return Vec::new() };
    let mut problems = Vec::new();
    if Url::parse(proxy_url.expose()).is_err() {
        problems.push(Problem::at("proxy_url", "write a URL with its scheme: http://host:port"));
    }
    if tls.server_name_override.is_some() {
        problems.push(Problem::at("proxy_url", "it does not go together with tls.server_name_override"));
    }
    problems
}

/// What is wrong with headers to send, at `path`. Names that are `reserved` belong to the protocol.
pub fn check_headers(path: &str, headers: &Headers, reserved: &[&str]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (name, value) in headers.iter() {
        match HeaderName::try_from(name) {
            Err(_) => problems.push(Problem::at(path, format!("{name:?} is no header name"))),
            Ok(known) if reserved.contains(&known.as_str()) => {
                problems.push(Problem::at(path, format!("{name:?} is set by the protocol; remove it")));
            }
            Ok(_) => {}
        }
        if HeaderValue::try_from(value.expose()).is_err() {
            problems.push(Problem::at(
                path,
                format!("the value of {name:?} holds characters that no header may"),
            ));
        }
    }
    problems
}

/// Adds the configured headers. Their values are marked so that nothing below prints them. Those that
/// [`check_headers`] refuses are not among them.
pub fn add_headers(to: &mut HeaderMap, headers: &Headers) {
    for (name, value) in headers.iter() {
        if let (Ok(name), Ok(mut value)) = (HeaderName::try_from(name), HeaderValue::try_from(value.expose()))
        {
            value.set_sensitive(true);
            to.insert(name, value);
        }
    }
}

/// A body read to its end, and its trailers.
#[derive(Debug, Default)]
pub struct Answer {
    /// The body.
    pub body: Bytes,
    /// The trailers; empty where there are none.
    pub trailers: HeaderMap,
}

/// Reads at most `limit` bytes of an answer. The OTLP specification caps what a client may be made to hold.
pub async fn read_answer(mut body: reqwest::Body, limit: usize) -> Result<Answer, Outcome> {
    let mut bytes = BytesMut::new();
    let mut trailers = HeaderMap::new();
    while let Some(frame) = body.frame().await {
        match frame.map_err(|error| failed(&error))?.into_data() {
            Ok(data) if bytes.len() + data.len() > limit => {
                return Err(retry(Reason::of(
                    "the destination's answer is larger than an OTLP response may be",
                )));
            }
            Ok(data) => bytes.extend_from_slice(&data),
            Err(frame) => trailers = frame.into_trailers().unwrap_or_default(),
        }
    }
    Ok(Answer { body: bytes.freeze(), trailers })
}

/// Reads a destination's URL at `key`.
pub fn parse_url(key: &str, text: &str) -> Result<Url, Problem> {
    let wrong = || Problem::at(key, "write a URL with its scheme: http://host:port or https://host:port");
    let url = Url::parse(text).map_err(|_| wrong())?;
    match url.scheme() {
        "http" | "https" if url.has_host() => Ok(url),
        _ => Err(wrong()),
    }
}

/// How an attempt ends that was answered with a status other than success. `retryable` are the
/// destination's passing troubles; those that are the configuration's fault and not the data's are held
/// too, and everything else is final. Of these, some are about what was sent; others say that nothing that
/// is sent there can be taken.
pub fn refused(
    status: StatusCode,
    headers: &HeaderMap,
    now: Timestamp,
    retryable: impl Fn(u16) -> bool,
) -> Outcome {
    let code = status.as_u16();
    let hold = |after, reason: Reason| Outcome::Retry { after, reason };
    match code {
        413 => Outcome::TooLarge,
        // It heals when the operator renews the credentials: giving up would lose everything sent until then.
        401 | 403 | 407 => hold(
            retry_after(headers, now),
            Reason::new(format!("HTTP status {code}: the credentials are not accepted; held until they are")),
        ),
        300..=399 => hold(
            None,
            Reason::new(format!(
                "HTTP status {code}: redirects are not followed; set the endpoint to the new place"
            )),
        ),
        code if retryable(code) => {
            hold(retry_after(headers, now), Reason::new(format!("HTTP status {code}")))
        }
        // A server that breaks on a record answers 500 to it, and works for the others.
        400 | 409 | 422 | 500 => Outcome::Rejected(Reason::new(format!("HTTP status {code}"))),
        _ => Outcome::Impossible(Reason::new(format!("HTTP status {code}"))),
    }
}

/// How an attempt ended that got no answer. Whether the destination has the batch is unknown.
pub fn failed(error: &reqwest::Error) -> Outcome {
    retry(reason(error))
}

fn retry(reason: Reason) -> Outcome {
    Outcome::Retry { after: None, reason }
}

/// Names the kind of a failure. Never its text, which holds the URL, and that may hold a password.
fn reason(error: &reqwest::Error) -> Reason {
    let mut cause: Option<&dyn Error> = Some(error);
    while let Some(error) = cause {
        let io = error.downcast_ref::<io::Error>();
        if let Some(error) = io {
            // TLS failures come as InvalidData.
            match error.kind() {
                io::ErrorKind::ConnectionRefused => return Reason::of("connection refused"),
                io::ErrorKind::ConnectionReset => return Reason::of("connection reset"),
                io::ErrorKind::ConnectionAborted => return Reason::of("connection aborted"),
                io::ErrorKind::BrokenPipe => return Reason::of("connection closed"),
                io::ErrorKind::TimedOut => return Reason::of("connection timed out"),
                io::ErrorKind::HostUnreachable => return Reason::of("host unreachable"),
                io::ErrorKind::NetworkUnreachable => return Reason::of("network unreachable"),
                io::ErrorKind::InvalidData => {
                    return Reason::of(
                        "TLS failed: a certificate was not accepted, or the other side speaks no TLS",
                    );
                }
                _ => {}
            }
        }
        // An I/O error around another one does not name it as its source.
        let inner = io.and_then(io::Error::get_ref).map(|inner| inner as &dyn Error);
        cause = inner.or_else(|| error.source());
    }
    match error {
        error if error.is_timeout() => Reason::of("connection timed out"),
        error if error.is_connect() => {
            Reason::of("cannot connect: the host name does not resolve, or nothing answers")
        }
        _ => Reason::of("connection broke before the answer"),
    }
}

/// The innermost cause of a client that could not be set up: a certificate or a store of them.
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
