//! Rules between sections: what a pipeline names must be there, and what is there should be used.
//! Conditions and texts are the Collector's where it has them.

use super::components;
use super::decode::{Sections, scrub};
use super::diagnostic::{Diagnostic, Severity};
use super::pipeline::{Pipeline, PipelineId, Redaction};
use super::tree::{Node, Step, Value, path, same_id, trimmed};
use super::{Config, dead_letters, overlay_check, signal_name, storage, wiring};
use component::ComponentId;
use component::settings::{Problem, Validate};
use pdata::Signal;

/// Checks a whole configuration.
pub fn check(config: &Config, sections: &mut Sections<'_>) {
    own_rules(config, sections);
    presence(config, sections);
    for (id, pipeline) in &config.service.pipelines.0 {
        check_pipeline(config, id, pipeline, sections);
    }
    wiring::check(config, sections);
    storage::check(config, sections);
    dead_letters::check(config, sections);
    overlay_check::check(config, sections);
    for id in &config.service.extensions {
        let list = path(["service", "extensions"]);
        reference(&list, "extension", "extensions", id, "service::extensions", sections);
    }
    // In a broken configuration nobody knows what would be used.
    if sections.diagnostics.iter().all(|diagnostic| diagnostic.severity == Severity::Warning) {
        unused(config, sections);
        storage::unused(config, sections);
    }
}

/// Every section's own rules, also of components that no pipeline uses.
fn own_rules(config: &Config, sections: &mut Sections<'_>) {
    let mut found: Vec<(Vec<Step>, Problem)> = Vec::new();
    let mut add =
        |at: Vec<Step>, problems: Vec<Problem>| found.extend(problems.into_iter().map(|p| (at.clone(), p)));
    for (id, receiver) in &config.receivers {
        add(path(["receivers", id.as_str()]), receiver.validate());
    }
    for (id, processor) in &config.processors {
        add(path(["processors", id.as_str()]), processor.validate());
    }
    for (id, exporter) in &config.exporters {
        add(path(["exporters", id.as_str()]), exporter.config.validate());
        add(path(["exporters", id.as_str()]), exporter.delivery.validate());
    }
    for (id, connector) in &config.connectors {
        add(path(["connectors", id.as_str()]), connector.validate());
    }
    for (id, extension) in &config.extensions {
        add(path(["extensions", id.as_str()]), extension.validate());
    }
    add(path(["service"]), config.service.validate());

    // Warnings of a broken section would be about what is broken.
    let mut odd: Vec<(Vec<Step>, Problem)> = Vec::new();
    for (id, processor) in &config.processors {
        let at = path(["processors", id.as_str()]);
        if found.iter().all(|(section, _)| *section != at) {
            odd.extend(processor.warnings().into_iter().map(|problem| (at.clone(), problem)));
        }
    }
    let found = found.into_iter().map(|(at, problem)| (at, problem, Severity::Error));
    let odd = odd.into_iter().map(|(at, problem)| (at, problem, Severity::Warning));
    for (section, problem, severity) in found.chain(odd) {
        let root = sections.root();
        let mut whole = section.clone();
        for key in problem.path.split('.').filter(|key| !key.is_empty()) {
            let in_list = root.find(&whole).is_some_and(|node| matches!(node.value, Value::List(_)));
            whole.push(match key.parse() {
                Ok(index) if in_list => Step::Index(index),
                _ => Step::Key(key.to_owned()),
            });
        }
        if sections.follows(&whole) {
            continue;
        }
        let message = scrub(&problem.message, root.nearest(&section));
        let message = format!("{}: {message}", sections.show(&whole));
        let error = at(message, &whole, root);
        sections.diagnostics.push(Diagnostic { severity, ..error });
    }
}

/// An error at the value of `path`, or at the nearest key above it when it is not written.
pub fn at(message: String, path: &[Step], root: &Node) -> Diagnostic {
    if let Some(node) = root.find(path).filter(|node| matches!(node.value, Value::Scalar(_) | Value::List(_)))
    {
        return Diagnostic::about(message, node);
    }
    let key = (1..=path.len()).rev().find_map(|steps| root.entry(path.get(..steps)?));
    match key {
        Some(entry) => Diagnostic::about_key(message, &entry.key, &entry.value),
        None => Diagnostic::unplaced(message),
    }
}

