//! OTLP/gRPC.

use crate::client::{LOGS, METRICS, TRACES, call, connect, end, framed, grpc_request};
use crate::grpc_table;
use crate::receiver::{Pipelines, eventually, start, start_default};
use crate::requests::{logs, points, spans};
use bytes::Bytes;
use component::{Accepted, Budget, Refusal};
use futures_util::future::join_all;
use futures_util::stream;
use http_body_util::{Full, StreamBody};
use hyper::body::Frame;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceResponse;
use prost::Message;
use serde_json::json;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::Semaphore;

const INVALID_ARGUMENT: i32 = 3;
const RESOURCE_EXHAUSTED: i32 = 8;
const INTERNAL: i32 = 13;
const UNAVAILABLE: i32 = 14;

#[tokio::test]
async fn every_call_ends_with_the_status_of_the_table() {
    let receiver = start(Pipelines::default(), json!({ "max_recv_msg_size_mib": 1 }), json!({})).await;
    let accepted = grpc_table::check(receiver.grpc).await;
    assert_eq!(receiver.pipelines.records(), accepted);
    receiver.pipelines.seen.lock().unwrap().clear();
    assert_eq!(receiver.pipelines.budget.used(), 0);
}

#[tokio::test]
async fn every_signal_arrives_with_the_bytes_that_were_sent() {
    let receiver = start_default(Pipelines { metrics: true, ..Pipelines::default() }).await;
    for (path, body) in [(LOGS, logs(3000, 100)), (TRACES, spans(2)), (METRICS, points(4))] {
        assert_eq!(call(receiver.grpc, path, None, framed(0, &body)).await.status, 0);
        let request = receiver.pipelines.seen.lock().unwrap().pop().unwrap();
        assert!(request.bytes() == &body, "{path}");
    }
}

/// RetryInfo comes with what may be tried again, and with nothing else.
#[tokio::test]
async fn what_the_pipelines_refuse_is_told_by_kind() {
    let after = Duration::from_secs(2);
    for (refusal, status, details) in [
        (Refusal::Invalid("no".into()), INVALID_ARGUMENT, &["BadRequest"][..]),
        (Refusal::TooLarge { limit: 1 }, RESOURCE_EXHAUSTED, &[]),
        (Refusal::Overloaded { retry_after: after }, UNAVAILABLE, &["RetryInfo"]),
        (Refusal::Unavailable { reason: "later", retry_after: after }, UNAVAILABLE, &["RetryInfo"]),
        (Refusal::Denied("no"), 7, &[]),
        (Refusal::Internal("no"), INTERNAL, &[]),
    ] {
        let receiver = start_default(Pipelines::answering(Err(refusal.clone()))).await;
        let ended = call(receiver.grpc, LOGS, None, framed(0, &logs(1, 1))).await;
        assert_eq!(ended.status, status, "{refusal:?}");
        let kinds = ended.details.iter().flat_map(|details| details.kinds()).collect::<Vec<_>>();
        assert_eq!(kinds, details, "{refusal:?}");
        assert_eq!(ended.message, refusal.to_string());
    }
}

#[tokio::test]
async fn overload_is_refused_before_the_message_is_read() {
    let pipelines = Pipelines { budget: Budget::new(50_000), ..Pipelines::default() };
    let receiver = start_default(pipelines).await;
    // Announces a message and never sends it.
    let prefix = Bytes::from_static(&[0, 0, 1, 0, 0]);
    let body = StreamBody::new(stream::unfold(Some(prefix), |prefix| async move {
        match prefix {
            Some(prefix) => Some((Ok::<_, Infallible>(Frame::data(prefix)), None)),
            None => std::future::pending().await,
        }
    }));
    let mut sender = connect(receiver.grpc).await;
    let ended = end(sender.send_request(grpc_request(LOGS, None, Box::pin(body))).await.unwrap()).await;
    assert_eq!(ended.status, UNAVAILABLE);
    assert_eq!(ended.details.unwrap().kinds(), ["RetryInfo"]);
    assert_eq!(receiver.pipelines.budget.used(), 0);
}

