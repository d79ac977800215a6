//! Replaces `${…}` in values: `${env:X}`, `${X}`, `${X:-default}`, `${file:path}`, `${yaml:…}`.
//!
//! References nest, innermost first, and what a provider gives is expanded again. A reference that
//! is the whole value may stand for anything that YAML can write; inside a longer text its source
//! text is put in. `$$` is a literal `$`. Keys are not expanded.

use super::diagnostic::Diagnostic;
use super::source::{Environment, split_scheme};
use super::tree::{Expanded, Node, Origin, Scalar, Step, Value};
use super::yaml;
use std::collections::BTreeSet;
use std::rc::Rc;

/// References that one value may lead to, as in the Collector.
const MAX_EXPANSIONS: usize = 1000;
/// How deep values from providers may lead to one another.
const MAX_DEPTH: usize = 32;
/// How long an expanded text may become.
const MAX_TEXT: usize = 16 << 20;

/// What came of expanding a tree.
#[derive(Debug, Default)]
pub struct Expansion {
    /// Errors and warnings.
    pub diagnostics: Vec<Diagnostic>,
    /// The values that could not be expanded.
    pub failed: Vec<Vec<Step>>,
}

/// Expands every value of a tree in place.
pub fn expand(root: &mut Node, environment: &dyn Environment) -> Expansion {
    let mut expander =
        Expander { environment, expansion: Expansion::default(), path: Vec::new(), warned: BTreeSet::new() };
    expander.node(root);
    expander.expansion
}

struct Expander<'e> {
    environment: &'e dyn Environment,
    expansion: Expansion,
    path: Vec<Step>,
    warned: BTreeSet<String>,
}

impl Expander<'_> {
    fn node(&mut self, node: &mut Node) {
        match &mut node.value {
            Value::Map(entries) => {
                for entry in entries {
                    self.path.push(Step::Key(entry.key.text.clone()));
                    self.node(&mut entry.value);
                    self.path.pop();
                }
            }
            Value::List(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.path.push(Step::Index(index));
                    self.node(item);
                    self.path.pop();
                }
            }
            Value::Scalar(scalar) if scalar.raw.contains('$') => {
                let written = Rc::from(scalar.raw.as_str());
                let origin = node.origin;
                let mut one =
                    One { expander: self, written: Rc::clone(&written), origin, left: MAX_EXPANSIONS };
                let expanded = one.value(&written, 0);
                match expanded {
                    Ok(expanded) => *node = expanded,
                    Err(message) => {
                        let error = Diagnostic::error(message, origin);
                        self.expansion.diagnostics.push(error);
                        self.expansion.failed.push(self.path.clone());
                        node.value = Value::Null;
                    }
                }
            }
            Value::Scalar(_) | Value::Null => {}
        }
    }
}

/// The expansion of one value of the configuration.
struct One<'x, 'e> {
    expander: &'x mut Expander<'e>,
    /// The value as it was written: all that errors ever show of it.
    written: Rc<str>,
    origin: Origin,
    left: usize,
}

type Failed = String;

impl One<'_, '_> {
    fn value(&mut self, text: &str, depth: usize) -> Result<Node, Failed> {
        let Some(inner) = whole(text) else {
            let (text, outside) = self.text(text, depth)?;
            let mut node = Node::string(text, self.origin);
            node.expanded = outside.then(|| self.expanded(None));
            return Ok(node);
        };
        let Some(source) = self.reference(inner, depth)? else {
            let mut unset = Node::new(Value::Null, self.origin);
            unset.expanded = Some(self.expanded(None));
            return Ok(unset);
        };
        // What does not parse is a text, like what parses as one: verbatim, quotes and all.
        let parsed = yaml::parse(self.origin.source, &source).ok();
        match parsed
            .filter(|node| !matches!(&node.value, Value::Scalar(s) if s.typed == super::scalar::Typed::Str))
        {
            None if whole(&source).is_some() => self.value(&source, depth + 1),
            None => {
                let (text, _) = self.text(&source, depth + 1)?;
                let mut node = Node::string(text.as_str(), self.origin);
                node.expanded = Some(self.expanded(Some(text)));
                Ok(node)
            }
            Some(mut node) => {
                // The text is only wanted where the key takes a string.
                let text = self.text(&source, depth + 1).map_or(source, |(text, _)| text);
                self.adopt(&mut node, depth)?;
                node.expanded = Some(self.expanded(Some(text)));
                Ok(node)
            }
        }
    }

    /// Makes a parsed value part of the tree: placed where the reference stands, and expanded.
    fn adopt(&mut self, node: &mut Node, depth: usize) -> Result<(), Failed> {
        match &mut node.value {
            Value::Map(entries) => {
                for entry in entries {
                    entry.key.origin = self.origin;
                    entry.key.hidden = true;
                    self.adopt(&mut entry.value, depth)?;
                }
            }
            Value::List(items) => {
                for item in items {
                    self.adopt(item, depth)?;
                }
            }
            Value::Scalar(Scalar { raw, .. }) if raw.contains('$') => {
                let raw = raw.clone();
                *node = self.value(&raw, depth + 1)?;
            }
            Value::Scalar(_) | Value::Null => {}
        }
        node.origin = self.origin;
        if node.expanded.is_none() {
            node.expanded = Some(self.expanded(None));
        }
        Ok(())
    }

