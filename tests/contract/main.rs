//! The contract of exporters, in the manner of the Collector's contract checker, with the built binary
//! in between: destinations that answer with random errors, delays, resets, hangs, partial successes
//! and rejections of whole batches for single records.
//! Every record has to be accounted for, exactly once, at every moment.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

#[path = "../common/mod.rs"]
mod common;
mod destination;

use common::page::Page;
use common::sender::{Sender, numbered};
use common::{Agent, DEADLINE, RECEIVING, TELEMETRY};
use destination::{Destination, Protocol};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const RECORDS: u64 = 3000;

const EXPORTERS: [(&str, Protocol); 3] =
    [("siem_http", Protocol::Siem), ("otlp_http", Protocol::OtlpHttp), ("otlp_grpc", Protocol::OtlpGrpc)];

const CONFIG: &str = "
exporters:
  siem_http: { endpoint: http://127.0.0.1:{siem_http}/events, {delivery} }
  otlp_http: { endpoint: http://127.0.0.1:{otlp_http}, compression: none, {delivery} }
  otlp_grpc: { endpoint: http://127.0.0.1:{otlp_grpc}, compression: none, {delivery} }
service:
  telemetry: {telemetry}
  pipelines:
    logs: { receivers: [otlp], exporters: [siem_http, otlp_http, otlp_grpc] }
";

/// A hang is noticed after `timeout`, which no honest answer needs.
const DELIVERY: &str = "timeout: 2s, retry_on_failure: { initial_interval: 10ms, max_interval: 50ms }, \
    circuit_breaker: { open_for: 50ms }, \
    sending_queue: { batch: { flush_timeout: 20ms, min_size: 30, max_size: 40 } }";

/// Sends all records in requests of random sizes over two connections; every one is acknowledged.
async fn feed(agent: &Agent, seed: u64) {
    let halves = [0..RECORDS / 2, RECORDS / 2..RECORDS];
    let senders = halves.map(|half| {
        let address = agent.http_address();
        tokio::spawn(async move {
            let mut dice = fastrand::Rng::with_seed(seed ^ half.start);
            let mut sender = Sender::new(address);
            let mut next = half.start;
            while next < half.end {
                let end = half.end.min(next + dice.u64(1..50));
                let answer = sender.logs(&numbered(next..end, 20)).await.unwrap();
                assert_eq!(answer.status, 200, "{answer:?}");
                next = end;
            }
        })
    });
    for sender in senders {
        sender.await.unwrap();
    }
}

/// Scrapes without a pause and checks that the accounts of every exporter balance; how often.
fn audit(metrics: u16, over: &AtomicBool) -> u32 {
    let mut scrapes = 0;
    while !over.load(Ordering::Relaxed) {
        let page = Page::parse(&common::http_get(metrics, "/metrics").1);
        EXPORTERS.iter().for_each(|(exporter, _)| page.accounts(exporter).assert_balanced());
        scrapes += 1;
    }
    scrapes
}

async fn run(seed: u64) {
    let mut destinations = Vec::new();
    let mut config =
        format!("{RECEIVING}{CONFIG}").replace("{telemetry}", TELEMETRY).replace("{delivery}", DELIVERY);
    for (index, (exporter, protocol)) in EXPORTERS.into_iter().enumerate() {
        let destination = Destination::start(protocol, seed + index as u64, RECORDS).await;
        config = config.replace(&format!("{{{exporter}}}"), &destination.port.to_string());
        destinations.push((exporter, destination));
    }
    let agent = Agent::start(&config);
    // Two who look at the same time must not see halves of each other's pages.
    let over = Arc::new(AtomicBool::new(false));
    let auditors = [0; 2].map(|_| {
        let (metrics, over) = (agent.metrics, Arc::clone(&over));
        std::thread::spawn(move || audit(metrics, &over))
    });
    feed(&agent, seed).await;

    let start = Instant::now();
    let page = loop {
        let page = Page::parse(&agent.scrape());
        let waiting = |exporter| page.accounts(exporter).waiting;
        if EXPORTERS.iter().all(|(exporter, _)| waiting(exporter) == 0) {
            break page;
        }
        assert!(start.elapsed() < DEADLINE, "records are still waiting: {}", agent.log());
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    over.store(true, Ordering::Relaxed);
    for auditor in auditors {
        assert!(auditor.join().unwrap() > 10, "the accounts were looked at while data was on its way");
    }
    for (exporter, destination) in &destinations {
        destination.check(exporter, page.accounts(exporter));
    }
    assert_eq!(page.sum("weir_memory_used_bytes", &[]), 0.0);
    let (code, log) = agent.stop();
    assert_eq!(code, 0, "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_record_is_accounted_for_whatever_the_destinations_do() {
    for seed in [1, 20] {
        run(seed).await;
    }
}
