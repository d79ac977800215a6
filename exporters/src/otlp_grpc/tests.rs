#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::expect_used)]

use super::*;
use crate::testing::{Pki, http_server, id, logs_batch, logs_request, verifies_the_server, word};
use http_body_util::Full;
use opentelemetry_proto::tonic::collector::logs::v1::logs_service_server::{LogsService, LogsServiceServer};
use opentelemetry_proto::tonic::collector::logs::v1::{
    ExportLogsPartialSuccess, ExportLogsServiceRequest, ExportLogsServiceResponse,
};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::{Notify, mpsc};
use tonic::codec::CompressionEncoding;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Certificate, Identity, Server, ServerTlsConfig};

type Received = tonic::Request<ExportLogsServiceRequest>;
type Answer = Result<tonic::Response<ExportLogsServiceResponse>, tonic::Status>;

/// A foreign server: tonic with the generated OTLP service.
struct Judge<F> {
    answer: F,
    received: mpsc::UnboundedSender<Received>,
}

#[tonic::async_trait]
impl<F: Fn() -> Answer + Send + Sync + 'static> LogsService for Judge<F> {
    async fn export(&self, request: Received) -> Answer {
        let _ = self.received.send(request);
        (self.answer)()
    }
}

fn taken() -> Answer {
    Ok(tonic::Response::new(ExportLogsServiceResponse::default()))
}

/// What a server is set up with.
struct Setup {
    tls: Option<ServerTlsConfig>,
    max: usize,
}

impl Default for Setup {
    fn default() -> Setup {
        Setup { tls: None, max: 64 << 20 }
    }
}

fn serve(
    listener: TcpListener,
    setup: Setup,
    answer: impl Fn() -> Answer + Send + Sync + 'static,
) -> (SocketAddr, mpsc::UnboundedReceiver<Received>, Arc<Notify>) {
    let (sender, received) = mpsc::unbounded_channel();
    let service = LogsServiceServer::new(Judge { answer, received: sender })
        .accept_compressed(CompressionEncoding::Gzip)
        .accept_compressed(CompressionEncoding::Zstd)
        .max_decoding_message_size(setup.max);
    let address = listener.local_addr().unwrap();
    let stop = Arc::new(Notify::new());
    let stopped = Arc::clone(&stop);
    let mut server = Server::builder();
    if let Some(tls) = setup.tls {
        server = server.tls_config(tls).unwrap();
    }
    tokio::spawn(server.add_service(service).serve_with_incoming_shutdown(
        TcpIncoming::from(listener),
        async move {
            stopped.notified().await;
        },
    ));
    (address, received, stop)
}

async fn free() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

fn plain(address: SocketAddr) -> Config {
    Config {
        endpoint: address.to_string(),
        tls: ClientTls { insecure: true, ..ClientTls::default() },
        ..Config::default()
    }
}

async fn send(config: Config, batch: &Batch) -> Outcome {
    let exporter = OtlpGrpc::new(&id(), config).unwrap();
    exporter.export(&exporter.encode(batch).unwrap()).await
}

fn reason(outcome: Outcome) -> String {
    match outcome {
        Outcome::Retry { reason, .. } => reason.to_string(),
        other => panic!("{other:?} is no retry"),
    }
}

