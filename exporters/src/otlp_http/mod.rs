//! `otlp_http`: OTLP over HTTP, as protobuf (the bytes as they are) or JSON.

use crate::compression::Compression;
use crate::pieces::Pieces;
use crate::{http_client, partial_success};
use bytes::Bytes;
use component::settings::{ClientTls, Headers, Problem, Secret, Validate};
use component::{Batch, BuildError, ComponentId, Exporter, Outcome, Reason};
use http::{HeaderMap, HeaderValue, header};
use jiff::Timestamp;
use pdata::{PartialSuccess, Signal};
use reqwest::{Client, Url};
use serde::{Deserialize, Serialize};

/// Sends every signal to an OTLP/HTTP destination.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where to send: `http://` or `https://`; `/v1/logs`, `/v1/traces` and `/v1/metrics` are appended to
    /// its path. Required, unless each signal that is sent has an endpoint of its own.
    pub endpoint: Option<String>,
    /// Where to send logs instead, used as it is.
    pub logs_endpoint: Option<String>,
    /// Where to send traces instead, used as it is.
    pub traces_endpoint: Option<String>,
    /// Where to send metrics instead, used as it is.
    pub metrics_endpoint: Option<String>,
    /// The body's format.
    pub encoding: Encoding,
    /// How bodies are compressed.
    pub compression: Compression,
    /// Headers to send with every request.
    pub headers: Headers,
    /// TLS, for `https://` endpoints.
    pub tls: ClientTls,
    /// Proxy to send through. Where it is not set, `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` are asked,
    /// except for an endpoint on this machine.
    pub proxy_url: Option<Secret>,
}

/// The body's format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// Protobuf: the bytes as they came.
    #[default]
    Proto,
    /// OTLP/JSON: written for every batch, so it costs more here and at the destination.
    Json,
}

impl Encoding {
    fn media_type(self) -> &'static str {
        match self {
            Encoding::Proto => "application/x-protobuf",
            Encoding::Json => "application/json",
        }
    }
}

/// What OTLP/HTTP itself sends.
const RESERVED: [&str; 4] = ["content-type", "content-encoding", "content-length", "transfer-encoding"];

impl Config {
    /// The common endpoint, if there is one, or what is wrong with it.
    fn base(&self) -> Result<Option<Url>, Problem> {
        self.endpoint.as_deref().map(|text| http_client::parse_url("endpoint", text)).transpose()
    }

    /// The URL of one signal: its own, or below the common one. None where the signal has no endpoint.
    fn url(&self, signal: Signal, base: Option<&Url>) -> Result<Option<Url>, Problem> {
        let (key, own, path) = match signal {
            Signal::Logs => ("logs_endpoint", &self.logs_endpoint, "/v1/logs"),
            Signal::Traces => ("traces_endpoint", &self.traces_endpoint, "/v1/traces"),
            Signal::Metrics => ("metrics_endpoint", &self.metrics_endpoint, "/v1/metrics"),
        };
        match (own, base) {
            (Some(own), _) => http_client::parse_url(key, own).map(Some),
            (None, Some(base)) => {
                let mut url = base.clone();
                url.set_path(&format!("{}{path}", url.path().trim_end_matches('/')));
                Ok(Some(url))
            }
            (None, None) => Ok(None),
        }
    }

    /// The signals that have an endpoint.
    pub fn signals(&self) -> &'static [Signal] {
        use Signal::{Logs, Metrics, Traces};
        let own = (&self.logs_endpoint, &self.traces_endpoint, &self.metrics_endpoint);
        match (&self.endpoint, own) {
            (Some(_), _) | (None, (Some(_), Some(_), Some(_))) => &[Logs, Traces, Metrics],
            (None, (Some(_), Some(_), None)) => &[Logs, Traces],
            (None, (Some(_), None, Some(_))) => &[Logs, Metrics],
            (None, (Some(_), None, None)) => &[Logs],
            (None, (None, Some(_), Some(_))) => &[Traces, Metrics],
            (None, (None, Some(_), None)) => &[Traces],
            (None, (None, None, Some(_))) => &[Metrics],
            (None, (None, None, None)) => &[],
        }
    }
}

impl Validate for Config {
    fn validate(&self) -> Vec<Problem> {
        let mut problems: Vec<_> = self.tls.validate().into_iter().map(|p| p.under("tls")).collect();
        if self.signals().is_empty() {
            problems.push(Problem::at("endpoint", "at least one endpoint must be specified"));
        }
        problems.extend(self.base().err());
        problems.extend(Signal::ALL.into_iter().filter_map(|signal| self.url(signal, None).err()));
        let own = [&self.logs_endpoint, &self.traces_endpoint, &self.metrics_endpoint];
        if self.tls.server_name_override.is_some() && own.into_iter().any(Option::is_some) {
            problems.push(Problem::at(
                "tls.server_name_override",
                "it is one name for one endpoint; with an endpoint a signal, use an exporter for each",
            ));
        }
        problems.extend(http_client::check_proxy(self.proxy_url.as_ref(), &self.tls));
        problems.extend(http_client::check_headers("headers", &self.headers, &RESERVED));
        problems
    }
}

