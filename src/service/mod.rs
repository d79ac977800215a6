//! Builds and runs what the configuration says.

use crate::config::Config;

/// Why the service could not run.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Error(String);

/// Runs until it is told to stop.
pub async fn run(_config: Config) -> Result<(), Error> {
    Err(Error("not built yet".into()))
}
