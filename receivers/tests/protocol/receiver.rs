//! A receiver on ports of its own, in front of pipelines that answer what a test says.

use component::{Accepted, Budget, ComponentId, Consumer, Context, Permit, Refusal};
use opentelemetry_proto::tonic::collector::{
    logs::v1::ExportLogsServiceRequest, metrics::v1::ExportMetricsServiceRequest,
    trace::v1::ExportTraceServiceRequest,
};
use opentelemetry_proto::tonic::common::v1::{AnyValue, any_value::Value};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::{
    Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, metric,
};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use pdata::{Limits, Request, Signal};
use prost::Message;
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

/// A logs request of `records` records whose bodies have `size` bytes.
pub fn logs(records: usize, size: usize) -> Vec<u8> {
    let body = AnyValue { value: Some(Value::StringValue("x".repeat(size))) };
    let record = LogRecord { body: Some(body), time_unix_nano: 1, ..LogRecord::default() };
    let scope = ScopeLogs { log_records: vec![record; records], ..ScopeLogs::default() };
    let resource = ResourceLogs { scope_logs: vec![scope], ..ResourceLogs::default() };
    ExportLogsServiceRequest { resource_logs: vec![resource] }.encode_to_vec()
}

pub fn spans(records: usize) -> Vec<u8> {
    let span = Span { trace_id: vec![1; 16], span_id: vec![2; 8], name: "s".into(), ..Span::default() };
    let scope = ScopeSpans { spans: vec![span; records], ..ScopeSpans::default() };
    let resource = ResourceSpans { scope_spans: vec![scope], ..ResourceSpans::default() };
    ExportTraceServiceRequest { resource_spans: vec![resource] }.encode_to_vec()
}

pub fn points(records: usize) -> Vec<u8> {
    let gauge = Gauge { data_points: vec![NumberDataPoint::default(); records] };
    let metric = Metric { name: "m".into(), data: Some(metric::Data::Gauge(gauge)), ..Metric::default() };
    let scope = ScopeMetrics { metrics: vec![metric], ..ScopeMetrics::default() };
    let resource = ResourceMetrics { scope_metrics: vec![scope], ..ResourceMetrics::default() };
    ExportMetricsServiceRequest { resource_metrics: vec![resource] }.encode_to_vec()
}

/// A body value nested `depth` times; built inside out, since prost would overflow its stack.
pub fn nested(depth: usize) -> Vec<u8> {
    let wrap = |tag: u8, inner: Vec<u8>| {
        let mut out = vec![tag];
        prost::encoding::encode_varint(inner.len() as u64, &mut out);
        out.extend(inner);
        out
    };
    let mut value = Vec::new();
    for _ in 0..depth {
        // AnyValue.array_value = 5, ArrayValue.values = 1
        value = wrap(0x2a, wrap(0x0a, value));
    }
    // LogRecord.body = 5, ScopeLogs.log_records = 2, ResourceLogs.scope_logs = 2, resource_logs = 1
    wrap(0x0a, wrap(0x12, wrap(0x12, wrap(0x2a, value))))
}