fn presence(config: &Config, sections: &mut Sections<'_>) {
    for (section, none, text) in [
        ("receivers", config.receivers.is_empty(), "no receiver configuration specified in config"),
        ("exporters", config.exporters.is_empty(), "no exporter configuration specified in config"),
    ] {
        if none && !sections.touched(&path([section])) {
            let error = at(text.to_owned(), &path([section]), sections.root());
            sections.diagnostics.push(error);
        }
    }
    let pipelines = path(["service", "pipelines"]);
    if config.service.pipelines.0.is_empty() && !sections.touched(&pipelines) {
        let text = "service::pipelines: service must have at least one pipeline";
        let error = at(text.to_owned(), &pipelines, sections.root());
        sections.diagnostics.push(error);
    }
}

fn check_pipeline(config: &Config, id: &PipelineId, pipeline: &Pipeline, sections: &mut Sections<'_>) {
    let here = path(["service", "pipelines", id.as_str()]);
    let below = |key: &str| [here.as_slice(), &[Step::Key(key.to_owned())]].concat();
    let shown = sections.show(&here);
    for (key, kind, list) in [
        ("receivers", "receiver", &pipeline.receivers),
        ("processors", "processor", &pipeline.processors),
        ("exporters", "exporter", &pipeline.exporters),
    ] {
        if list.is_empty() && key != "processors" && !sections.touched(&below(key)) {
            let error = at(format!("{shown}: must have at least one {kind}"), &below(key), sections.root());
            sections.diagnostics.push(error);
        }
        for (index, component) in list.iter().enumerate() {
            let before = list.iter().take(index).filter(|other| *other == component).count();
            if before == 1 {
                let place = item(&below(key), component, before, sections.root());
                let message =
                    format!("{shown}: references {kind} {} multiple times", quote(component, place));
                let repeated = match key {
                    "processors" => Diagnostic::about(message, place),
                    // The Collector takes these; the second mention changes nothing.
                    _ => Diagnostic::warning(message, Some(place.origin)),
                };
                sections.diagnostics.push(repeated);
            }
            let joins = key != "processors" && is_configured("connectors", component, sections);
            if before == 0 && !joins && reference(&below(key), kind, key, component, &shown, sections) {
                let supported = supported(config, key, component);
                signal(id.signal, supported, &below(key), kind, component, &shown, sections);
            }
        }
    }
    let stray = pipeline.required.iter().flatten().filter(|required| !pipeline.exporters.contains(required));
    for required in stray {
        if !sections.touched(&below("exporters")) {
            let place = item(&below("required"), required, 0, sections.root());
            let message =
                format!("{shown}::required: {} is no exporter of this pipeline", quote(required, place));
            let choices: Vec<&str> = pipeline.exporters.iter().map(ComponentId::as_str).collect();
            let error = Diagnostic::about(message, place).choices("its exporters", None, &choices);
            sections.diagnostics.push(error);
        }
    }
    if pipeline.required.as_ref().is_some_and(Vec::is_empty) && !sections.touched(&below("required")) {
        let message = format!("{shown}::required: must name at least one exporter");
        let error =
            at(message, &below("required"), sections.root()).help("remove the key to require all of them");
        sections.diagnostics.push(error);
    }
    let is_redaction =
        |id: &&ComponentId| matches!(config.processors.get(id), Some(processors::Config::Redaction(_)));
    let redactor = pipeline.processors.iter().find(is_redaction);
    if pipeline.redaction == Some(Redaction::Off)
        && let Some(redactor) = redactor
    {
        let place = item(&below("processors"), redactor, 0, sections.root());
        let message = format!("{shown}: `redaction: off`, but {} is listed", quote(redactor, place));
        let error = Diagnostic::about(message, place).help("remove the one that is not meant");
        sections.diagnostics.push(error);
    } else if pipeline.redaction == Some(Redaction::Off) && id.signal != Signal::Metrics {
        let origin = sections.root().find(&below("redaction")).map(|node| node.origin);
        let message = format!("{shown}: redaction is off: secrets and personal data leave as they came");
        sections.diagnostics.push(Diagnostic::warning(message, origin));
    }
}

/// Whether `section` has a component `id`.
fn is_configured(section: &str, id: &ComponentId, sections: &Sections<'_>) -> bool {
    let configured = sections.root().find(&path([section])).map_or(&[][..], Node::entries);
    configured.iter().any(|entry| same_id(&entry.key.text, id.as_str()))
}

