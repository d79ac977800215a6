//! The configuration: read, merged, expanded, typed and checked, with every error at its place.
//!
//! [`load`] is the way through: [`source`] reads trees of what `--config` and `--set` name,
//! [`merge`] lays them over one another, [`expand`] replaces `${…}`, [`decode`] reads sections into
//! their types over the serde implementation in [`de`], [`check`] knows the rules between sections,
//! and [`render`] shows what is wrong.

mod check;
mod components;
mod connector;
mod de;
mod de_error;
mod dead_letters;
mod decode;
mod diagnostic;
mod expand;
mod extension;
mod file_storage;
mod merge;
mod overlay;
mod overlay_check;
mod overlay_journals;
mod pipeline;
mod print;
mod render;
mod scalar;
mod schema;
mod service;
mod source;
mod storage;
#[cfg(test)]
mod tests;
mod tree;
mod upstream;
mod variant;
mod wiring;
mod yaml;

pub use components::{COMPONENTS, Component, SECTIONS};
pub use connector::{Connector, Failover};
pub use dead_letters::DeadLetters;
pub use diagnostic::{Diagnostic, Severity};
pub use extension::{Extension, HealthCheck, ResponseBody};
pub use file_storage::{FileStorage, Fsync};
pub use overlay::{Common, Overlay};
pub use pipeline::{Ack, Fanout, Journal, Pipeline, PipelineId, Pipelines, Redaction};
pub use schema::schema;
pub use service::{
    Encoding, Level, Limits, LogLevel, Logs, Memory, Metrics, Prometheus, Pull, PullExporter, Reader,
    Service, Telemetry,
};
pub use source::{Environment, Process};

use component::ComponentId;
use decode::Sections;
use pdata::Signal;
use source::Sources;
use std::collections::BTreeMap;
use std::fmt;
use tree::{Entry, Node, Origin, Step, Value, path};

/// The whole configuration, valid. What no pipeline uses is in it too.
#[derive(Clone, Debug)]
pub struct Config {
    /// Receivers.
    pub receivers: BTreeMap<ComponentId, receivers::Config>,
    /// Processors.
    pub processors: BTreeMap<ComponentId, processors::Config>,
    /// Exporters.
    pub exporters: BTreeMap<ComponentId, Exporter>,
    /// Connectors.
    pub connectors: BTreeMap<ComponentId, Connector>,
    /// Extensions.
    pub extensions: BTreeMap<ComponentId, Extension>,
    /// What runs.
    pub service: Service,
}

/// An exporter: what it is, and how data is delivered to it.
#[derive(Clone, Debug)]
pub struct Exporter {
    /// Its own keys.
    pub config: exporters::Config,
    /// The keys that every exporter takes: queue, batches, retry, circuit breaker, rate limit.
    pub delivery: delivery::Settings,
    /// The other keys that every exporter takes.
    pub common: Common,
}

/// A configuration that weir can start with.
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// Warnings only.
    pub report: Report,
    root: Node,
}

impl Loaded {
    /// The effective configuration: merged, expanded, defaults filled in. Secrets are `[REDACTED]`,
    /// and a value that came from outside is shown as the `${…}` it was written as.
    pub fn effective(&self) -> serde_json::Value {
        print::effective(&self.config, &self.root)
    }
}

/// By hand: the tree holds what must not be printed.
impl fmt::Debug for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loaded").field("report", &self.report).finish_non_exhaustive()
    }
}

/// What is wrong with a configuration, and what is worth knowing about it.
pub struct Report {
    diagnostics: Vec<Diagnostic>,
    sources: Sources,
    secrets: Vec<Origin>,
}

/// By hand: the sources hold what must not be printed.
impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.diagnostics.iter().map(|diagnostic| &diagnostic.message)).finish()
    }
}

impl Report {
    /// Everything, in the order in which it was found.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// How many errors.
    pub fn errors(&self) -> usize {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count()
    }

    /// As text with snippets, in colours if `styled`. Never shows a secret.
    pub fn render(&self, styled: bool) -> String {
        render::render(&self.diagnostics, &self.sources, &self.secrets, styled)
    }
}

