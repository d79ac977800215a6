//! Sets of settings for a purpose. Which detectors act and how is in [`super::detectors::Detector`]'s table; this
//! says which keys stay or go and what is looked for besides. What the settings say goes before it.

mod allowed;
mod blocked;

use super::config::Config;
use super::rules::settings::CustomDetector;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A documented set of detectors, actions and keys. It is no certificate: see the documentation for what each does
/// not do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// Secrets, and what is told apart with certainty.
    #[default]
    Default,
    /// All detectors but `hashes`, and no attributes but those that audit needs: a list, to which `allowed_keys` adds.
    Strict,
    /// For card data (PCI DSS): of card numbers the last four digits stay, of tracks and verification values nothing.
    Pci,
    /// For health data: what detectors and keys tell of the 18 identifiers of HIPAA's Safe Harbor.
    Hipaa,
    /// For personal data in the European Union and the United Kingdom: numbers of persons, addresses, telephones.
    Gdpr,
}

impl Profile {
    /// Every profile, in the order of their numbers.
    pub const ALL: [Profile; 5] =
        [Profile::Default, Profile::Strict, Profile::Pci, Profile::Hipaa, Profile::Gdpr];

    /// Its name in settings.
    pub fn name(self) -> &'static str {
        match self {
            Profile::Default => "default",
            Profile::Strict => "strict",
            Profile::Pci => "pci",
            Profile::Hipaa => "hipaa",
            Profile::Gdpr => "gdpr",
        }
    }

    /// The keys of attributes that stay; nothing where all stay.
    pub fn allowed_keys(self) -> Option<impl Iterator<Item = &'static str>> {
        (self == Profile::Strict).then(|| allowed::KEYS.iter().flat_map(|(_, keys)| keys.iter().copied()))
    }

    /// The same, by what they are about.
    pub fn allowed_groups(self) -> &'static [(&'static str, &'static [&'static str])] {
        if self == Profile::Strict { allowed::KEYS } else { &[] }
    }

    /// Patterns of keys whose values are hidden as a whole, each with what they name.
    pub fn blocked_keys(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Profile::Default | Profile::Strict => &[],
            Profile::Pci => blocked::PCI,
            Profile::Hipaa => blocked::HIPAA,
            Profile::Gdpr => blocked::GDPR,
        }
    }

    /// What it looks for with patterns of its own, by name.
    pub fn custom_detectors(self) -> &'static [(&'static str, &'static str)] {
        if self == Profile::Pci { blocked::TRACKS } else { &[] }
    }
}

impl Config {
    /// The same with the profile's lists beside those that are said. A detector that is said keeps its name to itself.
    pub fn with_profile(&self) -> Config {
        let mut config = self.clone();
        config.allow_all_keys = Some(self.allows_all_keys());
        config.allowed_keys.extend(self.profile.allowed_keys().into_iter().flatten().map(str::to_owned));
        let blocked = self.profile.blocked_keys().iter().map(|(_, pattern)| (*pattern).to_owned());
        config.blocked_key_patterns.extend(blocked);
        for (name, pattern) in self.profile.custom_detectors() {
            let custom = || CustomDetector { pattern: (*pattern).to_owned(), ..CustomDetector::default() };
            config.custom_detectors.entry((*name).to_owned()).or_insert_with(custom);
        }
        config
    }
}
