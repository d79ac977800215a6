//! Damage as networks, bugs and attackers do it.

use super::generate::Dice;
use super::tree::{Node, Tree, Value};
use prost::encoding::WireType;
use std::collections::HashMap;

/// Flips, cuts, doubles, moves or overwrites bytes, a few times.
pub fn mutate(mut bytes: Vec<u8>, dice: &mut Dice<'_>) -> Vec<u8> {
    for _ in 0..=dice.below(4) {
        let len = bytes.len();
        let (from, to) = (dice.below(len + 1), dice.below(len + 1));
        let (from, to) = (from.min(to), from.max(to));
        match dice.below(7) {
            0 if from < len => bytes[from] ^= 1 << dice.below(8),
            1 if from < len => bytes[from] = dice.byte(),
            2 => bytes.truncate(to),
            3 => drop(bytes.drain(from..to)),
            4 => {
                let chunk = bytes[from..to].to_vec();
                let at = dice.below(len + 1);
                bytes.splice(at..at, chunk);
            }
            5 => bytes.insert(from, dice.byte()),
            _ => bytes.extend_from_within(from..to),
        }
    }
    bytes
}

/// Puts fields of other messages of the same type into messages anywhere in the tree, and shuffles:
/// singular fields stand twice, with other values, and several members of a oneof.
/// What comes out is legal protobuf, but no longer canonical.
pub fn scramble(tree: &mut Tree, dice: &mut Dice<'_>) {
    let mut by_type: HashMap<&str, Vec<Vec<Node>>> = HashMap::new();
    tree.messages(&mut |tree| by_type.entry(&tree.of.name).or_default().push(tree.fields.clone()));
    scramble_with(tree, dice, &by_type);
}

fn scramble_with(tree: &mut Tree, dice: &mut Dice<'_>, by_type: &HashMap<&str, Vec<Vec<Node>>>) {
    // First inside, so that what is put in is not scrambled over and over.
    for node in &mut tree.fields {
        if let Value::Message(inner) = &mut node.value {
            scramble_with(inner, dice, by_type);
        }
    }
    if dice.once_in(2) {
        for _ in 0..dice.below(4) {
            let others = &by_type[tree.of.name.as_str()];
            let other = &others[dice.below(others.len())];
            let from = dice.below(other.len() + 1);
            let to = (from + dice.below(3)).min(other.len());
            let at = dice.below(tree.fields.len() + 1);
            tree.fields.splice(at..at, other[from..to].iter().cloned());
        }
    }
}

/// Gives one field in some messages a value of another length or a value of another wire type.
pub fn distort(tree: &mut Tree, dice: &mut Dice<'_>) {
    let len = tree.fields.len();
    if len > 0 && dice.once_in(4) {
        let node = &mut tree.fields[dice.below(len)];
        if let Value::Raw(raw) = &mut node.value {
            match dice.below(4) {
                0 => raw.truncate(dice.below(raw.len() + 1)),
                1 => raw.extend_from_slice(&[0, 0xff][..=dice.below(2)]),
                2 => raw.clear(),
                _ => {
                    node.wire =
                        [WireType::Varint, WireType::SixtyFourBit, WireType::LengthDelimited][dice.below(3)];
                }
            }
        }
    }
    for node in &mut tree.fields {
        if let Value::Message(inner) = &mut node.value {
            distort(inner, dice);
        }
    }
}
