//! TLS in front of both protocols.

use crate::client::{LOGS, end, framed, grpc_request};
use crate::receiver::{Pipelines, start};
use crate::requests::logs;
use bytes::Bytes;
use component::ComponentId;
use http_body_util::Full;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use receivers::Config;
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

type Certified = CertifiedKey<rcgen::KeyPair>;

/// Certificate and key as files, for the server's settings.
fn files(certified: &Certified) -> (TempDir, serde_json::Value) {
    let folder = tempfile::tempdir().unwrap();
    let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    std::fs::write(&cert, certified.cert.pem()).unwrap();
    std::fs::write(&key, certified.signing_key.serialize_pem()).unwrap();
    let settings = json!({ "cert_file": cert, "key_file": key });
    (folder, settings)
}

/// Connects as a client that trusts `server` and shows `identity`.
async fn connect(
    address: SocketAddr,
    server: &Certified,
    identity: Option<&Certified>,
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(server.cert.der().clone()).unwrap();
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let mut config = match identity {
        None => builder.with_no_client_auth(),
        Some(identity) => {
            let key = PrivateKeyDer::try_from(identity.signing_key.serialize_der()).unwrap();
            builder.with_client_auth_cert(vec![identity.cert.der().clone()], key).unwrap()
        }
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

/// The status of one call, or the error that kept it from being answered.
async fn call(stream: TlsStream<TcpStream>) -> Result<i32, hyper::Error> {
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request = grpc_request(LOGS, None, Full::new(Bytes::from(framed(0, &logs(1, 1)))));
    Ok(end(sender.send_request(request).await?).await.status)
}

#[tokio::test]
async fn calls_are_answered_over_tls_and_not_in_plain_text() {
    let server = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (_folder, tls) = files(&server);
    let receiver = start(Pipelines::default(), json!({ "tls": tls }), json!({ "tls": tls })).await;
    for address in [receiver.grpc, receiver.http] {
        let stream = connect(address, &server, None).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    }
    assert_eq!(call(connect(receiver.grpc, &server, None).await.unwrap()).await.unwrap(), 0);
    let plain = TokioIo::new(TcpStream::connect(receiver.grpc).await.unwrap());
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), plain).await.unwrap();
    tokio::spawn(connection);
    let request = grpc_request(LOGS, None, Full::new(Bytes::from(framed(0, &logs(1, 1)))));
    assert!(sender.send_request(request).await.is_err());
    assert_eq!(receiver.pipelines.records(), 1);
}

#[tokio::test]
async fn with_client_ca_file_only_clients_with_a_certificate_of_it_are_served() {
    let [server, known, unknown] =
        ["localhost", "known", "unknown"].map(|name| generate_simple_self_signed([name.to_owned()]).unwrap());
    let (_folder, mut tls) = files(&server);
    let (authorities, _) = files(&known);
    tls["client_ca_file"] = json!(authorities.path().join("cert.pem"));
    let receiver = start(Pipelines::default(), json!({ "tls": tls }), json!({})).await;
    for (identity, served) in [(None, false), (Some(&unknown), false), (Some(&known), true)] {
        // With TLS 1.3 a client learns that it was turned away when it reads.
        let answered = match connect(receiver.grpc, &server, identity).await {
            Ok(stream) => call(stream).await.is_ok(),
            Err(_) => false,
        };
        assert_eq!(answered, served);
    }
    assert_eq!(receiver.pipelines.records(), 1);
}

#[tokio::test]
async fn a_file_that_cannot_be_used_is_an_error_that_names_it() {
    let server = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (folder, good) = files(&server);
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "").unwrap();
    for (key, file) in [
        ("cert_file", folder.path().join("missing.pem")),
        ("cert_file", empty.clone()),
        ("key_file", empty.clone()),
        ("client_ca_file", empty),
    ] {
        let mut tls = good.clone();
        tls[key] = json!(file);
        let grpc = json!({ "endpoint": "127.0.0.1:0", "tls": tls });
        let config: Config =
            serde_json::from_value(json!({ "otlp": { "protocols": { "grpc": grpc } } })).unwrap();
        let error = config.bind(ComponentId::parse("otlp").unwrap()).await.err().unwrap().to_string();
        let expected = format!("receivers::otlp: protocols.grpc.tls: {key}: cannot use {}", file.display());
        assert!(error.starts_with(&expected), "{error}");
    }
}
