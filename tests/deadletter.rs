//! Dead letters from end to end: what a destination rejects is kept, found, sent again and delivered once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod common;

use common::page::Page;
use common::sender::{Sender, numbered, numbers};
use common::sink::Sink;
use common::{Agent, RECEIVING, TELEMETRY, eventually};
use serde_json::Value;
use std::path::PathBuf;
use std::process::{Command, Output};

const CONFIG: &str = "
exporters:
  siem_http:
    endpoint: http://127.0.0.1:{sink}/
    retry_on_failure: { initial_interval: 10ms, max_interval: 20ms }
    sending_queue: { storage: file_storage, batch: { flush_timeout: 10ms } }
    {retry}
extensions:
  file_storage: { directory: '{dir}/storage', create_directory: true }
service:
  extensions: [file_storage]
  telemetry: {telemetry}
  pipelines:
    logs/audit: { receivers: [otlp], exporters: [siem_http], ack: {ack} }
";

/// What the destination does not like, among records 0 to 9.
const POISON: &str = "event-7.";

struct World {
    sink: Sink,
    agent: Agent,
    config: String,
}

impl World {
    /// An agent whose destination rejects `event-7.`, and ten records sent to it.
    async fn start(retry: &str) -> World {
        let world = World::idle(retry, "delivered");
        // The sender waits for the delivery, and is told of the rejection.
        let answer = Sender::new(world.agent.http_address()).logs(&numbered(0..10, 20)).await.unwrap();
        assert_eq!(answer.status, 200);
        world
    }

    fn idle(retry: &str, ack: &str) -> World {
        let sink = Sink::start();
        sink.reject(Some(POISON));
        let config = format!("{RECEIVING}{CONFIG}")
            .replace("{sink}", &sink.port.to_string())
            .replace("{retry}", retry)
            .replace("{ack}", ack)
            .replace("{telemetry}", TELEMETRY);
        World { agent: Agent::start(&config), sink, config }
    }

    fn config(&self) -> PathBuf {
        self.agent.dir.path().join("weir.yaml")
    }

    /// `weir deadletter` with the agent's configuration.
    fn run(&self, arguments: &[&str]) -> Output {
        let [command, rest @ ..] = arguments else { panic!("no command") };
        let mut weir = Command::new(env!("CARGO_BIN_EXE_weir"));
        weir.args(["deadletter", command, "--config"]).arg(self.config()).args(rest).output().unwrap()
    }

