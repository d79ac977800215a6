//! Real OpenTelemetry SDKs as clients: everything arrives once, redacted.
//!
//! `tests/setup` installs them.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;

use common::sink::Sink;
use common::{Agent, eventually, root};
use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Command;

const COUNT: usize = 300;

const CONFIG: &str = "
receivers:
  otlp:
    protocols:
      grpc: { endpoint: 127.0.0.1:{grpc} }
      http: { endpoint: 127.0.0.1:{http} }
processors:
  redaction:
  security_event:
exporters:
  siem_http: { endpoint: http://127.0.0.1:{sink}/events, compression: none }
  otlp_http: { endpoint: http://127.0.0.1:{sink}, compression: none }
  file/events: { path: '{dir}/events.jsonl' }
  file/spans: { path: '{dir}/spans.jsonl' }
  file/metrics: { path: '{dir}/metrics.jsonl' }
service:
  telemetry: { metrics: { readers: [{ pull: { exporter: { prometheus: { host: 127.0.0.1, port: {metrics} } } } }] } }
  pipelines:
    logs: { receivers: [otlp], processors: [redaction, security_event], exporters: [siem_http, file/events] }
    traces: { receivers: [otlp], exporters: [otlp_http, file/spans] }
    metrics: { receivers: [otlp], exporters: [otlp_http, file/metrics] }
";

/// What the senders put into every record and span, and what must not come out.
const HIDDEN: [&str; 3] = ["hunter2", "maria@pii", "4539 6701 8200 0002"];

fn sdk(path: &str) -> PathBuf {
    let path = root().join("target/sdk").join(path);
    assert!(path.exists(), "{} is missing: run tests/setup first", path.display());
    path
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the SDK failed:\n{stderr}");
    assert!(!stderr.contains("Failed to export"), "the SDK could not export:\n{stderr}");
}

fn python(protocol: &str, endpoint: &str, run_id: &str) {
    let script = root().join("tests/sdk/send.py");
    run(Command::new(sdk("python/bin/python")).arg(script).args([
        protocol,
        endpoint,
        run_id,
        &COUNT.to_string(),
    ]));
}

fn node(endpoint: &str, run_id: &str) {
    run(Command::new("node").arg(sdk("node/send.mjs")).args([endpoint, run_id, &COUNT.to_string()]));
}

/// How often each `RUN-<number>` stands in `text`.
fn ids(text: &str) -> HashMap<&str, usize> {
    let mut found = HashMap::new();
    for run in ["grpc-", "http-", "json-"] {
        for (at, _) in text.match_indices(run) {
            let digits = text[at + run.len()..].bytes().take_while(u8::is_ascii_digit).count();
            if digits > 0 {
                *found.entry(&text[at..at + run.len() + digits]).or_default() += 1;
            }
        }
    }
    found
}

fn assert_once(what: &str, text: &str) {
    let ids = ids(text);
    let repeated: Vec<_> = ids.iter().filter(|(_, times)| **times != 1).take(5).collect();
    assert!(repeated.is_empty(), "{what}: more than once: {repeated:?}");
    assert_eq!(ids.len(), 3 * COUNT, "{what}: not all arrived");
}

#[test]
fn logs_spans_and_metrics_of_three_sdks_arrive_once_and_redacted() {
    let sink = Sink::start();
    let agent = Agent::start(&CONFIG.replace("{sink}", &sink.port.to_string()));
    python("grpc", &format!("http://127.0.0.1:{}", agent.grpc), "grpc");
    python("http", &format!("http://127.0.0.1:{}", agent.http), "http");
    node(&format!("http://127.0.0.1:{}", agent.http), "json");

    let file = |name: &str| std::fs::read_to_string(agent.dir.path().join(name)).unwrap_or_default();
    let arrived = |path: &str| -> String {
        let bodies = sink.received().into_iter().filter(|request| request.path == path);
        bodies.map(|request| String::from_utf8_lossy(&request.body).into_owned()).collect()
    };
    for (name, path) in [("events", "/events"), ("spans", "/v1/traces"), ("metrics", "/v1/metrics")] {
        eventually(&format!("{name} at both destinations"), || {
            let (file, arrived) = (file(&format!("{name}.jsonl")), arrived(path));
            (ids(&file).len() >= 3 * COUNT && ids(&arrived).len() >= 3 * COUNT).then_some(())
        });
        let (file, arrived) = (file(&format!("{name}.jsonl")), arrived(path));
        assert_once(path, &arrived);
        assert_once(name, &file);
        if name != "metrics" {
            for hidden in HIDDEN {
                assert!(!arrived.contains(hidden), "{hidden:?} left for {path}");
                assert!(!file.contains(hidden), "{hidden:?} left for the file of {name}");
            }
        }
    }
    assert_eq!(agent.metric("otelcol_receiver_accepted_log_records") as usize, 3 * COUNT);
    assert_eq!(agent.metric("otelcol_receiver_accepted_spans") as usize, 3 * COUNT);
    let (code, log) = agent.stop();
    assert_eq!(code, 0, "{log}");
    for hidden in HIDDEN {
        assert!(!log.contains(hidden), "{hidden:?} stands in the agent's own log");
    }
}
