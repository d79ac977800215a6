//! Damage as networks, bugs and attackers do it.

use super::generate::Dice;
use super::tree::{Node, Tree, Value};

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

/// Doubles fields, takes some out, and puts them in another order, in messages anywhere in the tree.
/// What comes out is legal protobuf, but no longer canonical.
pub fn scramble(tree: &mut Tree, dice: &mut Dice<'_>) {
    if dice.once_in(2) {
        for _ in 0..dice.below(4) {
            let Some(len) = Some(tree.fields.len()).filter(|len| *len > 0) else { break };
            let copy = tree.fields[dice.below(len)].clone();
            tree.fields.insert(dice.below(len + 1), copy);
        }
        if let Some(len) = Some(tree.fields.len()).filter(|len| *len > 1) {
            let (one, other) = (dice.below(len), dice.below(len));
            // The value of another field of the same type, as if this one were written again.
            let of = |node: &Node| {
                let field = tree.of.field(node.number)?;
                Some((node.wire, field.kind, &field.type_name, field.id()))
            };
            if of(&tree.fields[one]).is_some() && of(&tree.fields[one]) == of(&tree.fields[other]) {
                tree.fields[other].number = tree.fields[one].number;
            }
            tree.fields.swap(one, other);
        }
    }
    for node in &mut tree.fields {
        if let Value::Message(inner) = &mut node.value {
            scramble(inner, dice);
        }
    }
}
