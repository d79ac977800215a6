//! Bad input, bad configurations and bad neighbours, against the built binary: a clear error for the
//! one, nothing to notice for the others, and nothing lost.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod clients;
#[path = "../common/mod.rs"]
mod common;
mod shutdown;
mod startup;
