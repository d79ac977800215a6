//! What is known of a request besides its bytes.

use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

/// Travels with a request to the journal, so that later stages can use it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// When it arrived, nanoseconds since the Unix epoch.
    pub received_unix_nano: u64,
    /// The peer that sent it, where there is one.
    pub client: Option<SocketAddr>,
}

impl Context {
    /// A request that arrives now.
    pub fn now(client: Option<SocketAddr>) -> Context {
        Context { received_unix_nano: unix_nanos(SystemTime::now()), client }
    }
}

/// Nanoseconds since the Unix epoch; 0 for a clock before it.
pub fn unix_nanos(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
}

/// How a request came in: the `transport` label of the receiver's metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// OTLP/gRPC.
    Grpc,
    /// OTLP/HTTP, protobuf or JSON.
    Http,
}

impl Transport {
    /// The label's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Transport::Grpc => "grpc",
            Transport::Http => "http",
        }
    }
}
