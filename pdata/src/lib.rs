//! What flows through weir: OTLP export requests as the bytes they came in.
//!
//! A [`Request`] is made by [`Request::validate`] only, so every reader behind it is infallible.

use bytes::Bytes;

/// The kinds of telemetry that OTLP carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Signal {
    /// Log records.
    Logs,
    /// Spans.
    Traces,
    /// Metrics, counted in data points.
    Metrics,
}

/// What a request may be at most. Checked once, by [`Request::validate`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the encoded request.
    pub bytes: usize,
    /// Nesting of messages, counted from the request itself.
    pub depth: u32,
    /// Log records, spans or data points of one request.
    pub records: u32,
    /// Attributes of one resource, scope, record, event, link or map.
    pub attributes: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { bytes: 64 << 20, depth: 64, records: 1 << 20, attributes: 4096 }
    }
}

/// Why a message is refused, and where it went wrong. Never holds a value of the data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} at byte {offset} in {path}")]
pub struct Malformed {
    /// What is wrong.
    pub what: &'static str,
    /// Where, in bytes from the start of the message.
    pub offset: usize,
    /// Where, as field names from the request down.
    pub path: String,
}

/// One OTLP export request of one signal, as bytes that are known to be well-formed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    signal: Signal,
    bytes: Bytes,
    records: u32,
}

impl Request {
    /// Checks the bytes of an export request.
    pub fn validate(signal: Signal, bytes: Bytes, _limits: &Limits) -> Result<Request, Malformed> {
        // Placeholder: counts log records only.
        let records = match signal {
            Signal::Logs => placeholder::decode(&bytes)
                .map_or(0, |r| placeholder::records(&r).try_into().unwrap_or(u32::MAX)),
            Signal::Traces | Signal::Metrics => 0,
        };
        Ok(Request { signal, bytes, records })
    }

    /// Splits into requests of at most `max_records` records each, in order.
    pub fn split(self, max_records: u32) -> Vec<Request> {
        let max = max_records.max(1);
        (0..self.records.div_ceil(max))
            .filter_map(|part| self.select(|i| i / max == part))
            .collect()
    }

    /// The records whose index `keep` says yes to, in order; `None` when it keeps none.
    pub fn select(&self, mut keep: impl FnMut(u32) -> bool) -> Option<Request> {
        use prost::Message;
        let mut request = placeholder::decode(&self.bytes)?;
        let mut index = 0;
        for resource in &mut request.resource_logs {
            for scope in &mut resource.scope_logs {
                scope.log_records.retain(|_| {
                    index += 1;
                    keep(index - 1)
                });
            }
        }
        let records = placeholder::records(&request).try_into().unwrap_or(u32::MAX);
        (records > 0).then(|| Request {
            signal: self.signal,
            bytes: request.encode_to_vec().into(),
            records,
        })
    }

    /// The signal it belongs to.
    pub fn signal(&self) -> Signal {
        self.signal
    }

    /// The encoded `Export…ServiceRequest`.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// How many log records, spans or data points it holds.
    pub fn records(&self) -> u32 {
        self.records
    }
}

mod placeholder {
    use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
    use prost::Message;

    pub fn decode(bytes: &[u8]) -> Option<ExportLogsServiceRequest> {
        ExportLogsServiceRequest::decode(bytes).ok()
    }

    pub fn records(request: &ExportLogsServiceRequest) -> usize {
        let scopes = request.resource_logs.iter().flat_map(|r| &r.scope_logs);
        scopes.map(|s| s.log_records.len()).sum()
    }
}
