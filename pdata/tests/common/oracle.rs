//! What `Request::validate` has to agree with.

use super::{descriptors, same, tree};
use bytes::Bytes;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use pdata::{Limits, Request, Signal};
use prost::Message;

/// A request as prost reads it.
#[derive(Clone, Debug)]
pub enum Decoded {
    Logs(ExportLogsServiceRequest),
    Traces(ExportTraceServiceRequest),
    Metrics(ExportMetricsServiceRequest),
}

impl Decoded {
    /// What prost makes of the bytes.
    pub fn of(signal: Signal, bytes: &[u8]) -> Option<Decoded> {
        match signal {
            Signal::Logs => ExportLogsServiceRequest::decode(bytes).ok().map(Decoded::Logs),
            Signal::Traces => ExportTraceServiceRequest::decode(bytes).ok().map(Decoded::Traces),
            Signal::Metrics => ExportMetricsServiceRequest::decode(bytes).ok().map(Decoded::Metrics),
        }
    }

    /// The bytes that prost writes for it.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Decoded::Logs(request) => request.encode_to_vec(),
            Decoded::Traces(request) => request.encode_to_vec(),
            Decoded::Metrics(request) => request.encode_to_vec(),
        }
    }
}

impl PartialEq for Decoded {
    /// By what prost writes, so that a NaN equals itself.
    fn eq(&self, other: &Decoded) -> bool {
        self.encode() == other.encode()
    }
}

/// A request that prost decodes and that keeps every promise of [`pdata::Request`]: no groups, ids
/// of the right length, and all limits, both as sent and after merging what stands twice.
pub fn strict_prost_decode(signal: Signal, bytes: &[u8], limits: &Limits) -> Option<Decoded> {
    let of = descriptors::request(signal);
    let fits = |bytes: &[u8]| {
        tree::read(of, bytes, 0..bytes.len(), limits.depth).is_some_and(|tree| tree.within(limits))
    };
    let decoded = Decoded::of(signal, bytes)?;
    (bytes.len() <= limits.bytes && fits(bytes) && fits(&decoded.encode())).then_some(decoded)
}

/// Panics unless `Request::validate` says what [`strict_prost_decode`] says, and its request reads
/// the same, view by view.
pub fn agree(signal: Signal, bytes: &[u8], limits: &Limits) {
    let ours = Request::validate(signal, Bytes::copy_from_slice(bytes), limits);
    let theirs = strict_prost_decode(signal, bytes, limits);
    match (&ours, &theirs) {
        (Ok(request), Some(decoded)) => {
            assert_eq!(Decoded::of(signal, request.bytes()).as_ref(), Some(decoded));
            same::assert_same(request, decoded);
        }
        (Err(_), None) => {}
        _ => panic!("we say {:?}, prost {:?}", ours.as_ref().map(drop), theirs.as_ref().map(drop)),
    }
}
