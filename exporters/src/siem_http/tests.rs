use super::*;
use crate::testing::{
    Pki, http_recorder, http_server, https_server, id, logs_batch, raw_server, verifies_the_server, word,
};
use http_body_util::Full;
use std::io::Read;
use std::net::SocketAddr;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

fn to(address: SocketAddr) -> Config {
    Config { endpoint: format!("http://{address}/security-events"), ..Config::default() }
}

fn config(json: &str) -> Config {
    serde_json::from_str(json).unwrap()
}

async fn send(config: Config) -> Outcome {
    assert_eq!(config.validate(), []);
    let exporter = SiemHttp::new(&id(), config).unwrap();
    exporter.export(&exporter.encode(&logs_batch(&[&["one", "two"], &["three"]])).unwrap()).await
}

/// Sends with `config` and gives back the request that arrived.
async fn arrives(change: impl FnOnce(&mut Config)) -> http::Request<Bytes> {
    let (address, mut received) = http_recorder().await;
    let mut config = to(address);
    change(&mut config);
    assert_eq!(send(config).await, Outcome::Delivered);
    received.recv().await.unwrap()
}

const ARRAY: &str = r#"[{"message":"one"},{"message":"two"},{"message":"three"}]"#;
const LINES: &str = "{\"message\":\"one\"}\n{\"message\":\"two\"}\n{\"message\":\"three\"}\n";

#[tokio::test]
async fn a_batch_arrives_as_one_array_with_the_configured_headers() {
    let request = arrives(|config| {
        let more = r#"{"headers":{"authorization":"Bearer hunter2","X-Index":"main"}}"#;
        config.headers = serde_json::from_str::<Config>(more).unwrap().headers;
    })
    .await;
    assert_eq!((request.method(), request.uri().path()), (&http::Method::POST, "/security-events"));
    assert_eq!(request.headers()["content-type"], "application/json");
    assert_eq!(request.headers()["authorization"], "Bearer hunter2");
    assert_eq!(request.headers()["x-index"], "main");
    assert!(!request.headers().contains_key("content-encoding"));
    assert_eq!(request.body(), ARRAY);
}

#[tokio::test]
async fn lines_and_defaults_and_an_own_content_type_are_sent_as_configured() {
    let request = arrives(|config| config.envelope = Envelope::Ndjson).await;
    assert_eq!(request.headers()["content-type"], "application/x-ndjson");
    assert_eq!(request.body(), LINES);
    let request = arrives(|config| {
        let more = r#"{"headers":{"Content-Type":"text/plain"},"default_attributes":{"tier":1}}"#;
        let more: Config = serde_json::from_str(more).unwrap();
        (config.headers, config.default_attributes) = (more.headers, more.default_attributes);
    })
    .await;
    assert_eq!(request.headers()["content-type"], "text/plain");
    assert!(request.body().starts_with(br#"[{"message":"one","tier":1},"#));
}

#[tokio::test]
async fn a_compressed_body_decodes_to_the_same() {
    let request = arrives(|config| config.compression = Compression::Gzip).await;
    assert_eq!(request.headers()["content-encoding"], "gzip");
    let mut plain = String::new();
    flate2::read::GzDecoder::new(&request.body()[..]).read_to_string(&mut plain).unwrap();
    assert_eq!(plain, ARRAY);
    let request = arrives(|config| config.compression = Compression::Zstd).await;
    assert_eq!(request.headers()["content-encoding"], "zstd");
    let mut plain = String::new();
    zstd::Decoder::new(&request.body()[..]).unwrap().read_to_string(&mut plain).unwrap();
    assert_eq!(plain, ARRAY);
}

#[tokio::test]
async fn every_status_has_its_outcome_and_the_answers_text_is_in_none() {
    for (status, after, expected) in [
        (200, None, "delivered"),
        (202, None, "delivered"),
        (204, None, "delivered"),
        (307, None, "retry"),
        (400, None, "rejected"),
        (401, None, "retry"),
        (403, Some("5"), "retry after 5"),
        (404, None, "impossible"),
        (408, None, "retry"),
        (413, None, "too large"),
        (422, None, "rejected"),
        (429, Some("7"), "retry after 7"),
        (429, Some("Thu, 01 Jan 1970 00:00:00 GMT"), "retry after 0"),
        (429, Some("soon"), "retry"),
        (500, None, "retry"),
        (502, None, "retry"),
        (503, Some("120"), "retry after 120"),
        (504, None, "retry"),
    ] {
        let address = http_server(move |_| {
            let mut response = http::Response::new(Full::from("you sent: one hunter2"));
            *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
            if let Some(after) = after {
                response.headers_mut().insert("retry-after", after.parse().unwrap());
            }
            if status == 307 {
                response.headers_mut().insert("location", "/elsewhere".parse().unwrap());
            }
            response
        })
        .await;
        let outcome = send(to(address)).await;
        assert_eq!(word(&outcome), expected, "{status} {after:?}");
        assert!(!format!("{outcome:?}").contains("hunter2"));
    }
}

#[tokio::test]
async fn a_connection_that_breaks_or_never_was_is_tried_again_and_named_by_kind_only() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    for address in
        [closed, raw_server(b"").await, raw_server(b"HTTP/1.1 2").await, raw_server(b"garbage\r\n\r\n").await]
    {
        let Outcome::Retry { after: None, reason } = send(to(address)).await else { panic!("not retried") };
        let port = address.port().to_string();
        assert!(!reason.as_str().contains(&port) && !reason.as_str().contains("security-events"), "{reason}");
    }
}

#[tokio::test]
async fn a_success_stands_whatever_becomes_of_the_rest_of_the_answer() {
    for answer in [
        b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nbroken off".as_slice(),
        b"HTTP/1.1 202 Accepted\r\ntransfer-encoding: chunked\r\n\r\nzz",
    ] {
        assert_eq!(send(to(raw_server(answer).await)).await, Outcome::Delivered);
    }
}

#[tokio::test]
async fn a_destination_that_never_answers_keeps_the_attempt_until_it_is_dropped() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let exporter = SiemHttp::new(&id(), to(address)).unwrap();
    let body = exporter.encode(&logs_batch(&[&["one"]])).unwrap();
    let attempt = exporter.export(&body);
    tokio::pin!(attempt);
    let mut socket = tokio::select! {
        outcome = &mut attempt => panic!("{outcome:?}"),
        accepted = listener.accept() => accepted.unwrap().0,
    };
    let mut request = [0; 4096];
    tokio::select! {
        outcome = &mut attempt => panic!("{outcome:?}"),
        read = socket.read(&mut request) => assert!(read.unwrap() > 0),
    }
}

