//! An agent in this process, whose clock a test can move.

use super::*;
use crate::config::{Process, load};
use axum::Router;
use axum::http::StatusCode;
use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// A destination that is out of order until it is told otherwise, and counts what it is sent.
#[derive(Default)]
struct Destination {
    works: AtomicBool,
    seen: AtomicUsize,
}

impl Destination {
    async fn start() -> (Arc<Destination>, u16) {
        let destination = Arc::new(Destination::default());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let answering = Arc::clone(&destination);
        let answer = async move || {
            answering.seen.fetch_add(1, Ordering::Relaxed);
            match answering.works.load(Ordering::Relaxed) {
                true => StatusCode::OK,
                false => StatusCode::SERVICE_UNAVAILABLE,
            }
        };
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
        (destination, port)
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = std::time::Instant::now() + Duration::from_secs(60);
    while !holds().await {
        assert!(std::time::Instant::now() < deadline, "never: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn an_exporter_that_fails_for_long_turns_the_health_endpoint_red_until_it_delivers_again() {
    let (destination, siem) = Destination::start().await;
    let [otlp, health] = [free_port(), free_port()];
    let config = format!(
        "yaml:
receivers:
  otlp: {{ protocols: {{ http: {{ endpoint: 127.0.0.1:{otlp} }} }} }}
exporters:
  siem_http:
    endpoint: http://127.0.0.1:{siem}/
    retry_on_failure: {{ initial_interval: 1ms, max_interval: 10ms }}
    circuit_breaker: {{ enabled: false }}
    sending_queue: {{ batch: {{ enabled: false }} }}
extensions:
  health_check: {{ endpoint: 127.0.0.1:{health} }}
service:
  extensions: [health_check]
  pipelines:
    logs: {{ receivers: [otlp], exporters: [siem_http] }}
"
    );
    let loaded = load(&[config], &[], &Process).unwrap();
    let mut agent = start(loaded.config, None).await.unwrap();
    let client = reqwest::Client::new();
    let health = async || {
        let answer = client.get(format!("http://127.0.0.1:{health}/")).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    assert_eq!(health().await.0, 200);

    let record = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"x"}}]}]}]}"#;
    let post = client.post(format!("http://127.0.0.1:{otlp}/v1/logs")).body(record);
    let answer = post.header("content-type", "application/json").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    // The second attempt says that the first one's failure is known.
    eventually("it failed", async || destination.seen.load(Ordering::Relaxed) > 1).await;
    assert_eq!(health().await.0, 200, "it has not failed for long");

    tokio::time::pause();
    tokio::time::advance(build::PATIENCE).await;
    tokio::time::resume();
    let (status, page) = health().await;
    assert_eq!(status, 503, "{page}");
    assert!(
        page.contains("exporter siem_http has been failing for 6") && page.contains("HTTP status 503"),
        "{page}"
    );

    destination.works.store(true, Ordering::Relaxed);
    eventually("it is well again", async || health().await.0 == 200).await;
    agent.stop(Duration::from_secs(10), false).await;
    assert_eq!(agent.left().undelivered, 0);
}
