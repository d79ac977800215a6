//! What flows through weir: OTLP export requests as the bytes they came in.
//!
//! A [`Request`] is made by [`Request::validate`] only. Behind it every reader is infallible: views
//! ([`view`]) have no `Option` for "cannot be parsed", an [`Edit`] rewrites bytes without decoding them,
//! and joining requests is concatenation. There is no other representation of telemetry.
//!
//! [`schema`] describes the messages once; validation, normalisation, JSON in both directions
//! ([`json`]), splitting and editing are each one function over it for all signals.

mod additions;
mod edit;
pub mod json;
mod key;
mod last_resource;
mod log_record;
mod normalise;
mod response;
mod rewrite;
pub mod schema;
mod split;
mod text;
mod validate;
pub mod view;
mod wire;

pub use additions::Additions;
pub use edit::{Edit, Pair, Whole};
pub use key::Key;
pub use last_resource::LastResource;
pub use response::{NotAResponse, PartialSuccess};
pub use wire::varint_len;

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

/// The deepest nesting that [`Limits::depth`] can allow. What protobuf's own decoders read by default,
/// prost included; a deeper message would be refused by the next hop, and readers recurse.
pub const MAX_DEPTH: u32 = 100;

/// What a request may be at most. Checked once, by [`Request::validate`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the encoded request.
    pub bytes: usize,
    /// Nesting of messages; the request itself is the first level. [`MAX_DEPTH`] at most.
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
    /// member) is rewritten to the one meaning that protobuf gives it, after all of it has passed as it
    /// was sent. Unknown fields are kept.
    pub fn validate(signal: Signal, bytes: Bytes, limits: &Limits) -> Result<Request, Malformed> {
        let limits = &Limits { depth: limits.depth.min(MAX_DEPTH), ..limits.clone() };
        let found = validate::validate(signal.schema(), &bytes, limits)?;
        match found.canonical {
            true => Ok(Request { signal, bytes, records: found.records }),
            false => Request::normalised(signal, &bytes, limits),
        }
    }

    /// Merged lists of attributes may exceed a limit that each of them kept, so this looks again.
    #[cold]
    fn normalised(signal: Signal, bytes: &[u8], limits: &Limits) -> Result<Request, Malformed> {
        let bytes = Bytes::from(normalise::normalise(signal.schema(), bytes));
        let found = validate::validate(signal.schema(), &bytes, limits)?;
        debug_assert!(found.canonical);
        Ok(Request { signal, bytes, records: found.records })
    }

    /// A request of bytes that keep every promise of [`Request::validate`] by the way they were made.
    fn trusted(signal: Signal, bytes: Bytes, records: u32) -> Request {
        debug_assert_eq!(
            validate::validate(signal.schema(), &bytes, &UNLIMITED),
            Ok(validate::Validated { records, canonical: true })
        );
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

/// For checks, in debug builds, of what weir itself made.
const UNLIMITED: Limits =
    Limits { bytes: u32::MAX as usize, depth: u32::MAX, records: u32::MAX, attributes: u32::MAX };
