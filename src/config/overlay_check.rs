//! Whether an exporter's own redaction can keep what it promises, and what it lets into the journal.

use super::check::{at, quote};
use super::decode::Sections;
use super::diagnostic::Diagnostic;
use super::overlay::Overlay;
use super::overlay_journals::{Held, Journals};
use super::pipeline::PipelineId;
use super::tree::{Step, Value, path};
use super::{Config, components};
use component::ComponentId;
use processors::redaction::{self, Action, Detector};
use std::collections::BTreeSet;

/// Checks every exporter's own redaction.
pub fn check(config: &Config, sections: &mut Sections<'_>) {
    for (exporter, settings) in &config.exporters {
        let Some(overlay) = &settings.common.redaction else { continue };
        let here = path(["exporters", exporter.as_str(), "redaction"]);
        if sections.touched(&path(["processors"])) || sections.touched(&here) {
            continue;
        }
        let Some(processor) = &overlay.processor else {
            let message = format!("{}: needs a `processor`, one of type redaction", sections.show(&here));
            let error = at(message, &here, sections.root());
            sections.diagnostics.push(error);
            continue;
        };
        let Some(redaction) = config.redaction(processor) else {
            no_redaction(config, processor, &here, sections);
            continue;
        };
        let check = Check { config, exporter, overlay, processor, redaction, here };
        check.verdicts(sections);
        if check.names(sections) && !sections.touched(&path(["service", "pipelines"])) {
            check.journals(sections);
        }
    }
}

/// What is named is no redaction processor.
fn no_redaction(config: &Config, processor: &ComponentId, here: &[Step], sections: &mut Sections<'_>) {
    let place = below(here, "processor");
    let node = sections.root().nearest(&place);
    let (shown, named) = (sections.show(&place), quote(processor, node));
    let known: Vec<&str> = config
        .processors
        .keys()
        .filter(|id| config.redaction(id).is_some())
        .map(ComponentId::as_str)
        .collect();
    let kind = components::find("processors", processor.kind()).map(|kind| kind.name);
    let (what, typed) = match config.processors.contains_key(processor) {
        true => ("is no redaction processor", None),
        // A processor of another type was hardly a slip of one of these.
        false if kind.is_some_and(|kind| kind != "redaction") => ("is no redaction processor", None),
        false => ("is not configured", node.expanded.is_none().then_some(processor.as_str())),
    };
    let error = Diagnostic::about(format!("{shown}: {named} {what}"), node);
    sections.diagnostics.push(error.choices("configured redaction processors", typed, &known));
}

fn below(here: &[Step], key: &str) -> Vec<Step> {
    [here, &path([key])].concat()
}

/// One exporter's own redaction.
struct Check<'c> {
    config: &'c Config,
    exporter: &'c ComponentId,
    overlay: &'c Overlay,
    processor: &'c ComponentId,
    redaction: &'c redaction::Config,
    here: Vec<Step>,
}

impl<'c> Check<'c> {
    /// A destination's verdicts are on the records of a batch as the journal has them.
    fn verdicts(&self, sections: &mut Sections<'_>) {
        let processor = path(["processors", self.processor.as_str()]);
        let place = below(&self.here, "processor");
        for setting in self.redaction.dropping_records() {
            let setting: Vec<Step> = processor
                .iter()
                .cloned()
                .chain(setting.split('.').map(|key| Step::Key(key.to_owned())))
                .collect();
            let root = sections.root();
            let message =
                format!("{}: takes whole records out, by {}", sections.show(&place), sections.show(&setting));
            let error = at(message, &place, root)
                .also(root.nearest(&setting).origin, "this")
                .note("behind the journal records must stay in number: destinations accept and reject them one by one")
                .help("take a weaker action there, `drop_key` for instance, or take records out in the pipeline");
            sections.diagnostics.push(error);
        }
    }

    /// Whether what the journal may hold has names that there are.
    fn names(&self, sections: &mut Sections<'_>) -> bool {
        let list = below(&self.here, "journal_may_hold");
        let mut valid: Vec<&str> = Detector::ALL.iter().map(|detector| detector.name()).collect();
        valid.extend([Overlay::RULES, Overlay::EVERYTHING]);
        let mut known = true;
        for (index, name) in self.overlay.journal_may_hold.iter().enumerate() {
            if valid.contains(&name.as_str()) {
                continue;
            }
            known = false;
            let node = sections.root().nearest(&[list.as_slice(), &[Step::Index(index)]].concat());
            let shown = sections.show(&list);
            let error = match &node.expanded {
                Some(expanded) => Diagnostic::about(
                    format!("{shown}: {} is no detector", expanded.written),
                    node,
                )
                .choices("valid names", None, &valid),
                None if self.redaction.custom_detectors.contains_key(name) => {
                    Diagnostic::about(format!("{shown}: {name:?} is a detector of your own"), node)
                        .help("say `rules`, which stands for all of them")
                }
                None => Diagnostic::about(format!("{shown}: {name:?} is no detector"), node).choices(
                    "valid names",
                    Some(name),
                    &valid,
                ),
            };
            sections.diagnostics.push(error);
        }
        known
    }

