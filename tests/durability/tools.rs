//! `weir journal` on the directory of a running agent, and on a damaged one.

use crate::common::Agent;
use crate::common::sender::{Sender, numbered, numbers};
use crate::common::sink::{Answer, Sink};
use crate::config;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Runs weir with a directory behind the arguments; exit code, standard output and error.
pub fn weir(arguments: &[&str], directory: &Path) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_weir")).args(arguments).arg(directory).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn status_verify_and_export_work_while_the_agent_writes_and_verify_finds_damage() {
    let sink = Sink::start();
    sink.answer_always(Some(Answer::Status(503, "")));
    let agent = Agent::start(&config(&sink, "", ""));
    for request in 0..20 {
        let numbers = request * 5..request * 5 + 5;
        let answer = Sender::new(agent.http_address()).logs(&numbered(numbers, 10)).await;
        assert_eq!(answer.unwrap().status, 200);
    }
    let directory = agent.dir.path().join("journal");
    let (code, status, error) = weir(&["journal", "status", "--json", "--directory"], &directory);
    assert_eq!(code, 0, "{error}");
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    assert_eq!(status[0]["pipeline"], "logs");
    assert_eq!(status[0]["readers"][0]["name"], "siem_http");
    assert_eq!(status[0]["readers"][0]["waiting"]["records"], 100);
    let configuration = agent.dir.path().join("weir.yaml");
    let (code, status, error) = weir(&["journal", "status", "--config"], &configuration);
    assert_eq!(code, 0, "{error}");
    assert!(status.contains("siem_http: 20 requests wait, 100 records"), "{status}");

    let (code, found, error) = weir(&["journal", "verify", "--json", "--directory"], &directory);
    assert_eq!(code, 0, "{found} {error}");
    let found: serde_json::Value = serde_json::from_str(&found).unwrap();
    assert_eq!((&found[0]["requests"], &found[0]["records"]), (&20.into(), &100.into()));

    let (code, lines, error) = weir(&["journal", "export", "--directory"], &directory.join("logs"));
    assert_eq!((code, lines.lines().count()), (0, 20), "{error}");
    assert_eq!(numbers(lines.as_bytes()), (0..100).collect::<Vec<_>>());
    let arguments = ["journal", "export", "--format", "otlp_proto", "--directory"];
    assert_eq!(weir(&arguments, &directory).0, 0);

    // A byte in the middle of a copy.
    let copy = agent.dir.path().join("copy");
    fs::create_dir_all(copy.join("cursors")).unwrap();
    fs::create_dir_all(copy.join("quarantine")).unwrap();
    for entry in fs::read_dir(directory.join("logs")).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.extension().is_some_and(|extension| extension == "log") {
            let mut bytes = fs::read(&entry).unwrap();
            bytes[1500] ^= 1;
            fs::write(copy.join(entry.file_name().unwrap()), bytes).unwrap();
        }
    }
    let (code, found, error) = weir(&["journal", "verify", "--directory"], &copy);
    assert_eq!(code, 2, "{found} {error}");
    assert!(found.contains("19 requests are intact") && found.contains("1 requests are missing"), "{found}");
    let (code, lines, error) = weir(&["journal", "export", "--directory"], &copy);
    assert_eq!((code, lines.lines().count()), (2, 19), "{error}");

    let (code, _, error) = weir(&["journal", "status", "--directory"], &agent.dir.path().join("nowhere"));
    assert!(code == 1 && error.contains("cannot read"), "{error}");
    let (code, _, error) =
        weir(&["journal", "status", "--directory"], &agent.dir.path().join("copy/quarantine"));
    assert!(code == 1 && error.contains("there is no such journal"), "{error}");
}
