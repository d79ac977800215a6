//! The dead letters of a running agent.

use super::storage;
use crate::config::Config;
use crate::telemetry::health::Health;
use component::BuildError;
use delivery::{CountedDeadLetters, DeadLetterStore, DeadLetters, Stop};
use std::sync::Arc;
use tokio::task::JoinSet;

/// Where exporters and connectors leave what they give up.
#[derive(Clone)]
pub struct Graveyard {
    /// None where they are only counted.
    pub store: Option<Arc<DeadLetterStore>>,
    pub letters: Arc<dyn DeadLetters>,
}

/// Opens the dead letters where the configuration has storage for them.
pub fn open(config: &Config, health: &Health) -> Result<Graveyard, BuildError> {
    let Some((directory, limits)) = config.dead_letters() else {
        return Ok(Graveyard { store: None, letters: Arc::new(CountedDeadLetters::default()) });
    };
    let parent = directory.parent();
    if let Some(storage) = config.file_storages().find(|storage| Some(storage.directory.as_path()) == parent)
    {
        storage::prepare(storage)?;
    }
    let store = DeadLetterStore::open(&directory, &limits)
        .map_err(|error| BuildError(format!("service::dead_letters: {error}{}", storage::remedy(&error))))?;
    let watched = Arc::clone(&store);
    health.watch(move || match watched.health() {
        journal::Health::Healthy => None,
        journal::Health::DiskFull => Some("dead letters: the disk is full".to_owned()),
        journal::Health::Failed(what) => Some(format!("dead letters: {what}")),
    });
    let letters: Arc<dyn DeadLetters> = store.clone();
    Ok(Graveyard { store: Some(store), letters })
}

impl Graveyard {
    /// Looks after them until draining begins.
    pub fn tend(&self, tasks: &mut JoinSet<String>, mut stop: Stop) {
        let Some(store) = self.store.clone() else { return };
        tasks.spawn(async move {
            tokio::select! {
                () = store.tend() => {}
                () = stop.begun() => {}
            }
            "dead letters".to_owned()
        });
    }
}
