//! Hostile and broken clients beside a healthy one.

use crate::common::client::{LOGS, call, framed, head, post, request};
use crate::common::requests::{gzip, logs, nested};
use crate::common::sender::{PROTOBUF, Sender, numbered};
use crate::common::sink::Sink;
use crate::common::{Agent, TELEMETRY, eventually};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

const JSON: (&str, &str) = ("content-type", "application/json");
const GZIP: (&str, &str) = ("content-encoding", "gzip");

const CONFIG: &str = "
receivers:
  otlp:
    protocols:
      grpc: { endpoint: 127.0.0.1:{grpc}, read_timeout: 500ms, max_recv_msg_size_mib: 8 }
      http: { endpoint: 127.0.0.1:{http}, read_timeout: 500ms, max_request_body_size: 8MiB }
exporters:
  siem_http: { endpoint: http://127.0.0.1:{sink} }
service:
  memory: { budget: 64MiB }
  telemetry: {telemetry}
  pipelines:
    logs: { receivers: [otlp], exporters: [siem_http] }
";

/// A well-behaved client that sends a record every few milliseconds.
struct Neighbour {
    over: Arc<AtomicBool>,
    /// How many records were acknowledged, and the longest wait for that.
    work: JoinHandle<(u64, Duration)>,
}

impl Neighbour {
    fn start(address: SocketAddr) -> Neighbour {
        let over = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&over);
        let work = tokio::spawn(async move {
            let (mut sender, mut sent, mut longest) = (Sender::new(address), 0, Duration::ZERO);
            while !told.load(Ordering::Relaxed) || sent < 50 {
                let start = Instant::now();
                let answer = sender.logs(&numbered(sent..sent + 1, 100)).await.expect("an answer");
                assert_eq!(answer.status, 200, "{answer:?}");
                longest = longest.max(start.elapsed());
                sent += 1;
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            (sent, longest)
        });
        Neighbour { over, work }
    }

    async fn stop(self) -> (u64, Duration) {
        self.over.store(true, Ordering::Relaxed);
        self.work.await.unwrap()
    }
}

/// Runs `attack` beside a healthy client, which must lose nothing and wait for nothing; afterwards no
/// byte of the budget is taken, and the agent stops as if nothing had been.
async fn beside_a_neighbour(attack: impl AsyncFnOnce(&Agent)) {
    let sink = Sink::start();
    let config = CONFIG.replace("{sink}", &sink.port.to_string()).replace("{telemetry}", TELEMETRY);
    let agent = Agent::start(&config);
    let neighbour = Neighbour::start(agent.http_address());
    attack(&agent).await;
    let (sent, longest) = neighbour.stop().await;
    // Generous: the build is not optimised, and two cores run the attack as well.
    assert!(longest < Duration::from_secs(2), "the neighbour waited for {longest:?}");
    eventually("all of the neighbour's records", || (sink.arrivals().len() as u64 >= sent).then_some(()));
    let arrivals = sink.arrivals();
    assert_eq!(arrivals.len() as u64, sent);
    assert!(arrivals.values().all(|times| *times == 1), "{arrivals:?}");
    eventually("the budget is back", || (agent.metric("weir_memory_used_bytes") == 0.0).then_some(()));
    let (code, log) = agent.stop();
    assert_eq!(code, 0, "{log}");
    assert!(!log.contains("panicked"), "{log}");
}

/// Name, headers, body; status.
type HttpRow<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [u8], u16);

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_cannot_be_read_is_refused_with_a_reason_and_the_neighbour_notices_nothing() {
    let one = logs(1, 10);
    let mut invalid_utf8 = one.clone();
    *invalid_utf8.last_mut().unwrap() = 0xff;
    let truncated = gzip(&logs(1000, 100));
    let truncated = &truncated[..truncated.len() - 9];
    let bomb = gzip(&vec![0; 256 << 20]);
    assert!(bomb.len() < 4 << 20, "{}", bomb.len());
    let over = logs(1, 9 << 20);
    let deep_json = [vec![b'['; 10_000], vec![b']'; 10_000]].concat();
    let http: [HttpRow<'_>; 9] = [
        ("malformed protobuf", &[PROTOBUF], b"\x0a\xff\xff", 400),
        ("malformed JSON", &[JSON], b"{\"resourceLogs\":[{", 400),
        ("a wrong content type", &[("content-type", "text/csv")], b"a,b", 415),
        ("truncated gzip", &[PROTOBUF, GZIP], truncated, 400),
        ("a decompression bomb", &[PROTOBUF, GZIP], &bomb, 413),
        ("an oversized body", &[PROTOBUF], &over, 413),
        ("invalid UTF-8", &[PROTOBUF], &invalid_utf8, 400),
        ("10,000 levels", &[PROTOBUF], &nested(10_000), 400),
        ("10,000 levels of JSON", &[JSON], &deep_json, 400),
    ];
    let grpc: [(&str, Option<&str>, Vec<u8>, i32); 6] = [
        ("malformed protobuf", None, framed(0, b"\x0a\xff\xff"), 3),
        ("truncated gzip", Some("gzip"), framed(1, truncated), 3),
        ("a decompression bomb", Some("gzip"), framed(1, &bomb), 8),
        ("an oversized message", None, framed(0, &over), 8),
        ("invalid UTF-8", None, framed(0, &invalid_utf8), 3),
        ("10,000 levels", None, framed(0, &nested(10_000)), 3),
    ];
    beside_a_neighbour(async |agent| {
        for (name, headers, body, status) in http {
            let answer = post(agent.http_address(), "/v1/logs", headers, body).await;
            assert_eq!(answer.status, status, "{name}: {answer:?}");
            assert!(!answer.body.is_empty(), "{name}: says why");
            assert_eq!(answer.header("retry-after"), None, "{name}: it would not get better");
        }
        for (name, encoding, body, status) in grpc {
            let ended = call(agent.grpc_address(), LOGS, encoding, body).await;
            assert_eq!(ended.status, status, "{name}: {ended:?}");
            assert!(!ended.message.is_empty(), "{name}: says why");
        }
    })
    .await;
}

