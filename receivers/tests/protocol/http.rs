//! OTLP/HTTP.

use crate::client::{connect, head, post, read_answer, request, rpc, send};
use crate::http_table::{self, status_of};
use crate::receiver::{Pipelines, Receiver, eventually, start, start_default};
use crate::requests::{gzip, logs, points, spans};
use bytes::Bytes;
use component::{Accepted, Budget, Refusal};
use http_body_util::Full;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceResponse;
use prost::Message;
use serde_json::json;
use std::io::Write;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

const PROTOBUF: (&str, &str) = ("content-type", "application/x-protobuf");
const JSON: (&str, &str) = ("content-type", "application/json");

fn zlib(data: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(data).unwrap();
    writer.finish().unwrap()
}

fn snappy(data: &[u8]) -> Vec<u8> {
    snap::raw::Encoder::new().compress_vec(data).unwrap()
}

fn snappy_framed(data: &[u8]) -> Vec<u8> {
    let mut writer = snap::write::FrameEncoder::new(Vec::new());
    writer.write_all(data).unwrap();
    writer.into_inner().unwrap()
}

fn lz4(data: &[u8]) -> Vec<u8> {
    let mut writer = lz4_flex::frame::FrameEncoder::new(Vec::new());
    writer.write_all(data).unwrap();
    writer.finish().unwrap()
}

fn zstd(data: &[u8]) -> Vec<u8> {
    zstd::encode_all(data, 1).unwrap()
}

#[tokio::test]
async fn every_request_gets_the_answer_of_the_table() {
    let receiver = start(Pipelines::default(), json!({}), json!({ "max_request_body_size": "1MiB" })).await;
    let accepted = http_table::check(receiver.http).await;
    // Nothing that was refused, and nothing empty, reached a pipeline.
    assert_eq!(receiver.pipelines.records(), accepted);
    assert_eq!(receiver.pipelines.seen.lock().unwrap().len() as u32, accepted);
    receiver.pipelines.seen.lock().unwrap().clear();
    assert_eq!(receiver.pipelines.budget.used(), 0);
}

#[tokio::test]
async fn every_signal_arrives_with_the_bytes_that_were_sent() {
    let receiver = start_default(Pipelines { metrics: true, ..Pipelines::default() }).await;
    for (path, body) in [("/v1/logs", logs(3, 5)), ("/v1/traces", spans(2)), ("/v1/metrics", points(4))] {
        assert_eq!(post(receiver.http, path, &[PROTOBUF], &body).await.status, 200);
        let request = receiver.pipelines.seen.lock().unwrap().pop().unwrap();
        assert!(request.bytes() == &body, "{path}");
        assert!(request.records() > 1, "{path}");
    }
}

#[tokio::test]
async fn every_compression_is_taken_and_a_bomb_of_each_is_stopped_at_the_limit() {
    type Compress = fn(&[u8]) -> Vec<u8>;
    let all: [(&str, Compress); 9] = [
        ("gzip", gzip),
        ("zstd", zstd),
        ("zlib", zlib),
        ("deflate", zlib),
        ("snappy", snappy),
        ("snappy", snappy_framed),
        ("x-snappy-framed", snappy_framed),
        ("x-snappy-framed", snappy),
        ("lz4", lz4),
    ];
    let pipelines = Pipelines { budget: Budget::new(4 << 20), ..Pipelines::default() };
    let receiver = start(pipelines, json!({}), json!({ "max_request_body_size": "1MiB" })).await;
    let plain = logs(50, 1000);
    let bomb = logs(1, 24 << 20);
    for (name, compress) in all {
        let headers = [PROTOBUF, ("content-encoding", name)];
        let answer = post(receiver.http, "/v1/logs", &headers, &compress(&plain)).await;
        assert_eq!(answer.status, 200, "{name}: {answer:?}");
        assert!(receiver.pipelines.seen.lock().unwrap().pop().unwrap().bytes() == &plain, "{name}");
        let answer = post(receiver.http, "/v1/logs", &headers, &compress(&bomb)).await;
        assert_eq!((answer.status, status_of(&answer, false).0), (413, 8), "{name}");
    }
    assert_eq!(receiver.pipelines.budget.used(), 0);
}

#[tokio::test]
async fn a_body_without_content_length_is_bounded_too() {
    let receiver = start(Pipelines::default(), json!({}), json!({ "max_request_body_size": "64KiB" })).await;
    for (size, status) in [(60_000, 200), (80_000, 413)] {
        let mut bytes = head("POST", "/v1/logs", &[PROTOBUF, ("transfer-encoding", "chunked")]);
        bytes.extend(b"\r\n");
        for chunk in logs(1, size).chunks(7000) {
            write!(bytes, "{:x}\r\n", chunk.len()).unwrap();
            bytes.extend(chunk);
            bytes.extend(b"\r\n");
        }
        bytes.extend(b"0\r\n\r\n");
        assert_eq!(send(receiver.http, &bytes).await.status, status);
    }
}

