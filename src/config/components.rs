//! What components there are: their types, aliases and signals.

use pdata::Signal;

/// A component that weir has.
#[derive(Debug)]
pub struct Component {
    /// The section of the configuration that it stands in.
    pub section: &'static str,
    /// Its type.
    pub name: &'static str,
    /// Older spellings of its type. They work, with a warning.
    pub aliases: &'static [&'static str],
    /// The signals that it can handle.
    pub signals: &'static [Signal],
}

const ALL: &[Signal] = &Signal::ALL;
const LOGS: &[Signal] = &[Signal::Logs];

/// Every component, by section and type.
pub const COMPONENTS: &[Component] = &[
    Component { section: "receivers", name: "otlp", aliases: &[], signals: ALL },
    Component { section: "processors", name: "redaction", aliases: &[], signals: ALL },
    Component { section: "processors", name: "security_event", aliases: &[], signals: LOGS },
    Component { section: "exporters", name: "debug", aliases: &[], signals: ALL },
    Component { section: "exporters", name: "file", aliases: &[], signals: ALL },
    Component { section: "exporters", name: "otlp_grpc", aliases: &["otlp"], signals: ALL },
    Component { section: "exporters", name: "otlp_http", aliases: &["otlphttp"], signals: ALL },
    Component { section: "exporters", name: "siem_http", aliases: &["securityevent"], signals: LOGS },
    Component { section: "connectors", name: "failover", aliases: &[], signals: ALL },
    Component { section: "extensions", name: "file_storage", aliases: &[], signals: &[] },
    Component { section: "extensions", name: "health_check", aliases: &[], signals: &[] },
];

/// The sections that hold components.
pub const SECTIONS: [&str; 5] = ["receivers", "processors", "exporters", "connectors", "extensions"];

/// The components of a section.
pub fn of(section: &str) -> impl Iterator<Item = &'static Component> {
    COMPONENTS.iter().filter(move |component| component.section == section)
}

/// The component of a type or an alias.
pub fn find(section: &str, kind: &str) -> Option<&'static Component> {
    of(section).find(|component| component.name == kind || component.aliases.contains(&kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::connector::Connector;
    use crate::config::de_error::{Error, What};
    use crate::config::extension::Extension;
    use serde::de::value::StrDeserializer;
    use serde::de::{Deserialize, DeserializeOwned};

    /// The table and the enums list the same types and aliases: serde names all of them when it is
    /// given one that does not exist.
    #[test]
    fn the_table_agrees_with_the_types() {
        fn words<T: DeserializeOwned>() -> Vec<&'static str> {
            let found = T::deserialize(StrDeserializer::<Error>::new("?")).err().map(Error::into_parts);
            let mut words = match found {
                Some((What::Choice { valid, .. }, ..)) => valid.to_vec(),
                _ => Vec::new(),
            };
            words.sort_unstable();
            words
        }
        let table = |section| {
            let mut words: Vec<&str> =
                of(section).flat_map(|c| c.aliases.iter().copied().chain([c.name])).collect();
            words.sort_unstable();
            words
        };
        assert_eq!(words::<receivers::Config>(), table("receivers"));
        assert_eq!(words::<processors::Config>(), table("processors"));
        assert_eq!(words::<exporters::Config>(), table("exporters"));
        assert_eq!(words::<Connector>(), table("connectors"));
        assert_eq!(words::<Extension>(), table("extensions"));
        // `Deserialize` is what `words` relies on.
        fn takes<'de, T: Deserialize<'de>>() {}
        takes::<Extension>();
    }
}