#[tokio::test]
async fn a_client_that_stalls_is_cut_off_with_a_retry_hint_and_its_neighbour_is_served() {
    let receiver = start(Pipelines::default(), json!({ "read_timeout": "300ms" }), json!({})).await;
    let message = framed(0, &logs(1, 1_000_000));
    let mut pieces = vec![Bytes::from(message[..6].to_vec())].into_iter();
    // A byte every 20 ms for ever.
    let body = StreamBody::new(stream::unfold((), move |()| {
        let piece = pieces.next().unwrap_or(Bytes::from_static(b"x"));
        async move {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Some((Ok::<_, Infallible>(Frame::data(piece)), ()))
        }
    }));
    let mut slow = connect(receiver.grpc).await;
    let slow = tokio::spawn(async move {
        end(slow.send_request(grpc_request(LOGS, None, Box::pin(body))).await.unwrap()).await
    });
    let ended = call(receiver.grpc, LOGS, None, framed(0, &logs(1, 1))).await;
    assert_eq!(ended.status, 0);
    let ended = slow.await.unwrap();
    assert_eq!(ended.status, UNAVAILABLE);
    assert_eq!(ended.details.unwrap().kinds(), ["RetryInfo"]);
    receiver.pipelines.seen.lock().unwrap().clear();
    assert_eq!(receiver.pipelines.budget.used(), 0);
}

#[tokio::test]
async fn a_client_that_goes_away_while_it_waits_gives_its_budget_back() {
    let receiver = start_default(Pipelines { gate: Semaphore::new(0), ..Pipelines::default() }).await;
    let pipelines = receiver.pipelines.clone();
    let mut sender = connect(receiver.grpc).await;
    let waiting =
        sender.send_request(grpc_request(LOGS, None, Full::new(Bytes::from(framed(0, &logs(1, 1))))));
    let waiting = tokio::spawn(waiting);
    eventually("the request is with the pipelines", || pipelines.records() == 1).await;
    assert!(pipelines.budget.used() > 0);
    waiting.abort();
    eventually("the budget is back", || pipelines.budget.used() == 0).await;
}

#[tokio::test]
async fn calls_on_one_connection_are_answered_at_the_same_time() {
    let receiver = start_default(Pipelines { gate: Semaphore::new(0), ..Pipelines::default() }).await;
    let pipelines = receiver.pipelines.clone();
    let sender = connect(receiver.grpc).await;
    let calls = (0..50).map(|_| {
        let mut sender = sender.clone();
        let request = grpc_request(LOGS, None, Full::new(Bytes::from(framed(0, &logs(1, 1)))));
        tokio::spawn(async move { end(sender.send_request(request).await.unwrap()).await.status })
    });
    let calls: Vec<_> = calls.collect();
    // None is answered before all of them have arrived.
    eventually("all calls are with the pipelines", || pipelines.records() == 50).await;
    pipelines.gate.add_permits(50);
    for status in join_all(calls).await {
        assert_eq!(status.unwrap(), 0);
    }
}

#[tokio::test]
async fn a_partial_success_is_told() {
    let accepted = Accepted { rejected: 2, message: "too old".into() };
    let receiver = start_default(Pipelines::answering(Ok(accepted))).await;
    let ended = call(receiver.grpc, LOGS, None, framed(0, &logs(3, 1))).await;
    let reply = ExportLogsServiceResponse::decode(ended.reply.unwrap()).unwrap();
    let partial = reply.partial_success.unwrap();
    assert_eq!((partial.rejected_log_records, partial.error_message.as_str()), (2, "too old"));
}

#[tokio::test]
async fn a_panic_costs_its_own_call_only() {
    let receiver = start_default(Pipelines { panics: true, ..Pipelines::default() }).await;
    assert_eq!(call(receiver.grpc, LOGS, None, framed(0, &logs(1, 1))).await.status, INTERNAL);
    assert_eq!(call(receiver.grpc, LOGS, None, framed(0, b"")).await.status, 0);
}

#[tokio::test]
async fn what_is_not_grpc_is_told_so() {
    let receiver = start_default(Pipelines::default()).await;
    let mut sender = connect(receiver.grpc).await;
    for kind in ["application/json", "application/grpc-web", "application/grpc+json"] {
        let request = hyper::Request::post(format!("http://weir{LOGS}")).header("content-type", kind);
        let response = sender.send_request(request.body(Full::new(Bytes::new())).unwrap()).await.unwrap();
        assert_eq!(response.status(), 415, "{kind}");
    }
}