/// Whether `id` is configured; an error if not.
fn reference(
    list: &[Step],
    kind: &str,
    section: &str,
    id: &ComponentId,
    shown: &str,
    sections: &mut Sections<'_>,
) -> bool {
    if is_configured(section, id, sections) {
        return true;
    }
    let root = sections.root();
    let configured = root.find(&path([section])).map_or(&[][..], Node::entries);
    // The section itself may be what is broken.
    if !sections.broken.contains(&path([section])) {
        let place = item(list, id, 0, root);
        let message = format!("{shown}: references {kind} {} which is not configured", quote(id, place));
        let known: Vec<String> = configured
            .iter()
            .filter(|entry| !entry.key.hidden)
            .map(|entry| trimmed(&entry.key.text))
            .collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let typed = place.expanded.is_none().then_some(id.as_str());
        let error =
            Diagnostic::about(message, place).choices(&format!("configured {section}"), typed, &known);
        sections.diagnostics.push(error);
    }
    false
}

/// The signals that a component can handle; an exporter's may depend on its settings.
fn supported<'c>(config: &'c Config, section: &str, id: &ComponentId) -> &'c [Signal] {
    match config.exporters.get(id).filter(|_| section == "exporters") {
        Some(exporter) => exporter.config.signals(),
        // What is no component has been reported as that.
        None => components::find(section, id.kind()).map_or(&Signal::ALL, |component| component.signals),
    }
}

/// An error if a component cannot handle the pipeline's signal.
fn signal(
    signal: Signal,
    supported: &[Signal],
    list: &[Step],
    kind: &str,
    id: &ComponentId,
    shown: &str,
    sections: &mut Sections<'_>,
) {
    if supported.contains(&signal) {
        return;
    }
    let place = item(list, id, 0, sections.root());
    let signals: Vec<&str> = supported.iter().map(|signal| signal_name(*signal)).collect();
    let message = format!("{shown}: {kind} {} does not support {}", quote(id, place), signal_name(signal));
    let error = Diagnostic::about(message, place).note(format!("it supports: {}", signals.join(", ")));
    sections.diagnostics.push(error);
}

/// The `nth` mention of `id` in the list at `path`, or the list itself.
pub fn item<'n>(path: &[Step], id: &ComponentId, nth: usize, root: &'n Node) -> &'n Node {
    let list = root.nearest(path);
    let mentions = |node: &&Node| matches!(&node.value, Value::Scalar(s) if same_id(&s.raw, id.as_str()));
    match &list.value {
        Value::List(items) => items.iter().filter(mentions).nth(nth).unwrap_or(list),
        _ => list,
    }
}

/// An id in quotes, or the reference that it came from.
pub fn quote(id: &ComponentId, place: &Node) -> String {
    match &place.expanded {
        Some(expanded) => expanded.written.to_string(),
        None => format!("{:?}", id.as_str()),
    }
}

fn unused(config: &Config, sections: &mut Sections<'_>) {
    let pipelines = || config.service.pipelines.0.values();
    for (section, kind, used) in [
        ("receivers", "receiver", pipelines().flat_map(|p| &p.receivers).collect::<Vec<_>>()),
        (
            "processors",
            "processor",
            pipelines().flat_map(|p| &p.processors).chain(config.overlays()).collect(),
        ),
        ("exporters", "exporter", pipelines().flat_map(|p| &p.exporters).collect()),
        (
            "connectors",
            "connector",
            pipelines().flat_map(|p| p.exporters.iter().chain(&p.receivers)).collect(),
        ),
        ("extensions", "extension", config.service.extensions.iter().collect()),
    ] {
        let list =
            if section == "extensions" { "service::extensions does not name" } else { "no pipeline uses" };
        for entry in sections.root().find(&path([section])).map_or(&[][..], Node::entries) {
            let at = path([section, entry.key.text.as_str()]);
            let is_used = used.iter().any(|id| same_id(&entry.key.text, id.as_str()));
            if !is_used && !sections.touched(&at) {
                let message = format!("{}: {list} this {kind}; it is not started", sections.show(&at));
                let warning = Diagnostic::warning(message, Some(entry.key.origin)).hiding(entry.value.origin);
                sections.diagnostics.push(warning);
            }
        }
    }
}
