//! Configurations through the built binary: what is valid loads, and what is broken is explained at
//! its place without showing a secret.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What must never be printed: values in the environment, and literal ones under secret keys.
const SECRETS: [&str; 4] = ["hunter2", "hunter3", "s3cr3t", "pa55word"];

fn weir(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_weir"))
        .args(arguments)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/config"))
        .env("SIEM_TOKEN", "s3cr3t-token")
        .env("SIEM_PAIR", "s3cr3t: pa55word")
        .env("HMAC_KEY", "s3cr3t-s3cr3t-s3cr3t-s3cr3t-s3cr3t")
        .env("SIEM_URL", "https://siem.example:8088")
        .env_remove("UNSET")
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/config").join(folder);
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn name(file: &Path) -> String {
    file.file_stem().unwrap().to_str().unwrap().to_owned()
}

/// Each broken file is refused with exit code 1, nothing on standard output, and an explanation
/// that shows no secret.
#[test]
fn every_broken_configuration_is_explained() {
    let files = files("broken");
    assert!(files.len() > 40, "{}", files.len());
    insta::with_settings!({ snapshot_path => "config/snapshots", prepend_module_to_snapshot => false }, {
        for file in files {
            let name = name(&file);
            let output = weir(&["validate", "--config", &format!("broken/{name}.yaml")]);
            let explained = text(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{name}: {explained}");
            assert!(output.stdout.is_empty(), "{name}");
            for secret in SECRETS {
                assert!(!explained.contains(secret), "{name} shows {secret}: {explained}");
            }
            insta::assert_snapshot!(name, explained);
        }
    });
}

/// Ten errors in one file are all reported by one run.
#[test]
fn all_errors_of_a_file_are_reported_at_once() {
    let output = weir(&["validate", "--config", "broken/ten_errors.yaml"]);
    assert!(text(&output.stderr).contains("invalid configuration: 10 errors"), "{}", text(&output.stderr));
}

/// Valid configurations, among them the benchmark's, load with exit code 0 and nothing on standard output.
#[test]
fn every_good_configuration_loads() {
    for file in files("good") {
        let name = name(&file);
        let output = weir(&["validate", "--config", &format!("good/{name}.yaml")]);
        assert_eq!(output.status.code(), Some(0), "{name}: {}", text(&output.stderr));
        assert!(output.stdout.is_empty(), "{name}");
    }
}

/// A valid configuration says nothing at all; `redaction: off` is worth a warning.
#[test]
fn validate_is_silent_but_for_warnings() {
    let silent = weir(&["validate", "--config", "good/minimal.yaml"]);
    assert_eq!((silent.status.code(), text(&silent.stderr)), (Some(0), String::new()));
    let warned = weir(&["validate", "--config", "good/passthrough_http.yaml"]);
    assert!(text(&warned.stderr).contains("warning: service::pipelines::logs: redaction is off"));
    let alias = weir(&["validate", "--config", "good/minimal.yaml", "--set", "exporters.otlp.endpoint=a:1"]);
    assert!(text(&alias.stderr).contains(r#""otlp" alias is deprecated; use "otlp_grpc" instead"#));
    assert!(text(&alias.stderr).contains("no pipeline uses this exporter"));
    let spare = ["--set=extensions.file_storage={}", "--set=service.extensions=[file_storage]"];
    let spare = weir(&[&["validate", "--config", "good/minimal.yaml"], spare.as_slice()].concat());
    assert_eq!(spare.status.code(), Some(0));
    assert!(text(&spare.stderr).contains("no pipeline keeps its journal in \"file_storage\""));
}

/// A configuration that is valid has these warnings.
#[track_caller]
fn assert_warnings(file: &str, snapshot: &str) {
    let output = weir(&["validate", "--config", file]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    insta::with_settings!({ snapshot_path => "config/snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(snapshot, text(&output.stderr));
    });
}

/// Rules of redaction that work, but hardly as they were meant, are worth a warning at their place.
#[test]
fn odd_rules_of_redaction_are_warned_about() {
    assert_warnings("good/collector_redaction.yaml", "odd_redaction");
}

/// Settings of redaction that do nothing are worth a warning at their place.
#[test]
fn settings_of_redaction_without_effect_are_warned_about() {
    assert_warnings("good/idle_redaction.yaml", "idle_redaction");
}

/// An exporter's own redaction that comes too late works, and is worth a warning at its place.
#[test]
fn what_an_exporters_redaction_cannot_bring_back_is_warned_about() {
    assert_warnings("good/overlay.yaml", "overlay_too_late");
}

/// The tools of redaction tell an exporter's own apart from that of its pipelines.
#[test]
fn redact_shows_what_is_hidden_from_one_exporter_only() {
    let coverage = text(&weir(&["redact", "coverage", "--config", "good/overlay.yaml"]).stdout);
    let (pipeline, exporter) = coverage.split_once("For exporter debug/archive").expect(&coverage);
    let says =
        |text: &str, detector: &str, action: &str| text.contains(&format!("  {detector:<24} {action}\n"));
    assert!(says(pipeline, "email", "hash") && !says(pipeline, "hashes", "mask"), "{coverage}");
    assert!(says(exporter, "hashes", "mask") && says(exporter, "phone", "mask"), "{coverage}");
    assert!(exporter.contains("the journal may hold: hashes, phone"), "{coverage}");

    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("input");
    fs::write(&input, "maria@example.org, +44 20 7946 0958\n").unwrap();
    let test = ["redact", "test", "--config", "good/overlay.yaml", "--input", input.to_str().unwrap()];
    let all = text(&weir(&test).stdout);
    assert!(all.contains("h1:k1:") && all.contains("+44 20 7946 0958"), "{all}");
    let one = text(&weir(&[test.as_slice(), &["--exporter", "debug/archive"]].concat()).stdout);
    assert!(one.contains("\"****, ****\""), "{one}");
    let none = weir(&[test.as_slice(), &["--exporter", "debug"]].concat());
    assert_eq!(none.status.code(), Some(1));
    assert!(text(&none.stderr).contains("exporter debug has no redaction of its own"));
}

/// Of attributes that are taken out, hidden and added each is told, and nothing of what is hidden.
#[test]
fn redact_shows_what_becomes_of_each_attribute_and_no_value_that_is_hidden() {
    let attribute =
        |(key, value): &(&str, &str)| format!(r#"{{"key":"{key}","value":{{"stringValue":"{value}"}}}}"#);
    let attributes = [
        ("gone", "hunter2"),
        ("name", "Maria"),
        ("user.*", "paid with 4111111111111111"),
        ("other", "s3cr3t"),
        ("id", "pa55word@mycompany.com"),
        ("api_token", "pa55word"),
    ];
    let attributes = attributes.iter().map(attribute).collect::<Vec<_>>().join(",");
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("input");
    let logs = format!(
        r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"attributes":[{attributes}]}}]}}]}}]}}"#
    );
    fs::write(&input, logs).unwrap();
    let file = ["--config", "good/collector_redaction.yaml", "--processor", "redaction"];
    let test = [&["redact", "test", "--input", input.to_str().unwrap()], file.as_slice()].concat();
    let shown = text(&weir(&test).stdout);
    let path = "resourceLogs[0].scopeLogs[0].logRecords[0].attributes";
    insta::assert_snapshot!(shown.replace(path, "ATTRIBUTES"), @r#"
    record 1
      ATTRIBUTES[0]: taken out
      ATTRIBUTES.user.*.value.stringValue: "paid with ****"
      ATTRIBUTES[3]: taken out
      ATTRIBUTES.id.value.stringValue: "****"
      ATTRIBUTES.api_token.value.stringValue: "****"
      ATTRIBUTES.redaction.redacted.keys.value.stringValue: "gone,other"
      ATTRIBUTES.redaction.redacted.count.value.intValue: "2"
      ATTRIBUTES.redaction.masked.keys.value.stringValue: "api_token,user.*"
      ATTRIBUTES.redaction.masked.count.value.intValue: "2"
      ATTRIBUTES.redaction.allowed.keys.value.stringValue: "id"
      ATTRIBUTES.redaction.allowed.count.value.intValue: "1"
      found: allowed_keys in attributes 2×, blocked_values in attributes 1×, blocked_key_patterns in attributes 1×, email in attributes 1×
    1 records, 1 with finds
      allowed_keys             attributes          2
      blocked_key_patterns     attributes          1
      blocked_values           attributes          1
      email                    attributes          1
    "#);
    for secret in SECRETS.iter().chain(&["4111"]) {
        assert!(!shown.contains(secret), "{shown}");
    }
}

