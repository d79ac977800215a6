//! OTLP/gRPC.

use crate::client::{LOGS, METRICS, TRACES, call, connect, end, framed, grpc_request};
use crate::receiver::{Pipelines, eventually, logs, nested, points, spans, start, start_default};
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
use std::io::Write;
use std::time::Duration;
use tokio::sync::Semaphore;

const INVALID_ARGUMENT: i32 = 3;
const RESOURCE_EXHAUSTED: i32 = 8;
const UNIMPLEMENTED: i32 = 12;
const INTERNAL: i32 = 13;
const UNAVAILABLE: i32 = 14;

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(data).unwrap();
    writer.finish().unwrap()
}

/// Name, path, grpc-encoding, body; status, kinds of details.
type Row<'a> = (&'a str, &'a str, Option<&'a str>, Vec<u8>, i32, &'a [&'a str]);

/// Every row of the table: what is sent, and how the call ends.
#[tokio::test]
async fn every_call_ends_with_the_status_of_the_table() {
    let receiver = start(Pipelines::default(), json!({ "max_recv_msg_size_mib": 1 }), json!({})).await;
    let one = logs(1, 10);
    let large = logs(1, 2 << 20);
    let mut invalid_utf8 = one.clone();
    *invalid_utf8.last_mut().unwrap() = 0xff;
    let announced = [&[0, 0, 0, 0, 100][..], b"short"].concat();
    let truncated = gzip(&one)[..20].to_vec();
    let snappy = snap::raw::Encoder::new().compress_vec(&one).unwrap();

    #[rustfmt::skip]
    let table: &[Row<'_>] = &[
        ("plain", LOGS, None, framed(0, &one), 0, &[]),
        ("identity", LOGS, Some("identity"), framed(0, &one), 0, &[]),
        ("not compressed although it could be", LOGS, Some("gzip"), framed(0, &one), 0, &[]),
        ("gzip", LOGS, Some("gzip"), framed(1, &gzip(&one)), 0, &[]),
        ("zstd", LOGS, Some("zstd"), framed(1, &zstd::encode_all(&*one, 1).unwrap()), 0, &[]),
        ("snappy", LOGS, Some("snappy"), framed(1, &snappy), 0, &[]),
        ("an empty request", LOGS, None, framed(0, b""), 0, &[]),
        ("an unknown service", "/opentelemetry.proto.collector.profiles.v1.ProfilesService/Export", None, framed(0, b""), UNIMPLEMENTED, &[]),
        ("an unknown method", "/opentelemetry.proto.collector.logs.v1.LogsService/Import", None, framed(0, &one), UNIMPLEMENTED, &[]),
        ("a signal without a pipeline", METRICS, None, framed(0, &points(1)), UNIMPLEMENTED, &[]),
        ("an unknown compression", LOGS, Some("br"), framed(1, &one), UNIMPLEMENTED, &[]),
        ("broken protobuf", LOGS, None, framed(0, b"\x0a\xff"), INVALID_ARGUMENT, &["BadRequest"]),
        ("invalid UTF-8", LOGS, None, framed(0, &invalid_utf8), INVALID_ARGUMENT, &["BadRequest"]),
        ("10,000 levels", LOGS, None, framed(0, &nested(10_000)), INVALID_ARGUMENT, &["BadRequest"]),
        ("truncated gzip", LOGS, Some("gzip"), framed(1, &truncated), INVALID_ARGUMENT, &["BadRequest"]),
        ("compressed with nothing", LOGS, None, framed(1, &one), INVALID_ARGUMENT, &["BadRequest"]),
        ("a flag that does not exist", LOGS, None, framed(2, &one), INVALID_ARGUMENT, &["BadRequest"]),
        ("no message", LOGS, None, Vec::new(), INVALID_ARGUMENT, &["BadRequest"]),
        ("half a prefix", LOGS, None, vec![0, 0], INVALID_ARGUMENT, &["BadRequest"]),
        ("shorter than announced", LOGS, None, announced, INVALID_ARGUMENT, &["BadRequest"]),
        ("two messages", LOGS, None, [framed(0, &one), framed(0, &one)].concat(), INVALID_ARGUMENT, &["BadRequest"]),
        ("over the limit", LOGS, None, framed(0, &large), RESOURCE_EXHAUSTED, &[]),
        ("over the limit when inflated", LOGS, Some("gzip"), framed(1, &gzip(&large)), RESOURCE_EXHAUSTED, &[]),
    ];
    let mut accepted = 0;
    for (name, path, encoding, body, status, details) in table {
        let ended = call(receiver.grpc, path, *encoding, body.clone()).await;
        assert_eq!(ended.status, *status, "{name}: {ended:?}");
        let kinds = ended.details.iter().flat_map(|details| details.kinds()).collect::<Vec<_>>();
        assert_eq!(kinds, *details, "{name}");
        if *status == 0 {
            assert_eq!(ended.reply.as_deref(), Some(&b""[..]), "{name}: full success is an empty message");
            accepted += u32::from(*name != "an empty request");
        } else {
            assert!(!ended.message.is_empty(), "{name}");
        }
    }
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
