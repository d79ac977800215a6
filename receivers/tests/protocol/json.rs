//! OTLP/JSON over HTTP: the same request, the same answers, written in the request's encoding.

use crate::client::{post, request, send};
use crate::receiver::{Pipelines, start, start_default};
use crate::requests::logs;
use component::{Accepted, Refusal};
use serde_json::json;
use std::time::Duration;

const JSON: (&str, &str) = ("content-type", "application/json");

/// What `logs(records, size)` is in JSON.
fn json_logs(records: usize, size: usize) -> Vec<u8> {
    let record = json!({ "timeUnixNano": "1", "body": { "stringValue": "x".repeat(size) } });
    let scope = json!({ "logRecords": vec![record; records] });
    json!({ "resourceLogs": [{ "scopeLogs": [scope] }] }).to_string().into_bytes()
}

#[tokio::test]
async fn a_json_request_arrives_as_the_protobuf_request_that_it_means() {
    let receiver = start_default(Pipelines::default()).await;
    // The second is large enough to be read off the reactor.
    for (records, size) in [(3, 5), (500, 300)] {
        let answer = post(receiver.http, "/v1/logs", &[JSON], &json_logs(records, size)).await;
        assert_eq!((answer.status, answer.text().as_str()), (200, "{}"));
        assert_eq!(answer.header("content-type"), Some("application/json"));
        let request = receiver.pipelines.seen.lock().unwrap().pop().unwrap();
        assert_eq!(request.bytes(), &logs(records, size));
    }
    assert_eq!(receiver.pipelines.budget.used(), 0);
}

#[tokio::test]
async fn partial_success_and_refusals_are_told_in_json() {
    let accepted = Accepted { rejected: 2, message: "too old".into() };
    let receiver = start_default(Pipelines::answering(Ok(accepted))).await;
    let answer = post(receiver.http, "/v1/logs", &[JSON], &json_logs(3, 1)).await;
    let partial = json!({ "rejectedLogRecords": "2", "errorMessage": "too old" });
    assert_eq!((answer.status, answer.json()), (200, json!({ "partialSuccess": partial })));

    let refusal = Refusal::Overloaded { retry_after: Duration::from_secs(7) };
    let receiver = start_default(Pipelines::answering(Err(refusal))).await;
    let answer = post(receiver.http, "/v1/logs", &[JSON], &json_logs(3, 1)).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("7")));
    assert_eq!(answer.json()["details"][0]["retryDelay"], "7s");
}

#[tokio::test]
async fn a_wrong_value_is_told_with_its_field() {
    let receiver = start_default(Pipelines::default()).await;
    let body = br#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"traceId":"12"}]}]}]}"#;
    let answer = send(receiver.http, &request("POST", "/v1/logs", &[JSON], body)).await;
    assert_eq!(answer.status, 400);
    let violation = &answer.json()["details"][0]["fieldViolations"][0];
    assert!(violation["field"].as_str().unwrap().contains("traceId"), "{violation}");
}

#[tokio::test]
async fn compressed_json_is_bounded_like_everything_else() {
    let settings = json!({ "max_request_body_size": "64KiB" });
    let receiver = start(Pipelines::default(), json!({}), settings).await;
    for (size, status) in [(60_000, 200), (70_000, 413)] {
        let body = zstd::encode_all(&*json_logs(1, size), 1).unwrap();
        let headers = [JSON, ("content-encoding", "zstd")];
        assert_eq!(post(receiver.http, "/v1/logs", &headers, &body).await.status, status);
    }
}
