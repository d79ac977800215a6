//! Stopping at a bad moment.

use crate::common::sender::{Sender, numbered};
use crate::common::sink::{Answer, Sink};
use crate::common::{Agent, RECEIVING, TELEMETRY, eventually};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

const CONFIG: &str = "
exporters:
  siem_http: { endpoint: http://127.0.0.1:{sink}, sending_queue: { batch: { flush_timeout: 20ms } } }
service:
  shutdown_timeout: {shutdown_timeout}
  telemetry: {telemetry}
  pipelines:
    logs: { receivers: [otlp], exporters: [siem_http] }
";

fn start(sink: &Sink, shutdown_timeout: &str) -> Agent {
    let config = format!("{RECEIVING}{CONFIG}")
        .replace("{telemetry}", TELEMETRY)
        .replace("{shutdown_timeout}", shutdown_timeout)
        .replace("{sink}", &sink.port.to_string());
    Agent::start(&config)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_acknowledged_under_load_is_delivered_after_sigterm() {
    let sink = Sink::start();
    let agent = start(&sink, "30s");
    let senders = [0, 1, 2, 3].map(|index| {
        let address = agent.http_address();
        tokio::spawn(async move {
            let (mut sender, mut acknowledged) = (Sender::new(address), BTreeSet::new());
            for request in 0.. {
                let first = (index * 100_000 + request) * 10;
                let Some(answer) = sender.logs(&numbered(first..first + 10, 50)).await else { break };
                match answer.status {
                    200 => acknowledged.extend(first..first + 10),
                    503 => assert!(answer.header("retry-after").is_some()),
                    status => panic!("{status}"),
                }
            }
            acknowledged
        })
    });
    eventually("there is load", || (agent.metric("weir_exporter_delivered_records") > 500.0).then_some(()));
    let (code, log) = agent.stop();
    assert_eq!(code, 0, "{log}");
    assert!(log.contains("Shutdown complete."), "{log}");
    let arrivals = sink.arrivals();
    for sender in senders {
        let acknowledged = sender.await.unwrap();
        assert!(acknowledged.len() > 50);
        let lost: Vec<_> = acknowledged.iter().filter(|number| !arrivals.contains_key(number)).collect();
        assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    }
    assert!(arrivals.values().all(|times| *times == 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_stalled_destination_delays_the_end_by_the_shutdown_timeout_only_and_the_log_counts_what_is_lost() {
    let sink = Sink::start();
    sink.answer_always(Some(Answer::Stall));
    let agent = start(&sink, "1s");
    assert_eq!(Sender::new(agent.http_address()).logs(&numbered(0..42, 10)).await.unwrap().status, 200);
    eventually("the destination stalls", || (sink.seen() > 0).then_some(()));
    let start = Instant::now();
    let (code, log) = agent.stop();
    let took = start.elapsed();
    assert_eq!(code, 3, "{log}");
    assert!(log.contains("undelivered=42"), "{log}");
    assert!(took >= Duration::from_millis(900) && took < Duration::from_secs(10), "{took:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_second_signal_ends_the_wait() {
    let sink = Sink::start();
    sink.answer_always(Some(Answer::Stall));
    let mut agent = start(&sink, "300s");
    assert_eq!(Sender::new(agent.http_address()).logs(&numbered(0..42, 10)).await.unwrap().status, 200);
    eventually("the destination stalls", || (sink.seen() > 0).then_some(()));
    agent.signal("TERM");
    agent.wait_for_log("Starting shutdown");
    let start = Instant::now();
    agent.signal("INT");
    assert_eq!(agent.wait(), 3);
    assert!(start.elapsed() < Duration::from_secs(10));
    agent.wait_for_log("undelivered=42");
}
