//! weir: an agent for security and audit telemetry.

use std::process::ExitCode;

/// Chosen by measurement: docs/benchmarks.md.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    weir::cli::main()
}
