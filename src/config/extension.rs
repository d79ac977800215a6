//! Extensions: what runs beside the pipelines.

use super::file_storage::FileStorage;
use component::settings::{Problem, Validate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An extension, by the type part of its id.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub enum Extension {
    /// Keeps the journals of pipelines on disk.
    #[serde(rename = "file_storage")]
    FileStorage(FileStorage),
    /// Answers whether weir is well.
    #[serde(rename = "health_check")]
    HealthCheck(HealthCheck),
}

/// An HTTP endpoint that answers 200 while weir is well, else 503.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HealthCheck {
    /// `host:port` to listen on.
    pub endpoint: String,
    /// The path that answers.
    pub path: String,
    /// What to answer instead of the Collector's JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_body: Option<ResponseBody>,
}

impl Default for HealthCheck {
    fn default() -> HealthCheck {
        HealthCheck { endpoint: "localhost:13133".into(), path: "/".into(), response_body: None }
    }
}

/// Fixed answers of the health check.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ResponseBody {
    /// With status 200.
    pub healthy: String,
    /// With status 503.
    pub unhealthy: String,
}

impl Validate for Extension {
    fn validate(&self) -> Vec<Problem> {
        match self {
            Extension::FileStorage(storage) => storage.validate(),
            Extension::HealthCheck(check) => check.validate(),
        }
    }
}

impl Validate for HealthCheck {
    fn validate(&self) -> Vec<Problem> {
        let HealthCheck { endpoint, path, .. } = self;
        let mut problems = Vec::new();
        let port = endpoint.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
        if port.is_none() {
            problems.push(Problem::at("endpoint", "must be host:port, such as localhost:13133"));
        }
        if !path.starts_with('/') {
            problems.push(Problem::at("path", "must start with a slash"));
        }
        problems
    }
}