#[tokio::test]
async fn events_go_through_the_proxy() {
    let (proxy, mut received) = http_recorder().await;
    let config = Config {
        endpoint: "http://siem.invalid:8088/in".to_owned(),
        proxy_url: Some(Secret::new(format!("http://{proxy}"))),
        ..Config::default()
    };
    assert_eq!(send(config).await, Outcome::Delivered);
    assert_eq!(received.recv().await.unwrap().uri().to_string(), "http://siem.invalid:8088/in");
}

#[tokio::test]
async fn tls_verifies_the_servers_name_and_authority_and_shows_the_clients_certificate() {
    let pki = Pki::new("siem.example");
    let (sender, mut received) = mpsc::unbounded_channel();
    let address = https_server(&pki, move |request| {
        sender.send(request.into_body()).unwrap();
        http::Response::new(Full::default())
    })
    .await;
    let to = |tls| send(Config { endpoint: format!("https://{address}/in"), tls, ..Config::default() });
    verifies_the_server(&pki, "siem.example", to).await;
    for _ in ["with the right name", "unverified"] {
        assert_eq!(received.recv().await.unwrap(), ARRAY);
    }
    assert!(received.try_recv().is_err(), "nothing reached a server that was not accepted");
}

#[test]
fn what_cannot_work_is_refused_with_its_key_and_without_its_secret() {
    for (json, path) in [
        (r#"{}"#, "endpoint"),
        (r#"{"endpoint":"siem:8088"}"#, "endpoint"),
        (r#"{"endpoint":"ftp://siem"}"#, "endpoint"),
        (r#"{"endpoint":"https://user:hunter2@siem"}"#, "endpoint"),
        (r#"{"endpoint":"https://siem","proxy_url":"hunter2"}"#, "proxy_url"),
        (r#"{"endpoint":"https://siem","headers":{"a b":"hunter2"}}"#, "headers"),
        (r#"{"endpoint":"https://siem","headers":{"Content-Length":"5"}}"#, "headers"),
        (
            r#"{"endpoint":"https://siem","default_attributes":{"timestamp":"now"}}"#,
            "default_attributes.timestamp",
        ),
        (r#"{"endpoint":"https://siem","tls":{"key_file":"k"}}"#, "tls.key_file"),
    ] {
        let config = config(json);
        let problems = config.validate();
        assert_eq!(
            problems.iter().map(|problem| problem.path.as_str()).collect::<Vec<_>>(),
            [path],
            "{json}"
        );
        assert!(!format!("{problems:?}").contains("hunter2"), "{problems:?}");
    }
}

#[test]
fn a_headers_value_is_never_printed() {
    let config = config(r#"{"endpoint":"https://siem","headers":{"authorization":"Bearer hunter2"}}"#);
    let exporter = SiemHttp::new(&id(), config.clone()).unwrap();
    let shown = format!("{config:?} {} {:?}", serde_json::to_string(&config).unwrap(), exporter.headers);
    assert!(!shown.contains("hunter2"), "{shown}");
}
