//! weir: an agent for security and audit telemetry.

use std::process::ExitCode;

fn main() -> ExitCode {
    weir::cli::main()
}
