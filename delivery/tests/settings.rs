//! The Collector's keys, its defaults where they are safe, and its words for what is wrong.
#![allow(clippy::unwrap_used)]

use component::settings::Validate;
use delivery::Settings;
use journal::{LagLimit, Sizer};
use std::time::Duration;

fn read(json: &str) -> Settings {
    serde_json::from_str(json).unwrap()
}

fn problems(json: &str) -> Vec<(String, String)> {
    read(json).validate().into_iter().map(|problem| (problem.path, problem.message)).collect()
}

#[test]
fn the_defaults_are_the_collectors_except_where_those_lose_data() {
    let settings = read("{}");
    assert_eq!(settings, Settings::default());
    assert!(settings.validate().is_empty());
    let shown = serde_json::to_value(&settings).unwrap();
    let expected = serde_json::json!({
        "timeout": null,
        "retry_on_failure": {
            "enabled": true, "initial_interval": "5s", "randomization_factor": null, "multiplier": 1.5,
            "max_interval": "30s", "max_elapsed_time": "0s"
        },
        "dead_letter_retry": { "enabled": false, "interval": "5m", "max_age": "24h" },
        "sending_queue": {
            "enabled": true, "sizer": null, "queue_size": null, "num_consumers": 10,
            "block_on_overflow": false, "wait_for_result": false,
            "batch": { "enabled": true, "flush_timeout": "200ms", "min_size": 8192, "max_size": 0, "sizer": null }
        },
        "circuit_breaker": {
            "enabled": true, "failure_threshold": 5, "open_for": "10s", "success_threshold": 1
        },
        "rate_limit": {
            "enabled": false, "requests_per_second": null, "records_per_second": null, "burst_seconds": null
        }
    });
    assert_eq!(shown, expected);
    assert_eq!(settings.attempt_timeout(), Some(Duration::from_secs(5)));
    assert_eq!(read(r#"{"timeout": "0s"}"#).attempt_timeout(), None);
}

#[test]
fn a_queue_size_limits_how_far_the_exporter_may_lag() {
    assert_eq!(read("{}").sending_queue.lag_limit(), None);
    let settings = read(r#"{"sending_queue": {"queue_size": 1000}}"#);
    assert_eq!(settings.sending_queue.lag_limit(), Some(LagLimit { sizer: Sizer::Requests, size: 1000 }));
}

#[test]
fn everything_that_is_wrong_is_told_at_once_with_its_path() {
    let found = problems(
        r#"{
        "retry_on_failure": {
            "enabled": false, "randomization_factor": 1.5, "multiplier": -1, "max_elapsed_time": "1s"
        },
        "sending_queue": {
            "enabled": false, "num_consumers": 0, "queue_size": 0, "block_on_overflow": true, "wait_for_result": true,
            "batch": { "flush_timeout": "0s", "max_size": 5, "sizer": "requests" }
        },
        "circuit_breaker": { "failure_threshold": 0, "open_for": "0s", "success_threshold": 0 },
        "rate_limit": { "enabled": true, "burst_seconds": 0 }
    }"#,
    );
    let paths: Vec<_> = found.iter().map(|(path, _)| path.as_str()).collect();
    let expected = [
        "retry_on_failure.multiplier",
        "retry_on_failure.randomization_factor",
        "retry_on_failure.max_elapsed_time",
        "retry_on_failure.max_elapsed_time",
        "sending_queue.enabled",
        "sending_queue.num_consumers",
        "sending_queue.queue_size",
        "sending_queue.block_on_overflow",
        "sending_queue.wait_for_result",
        "sending_queue.batch.sizer",
        "sending_queue.batch.flush_timeout",
        "sending_queue.batch.max_size",
        "circuit_breaker.failure_threshold",
        "circuit_breaker.open_for",
        "circuit_breaker.success_threshold",
        "rate_limit.burst_seconds",
        "rate_limit",
    ];
    assert_eq!(paths, expected);
    let said = |text: &str| found.iter().any(|(_, message)| message.contains(text));
    for text in [
        "'max_elapsed_time' must not be less than 'initial_interval'",
        "'max_elapsed_time' must not be less than 'max_interval'",
        "randomization_factor value must be less than or equal to 1",
        "`num_consumers` must be positive",
        "`queue_size` must be positive",
        "`flush_timeout` must be positive, found 0s",
        "`max_size` (5) must be greater or equal to `min_size` (8192)",
        "`batch` supports only `items` or `bytes` sizer, found \"requests\"",
        "on_full: block",
        "ack: delivered",
    ] {
        assert!(said(text), "{text}");
    }
}

#[test]
fn a_batch_that_could_never_fill_is_refused_only_where_the_units_are_the_same() {
    let same = r#"{"sending_queue": {"sizer": "items", "queue_size": 100}}"#;
    let path = "sending_queue.batch.min_size".to_owned();
    let message = "`min_size` must be less than or equal to `queue_size`".to_owned();
    assert_eq!(problems(same), [(path, message)]);
    assert!(problems(r#"{"sending_queue": {"sizer": "requests", "queue_size": 100}}"#).is_empty());
}

#[test]
fn unknown_keys_are_refused_with_the_known_ones() {
    let error = serde_json::from_str::<Settings>(r#"{"sending_queue": {"storages": "file_storage"}}"#);
    let said = error.unwrap_err().to_string();
    assert!(said.contains("unknown field `storages`") && said.contains("num_consumers"), "{said}");
}
