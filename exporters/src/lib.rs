//! The exporters: `otlp_grpc`, `otlp_http`, `siem_http`, `file`, `debug`.
//!
//! A new exporter is a file here and an arm in [`Config`] and its matches; the compiler lists them.
//! Batching, retries, timeouts, the circuit breaker and dead letters are the delivery loop's: an exporter
//! encodes a batch, makes one attempt, and says how it ended.

mod buffers;
mod compression;
pub mod debug;
pub mod event_json;
pub mod file;
mod grpc_status;
mod http_client;
pub mod otlp_grpc;
pub mod otlp_http;
mod partial_success;
mod pieces;
mod retry_after;
pub mod siem_http;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod testing;
mod tls;

pub use compression::Compression;

use component::settings::{Problem, Validate};
use component::{BuildError, ComponentId, Exporter};
use pdata::Signal;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The own keys of one exporter, by its type. Those of delivery (`timeout`, `retry_on_failure`,
/// `sending_queue` and so on) are the same for all and not here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub enum Config {
    /// OTLP over gRPC.
    #[serde(rename = "otlp_grpc", alias = "otlp")]
    OtlpGrpc(otlp_grpc::Config),
    /// OTLP over HTTP.
    #[serde(rename = "otlp_http", alias = "otlphttp")]
    OtlpHttp(otlp_http::Config),
    /// Security events as JSON over HTTP.
    #[serde(rename = "siem_http", alias = "securityevent")]
    SiemHttp(siem_http::Config),
    /// JSON lines in a file.
    #[serde(rename = "file")]
    File(file::Config),
    /// Standard output, for humans.
    #[serde(rename = "debug")]
    Debug(debug::Config),
}

/// Puts a built exporter to work. A trait, because every exporter is a type of its own and the caller
/// has one way for all of them.
pub trait Launch {
    /// What launching yields.
    type Output;

    /// Takes the exporter.
    fn launch<E: Exporter>(self, exporter: E) -> Self::Output;
}

impl Config {
    /// What it can send.
    pub fn signals(&self) -> &[Signal] {
        match self {
            Config::OtlpGrpc(_) | Config::Debug(_) => &Signal::ALL,
            Config::OtlpHttp(config) => config.signals(),
            Config::SiemHttp(_) => &[Signal::Logs],
            Config::File(config) => config.signals(),
        }
    }

    /// How long an attempt may take where `timeout` is not set.
    pub fn default_timeout(&self) -> Duration {
        match self {
            Config::OtlpHttp(_) | Config::SiemHttp(_) => Duration::from_secs(30),
            Config::OtlpGrpc(_) | Config::File(_) | Config::Debug(_) => Duration::from_secs(5),
        }
    }

    /// Builds the exporter. Reads certificates and opens files, but connects to nothing.
    pub fn build<L: Launch>(self, id: &ComponentId, launch: L) -> Result<L::Output, BuildError> {
        Ok(match self {
            Config::OtlpGrpc(config) => launch.launch(otlp_grpc::OtlpGrpc::new(id, config)?),
            Config::OtlpHttp(config) => launch.launch(otlp_http::OtlpHttp::new(id, config)?),
            Config::SiemHttp(config) => launch.launch(siem_http::SiemHttp::new(id, config)?),
            Config::File(config) => launch.launch(file::File::new(id, config)?),
            Config::Debug(config) => launch.launch(debug::Debug::new(id, &config)),
        })
    }
}

impl Validate for Config {
    fn validate(&self) -> Vec<Problem> {
        match self {
            Config::OtlpGrpc(config) => config.validate(),
            Config::OtlpHttp(config) => config.validate(),
            Config::SiemHttp(config) => config.validate(),
            Config::File(config) => config.validate(),
            Config::Debug(config) => config.validate(),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use std::any::type_name;

    struct Name;

    impl Launch for Name {
        type Output = &'static str;

        fn launch<E: Exporter>(self, _: E) -> &'static str {
            type_name::<E>()
        }
    }

    #[tokio::test]
    async fn every_spelling_of_a_type_builds_its_exporter() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("out.json");
        let file = serde_json::json!({ "path": path }).to_string();
        for (kind, keys, exporter) in [
            ("otlp_grpc", r#"{"endpoint": "h:1"}"#, type_name::<otlp_grpc::OtlpGrpc>()),
            ("otlp", r#"{"endpoint": "h:1"}"#, type_name::<otlp_grpc::OtlpGrpc>()),
            ("otlp_http", r#"{"endpoint": "http://h"}"#, type_name::<otlp_http::OtlpHttp>()),
            ("otlphttp", r#"{"endpoint": "http://h"}"#, type_name::<otlp_http::OtlpHttp>()),
            ("file", &file, type_name::<file::File>()),
            ("debug", "{}", type_name::<debug::Debug>()),
        ] {
            let config: Config = serde_json::from_str(&format!(r#"{{"{kind}": {keys}}}"#)).unwrap();
            assert_eq!(config.validate(), [], "{kind}");
            assert_eq!(config.build(&testing::id(), Name).unwrap(), exporter, "{kind}");
        }
    }

    #[test]
    fn a_key_that_is_not_known_is_refused() {
        for kind in ["otlp_grpc", "otlp_http", "file", "debug"] {
            let error =
                serde_json::from_str::<Config>(&format!(r#"{{"{kind}": {{"endpint": ""}}}}"#)).unwrap_err();
            assert!(error.to_string().contains("unknown field `endpint`"), "{error}");
        }
    }
}
