//! How connections begin and end.

use crate::client::{LOGS, connect, end, framed, grpc_request, read_answer, request};
use crate::receiver::{Pipelines, eventually, start, start_default};
use crate::requests::logs;
use bytes::Bytes;
use http_body_util::Full;
use serde_json::json;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(10);

#[tokio::test]
async fn stopping_finishes_what_is_in_flight_and_refuses_new_connections() {
    let receiver = start_default(Pipelines { gate: Semaphore::new(0), ..Pipelines::default() }).await;
    let pipelines = receiver.pipelines.clone();
    let mut sender = connect(receiver.grpc).await;
    let call = sender.send_request(grpc_request(LOGS, None, Full::new(Bytes::from(framed(0, &logs(1, 1))))));
    let call = tokio::spawn(async move { end(call.await.unwrap()).await.status });
    let mut http = TcpStream::connect(receiver.http).await.unwrap();
    let bytes = request("POST", "/v1/logs", &[("content-type", "application/x-protobuf")], &logs(1, 1));
    http.write_all(&bytes).await.unwrap();
    eventually("both requests are with the pipelines", || pipelines.records() == 2).await;

    receiver.stop.cancel();
    let grpc = receiver.grpc;
    // The listener is closed before the connections are.
    timeout(PATIENCE, async { while TcpStream::connect(grpc).await.is_ok() {} }).await.unwrap();
    assert!(!receiver.served.is_finished());
    pipelines.gate.add_permits(2);
    assert_eq!(call.await.unwrap(), 0);
    assert_eq!(read_answer(&mut http).await.unwrap().status, 200);
    timeout(PATIENCE, receiver.served).await.unwrap().unwrap();
}

#[tokio::test]
async fn dropping_the_server_ends_every_connection_at_once() {
    let receiver = start_default(Pipelines { gate: Semaphore::new(0), ..Pipelines::default() }).await;
    let pipelines = receiver.pipelines.clone();
    let mut http = TcpStream::connect(receiver.http).await.unwrap();
    let bytes = request("POST", "/v1/logs", &[("content-type", "application/x-protobuf")], &logs(1, 1));
    http.write_all(&bytes).await.unwrap();
    let mut sender = connect(receiver.grpc).await;
    let request = grpc_request(LOGS, None, Full::new(Bytes::from(framed(0, &logs(1, 1)))));
    let call = tokio::spawn(sender.send_request(request));
    eventually("both requests are with the pipelines", || pipelines.records() == 2).await;
    receiver.served.abort();
    assert!(timeout(PATIENCE, call).await.unwrap().unwrap().is_err());
    assert!(timeout(PATIENCE, read_answer(&mut http)).await.unwrap().is_none());
    eventually("the budget is back", || pipelines.budget.used() == 0).await;
}

#[tokio::test]
async fn a_connection_without_a_whole_request_is_closed_in_time() {
    let (grpc, http) = (json!({ "read_timeout": "100ms" }), json!({ "idle_timeout": "100ms" }));
    let receiver = start(Pipelines::default(), grpc, http).await;
    let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    for (address, sent) in [
        (receiver.http, ""),
        (receiver.http, "PO"),
        (receiver.http, "PRI "),
        (receiver.http, "POST /v1/logs HTTP/1.1\r\nhost: "),
        (receiver.grpc, ""),
        (receiver.grpc, "PRI "),
        (receiver.grpc, preface),
    ] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        let mut rest = Vec::new();
        // However it is closed, it is closed.
        let _ = timeout(PATIENCE, stream.read_to_end(&mut rest)).await.expect(sent);
    }
}

#[tokio::test]
async fn an_old_grpc_connection_is_told_to_go_and_its_call_is_finished() {
    let keepalive = json!({ "keepalive": { "server_parameters": { "max_connection_age": "100ms" } } });
    let receiver =
        start(Pipelines { gate: Semaphore::new(0), ..Pipelines::default() }, keepalive, json!({})).await;
    let pipelines = receiver.pipelines.clone();
    let mut sender = connect(receiver.grpc).await;
    let request = grpc_request(LOGS, None, Full::new(Bytes::from(framed(0, &logs(1, 1)))));
    let call = tokio::spawn(sender.send_request(request));
    eventually("the request is with the pipelines", || pipelines.records() == 1).await;
    // A younger connection is told to go; so the older one has been, too.
    let mut younger = TcpStream::connect(receiver.grpc).await.unwrap();
    younger.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    timeout(PATIENCE, goaway(&mut younger)).await.unwrap();
    pipelines.gate.add_permits(1);
    assert_eq!(end(call.await.unwrap().unwrap()).await.status, 0);
    eventually("the connection is closed", || sender.is_closed()).await;
}

/// Reads frames up to the first GOAWAY.
async fn goaway(stream: &mut TcpStream) {
    const GOAWAY: u8 = 7;
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await.unwrap();
        let mut rest = vec![0; usize::from(head[1]) << 8 | usize::from(head[2])];
        stream.read_exact(&mut rest).await.unwrap();
        if head[3] == GOAWAY {
            return;
        }
    }
}
