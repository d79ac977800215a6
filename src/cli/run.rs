//! `weir run`.

use super::{Failed, Sources};
use crate::config::{Encoding, Level, Loaded, LogLevel};
use crate::service::{self, Ended};
use crate::telemetry::{logs, metrics::Metrics};
use component::BuildError;
use nix::errno::Errno;
use std::convert::Infallible;
use std::ffi::CString;
use std::os::unix::ffi::OsStringExt;

/// Runs the service until it is told to stop. SIGHUP makes the process begin anew, with its arguments: what
/// it had accepted is delivered or on disk by then, as at any other stop, and nothing of the old
/// configuration can be left behind.
pub(super) fn run(sources: &Sources) -> Result<(), Failed> {
    let Loaded { config, .. } = sources.load()?;
    // What is said before it listens waits: it is not lost, and ends nothing half begun.
    service::let_signals_wait();
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
    let ended = runtime.block_on(service::run(config, || sources.load().is_ok(), metrics));
    // What still runs is an endpoint for operators, or an attempt that outlived the deadline.
    runtime.shutdown_background();
    match ended.map_err(|error: BuildError| Failed::because(&error))? {
        Ended { reload: true, .. } => Err(begin_anew()),
        Ended { undelivered: 0, fault: None, .. } => Ok(()),
        // What is left on disk is not lost. The log says what happened.
        _ => Err(Failed::UNFINISHED),
    }
}

/// Replaces the process's image by that of the same program; returns only if that fails. The process id
/// stays, so that supervisors notice nothing; files, ports and locks are closed by it.
fn begin_anew() -> Failed {
    let Err(error) = execute();
    Failed::because(&format!("cannot start again: {error}"))
}

/// The standard library's way lets signals through that wait.
fn execute() -> Result<Infallible, Errno> {
    let arguments = std::env::args_os().map(|argument| CString::new(argument.into_vec()));
    let arguments = arguments.collect::<Result<Vec<_>, _>>().map_err(|_| Errno::EINVAL)?;
    nix::unistd::execvp(arguments.first().ok_or(Errno::ENOENT)?, &arguments)
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
