//! Redaction for one exporter alone, from end to end: its destination sees less than its neighbour's, and the
//! journal, which both read, holds no more than the pipeline lets in.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod common;

use common::client::post;
use common::page::Page;
use common::sink::Sink;
use common::{Agent, RECEIVING, TELEMETRY, eventually};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Addresses are hashed in front of the journal. One destination gets the hashes, the other does not.
const CONFIG: &str = "
processors:
  redaction:
    actions: { email: hash }
    hash: { key_id: k1, key: '${file:{key}}' }
  redaction/archive:
    detectors: { hashes: true, phone: true }
exporters:
  file/siem: { path: '{dir}/siem.jsonl', {batch} }
  file/archive: { path: '{dir}/archive.jsonl', {batch}, {overlay} }
  siem_http:
    endpoint: http://127.0.0.1:{sink}/
    retry_on_failure: { initial_interval: 10ms, max_interval: 20ms }
    {batch}
    {overlay}
extensions:
  file_storage: { directory: '{dir}/storage', create_directory: true }
service:
  extensions: [file_storage]
  telemetry: {telemetry}
  pipelines:
    logs:
      receivers: [otlp]
      processors: [redaction]
      exporters: [file/siem, file/archive, siem_http]
      journal: { storage: file_storage }
    traces: { receivers: [otlp], processors: [redaction], exporters: [file/siem, file/archive] }
";

struct World {
    agent: Agent,
    sink: Sink,
    _key: tempfile::TempDir,
}

impl World {
    fn start() -> World {
        let key = tempfile::tempdir().unwrap();
        let file = key.path().join("key");
        fs::write(&file, "0123456789abcdef0123456789abcdef").unwrap();
        let sink = Sink::start();
        let overlay = "redaction: { processor: redaction/archive, journal_may_hold: [hashes, phone] }";
        let config = format!("{RECEIVING}{CONFIG}")
            .replace("{key}", file.to_str().unwrap())
            .replace("{sink}", &sink.port.to_string())
            .replace("{batch}", "sending_queue: { batch: { flush_timeout: 10ms } }")
            .replace("{overlay}", overlay)
            .replace("{telemetry}", TELEMETRY);
        World { agent: Agent::start(&config), sink, _key: key }
    }

    async fn send(&self, path: &str, request: Value) {
        let json = [("content-type", "application/json")];
        let answer = post(self.agent.http_address(), path, &json, request.to_string().as_bytes()).await;
        assert_eq!(answer.status, 200);
    }

    async fn send_logs(&self, bodies: &[&str]) {
        let records: Vec<_> = bodies.iter().map(|body| json!({ "body": { "stringValue": body } })).collect();
        self.send("/v1/logs", json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": records }] }] }))
            .await;
    }

    /// Waits until nothing waits for an exporter.
    fn settled(&self) -> Page {
        eventually("everything is settled", || {
            let page = Page::parse(&self.agent.scrape());
            let waiting = page.sum("weir_exporter_waiting_records", &[]);
            (waiting == 0.0 && page.sum("weir_exporter_accepted_records", &[]) > 0.0).then_some(page)
        })
    }

    fn file(&self, name: &str) -> String {
        fs::read_to_string(self.agent.dir.path().join(name)).unwrap()
    }
}

/// The messages of all events in a file of JSON lines.
fn messages(lines: &str) -> Vec<String> {
    let event = |line| serde_json::from_str::<Value>(line).unwrap();
    lines.lines().map(|line| event(line)["message"].as_str().unwrap().to_owned()).collect()
}

/// Whether a text is in any file below a folder.
fn holds(folder: &Path, text: &str) -> bool {
    fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => holds(&path, text),
            false => fs::read(&path).unwrap().windows(text.len()).any(|window| window == text.as_bytes()),
        }
    })
}

#[tokio::test]
async fn one_destination_gets_hashes_and_the_other_masks_and_the_journal_no_address() {
    let world = World::start();
    let sent = ["from maria@example.org", "to maria@example.org, jan@example.org", "call +44 20 7946 0958"];
    world.send_logs(&sent).await;
    let page = world.settled();

    let siem = messages(&world.file("siem.jsonl"));
    let hash = siem[0].strip_prefix("from ").unwrap();
    assert!(hash.starts_with("h1:k1:") && hash.len() == "h1:k1:".len() + 26, "{siem:?}");
    let other = siem[1].strip_prefix(&format!("to {hash}, ")).expect("equal addresses have equal hashes");
    assert!(other.starts_with("h1:k1:") && other != hash, "{siem:?}");
    assert_eq!(siem[2], sent[2], "the pipeline lets telephone numbers in");
    let archive = messages(&world.file("archive.jsonl"));
    assert_eq!(archive, ["from ****", "to ****, ****", "call ****"]);

    let storage = world.agent.dir.path().join("storage");
    assert!(holds(&storage, hash), "the journal is looked for in the wrong place");
    assert!(!holds(&storage, "maria@") && !holds(&storage, "jan@"));

    let hits = |processor, detector| {
        page.sum("weir_redaction_hits", &[("processor", processor), ("detector", detector)])
    };
    assert_eq!((hits("redaction", "email"), hits("redaction", "hashes")), (3.0, 0.0));
    // Two exporters.
    assert_eq!((hits("redaction/archive", "hashes"), hits("redaction/archive", "phone")), (6.0, 2.0));
    assert_eq!(hits("redaction/archive", "email"), 0.0);
}

#[tokio::test]
async fn every_pipeline_of_the_exporter_is_overlaid() {
    let world = World::start();
    let span = json!({
        "traceId": "0102030405060708090a0b0c0d0e0f10",
        "spanId": "0102030405060708",
        "name": "mail maria@example.org",
    });
    world.send("/v1/traces", json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": [span] }] }] })).await;
    world.settled();
    assert!(world.file("siem.jsonl").contains("\"mail h1:k1:"), "{}", world.file("siem.jsonl"));
    assert!(world.file("archive.jsonl").contains("\"mail ****\""), "{}", world.file("archive.jsonl"));
}

#[tokio::test]
async fn a_rejected_record_is_kept_as_the_journal_had_it_and_sent_again_as_its_destination_may_see_it() {
    let world = World::start();
    world.sink.reject(Some("event-7."));
    let sent: Vec<_> = (0..10).map(|number| format!("event-{number}. by u{number}@example.org")).collect();
    world.send_logs(&sent.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let page = world.settled();
    let accounts = page.accounts("siem_http");
    assert_eq!((accounts.delivered, accounts.dead_lettered), (9, 1));

    let letters = world.agent.dir.path().join("storage/dead_letters");
    assert!(holds(&letters, "event-7. by h1:k1:") && !holds(&letters, "u7@"));

    world.sink.reject(None);
    let mut weir = Command::new(env!("CARGO_BIN_EXE_weir"));
    let config = world.agent.dir.path().join("weir.yaml");
    assert!(
        weir.args(["deadletter", "replay", "--all", "--config"])
            .arg(config)
            .output()
            .unwrap()
            .status
            .success()
    );
    eventually("the letter arrives", || world.sink.text().contains("event-7. by ****").then_some(()));
    assert_eq!(world.sink.arrivals().into_values().collect::<Vec<_>>(), [1; 10]);
    assert!(!world.sink.text().contains("h1:"), "{}", world.sink.text());
}