#[tokio::test]
async fn overload_is_refused_before_the_body_is_read_and_says_when_to_come_back() {
    let pipelines = Pipelines { budget: Budget::new(50_000), ..Pipelines::default() };
    let receiver = start_default(pipelines).await;
    // The head alone is answered: not a byte of the body was sent.
    let headers = [JSON, ("content-length", "60000"), ("expect", "100-continue")];
    let mut bytes = head("POST", "/v1/logs", &headers);
    bytes.extend(b"\r\n");
    let answer = send(receiver.http, &bytes).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")));
    assert_eq!(answer.json()["code"], 14);
    assert_eq!(answer.json()["details"][0]["@type"], "type.googleapis.com/google.rpc.RetryInfo");
    assert_eq!(answer.json()["details"][0]["retryDelay"], "1s");

    // So is a body that turns out too large while it is read.
    let body = gzip(&logs(60, 1000));
    let answer = post(receiver.http, "/v1/logs", &[PROTOBUF, ("content-encoding", "gzip")], &body).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")));
    assert_eq!(rpc::Status::decode(&*answer.body).unwrap().kinds(), ["RetryInfo"]);
    assert_eq!(receiver.pipelines.budget.used(), 0);
}

#[tokio::test]
async fn a_refused_body_is_read_to_its_end_so_that_the_connection_serves_the_next_request() {
    let receiver = start(Pipelines::default(), json!({}), json!({ "max_request_body_size": "64KiB" })).await;
    let mut stream = TcpStream::connect(receiver.http).await.unwrap();
    for (size, status) in [(1_000_000, 413), (10, 200)] {
        let bytes = request("POST", "/v1/logs", &[PROTOBUF], &logs(1, size));
        stream.write_all(&bytes).await.unwrap();
        assert_eq!(read_answer(&mut stream).await.unwrap().status, status);
    }
}

/// What the pipelines answer, as status, Retry-After and code.
#[tokio::test]
async fn what_the_pipelines_refuse_is_told_by_kind() {
    let after = Duration::from_millis(2500);
    for (refusal, status, retry_after, code) in [
        (Refusal::Invalid("no".into()), 400, None, 3),
        (Refusal::TooLarge { limit: 1 }, 413, None, 8),
        (Refusal::Overloaded { retry_after: after }, 503, Some("3"), 14),
        (Refusal::Unavailable { reason: "later", retry_after: Duration::ZERO }, 503, Some("1"), 14),
        (Refusal::Denied("no"), 403, None, 7),
        (Refusal::Internal("no"), 500, None, 13),
    ] {
        let receiver = start_default(Pipelines::answering(Err(refusal.clone()))).await;
        let answer = post(receiver.http, "/v1/logs", &[PROTOBUF], &logs(1, 1)).await;
        assert_eq!((answer.status, answer.header("retry-after")), (status, retry_after), "{refusal:?}");
        assert_eq!(rpc::Status::decode(&*answer.body).unwrap().code, code);
    }
}

#[tokio::test]
async fn a_partial_success_is_told_in_the_requests_encoding() {
    let accepted = Accepted { rejected: 2, message: "too old".into() };
    let receiver = start_default(Pipelines::answering(Ok(accepted))).await;
    let answer = post(receiver.http, "/v1/logs", &[PROTOBUF], &logs(3, 1)).await;
    assert_eq!(answer.status, 200);
    let partial = ExportLogsServiceResponse::decode(&*answer.body).unwrap().partial_success.unwrap();
    assert_eq!((partial.rejected_log_records, partial.error_message.as_str()), (2, "too old"));
}