#[tokio::test]
async fn a_batch_arrives_whole_in_one_call_with_every_compression_and_the_headers() {
    let large = "x".repeat(40_000);
    let batch = logs_batch(&[&["one", "two"], &[&large], &["three"]]);
    let mut whole = logs_request(&["one", "two"]);
    whole.resource_logs.extend(logs_request(&[&large]).resource_logs);
    whole.resource_logs.extend(logs_request(&["three"]).resource_logs);
    let (address, mut received, _stop) = serve(free().await, Setup::default(), taken);
    for compression in [Compression::None, Compression::Gzip, Compression::Zstd] {
        let headers = serde_json::from_str(r#"{"x-tenant": "acme"}"#).unwrap();
        let config = Config { compression, headers, ..plain(address) };
        assert_eq!(send(config, &batch).await, Outcome::Delivered);
        let request = received.recv().await.unwrap();
        assert_eq!(request.metadata().get("x-tenant").unwrap(), "acme");
        assert!(request.metadata().get("user-agent").unwrap().to_str().unwrap().starts_with("weir/"));
        assert_eq!(request.into_inner(), whole, "{compression:?}");
    }
}

#[tokio::test]
async fn a_payload_is_built_once_and_sent_by_every_attempt() {
    let (address, mut received, _stop) = serve(free().await, Setup::default(), taken);
    let exporter = OtlpGrpc::new(&id(), plain(address)).unwrap();
    let payload = exporter.encode(&logs_batch(&[&["one"]])).unwrap();
    for _ in 0..3 {
        assert_eq!(exporter.export(&payload).await, Outcome::Delivered);
        assert_eq!(received.recv().await.unwrap().into_inner(), logs_request(&["one"]));
    }
}

#[tokio::test]
async fn a_batch_over_the_servers_limit_is_too_large_and_one_of_8_mib_fits_where_it_may() {
    let noise: Vec<u8> =
        (0..8u32 << 20).map(|i| b'a' + (i.wrapping_mul(2_654_435_761) >> 27) as u8 % 26).collect();
    let batch = logs_batch(&[&[std::str::from_utf8(&noise).unwrap()]]);
    let (roomy, _received, _stop) = serve(free().await, Setup::default(), taken);
    let (narrow, _received, _stop) = serve(free().await, Setup { max: 4 << 20, ..Setup::default() }, taken);
    for compression in [Compression::None, Compression::Gzip] {
        assert_eq!(send(Config { compression, ..plain(roomy) }, &batch).await, Outcome::Delivered);
        assert_eq!(send(Config { compression, ..plain(narrow) }, &batch).await, Outcome::TooLarge);
    }
}

#[tokio::test]
async fn a_status_ends_the_attempt_without_the_servers_text() {
    for (code, expected) in [
        (Code::Unavailable, "retry"),
        (Code::Unauthenticated, "retry"),
        (Code::ResourceExhausted, "impossible"),
        (Code::InvalidArgument, "rejected"),
        (Code::Internal, "rejected"),
    ] {
        let answer = move || Err(tonic::Status::new(code, "value hunter2 is bad"));
        let (address, _received, _stop) = serve(free().await, Setup::default(), answer);
        let outcome = send(plain(address), &logs_batch(&[&["one"]])).await;
        assert_eq!(word(&outcome), expected, "{code:?}");
        assert!(!format!("{outcome:?}").contains("hunter2"));
    }
}

#[tokio::test]
async fn refused_records_are_counted_from_the_partial_success() {
    let answer = || {
        let partial = ExportLogsPartialSuccess { rejected_log_records: 2, error_message: "hunter2".into() };
        Ok(tonic::Response::new(ExportLogsServiceResponse { partial_success: Some(partial) }))
    };
    let (address, _received, _stop) = serve(free().await, Setup::default(), answer);
    match send(plain(address), &logs_batch(&[&["one", "two", "three"]])).await {
        Outcome::Refused { records: 2, reason } => assert!(!reason.as_str().contains("hunter2")),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_service_that_is_not_there_can_take_nothing_and_it_is_said_why() {
    let (address, _received, _stop) = serve(free().await, Setup::default(), taken);
    let batch = Batch::new(Signal::Traces, logs_batch(&[]).requests().to_vec());
    match send(plain(address), &batch).await {
        Outcome::Impossible(reason) => assert!(reason.as_str().contains("UNIMPLEMENTED"), "{reason}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_destination_that_is_down_is_retried_and_reached_when_it_comes_up() {
    let listener = free().await;
    let address = listener.local_addr().unwrap();
    drop(listener);
    let exporter = OtlpGrpc::new(&id(), plain(address)).unwrap();
    let payload = exporter.encode(&logs_batch(&[&["one"]])).unwrap();
    assert_eq!(reason(exporter.export(&payload).await), "connection refused");
    for _ in 0..2 {
        // Up, taken, down again: the connection is made anew.
        let (_, mut received, stop) =
            serve(TcpListener::bind(address).await.unwrap(), Setup::default(), taken);
        let mut outcome = exporter.export(&payload).await;
        if outcome != Outcome::Delivered {
            // The old connection's end was seen only by sending on it.
            outcome = exporter.export(&payload).await;
        }
        assert_eq!(outcome, Outcome::Delivered);
        assert!(received.recv().await.is_some());
        stop.notify_one();
        // The server has gone when its sender of received requests has.
        while received.recv().await.is_some() {}
    }
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_retried_and_says_so() {
    // Too long for a name, so that no network is asked.
    let endpoint = format!("http://{}.invalid:4317", "x".repeat(64));
    let reason = reason(send(Config { endpoint, ..Config::default() }, &logs_batch(&[&["one"]])).await);
    assert!(reason.contains("does not resolve"), "{reason}");
}

#[tokio::test]
async fn an_attempt_given_up_does_not_harm_the_next_on_the_same_connection() {
    let (address, mut received, _stop) = {
        struct Slow(mpsc::UnboundedSender<()>, Notify);
        #[tonic::async_trait]
        impl LogsService for Slow {
            async fn export(&self, request: Received) -> Answer {
                let _ = self.0.send(());
                if request.metadata().contains_key("x-hang") {
                    self.1.notified().await;
                }
                taken()
            }
        }
        let listener = free().await;
        let address = listener.local_addr().unwrap();
        let (sender, received) = mpsc::unbounded_channel();
        let service =
            LogsServiceServer::new(Slow(sender, Notify::new())).accept_compressed(CompressionEncoding::Gzip);
        tokio::spawn(Server::builder().add_service(service).serve_with_incoming(TcpIncoming::from(listener)));
        (address, received, ())
    };
    let mut exporter = OtlpGrpc::new(&id(), plain(address)).unwrap();
    let payload = exporter.encode(&logs_batch(&[&["one"]])).unwrap();
    exporter.headers.insert("x-hang", HeaderValue::from_static("1"));
    tokio::select! {
        outcome = exporter.export(&payload) => panic!("{outcome:?}"),
        arrived = received.recv() => assert!(arrived.is_some()),
    }
    exporter.headers.remove("x-hang");
    assert_eq!(exporter.export(&payload).await, Outcome::Delivered);
}

#[tokio::test]
async fn something_that_speaks_no_grpc_is_judged_by_its_status() {
    for (status, held) in [(200, true), (404, false), (503, true)] {
        let address = http_server(move |_| {
            http::Response::builder().status(status).body(Full::from("<html>hunter2")).unwrap()
        })
        .await;
        let outcome = send(plain(address), &logs_batch(&[&["one"]])).await;
        assert_eq!(matches!(outcome, Outcome::Retry { .. }), held, "{status}: {outcome:?}");
        assert!(!format!("{outcome:?}").contains("hunter2"));
    }
}

#[tokio::test]
async fn tls_verifies_the_servers_name_and_authority_and_shows_the_clients_certificate() {
    let pki = Pki::new("otlp.example");
    let identity = Identity::from_pem(&pki.server_pem.0, &pki.server_pem.1);
    let authority = Certificate::from_pem(&pki.ca_pem);
    let tls = ServerTlsConfig::new().identity(identity).client_ca_root(authority);
    let (address, mut received, _stop) =
        serve(free().await, Setup { tls: Some(tls), ..Setup::default() }, taken);
    let batch = logs_batch(&[&["one"]]);
    let to = |tls| send(Config { endpoint: address.to_string(), tls, ..Config::default() }, &batch);
    verifies_the_server(&pki, "otlp.example", to).await;
    for _ in ["with the right name", "unverified"] {
        assert_eq!(received.recv().await.unwrap().into_inner(), logs_request(&["one"]));
    }
    assert!(received.try_recv().is_err());
}

#[test]
fn a_certificate_that_cannot_be_read_stops_the_start_and_names_the_file() {
    for tls in [
        ClientTls { ca_file: Some("/nowhere/ca.pem".into()), ..ClientTls::default() },
        ClientTls { ca_file: Some("/dev/null".into()), ..ClientTls::default() },
    ] {
        let path = tls.ca_file.clone().unwrap();
        let config = Config { endpoint: "localhost:4317".into(), tls, ..Config::default() };
        let error = OtlpGrpc::new(&id(), config).err().expect("built").to_string();
        assert!(error.contains(path.to_str().unwrap()), "{error}");
    }
}

#[test]
fn endpoints_are_read_as_the_collector_reads_them() {
    for (endpoint, insecure, url) in [
        ("localhost:4317", false, "https://localhost:4317/"),
        ("localhost:4317", true, "http://localhost:4317/"),
        ("http://localhost:4317", false, "http://localhost:4317/"),
        ("https://localhost:443", true, "https://localhost/"),
        ("dns:///collector:4317", true, "http://collector:4317/"),
        ("[::1]:4317", true, "http://[::1]:4317/"),
    ] {
        let tls = ClientTls { insecure, ..ClientTls::default() };
        let config = Config { endpoint: endpoint.into(), tls, ..Config::default() };
        assert_eq!(config.validate(), [], "{endpoint}");
        assert_eq!(config.url().unwrap().as_str(), url);
    }
    for endpoint in
        ["", "localhost", "http://localhost", "unix:///x.sock", "http://h:4317/path", "[::1]", "h:port"]
    {
        let config = Config { endpoint: endpoint.into(), ..Config::default() };
        assert_eq!(config.validate().first().map(|p| p.path.as_str()), Some("endpoint"), "{endpoint}");
    }
}

#[test]
fn every_wrong_key_is_named_and_no_header_value_is_shown() {
    let config: Config = serde_json::from_str(
        r#"{"endpoint": "", "compression": "deflate", "tls": {"cert_file": "/c"}, "user_agent": "a\nb",
            "keepalive": {"time": "0s"},
            "headers": {"content-type": "hunter2", "bad name": "hunter2", "x": "hunter2\n"}}"#,
    )
    .unwrap();
    let problems = config.validate();
    let paths: Vec<_> = problems.iter().map(|problem| problem.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "tls.cert_file",
            "endpoint",
            "compression",
            "user_agent",
            "keepalive",
            "headers",
            "headers",
            "headers"
        ]
    );
    assert!(!format!("{problems:?}").contains("hunter2"));
}
