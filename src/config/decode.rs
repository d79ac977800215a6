//! Reads a section of the tree into its type and reports everything that does not fit.
//!
//! serde stops at the first error. So the node in error is cut out and the section read again, until
//! it fits: what was cut out has its default, and nothing is said about it a second time.

use super::components;
use super::de::{Decoder, Noticed, Unknown};
use super::de_error::{Error, What, plain};
use super::diagnostic::Diagnostic;
use super::scalar::{self, Typed};
use super::tree::{Node, Origin, Step, Value, same_id};
use super::upstream;
use super::variant::Variant;
use serde::de::DeserializeOwned;

/// Errors of one section after which the rest is not looked for.
const MAX_ERRORS: usize = 100;

/// Reads sections of one tree, and collects what is wrong with them.
pub struct Sections<'t> {
    root: &'t Node,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
    /// The paths of what was in error: whatever depends on them is not reported too.
    pub broken: Vec<Vec<Step>>,
    /// Values of the type `Secret`.
    pub secrets: Vec<Origin>,
}

impl<'t> Sections<'t> {
    /// For `root`, of which `broken` could not be expanded.
    pub fn new(root: &'t Node, broken: Vec<Vec<Step>>) -> Sections<'t> {
        Sections { root, diagnostics: Vec::new(), broken, secrets: Vec::new() }
    }

    /// The tree.
    pub fn root(&self) -> &'t Node {
        self.root
    }

    /// Notes an error and that what is at `path` is broken.
    pub fn broken(&mut self, path: Vec<Step>, error: Diagnostic) {
        self.diagnostics.push(error);
        self.broken.push(path);
    }

    /// Whether `path`, or something above or below it, was already reported.
    pub fn touched(&self, path: &[Step]) -> bool {
        self.broken.iter().any(|broken| broken.starts_with(path) || path.starts_with(broken))
    }

    /// Whether a section's own complaint about `path` may only follow from what was already
    /// reported: also from a neighbour's error, since such rules compare keys of one section.
    pub fn follows(&self, path: &[Step]) -> bool {
        let beside = |broken: &Vec<Step>| {
            path.len() >= 3
                && broken.len() == path.len()
                && broken.split_last().map(|(_, above)| above) == path.split_last().map(|(_, above)| above)
        };
        self.touched(path) || self.broken.iter().any(beside)
    }

    /// Reads the section at `path`.
    pub fn section<T: DeserializeOwned>(&mut self, path: &[Step]) -> Option<T> {
        let node = self.root.find(path)?.clone();
        self.read(path, node, &[], |decoder| T::deserialize(decoder))
    }

