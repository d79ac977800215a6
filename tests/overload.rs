//! More than the agent can take: what is refused can be tried again, memory stays bounded, and what
//! was acknowledged arrives once the destination is back. Each policy for a full journal keeps its word.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod common;

use common::client::{LOGS, call, framed};
use common::page::{Accounts, Page};
use common::sender::{Sender, numbered};
use common::sink::{Answer, Sink};
use common::{Agent, RECEIVING, TELEMETRY, eventually};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use prost::Message;
use std::collections::BTreeSet;
use std::time::Duration;

const CONFIG: &str = "
processors:
  security_event:
exporters:
  siem_http:
    endpoint: http://127.0.0.1:{sink}
    timeout: 60s
    retry_on_failure: { initial_interval: 10ms, max_interval: 50ms }
    circuit_breaker: { open_for: 50ms }
    sending_queue: { {queue} }
service:
  memory: { budget: 16MiB }
  telemetry: {telemetry}
  pipelines:
    logs: { receivers: [otlp], exporters: [siem_http], {pipeline} }
";

/// An agent whose destination stalls.
fn start(queue: &str, pipeline: &str) -> (Sink, Agent) {
    let sink = Sink::start();
    sink.answer_always(Some(Answer::Stall));
    let config = format!("{RECEIVING}{CONFIG}")
        .replace("{telemetry}", TELEMETRY)
        .replace("{queue}", queue)
        .replace("{pipeline}", pipeline)
        .replace("{sink}", &sink.port.to_string());
    let agent = Agent::start(&config);
    (sink, agent)
}

/// One batch of one request on its way at a time, and ten requests waiting, that one included.
const TEN: &str = "queue_size: 10, num_consumers: 1, batch: { enabled: false }";

fn accounts(agent: &Agent) -> Accounts {
    Page::parse(&agent.scrape()).accounts("siem_http")
}

/// Waits until nothing waits any more; the accounts then.
fn settled(agent: &Agent) -> Accounts {
    eventually("everything is settled", || Some(accounts(agent)).filter(|accounts| accounts.waiting == 0))
}

/// Resident memory in bytes.
fn resident(agent: &Agent) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", agent.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse::<u64>().unwrap() << 10
}

/// Sends one record as its own request.
async fn send(agent: &Agent, number: u64) -> u16 {
    Sender::new(agent.http_address()).logs(&numbered(number..number + 1, 10)).await.unwrap().status
}

fn assert_arrived_once(sink: &Sink, expected: impl IntoIterator<Item = u64>) {
    let arrivals = sink.arrivals();
    assert!(arrivals.values().all(|times| *times == 1), "more than once: {arrivals:?}");
    assert_eq!(arrivals.into_keys().collect::<Vec<_>>(), expected.into_iter().collect::<Vec<_>>());
}