/// What print-config prints is a configuration again, with defaults, and no secret in it.
#[test]
fn the_effective_configuration_shows_defaults_and_no_secret() {
    let sets = [
        "--set=exporters.otlp_grpc.endpoint=${env:SIEM_URL}",
        "--set=exporters.otlp_grpc.headers={authorization: hunter2, x-token: '${env:SIEM_TOKEN}'}",
        "--set=exporters.otlp_grpc.timeout=7s",
    ];
    let arguments = [&["print-config", "--config", "good/minimal.yaml"], sets.as_slice()].concat();
    let output = weir(&arguments);
    let yaml = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    for secret in SECRETS.iter().chain(&["siem.example"]) {
        assert!(!yaml.contains(secret), "{yaml}");
    }
    for part in ["${env:SIEM_URL}", "[REDACTED]", "shutdown_timeout: 30s", "budget: 512MiB", "timeout: 7s"] {
        assert!(yaml.contains(part), "{part} is missing in {yaml}");
    }
    let json = weir(&[arguments.as_slice(), &["--format", "json"]].concat());
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["service"]["pipelines"]["logs"]["ack"], "received");
    let stored = weir(&["print-config", "--config", "good/durable.yaml", "--format", "json"]);
    let stored: serde_json::Value = serde_json::from_slice(&stored.stdout).unwrap();
    assert_eq!(stored["service"]["pipelines"]["logs"]["ack"], "durable");

    // A round trip: what was printed loads again.
    let folder = tempfile::tempdir().unwrap();
    let printed = folder.path().join("printed.yaml");
    fs::write(&printed, yaml).unwrap();
    let again = weir(&["validate", "--config", printed.to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(0), "{}", text(&again.stderr));
}

