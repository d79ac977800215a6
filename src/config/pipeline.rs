//! A pipeline: what receives, what processes, what exports, and when the sender is answered.

use component::ComponentId;
use journal::{OnFull, Watermark};
use pdata::Signal;
use schemars::{JsonSchema, SchemaGenerator, json_schema};
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// The signals, by the name that ids begin with.
const SIGNALS: [(&str, Signal); 3] =
    [("logs", Signal::Logs), ("traces", Signal::Traces), ("metrics", Signal::Metrics)];

/// Ids of pipelines, for the JSON Schema.
const PIPELINE_ID: &str = r"^\s*(logs|traces|metrics)\s*(/.+)?$";

/// A pipeline's id: `signal` or `signal/name`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PipelineId {
    /// What flows through it.
    pub signal: Signal,
    id: ComponentId,
}

impl PipelineId {
    /// Reads `signal[/name]`.
    pub fn parse(text: &str) -> Result<PipelineId, String> {
        let id = ComponentId::parse(text).map_err(|error| error.to_string())?;
        match SIGNALS.iter().find(|(name, _)| *name == id.kind()) {
            Some((_, signal)) => Ok(PipelineId { signal: *signal, id }),
            None if id.kind() == "profiles" => {
                Err("known Collector signal, not supported by weir: \"profiles\"".into())
            }
            None => {
                let names = SIGNALS.map(|(name, _)| name);
                let meant = super::diagnostic::closest(id.kind(), &names);
                let meant = meant.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
                Err(format!(
                    "unknown signal {:?}: a pipeline's id begins with {}{meant}",
                    id.kind(),
                    names.join(", ")
                ))
            }
        }
    }

    /// As written.
    pub fn as_str(&self) -> &str {
        self.id.as_str()
    }
}

impl fmt::Display for PipelineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.id.fmt(f)
    }
}

impl Serialize for PipelineId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PipelineId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<PipelineId, D::Error> {
        PipelineId::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl JsonSchema for PipelineId {
    fn schema_name() -> Cow<'static, str> {
        "PipelineId".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> schemars::Schema {
        json_schema!({
            "type": "string",
            "description": "A pipeline: `signal` or `signal/name`.",
            "pattern": PIPELINE_ID,
        })
    }
}

/// Pipelines by their ids.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(transparent)]
pub struct Pipelines(pub BTreeMap<PipelineId, Pipeline>);

impl<'de> Deserialize<'de> for Pipelines {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Pipelines, D::Error> {
        struct ById;
        impl<'de> Visitor<'de> for ById {
            type Value = Pipelines;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of pipelines by their ids")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pipelines, A::Error> {
                let mut pipelines = BTreeMap::new();
                while let Some((id, pipeline)) = map.next_entry()? {
                    pipelines.insert(id, pipeline);
                }
                Ok(Pipelines(pipelines))
            }
        }
        deserializer.deserialize_map(ById)
    }
}

impl JsonSchema for Pipelines {
    fn schema_name() -> Cow<'static, str> {
        "Pipelines".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> schemars::Schema {
        let pipeline = generator.subschema_for::<Pipeline>();
        json_schema!({
            "type": "object",
            "description": "Pipelines, by `signal` or `signal/name`.",
            "patternProperties": { PIPELINE_ID: pipeline },
            "additionalProperties": false,
        })
    }
}

/// What receives, what processes, what exports.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Pipeline {
    /// Receivers that feed it; at least one.
    #[serde(serialize_with = "ids")]
    pub receivers: Vec<ComponentId>,
    /// Processors, in the order in which they run.
    #[serde(serialize_with = "ids")]
    pub processors: Vec<ComponentId>,
    /// Exporters that deliver what comes out; at least one.
    #[serde(serialize_with = "ids")]
    pub exporters: Vec<ComponentId>,
    /// Whether secrets and personal data are masked before anything is stored or sent. With no
    /// redaction processor in the list, the default one runs first. On for logs and traces unless
    /// `off` is said; for metrics off unless `on` is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redaction: Option<Redaction>,
    /// When the sender is told that its request was taken.
    ///
    /// Unset: `durable` with storage, `received` without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ack: Option<Ack>,
    /// Where what it has accepted waits for its exporters.
    pub journal: Journal,
    /// What happens to a request that finds no room: the pipeline's journal is full (on disk its storage's
    /// `max_size`, in memory half of `memory.budget`), or a required exporter's `queue_size` is reached.
    pub on_full: OnFull,
    /// Whether an exporter may be left behind.
    pub fanout: Fanout,
    /// Exporters that `ack: delivered` waits for, that keep segments on disk, and whose backlog makes the
    /// pipeline full. Unset: all. The others lose the oldest of their backlog when there is no room; every
    /// loss is counted.
    #[serde(serialize_with = "some_ids", skip_serializing_if = "Option::is_none")]
    pub required: Option<Vec<ComponentId>>,
}

/// Where what a pipeline has accepted waits for its exporters.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Journal {
    /// A `file_storage` extension. Unset: the one that an exporter's `sending_queue.storage` names; if none
    /// does, it is in memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage: Option<ComponentId>,
}

/// How several exporters of a pipeline depend on one another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fanout {
    /// Those that are not `required` never hold up the others.
    #[default]
    BestEffort,
    /// All are required: nothing counts as delivered, and nothing leaves the journal, before every exporter
    /// has settled it.
    AllOrNothing,
}

impl Pipeline {
    /// Whether what flows through it is redacted.
    pub fn redacts(&self, signal: Signal) -> bool {
        match self.redaction {
            Some(redaction) => redaction == Redaction::On,
            None => signal != Signal::Metrics,
        }
    }

    /// How far a request has come when its sender is answered.
    pub fn watermark(&self) -> Watermark {
        match self.ack {
            None | Some(Ack::Received) => Watermark::Received,
            Some(Ack::Durable) => Watermark::Durable,
            Some(Ack::Delivered) => Watermark::Delivered,
        }
    }

    /// The exporters whose delivery counts as delivered.
    pub fn required(&self) -> &[ComponentId] {
        self.required.as_deref().unwrap_or(&self.exporters)
    }
}

/// Whether a pipeline redacts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Redaction {
    /// They are masked.
    On,
    /// Everything passes as it came.
    Off,
}

/// When the sender is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ack {
    /// When it waits in memory for its exporters, also where it is about to be written to disk.
    Received,
    /// When it is on disk and, unless the storage's `fsync` says otherwise, survives a power cut. Needs
    /// storage.
    Durable,
    /// When every required exporter has delivered it.
    Delivered,
}

/// Writes ids as they were written.
pub fn ids<S: Serializer>(ids: &[ComponentId], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(ids.iter().map(ComponentId::as_str))
}

fn some_ids<S: Serializer>(list: &Option<Vec<ComponentId>>, serializer: S) -> Result<S::Ok, S::Error> {
    ids(list.as_deref().unwrap_or_default(), serializer)
}
