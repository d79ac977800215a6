use super::outcome;
use super::spelling::{Concept, lookup};
use component::settings::{Attributes, Problem, Validate};
use pdata::view::AnyValue;
use serde::{Deserialize, Serialize};

/// Turns log records into security events: adds the `audit.*` attributes that a record lacks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Attributes for records that have none of that key, on themselves or on their resource. Texts,
    /// numbers and booleans keep their type.
    pub default_attributes: Attributes,
}

/// One bit each in a record's scan.
const MAX_DEFAULTS: usize = 64;

impl Validate for Config {
    fn validate(&self) -> Vec<Problem> {
        let at = |key: &str| format!("default_attributes.{key}");
        let mut problems = Vec::new();
        if self.default_attributes.len() > MAX_DEFAULTS {
            let message = format!("at most {MAX_DEFAULTS} attributes can have a default");
            problems.push(Problem::at("default_attributes", message));
        }
        for (key, value) in self.default_attributes.iter() {
            match lookup(key.as_bytes()) {
                _ if key.is_empty() => {
                    problems.push(Problem::at("default_attributes", "an attribute needs a key"));
                }
                Some((_, spelling)) if spelling.concept == Concept::RecordId => {
                    problems.push(Problem::at(at(key), "a record's id must be its own; remove the default"));
                }
                Some((_, spelling)) if spelling.key == "audit.outcome" => {
                    let known =
                        |text: &str| outcome::read(&value.view()).is_some_and(|(o, _)| o.as_str() == text);
                    let AnyValue::Str(text) = value.view() else {
                        problems.push(Problem::at(at(key), "write success, failure or unknown"));
                        continue;
                    };
                    if !known(text.as_str()) {
                        problems.push(Problem::at(at(key), "write success, failure or unknown"));
                    }
                }
                _ => {}
            }
        }
        problems
    }
}
