//! OTLP/gRPC: three unary calls on one path of code.
//!
//! Status codes and their headers are tonic's. Messages' framing, a five-byte prefix, is read here and not by
//! `tonic::codec::Streaming`, which takes the announced length before a byte of it has arrived, inflates outside the
//! byte budget and on the reactor, and answers an over-size message with `OUT_OF_RANGE`, which clients send again for
//! ever; and it is written here, where an answer of five bytes needs no encoder.

use super::answer;
use super::body::Reader;
use super::compression::Encoding;
use super::connection::{Protocol, ResponseBody};
use super::export::{Export, Format, Wire};
use super::status::Status;
use bytes::Bytes;
use component::{Accepted, Consumer, Refusal};
use futures_util::stream;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{Either, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use pdata::Signal;
use std::array;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::LazyLock;

/// What a gRPC request may be compressed with.
const ENCODINGS: [Encoding; 4] = [Encoding::Identity, Encoding::Gzip, Encoding::Zstd, Encoding::Snappy];

/// The trailers of a successful answer.
static OK: LazyLock<HeaderMap> = LazyLock::new(|| {
    let status = (HeaderName::from_static("grpc-status"), HeaderValue::from_static("0"));
    HeaderMap::from_iter([status])
});

/// OTLP/gRPC on one endpoint.
pub struct Grpc<C> {
    export: Export<C>,
}

impl<C: Consumer> Grpc<C> {
    /// The protocol in front of `export`.
    pub fn new(export: Export<C>) -> Grpc<C> {
        Grpc { export }
    }

    async fn call(
        &self,
        request: Request<Incoming>,
        client: SocketAddr,
    ) -> Result<Response<ResponseBody>, Status> {
        let path = request.uri().path();
        let signal = signal_of(path).filter(|signal| self.export.takes(*signal));
        let signal = signal.ok_or_else(|| Status::unimplemented("no pipeline takes this method"))?;
        let (head, body) = request.into_parts();
        let encoding = encoding_of(&head.headers)?;
        let mut body = Reader::new(body);
        let (wire, bytes, permit) = self.export.in_time(self.read(&mut body, signal, encoding)).await?;
        let accepted = self.export.run(wire, bytes, permit, client).await?;
        Ok(success(signal, &accepted))
    }

    /// Reads the one message of a unary call.
    async fn read(
        &self,
        body: &mut Reader,
        signal: Signal,
        encoding: Encoding,
    ) -> Result<(Wire, Vec<u8>, component::Permit), Status> {
        let prefix =
            body.read_prefix::<5>().await?.ok_or_else(|| Status::invalid("the call has no message"))?;
        let [flag, length @ ..] = prefix;
        let encoding = match flag {
            0 => Encoding::Identity,
            1 if encoding != Encoding::Identity => encoding,
            1 => {
                return Err(Status::invalid("the message is compressed, but grpc-encoding does not say how"));
            }
            _ => return Err(Status::invalid("the message's compression flag is neither 0 nor 1")),
        };
        let length = u32::from_be_bytes(length) as usize;
        let mut permit = self.export.admit(signal, length)?;
        let bytes = body.read_exact(length, &mut permit).await?;
        if !body.is_at_end().await? {
            return Err(Status::invalid("a unary call has one message; here are more"));
        }
        Ok((Wire { signal, format: Format::Protobuf, encoding }, bytes, permit))
    }
}

impl<C: Consumer> Protocol for Grpc<C> {
    async fn answer(&self, request: Request<Incoming>, client: SocketAddr) -> Response<ResponseBody> {
        if !is_grpc(&request) {
            let mut response = Response::new(Either::Left(Full::default()));
            *response.status_mut() = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            return response;
        }
        self.call(request, client).await.unwrap_or_else(|status| {
            self.export.refused(&status);
            failure(&status)
        })
    }

    fn panicked(&self) -> Response<ResponseBody> {
        self.export.panicked();
        failure(&Refusal::Internal("the request could not be processed").into())
    }
}

fn is_grpc<B>(request: &Request<B>) -> bool {
    let kind = request.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    let subtype = kind.and_then(|kind| kind.strip_prefix(b"application/grpc"));
    // Not application/grpc-web, and not application/grpc+json.
    let plain = subtype.is_some_and(|rest| matches!(rest, b"" | b"+proto") || rest.starts_with(b";"));
    plain && request.method() == Method::POST
}

fn signal_of(path: &str) -> Option<Signal> {
    match path {
        "/opentelemetry.proto.collector.logs.v1.LogsService/Export" => Some(Signal::Logs),
        "/opentelemetry.proto.collector.trace.v1.TraceService/Export" => Some(Signal::Traces),
        "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export" => Some(Signal::Metrics),
        _ => None,
    }
}

fn encoding_of(headers: &HeaderMap) -> Result<Encoding, Status> {
    let Some(name) = headers.get("grpc-encoding") else { return Ok(Encoding::Identity) };
    let encoding = name.to_str().ok().and_then(Encoding::named);
    encoding.filter(|encoding| ENCODINGS.contains(encoding)).ok_or_else(|| {
        Status::unimplemented("this grpc-encoding is not supported; gzip, zstd and snappy are")
    })
}

fn success(signal: Signal, accepted: &Accepted) -> Response<ResponseBody> {
    let message = answer::success(Format::Protobuf, signal, accepted);
    let frames = [Frame::data(framed(&message)), Frame::trailers(OK.clone())].map(Ok);
    let mut response = Response::new(Either::Right(StreamBody::new(stream::iter(frames))));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    response
}

/// A message behind its prefix: that it is not compressed, and its length.
fn framed(message: &[u8]) -> Bytes {
    if message.is_empty() {
        return Bytes::from_static(&[0; 5]);
    }
    let len = u32::try_from(message.len()).unwrap_or(u32::MAX);
    [&[0], &len.to_be_bytes()[..], message].concat().into()
}

fn failure(status: &Status) -> Response<ResponseBody> {
    let mut response = status.to_grpc().into_http::<()>().map(|()| Either::Left(Full::default()));
    if status.code() == tonic::Code::Unimplemented {
        let accepted = HeaderValue::from_static("gzip,zstd,snappy,identity");
        response.headers_mut().insert("grpc-accept-encoding", accepted);
    }
    response
}

/// The body of a successful answer: one message, then the trailers.
pub type Message = StreamBody<stream::Iter<array::IntoIter<Result<Frame<Bytes>, Infallible>, 2>>>;
