//! Every field of every view against the same field as prost decodes it.

use super::oracle::Decoded;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::metrics::v1::{Metric, metric::Data};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span;
use pdata::{Request, view};

/// Panics where a view and prost read different things.
pub fn assert_same(request: &Request, decoded: &Decoded) {
    let groups = request.resources();
    match decoded {
        Decoded::Logs(decoded) => {
            pairwise(groups, &decoded.resource_logs, |group, theirs| {
                resource(&group, theirs.resource.as_ref(), &theirs.schema_url);
                pairwise(group.scopes(), &theirs.scope_logs, |group, theirs| {
                    scope(&group, theirs.scope.as_ref(), &theirs.schema_url);
                    pairwise(group.log_records(), &theirs.log_records, log_record);
                });
            });
        }
        Decoded::Traces(decoded) => {
            pairwise(groups, &decoded.resource_spans, |group, theirs| {
                resource(&group, theirs.resource.as_ref(), &theirs.schema_url);
                pairwise(group.scopes(), &theirs.scope_spans, |group, theirs| {
                    scope(&group, theirs.scope.as_ref(), &theirs.schema_url);
                    pairwise(group.spans(), &theirs.spans, span);
                });
            });
        }
        Decoded::Metrics(decoded) => {
            pairwise(groups, &decoded.resource_metrics, |group, theirs| {
                resource(&group, theirs.resource.as_ref(), &theirs.schema_url);
                pairwise(group.scopes(), &theirs.scope_metrics, |group, theirs| {
                    scope(&group, theirs.scope.as_ref(), &theirs.schema_url);
                    pairwise(group.metrics(), &theirs.metrics, metric);
                });
            });
        }
    }
}

fn pairwise<A, B>(ours: impl Iterator<Item = A>, theirs: &[B], compare: impl Fn(A, &B)) {
    let ours: Vec<A> = ours.collect();
    assert_eq!(ours.len(), theirs.len());
    ours.into_iter().zip(theirs).for_each(|(ours, theirs)| compare(ours, theirs));
}

fn resource(ours: &view::ResourceGroup<'_>, theirs: Option<&Resource>, schema_url: &str) {
    let theirs = theirs.cloned().unwrap_or_default();
    pairwise(ours.attributes(), &theirs.attributes, pair);
    assert_eq!(ours.schema_url, schema_url);
}

fn scope(ours: &view::ScopeGroup<'_>, theirs: Option<&InstrumentationScope>, schema_url: &str) {
    let theirs = theirs.cloned().unwrap_or_default();
    assert_eq!(ours.name, theirs.name.as_str());
    assert_eq!(ours.version, theirs.version.as_str());
    assert_eq!(ours.schema_url(), schema_url);
    pairwise(ours.attributes(), &theirs.attributes, pair);
}

fn log_record(ours: view::LogRecord<'_>, theirs: &LogRecord) {
    assert_eq!(ours.time_unix_nano, theirs.time_unix_nano);
    assert_eq!(ours.observed_time_unix_nano, theirs.observed_time_unix_nano);
    assert_eq!(ours.severity_number, theirs.severity_number);
    assert_eq!(ours.severity_text, theirs.severity_text.as_str());
    value(&ours.body, theirs.body.as_ref());
    assert_eq!(ours.trace_id, theirs.trace_id);
    assert_eq!(ours.span_id, theirs.span_id);
    assert_eq!(ours.flags, theirs.flags);
    assert_eq!(ours.event_name, theirs.event_name.as_str());
    assert_eq!(ours.dropped_attributes_count, theirs.dropped_attributes_count);
    pairwise(ours.attributes(), &theirs.attributes, pair);
}

fn span(ours: view::Span<'_>, theirs: &Span) {
    assert_eq!(ours.trace_id, theirs.trace_id);
    assert_eq!(ours.span_id, theirs.span_id);
    assert_eq!(ours.parent_span_id, theirs.parent_span_id);
    assert_eq!(ours.trace_state, theirs.trace_state.as_str());
    assert_eq!(ours.name, theirs.name.as_str());
    assert_eq!(ours.kind, theirs.kind);
    assert_eq!(ours.start_time_unix_nano, theirs.start_time_unix_nano);
    assert_eq!(ours.end_time_unix_nano, theirs.end_time_unix_nano);
    assert_eq!(ours.flags, theirs.flags);
    let status = theirs.status.clone().unwrap_or_default();
    assert_eq!(ours.status_code, status.code);
    assert_eq!(ours.status_message, status.message.as_str());
    pairwise(ours.attributes(), &theirs.attributes, pair);
}

fn metric(ours: view::Metric<'_>, theirs: &Metric) {
    assert_eq!(ours.name, theirs.name.as_str());
    assert_eq!(ours.description, theirs.description.as_str());
    assert_eq!(ours.unit, theirs.unit.as_str());
    let (kind, points) = match &theirs.data {
        None => ("", 0),
        Some(Data::Gauge(data)) => ("gauge", data.data_points.len()),
        Some(Data::Sum(data)) => ("sum", data.data_points.len()),
        Some(Data::Histogram(data)) => ("histogram", data.data_points.len()),
        Some(Data::ExponentialHistogram(data)) => ("exponential_histogram", data.data_points.len()),
        Some(Data::Summary(data)) => ("summary", data.data_points.len()),
    };
    assert_eq!((ours.kind, ours.data_points()), (kind, points));
}

fn pair(ours: view::KeyValue<'_>, theirs: &KeyValue) {
    assert_eq!(ours.key, theirs.key.as_str());
    value(&ours.value, theirs.value.as_ref());
}

fn value(ours: &view::AnyValue<'_>, theirs: Option<&AnyValue>) {
    match (ours, theirs.and_then(|value| value.value.as_ref())) {
        (view::AnyValue::Empty, None) => {}
        (view::AnyValue::Str(ours), Some(Value::StringValue(theirs))) => {
            assert_eq!(ours.as_str(), theirs);
        }
        (view::AnyValue::Bool(ours), Some(Value::BoolValue(theirs))) => assert_eq!(ours, theirs),
        (view::AnyValue::Int(ours), Some(Value::IntValue(theirs))) => assert_eq!(ours, theirs),
        (view::AnyValue::Double(ours), Some(Value::DoubleValue(theirs))) => {
            assert_eq!(ours.to_bits(), theirs.to_bits());
        }
        (view::AnyValue::Bytes(ours), Some(Value::BytesValue(theirs))) => assert_eq!(ours, theirs),
        (view::AnyValue::StrIndex(ours), Some(Value::StringValueStrindex(theirs))) => {
            assert_eq!(ours, theirs);
        }
        (view::AnyValue::Array(ours), Some(Value::ArrayValue(theirs))) => {
            pairwise(ours.clone(), &theirs.values, |(_, ours), theirs| value(&ours, Some(theirs)));
        }
        (view::AnyValue::Map(ours), Some(Value::KvlistValue(theirs))) => {
            pairwise(ours.clone(), &theirs.values, pair);
        }
        (ours, theirs) => panic!("{ours:?} is not {theirs:?}"),
    }
}