const MIB: u64 = 1 << 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_refusal_can_be_retried_memory_is_bounded_and_what_was_acknowledged_arrives_once() {
    // Batches of the default size: their JSON is what costs memory besides the budget.
    let (sink, agent) = start("batch: { flush_timeout: 20ms }", "");
    let before = resident(&agent);
    // 64 MiB from eight clients: four times the budget, eight times the journal.
    let senders: [_; 8] = std::array::from_fn(|index| {
        let address = agent.http_address();
        tokio::spawn(async move {
            let (mut sender, mut acknowledged, mut refused) = (Sender::new(address), Vec::new(), 0);
            for request in 0..80 {
                let first = (index as u64 * 1000 + request) * 100;
                let answer = sender.logs(&numbered(first..first + 100, 1000)).await.expect("an answer");
                match answer.status {
                    200 => acknowledged.extend(first..first + 100),
                    503 => {
                        assert_eq!(answer.header("retry-after"), Some("1"));
                        refused += 1;
                    }
                    status => panic!("{status}: {}", answer.text()),
                }
            }
            (acknowledged, refused)
        })
    });
    let (mut acknowledged, mut refused, mut most) = (BTreeSet::new(), 0, 0);
    for sender in senders {
        while !sender.is_finished() {
            most = most.max(resident(&agent));
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let (some, more) = sender.await.unwrap();
        acknowledged.extend(some);
        refused += more;
    }
    assert!(refused > 300 && acknowledged.len() > 3000, "{refused} requests refused");

    let ended = call(agent.grpc_address(), LOGS, None, framed(0, &numbered(0..100, 1000))).await;
    assert_eq!(ended.status, 14, "{ended:?}");
    assert_eq!(ended.details.unwrap().kinds(), ["RetryInfo"]);

    sink.answer_always(None);
    let end = eventually("everything is settled", || {
        most = most.max(resident(&agent));
        Some(accounts(&agent)).filter(|accounts| accounts.waiting == 0)
    });
    assert!(most < (16 + 64) * MIB, "RSS was {} KiB, {} KiB before", most >> 10, before >> 10);
    assert_eq!((end.accepted, end.delivered), (acknowledged.len() as u64, acknowledged.len() as u64));
    assert_arrived_once(&sink, acknowledged);
    // It recovers by itself.
    assert_eq!(send(&agent, 10_000_000).await, 200);
}

/// An empty record is two bytes of OTLP and hundreds as an event: what a request may take is bounded by
/// its records as well as by its bytes.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn requests_of_empty_records_do_not_outgrow_the_memory() {
    let (sink, agent) = start("batch: { flush_timeout: 20ms }", "processors: [security_event]");
    let mut sender = Sender::new(agent.http_address());
    let answer = sender.logs(&empty(1_000_000)).await.unwrap();
    assert_eq!(answer.status, 413, "it would never fit: {}", answer.text());
    let (crowd, mut accepted, mut most) = (empty(20_000), 0, 0);
    for _ in 0..30 {
        match sender.logs(&crowd).await.unwrap().status {
            200 => accepted += 20_000,
            status => assert_eq!(status, 503),
        }
        most = most.max(resident(&agent));
    }
    assert!(accepted > 0);
    sink.answer_always(None);
    let end = eventually("everything is settled", || {
        most = most.max(resident(&agent));
        Some(accounts(&agent)).filter(|accounts| accounts.waiting == 0)
    });
    assert_eq!((end.accepted, end.delivered), (accepted, accepted));
    assert!(most < (16 + 64) * MIB, "RSS was {} KiB", most >> 10);
}

