//! OTLP/JSON in and out, over the tables of [`schema`](crate::schema).
//!
//! [`decode`] writes the wire format straight from the text and takes everything that the proto3
//! JSON mapping and the OTLP specification allow. [`encode`] writes what the specification asks for.
//! Neither has a tree of values in between, and neither knows a message by name.
//!
//! <https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>,
//! <https://protobuf.dev/programming-guides/json/>

mod decode;
mod encode;
pub(crate) mod number;
pub(crate) mod read;
pub mod write;

pub use decode::decode;
pub use encode::encode;
pub use write::{write_any_value, write_string};
