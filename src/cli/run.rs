//! `weir run`.

use super::{Failed, fail};
use crate::config::Loaded;
use crate::service;

/// Runs the service until it is told to stop.
pub(super) fn run(loaded: Loaded) -> Result<(), Failed> {
    // One core gains nothing from a second worker, and pays for its wake-ups.
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut runtime = match cores {
        1 => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    let result = match runtime.enable_all().build() {
        Ok(runtime) => runtime.block_on(service::run(loaded.config)),
        Err(error) => return fail(&error),
    };
    match result {
        Ok(()) => Ok(()),
        Err(error) => fail(&error),
    }
}
