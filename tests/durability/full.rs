//! A full disk, and a full journal.

use crate::common::client::{LOGS, call, framed};
use crate::common::sender::{Sender, numbered};
use crate::common::sink::{Answer, Sink};
use crate::common::{Agent, eventually, http_get};
use crate::{config, config_in, drained};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A directory with room for a few MiB.
struct Small {
    at: tempfile::TempDir,
    mounted: bool,
    limits: String,
}

impl Small {
    /// A file system of its own where the tests may mount one; elsewhere all but 6 MiB is to be left to others.
    fn new() -> Small {
        let at = tempfile::tempdir().unwrap();
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=8m", "tmpfs"]).arg(at.path()).output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Small { at, mounted: true, limits: "min_free: 0".into() };
        }
        let shm = PathBuf::from("/dev/shm");
        let at = if shm.is_dir() { tempfile::tempdir_in(shm).unwrap() } else { at };
        let limits = format!("min_free: {}", free(at.path()).saturating_sub(6 << 20));
        Small { at, mounted: false, limits }
    }

    fn config(&self, sink: &Sink) -> String {
        config_in(self.at.path().join("journal").to_str().unwrap(), sink, &self.limits, "")
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        if self.mounted {
            let _ = Command::new("umount").arg("-l").arg(self.at.path()).output();
        }
    }
}

fn free(directory: &Path) -> u64 {
    let output = Command::new("df").args(["--output=avail", "-B1"]).arg(directory).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().nth(1).unwrap().trim().parse().unwrap()
}

/// Fills a journal while its destination is down, until it refuses. Says how many records were acknowledged.
async fn fill(agent: &Agent) -> u64 {
    let mut sender = Sender::new(agent.http_address());
    let mut sent = 0;
    loop {
        let answer = sender.logs(&numbered(sent..sent + 10, 10_000)).await.unwrap();
        match answer.status {
            200 => sent += 10,
            status => {
                assert_eq!(status, 503, "{}", answer.text());
                assert_eq!(answer.header("retry-after"), Some("1"));
                break;
            }
        }
        assert!(sent < 50_000, "it is never full");
    }
    assert!(sent > 100, "only {sent} fit");
    sent
}

/// Fills a journal, and sees it refuse everybody and recover by itself.
async fn fill_and_recover(agent: &Agent, sink: &Sink, red: Option<&str>) {
    let sent = fill(agent).await;
    if let Some(red) = red {
        eventually("health is red", || {
            let (status, body) = http_get(agent.health, "/");
            (status == 503 && body.contains(red)).then_some(())
        });
        assert_eq!(agent.metric("weir_journal_state"), 1.0);
    }
    // Before the body: a head that announces one is answered without it.
    let ended = call(agent.grpc_address(), LOGS, None, framed(0, &numbered(0..10, 10_000))).await;
    assert_eq!(ended.status, 14, "{ended:?}");
    assert_eq!(ended.details.unwrap().kinds(), ["RetryInfo"]);

    sink.answer_always(None);
    let next = numbered(sent..sent + 10, 10_000);
    eventually("it is taken again", || {
        let answer = tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(Sender::new(agent.http_address()).logs(&next))
        });
        (answer.unwrap().status == 200).then_some(())
    });
    let end = drained(agent);
    assert_eq!(end.accepted, end.delivered);
    let arrivals = sink.arrivals();
    let missing = (0..sent + 10).filter(|number| !arrivals.contains_key(number)).count();
    assert_eq!(missing, 0, "of {sent}");
    eventually("health is green", || (http_get(agent.health, "/").0 == 200).then_some(()));
    assert_eq!(agent.metric("weir_journal_state"), 0.0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_full_file_system_refuses_and_recovers_by_itself() {
    let (small, sink) = (Small::new(), Sink::start());
    sink.answer_always(Some(Answer::Status(503, "")));
    let agent = Agent::start(&small.config(&sink));
    fill_and_recover(&agent, &sink, Some("the disk is full")).await;
}

/// A disk that is full when the agent stops and when it starts keeps nothing from leaving.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_stop_and_a_start_on_a_full_disk_lose_nothing_that_was_acknowledged() {
    let (small, sink) = (Small::new(), Sink::start());
    sink.answer_always(Some(Answer::Status(503, "")));
    let config = small.config(&sink);
    let mut agent = Agent::start(&config);
    let sent = fill(&agent).await;
    if small.mounted {
        std::fs::write(small.at.path().join("filler"), vec![0; 8 << 20]).unwrap_err();
    }
    agent.signal("TERM");
    assert_eq!(agent.wait(), 0, "{}", agent.log());
    agent.restart(&config);
    sink.answer_always(None);
    drained(&agent);
    let arrivals = sink.arrivals();
    assert_eq!((0..sent).filter(|number| !arrivals.contains_key(number)).count(), 0, "of {sent}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_journal_at_its_max_size_refuses_and_recovers_by_itself() {
    let sink = Sink::start();
    sink.answer_always(Some(Answer::Status(503, "")));
    let agent = Agent::start(&config(&sink, "max_size: 8MiB", ""));
    fill_and_recover(&agent, &sink, None).await;
}
