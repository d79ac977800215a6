//! What the JSON Schema says of a configuration.

use jsonschema::Validator;
use serde_json::Value;
use std::fmt::Write;
use std::sync::LazyLock;

static SCHEMA: LazyLock<Validator> =
    LazyLock::new(|| jsonschema::draft202012::new(&weir::config::schema()).unwrap());

/// YAML 1.2 as an editor reads it: `off` is text.
pub fn parse(yaml: &str) -> Value {
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(yaml, options).unwrap_or_else(|error| panic!("{error}:\n{yaml}"))
}

/// Every place that the schema marks as wrong; empty where there is none.
pub fn complaints(config: &Value) -> String {
    SCHEMA.iter_errors(config).fold(String::new(), |mut text, error| {
        let _ = writeln!(text, "{}: {error}", error.instance_path());
        text
    })
}
