//! Receivers: otlp.
//!
//! A receiver is started in two steps, so that a wrong address is an error before any data flows:
//! [`Config::bind`] takes the addresses, [`Bound::serve`] answers until it is told to stop.

pub mod otlp;
pub mod tls;

use component::settings::{Problem, Validate};
use component::{BuildError, ComponentId, Consumer};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// A receiver's settings, by its type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub enum Config {
    /// OTLP over gRPC and HTTP.
    #[serde(rename = "otlp")]
    Otlp(otlp::Config),
}

impl Config {
    /// Takes the addresses that the settings name; connections wait in the kernel until
    /// [`Bound::serve`]. Fails with the key to change when an address cannot be had.
    pub async fn bind(self, id: ComponentId) -> Result<Bound, BuildError> {
        match self {
            Config::Otlp(config) => otlp::Bound::bind(config, id).await.map(Bound::Otlp),
        }
    }
}

impl Validate for Config {
    fn validate(&self) -> Vec<Problem> {
        match self {
            Config::Otlp(config) => config.validate(),
        }
    }
}

/// A receiver that has its addresses.
pub enum Bound {
    /// OTLP over gRPC and HTTP.
    Otlp(otlp::Bound),
}

impl Bound {
    /// Key of each endpoint and the address behind it, which differs from the configured one for port 0.
    pub fn addresses(&self) -> Vec<(&'static str, SocketAddr)> {
        match self {
            Bound::Otlp(bound) => bound.addresses(),
        }
    }

    /// Answers requests until `stop` is cancelled, then lets those in flight finish and returns.
    /// Dropping the future ends every connection at once: the caller bounds the wait.
    pub async fn serve<C: Consumer>(self, consumer: Arc<C>, stop: CancellationToken) {
        match self {
            Bound::Otlp(bound) => bound.serve(consumer, stop).await,
        }
    }
}