    fn text(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{arguments:?}: {said}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn json(&self, arguments: &[&str]) -> Vec<Value> {
        let text = self.text(&[arguments, &["--json"]].concat());
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The accounts of the exporter, which must balance whenever somebody looks.
    fn accounts(&self) -> (f64, f64, f64) {
        let page = Page::parse(&self.agent.scrape());
        let sum = |what: &str| page.sum(&format!("weir_exporter_{what}_records"), &[]);
        let [accepted, delivered, dead, dropped, waiting] =
            ["accepted", "delivered", "dead_lettered", "dropped", "waiting"].map(sum);
        assert_eq!(accepted, delivered + dead + dropped + waiting);
        (delivered, dead, waiting)
    }

    /// How often each of the ten records arrived.
    fn arrivals(&self) -> Vec<u32> {
        let arrivals = self.sink.arrivals();
        (0..10).map(|number| arrivals.get(&number).copied().unwrap_or(0)).collect()
    }
}

const ALL_BUT_POISON: [u32; 10] = [1, 1, 1, 1, 1, 1, 1, 0, 1, 1];

#[tokio::test]
async fn a_poisonous_record_is_kept_alone_and_delivered_once_when_the_destination_is_mended() {
    let world = World::start("").await;
    assert_eq!(world.arrivals(), ALL_BUT_POISON);
    assert_eq!(world.accounts(), (9.0, 1.0, 0.0));

    let listed = world.json(&["list"]);
    assert_eq!(listed.len(), 1, "{listed:?}");
    let letter = &listed[0];
    for (key, value) in [
        ("exporter", "siem_http"),
        ("pipeline", "logs/audit"),
        ("signal", "logs"),
        ("category", "rejected"),
        ("reason", "HTTP status 400"),
        ("status", "400"),
    ] {
        assert_eq!(letter[key], value, "{letter}");
    }
    assert_eq!((&letter["id"], &letter["records"]), (&0.into(), &1.into()));
    assert!(letter["received"].as_str() <= letter["first_attempt"].as_str(), "{letter}");
    assert!(letter["first_attempt"].as_str() <= letter["given_up"].as_str(), "{letter}");

    // The data is shown only to who asks for it.
    for shown in [world.text(&["list"]), world.text(&["show"]), world.text(&["stats"]), world.agent.log()] {
        assert!(!shown.contains("event-"), "{shown}");
    }
    let payload = world.json(&["show", "--id", "0", "--payload"])[0]["payload"].to_string();
    assert!(payload.contains(POISON) && payload.matches("event-").count() == 1, "{payload}");

    // Rejected again while nothing is mended, and counted.
    assert_eq!(world.run(&["replay", "--exporter", "siem_http", "--wait", "60s"]).status.code(), Some(3));
    assert_eq!(world.json(&["list"])[0]["replays"], 1);
    assert_eq!(world.arrivals(), ALL_BUT_POISON);

    world.sink.reject(None);
    let said = world.text(&["replay", "--reason", "400", "--wait", "60s"]);
    assert!(said.contains("1 delivered, 0 rejected again, 0 not sent yet"), "{said}");
    assert_eq!(world.arrivals(), [1; 10]);
    assert!(world.json(&["list"]).is_empty());
    // What was accounted for stays so.
    assert_eq!(world.accounts(), (9.0, 1.0, 0.0));
    eventually("the metrics know", || {
        let metric = |name| world.agent.metric(name);
        let counts =
            ["weir_dead_letters_stored", "weir_dead_letters_replayed", "weir_dead_letters"].map(metric);
        (counts == [1.0, 1.0, 0.0]).then_some(())
    });
}

#[tokio::test]
async fn letters_survive_sigkill_and_can_be_dropped_with_the_agent_gone() {
    let mut world = World::start("").await;
    world.agent.signal("KILL");
    world.agent.wait();
    assert_eq!(world.json(&["list"]).len(), 1);
    for none in [&["list", "--exporter", "file"][..], &["list", "--since", "0s"], &["list", "--until", "1h"]]
    {
        assert!(world.json(none).is_empty(), "{none:?}");
    }
    for one in
        [&["list", "--pipeline", "logs/audit"][..], &["list", "--since", "1h"], &["list", "--limit", "5"]]
    {
        assert_eq!(world.json(one).len(), 1, "{one:?}");
    }
    // All of them is never meant by accident.
    assert_eq!(world.run(&["drop"]).status.code(), Some(1));
    assert_eq!(world.text(&["drop", "--id", "0"]), "1 dead letters dropped\n");
    assert!(world.json(&["list"]).is_empty());
}

/// Killed again and again while the destination rejects a tenth of the records: each acknowledged one is
/// delivered or a dead letter, and those are delivered when they are replayed.
#[tokio::test]
async fn no_acknowledged_record_is_missing_when_the_agent_is_killed_while_it_buries_some() {
    let mut world = World::idle("", "durable");
    world.sink.reject(Some("7."));
    let mut dice = fastrand::Rng::with_seed(7);
    let (mut next, mut acknowledged) = (0, Vec::new());
    for _ in 0..6 {
        let mut sender = Sender::new(world.agent.http_address());
        let kill_after = dice.u64(5..40);
        for request in 0.. {
            if request == kill_after {
                world.agent.signal("KILL");
            }
            let numbers = next..next + 10;
            next = numbers.end;
            match sender.logs(&numbered(numbers.clone(), 20)).await {
                Some(answer) if answer.status == 200 => acknowledged.extend(numbers),
                _ => break,
            }
        }
        world.agent.wait();
        world.agent.restart(&world.config.clone());
    }
    eventually("everything has a verdict", || (world.accounts().2 == 0.0).then_some(()));
    let (delivered, letters) = (world.sink.arrivals(), world.json(&["show", "--payload"]));
    let dead: Vec<u64> =
        letters.iter().flat_map(|it| numbers(it["payload"].to_string().as_bytes())).collect();
    assert!(acknowledged.len() > 100 && !dead.is_empty());
    for number in &acknowledged {
        // Good ones may be both: a neighbour of too many bad ones, and again after a crash.
        let (is_delivered, is_dead) = (delivered.contains_key(number), dead.contains(number));
        assert!(is_delivered || is_dead, "record {number} is missing");
        assert!(!is_delivered || number % 10 != 7, "record {number}");
    }
    world.sink.reject(None);
    world.text(&["replay", "--all", "--wait", "60s"]);
    let delivered = world.sink.arrivals();
    assert!(acknowledged.iter().all(|number| delivered.contains_key(number)));
}

#[tokio::test]
async fn the_retry_worker_delivers_once_the_destination_is_mended() {
    let world = World::start("dead_letter_retry: { enabled: true, interval: 1s }").await;
    eventually("it is tried again and rejected", || {
        world.json(&["list"]).first().filter(|letter| letter["replays"].as_u64() > Some(0)).map(drop)
    });
    world.sink.reject(None);
    eventually("it is delivered", || world.json(&["list"]).is_empty().then_some(()));
    assert_eq!(world.arrivals(), [1; 10]);
    assert_eq!(world.accounts(), (9.0, 1.0, 0.0));
}

#[tokio::test]
async fn letters_can_be_sent_to_an_otlp_endpoint_instead() {
    let world = World::start("").await;
    let elsewhere = Sink::start();
    let endpoint = format!("http://127.0.0.1:{}", elsewhere.port);
    let said = world.text(&["replay", "--all", "--endpoint", &endpoint]);
    assert_eq!(said, "1 delivered, 0 rejected again\n");
    assert_eq!(elsewhere.arrivals().into_iter().collect::<Vec<_>>(), [(7, 1)]);
    assert_eq!(elsewhere.received()[0].path, "/v1/logs");
    assert!(world.json(&["list"]).is_empty());
}
