//! The keys of `service.dead_letters`.

use super::check::at;
use super::decode::Sections;
use super::extension::Extension;
use super::file_storage::FileStorage;
use super::tree::path;
use super::{Config, storage};
use component::ComponentId;
use component::settings::{ByteSize, Duration, Problem, Validate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Where records are kept that a destination rejected for good, until they are replayed or dropped.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DeadLetters {
    /// A `file_storage` extension, in whose directory they get one called `dead_letters`. Unset: the first one
    /// in `service.extensions`; if there is none, they are counted and logged, and gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage: Option<ComponentId>,
    /// Bytes that they may take on disk. At the limit the oldest go.
    pub max_size: ByteSize,
    /// Older ones go, in whole files, up to an eighth of this time later. 0s: none is too old.
    pub max_age: Duration,
}

impl Default for DeadLetters {
    fn default() -> DeadLetters {
        DeadLetters { storage: None, max_size: ByteSize::mib(1 << 10), max_age: Duration::secs(30 * 86_400) }
    }
}

impl DeadLetters {
    /// Any request that a receiver takes must fit, whole.
    const LEAST: ByteSize = ByteSize::mib(128);
}

impl Validate for DeadLetters {
    fn validate(&self) -> Vec<Problem> {
        match self.max_size < DeadLetters::LEAST {
            true => vec![Problem::at("max_size", format!("must be at least {}", DeadLetters::LEAST))],
            false => Vec::new(),
        }
    }
}

impl Config {
    /// The storage of the dead letters, by its id.
    pub(super) fn dead_letter_storage(&self) -> Option<(&ComponentId, &FileStorage)> {
        let named = self.service.dead_letters.storage.iter();
        named.chain(&self.service.extensions).find_map(|id| match self.extensions.get(id) {
            Some(Extension::FileStorage(storage)) => Some((id, storage)),
            _ => None,
        })
    }

    /// The directory of the dead letters, and their limits; none if they are not kept.
    pub fn dead_letters(&self) -> Option<(PathBuf, delivery::Limits)> {
        let (_, storage) = self.dead_letter_storage()?;
        let DeadLetters { max_size, max_age, .. } = &self.service.dead_letters;
        let max_age = Some(**max_age).filter(|age| !age.is_zero());
        let limits = delivery::Limits { max_bytes: max_size.0, max_age };
        Some((storage.directory.join("dead_letters"), limits))
    }
}

/// Checks the storage that is named, and what needs one.
pub(super) fn check(config: &Config, sections: &mut Sections<'_>) {
    if let Some(named) = &config.service.dead_letters.storage {
        storage::reference(config, named, &path(["service", "dead_letters", "storage"]), sections);
    }
    let broken = sections.touched(&path(["extensions"])) || sections.touched(&path(["service"]));
    if config.dead_letter_storage().is_some() || broken {
        return;
    }
    for (id, exporter) in &config.exporters {
        let place = path(["exporters", id.as_str(), "dead_letter_retry", "enabled"]);
        if exporter.delivery.dead_letter_retry.enabled && !sections.touched(&place) {
            let message = format!("{}: there are no dead letters to retry", sections.show(&place));
            let error = at(message, &place, sections.root())
                .help("they are kept once a `file_storage` extension is in `service.extensions`");
            sections.diagnostics.push(error);
        }
    }
}
