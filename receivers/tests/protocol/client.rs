//! Clients that do exactly what a test says, also what no library would do.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::io::Write;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An answer over HTTP/1.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// One HTTP/1 request as bytes; Content-Length is added.
pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut out = head(method, path, headers);
    write!(out, "content-length: {}\r\n\r\n", body.len()).unwrap();
    out.extend(body);
    out
}

/// A request's head without its end.
pub fn head(method: &str, path: &str, headers: &[(&str, &str)]) -> Vec<u8> {
    let mut out = format!("{method} {path} HTTP/1.1\r\nhost: weir\r\n").into_bytes();
    for (name, value) in headers {
        write!(out, "{name}: {value}\r\n").unwrap();
    }
    out
}

/// Reads one answer from an HTTP/1 connection; `None` when it ends before one.
pub async fn read_answer(stream: &mut TcpStream) -> Option<Answer> {
    let mut received = Vec::new();
    let end = loop {
        if let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        let mut buffer = [0; 4096];
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return None,
            Ok(read) => received.extend(&buffer[..read]),
        }
    };
    let head = String::from_utf8(received[..end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let mut answer = Answer { status, headers, body: received[end..].to_vec() };
    if status == 100 {
        return Some(answer);
    }
    let length = answer.header("content-length").map_or(0, |length| length.parse().unwrap());
    while answer.body.len() < length {
        let mut buffer = [0; 4096];
        let read = stream.read(&mut buffer).await.unwrap();
        assert!(read > 0, "the body ends early");
        answer.body.extend(&buffer[..read]);
    }
    Some(answer)
}

/// Sends bytes on a connection of their own and reads the answer.
pub async fn send(address: SocketAddr, bytes: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    read_answer(&mut stream).await.expect("an answer")
}

pub async fn post(address: SocketAddr, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    send(address, &request("POST", path, headers, body)).await
}

pub const LOGS: &str = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";
pub const TRACES: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
pub const METRICS: &str = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";

/// How a gRPC call ended.
#[derive(Debug)]
pub struct Ended {
    pub status: i32,
    pub message: String,
    /// The `google.rpc.Status` of the details.
    pub details: Option<rpc::Status>,
    /// The response's message.
    pub reply: Option<Bytes>,
}

pub type Sender<B> = http2::SendRequest<B>;

/// An HTTP/2 connection.
pub async fn connect<B>(address: SocketAddr) -> Sender<B>
where
    B: hyper::body::Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: std::error::Error + Send + Sync,
{
    let stream = TokioIo::new(TcpStream::connect(address).await.unwrap());
    let (sender, connection) = http2::handshake(TokioExecutor::new(), stream).await.unwrap();
    tokio::spawn(connection);
    sender
}

/// A message with its gRPC prefix.
pub fn framed(flag: u8, message: &[u8]) -> Vec<u8> {
    let mut out = vec![flag];
    out.extend((message.len() as u32).to_be_bytes());
    out.extend(message);
    out
}

pub fn grpc_request<B>(path: &str, encoding: Option<&str>, body: B) -> hyper::Request<B> {
    let mut request = hyper::Request::post(format!("http://weir{path}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers");
    if let Some(encoding) = encoding {
        request = request.header("grpc-encoding", encoding);
    }
    request.body(body).unwrap()
}

/// Calls with a body that is framed already.
pub async fn call(address: SocketAddr, path: &str, encoding: Option<&str>, body: Vec<u8>) -> Ended {
    let mut sender = connect(address).await;
    let request = grpc_request(path, encoding, Full::new(Bytes::from(body)));
    end(sender.send_request(request).await.unwrap()).await
}

/// Reads a gRPC response to its end.
pub async fn end(response: hyper::Response<hyper::body::Incoming>) -> Ended {
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/grpc");
    let (head, body) = response.into_parts();
    let body = body.collect().await.unwrap();
    let trailers = body.trailers().cloned();
    let trailers = if head.headers.contains_key("grpc-status") { head.headers } else { trailers.unwrap() };
    let status = tonic::Status::from_header_map(&trailers).unwrap();
    let details = (!status.details().is_empty()).then(|| prost::Message::decode(status.details()).unwrap());
    let body = body.to_bytes();
    let reply = (!body.is_empty()).then(|| {
        assert_eq!(body[..5], framed(0, &body[5..])[..5]);
        body.slice(5..)
    });
    Ended { status: status.code().into(), message: status.message().to_owned(), details, reply }
}

/// `google.rpc.Status` as a client of its own would decode it.
pub mod rpc {
    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Status {
        #[prost(int32, tag = "1")]
        pub code: i32,
        #[prost(string, tag = "2")]
        pub message: String,
        #[prost(message, repeated, tag = "3")]
        pub details: Vec<Any>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Any {
        #[prost(string, tag = "1")]
        pub type_url: String,
        #[prost(bytes = "vec", tag = "2")]
        pub value: Vec<u8>,
    }

    impl Status {
        /// The last word of each detail's type.
        pub fn kinds(&self) -> Vec<&str> {
            self.details.iter().filter_map(|detail| detail.type_url.rsplit('.').next()).collect()
        }
    }
}
