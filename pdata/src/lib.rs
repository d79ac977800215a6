//! What flows through weir: OTLP export requests as the bytes they came in.
//!
//! A [`Request`] is made by [`Request::validate`] only. Behind it every reader is infallible: views
//! ([`view`]) have no `Option` for "cannot be parsed", [`Edits`] rewrite bytes without decoding them,
//! and joining requests is concatenation. There is no other representation of telemetry.
//!
//! [`schema`] describes the messages once; validation, normalisation, JSON in both directions
//! ([`json`]), splitting and walking are each one function over it for all signals.

mod additions;
mod edit;
pub mod json;
mod normalise;
pub mod schema;
mod split;
mod validate;
pub mod view;
mod walk;
mod wire;

pub use additions::Additions;
pub use edit::{Edits, ForeignSlice};
pub use walk::{Next, Visit};

use bytes::Bytes;
use validate::Failure;

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

impl Signal {
    /// Every signal.
    pub const ALL: [Signal; 3] = [Signal::Logs, Signal::Traces, Signal::Metrics];

    /// Its name in pipeline ids.
    pub fn as_str(self) -> &'static str {
        match self {
            Signal::Logs => "logs",
            Signal::Traces => "traces",
            Signal::Metrics => "metrics",
        }
    }
}

/// What a request may be at most. Checked once, by [`Request::validate`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the encoded request.
    pub bytes: usize,
    /// Nesting of messages; the request itself is the first level.
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
#[error("{what} at byte {offset} in {path:?}")]
pub struct Malformed {
    /// What is wrong.
    pub what: &'static str,
    /// Where, in bytes from the start of the message.
    pub offset: usize,
    /// Where, as field names from the request down.
    pub path: String,
}

/// One OTLP export request of one signal, as bytes that are known to be well-formed and canonical.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    signal: Signal,
    bytes: Bytes,
    records: u32,
}

impl Request {
    /// Checks the bytes of an `Export…ServiceRequest`: wire format, types, UTF-8, id lengths, limits.
    ///
    /// A message that is legal protobuf but not canonical (a singular field twice, a second oneof
    /// member) is rewritten to the one meaning that protobuf gives it. Unknown fields are kept.
    pub fn validate(signal: Signal, bytes: Bytes, limits: &Limits) -> Result<Request, Malformed> {
        match validate::validate(signal.schema(), &bytes, limits) {
            Ok(records) => Ok(Request { signal, bytes, records }),
            Err(Failure::Malformed(malformed)) => Err(malformed),
            Err(Failure::NotCanonical) => Request::normalised(signal, &bytes, limits),
        }
    }

    #[cold]
    fn normalised(signal: Signal, bytes: &[u8], limits: &Limits) -> Result<Request, Malformed> {
        let refused = |what| Malformed { what, offset: 0, path: String::new() };
        if bytes.len() > normalise::MAX_BYTES {
            return Err(refused("a field stands twice, and the message is too large to merge them"));
        }
        let bytes = Bytes::from(normalise::normalise(signal.schema(), bytes, limits.depth)?);
        match validate::validate(signal.schema(), &bytes, limits) {
            Ok(records) => Ok(Request { signal, bytes, records }),
            Err(Failure::Malformed(malformed)) => Err(malformed),
            Err(Failure::NotCanonical) => Err(refused("message has no canonical form")),
        }
    }

    /// A request of bytes that keep every promise of [`Request::validate`] by the way they were made.
    fn trusted(signal: Signal, bytes: Bytes, records: u32) -> Request {
        debug_assert_eq!(validate::validate(signal.schema(), &bytes, &UNLIMITED).ok(), Some(records));
        Request { signal, bytes, records }
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

/// For checks in tests and debug builds of what weir itself made.
const UNLIMITED: Limits =
    Limits { bytes: u32::MAX as usize, depth: u32::MAX, records: u32::MAX, attributes: u32::MAX };