/// A logs request of empty records.
fn empty(records: usize) -> Vec<u8> {
    let scope = ScopeLogs { log_records: vec![LogRecord::default(); records], ..ScopeLogs::default() };
    let resource = ResourceLogs { scope_logs: vec![scope], ..ResourceLogs::default() };
    ExportLogsServiceRequest { resource_logs: vec![resource] }.encode_to_vec()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn refuse_takes_exactly_what_fits() {
    let (sink, agent) = start(TEN, "on_full: refuse");
    for number in 0..30 {
        assert_eq!(send(&agent, number).await, if number < 10 { 200 } else { 503 }, "{number}");
    }
    sink.answer_always(None);
    let end = settled(&agent);
    assert_eq!((end.accepted, end.delivered, end.dropped), (10, 10, 0));
    assert_arrived_once(&sink, 0..10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn block_lets_senders_wait_until_there_is_room_and_loses_nothing() {
    let (sink, agent) = start(TEN, "on_full: block");
    let address = agent.http_address();
    let send = |number| async move {
        Sender::new(address).logs(&numbered(number..number + 1, 10)).await.unwrap().status
    };
    for number in 0..10 {
        assert_eq!(send(number).await, 200);
    }
    let blocked: Vec<_> = (10..30).map(|number| tokio::spawn(send(number))).collect();
    // All twenty are inside and hold their bytes, and none is answered.
    let size = numbered(20..21, 10).len();
    eventually("all are inside", || {
        (agent.metric("weir_memory_used_bytes") as usize >= 29 * size).then_some(())
    });
    assert_eq!(accounts(&agent).accepted, 10);
    assert!(blocked.iter().all(|send| !send.is_finished()));
    sink.answer_always(None);
    for answered in blocked {
        assert_eq!(answered.await.unwrap(), 200);
    }
    let end = settled(&agent);
    assert_eq!((end.accepted, end.delivered, end.dropped), (30, 30, 0));
    assert_arrived_once(&sink, 0..30);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn drop_oldest_keeps_the_newest_and_counts_the_rest() {
    let (sink, agent) = start(TEN, "on_full: drop_oldest");
    assert_eq!(send(&agent, 0).await, 200);
    eventually("the first is on its way", || (sink.seen() == 1).then_some(()));
    for number in 1..30 {
        assert_eq!(send(&agent, number).await, 200, "{number}");
    }
    let full = accounts(&agent);
    assert_eq!((full.accepted, full.waiting, full.dropped), (30, 10, 20));
    sink.answer_always(None);
    let end = settled(&agent);
    assert_eq!((end.accepted, end.delivered, end.dropped), (30, 10, 20));
    // The first was on its way already; of the others the newest nine are left.
    assert_arrived_once(&sink, [0].into_iter().chain(21..30));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn drop_newest_keeps_the_oldest_and_counts_the_rest() {
    let (sink, agent) = start(TEN, "on_full: drop_newest");
    for number in 0..30 {
        assert_eq!(send(&agent, number).await, 200, "{number}");
    }
    let full = accounts(&agent);
    assert_eq!((full.accepted, full.waiting, full.dropped), (30, 10, 20));
    sink.answer_always(None);
    let end = settled(&agent);
    assert_eq!((end.accepted, end.delivered, end.dropped), (30, 10, 20));
    assert_arrived_once(&sink, 0..10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ack_delivered_answers_when_the_destination_has_it_and_tells_what_it_rejects() {
    let (sink, agent) = start("batch: { enabled: false }", "ack: delivered");
    let address = agent.http_address();
    let waiting = tokio::spawn(async move { Sender::new(address).logs(&numbered(0..7, 10)).await.unwrap() });
    eventually("it is on its way", || (sink.seen() == 1).then_some(()));
    assert!(!waiting.is_finished(), "not answered before it is delivered");
    sink.answer_always(None);
    let answer = waiting.await.unwrap();
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    assert_arrived_once(&sink, 0..7);

    // Both, and then only the first.
    sink.answer_next([Answer::Status(400, ""), Answer::Status(400, "")]);
    let headers = [("content-type", "application/json")];
    let record = r#"{"body":{"stringValue":"event-7."}}"#;
    let body = format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{record},{record}]}}]}}]}}"#);
    let answer = common::client::post(address, "/v1/logs", &headers, body.as_bytes()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["partialSuccess"]["rejectedLogRecords"], "1", "{}", answer.text());
    let end = accounts(&agent);
    assert_eq!((end.accepted, end.delivered, end.dead_lettered, end.waiting), (9, 8, 1, 0));
}

/// The receiver's own counts leave nobody out: who goes away before the answer was not told that its
/// records were taken, though they are delivered all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sender_that_gives_up_before_its_answer_is_counted_as_one_that_was_refused() {
    let (sink, agent) = start(TEN, "ack: delivered");
    let mut sender = Sender::new(agent.http_address());
    let waiting = tokio::spawn(async move { sender.logs(&numbered(0..3, 10)).await });
    eventually("it waits for its answer", || (accounts(&agent).waiting == 3).then_some(()));
    waiting.abort();
    let page = || Page::parse(&agent.scrape());
    let refused = || page().sum("otelcol_receiver_refused_log_records", &[("transport", "http")]);
    eventually("it is counted", || (refused() == 3.0).then_some(()));
    assert_eq!(page().sum("weir_receiver_refused_requests", &[("code", "CANCELLED")]), 1.0);
    assert_eq!(page().sum("otelcol_receiver_accepted_log_records", &[]), 0.0);
    sink.answer_always(None);
    assert_eq!(settled(&agent).delivered, 3);
    assert_arrived_once(&sink, 0..3);
}
