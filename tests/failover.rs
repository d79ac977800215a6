//! The `failover` connector with two destinations, of which the first dies and comes back: every record
//! arrives, once, at one of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod common;

use common::page::Page;
use common::sender::{Sender, numbered};
use common::sink::{Answer, Sink};
use common::{Agent, RECEIVING, TELEMETRY, eventually};

const CONFIG: &str = "
exporters:
  siem_http: { endpoint: http://127.0.0.1:{first}/, {delivery} }
  siem_http/standby: { endpoint: http://127.0.0.1:{standby}/, {delivery} }
connectors:
  failover:
    priority_levels: [[logs/first], [logs/standby]]
    retry_interval: 200ms
service:
  memory: { budget: 8MiB }
  telemetry: {telemetry}
  shutdown_timeout: {shutdown}
  pipelines:
    logs: { receivers: [otlp], exporters: [failover], ack: {ack} }
    logs/first: { receivers: [failover], exporters: [siem_http], ack: {ack} }
    logs/standby: { receivers: [failover], exporters: [siem_http/standby], ack: {ack} }
";

const DELIVERY: &str = "retry_on_failure: { initial_interval: 10ms, max_interval: 20ms }, \
    circuit_breaker: { failure_threshold: 2, open_for: 30ms }, \
    sending_queue: { batch: { enabled: false } }";

struct World {
    first: Sink,
    standby: Sink,
    agent: Agent,
    sent: u64,
}

impl World {
    fn start(ack: &str, shutdown: &str) -> World {
        let (first, standby) = (Sink::start(), Sink::start());
        let config = format!("{RECEIVING}{CONFIG}")
            .replace("{first}", &first.port.to_string())
            .replace("{standby}", &standby.port.to_string())
            .replace("{delivery}", DELIVERY)
            .replace("{telemetry}", TELEMETRY)
            .replace("{ack}", ack)
            .replace("{shutdown}", shutdown);
        World { first, standby, agent: Agent::start(&config), sent: 0 }
    }

    /// What both destinations answer.
    fn answer_everywhere(&self, answer: Option<Answer>) {
        self.first.answer_always(answer.clone());
        self.standby.answer_always(answer);
    }

    /// Sends one record by itself; its number.
    async fn send(&mut self) -> u64 {
        let number = self.sent;
        self.sent += 1;
        let answer = Sender::new(self.agent.http_address()).logs(&numbered(number..number + 1, 10)).await;
        assert_eq!(answer.unwrap().status, 200);
        number
    }

    /// Sends one record after another until one of them has arrived at `sink`.
    async fn send_until_at(&mut self, sink: fn(&World) -> &Sink) {
        for _ in 0..500 {
            let number = self.send().await;
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            if sink(self).arrivals().contains_key(&number) {
                return;
            }
        }
        panic!("nothing arrives: {}", self.agent.log());
    }

    /// What was sent is at exactly one of the destinations, once, and accounted for.
    fn check(self) {
        eventually("everything has arrived", || {
            let arrived = self.first.arrivals().len() + self.standby.arrivals().len();
            (arrived as u64 == self.sent).then_some(())
        });
        let (first, standby) = (self.first.arrivals(), self.standby.arrivals());
        assert!(first.values().chain(standby.values()).all(|times| *times == 1));
        assert!(first.keys().all(|number| !standby.contains_key(number)));
        let page = eventually("everything is settled", || {
            let page = Page::parse(&self.agent.scrape());
            (page.sum("weir_exporter_waiting_records", &[]) == 0.0).then_some(page)
        });
        for (exporter, records) in [
            ("failover", self.sent),
            ("siem_http", first.len() as u64),
            ("siem_http/standby", standby.len() as u64),
        ] {
            let accounts = page.accounts(exporter);
            assert_eq!((accounts.accepted, accounts.delivered), (records, records), "{exporter}");
        }
        assert_eq!(page.sum("weir_memory_used_bytes", &[]), 0.0);
        let (code, log) = self.agent.stop();
        assert_eq!(code, 0, "{log}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn data_goes_to_the_standby_while_the_first_is_dead_and_back_again_and_none_is_lost() {
    let mut world = World::start("received", "30s");
    for _ in 0..10 {
        world.send().await;
    }
    eventually("the first has all", || (world.first.arrivals().len() == 10).then_some(()));
    assert!(world.standby.arrivals().is_empty());

    world.first.answer_always(Some(Answer::Reset));
    world.send_until_at(|world| &world.standby).await;
    assert_eq!(world.agent.metric("weir_failover_level"), 2.0);
    let before = world.first.arrivals().len();
    for _ in 0..20 {
        world.send().await;
    }
    assert_eq!(world.first.arrivals().len(), before);

    world.first.answer_always(None);
    world.send_until_at(|world| &world.first).await;
    assert_eq!(world.agent.metric("weir_failover_level"), 1.0);
    assert_eq!(world.agent.metric("weir_failover_switches"), 2.0);
    world.check();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_no_destination_works_everything_waits_where_it_is() {
    let mut world = World::start("received", "30s");
    world.answer_everywhere(Some(Answer::Status(503, "")));
    for _ in 0..500 {
        world.send().await;
        if world.agent.metric("weir_failover_level") == 0.0 {
            break;
        }
    }
    let held = world.sent;
    for _ in 0..20 {
        world.send().await;
    }
    let page = Page::parse(&world.agent.scrape());
    assert!(
        page.accounts("failover").waiting >= 20,
        "{held} of {}: {:?}",
        world.sent,
        page.accounts("failover")
    );
    world.answer_everywhere(None);
    world.check();
}

/// `ack: delivered` holds across the connector.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sender_that_waits_for_delivery_waits_for_the_destination() {
    let mut world = World::start("delivered", "30s");
    for arrived in 1..=10 {
        world.send().await;
        assert_eq!(world.first.arrivals().len(), arrived);
    }
    world.first.answer_always(Some(Answer::Stall));
    let address = world.agent.http_address();
    let waiting = tokio::spawn(async move { Sender::new(address).logs(&numbered(10..11, 10)).await });
    eventually("it is on its way", || (world.first.seen() == 11).then_some(()));
    assert!(!waiting.is_finished(), "not answered before it is delivered");
    world.first.answer_always(None);
    assert_eq!(waiting.await.unwrap().unwrap().status, 200);
    world.sent += 1;
    world.check();
}

/// Bytes that wait before the connector and behind it fill the budget; what moves on needs none of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_budget_that_is_full_before_the_connector_empties_through_it() {
    let mut world = World::start("received", "30s");
    world.answer_everywhere(Some(Answer::Status(503, "")));
    let mut sender = Sender::new(world.agent.http_address());
    loop {
        let body = numbered(world.sent..world.sent + 1, 200_000);
        match sender.logs(&body).await.unwrap().status {
            200 => world.sent += 1,
            status => {
                assert_eq!(status, 503);
                break;
            }
        }
    }
    assert!(world.sent > 10, "{}", world.sent);
    world.answer_everywhere(None);
    world.check();
}

/// What a connector still has to hand on when weir stops leaves as well.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_drains_through_the_connector() {
    let mut world = World::start("received", "60s");
    world.answer_everywhere(Some(Answer::Status(503, "")));
    for _ in 0..200 {
        world.send().await;
    }
    world.agent.signal("TERM");
    world.agent.wait_for_log("Starting shutdown");
    world.answer_everywhere(None);
    let code = world.agent.wait();
    assert_eq!(code, 0, "{}", world.agent.log());
    assert_eq!((world.first.arrivals().len() + world.standby.arrivals().len()) as u64, world.sent);
}

/// Two destinations behind a connector that is itself the last resort of another.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connectors_stand_in_a_row() {
    let sinks = [Sink::start(), Sink::start(), Sink::start()];
    let mut config =
        format!("{RECEIVING}{ROW}").replace("{telemetry}", TELEMETRY).replace("{delivery}", DELIVERY);
    for (index, sink) in sinks.iter().enumerate() {
        config = config.replace(&format!("{{{index}}}"), &sink.port.to_string());
    }
    let agent = Agent::start(&config);
    sinks[0].answer_always(Some(Answer::Reset));
    sinks[1].answer_always(Some(Answer::Reset));
    let mut sender = Sender::new(agent.http_address());
    let mut sent = 0;
    while !sinks[2].arrivals().contains_key(&(sent.max(1) - 1)) {
        assert!(sent < 1000, "nothing arrives at the end of the row: {}", agent.log());
        assert_eq!(sender.logs(&numbered(sent..sent + 1, 10)).await.unwrap().status, 200);
        sent += 1;
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    sinks.iter().for_each(|sink| sink.answer_always(None));
    agent.signal("TERM");
    let mut agent = agent;
    assert_eq!(agent.wait(), 0, "{}", agent.log());
    let arrived: Vec<_> = sinks.iter().flat_map(|sink| sink.arrivals()).collect();
    assert_eq!(arrived.len() as u64, sent);
    assert!(arrived.iter().all(|(_, times)| *times == 1));
}

const ROW: &str = "
exporters:
  siem_http/0: { endpoint: http://127.0.0.1:{0}/, {delivery} }
  siem_http/1: { endpoint: http://127.0.0.1:{1}/, {delivery} }
  siem_http/2: { endpoint: http://127.0.0.1:{2}/, {delivery} }
connectors:
  failover/outer: { priority_levels: [[logs/0], [logs/inner]] }
  failover/inner: { priority_levels: [[logs/1], [logs/2]] }
service:
  telemetry: {telemetry}
  pipelines:
    logs: { receivers: [otlp], exporters: [failover/outer] }
    logs/0: { receivers: [failover/outer], exporters: [siem_http/0] }
    logs/inner: { receivers: [failover/outer], exporters: [failover/inner] }
    logs/1: { receivers: [failover/inner], exporters: [siem_http/1] }
    logs/2: { receivers: [failover/inner], exporters: [siem_http/2] }
";