/// Loads what `configs` (each as `--config` takes it) and `sets` (each as `--set` takes it) name:
/// the configs in order, then the sets. Fails with everything that is wrong, not only the first.
pub fn load(
    configs: &[String],
    sets: &[String],
    environment: &dyn Environment,
) -> Result<Loaded, Box<Report>> {
    let mut report = Report { diagnostics: Vec::new(), sources: Sources::default(), secrets: Vec::new() };
    if configs.is_empty() {
        report.diagnostics.push(Diagnostic::unplaced("at least one config flag must be provided").help(
            "weir run --config config.example.yaml runs the example; docs/configuration.md explains the keys",
        ));
        return Err(Box::new(report));
    }
    let mut root = Node::new(Value::Null, Origin::default());
    let trees = configs.iter().map(|uri| report.sources.config(uri, environment)).collect::<Vec<_>>();
    let sets = sets.iter().map(|argument| report.sources.set(argument)).collect::<Vec<_>>();
    for tree in trees.into_iter().chain(sets) {
        match tree {
            // An empty file changes nothing.
            Ok(tree) if matches!(tree.value, Value::Null) => {}
            Ok(tree) => {
                report.secrets.extend(render::secrets(&tree));
                merge::merge(&mut root, tree);
            }
            Err(wrong) => report.diagnostics.extend(wrong),
        }
    }
    if report.errors() > 0 {
        return Err(Box::new(report));
    }
    if root.entries().is_empty() {
        report.diagnostics.push(Diagnostic::unplaced("empty configuration file"));
        return Err(Box::new(report));
    }
    let expansion = expand::expand(&mut root, environment);
    report.diagnostics.extend(expansion.diagnostics);

    let mut sections = Sections::new(&root, expansion.failed);
    let mut config = typed(&mut sections);
    check::check(&config, &mut sections);
    report.diagnostics.extend(sections.diagnostics);
    report.secrets.extend(sections.secrets);
    match report.errors() {
        0 => {
            config.fill_in();
            Ok(Loaded { config, report, root })
        }
        _ => Err(Box::new(report)),
    }
}

/// Reads every section into its type. What is in error is left out, or has its default.
fn typed(sections: &mut Sections<'_>) -> Config {
    let known: Vec<&str> = SECTIONS.into_iter().chain(["service"]).collect();
    for Entry { key, value } in sections.root().entries() {
        let at = vec![Step::Key(key.text.clone())];
        if !known.contains(&key.text.as_str()) {
            let error = Diagnostic::about_key(format!("unknown key {:?}", key.text), key, value);
            sections.broken(at, error.choices("valid keys", Some(&key.text), &known));
        }
    }
    let delivery_keys = variant::fields_of::<delivery::Settings>();
    let common_keys = variant::fields_of::<Common>();
    let shared_keys = [delivery_keys, common_keys].concat();
    Config {
        receivers: components(sections, "receivers", |sections, at, kind, body| {
            sections.component(at, kind, body, &[])
        }),
        processors: components(sections, "processors", |sections, at, kind, body| {
            sections.component(at, kind, body, &[])
        }),
        exporters: components(sections, "exporters", |sections, at, kind, mut body| {
            let delivery = split(&mut body, delivery_keys);
            let common = split(&mut body, common_keys);
            let config = sections.component(at, kind, body, &shared_keys);
            let (delivery, common) = (sections.part(at, delivery), sections.part(at, common));
            Some(Exporter { config: config?, delivery: delivery?, common: common? })
        }),
        connectors: components(sections, "connectors", |sections, at, kind, body| {
            sections.component(at, kind, body, &[])
        }),
        extensions: components(sections, "extensions", |sections, at, kind, body| {
            sections.component(at, kind, body, &[])
        }),
        service: service(sections),
    }
}