#[tokio::test]
async fn a_client_that_sends_a_byte_at_a_time_is_cut_off_and_holds_next_to_nothing() {
    let receiver = start(Pipelines::default(), json!({}), json!({ "read_timeout": "300ms" })).await;
    let mut stream = TcpStream::connect(receiver.http).await.unwrap();
    let mut bytes = head("POST", "/v1/logs", &[PROTOBUF, ("content-length", "50000000")]);
    bytes.extend(b"\r\n\x0a");
    stream.write_all(&bytes).await.unwrap();
    let (mut reading, mut writing) = stream.into_split();
    let trickle = tokio::spawn(async move {
        while writing.write_all(b"\x0a").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let budget = receiver.pipelines.budget.clone();
    let most = tokio::spawn(async move {
        let mut most = 0;
        loop {
            most = most.max(budget.used());
            tokio::time::sleep(Duration::from_millis(5)).await;
            if most > 0 && budget.used() == 0 {
                return most;
            }
        }
    });
    let mut answer = Vec::new();
    let _ = tokio::io::AsyncReadExt::read_to_end(&mut reading, &mut answer).await;
    trickle.abort();
    let answer = String::from_utf8_lossy(&answer).to_lowercase();
    assert!(answer.starts_with("http/1.1 503 ") && answer.contains("retry-after: 1"), "{answer}");
    assert!(most.await.unwrap() <= 16 << 10, "one byte of 50 MB was sent");
}

#[tokio::test]
async fn headers_without_end_are_refused_before_they_fill_the_memory() {
    let receiver = start_default(Pipelines::default()).await;
    let mut stream = TcpStream::connect(receiver.http).await.unwrap();
    let value = "x".repeat(200_000);
    // It may be cut off while it is still sending.
    let _ = stream.write_all(&head("POST", "/v1/logs", &[PROTOBUF, ("x-long", &value)])).await;
    let status = read_answer(&mut stream).await.map(|answer| answer.status);
    assert!(matches!(status, Some(431) | None), "{status:?}");
}

#[tokio::test]
async fn a_client_that_goes_away_gives_its_budget_back() {
    let receiver = start_default(Pipelines::default()).await;
    let mut stream = TcpStream::connect(receiver.http).await.unwrap();
    let mut bytes = head("POST", "/v1/logs", &[PROTOBUF, ("content-length", "500000")]);
    bytes.extend(b"\r\n");
    bytes.extend(&logs(1, 300_000));
    stream.write_all(&bytes).await.unwrap();
    let budget = receiver.pipelines.budget.clone();
    eventually("the body is admitted", || budget.used() >= 300_000).await;
    drop(stream);
    eventually("the budget is back", || budget.used() == 0).await;
    assert_eq!(receiver.pipelines.records(), 0);
}

#[tokio::test]
async fn a_panic_costs_its_own_request_only() {
    let receiver = start_default(Pipelines { panics: true, ..Pipelines::default() }).await;
    let mut stream = TcpStream::connect(receiver.http).await.unwrap();
    for (body, status) in [(logs(1, 1), 500), (logs(0, 0), 200), (logs(1, 1), 500)] {
        stream.write_all(&request("POST", "/v1/logs", &[PROTOBUF], &body)).await.unwrap();
        assert_eq!(read_answer(&mut stream).await.unwrap().status, status);
    }
    assert_eq!(receiver.pipelines.budget.used(), 0);
}

#[tokio::test]
async fn large_compressed_bodies_are_inflated_off_the_reactor_with_the_same_answers() {
    let receiver = start_default(Pipelines::default()).await;
    // Incompressible, so that the wire is over the threshold.
    let random: Vec<u8> = (0..200_000u64)
        .map(|n| b'a' + (n.wrapping_mul(n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as u8 % 26)
        .collect();
    let mut body = logs(1, 200_000);
    let at = body.windows(16).position(|window| window == [b'x'; 16]).unwrap();
    body[at..at + 200_000].copy_from_slice(&random);
    let wire = gzip(&body);
    assert!(wire.len() > 64 << 10);
    let headers = [PROTOBUF, ("content-encoding", "gzip")];
    assert_eq!(post(receiver.http, "/v1/logs", &headers, &wire).await.status, 200);
    assert!(receiver.pipelines.seen.lock().unwrap().pop().unwrap().bytes() == &body);
    let answer = post(receiver.http, "/v1/logs", &headers, &wire[..wire.len() - 100]).await;
    assert_eq!(answer.status, 400);
}

#[tokio::test]
async fn http2_is_spoken_on_the_http_port_too() {
    let receiver = start_default(Pipelines::default()).await;
    let mut sender = connect(receiver.http).await;
    let request =
        hyper::Request::post("http://weir/v1/logs").header("content-type", "application/x-protobuf");
    let body = Full::new(Bytes::from(logs(1000, 300)));
    let response = sender.send_request(request.body(body).unwrap()).await.unwrap();
    assert_eq!((response.status().as_u16(), receiver.pipelines.records()), (200, 1000));
}

#[tokio::test]
async fn paths_encodings_and_headers_are_what_the_settings_say() {
    let settings = json!({
        "logs_url_path": "audit",
        "compression_algorithms": ["gzip"],
        "response_headers": { "x-weir": "yes" },
        "cors": { "allowed_origins": ["https://*.example.com"] },
    });
    let receiver: Receiver = start(Pipelines::default(), json!({}), settings).await;
    let answer = post(receiver.http, "/audit", &[PROTOBUF], &logs(1, 1)).await;
    assert_eq!((answer.status, answer.header("x-weir")), (400, Some("yes")), "\"\" is not in the list");
    let headers = [PROTOBUF, ("content-encoding", "gzip"), ("origin", "https://a.example.com")];
    let answer = post(receiver.http, "/audit", &headers, &gzip(&logs(1, 1))).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://a.example.com"));
    assert_eq!(post(receiver.http, "/v1/logs", &headers, b"").await.status, 404);
    let preflight = [("origin", "https://a.example.com"), ("access-control-request-method", "POST")];
    let answer = send(receiver.http, &request("OPTIONS", "/audit", &preflight, b"")).await;
    assert_eq!((answer.status, answer.header("access-control-allow-methods")), (204, Some("POST")));
}
