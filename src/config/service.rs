//! The `service` section: which pipelines run, how much memory they may take, and how weir tells
//! about itself.

use super::dead_letters::DeadLetters;
use super::pipeline::Pipelines;
use component::ComponentId;
use component::settings::{ByteSize, Duration, Problem, Validate};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What runs.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Service {
    /// Extensions to start.
    #[serde(serialize_with = "super::pipeline::ids")]
    pub extensions: Vec<ComponentId>,
    /// Pipelines, by `signal` or `signal/name`.
    pub pipelines: Pipelines,
    /// How long stopping may take. What is not delivered by then stays in the journal on disk, and the next
    /// start goes on with it. What was in memory only is lost and logged, and weir exits with 3.
    pub shutdown_timeout: Duration,
    /// What is kept that a destination rejected for good.
    pub dead_letters: DeadLetters,
    /// How much memory requests may take.
    pub memory: Memory,
    /// What one request may hold at most. Its bytes are bounded by its receiver.
    pub limits: Limits,
    /// How weir tells about itself.
    pub telemetry: Telemetry,
}

impl Default for Service {
    fn default() -> Service {
        Service {
            extensions: Vec::new(),
            pipelines: Pipelines::default(),
            shutdown_timeout: Duration::secs(30),
            dead_letters: DeadLetters::default(),
            memory: Memory::default(),
            limits: Limits::default(),
            telemetry: Telemetry::default(),
        }
    }
}

/// How much memory requests may take.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Memory {
    /// Bytes of admitted requests, all pipelines together. More is refused with a retry hint.
    pub budget: ByteSize,
}

impl Default for Memory {
    fn default() -> Memory {
        Memory { budget: ByteSize::mib(512) }
    }
}

/// What one request may hold at most. One that holds more is refused as malformed.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Nesting of messages, 100 at most. An attribute's text is at the seventh level.
    pub depth: u32,
    /// Log records, spans or data points.
    pub records: u32,
    /// Attributes of one resource, scope, record, event, link or map.
    pub attributes: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        let pdata::Limits { depth, records, attributes, .. } = pdata::Limits::default();
        Limits { depth, records, attributes }
    }
}

/// How weir tells about itself.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Telemetry {
    /// Its metrics.
    pub metrics: Metrics,
    /// Its logs, on standard error.
    pub logs: Logs,
}

/// weir's own metrics.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Metrics {
    /// Whether there are metrics. The Collector's levels above `none` all show the same here.
    pub level: Level,
    /// Where the metrics can be read; one at most.
    pub readers: Vec<Reader>,
}

impl Default for Metrics {
    fn default() -> Metrics {
        Metrics { level: Level::Normal, readers: vec![Reader::default()] }
    }
}

impl Metrics {
    /// Host and port of the Prometheus endpoint, unless there is none.
    pub fn endpoint(&self) -> Option<(&str, u16)> {
        let reader = self.readers.first().filter(|_| self.level != Level::None)?;
        let prometheus = &reader.pull.exporter.prometheus;
        Some((&prometheus.host, prometheus.port))
    }
}

/// Whether there are metrics: the Collector's levels, of which weir distinguishes two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// No metrics, no endpoint.
    None,
    /// All metrics.
    Basic,
    /// All metrics.
    Normal,
    /// All metrics.
    Detailed,
}

/// A way to read the metrics.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Reader {
    /// By being asked.
    pub pull: Pull,
}

/// Metrics for who asks.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Pull {
    /// In which form.
    pub exporter: PullExporter,
}

/// The form of pulled metrics.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PullExporter {
    /// Prometheus text.
    pub prometheus: Prometheus,
}

/// Prometheus text at `/metrics`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Prometheus {
    /// The host to listen on.
    pub host: String,
    /// The port to listen on.
    pub port: u16,
    /// Only `true`: series carry no labels of the instrumentation scope.
    pub without_scope_info: bool,
    /// Only `true`: names carry no unit.
    pub without_units: bool,
    /// Only `true`: names carry no `_total`.
    pub without_type_suffix: bool,
}

impl Default for Prometheus {
    fn default() -> Prometheus {
        Prometheus {
            host: "localhost".into(),
            port: 8888,
            without_scope_info: true,
            without_units: true,
            without_type_suffix: true,
        }
    }
}

/// weir's own logs, on standard error.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Logs {
    /// The least severity that is logged.
    pub level: LogLevel,
    /// How a line looks.
    pub encoding: Encoding,
}

/// The least severity that is logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(transform = component::settings::aliases::<Self>)]
pub enum LogLevel {
    /// Everything.
    #[serde(alias = "DEBUG")]
    Debug,
    /// The usual.
    #[default]
    #[serde(alias = "INFO")]
    Info,
    /// What may need attention.
    #[serde(alias = "WARN")]
    Warn,
    /// What needs attention.
    #[serde(alias = "ERROR")]
    Error,
}

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// Text for people.
    #[default]
    Console,
    /// JSON for machines.
    Json,
}

impl Validate for Service {
    fn validate(&self) -> Vec<Problem> {
        let own = self.dead_letters.validate().into_iter();
        let mut problems: Vec<_> = own.map(|problem| problem.under("dead_letters")).collect();
        if self.memory.budget.0 == 0 {
            problems.push(Problem::at("memory.budget", "must be more than 0: nothing could be received"));
        }
        let Limits { depth, records, attributes } = self.limits;
        if !(7..=pdata::MAX_DEPTH).contains(&depth) {
            let message = format!("must be from 7, where attributes are, to {}", pdata::MAX_DEPTH);
            problems.push(Problem::at("limits.depth", message));
        }
        for (key, limit) in [("limits.records", records), ("limits.attributes", attributes)] {
            if limit == 0 {
                problems.push(Problem::at(key, "must be more than 0: nothing could be received"));
            }
        }
        let metrics = &self.telemetry.metrics;
        let readers = "telemetry.metrics.readers";
        if metrics.readers.is_empty() && metrics.level != Level::None {
            let rule = "collector telemetry metrics reader should exist when metric level is not none";
            problems.push(Problem::at(readers, rule));
        }
        if metrics.readers.len() > 1 {
            problems.push(Problem::at(readers, "weir has one endpoint for its metrics: keep one reader"));
        }
        for (index, reader) in metrics.readers.iter().enumerate() {
            let prometheus = &reader.pull.exporter.prometheus;
            let path = |key: &str| format!("{readers}.{index}.pull.exporter.prometheus.{key}");
            if prometheus.host.is_empty() {
                problems.push(Problem::at(path("host"), "requires a non-empty \"host\""));
            }
            for (key, on) in [
                ("without_scope_info", prometheus.without_scope_info),
                ("without_units", prometheus.without_units),
                ("without_type_suffix", prometheus.without_type_suffix),
            ] {
                if !on {
                    problems.push(Problem::at(
                        path(key),
                        "only `true` is supported: names stay as dashboards expect them",
                    ));
                }
            }
        }
        problems
    }
}