    fn expanded(&self, text: Option<String>) -> Expanded {
        Expanded { written: Rc::clone(&self.written), text: text.map(Rc::from) }
    }

    /// Expands every reference within a text. Also says whether there was one.
    fn text(&mut self, text: &str, depth: usize) -> Result<(String, bool), Failed> {
        let mut out = String::new();
        let mut outside = false;
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            let (before, from) = rest.split_at(at);
            out.push_str(before);
            if let Some(after) = from.strip_prefix("$$") {
                out.push('$');
                rest = after;
            } else if let Some(inner) = from.strip_prefix("${").and_then(|after| closed(after)) {
                outside = true;
                let value = self.reference(inner, depth)?;
                // An unset variable within a text is an empty text.
                let (value, _) = self.text(&value.unwrap_or_default(), depth + 1)?;
                out.push_str(&value);
                rest = from.get(inner.len() + 3..).unwrap_or_default();
            } else {
                out.push('$');
                rest = from.get(1..).unwrap_or_default();
            }
            if out.len() > MAX_TEXT {
                return Err(format!("the expanded value is longer than {} MiB", MAX_TEXT >> 20));
            }
        }
        out.push_str(rest);
        Ok((out, outside))
    }

    /// What a reference stands for; `None` for an unset variable.
    fn reference(&mut self, inner: &str, depth: usize) -> Result<Option<String>, Failed> {
        self.left = self.left.saturating_sub(1);
        if self.left == 0 || depth > MAX_DEPTH {
            return Err("too many recursive expansions".into());
        }
        let nested = inner.contains("${");
        let uri = if nested { self.text(inner, depth)?.0 } else { inner.to_owned() };
        // The text of a nested reference, or of one that came from outside, may hold a value.
        let written = Rc::clone(&self.written);
        let shown = |what: &str| match depth == 0 && !nested {
            true => format!("{what:?}"),
            false => format!("that {written} leads to"),
        };
        if uri.contains('$') {
            return Err(format!("the uri {} contains unsupported characters ('$')", shown(&uri)));
        }
        let (name, default) = match uri.split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (uri.as_str(), None),
        };
        let (scheme, rest) = match split_scheme(name) {
            Some(split) => split,
            None if name.contains(':') => {
                return Err(format!("the uri {} has no valid scheme", shown(&uri)));
            }
            None => ("env", name),
        };
        match scheme {
            "env" => self.variable(rest, default, &shown),
            "yaml" => Ok(uri.split_once(':').map(|(_, text)| text.to_owned())),
            "file" => {
                let path = uri.split_once(':').map_or("", |(_, path)| path);
                let content =
                    self.expander.environment.file(path).map_err(|error| match depth == 0 && !nested {
                        true => format!("unable to read the file {uri}: {error}"),
                        false => format!("unable to read the file {}", shown(&uri)),
                    })?;
                if content.ends_with('\n') && !content.trim_end().contains('\n') {
                    let text = "a line break at the end of the file becomes part of a string";
                    self.warn(format!(
                        "{written}: {text}; write the file without it where a secret is meant"
                    ));
                }
                Ok(Some(content))
            }
            "http" | "https" => Err(format!(
                "known Collector scheme, not supported by weir: {scheme}; fetch it to a file first"
            )),
            scheme => match depth == 0 && !nested {
                true => Err(format!(
                    "scheme {scheme:?} is not supported for uri {uri:?}; use env:, file: or yaml:"
                )),
                false => Err(format!("a scheme is not supported in the uri {}", shown(&uri))),
            },
        }
    }

    fn variable(
        &mut self,
        name: &str,
        default: Option<&str>,
        shown: &dyn Fn(&str) -> String,
    ) -> Result<Option<String>, Failed> {
        let mut letters = name.bytes();
        let starts_well = letters.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
        if !starts_well || !letters.all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            let name = shown(name);
            return Err(format!(
                "environment variable {name} has invalid name: must match regex ^[a-zA-Z_][a-zA-Z0-9_]*$"
            ));
        }
        match (self.expander.environment.variable(name), default) {
            (Some(value), _) => Ok(Some(value)),
            (None, Some(default)) => Ok(Some(default.to_owned())),
            (None, None) => {
                self.warn(format!("Configuration references unset environment variable {}", shown(name)));
                Ok(None)
            }
        }
    }

    fn warn(&mut self, message: String) {
        if self.expander.warned.insert(message.clone()) {
            let warning = Diagnostic::warning(message, Some(self.origin));
            self.expander.expansion.diagnostics.push(warning);
        }
    }
}

/// The inside of a text that is one reference and nothing else.
fn whole(text: &str) -> Option<&str> {
    let after = text.strip_prefix("${")?;
    closed(after).filter(|inner| inner.len() + 1 == after.len())
}

/// What stands before the brace that closes a reference; `after` begins behind its `${`.
fn closed(after: &str) -> Option<&str> {
    let bytes = after.as_bytes();
    let mut depth = 0usize;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'}' if depth == 0 => return after.get(..at),
            b'}' => depth -= 1,
            b'$' if bytes.get(at + 1) == Some(&b'{') => depth += 1,
            _ => {}
        }
        at += 1;
    }
    None
}