    /// Reads `body`, the section of a component at `path`, as the variant `kind` of `T`. The keys
    /// `also` are valid there too, and were cut out before.
    pub fn component<T: DeserializeOwned>(
        &mut self,
        path: &[Step],
        kind: &str,
        body: Node,
        also: &[&'static str],
    ) -> Option<T> {
        self.read(path, body, also, |body| T::deserialize(Variant { kind, body }))
    }

    /// Reads `body`, a part of the section at `path`, as `T`.
    pub fn part<T: DeserializeOwned>(&mut self, path: &[Step], body: Node) -> Option<T> {
        self.read(path, body, &[], |decoder| T::deserialize(decoder))
    }

    fn read<T>(
        &mut self,
        base: &[Step],
        mut node: Node,
        also: &[&'static str],
        decode: impl for<'n, 't2> Fn(Decoder<'n, 't2>) -> Result<T, Error>,
    ) -> Option<T> {
        // Backwards: what is cut out of a list moves the items behind it.
        for broken in self.broken.iter().rev() {
            if let Some(inside) = broken.strip_prefix(base).filter(|inside| !inside.is_empty()) {
                node.remove(inside);
            }
        }
        let mut errors = 0;
        loop {
            let noticed = Noticed::default();
            let result = decode(Decoder::new(&node, &noticed));
            self.secrets.extend(noticed.secrets.take());
            let (what, inside, on_key) = match result {
                Ok(value) => {
                    self.unknown(base, also, noticed.unknown.take());
                    return Some(value);
                }
                Err(error) => error.into_parts(),
            };
            let path = self.written(base, &inside);
            let silent = match &what {
                // In a list there is no key that could count as not given.
                What::Null => matches!(inside.last(), Some(Step::Key(_))),
                What::Missing(field) => {
                    let missing = [path.as_slice(), &[Step::Key((*field).to_owned())]].concat();
                    self.broken.contains(&missing)
                }
                _ => false,
            };
            if !silent {
                errors += 1;
                let error = self.explain(&what, &path, on_key, node.find(&inside));
                self.broken(path, error);
            }
            if inside.is_empty() || errors > MAX_ERRORS {
                self.unknown(base, also, noticed.unknown.take());
                return None;
            }
            node.remove(&inside);
        }
    }

    /// The path in the tree of `inside`, a path in a section out of which broken items were cut.
    fn written(&self, base: &[Step], inside: &[Step]) -> Vec<Step> {
        let mut path = base.to_vec();
        for step in inside {
            let step = match step {
                Step::Key(key) => Step::Key(key.clone()),
                Step::Index(index) => {
                    let mut cut: Vec<usize> = self.broken.iter().filter_map(|b| index_in(&path, b)).collect();
                    cut.sort_unstable();
                    cut.dedup();
                    Step::Index(cut.into_iter().fold(*index, |index, cut| index + usize::from(cut <= index)))
                }
            };
            path.push(step);
        }
        path
    }

    fn explain(&self, what: &What, path: &[Step], on_key: bool, node: Option<&Node>) -> Diagnostic {
        let shown = self.show(path);
        let node = node.unwrap_or_else(|| self.root.nearest(path));
        // Below a key that sounds like a secret nothing is quoted either.
        let is_hidden = node.expanded.is_some() || self.is_secret(node.origin);
        match what {
            What::Null => Diagnostic::about(format!("{shown}: a value is missing"), node),
            What::Type { expected, found } => {
                let expected = plain(expected);
                let error = Diagnostic::about(format!("{shown}: expected {expected}, found {found}"), node)
                    .label(format!("expected {expected}"));
                match quoting(&expected, node) {
                    Some(help) if !is_hidden => error.help(help),
                    _ => error,
                }
            }
            What::Choice { valid, .. } if is_hidden => Diagnostic::about(
                format!("{shown}: not one of the valid values"),
                node,
            )
            .choices("valid values", None, valid),
            What::Choice { valid, found } => {
                // In YAML 1.1 these were the same.
                let meant = match found.as_str() {
                    "true" | "yes" if valid.contains(&"on") => "on",
                    "false" | "no" if valid.contains(&"off") => "off",
                    found => found,
                };
                Diagnostic::about(format!("{shown}: unknown value {found:?}"), node).choices(
                    "valid values",
                    Some(meant),
                    valid,
                )
            }
            What::Missing(field) => Diagnostic::about(format!("{shown}: the key {field:?} is missing"), node),
            What::Message(_) if is_hidden => {
                Diagnostic::about(format!("{shown}: the value is not valid for this key"), node)
            }
            What::Message(message) => {
                let message = format!("{shown}: {}", scrub(message, node));
                match self.root.entry(path).filter(|_| on_key) {
                    Some(entry) => Diagnostic::about_key(message, &entry.key, &entry.value),
                    None => Diagnostic::about(message, node),
                }
            }
        }
    }

    fn is_secret(&self, origin: Origin) -> bool {
        self.secrets.contains(&origin)
    }

    fn unknown(&mut self, base: &[Step], also: &[&'static str], unknown: Vec<Unknown>) {
        for Unknown { path: inside, entry, valid } in unknown {
            let path = self.written(base, &inside);
            let key_path = [path.as_slice(), &[Step::Key(entry.key.text.clone())]].concat();
            let mut valid = valid.to_vec();
            if inside.is_empty() {
                valid.extend(also);
            }
            let shown = self.show(&path);
            let error = if entry.key.hidden {
                // A misplaced secret with a colon in it parses as a map.
                Diagnostic::about(format!("{shown}: unknown key"), &entry.value).choices(
                    "valid keys",
                    None,
                    &valid,
                )
            } else {
                let key = &entry.key.text;
                match upstream::key(&key_path) {
                    Some(hint) => Diagnostic::about_key(
                        format!("{shown}: known Collector key, not supported by weir: {key:?}"),
                        &entry.key,
                        &entry.value,
                    )
                    .help(hint),
                    None => Diagnostic::about_key(
                        format!("{shown}: unknown key {key:?}"),
                        &entry.key,
                        &entry.value,
                    )
                    .choices("valid keys", Some(key), &valid),
                }
            };
            self.broken(key_path, error);
        }
    }

    /// A path for an error, without keys that came from outside: a misplaced secret with a colon
    /// in it parses as a map. The ids of components that exist are no secret.
    pub fn show(&self, path: &[Step]) -> String {
        let mut node = Some(self.root);
        let mut parts = Vec::new();
        for step in path {
            let entry = node.and_then(|node| match step {
                Step::Key(key) => node.entries().iter().find(|entry| same_id(&entry.key.text, key)),
                Step::Index(_) => None,
            });
            let is_component = |id: &str| match path {
                [Step::Key(section), Step::Key(second), ..] if second == id => {
                    components::find(section, id.split('/').next().unwrap_or_default().trim()).is_some()
                }
                _ => false,
            };
            let hidden = entry.is_some_and(|entry| entry.key.hidden && !is_component(&entry.key.text));
            parts.push(if hidden { "…".to_owned() } else { step.to_string() });
            node = node.and_then(|node| node.find(std::slice::from_ref(step)));
        }
        parts.join("::")
    }
}

/// The index of `item` if it is an item of `list`.
fn index_in(list: &[Step], item: &[Step]) -> Option<usize> {
    match item.split_last()? {
        (Step::Index(index), above) if above == list => Some(*index),
        _ => None,
    }
}

/// `message` without the values in `node` that must not be shown.
pub fn scrub(message: &str, node: &Node) -> String {
    let mut values = Vec::new();
    hidden_values(node, &mut values);
    // The longest first: one value may be a part of another.
    values.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
    values.iter().fold(message.to_owned(), |message, (value, shown)| {
        message.replace(value, shown).replace(&value.escape_debug().to_string(), shown)
    })
}

fn hidden_values(node: &Node, values: &mut Vec<(String, String)>) {
    match &node.value {
        Value::Map(entries) => entries.iter().for_each(|entry| hidden_values(&entry.value, values)),
        Value::List(items) => items.iter().for_each(|item| hidden_values(item, values)),
        Value::Scalar(_) | Value::Null => {}
    }
    let Some(expanded) = &node.expanded else { return };
    let raw = match &node.value {
        Value::Scalar(scalar) => Some(scalar.raw.as_str()),
        _ => None,
    };
    for text in raw.into_iter().chain(expanded.text.as_deref()) {
        // What is shorter is no secret, and would garble the message.
        if text.trim().len() >= 3 {
            values.push((text.trim().to_owned(), expanded.written.to_string()));
        }
    }
}

fn quoting(expected: &str, node: &Node) -> Option<String> {
    let Value::Scalar(scalar) = &node.value else { return None };
    match scalar.typed {
        Typed::Str if expected != "a list" && expected != "a map" => (scalar::resolve(&scalar.raw)
            != Typed::Str)
            .then(|| format!("write {} without quotes", scalar.raw)),
        Typed::Bool(_) | Typed::Int(_) | Typed::Float(_) if expected.contains("string") => {
            Some(format!("write it in quotes: {:?}", scalar.raw))
        }
        _ => None,
    }
}
