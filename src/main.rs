//! weir: an agent for security and audit telemetry.
fn main() {}
