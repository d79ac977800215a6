//! `siem_http`: security events as JSON, posted to a SIEM's HTTP intake.

use crate::buffers::Buffers;
use crate::compression::Compression;
use crate::event_json::{EventJson, FIXED};
use crate::http_client;
use bytes::Bytes;
use component::settings::{Attributes, ClientTls, Headers, Problem, Secret, Validate};
use component::{Batch, BuildError, ComponentId, Exporter, Outcome, Reason};
use http::{HeaderMap, HeaderValue, header};
use jiff::Timestamp;
use reqwest::{Client, Url};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Sends log records as JSON security events. Put the `security_event` processor before it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where to post: `http://` or `https://`, used as it is. Credentials belong into `headers`.
    pub endpoint: String,
    /// Headers to send with every request, such as `authorization`. They override weir's `content-type`.
    pub headers: Headers,
    /// Attributes for events that have none of that key, on the record or its resource. Texts, numbers
    /// and booleans keep their type.
    pub default_attributes: Attributes,
    /// How the events of a batch stand in one body.
    pub envelope: Envelope,
    /// How bodies are compressed. Many intakes take only what is not, so that is the default.
    pub compression: Compression,
    /// TLS, for `https://` endpoints.
    pub tls: ClientTls,
    /// Proxy to send through. Where it is not set, `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` are asked,
    /// except for an endpoint on this machine.
    pub proxy_url: Option<Secret>,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            endpoint: String::new(),
            headers: Headers::default(),
            default_attributes: Attributes::default(),
            envelope: Envelope::default(),
            compression: Compression::None,
            tls: ClientTls::default(),
            proxy_url: None,
        }
    }
}

/// How the events of a batch stand in one body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Envelope {
    /// One JSON array.
    #[default]
    Array,
    /// One event a line.
    Ndjson,
}

impl Envelope {
    fn media_type(self) -> &'static str {
        match self {
            Envelope::Array => "application/json",
            Envelope::Ndjson => "application/x-ndjson",
        }
    }
}

/// What describes the body as it is, and is not for the configuration to say.
const RESERVED: [&str; 3] = ["content-encoding", "content-length", "transfer-encoding"];

impl Config {
    fn url(&self) -> Result<Url, Problem> {
        if self.endpoint.is_empty() {
            return Err(Problem::at("endpoint", "say where to post the events: https://host:port/path"));
        }
        let url = http_client::parse_url("endpoint", &self.endpoint)?;
        // The endpoint is printed with the configuration, headers are not.
        match url.username().is_empty() && url.password().is_none() {
            true => Ok(url),
            false => Err(Problem::at("endpoint", "move the user and password to headers: authorization")),
        }
    }
}

impl Validate for Config {
    fn validate(&self) -> Vec<Problem> {
        let mut problems: Vec<_> = self.tls.validate().into_iter().map(|p| p.under("tls")).collect();
        problems.extend(self.url().err());
        problems.extend(http_client::check_proxy(self.proxy_url.as_ref(), &self.tls));
        for (key, _) in self.default_attributes.iter().filter(|(key, _)| FIXED.contains(key)) {
            let message = "this is a field of every event itself; choose another key";
            problems.push(Problem::at(format!("default_attributes.{key}"), message));
        }
        problems.extend(http_client::check_headers("headers", &self.headers, &RESERVED));
        problems
    }
}

/// Bytes of an answer's body that are read at most, and how long: a connection whose answer has been read
/// can be used again. Nobody looks at them.
const MAX_ANSWER: usize = 64 << 10;
const ANSWER_TIME: Duration = Duration::from_secs(1);

/// See [`Config`].
pub struct SiemHttp {
    client: Client,
    url: Url,
    headers: HeaderMap,
    events: EventJson,
    envelope: Envelope,
    compression: Compression,
    buffers: Buffers,
}

/// Batches whose memory is kept for the next: one is encoded while another is sent.
const BUFFERS: usize = 2;

impl SiemHttp {
    /// Sets up the client; connects at the first batch.
    pub fn new(id: &ComponentId, config: Config) -> Result<SiemHttp, BuildError> {
        let wrong = |wrong: Problem| BuildError(format!("{id}: {}: {}", wrong.path, wrong.message));
        let mut url = config.url().map_err(wrong)?;
        let proxy_url = config.proxy_url.as_ref().map(Secret::expose);
        let client = http_client::build(http_client::builder(&config.tls, proxy_url, Some(&mut url))?)?;
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(config.envelope.media_type()));
        http_client::add_headers(&mut headers, &config.headers);
        if let Some(encoding) = config.compression.announced() {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        Ok(SiemHttp {
            client,
            url,
            headers,
            events: EventJson::new(&config.default_attributes),
            envelope: config.envelope,
            compression: config.compression,
            buffers: Buffers::keeping(BUFFERS),
        })
    }
}

impl Exporter for SiemHttp {
    type Payload = Bytes;

    fn encode(&self, batch: &Batch) -> Result<Bytes, Reason> {
        let mut json = self.buffers.take();
        json.reserve(batch.size() * 2);
        match self.envelope {
            Envelope::Array => self.events.write_array(batch, &mut json),
            Envelope::Ndjson => self.events.write_lines(batch, &mut json),
        }
        let json = self.buffers.lend(json);
        match self.compression {
            Compression::None => Ok(json),
            compression => compression
                .pack(b"", std::iter::once(&json))
                .map(Bytes::from)
                .map_err(|_| Reason::of("compression failed")),
        }
    }

    async fn export(&self, body: &Bytes) -> Outcome {
        let request = self.client.post(self.url.clone()).headers(self.headers.clone()).body(body.clone());
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => return http_client::failed(&error),
        };
        let (head, answer) = http::Response::<reqwest::Body>::from(response).into_parts();
        // The status has decided: an answer that is long, slow or breaks off changes nothing.
        let _ = tokio::time::timeout(ANSWER_TIME, http_client::read_answer(answer, MAX_ANSWER)).await;
        match head.status.is_success() {
            true => Outcome::Delivered,
            false => http_client::refused(head.status, &head.headers, Timestamp::now(), retryable),
        }
    }
}

/// Passing troubles, by HTTP's own meaning and the manuals of SIEM intakes.
fn retryable(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500..=599)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;