/// Bytes of a response that are read at most, as the OTLP specification recommends.
const MAX_RESPONSE: usize = 4 << 20;

/// See [`Config`].
pub struct OtlpHttp {
    id: ComponentId,
    client: Client,
    logs: Option<Url>,
    traces: Option<Url>,
    metrics: Option<Url>,
    headers: HeaderMap,
    encoding: Encoding,
    compression: Compression,
}

/// One request's body.
#[derive(Debug)]
pub struct Body {
    signal: Signal,
    records: u64,
    pieces: Pieces,
}

impl OtlpHttp {
    /// Sets up the client; connects at the first batch.
    pub fn new(id: &ComponentId, config: Config) -> Result<OtlpHttp, BuildError> {
        let wrong = |wrong: Problem| BuildError(format!("{id}: {}: {}", wrong.path, wrong.message));
        let mut base = config.base().map_err(wrong)?;
        let proxy_url = config.proxy_url.as_ref().map(Secret::expose);
        let client = http_client::build(http_client::builder(&config.tls, proxy_url, base.as_mut())?)?;
        let url = |signal| config.url(signal, base.as_ref()).map_err(wrong);
        let (logs, traces, metrics) = (url(Signal::Logs)?, url(Signal::Traces)?, url(Signal::Metrics)?);
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(config.encoding.media_type()));
        if let Some(encoding) = config.compression.announced() {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        http_client::add_headers(&mut headers, &config.headers);
        Ok(OtlpHttp {
            id: id.clone(),
            client,
            logs,
            traces,
            metrics,
            headers,
            encoding: config.encoding,
            compression: config.compression,
        })
    }

    fn url(&self, signal: Signal) -> Option<&Url> {
        match signal {
            Signal::Logs => self.logs.as_ref(),
            Signal::Traces => self.traces.as_ref(),
            Signal::Metrics => self.metrics.as_ref(),
        }
    }

    fn pack<'a>(&self, chunks: impl Iterator<Item = &'a Bytes>) -> Result<Pieces, Reason> {
        match self.compression {
            Compression::None => Ok(Pieces::gather(b"", chunks)),
            compression => {
                compression.pack(b"", chunks).map(Pieces::from).map_err(|_| Reason::of("compression failed"))
            }
        }
    }

    async fn post(&self, body: &Body) -> Result<Outcome, Outcome> {
        let url = self
            .url(body.signal)
            .ok_or(Outcome::Impossible(Reason::of("this signal has no endpoint; set endpoint")))?;
        let request = self
            .client
            .post(url.clone())
            .headers(self.headers.clone())
            .body(reqwest::Body::wrap(body.pieces.body()));
        let response = request.send().await.map_err(|error| http_client::failed(&error))?;
        let (head, answer) = http::Response::<reqwest::Body>::from(response).into_parts();
        if !head.status.is_success() {
            return Err(http_client::refused(head.status, &head.headers, Timestamp::now(), retryable));
        }
        let answer = http_client::read_answer(answer, MAX_RESPONSE).await?.body;
        let kind = head.headers.get(header::CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
        let kind = kind.split(|byte| *byte == b';').next().unwrap_or(kind).trim_ascii().to_ascii_lowercase();
        let response = match kind.as_slice() {
            _ if answer.is_empty() => return Ok(Outcome::Delivered),
            b"application/x-protobuf" => PartialSuccess::from_protobuf(answer),
            b"application/json" => PartialSuccess::from_json(&answer),
            // A login page or a portal on the way: not the destination, which will get the data later.
            b"text/html" => {
                let reason = Reason::of("a web page answered; is the endpoint right?");
                return Err(Outcome::Retry { after: None, reason });
            }
            _ => return Ok(Outcome::Delivered),
        };
        let outcome = |response| partial_success::outcome(&self.id, &response, body.records);
        response.map(outcome).map_err(|_| {
            Outcome::Impossible(Reason::new(format!(
                "HTTP status {} with a response that is no OTLP",
                head.status.as_u16()
            )))
        })
    }
}

impl Exporter for OtlpHttp {
    type Payload = Body;

    fn encode(&self, batch: &Batch) -> Result<Body, Reason> {
        let pieces = match self.encoding {
            Encoding::Proto => self.pack(batch.chunks())?,
            Encoding::Json => {
                let mut json = Vec::with_capacity(batch.size() * 2);
                pdata::json::encode(batch.signal(), batch.requests(), &mut json);
                self.pack([Bytes::from(json)].iter())?
            }
        };
        Ok(Body { signal: batch.signal(), records: batch.records(), pieces })
    }

    async fn export(&self, body: &Body) -> Outcome {
        self.post(body).await.unwrap_or_else(|outcome| outcome)
    }
}

/// Exactly the specification's four.
fn retryable(status: u16) -> bool {
    matches!(status, 429 | 502 | 503 | 504)
}

#[cfg(test)]
mod tests;