    /// What the journals on the exporter's way hold is what they may.
    fn journals(&self, sections: &mut Sections<'_>) {
        let journals = Journals::of(self.config, self.exporter, self.redaction);
        for (id, held) in &journals.held {
            match held.everything {
                true => self.holds_everything(id, sections),
                false => self.holds(id, held, sections),
            }
        }
        for (id, what, by) in &journals.out_of_reach {
            self.out_of_reach(id, what, *by, sections);
        }
        for (id, detector, by) in &journals.hidden_before {
            self.hidden_before(id, *detector, *by, sections);
        }
        // An exporter that no pipeline uses is worth a warning, and that is another one.
        if !journals.held.is_empty() {
            self.unneeded(&journals.held.values().flat_map(Held::names).collect(), sections);
        }
    }

    fn may_hold(&self, name: &str) -> bool {
        self.overlay.journal_may_hold.iter().any(|may| may == name || may == Overlay::EVERYTHING)
    }

    /// An error at the list, or where it is missing.
    fn at_list(&self, message: &str, sections: &Sections<'_>) -> Diagnostic {
        let list = below(&self.here, "journal_may_hold");
        let written = sections.root().find(&list).is_some_and(|node| matches!(node.value, Value::List(_)));
        let place = if written { list } else { below(&self.here, "processor") };
        at(format!("{}: {message}", sections.show(&self.here)), &place, sections.root())
    }

    fn holds_everything(&self, id: &PipelineId, sections: &mut Sections<'_>) {
        if self.may_hold(Overlay::EVERYTHING) {
            return;
        }
        let message = format!(
            "pipeline {id} has no redaction, so its journal holds all that is hidden from this exporter"
        );
        let error = self
            .at_list(&message, sections)
            .help(format!("hide it before the journal: `redaction: on` in {id}"))
            .help("or, if the journal may hold it, say `journal_may_hold: [everything]`");
        sections.diagnostics.push(error);
    }

    fn holds(&self, id: &PipelineId, held: &Held, sections: &mut Sections<'_>) {
        let names: Vec<&str> = held.names().filter(|name| !self.may_hold(name)).collect();
        if names.is_empty() {
            return;
        }
        let shown = |name: &&str| match *name {
            Overlay::RULES => {
                format!("rules ({})", held.rules.iter().copied().collect::<Vec<_>>().join(", "))
            }
            name => name.to_owned(),
        };
        let message = format!(
            "the journal of pipeline {id} holds what is hidden from this exporter: {}",
            names.iter().map(shown).collect::<Vec<_>>().join(", ")
        );
        let names = names.join(", ");
        let error = self
            .at_list(&message, sections)
            .help(format!("hide it in {id} too, so that no exporter sees it and no disk holds it"))
            .help(format!("or, if the journal may hold it, say so: `journal_may_hold: [{names}]`"));
        sections.diagnostics.push(error);
    }

    fn out_of_reach(&self, id: &PipelineId, what: &str, by: Action, sections: &mut Sections<'_>) {
        let shown = match self.redaction.custom_detectors.contains_key(what) {
            true => sections.show(&path(["processors", self.processor.as_str(), "custom_detectors", what])),
            false => what.to_owned(),
        };
        let is_detector = Detector::ALL.iter().any(|detector| detector.name() == what);
        let can_be_found = matches!(by, Action::Hash | Action::Pseudonymize) && !what.starts_with("blocked_");
        let message = format!(
            "{}: {shown}: what pipeline {id} leaves of it with `{}` cannot be found again, so this exporter would get it",
            sections.show(&self.here),
            by.name()
        );
        let error = at(message, &below(&self.here, "processor"), sections.root())
            .help(match can_be_found {
                true => "to hide hashes from this exporter, switch the detector `hashes` of its redaction on"
                    .into(),
                false => format!("hide more of it in {id}"),
            })
            .help(match is_detector {
                true => format!(
                    "if it may have that, switch `{what}` off in its redaction, or say the same action there"
                ),
                false => "if it may have that, take it out of its redaction, or say the same there".into(),
            });
        sections.diagnostics.push(error);
    }

    fn hidden_before(&self, id: &PipelineId, detector: Detector, by: Action, sections: &mut Sections<'_>) {
        let setting = path(["processors", self.processor.as_str(), "actions", detector.name()]);
        let message = format!(
            "{}: has no effect for exporter {}: pipeline {id} hides it before the journal with `{}`, and nothing brings it back",
            sections.show(&setting),
            self.exporter,
            by.name()
        );
        let origin = sections.root().nearest(&setting).origin;
        sections.diagnostics.push(Diagnostic::warning(message, Some(origin)));
    }

    /// What is listed and not needed would be taken for true.
    fn unneeded(&self, needed: &BTreeSet<&str>, sections: &mut Sections<'_>) {
        let list = below(&self.here, "journal_may_hold");
        let everything = needed.contains(Overlay::EVERYTHING);
        for (index, name) in self.overlay.journal_may_hold.iter().enumerate() {
            let why = match name.as_str() {
                name if everything && name != Overlay::EVERYTHING => "`everything` says it already",
                name if needed.contains(name) => continue,
                Overlay::EVERYTHING => {
                    "redaction is on in front of every journal; name what it does not hide"
                }
                _ => "this exporter's redaction does not hide it, or every journal is without it",
            };
            let node = sections.root().nearest(&[list.as_slice(), &[Step::Index(index)]].concat());
            let shown = sections.show(&list);
            let error = Diagnostic::about(format!("{shown}: {name:?} is not needed: {why}"), node)
                .help("take it out");
            sections.diagnostics.push(error);
        }
    }
}
