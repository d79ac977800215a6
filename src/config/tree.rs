//! The configuration as a tree in which every value knows where it was written.

use super::scalar::{self, Typed};
use std::fmt;
use std::rc::Rc;

/// A place in one of the sources: bytes `start..end` of its text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Which source, by its position in [`super::source::Sources`].
    pub source: usize,
    /// The first byte.
    pub start: usize,
    /// The byte behind the last.
    pub end: usize,
}

/// A value.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it is.
    pub value: Value,
    /// Where it was written. For a value that came out of a `${…}`, where that stands.
    pub origin: Origin,
    /// Set for everything that came out of a `${…}`, which is never shown.
    pub expanded: Option<Expanded>,
}

/// How a value from outside the configuration came in.
#[derive(Clone, Debug)]
pub struct Expanded {
    /// The text with its `${…}`, as the configuration has it.
    pub written: Rc<str>,
    /// What the provider gave, when the `${…}` was the whole value: a string takes this, while any
    /// other type takes the parsed value.
    pub text: Option<Rc<str>>,
}

/// What a node is.
#[derive(Clone, Debug)]
pub enum Value {
    /// Nothing.
    Null,
    /// A text, a number, a truth value.
    Scalar(Scalar),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in the order it was written. Keys are unique.
    Map(Vec<Entry>),
}

/// A scalar: its text and what it means.
#[derive(Clone, Debug)]
pub struct Scalar {
    /// The text, without quotes.
    pub raw: String,
    /// Its meaning; a quoted text is always a string.
    pub typed: Typed,
}

/// One key of a mapping with its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key.
    pub key: Key,
    /// The value.
    pub value: Node,
}

/// A key of a mapping.
#[derive(Clone, Debug)]
pub struct Key {
    /// The key itself.
    pub text: String,
    /// Where it was written.
    pub origin: Origin,
    /// It came out of a `${…}` and is not shown.
    pub hidden: bool,
}

/// One step down the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Into a mapping.
    Key(String),
    /// Into a sequence.
    Index(usize),
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Key(key) => f.write_str(key),
            Step::Index(index) => write!(f, "{index}"),
        }
    }
}

/// The path `keys`.
pub fn path<const N: usize>(keys: [&str; N]) -> Vec<Step> {
    keys.iter().map(|key| Step::Key((*key).to_owned())).collect()
}

impl Node {
    /// A value written at `origin`.
    pub fn new(value: Value, origin: Origin) -> Node {
        Node { value, origin, expanded: None }
    }

    /// An unquoted scalar.
    pub fn plain(raw: &str, origin: Origin) -> Node {
        let value = match scalar::resolve(raw) {
            Typed::Null => Value::Null,
            typed => Value::Scalar(Scalar { raw: raw.to_owned(), typed }),
        };
        Node::new(value, origin)
    }

    /// A string.
    pub fn string(raw: impl Into<String>, origin: Origin) -> Node {
        Node::new(Value::Scalar(Scalar { raw: raw.into(), typed: Typed::Str }), origin)
    }

    /// The mapping's entries; none for anything else.
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The node one step down. A key is found without the white space around it.
    fn child(&self, step: &Step) -> Option<&Node> {
        match (&self.value, step) {
            (Value::Map(entries), Step::Key(key)) => entries
                .iter()
                .find(|entry| entry.key.text == *key)
                .or_else(|| entries.iter().find(|entry| same_id(&entry.key.text, key)))
                .map(|entry| &entry.value),
            (Value::List(items), Step::Index(index)) => items.get(*index),
            (Value::List(items), Step::Key(key)) => items.get(key.parse::<usize>().ok()?),
            _ => None,
        }
    }

    /// The node at the end of `path`.
    pub fn find(&self, path: &[Step]) -> Option<&Node> {
        path.iter().try_fold(self, |node, step| node.child(step))
    }

    /// The entry at the end of `path`, for its key.
    pub fn entry(&self, path: &[Step]) -> Option<&Entry> {
        let (Step::Key(last), above) = path.split_last()? else { return None };
        let entries = self.find(above)?.entries();
        entries.iter().find(|entry| same_id(&entry.key.text, last))
    }

    /// The last node on the way along `path` that exists.
    pub fn nearest(&self, path: &[Step]) -> &Node {
        let mut node = self;
        for step in path {
            match node.child(step) {
                Some(child) => node = child,
                None => break,
            }
        }
        node
    }

    /// Cuts the node at the end of `path` out of the tree.
    pub fn remove(&mut self, path: &[Step]) {
        let Some((last, above)) = path.split_last() else { return };
        let mut node = self;
        for step in above {
            let child = match (&mut node.value, step) {
                (Value::Map(entries), Step::Key(key)) => {
                    entries.iter_mut().find(|entry| entry.key.text == *key).map(|entry| &mut entry.value)
                }
                (Value::List(items), Step::Index(index)) => items.get_mut(*index),
                _ => None,
            };
            match child {
                Some(child) => node = child,
                None => return,
            }
        }
        match (&mut node.value, last) {
            (Value::Map(entries), Step::Key(key)) => entries.retain(|entry| entry.key.text != *key),
            (Value::List(items), Step::Index(index)) if *index < items.len() => {
                items.remove(*index);
            }
            _ => {}
        }
    }

    /// What it is, in the words of an error.
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::Null => "nothing",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
            Value::Scalar(scalar) => match scalar.typed {
                Typed::Null => "nothing",
                Typed::Bool(_) => "a truth value",
                Typed::Int(_) => "an integer",
                Typed::Float(_) => "a number",
                Typed::Str => "a string",
            },
        }
    }
}

/// Whether two keys name the same component: white space around the type and the name is no part of it.
pub fn same_id(a: &str, b: &str) -> bool {
    a == b || trimmed(a) == trimmed(b)
}

/// An id without the white space around its halves.
pub fn trimmed(id: &str) -> String {
    match id.split_once('/') {
        Some((kind, name)) => format!("{}/{}", kind.trim(), name.trim()),
        None => id.trim().to_owned(),
    }
}