/// What speaks neither HTTP nor gRPC: a scanner, TLS on a plain port, half an HTTP/2 preface.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_connection_that_speaks_something_else_is_closed_and_the_neighbour_notices_nothing() {
    beside_a_neighbour(async |agent| {
        let hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
        let garbage: [&[u8]; 4] = [
            hello,
            b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\r\n\r\n",
            b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n",
            b"SSH-2.0-x\r\n",
        ];
        for address in [agent.http_address(), agent.grpc_address()] {
            for bytes in garbage {
                let mut stream = TcpStream::connect(address).await.unwrap();
                stream.write_all(bytes).await.unwrap();
                let closed = async { while stream.read_u8().await.is_ok() {} };
                tokio::time::timeout(Duration::from_secs(5), closed).await.expect("the connection is closed");
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn slow_clients_are_cut_off_and_the_neighbour_notices_nothing() {
    beside_a_neighbour(async |agent| {
        let slow = (0..50).map(|_| tokio::spawn(trickle(agent.http_address())));
        for ended in slow.collect::<Vec<_>>() {
            let (answer, lasted) = ended.await.unwrap();
            assert!(answer.starts_with("http/1.1 503 ") && answer.contains("retry-after: "), "{answer}");
            assert!(lasted < Duration::from_secs(5), "cut off after {lasted:?} of 500ms");
        }
    })
    .await;
}

/// Sends a body byte by byte until it is answered; the answer, and how long that took.
async fn trickle(address: SocketAddr) -> (String, Duration) {
    let start = Instant::now();
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut reading, mut writing) = stream.into_split();
    let mut bytes = head("POST", "/v1/logs", &[PROTOBUF, ("content-length", "5000000")]);
    bytes.extend(b"\r\n\x0a");
    writing.write_all(&bytes).await.unwrap();
    // Once a second is slower than the whole time that a body has; faster tells more.
    let writer = tokio::spawn(async move {
        while writing.write_all(b"\x0a").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    let mut answer = Vec::new();
    let _ = reading.read_to_end(&mut answer).await;
    writer.abort();
    (String::from_utf8_lossy(&answer).to_lowercase(), start.elapsed())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn clients_that_vanish_give_their_memory_back_and_the_neighbour_notices_nothing() {
    beside_a_neighbour(async |agent| {
        let whole = request("POST", "/v1/logs", &[PROTOBUF], &logs(1, 3 << 20));
        let mut clients = Vec::new();
        for _ in 0..8 {
            let mut stream = TcpStream::connect(agent.http_address()).await.unwrap();
            stream.write_all(&whole[..whole.len() / 2]).await.unwrap();
            clients.push(stream);
        }
        eventually("their halves are admitted", || {
            (agent.metric("weir_memory_used_bytes") > 1e6).then_some(())
        });
        drop(clients);
        eventually("their memory is back", || (agent.metric("weir_memory_used_bytes") < 1e6).then_some(()));
    })
    .await;
}
