//! Reads YAML text into a tree.

use super::diagnostic::Diagnostic;
use super::tree::{Entry, Key, Node, Origin, Value};
use granit_parser::{Event, Parser, ScalarStyle, Span};
use std::collections::HashMap;

/// Nodes that a document may have once its aliases are spelled out: an alias bomb of a few lines
/// stands for billions.
const MAX_NODES: usize = 100_000;
/// Nesting of maps and lists.
const MAX_DEPTH: usize = 64;

/// Reads one document. `Err` holds everything that is wrong with it.
pub fn parse(source: usize, text: &str) -> Result<Node, Vec<Diagnostic>> {
    parse_at(source, text, 0)
}

/// Reads one document that begins `offset` bytes into its source.
pub fn parse_at(source: usize, text: &str, offset: usize) -> Result<Node, Vec<Diagnostic>> {
    let options = granit_parser::options! {
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    let mut reader = Reader {
        events: Parser::new_from_str_with_options(text, options),
        source,
        offset,
        end: text.len(),
        anchors: HashMap::new(),
        nodes: 0,
        wrong: Vec::new(),
    };
    match reader.document() {
        Ok(node) if reader.wrong.is_empty() => Ok(node),
        Ok(_) => Err(reader.wrong),
        Err(fatal) => {
            reader.wrong.push(*fatal);
            Err(reader.wrong)
        }
    }
}

struct Reader<'t> {
    events: Parser<'t, granit_parser::StrInput<'t>>,
    source: usize,
    offset: usize,
    end: usize,
    anchors: HashMap<usize, Node>,
    nodes: usize,
    /// What is wrong but does not stop reading.
    wrong: Vec<Diagnostic>,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<(Event<'t>, Origin), Box<Diagnostic>> {
        match self.events.next_event() {
            Some(Ok((event, span))) => Ok((event, self.origin(span))),
            Some(Err(error)) => {
                let at = error.marker().byte_offset().unwrap_or(self.end);
                let origin = self.range(at, at);
                let message = format!("this is not valid YAML: {}", error.info());
                Err(Box::new(Diagnostic::error(message, origin).at_syntax()))
            }
            None => Ok((Event::StreamEnd, self.range(self.end, self.end))),
        }
    }

    fn origin(&self, span: Span) -> Origin {
        let range = span.byte_range().unwrap_or(self.end..self.end);
        self.range(range.start, range.end)
    }

    fn range(&self, start: usize, end: usize) -> Origin {
        Origin { source: self.source, start: start + self.offset, end: end + self.offset }
    }

    fn document(&mut self) -> Result<Node, Box<Diagnostic>> {
        let mut root = None;
        loop {
            let (event, origin) = self.next()?;
            match event {
                Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd => {}
                Event::StreamEnd => return Ok(root.unwrap_or_else(|| Node::new(Value::Null, origin))),
                _ if root.is_some() => {
                    let error = Diagnostic::error("a second YAML document", origin)
                        .help("keep one document a file, and pass several files with several --config");
                    return Err(Box::new(error));
                }
                event => root = Some(self.node(event, origin)?),
            }
        }
    }

    fn node(&mut self, event: Event<'t>, origin: Origin) -> Result<Node, Box<Diagnostic>> {
        self.spend(1, origin)?;
        let (anchor, node) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let is_string = tag.is_some_and(|tag| tag.core_suffix() == Some("str"));
                let node = match style {
                    ScalarStyle::Plain if !is_string => Node::plain(&text, origin),
                    _ => Node::string(text, origin),
                };
                (anchor, node)
            }
            Event::SequenceStart(_, anchor, _) => (anchor, self.list(origin)?),
            Event::MappingStart(_, anchor, _) => (anchor, self.map(origin)?),
            Event::Alias(anchor) => {
                let node = self.anchors.get(&anchor).cloned().ok_or_else(|| {
                    Box::new(Diagnostic::error("an alias inside the value that it stands for", origin))
                })?;
                self.spend(size(&node), origin)?;
                return Ok(node);
            }
            _ => return Err(Box::new(Diagnostic::error("unexpected YAML here", origin))),
        };
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn list(&mut self, start: Origin) -> Result<Node, Box<Diagnostic>> {
        let mut items = Vec::new();
        loop {
            let (event, origin) = self.next()?;
            match event {
                Event::SequenceEnd => return Ok(Node::new(Value::List(items), to(start, origin))),
                event => items.push(self.node(event, origin)?),
            }
        }
    }

    fn map(&mut self, start: Origin) -> Result<Node, Box<Diagnostic>> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut merged = Vec::new();
        loop {
            let (event, origin) = self.next()?;
            let key = match event {
                Event::MappingEnd => {
                    for entry in merged {
                        add_missing(&mut entries, entry);
                    }
                    return Ok(Node::new(Value::Map(entries), to(start, origin)));
                }
                Event::Scalar(text, style, _, _) => {
                    (Key { text: text.into_owned(), origin, hidden: false }, style == ScalarStyle::Plain)
                }
                _ => return Err(Box::new(Diagnostic::error("a key must be a text", origin))),
            };
            let (key, plain) = key;
            let (event, origin) = self.next()?;
            let value = self.node(event, origin)?;
            if plain && key.text == "<<" {
                merged.extend(merge_key(value)?);
            } else if let Some(first) = entries.iter().find(|entry| entry.key.text == key.text) {
                let first = first.key.origin;
                self.wrong.push(
                    Diagnostic::error(format!("duplicate key {:?}", key.text), key.origin)
                        .hiding(value.origin)
                        .label("given again here")
                        .also(first, "given here first"),
                );
            } else {
                entries.push(Entry { key, value });
            }
        }
    }

    fn spend(&mut self, nodes: usize, origin: Origin) -> Result<(), Box<Diagnostic>> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > MAX_NODES {
            let message =
                format!("the document has more than {MAX_NODES} values once its aliases are spelled out");
            return Err(Box::new(Diagnostic::error(message, origin)));
        }
        Ok(())
    }
}

