//! Receivers: otlp.

use component::settings::{Problem, Validate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A receiver of the configuration, by the type part of its id.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Config {
    /// OTLP over gRPC and HTTP.
    #[serde(rename = "otlp")]
    Otlp(otlp::Config),
}

impl Validate for Config {
    fn validate(&self) -> Vec<Problem> {
        match self {
            Config::Otlp(config) => config.validate(),
        }
    }
}

/// OTLP over gRPC and HTTP.
pub mod otlp {
    use super::*;

    /// Placeholder.
    #[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
    #[serde(default, deny_unknown_fields)]
    pub struct Config {
        /// The protocols to listen on.
        pub protocols: Protocols,
    }

    /// The protocols to listen on; at least one.
    #[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
    #[serde(default, deny_unknown_fields)]
    pub struct Protocols {
        /// OTLP/gRPC.
        pub grpc: Option<Listener>,
        /// OTLP/HTTP.
        pub http: Option<Listener>,
    }

    /// One listening socket.
    #[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
    #[serde(default, deny_unknown_fields)]
    pub struct Listener {
        /// `host:port`.
        pub endpoint: String,
    }

    impl Validate for Config {
        fn validate(&self) -> Vec<Problem> {
            match (&self.protocols.grpc, &self.protocols.http) {
                (None, None) => {
                    vec![Problem::at("", "must specify at least one protocol when using the OTLP receiver")]
                }
                _ => Vec::new(),
            }
        }
    }
}
