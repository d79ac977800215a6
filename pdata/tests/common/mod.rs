//! What the property tests and the fuzzer of pdata share: OTLP messages of every shape, damage, and
//! an oracle that shares no code with pdata.
// Each test is a crate of its own and uses a part of this.
#![allow(dead_code, missing_docs, unreachable_pub)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

pub mod descriptors;
pub mod generate;
pub mod mutate;
pub mod oracle;
pub mod same;
pub mod tree;

use pdata::Signal;

/// A signal for any byte.
pub fn signal(byte: u8) -> Signal {
    Signal::ALL[usize::from(byte) % Signal::ALL.len()]
}
