//! `debug`: what passes, on standard output, for humans.
//!
//! Nothing is counted on it: a line that cannot be written is not tried again.

mod detailed;
mod normal;
mod sampler;
mod summary;
mod values;

use component::settings::{Problem, Validate};
use component::{Batch, ComponentId, Exporter, Outcome, Reason};
use parking_lot::Mutex;
use sampler::Sampler;
use serde::{Deserialize, Serialize};
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::Semaphore;

/// Prints batches to standard output.
///
/// `normal` and `detailed` print the values of the data: that is what they are for. Whoever reads the
/// agent's output then reads the data, so use `basic` in production.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// How much is printed.
    pub verbosity: Verbosity,
    /// Batches that are printed in every second before sampling begins.
    pub sampling_initial: u64,
    /// Of those behind them, print one in so many. 1 prints all.
    pub sampling_thereafter: u64,
}

impl Default for Config {
    fn default() -> Config {
        Config { verbosity: Verbosity::Basic, sampling_initial: 2, sampling_thereafter: 1 }
    }
}

/// How much is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verbosity {
    /// One line a batch, with counts. No values.
    #[default]
    Basic,
    /// One line a record, with its values.
    Normal,
    /// Every field of every record, with its values, as the Collector prints them.
    Detailed,
}

impl Validate for Config {
    fn validate(&self) -> Vec<Problem> {
        match self.sampling_thereafter {
            0 => vec![Problem::at("sampling_thereafter", "it must be 1 (print all) or more")],
            _ => Vec::new(),
        }
    }
}

/// See [`Config`].
pub struct Debug {
    id: ComponentId,
    verbosity: Verbosity,
    sampler: Mutex<Sampler>,
    /// One at a time writes, also when a reader of the output has stopped reading and attempts time out.
    turn: Arc<Semaphore>,
}

impl Debug {
    /// An exporter that prints to standard output.
    pub fn new(id: &ComponentId, config: &Config) -> Debug {
        Debug {
            id: id.clone(),
            verbosity: config.verbosity,
            sampler: Mutex::new(Sampler::new(config.sampling_initial, config.sampling_thereafter)),
            turn: Arc::new(Semaphore::new(1)),
        }
    }
}

impl Exporter for Debug {
    /// What to print; empty for a batch that sampling leaves out.
    type Payload = Arc<str>;

    fn encode(&self, batch: &Batch) -> Result<Arc<str>, Reason> {
        if !self.sampler.lock().picks(Instant::now()) {
            return Ok(Arc::from(""));
        }
        let mut text = summary::of(&self.id, batch);
        match self.verbosity {
            Verbosity::Basic => {}
            Verbosity::Normal => normal::write(batch, &mut text),
            Verbosity::Detailed => detailed::write(batch, &mut text),
        }
        Ok(text.into())
    }

    async fn export(&self, text: &Arc<str>) -> Outcome {
        if text.is_empty() {
            return Outcome::Delivered;
        }
        let Ok(turn) = Arc::clone(&self.turn).acquire_owned().await else {
            return Outcome::Impossible(Reason::of("standard output is closed"));
        };
        let text = Arc::clone(text);
        let written = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let mut out = io::stdout().lock();
            out.write_all(text.as_bytes()).and_then(|()| out.flush())
        });
        match written.await {
            Ok(Ok(())) => Outcome::Delivered,
            _ => Outcome::Impossible(Reason::of("cannot write to standard output")),
        }
    }
}

#[cfg(test)]
mod tests;
