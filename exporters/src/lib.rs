//! Exporters: siem_http, file, otlp_grpc, otlp_http, debug.

use component::settings::{ClientTls, Headers, Problem, Validate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// An exporter of the configuration, by the type part of its id.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Config {
    /// Security events to an HTTP endpoint.
    #[serde(rename = "siem_http", alias = "securityevent")]
    SiemHttp(Http),
    /// JSON lines in a file.
    #[serde(rename = "file")]
    File(File),
    /// OTLP/gRPC.
    #[serde(rename = "otlp_grpc", alias = "otlp")]
    OtlpGrpc(Http),
    /// OTLP/HTTP.
    #[serde(rename = "otlp_http", alias = "otlphttp")]
    OtlpHttp(Http),
    /// Prints what passes.
    #[serde(rename = "debug")]
    Debug(Debug),
}

/// Placeholder.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Http {
    /// Where to send.
    pub endpoint: String,
    /// Headers to send.
    pub headers: Headers,
    /// How to compress.
    pub compression: Compression,
    /// How to secure the connection.
    pub tls: ClientTls,
    /// Attributes to add.
    pub default_attributes: BTreeMap<String, String>,
}

/// How to compress.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Compression {
    /// Not.
    #[default]
    None,
    /// gzip.
    Gzip,
    /// zstd.
    Zstd,
}

/// Placeholder.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct File {
    /// Where to write.
    pub path: PathBuf,
}

/// Placeholder.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Debug {
    /// How much to print.
    pub verbosity: String,
}

impl Validate for Config {
    fn validate(&self) -> Vec<Problem> {
        match self {
            Config::SiemHttp(http) | Config::OtlpGrpc(http) | Config::OtlpHttp(http) => {
                let missing = http.endpoint.is_empty();
                let mut problems: Vec<_> = http.tls.validate().into_iter().map(|p| p.under("tls")).collect();
                problems.extend(missing.then(|| Problem::at("endpoint", "requires a non-empty \"endpoint\"")));
                problems
            }
            Config::File(file) if file.path.as_os_str().is_empty() => {
                vec![Problem::at("path", "requires a non-empty \"path\"")]
            }
            Config::File(_) | Config::Debug(_) => Vec::new(),
        }
    }
}
