//! A destination that is down: data waits on disk, for as long as it takes and across restarts.

use crate::common::sender::{Sender, numbered};
use crate::common::sink::{Answer, Sink};
use crate::common::{Agent, eventually};
use crate::{accounts, config, drained};

/// Sends one request of ten records of about 10 KiB each.
async fn send(agent: &Agent, request: u64) -> u16 {
    let numbers = request * 10..request * 10 + 10;
    Sender::new(agent.http_address()).logs(&numbered(numbers, 10_000)).await.unwrap().status
}

/// Twice the memory budget waits, a stop leaves it, and the next start delivers each record once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_backlog_larger_than_the_memory_waits_on_disk_and_is_delivered_once_after_a_restart() {
    let sink = Sink::start();
    sink.answer_always(Some(Answer::Stall));
    let config = config(&sink, "fsync: off", "");
    let mut agent = Agent::start(&config);
    for request in 0..320 {
        assert_eq!(send(&agent, request).await, 200, "{request}");
    }
    assert_eq!(accounts(&agent).waiting, 3200);
    assert!(agent.metric("weir_journal_bytes") > 30e6);
    assert!(agent.metric("weir_journal_segments") > 20.0);
    assert!(agent.metric("weir_memory_used_bytes") < 12e6);
    agent.signal("TERM");
    assert_eq!(agent.wait(), 0, "{}", agent.log());
    agent.wait_for_log("waiting=3200");
    agent.wait_for_log("the next start goes on with it");

    sink.answer_always(None);
    agent.restart(&config);
    let end = drained(&agent);
    assert_eq!((end.accepted, end.delivered), (3200, 3200));
    let arrivals = sink.arrivals();
    assert!(arrivals.values().all(|times| *times == 1));
    assert_eq!(arrivals.into_keys().collect::<Vec<_>>(), (0..3200).collect::<Vec<_>>());
    eventually("its segments are gone", || (agent.metric("weir_journal_segments") <= 2.0).then_some(()));
}

/// A reload does not wait for a destination that is down: what waits for it is on disk. What is in memory
/// only, for a destination that works, is delivered first.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_reload_leaves_at_once_what_is_on_disk_and_delivers_what_is_in_memory() {
    let (stalled, working) = (Sink::start(), Sink::start());
    stalled.answer_always(Some(Answer::Stall));
    let alone = config(&stalled, "", "").replace("shutdown_timeout: 1s", "shutdown_timeout: 50s");
    let both = alone
        .replace(
            "extensions:\n  file",
            &format!(
                "  siem_http/memory: {{ endpoint: http://127.0.0.1:{}, sending_queue: {{ batch: {{ flush_timeout: 40s }} }} }}\nextensions:\n  file",
                working.port
            ),
        )
        .replace(
            "  pipelines:\n",
            "  pipelines:\n    logs/memory: { receivers: [otlp], exporters: [siem_http/memory] }\n",
        );
    let agent = Agent::start(&both);
    assert_eq!(send(&agent, 0).await, 200);
    eventually("it is on its way", || (stalled.seen() > 0).then_some(()));
    assert!(working.arrivals().is_empty(), "it waits for more of its batch, in memory");
    for config in [&alone, &alone] {
        let start = std::time::Instant::now();
        agent.reload(config, "Everything is ready");
        assert!(start.elapsed().as_secs() < 20, "it took {:?}", start.elapsed());
    }
    assert!(!agent.log().contains("are lost"), "{}", agent.log());
    assert_eq!(working.arrivals().into_keys().collect::<Vec<_>>(), (0..10).collect::<Vec<_>>());
    assert_eq!(accounts(&agent).waiting, 10);
    stalled.answer_always(None);
    drained(&agent);
    assert_eq!(stalled.arrivals().into_keys().collect::<Vec<_>>(), (0..10).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_destination_that_flaps_gets_everything() {
    let sink = Sink::start();
    let agent = Agent::start(&config(&sink, "fsync: interval, fsync_interval: 5ms", ""));
    for request in 0..60 {
        sink.answer_always(match request % 6 {
            0 => Some(Answer::Status(503, "")),
            2 => Some(Answer::Reset),
            4 => None,
            _ => sink_unchanged(request),
        });
        assert_eq!(send(&agent, request).await, 200);
    }
    sink.answer_always(None);
    let end = drained(&agent);
    assert_eq!((end.accepted, end.delivered), (600, 600));
    assert_eq!(sink.arrivals().len(), 600);
}

/// What the request before asked for.
fn sink_unchanged(request: u64) -> Option<Answer> {
    match request % 6 {
        1 => Some(Answer::Status(503, "")),
        3 => Some(Answer::Reset),
        _ => None,
    }
}

/// With two destinations, nothing counts as delivered before both have it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn delivered_with_storage_waits_for_all_that_are_required() {
    let (sink, second) = (Sink::start(), Sink::start());
    second.answer_always(Some(Answer::Stall));
    let config = config(&sink, "fsync: always", "ack: delivered, fanout: all_or_nothing")
        .replace("exporters: [siem_http]", "exporters: [siem_http, siem_http/second]")
        .replace(
            "extensions:\n  file",
            &format!(
                "  siem_http/second: {{ endpoint: http://127.0.0.1:{}, timeout: 60s }}\nextensions:\n  file",
                second.port
            ),
        );
    let agent = Agent::start(&config);
    let address = agent.http_address();
    let waiting = tokio::spawn(async move { Sender::new(address).logs(&numbered(0..7, 10)).await.unwrap() });
    eventually("the first has it", || (sink.arrivals().len() == 7).then_some(()));
    eventually("it is on its way to the second", || (second.seen() == 1).then_some(()));
    assert!(!waiting.is_finished(), "not answered before both have it");
    second.answer_always(None);
    assert_eq!(waiting.await.unwrap().status, 200);
    assert_eq!(second.arrivals().len(), 7);
}

/// Whoever asks it to start again, or to stop, while it starts again is heard once it has.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn hangups_that_come_while_it_starts_again_do_not_end_it() {
    let sink = Sink::start();
    let config = config(&sink, "fsync: off", "");
    let agent = Agent::start(&config);
    for _ in 0..100 {
        agent.signal("HUP");
    }
    agent.reload(&config, "Everything is ready");
    let (code, log) = agent.stop();
    assert_eq!(code, 0, "{log}");
}
