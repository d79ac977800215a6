#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::expect_used)]

use super::*;
use crate::testing::{http_recorder, http_server, id, logs_batch, logs_request, raw_server, word};
use http_body_util::Full;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use std::io::Read;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

fn to(address: SocketAddr) -> Config {
    Config {
        endpoint: Some(format!("http://{address}")),
        compression: Compression::None,
        ..Config::default()
    }
}

async fn send(config: Config) -> Outcome {
    let exporter = OtlpHttp::new(&id(), config).unwrap();
    exporter.export(&exporter.encode(&logs_batch(&[&["one", "two"], &["three"]])).unwrap()).await
}

#[tokio::test]
async fn a_batch_arrives_whole_with_every_compression() {
    let (address, mut received) = http_recorder().await;
    let mut whole = logs_request(&["one", "two"]);
    whole.resource_logs.extend(logs_request(&["three"]).resource_logs);
    for compression in
        [Compression::None, Compression::Gzip, Compression::Zstd, Compression::Zlib, Compression::Deflate]
    {
        let headers = serde_json::from_str(r#"{"x-tenant": "acme"}"#).unwrap();
        assert_eq!(send(Config { compression, headers, ..to(address) }).await, Outcome::Delivered);
        let (head, body) = received.recv().await.unwrap().into_parts();
        assert_eq!((head.method.as_str(), head.uri.path()), ("POST", "/v1/logs"));
        assert_eq!(head.headers["content-type"], "application/x-protobuf");
        assert_eq!(head.headers["x-tenant"], "acme");
        assert_eq!(head.headers["content-length"], body.len().to_string());
        let encoding = head.headers.get("content-encoding").map(|value| value.to_str().unwrap());
        assert_eq!(encoding, compression.announced());
        let mut plain = Vec::new();
        match encoding {
            None => plain.extend_from_slice(&body),
            Some("gzip") => _ = flate2::read::GzDecoder::new(&body[..]).read_to_end(&mut plain).unwrap(),
            Some("zstd") => _ = zstd::Decoder::new(&body[..]).unwrap().read_to_end(&mut plain).unwrap(),
            Some(_) => _ = flate2::read::ZlibDecoder::new(&body[..]).read_to_end(&mut plain).unwrap(),
        }
        let arrived: ExportLogsServiceRequest = prost::Message::decode(plain.as_slice()).unwrap();
        assert_eq!(arrived, whole, "{compression:?}");
    }
}

#[tokio::test]
async fn json_is_one_export_request_of_the_whole_batch() {
    let (address, mut received) = http_recorder().await;
    assert_eq!(send(Config { encoding: Encoding::Json, ..to(address) }).await, Outcome::Delivered);
    let (head, body) = received.recv().await.unwrap().into_parts();
    assert_eq!(head.headers["content-type"], "application/json");
    let mut whole = logs_request(&["one", "two"]);
    whole.resource_logs.extend(logs_request(&["three"]).resource_logs);
    assert_eq!(serde_json::from_slice::<ExportLogsServiceRequest>(&body).unwrap(), whole);
}

#[tokio::test]
async fn every_status_ends_the_attempt_as_the_specification_says() {
    for (status, retry_after, expected) in [
        (200, None, "delivered"),
        (202, None, "delivered"),
        (204, None, "delivered"),
        (301, None, "retry"),
        (307, None, "retry"),
        (400, None, "rejected"),
        (401, None, "retry"),
        (403, None, "retry"),
        (404, None, "impossible"),
        (408, None, "impossible"),
        (413, None, "too large"),
        (415, None, "impossible"),
        (422, None, "rejected"),
        (429, Some("7"), "retry after 7"),
        (429, None, "retry"),
        (500, Some("7"), "rejected"),
        (501, None, "impossible"),
        (502, None, "retry"),
        (503, Some("0"), "retry after 0"),
        (503, Some("Thu, 01 Jan 1970 00:00:00 GMT"), "retry after 0"),
        (503, Some("hunter2"), "retry"),
        (504, None, "retry"),
    ] {
        let address = http_server(move |_| {
            let mut answer =
                http::Response::builder().status(status).header("location", "http://127.0.0.1:1/");
            if let Some(after) = retry_after {
                answer = answer.header("retry-after", after);
            }
            answer.body(if status == 204 { Full::default() } else { Full::from("") }).unwrap()
        })
        .await;
        let outcome = send(to(address)).await;
        assert_eq!(word(&outcome), expected, "{status} {retry_after:?}");
        assert!(!format!("{outcome:?}").contains("hunter2"));
    }
}

#[tokio::test]
async fn what_a_success_says_about_single_records_is_read_in_its_own_encoding() {
    for (kind, body, expected) in [
        ("application/x-protobuf", &b"\x0a\x02\x08\x02"[..], "refused 2"),
        ("application/x-protobuf", b"\x0a\x00", "delivered"),
        ("application/x-protobuf", b"hunter2", "impossible"),
        ("application/json", br#"{"partialSuccess":{"rejectedLogRecords":"2"}}"#, "refused 2"),
        ("Application/JSON; charset=utf-8", br#"{"partialSuccess":{"rejectedLogRecords":9}}"#, "refused 3"),
        ("application/json", b"{}", "delivered"),
        ("application/json", b"hunter2", "impossible"),
        ("text/plain", b"OK", "delivered"),
        ("text/html; charset=utf-8", b"<form>hunter2", "retry"),
    ] {
        let address = http_server(move |_| {
            http::Response::builder().header("content-type", kind).body(Full::from(body)).unwrap()
        })
        .await;
        let outcome = send(to(address)).await;
        assert_eq!(word(&outcome), expected, "{kind} {body:?}");
        assert!(!format!("{outcome:?}").contains("hunter2"));
    }
}

#[tokio::test]
async fn an_answer_that_never_ends_is_cut_off() {
    let body = Bytes::from(vec![0; MAX_RESPONSE + 1]);
    let address = http_server(move |_| http::Response::new(Full::from(body.clone()))).await;
    assert_eq!(word(&send(to(address)).await), "retry");
}

#[tokio::test]
async fn a_connection_that_breaks_or_says_nonsense_is_retried() {
    for answer in [&b""[..], b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n123", b"hunter2\r\n\r\n"] {
        let outcome = send(to(raw_server(answer).await)).await;
        assert_eq!(word(&outcome), "retry", "{answer:?}");
        assert!(!format!("{outcome:?}").contains("hunter2"));
    }
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    match send(to(nobody)).await {
        Outcome::Retry { reason, .. } => assert_eq!(reason.as_str(), "connection refused"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_body_that_is_refused_before_it_was_read_is_too_large_and_not_a_broken_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut some = vec![0; 4096];
        assert!(socket.read(&mut some).await.unwrap() > 0);
        socket
            .write_all(b"HTTP/1.1 413 Payload Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            .await
            .unwrap();
        // As web servers do: the rest is read for a while, so that the answer is not lost with a reset.
        while socket.read(&mut some).await.is_ok_and(|read| read > 0) {}
    });
    let exporter = OtlpHttp::new(&id(), to(address)).unwrap();
    let payload = exporter.encode(&logs_batch(&[&[&"x".repeat(16 << 20)]])).unwrap();
    assert_eq!(exporter.export(&payload).await, Outcome::TooLarge);
}

#[tokio::test]
async fn a_proxy_is_asked_for_the_whole_url() {
    let (proxy, mut received) = http_recorder().await;
    let endpoint = Some("http://siem.invalid:4318/tenant/".into());
    let config =
        Config { endpoint, proxy_url: Some(Secret::new(format!("http://{proxy}"))), ..Config::default() };
    assert_eq!(send(config).await, Outcome::Delivered);
    assert_eq!(received.recv().await.unwrap().uri().to_string(), "http://siem.invalid:4318/tenant/v1/logs");
}

#[test]
fn endpoints_are_read_as_the_collector_reads_them() {
    let read = |json: &str| serde_json::from_str::<Config>(json).unwrap();
    let url = |config: &Config, signal| {
        let base = config.base().unwrap();
        config.url(signal, base.as_ref()).unwrap().map(String::from)
    };
    for (base, logs) in [
        ("http://h:4318", "http://h:4318/v1/logs"),
        ("http://h:4318/", "http://h:4318/v1/logs"),
        ("https://h/otlp/", "https://h/otlp/v1/logs"),
    ] {
        let config = read(&format!(r#"{{"endpoint": "{base}", "traces_endpoint": "http://t/as/is/"}}"#));
        assert_eq!(config.validate(), []);
        assert_eq!(url(&config, Signal::Logs).as_deref(), Some(logs));
        assert_eq!(url(&config, Signal::Traces).as_deref(), Some("http://t/as/is/"));
        assert_eq!(config.signals(), Signal::ALL);
    }
    let only = read(r#"{"metrics_endpoint": "http://m/"}"#);
    assert_eq!((only.validate().len(), only.signals()), (0, &[Signal::Metrics][..]));
    assert_eq!(url(&only, Signal::Logs), None);
    for (broken, path) in [
        ("{}", "endpoint"),
        (r#"{"endpoint": "h:4318"}"#, "endpoint"),
        (r#"{"endpoint": "ftp://h"}"#, "endpoint"),
        (r#"{"endpoint": "http://h", "logs_endpoint": ""}"#, "logs_endpoint"),
        (r#"{"endpoint": "http://h", "proxy_url": "h"}"#, "proxy_url"),
        (r#"{"endpoint": "http://h", "headers": {"content-encoding": "x"}}"#, "headers"),
        (
            r#"{"logs_endpoint": "http://h", "tls": {"server_name_override": "x"}}"#,
            "tls.server_name_override",
        ),
    ] {
        let paths: Vec<_> = read(broken).validate().into_iter().map(|problem| problem.path).collect();
        assert_eq!(paths, [path], "{broken}");
    }
}
