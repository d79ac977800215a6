//! A message as a tree, read and written by the descriptors and prost's primitives alone: slow,
//! naive, and sharing no line with what it checks.

use super::descriptors::{Message, Type};
use pdata::Limits;
use prost::encoding::{WireType, decode_key, decode_varint, encode_key, encode_varint};
use std::ops::Range;

/// A message and where it stands.
#[derive(Clone, Debug)]
pub struct Tree {
    pub of: &'static Message,
    pub at: Range<usize>,
    pub fields: Vec<Node>,
}

/// A field and where it stands.
#[derive(Clone, Debug)]
pub struct Node {
    pub number: u32,
    pub wire: WireType,
    /// The value; for a length-delimited one without its length.
    pub at: Range<usize>,
    pub value: Value,
}

#[derive(Clone, Debug)]
pub enum Value {
    /// As it stands on the wire.
    Raw(Vec<u8>),
    Message(Tree),
}

/// Reads the message in `at` of `bytes`. `None` where it is no such message, holds a group, or is
/// nested deeper than `depth`.
pub fn read(of: &'static Message, bytes: &[u8], at: Range<usize>, depth: u32) -> Option<Tree> {
    let depth = depth.checked_sub(1)?;
    let mut tree = Tree { of, at: at.clone(), fields: Vec::new() };
    let mut rest = &bytes[at.clone()];
    while !rest.is_empty() {
        let (number, wire) = decode_key(&mut rest).ok()?;
        let from = at.end - rest.len();
        let (from, len) = match wire {
            WireType::Varint => {
                let mut value = rest;
                decode_varint(&mut value).ok()?;
                (from, rest.len() - value.len())
            }
            WireType::SixtyFourBit => (from, 8),
            WireType::ThirtyTwoBit => (from, 4),
            WireType::LengthDelimited => {
                let len = decode_varint(&mut rest).ok()?;
                (at.end - rest.len(), usize::try_from(len).ok()?)
            }
            WireType::StartGroup | WireType::EndGroup => return None,
        };
        let payload = rest.get(..len)?;
        rest = &rest[len..];
        let range = from..from + len;
        let inner = of.field(number).and_then(|field| field.message());
        let value = match inner {
            Some(inner) => Value::Message(read(inner, bytes, range.clone(), depth)?),
            None => Value::Raw(payload.to_vec()),
        };
        tree.fields.push(Node { number, wire, at: range, value });
    }
    Some(tree)
}

impl Tree {
    /// The bytes, with varints of the shortest form in tags and lengths.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for node in &self.fields {
            encode_key(node.number, node.wire, &mut out);
            let payload = match &node.value {
                Value::Raw(raw) => raw.clone(),
                Value::Message(tree) => tree.encode(),
            };
            if node.wire == WireType::LengthDelimited {
                encode_varint(payload.len() as u64, &mut out);
            }
            out.extend(payload);
        }
        out
    }

    /// Shows every message, outer before inner.
    pub fn messages<'a>(&'a self, visit: &mut impl FnMut(&'a Tree)) {
        visit(self);
        for node in &self.fields {
            if let Value::Message(inner) = &node.value {
                inner.messages(visit);
            }
        }
    }

    /// Fields in it that the descriptors do not know, however deep.
    pub fn unknown(&self) -> usize {
        let mut count = 0;
        self.messages(&mut |tree| count += tree.fields.len() - tree.known().count());
        count
    }

    /// Records in it, however deep.
    pub fn records(&self) -> u32 {
        let mut count = 0;
        self.messages(&mut |tree| {
            count += tree.known().filter(|(field, _)| field.record()).count() as u32;
        });
        count
    }

    /// The fields that the descriptors know.
    pub fn known(&self) -> impl Iterator<Item = (&'static super::descriptors::Field, &Node)> {
        self.fields.iter().filter_map(|node| Some((self.of.field(node.number)?, node)))
    }

    /// Where every `string` and `bytes` value stands, ids left out.
    pub fn texts(&self) -> Vec<Range<usize>> {
        let mut texts = Vec::new();
        self.messages(&mut |tree| {
            for (field, node) in tree.known() {
                if matches!(field.kind(), Type::String | Type::Bytes) && field.id().is_none() {
                    texts.push(node.at.clone());
                }
            }
        });
        texts
    }

    /// Whether it keeps the limits that are not about reading, and its ids have their lengths.
    pub fn within(&self, limits: &Limits) -> bool {
        let mut fits = self.records() <= limits.records;
        self.messages(&mut |tree| {
            let attributes = tree.known().filter(|(field, _)| field.attributes()).count();
            fits &= attributes <= limits.attributes as usize;
            fits &= tree
                .known()
                .all(|(field, node)| field.id().is_none_or(|len| node.at.is_empty() || node.at.len() == len));
        });
        fits
    }

    /// Whether a singular field stands twice anywhere, or two members of a oneof.
    pub fn ambiguous(&self) -> bool {
        let mut ambiguous = false;
        self.messages(&mut |tree| {
            let single = |number| tree.of.field(number).is_some_and(|field| !field.repeated());
            let oneof = |number| tree.of.field(number).is_some_and(|field| field.oneof());
            for (index, node) in tree.fields.iter().enumerate() {
                ambiguous |= tree.fields[..index].iter().any(|before| {
                    single(node.number) && before.number == node.number
                        || oneof(node.number) && oneof(before.number)
                });
            }
        });
        ambiguous
    }
}
