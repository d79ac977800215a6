//! `weir run`.

use super::Failed;
use crate::config::{Encoding, Level, Loaded, LogLevel};
use crate::service::{self, Ended};
use crate::telemetry::{logs, metrics::Metrics};
use component::BuildError;

/// Runs the service until it is told to stop.
pub(super) fn run(loaded: Loaded) -> Result<(), Failed> {
    let config = loaded.config;
    let telemetry = &config.service.telemetry;
    let level = match telemetry.logs.level {
        LogLevel::Debug => tracing::Level::DEBUG,
        LogLevel::Info => tracing::Level::INFO,
        LogLevel::Warn => tracing::Level::WARN,
        LogLevel::Error => tracing::Level::ERROR,
    };
    logs::start(level, telemetry.logs.encoding == Encoding::Json);
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "Starting weir...");
    let metrics = match telemetry.metrics.level {
        Level::None => None,
        Level::Basic | Level::Normal | Level::Detailed => {
            Some(Metrics::install().map_err(|error| Failed::because(&error))?)
        }
    };
    let runtime = runtime().map_err(|error| Failed::because(&error))?;
    let ended = runtime.block_on(service::run(config, metrics));
    // What still runs is an endpoint for operators, or an attempt that outlived the deadline.
    runtime.shutdown_background();
    ended.map_err(|error: BuildError| Failed::because(&error)).and_then(|ended| match ended {
        Ended { undelivered: 0, fault: None } => Ok(()),
        // What is left on disk is not lost. The log says what happened.
        _ => Err(Failed::UNFINISHED),
    })
}

/// One core gains nothing from a second worker, and pays for its wake-ups.
fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut builder = match cores {
        1 => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    builder.enable_all().build()
}