fn to(start: Origin, end: Origin) -> Origin {
    Origin { end: end.end.max(start.start), ..start }
}

/// The entries that a `<<:` brings in.
fn merge_key(value: Node) -> Result<Vec<Entry>, Box<Diagnostic>> {
    let origin = value.origin;
    match value.value {
        Value::Map(entries) => Ok(entries),
        Value::List(items) => {
            let mut all = Vec::new();
            for item in items {
                for entry in merge_key(item)? {
                    add_missing(&mut all, entry);
                }
            }
            Ok(all)
        }
        _ => {
            let message = "<< merges maps: give it an alias of a map, or a list of them";
            Err(Box::new(Diagnostic::error(message, origin)))
        }
    }
}

fn add_missing(entries: &mut Vec<Entry>, entry: Entry) {
    if !entries.iter().any(|known| known.key.text == entry.key.text) {
        entries.push(entry);
    }
}

fn size(node: &Node) -> usize {
    match &node.value {
        Value::Null | Value::Scalar(_) => 1,
        Value::List(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Map(entries) => 1 + entries.iter().map(|entry| size(&entry.value)).sum::<usize>(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use crate::config::tree::path;

    #[test]
    fn aliases_and_merge_keys_are_spelled_out_and_own_keys_win() {
        let root = parse(0, "base: &b {x: 1, y: 2}\nother: {<<: *b, y: 3}\nsame: *b\n").unwrap();
        let raw = |keys: [&str; 2]| match &root.find(&path(keys)).unwrap().value {
            Value::Scalar(scalar) => scalar.raw.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!(
            (raw(["other", "x"]), raw(["other", "y"]), raw(["same", "y"])),
            ("1".into(), "3".into(), "2".into())
        );
    }

    #[test]
    fn an_alias_bomb_is_refused_before_it_is_built() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..12 {
            let below = format!("*a{}", level - 1);
            text += &format!("a{level}: &a{level} [{}]\n", vec![below; 10].join(", "));
        }
        let wrong = parse(0, &text).unwrap_err();
        assert!(wrong.first().unwrap().message.contains("more than"), "{wrong:?}");
    }

    #[test]
    fn a_value_knows_its_place() {
        let text = "a:\n  b: text\n";
        let node = parse(0, text).unwrap();
        let origin = node.find(&path(["a", "b"])).unwrap().origin;
        assert_eq!(text.get(origin.start..origin.end), Some("text"));
    }

    #[test]
    fn deep_nesting_is_refused() {
        assert!(parse(0, &"[".repeat(10_000)).is_err());
        assert!(parse(0, &"a: {".repeat(10_000)).is_err());
    }
}