/// Reads a section of components; `read` reads one of them.
fn components<T>(
    sections: &mut Sections<'_>,
    section: &'static str,
    mut read: impl FnMut(&mut Sections<'_>, &[Step], &str, Node) -> Option<T>,
) -> BTreeMap<ComponentId, T> {
    let mut typed = BTreeMap::new();
    let Some(node) = sections.root().find(&path([section])) else { return typed };
    if !matches!(node.value, Value::Map(_) | Value::Null) {
        let message = format!("{section}: expected a map of components by their ids, found {}", node.kind());
        sections.broken(path([section]), Diagnostic::about(message, node));
    }
    let mut seen: BTreeMap<ComponentId, Origin> = BTreeMap::new();
    for Entry { key, value } in node.entries() {
        let at = path([section, &key.text]);
        let id = match ComponentId::parse(&key.text) {
            Ok(id) => id,
            Err(error) => {
                let error = match key.hidden {
                    true => Diagnostic::about(format!("{section}: a key is no component id"), value),
                    false => Diagnostic::about_key(format!("{section}: {error}"), key, value),
                };
                sections.broken(at, error);
                continue;
            }
        };
        if let Some(first) = seen.insert(id.clone(), key.origin) {
            let shown = sections.show(&at);
            let message = format!("duplicate name {shown:?}: white space is no part of it");
            let error = Diagnostic::about_key(message, key, value).also(first, "given here first");
            sections.diagnostics.push(error);
            continue;
        }
        let Some(component) = components::find(section, id.kind()) else {
            let error = unknown_type(section, &id, key, value);
            sections.broken(at, error);
            continue;
        };
        if component.name != id.kind() {
            let message = format!("{:?} alias is deprecated; use {:?} instead", id.kind(), component.name);
            let warning = Diagnostic::warning(format!("{}: {message}", sections.show(&at)), Some(key.origin));
            sections.diagnostics.push(warning.hiding(value.origin));
        }
        if let Some(component) = read(sections, &at, id.kind(), value.clone()) {
            typed.insert(id, component);
        }
    }
    typed
}

fn unknown_type(section: &str, id: &ComponentId, key: &tree::Key, value: &Node) -> Diagnostic {
    if key.hidden {
        return Diagnostic::about(format!("{section}: a key is no known component"), value);
    }
    let names: Vec<&str> = components::of(section).map(|component| component.name).collect();
    match upstream::component(section, id.kind()) {
        Some(hint) => {
            let kind = id.kind();
            let message = format!("{section}: known Collector component, not supported by weir: {kind:?}");
            let error = Diagnostic::about_key(message, key, value).choices("valid types", None, &names);
            if hint.is_empty() { error } else { error.help(hint) }
        }
        None => {
            let message = format!("{section}: unknown type: {:?} for id: {:?}", id.kind(), id.as_str());
            Diagnostic::about_key(message, key, value).choices("valid types", Some(id.kind()), &names)
        }
    }
}

fn service(sections: &mut Sections<'_>) -> Service {
    let pipelines = path(["service", "pipelines"]);
    let mut seen: Vec<(String, Origin)> = Vec::new();
    for Entry { key, value } in sections.root().find(&pipelines).map_or(&[][..], Node::entries) {
        let name = tree::trimmed(&key.text);
        match seen.iter().find(|(known, _)| *known == name) {
            Some((_, first)) => {
                let at = path(["service", "pipelines", &key.text]);
                let shown = sections.show(&at);
                let message = format!("duplicate name {shown:?}: white space is no part of it");
                let error = Diagnostic::about_key(message, key, value).also(*first, "given here first");
                sections.broken(at, error);
            }
            None => seen.push((name, key.origin)),
        }
    }
    sections.section(&path(["service"])).unwrap_or_default()
}

/// Cuts the entries with one of `keys` out of a map, as a map of their own.
fn split(body: &mut Node, keys: &[&str]) -> Node {
    let Value::Map(entries) = &mut body.value else {
        return Node::new(Value::Null, body.origin);
    };
    let (cut, rest) =
        std::mem::take(entries).into_iter().partition(|entry| keys.contains(&entry.key.text.as_str()));
    *entries = rest;
    Node { value: Value::Map(cut), ..body.clone() }
}

/// A signal's name as pipelines are called.
pub fn signal_name(signal: Signal) -> &'static str {
    match signal {
        Signal::Logs => "logs",
        Signal::Traces => "traces",
        Signal::Metrics => "metrics",
    }
}
