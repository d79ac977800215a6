//! What the tests of several exporters need: batches, and real servers in this process.

use bytes::Bytes;
use component::settings::ClientTls;
use component::{Batch, ComponentId, Outcome};
use http_body_util::{BodyExt, Full};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, any_value::Value};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use pdata::{Limits, Request, Signal};
use prost::Message;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

pub fn id() -> ComponentId {
    ComponentId::parse("under/test").unwrap()
}

/// One request with a log record of each body.
pub fn logs_request(bodies: &[&str]) -> ExportLogsServiceRequest {
    let record = |body: &&str| LogRecord {
        body: Some(AnyValue { value: Some(Value::StringValue((*body).to_owned())) }),
        ..LogRecord::default()
    };
    let scope = ScopeLogs { log_records: bodies.iter().map(record).collect(), ..ScopeLogs::default() };
    ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs { scope_logs: vec![scope], ..ResourceLogs::default() }],
    }
}

pub fn valid(signal: Signal, message: &impl Message) -> Request {
    Request::validate(signal, message.encode_to_vec().into(), &Limits::default()).unwrap()
}

/// A batch of one request a slice of bodies.
pub fn logs_batch(requests: &[&[&str]]) -> Batch {
    let requests = requests.iter().map(|bodies| valid(Signal::Logs, &logs_request(bodies))).collect();
    Batch::new(Signal::Logs, requests)
}

/// Answers every request, over HTTP/1.1 and HTTP/2, as `answer` says.
pub async fn http_server(
    answer: impl Fn(http::Request<Bytes>) -> http::Response<Full<Bytes>> + Send + Sync + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let answer = Arc::new(answer);
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(serve(socket, Arc::clone(&answer)));
        }
    });
    address
}

/// The same over TLS, for clients that show a certificate of the same authority.
pub async fn https_server(
    pki: &Pki,
    answer: impl Fn(http::Request<Bytes>) -> http::Response<Full<Bytes>> + Send + Sync + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (answer, tls) = (Arc::new(answer), pki.acceptor());
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let (answer, tls) = (Arc::clone(&answer), tls.clone());
            tokio::spawn(async move {
                if let Ok(socket) = tls.accept(socket).await {
                    serve(socket, answer).await;
                }
            });
        }
    });
    address
}

/// Serves one connection.
async fn serve(
    socket: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    answer: Arc<impl Fn(http::Request<Bytes>) -> http::Response<Full<Bytes>> + Send + Sync + 'static>,
) {
    let service = service_fn(move |request: http::Request<hyper::body::Incoming>| {
        let answer = Arc::clone(&answer);
        async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
            Ok::<_, Infallible>(answer(http::Request::from_parts(head, body)))
        }
    });
    let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(socket), service).await;
}

/// Answers every request with 200 and hands it over.
pub async fn http_recorder() -> (SocketAddr, mpsc::UnboundedReceiver<http::Request<Bytes>>) {
    let (sender, received) = mpsc::unbounded_channel();
    let answer = move |request| {
        sender.send(request).unwrap();
        http::Response::new(Full::default())
    };
    (http_server(answer).await, received)
}

/// Answers one request with exactly these bytes, then closes.
pub async fn raw_server(answer: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut request = [0; 4096];
        assert!(socket.read(&mut request).await.unwrap() > 0);
        socket.write_all(answer).await.unwrap();
    });
    address
}

/// An outcome in a word, for tables.
pub fn word(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Delivered => "delivered".into(),
        Outcome::Partial(_) => "partial".into(),
        Outcome::Refused { records, .. } => format!("refused {records}"),
        Outcome::Retry { after: None, .. } => "retry".into(),
        Outcome::Retry { after: Some(after), .. } => format!("retry after {}", after.as_secs()),
        Outcome::TooLarge => "too large".into(),
        Outcome::Rejected(_) => "rejected".into(),
        Outcome::Impossible(_) => "impossible".into(),
    }
}

/// A certificate authority with a server's and a client's certificate, as files.
pub struct Pki {
    _directory: tempfile::TempDir,
    pub ca: PathBuf,
    pub ca_pem: String,
    pub server_pem: (String, String),
    pub client: (PathBuf, PathBuf),
}

impl Pki {
    /// The server is called `name`.
    pub fn new(name: &str) -> Pki {
        let mut authority = rcgen::CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let ca_key = rcgen::KeyPair::generate().unwrap();
        let ca_pem = authority.self_signed(&ca_key).unwrap().pem();
        let issuer = rcgen::Issuer::new(authority, ca_key);
        let issue = |name: &str| {
            let key = rcgen::KeyPair::generate().unwrap();
            let params = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap();
            (params.signed_by(&key, &issuer).unwrap().pem(), key.serialize_pem())
        };
        let directory = tempfile::tempdir().unwrap();
        let file = |name: &str, pem: &str| {
            let path = directory.path().join(name);
            std::fs::write(&path, pem).unwrap();
            path
        };
        let (client_cert, client_key) = issue("client");
        Pki {
            ca: file("ca.pem", &ca_pem),
            server_pem: issue(name),
            client: (file("client.pem", &client_cert), file("client.key", &client_key)),
            ca_pem,
            _directory: directory,
        }
    }

    /// The server's side of TLS, which wants a certificate of the client.
    fn acceptor(&self) -> TlsAcceptor {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.ca_pem.as_bytes()).unwrap()).unwrap();
        let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
        let (certificate, key) = &self.server_pem;
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(clients.build().unwrap())
            .with_single_cert(
                vec![CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()],
                PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap(),
            );
        TlsAcceptor::from(Arc::new(config.unwrap()))
    }
}

/// What every exporter promises of TLS, with a server of `pki` that is called `name`, is not at that name,
/// and wants a client's certificate: `send` sends once with these settings.
pub async fn verifies_the_server(pki: &Pki, name: &str, send: impl AsyncFn(ClientTls) -> Outcome) {
    let good = ClientTls {
        ca_file: Some(pki.ca.clone()),
        cert_file: Some(pki.client.0.clone()),
        key_file: Some(pki.client.1.clone()),
        server_name_override: Some(name.to_owned()),
        ..ClientTls::default()
    };
    assert_eq!(send(good.clone()).await, Outcome::Delivered);
    let wrong_name = ClientTls { server_name_override: None, ..good.clone() };
    let unverified = ClientTls { insecure_skip_verify: true, ..wrong_name.clone() };
    assert_eq!(send(unverified).await, Outcome::Delivered);
    let unknown_authority = ClientTls { ca_file: None, ..good.clone() };
    for bad in [wrong_name, unknown_authority] {
        let outcome = send(bad).await;
        assert!(
            matches!(&outcome, Outcome::Retry { reason, .. } if reason.as_str().contains("TLS")),
            "{outcome:?}"
        );
    }
    let no_certificate = ClientTls { cert_file: None, key_file: None, ..good };
    assert_eq!(word(&send(no_certificate).await), "retry");
}
