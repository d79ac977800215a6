//! A disk that fails under the built binary: strace answers system calls with EIO in the kernel's place.

use crate::common::sender::{Sender, numbered};
use crate::common::sink::{Answer, Sink};
use crate::common::{Agent, eventually, http_get};
use crate::{config, drained};
use std::fs;
use std::path::PathBuf;

/// Starts an agent whose threads each get EIO from some of their calls, say the 9th to the 12th: `9..12`.
/// Its journal is on disk, and nothing leaves for the sink.
fn start(sink: &Sink, call: &str, when: &str) -> Agent {
    sink.answer_always(Some(Answer::Status(503, "")));
    let strace = strace(call, when);
    let agent = Agent::spawn_under(&strace.each_ref().map(String::as_str), &config(sink, "", ""));
    agent.wait_for_log("Everything is ready");
    agent
}

fn strace(call: &str, when: &str) -> [String; 10] {
    let (trace, inject) = (format!("trace={call}"), format!("inject={call}:error=EIO:when={when}"));
    // -D: weir stays the child of the test, and gets its signals.
    ["strace", "-D", "-f", "-qq", "-o", "{dir}/strace", "-e", &trace, "-e", &inject].map(str::to_owned)
}

/// Sends requests of ten records one after the other; the status of each, and the numbers that were acknowledged.
async fn send(agent: &Agent, requests: std::ops::Range<u64>) -> (Vec<u16>, Vec<u64>) {
    let (mut statuses, mut acknowledged) = (Vec::new(), Vec::new());
    for request in requests {
        let numbers = request * 10..request * 10 + 10;
        let answer = Sender::new(agent.http_address()).logs(&numbered(numbers.clone(), 100)).await.unwrap();
        statuses.push(answer.status);
        match answer.status {
            200 => acknowledged.extend(numbers),
            status => {
                assert_eq!(status, 503, "{}", answer.text());
                assert_eq!(answer.header("retry-after"), Some("1"), "it can be tried again");
            }
        }
    }
    (statuses, acknowledged)
}

/// The file that the log says the disk failed on first.
fn failed_file(agent: &Agent, doing: &str) -> PathBuf {
    let log = agent.log();
    let (_, rest) = log.split_once(doing).unwrap_or_else(|| panic!("no {doing:?} in the log:\n{log}"));
    rest.split_once(": Input/output error").unwrap().0.trim().into()
}

/// Once the destination works, everything that was acknowledged arrives, also through a kill.
fn all_arrive(mut agent: Agent, sink: &Sink, acknowledged: &[u64]) {
    agent.signal("KILL");
    assert_eq!(agent.wait(), -1);
    sink.answer_always(None);
    agent.restart(&config(sink, "", ""));
    let end = drained(&agent);
    assert_eq!(end.accepted, end.delivered);
    let arrivals = sink.arrivals();
    let missing: Vec<_> = acknowledged.iter().filter(|number| !arrivals.contains_key(number)).collect();
    assert!(missing.is_empty(), "acknowledged and lost: {missing:?}");
    assert_eq!(agent.metric("weir_journal_corrupt_bytes"), 0.0);
}

/// Nobody is refused for it: what was in the failed group is in another file before it is acknowledged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_fdatasync_that_fails_seals_its_file_and_costs_no_sender_anything() {
    let sink = Sink::start();
    let agent = start(&sink, "fdatasync", "12");
    let (statuses, acknowledged) = send(&agent, 0..30).await;
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    agent.wait_for_log("journal goes on in another segment");
    let sealed = failed_file(&agent, "cannot sync ");
    let length = fs::metadata(&sealed).unwrap().len();
    assert_eq!(http_get(agent.health, "/").0, 200);
    assert_eq!(agent.metric("weir_journal_state"), 0.0);
    assert_eq!(agent.metric("weir_journal_segments"), 2.0);
    let (_, more) = send(&agent, 30..40).await;
    assert_eq!(fs::metadata(&sealed).unwrap().len(), length, "it is never written again");
    assert!(length < 20_000, "and ends where it was durable, not at its reserved size: {length}");
    all_arrive(agent, &sink, &[acknowledged, more].concat());
}

/// Red health, refused senders and a metric while it lasts; and it ends by itself.
async fn fails_for_a_while(call: &str, when: &str, doing: &str) {
    let sink = Sink::start();
    let agent = start(&sink, call, when);
    let (mut statuses, mut acknowledged) = (Vec::new(), Vec::new());
    let mut sent = 0;
    while !statuses.contains(&503) {
        let (status, some) = send(&agent, sent..sent + 1).await;
        statuses.extend(status);
        acknowledged.extend(some);
        sent += 1;
        assert!(sent < 100, "nobody is refused: {statuses:?}");
    }
    assert!(acknowledged.len() >= 10, "it worked first: {statuses:?}");
    eventually("health is red", || {
        let (status, body) = http_get(agent.health, "/");
        (status == 503 && body.contains("journal of logs: cannot ")).then_some(())
    });
    assert_eq!(agent.metric("weir_journal_state"), 2.0);
    let sealed = failed_file(&agent, doing);
    agent.wait_for_log("journal takes nothing until its disk works again");

    eventually("it works again", || (http_get(agent.health, "/").0 == 200).then_some(()));
    assert_eq!(agent.metric("weir_journal_state"), 0.0);
    let length = fs::metadata(&sealed).map(|file| file.len()).unwrap_or_default();
    let (after, more) = send(&agent, sent..sent + 20).await;
    assert!(after.iter().all(|status| *status == 200), "{after:?}");
    let now = fs::metadata(&sealed).map(|file| file.len()).unwrap_or_default();
    assert_eq!(now, length, "the file is never written again");
    all_arrive(agent, &sink, &[acknowledged, more].concat());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fdatasync_that_fails_for_a_while_refuses_senders_and_loses_nothing_acknowledged() {
    fails_for_a_while("fdatasync", "12..17", "cannot sync ").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_that_fail_for_a_while_refuse_senders_and_lose_nothing_acknowledged() {
    fails_for_a_while("pwritev", "16..22", "cannot write ").await;
}

/// What waits on disk is read again until it can be, and health says so meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reads_that_fail_for_a_while_turn_health_red_and_lose_nothing() {
    let sink = Sink::start();
    sink.answer_always(Some(Answer::Status(503, "")));
    // A start reads the newest segment whole: as much of it as of the others would meet the failing reads.
    let config = config(&sink, "fsync: off", "").replace("segment_size: 1MiB", "segment_size: 8MiB");
    let mut agent = Agent::start(&config);
    for request in 0..480 {
        let numbers = request * 10..request * 10 + 10;
        let answer = Sender::new(agent.http_address()).logs(&numbered(numbers, 10_000)).await;
        assert_eq!(answer.unwrap().status, 200);
    }
    agent.signal("TERM");
    assert_eq!(agent.wait(), 0, "{}", agent.log());
    sink.answer_always(None);
    let strace = strace("pread64", "30..33");
    agent.restart_under(&strace.each_ref().map(String::as_str), &config);
    eventually("health is red", || {
        let (status, body) = http_get(agent.health, "/");
        (status == 503 && body.contains("journal of logs: cannot read ")).then_some(())
    });
    let end = drained(&agent);
    assert_eq!((end.accepted, end.delivered), (4800, 4800));
    assert_eq!(sink.arrivals().len(), 4800);
    assert!((1.0..=4.0).contains(&agent.metric("weir_journal_read_errors")));
    eventually("health is green", || (http_get(agent.health, "/").0 == 200).then_some(()));
}
