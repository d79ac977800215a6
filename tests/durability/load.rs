//! Clients that send numbered records over HTTP and gRPC, and send again what was not acknowledged.

use crate::common::Agent;
use crate::common::client::{self, LOGS, framed, grpc_request};
use crate::common::sender::{Sender, numbered};
use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// Records a request.
const RECORDS: u64 = 5;

/// Clients at work.
pub struct Load {
    acknowledged: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    /// Each gives the number of its requests, all of which were acknowledged.
    clients: JoinSet<(u64, u64)>,
}

/// The first number of a client's request: clients do not meet.
fn first(client: u64, request: u64) -> u64 {
    client * 1_000_000_000 + request * RECORDS
}

impl Load {
    /// Half of the clients speak HTTP, half gRPC.
    pub fn start(agent: &Agent, clients: u64) -> Load {
        let mut load = Load { acknowledged: Arc::default(), stop: Arc::default(), clients: JoinSet::new() };
        for client in 0..clients {
            let (acknowledged, stop) = (Arc::clone(&load.acknowledged), Arc::clone(&load.stop));
            let address = if client % 2 == 0 { agent.http_address() } else { agent.grpc_address() };
            load.clients.spawn(async move {
                let mut http = Sender::new(address);
                let mut request = 0;
                while !stop.load(Ordering::Relaxed) {
                    let number = first(client, request);
                    let body = numbered(number..number + RECORDS, 100);
                    loop {
                        let taken = match client % 2 {
                            0 => http.logs(&body).await.map(|answer| answer.status == 200),
                            _ => grpc(address, &body).await.map(|status| status == 0),
                        };
                        if taken == Some(true) {
                            break;
                        }
                        // As an SDK does: the agent is full, or gone for a moment.
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                    acknowledged.fetch_add(1, Ordering::Relaxed);
                    request += 1;
                }
                (client, request)
            });
        }
        load
    }

    /// Requests that were acknowledged so far.
    pub fn acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::Relaxed)
    }

    /// Stops, and gives the number of every record that was acknowledged.
    pub async fn stop(self) -> Vec<u64> {
        self.stop.store(true, Ordering::Relaxed);
        let all = self.clients.join_all().await.into_iter();
        all.flat_map(|(client, requests)| first(client, 0)..first(client, requests)).collect()
    }
}

/// One call on a connection of its own; the status, if there is one.
async fn grpc(address: SocketAddr, message: &[u8]) -> Option<i32> {
    let stream = TokioIo::new(TcpStream::connect(address).await.ok()?);
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), stream).await.ok()?;
    let connection = tokio::spawn(connection);
    let request = grpc_request(LOGS, None, Full::new(Bytes::from(framed(0, message))));
    let response = sender.send_request(request).await.ok()?;
    // A killed agent's response has no end.
    let status = tokio::spawn(client::end(response)).await.ok().map(|ended| ended.status);
    connection.abort();
    status
}
