//! A receiver on ports of its own, in front of pipelines that answer what a test says.

use component::{Accepted, Budget, ComponentId, Consumer, Context, Permit, Refusal};
use pdata::{Limits, Request, Signal};
use receivers::Config;
use serde_json::json;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Pipelines for logs and traces, and none for metrics unless a test says so.
pub struct Pipelines {
    pub budget: Arc<Budget>,
    pub limits: Limits,
    pub metrics: bool,
    pub answer: Mutex<Result<Accepted, Refusal>>,
    pub panics: bool,
    /// A request is answered when it gets one of these.
    pub gate: Semaphore,
    /// Requests that arrived here.
    pub seen: Mutex<Vec<Request>>,
}

impl Default for Pipelines {
    fn default() -> Pipelines {
        Pipelines {
            budget: Budget::new(64 << 20),
            limits: Limits::default(),
            metrics: false,
            answer: Mutex::new(Ok(Accepted::default())),
            panics: false,
            gate: Semaphore::new(Semaphore::MAX_PERMITS),
            seen: Mutex::default(),
        }
    }
}

impl Consumer for Pipelines {
    fn takes(&self, signal: Signal) -> bool {
        signal != Signal::Metrics || self.metrics
    }

    fn limits(&self) -> &Limits {
        &self.limits
    }

    fn admit(&self, _: Signal, bytes: usize) -> Result<Permit, Refusal> {
        self.budget.admit(bytes)
    }

    async fn consume(&self, request: Request, _: Context, permit: Permit) -> Result<Accepted, Refusal> {
        assert_eq!(permit.bytes(), request.bytes().len(), "the permit is as large as the request");
        assert!(!self.panics, "a processor panics");
        self.seen.lock().unwrap().push(request);
        self.gate.acquire().await.unwrap().forget();
        self.answer.lock().unwrap().clone()
    }
}

impl Pipelines {
    pub fn answering(answer: Result<Accepted, Refusal>) -> Pipelines {
        Pipelines { answer: Mutex::new(answer), ..Pipelines::default() }
    }

    /// Records that arrived.
    pub fn records(&self) -> u32 {
        self.seen.lock().unwrap().iter().map(Request::records).sum()
    }
}

pub struct Receiver {
    pub grpc: SocketAddr,
    pub http: SocketAddr,
    pub pipelines: Arc<Pipelines>,
    pub stop: CancellationToken,
    pub served: JoinHandle<()>,
}

/// Starts a receiver; `grpc` and `http` are settings beside the endpoint.
pub async fn start(pipelines: Pipelines, grpc: serde_json::Value, http: serde_json::Value) -> Receiver {
    let mut config = json!({ "otlp": { "protocols": { "grpc": grpc, "http": http } } });
    for protocol in ["grpc", "http"] {
        config["otlp"]["protocols"][protocol]["endpoint"] = json!("127.0.0.1:0");
    }
    let config: Config = serde_json::from_value(config).unwrap();
    let bound = config.bind(ComponentId::parse("otlp").unwrap()).await.unwrap();
    let addresses = bound.addresses();
    let stop = CancellationToken::new();
    let pipelines = Arc::new(pipelines);
    let served = tokio::spawn(bound.serve(Arc::clone(&pipelines), stop.clone()));
    Receiver { grpc: addresses[0].1, http: addresses[1].1, pipelines, stop, served }
}

/// Starts a receiver with its defaults.
pub async fn start_default(pipelines: Pipelines) -> Receiver {
    start(pipelines, json!({}), json!({})).await
}

/// Waits until `condition` holds; fails after ten seconds.
pub async fn eventually(what: &str, condition: impl Fn() -> bool) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    while !condition() {
        assert!(tokio::time::Instant::now() < deadline, "not within ten seconds: {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
