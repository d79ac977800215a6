//! What clients send.

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
use prost::Message;
use std::io::Write;

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

pub fn gzip(data: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(data).unwrap();
    writer.finish().unwrap()
}
