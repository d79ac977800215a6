//! OTLP/HTTP: protobuf and JSON.

use super::answer;
use super::body::Reader;
use super::compression::Encoding;
use super::config;
use super::connection::{Protocol, ResponseBody};
use super::cors::Cors;
use super::export::{Export, Format, Wire};
use super::status::Status;
use bytes::Bytes;
use component::{Accepted, Consumer, Permit, Refusal};
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Response, StatusCode, Version};
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use pdata::Signal;
use std::net::SocketAddr;
use std::time::Duration;

/// How long what remains of a refused HTTP/1 body is read and forgotten, so that its sender sees
/// the answer and not a reset connection.
const LINGER: Duration = Duration::from_secs(1);

/// OTLP/HTTP on one endpoint.
pub struct Http<C> {
    export: Export<C>,
    paths: [(String, Signal); 3],
    encodings: Vec<Encoding>,
    headers: Vec<(HeaderName, HeaderValue)>,
    cors: Option<Cors>,
}

impl<C: Consumer> Http<C> {
    /// The protocol in front of `export`.
    pub fn new(export: Export<C>, config: &config::Http) -> Http<C> {
        let path = |path: &str, signal| (config::rooted(path), signal);
        let header = |(name, value): (&str, &component::settings::Secret)| {
            // Checked when the configuration was validated.
            Some((HeaderName::try_from(name).ok()?, HeaderValue::try_from(value.expose()).ok()?))
        };
        Http {
            export,
            paths: [
                path(&config.logs_url_path, Signal::Logs),
                path(&config.traces_url_path, Signal::Traces),
                path(&config.metrics_url_path, Signal::Metrics),
            ],
            encodings: config.compression_algorithms.clone(),
            headers: config.response_headers.iter().filter_map(header).collect(),
            cors: config.cors.clone().filter(|cors| !cors.allowed_origins.is_empty()),
        }
    }

    async fn route(&self, request: Request<Incoming>, client: SocketAddr) -> Response<Bytes> {
        let path = request.uri().path();
        let known = self.paths.iter().find(|(known, _)| known == path).map(|(_, signal)| *signal);
        let Some(signal) = known.filter(|signal| self.export.takes(*signal)) else {
            return text(StatusCode::NOT_FOUND, "404 page not found");
        };
        if request.method() != Method::POST {
            let text = "405 method not allowed, supported: [POST]";
            let mut response = self::text(StatusCode::METHOD_NOT_ALLOWED, text);
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
            return response;
        }
        let Some(format) = format_of(request.headers()) else {
            let text = "415 unsupported media type, supported: [application/json, application/x-protobuf]";
            return self::text(StatusCode::UNSUPPORTED_MEDIA_TYPE, text);
        };
        let (head, body) = request.into_parts();
        let mut body = Reader::new(body);
        match self.export(&head.headers, &mut body, signal, format, client).await {
            Ok(accepted) => success(format, signal, &accepted),
            Err(status) => {
                self.export.refused(&status);
                // A client that waits for 100 Continue has sent nothing that is in the way.
                if head.version < Version::HTTP_2 && !head.headers.contains_key(header::EXPECT) {
                    let _ = tokio::time::timeout(LINGER, body.discard()).await;
                }
                failure(format, &status)
            }
        }
    }

    async fn export(
        &self,
        headers: &HeaderMap,
        body: &mut Reader,
        signal: Signal,
        format: Format,
        client: SocketAddr,
    ) -> Result<Accepted, Status> {
        let encoding = self.encoding_of(headers)?;
        let (bytes, permit) = self.export.in_time(self.read(body, signal)).await?;
        self.export.run(Wire { signal, format, encoding }, bytes, permit, client).await
    }

    async fn read(&self, body: &mut Reader, signal: Signal) -> Result<(Vec<u8>, Permit), Status> {
        let mut permit = self.export.admit(signal, body.announced().unwrap_or(0))?;
        let bytes = body.read_to_end(self.export.limit(), &mut permit).await?;
        Ok((bytes, permit))
    }

    fn encoding_of(&self, headers: &HeaderMap) -> Result<Encoding, Status> {
        let mut names = headers.get_all(header::CONTENT_ENCODING).iter();
        let (name, second) = (names.next(), names.next());
        let encoding = match name {
            None => Some(Encoding::Identity),
            Some(name) => name.to_str().ok().and_then(Encoding::named),
        };
        let allowed = encoding.filter(|encoding| second.is_none() && self.encodings.contains(encoding));
        allowed.ok_or_else(|| {
            // Only names that are known are repeated: the rest of a header is the sender's secret.
            let name = encoding.map_or("unknown", Encoding::name);
            Status::invalid(format!("unsupported Content-Encoding: {name}"))
        })
    }

    fn is_preflight<B>(&self, request: &Request<B>) -> bool {
        let asked = request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        request.method() == Method::OPTIONS && asked
    }
}

impl<C: Consumer> Protocol for Http<C> {
    async fn answer(&self, request: Request<Incoming>, client: SocketAddr) -> Response<ResponseBody> {
        let mut response = match &self.cors {
            Some(cors) if self.is_preflight(&request) => {
                let mut response = empty(StatusCode::NO_CONTENT);
                cors.preflight(request.headers(), response.headers_mut());
                response
            }
            Some(cors) => {
                let mut allowed = HeaderMap::new();
                cors.answer(request.headers(), &mut allowed);
                let mut response = self.route(request, client).await;
                response.headers_mut().extend(allowed);
                response
            }
            None => self.route(request, client).await,
        };
        for (name, value) in &self.headers {
            response.headers_mut().insert(name.clone(), value.clone());
        }
        response.map(|body| Either::Left(Full::new(body)))
    }

    fn panicked(&self) -> Response<ResponseBody> {
        self.export.panicked();
        let status = Status::from(Refusal::Internal("the request could not be processed"));
        failure(Format::Json, &status).map(|body| Either::Left(Full::new(body)))
    }
}

/// The media type without its parameters decides.
fn format_of(headers: &HeaderMap) -> Option<Format> {
    let media_type = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let media_type = media_type.split(';').next()?.trim();
    if media_type.eq_ignore_ascii_case("application/x-protobuf") {
        Some(Format::Protobuf)
    } else if media_type.eq_ignore_ascii_case("application/json") {
        Some(Format::Json)
    } else {
        None
    }
}

fn media_type(format: Format) -> HeaderValue {
    HeaderValue::from_static(match format {
        Format::Protobuf => "application/x-protobuf",
        Format::Json => "application/json",
    })
}

fn empty(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}

fn text(status: StatusCode, text: &'static str) -> Response<Bytes> {
    let mut response = empty(status).map(|_| Bytes::from_static(text.as_bytes()));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response
}

fn success(format: Format, signal: Signal, accepted: &Accepted) -> Response<Bytes> {
    let mut response = Response::new(answer::success(format, signal, accepted));
    response.headers_mut().insert(header::CONTENT_TYPE, media_type(format));
    response
}

fn failure(format: Format, status: &Status) -> Response<Bytes> {
    let mut response = empty(status.http()).map(|_| match format {
        Format::Protobuf => status.to_protobuf(),
        Format::Json => status.to_json(),
    });
    response.headers_mut().insert(header::CONTENT_TYPE, media_type(format));
    if let Some(seconds) = status.retry_after_seconds() {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
