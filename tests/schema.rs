//! The JSON Schema of the configuration against weir itself: what weir takes, an editor must not mark as wrong.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

#[path = "common/conformance.rs"]
mod conformance;
#[path = "docs/examples.rs"]
mod examples;

use conformance::{complaints, parse};
use examples::{Complete, documentation, root};
use serde_json::{Value, json};
use std::fs;

/// The valid configurations of the repository: of the tests, the documentation, the quickstart.
fn accepted() -> Vec<(String, String)> {
    let good = fs::read_dir(root().join("tests/config/good")).unwrap().map(|file| file.unwrap().path());
    let files = good.chain([root().join("config.example.yaml")]);
    let mut all: Vec<_> =
        files.map(|file| (file.display().to_string(), fs::read_to_string(file).unwrap())).collect();
    for page in documentation() {
        let text = fs::read_to_string(&page).unwrap();
        all.extend(examples::of(&text).map(|example| (page.display().to_string(), example.to_owned())));
    }
    assert!(all.len() > 15, "{}", all.len());
    all
}

fn weir_takes(yaml: &str) -> bool {
    weir::config::load(&[format!("yaml:{yaml}")], &[], &Complete).is_ok()
}

/// Every place in a configuration, as JSON pointers.
fn places(value: &Value, at: String, found: &mut Vec<String>) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                let key = key.replace('~', "~0").replace('/', "~1");
                places(value, format!("{at}/{key}"), found);
            }
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| places(item, format!("{at}/{index}"), found));
        }
        _ => {}
    }
    found.push(at);
}

#[test]
fn what_weir_takes_the_schema_takes() {
    for (name, text) in accepted() {
        assert_eq!(complaints(&parse(&text)), "", "{name}:\n{text}");
    }
}

/// The configuration again and again, at each place with `value` instead of what stands there.
fn with_everywhere(value: &Value, config: &Value) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    places(config, String::new(), &mut all);
    let changed = |place: String| {
        let mut changed = config.clone();
        *changed.pointer_mut(&place).unwrap() = value.clone();
        (place, changed)
    };
    all.into_iter().filter(|place| !place.is_empty()).map(changed).collect()
}

/// A reference is text, whatever it stands for; the schema cannot know what comes of it.
#[test]
fn a_reference_may_stand_wherever_a_value_may() {
    for (name, text) in accepted() {
        for (place, changed) in with_everywhere(&json!("${env:X}"), &parse(&text)) {
            assert_eq!(complaints(&changed), "", "{name}: {place}");
        }
    }
}

#[test]
fn a_null_may_stand_wherever_weir_takes_it() {
    for (name, text) in accepted() {
        for (place, changed) in with_everywhere(&Value::Null, &parse(&text)) {
            if weir_takes(&changed.to_string()) {
                assert_eq!(complaints(&changed), "", "{name}: {place}");
            }
        }
    }
}

#[test]
fn every_spelling_of_a_duration_or_size_that_weir_takes_the_schema_takes() {
    let config = |timeout: &str, budget: &str| {
        format!(
            "
receivers: {{ otlp: {{ protocols: {{ http: }} }} }}
exporters: {{ debug: }}
service:
  shutdown_timeout: {timeout}
  memory: {{ budget: {budget} }}
  pipelines: {{ logs: {{ receivers: [otlp], exporters: [debug] }} }}
"
        )
    };
    for (timeout, budget) in [
        ("5s", "512MiB"),
        ("0", "1000000"),
        ("\" 1h30m \"", "\" 512 MiB \""),
        (".5s", "\"1e9\""),
        ("5.s", "1.5GB"),
        ("1.5h2µs", "+5e8B"),
        ("${env:T}", "\"${env:N}MiB\""),
    ] {
        let text = config(timeout, budget);
        assert!(weir_takes(&text) || text.contains('$'), "{text}");
        assert_eq!(complaints(&parse(&text)), "", "{text}");
    }
    for (timeout, budget) in [("5", "5s"), ("-5s", "-5"), ("5s s", "MiB")] {
        let wrong_timeout = config(timeout, "512MiB");
        let wrong_budget = config("5s", budget);
        for text in [wrong_timeout, wrong_budget] {
            assert!(!weir_takes(&text) && !complaints(&parse(&text)).is_empty(), "{text}");
        }
    }
}

/// Other spellings of a choice, and spellings that YAML reads as something else.
#[test]
fn every_spelling_of_a_choice_that_weir_takes_the_schema_takes() {
    let config = |key: &str, value: &str| {
        format!(
            "
receivers: {{ otlp: {{ protocols: {{ http: {{ tls: {{ cert_file: c, key_file: k, {} }} }} }} }} }}
exporters: {{ file: {{ path: x, {} }} }}
service:
  telemetry: {{ logs: {{ {} }} }}
  pipelines: {{ logs: {{ receivers: [otlp], exporters: [file] }} }}
",
            if key == "min_version" { format!("{key}: {value}") } else { String::new() },
            if key == "format" || key == "compression" { format!("{key}: {value}") } else { String::new() },
            if key == "level" { format!("{key}: {value}") } else { String::new() },
        )
    };
    for (key, value) in [
        ("level", "INFO"),
        ("level", "DEBUG"),
        ("level", "WARN"),
        ("level", "ERROR"),
        ("format", "json"),
        ("compression", "\"\""),
        ("min_version", "1.3"),
        ("min_version", "\"1.2\""),
    ] {
        let text = config(key, value);
        assert!(weir_takes(&text), "{text}");
        assert_eq!(complaints(&parse(&text)), "", "{text}");
        // And it still is a choice.
        let text = config(key, "stranger");
        assert!(!weir_takes(&text) && !complaints(&parse(&text)).is_empty(), "{text}");
    }
}

#[test]
fn what_is_plainly_wrong_is_marked() {
    for broken in
        ["unknown_key", "unknown_choice", "top_level_key", "duration_without_unit", "map_where_list_belongs"]
    {
        let text = fs::read_to_string(root().join(format!("tests/config/broken/{broken}.yaml"))).unwrap();
        assert!(!complaints(&parse(&text)).is_empty(), "{broken}");
    }
}
