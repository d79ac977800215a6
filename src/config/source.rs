//! Where configurations come from: `--config`, `--set`, the environment, files.

use super::diagnostic::Diagnostic;
use super::merge::merge;
use super::tree::{Entry, Key, Node, Origin, Value};
use super::yaml;
use std::io::Read;

/// A configuration, and a file that a `${file:…}` names, is at most this long.
const MAX_BYTES: u64 = 16 << 20;

/// The world outside, as far as a configuration can see it.
pub trait Environment {
    /// An environment variable; `None` when it is not set or no UTF-8.
    fn variable(&self, name: &str) -> Option<String>;

    /// A file's content.
    fn file(&self, path: &str) -> Result<String, String>;
}

/// The process's own environment and files.
pub struct Process;

impl Environment for Process {
    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn file(&self, path: &str) -> Result<String, String> {
        let open = std::fs::File::open(path).map_err(|error| format!("open {path}: {}", reason(&error)))?;
        let mut bytes = Vec::new();
        let read = open.take(MAX_BYTES + 1).read_to_end(&mut bytes);
        read.map_err(|error| format!("read {path}: {}", reason(&error)))?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(format!("read {path}: longer than {} MiB", MAX_BYTES >> 20));
        }
        String::from_utf8(bytes).map_err(|_| format!("read {path}: not UTF-8"))
    }
}

/// An I/O error in the words that operators search for, without Rust's error number.
fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file or directory".into(),
        std::io::ErrorKind::PermissionDenied => "permission denied".into(),
        std::io::ErrorKind::IsADirectory => "is a directory".into(),
        _ => error.to_string(),
    }
}

/// A text that was read.
#[derive(Debug)]
pub struct Source {
    /// How errors name it.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// Every text that was read, so that errors can show the line.
#[derive(Debug, Default)]
pub struct Sources(Vec<Source>);

impl Sources {
    /// The source that an [`Origin`] points into.
    pub fn get(&self, index: usize) -> Option<&Source> {
        self.0.get(index)
    }

    /// Reads what one `--config` names.
    pub fn config(&mut self, uri: &str, environment: &dyn Environment) -> Result<Node, Vec<Diagnostic>> {
        let (scheme, rest) = match split_scheme(uri) {
            None => ("file", uri),
            Some(split) => split,
        };
        let text = match scheme {
            "file" => {
                environment.file(rest).map_err(|error| format!("unable to read the configuration: {error}"))
            }
            "env" => environment
                .variable(rest)
                .ok_or_else(|| format!("--config {uri}: the environment variable {rest} is not set")),
            "yaml" => Ok(rest.to_owned()),
            "http" | "https" => Err(format!(
                "--config {scheme}:…: known Collector scheme, not supported by weir: fetch the file first"
            )),
            _ => Err(format!("scheme {scheme:?} is not supported for uri {uri:?}; use file:, env: or yaml:")),
        };
        let text = text.map_err(|message| vec![Diagnostic::unplaced(message)])?;
        let name = match scheme {
            "file" => rest.to_owned(),
            "env" => uri.to_owned(),
            _ => "--config yaml".to_owned(),
        };
        let index = self.add(name, text);
        let mut root = yaml::parse(index, self.text(index))?;
        if scheme == "yaml" {
            unflatten(&mut root);
        }
        match root.value {
            Value::Map(_) | Value::Null => Ok(root),
            _ => Err(vec![Diagnostic::error(
                "a configuration is a map with the keys receivers, processors, exporters, connectors, extensions and service",
                root.origin,
            )]),
        }
    }

    /// Reads one `--set a.b.c=value`.
    pub fn set(&mut self, argument: &str) -> Result<Node, Vec<Diagnostic>> {
        let Some((keys, value)) = argument.split_once('=') else {
            return Err(vec![
                // The argument may hold a secret with another separator.
                Diagnostic::unplaced("invalid value for flag --set: missing equal sign")
                    .help("write --set service.telemetry.logs.level=debug"),
            ]);
        };
        let index = self.add("--set".into(), argument.to_owned());
        let mut node = yaml::parse_at(index, value, keys.len() + 1)?;
        let mut end = keys.len();
        for key in keys.rsplit('.') {
            let origin = Origin { source: index, start: end - key.len(), end };
            if key.is_empty() {
                return Err(vec![Diagnostic::error("--set: a key is empty", origin)]);
            }
            let key = Key { text: key.to_owned(), origin, hidden: false };
            end = origin.start.saturating_sub(1);
            let place = node.origin;
            node = Node::new(Value::Map(vec![Entry { key, value: node }]), place);
        }
        Ok(node)
    }

    fn add(&mut self, name: String, text: String) -> usize {
        self.0.push(Source { name, text });
        self.0.len() - 1
    }

    fn text(&self, index: usize) -> &str {
        self.get(index).map_or("", |source| &source.text)
    }
}

/// `scheme:rest`. A single letter before the colon is a drive, and `None`.
pub fn split_scheme(uri: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = uri.split_once(':')?;
    let mut letters = scheme.bytes();
    let starts_well = letters.next().is_some_and(|b| b.is_ascii_alphabetic());
    let goes_on = letters.all(|b| b.is_ascii_alphanumeric() || b"+.-".contains(&b));
    (starts_well && goes_on && scheme.len() > 1).then_some((scheme, rest))
}

/// `a::b: v` stands for `a: {b: v}`.
fn unflatten(root: &mut Node) {
    let Value::Map(entries) = &mut root.value else { return };
    let entries = std::mem::take(entries);
    for Entry { key, mut value } in entries {
        for part in key.text.rsplit("::") {
            let key = Key { text: part.to_owned(), ..key.clone() };
            let place = value.origin;
            value = Node::new(Value::Map(vec![Entry { key, value }]), place);
        }
        merge(root, value);
    }
}
