//! The journal on disk, through the built binary: what was acknowledged survives kills, outages and a full
//! disk, and a directory that cannot be used is explained.
//!
//! `WEIR_CRASH_ROUNDS=500 cargo test --test durability kill` crashes it for longer.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

#[path = "../common/mod.rs"]
mod common;
mod directories;
mod failing;
mod full;
mod kill;
mod load;
mod outage;
mod tools;

use common::page::{Accounts, Page};
use common::sink::Sink;
use common::{Agent, RECEIVING, TELEMETRY, eventually};

const CONFIG: &str = "
exporters:
  siem_http:
    endpoint: http://127.0.0.1:{sink}
    timeout: 2s
    retry_on_failure: { initial_interval: 10ms, max_interval: 50ms }
    circuit_breaker: { open_for: 20ms }
    sending_queue: { batch: { flush_timeout: 10ms } }
extensions:
  file_storage: { directory: '{storage}', create_directory: true, segment_size: 1MiB, {limits} }
  health_check: { endpoint: 127.0.0.1:{health} }
service:
  extensions: [file_storage, health_check]
  memory: { budget: 16MiB }
  shutdown_timeout: 1s
  telemetry: {telemetry}
  pipelines:
    logs: { receivers: [otlp], exporters: [siem_http], journal: { storage: file_storage }, {pipeline} }
";

/// A configuration with its journal in `{dir}/journal`; `{limits}` and `{pipeline}` are more keys there.
fn config(sink: &Sink, limits: &str, pipeline: &str) -> String {
    config_in("{dir}/journal", sink, limits, pipeline)
}

fn config_in(storage: &str, sink: &Sink, limits: &str, pipeline: &str) -> String {
    format!("{RECEIVING}{CONFIG}")
        .replace("{telemetry}", TELEMETRY)
        .replace("{storage}", storage)
        .replace("{limits}", limits)
        .replace("{pipeline}", pipeline)
        .replace("{sink}", &sink.port.to_string())
}

fn accounts(agent: &Agent) -> Accounts {
    let accounts = Page::parse(&agent.scrape()).accounts("siem_http");
    accounts.assert_balanced();
    accounts
}

/// Waits until nothing waits any more; the accounts then.
fn drained(agent: &Agent) -> Accounts {
    eventually("everything is delivered", || {
        (agent.metric("weir_exporter_waiting_records") == 0.0).then(|| accounts(agent))
    })
}
