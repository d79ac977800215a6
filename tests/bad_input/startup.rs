//! Starts that fail say why, and starts that could fail later do not fail.

use crate::common::sender::{Sender, arrivals, numbered};
use crate::common::sink::Sink;
use crate::common::{Agent, RECEIVING, TELEMETRY, eventually, free_ports, http_get};
use std::net::TcpListener;

const CONFIG: &str = "
exporters:
  siem_http:
    endpoint: http://127.0.0.1:{sink}
    retry_on_failure: { initial_interval: 10ms, max_interval: 100ms }
    circuit_breaker: { open_for: 50ms }
extensions:
  health_check: { endpoint: 127.0.0.1:{health} }
service:
  extensions: [health_check]
  telemetry: {telemetry}
  pipelines:
    logs: { receivers: [otlp], exporters: [siem_http] }
";

fn config(sink: u16) -> String {
    format!("{RECEIVING}{CONFIG}").replace("{telemetry}", TELEMETRY).replace("{sink}", &sink.to_string())
}

#[test]
fn an_unknown_key_stops_the_start_and_is_named_with_its_place() {
    let mut agent = Agent::spawn(&config(1).replace("open_for", "open_fro"));
    assert_eq!(agent.wait(), 1);
    agent.wait_for_log("open_fro");
    agent.wait_for_log("did you mean");
    agent.wait_for_log("weir.yaml:");
}

#[test]
fn a_port_in_use_stops_the_start_and_names_the_key() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = listener.local_addr().unwrap().port().to_string();
    for (port, key) in [
        ("{grpc}", "receivers::otlp: protocols.grpc.endpoint: cannot listen on"),
        ("{http}", "receivers::otlp: protocols.http.endpoint: cannot listen on"),
        ("{metrics}", "service::telemetry::metrics::readers: cannot listen on"),
        ("{health}", "extensions::health_check: endpoint: cannot listen on"),
    ] {
        let mut agent = Agent::spawn(&config(1).replace(port, &taken));
        assert_eq!(agent.wait(), 1, "{port}");
        agent.wait_for_log(key);
        assert!(!agent.log().contains("Everything is ready"), "{}", agent.log());
    }
}

#[test]
fn one_port_for_two_endpoints_stops_the_start() {
    let [port] = free_ports::<1>();
    let port = port.to_string();
    for (one, other, what) in [
        (
            "{grpc}",
            "{http}",
            "receivers::otlp::protocols::http::endpoint: gRPC and HTTP need endpoints of their own",
        ),
        ("{http}", "{metrics}", "receivers::otlp: protocols.http.endpoint: cannot listen on"),
    ] {
        let mut agent = Agent::spawn(&config(1).replace(one, &port).replace(other, &port));
        assert_eq!(agent.wait(), 1, "{one} and {other}");
        agent.wait_for_log(what);
    }
}

/// A second agent beside the first does not take its data away.
#[tokio::test]
async fn a_second_agent_on_the_same_ports_fails_and_the_first_goes_on() {
    let sink = Sink::start();
    let first = Agent::start(&config(sink.port));
    let text = std::fs::read_to_string(first.dir.path().join("weir.yaml")).unwrap();
    let mut second = Agent::spawn(&text);
    assert_eq!(second.wait(), 1, "{}", second.log());
    assert_eq!(Sender::new(first.http_address()).logs(&numbered(0..5, 10)).await.unwrap().status, 200);
    eventually("all arrive", || (sink.arrivals().len() == 5).then_some(()));
}

#[tokio::test]
async fn a_destination_that_is_not_there_stops_nothing_and_gets_everything_when_it_comes() {
    let [port] = free_ports::<1>();
    let agent = Agent::start(&config(port));
    let answer = Sender::new(agent.http_address()).logs(&numbered(0..100, 10)).await.unwrap();
    assert_eq!(answer.status, 200, "accepted data waits in the journal");
    eventually("it is tried again and again", || {
        (agent.metric("weir_exporter_retries") >= 3.0).then_some(())
    });
    agent.wait_for_log("connection refused");
    // An outage that has just begun is the destination's problem, not the agent's.
    assert_eq!(http_get(agent.health, "/").0, 200);
    let sink = Sink::start_on(port);
    eventually("all arrive", || (sink.arrivals().len() == 100).then_some(()));
    let received = sink.received();
    let arrivals = arrivals(received.iter().map(|request| request.body.as_slice()));
    assert!(arrivals.values().all(|times| *times == 1), "{arrivals:?}");
}
