//! The process ends at a random moment, again and again, and nothing acknowledged is missing.

use crate::common::sink::{Answer, Sink};
use crate::common::{Agent, eventually};
use crate::load::Load;
use crate::{config, drained};

fn rounds() -> u64 {
    let rounds = std::env::var("WEIR_CRASH_ROUNDS").ok();
    rounds.map_or(150, |rounds| rounds.parse().expect("WEIR_CRASH_ROUNDS is a number"))
}

/// Ends the agent with `signal` at random moments under load, while the destination flaps.
async fn end_again_and_again(signal: &str, sink: &Sink, config: &str, rounds: u64) {
    let mut agent = Agent::start(config);
    let load = Load::start(&agent, 6);
    let mut dice = fastrand::Rng::new();
    for round in 0..rounds {
        let enough = load.acknowledged() + dice.u64(1..120);
        eventually("there is load", || (load.acknowledged() >= enough).then_some(()));
        agent.signal(signal);
        let code = agent.wait();
        match signal {
            "KILL" => assert_eq!(code, -1),
            _ => assert_eq!(code, 0, "nothing is lost:\n{}", agent.log()),
        }
        agent.restart(config);
        // In every other round much of it waits on disk when the process ends.
        sink.answer_always((round % 2 == 0).then_some(Answer::Status(503, "")));
    }
    sink.answer_always(None);
    let acknowledged = load.stop().await;
    drained(&agent);
    let arrivals = sink.arrivals();
    let missing: Vec<_> = acknowledged.iter().filter(|number| !arrivals.contains_key(number)).collect();
    assert!(missing.is_empty(), "{} of {} are missing: {missing:?}", missing.len(), acknowledged.len());
    assert!(acknowledged.len() as u64 > 5 * rounds);
    let (code, log) = agent.stop();
    assert_eq!(code, 0, "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_acknowledged_is_missing_after_sigkill_at_random_moments() {
    let sink = Sink::start();
    end_again_and_again("KILL", &sink, &config(&sink, "", "ack: durable"), rounds()).await;
}

/// What a connector hands on is on disk before it and on disk behind it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_acknowledged_is_missing_after_sigkill_where_data_goes_through_a_connector() {
    const THROUGH: &str = "
    logs: { receivers: [otlp], exporters: [failover], journal: { storage: file_storage } }
    logs/out: { receivers: [failover], exporters: [siem_http], journal: { storage: file_storage } }
connectors:
  failover: { priority_levels: [[logs/out]], retry_interval: 50ms }
";
    let sink = Sink::start();
    let config = config(&sink, "", "");
    let (head, _) = config.split_once("\n    logs:").unwrap();
    end_again_and_again("KILL", &sink, &format!("{head}{THROUGH}"), rounds() / 3).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_acknowledged_is_missing_after_sigterm_at_random_moments() {
    let sink = Sink::start();
    end_again_and_again("TERM", &sink, &config(&sink, "", "on_full: block"), rounds() / 3).await;
}

/// The same process starts again with another configuration; with one that is wrong it goes on as before.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_acknowledged_is_missing_after_reloads_at_random_moments() {
    let sink = Sink::start();
    let configs = ["", "ack: delivered", "on_full: block"].map(|pipeline| config(&sink, "", pipeline));
    let agent = Agent::start(&configs[0]);
    let (pid, load) = (agent.pid(), Load::start(&agent, 6));
    for round in 0..rounds() / 3 {
        let enough = load.acknowledged() + fastrand::u64(1..120);
        eventually("there is load", || (load.acknowledged() >= enough).then_some(()));
        match round % 4 {
            3 => agent.reload("service: { pipelines: {} }", "Going on as before"),
            config => agent.reload(&configs[config as usize], "Everything is ready"),
        }
    }
    let acknowledged = load.stop().await;
    drained(&agent);
    let arrivals = sink.arrivals();
    let missing = acknowledged.iter().filter(|number| !arrivals.contains_key(number)).count();
    assert_eq!((missing, agent.pid()), (0, pid), "of {}", acknowledged.len());
    let (code, log) = agent.stop();
    assert_eq!(code, 0, "{log}");
}

/// `ack: received` does not wait for the disk: a stop writes what it has taken all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_acknowledged_before_it_was_on_disk_is_there_after_a_stop() {
    let sink = Sink::start();
    end_again_and_again("TERM", &sink, &config(&sink, "", "ack: received"), rounds() / 3).await;
}