/// Whatever command meets it, a secret from the environment in the wrong place is not shown.
#[test]
fn a_secret_in_the_wrong_place_is_never_shown() {
    for key in [
        "service.shutdown_timeout",
        "service.memory.budget",
        "service.pipelines.logs.ack",
        "service.pipelines.logs.exporters",
        "service.pipelines.logs",
        "service.extensions",
        "service.telemetry.logs.level",
        "service.telemetry.metrics.readers",
        "exporters",
        "exporters.debug",
        "exporters.debug.verbosity",
        "exporters.otlp_grpc.endpoint",
        "exporters.otlp_grpc.compression",
        "exporters.otlp_grpc.tls.insecure",
        "exporters.otlp_grpc.sending_queue.num_consumers",
        "receivers.otlp.protocols",
        "extensions.health_check.endpoint",
        "extensions.health_check.path",
        "no.such.key",
    ] {
        for variable in
            ["${env:SIEM_TOKEN}", "x${SIEM_TOKEN}y", "${env:SIEM_PAIR}", "[\"${env:SIEM_TOKEN}\"]"]
        {
            for command in ["validate", "print-config"] {
                let set = format!("--set={key}={variable}");
                let output = weir(&[command, "--config", "good/minimal.yaml", &set]);
                let shown = text(&output.stdout) + &text(&output.stderr);
                for secret in SECRETS {
                    assert!(!shown.contains(secret), "{command} {set} shows {secret}: {shown}");
                }
            }
        }
    }
}

/// The commands that need no configuration work without one.
#[test]
fn the_command_line_answers_for_itself() {
    let schema = weir(&["config", "schema"]);
    let schema: serde_json::Value = serde_json::from_slice(&schema.stdout).unwrap();
    let exporters = &schema["properties"]["exporters"]["patternProperties"];
    let otlp = &exporters["^\\s*otlp_grpc\\s*(/.+)?$"]["properties"];
    assert!(otlp["endpoint"].is_object() && otlp["sending_queue"].is_object(), "{otlp}");
    assert_eq!(exporters["^\\s*otlp\\s*(/.+)?$"]["deprecated"], true);

    let components = text(&weir(&["components"]).stdout);
    assert!(components.contains("- name: siem_http\n    aliases: [securityevent]"), "{components}");
    assert_eq!(text(&weir(&["version"]).stdout), format!("weir {}\n", env!("CARGO_PKG_VERSION")));

    let none = weir(&["run"]);
    assert_eq!(none.status.code(), Some(1));
    assert!(text(&none.stderr).contains("at least one config flag must be provided"));
    assert_eq!(weir(&["ruin"]).status.code(), Some(2));
    assert!(text(&weir(&["--help"]).stdout).contains("Exit codes:"));
}
