//! Sequences that are looked for by rows of bytes.

use super::super::block::Classes;
use super::class::{Class, SHORTEST_ROW};
use super::needs::Sequence;

/// Sequences that are found by rows of bytes of one class.
#[derive(Debug)]
pub struct Row {
    class: Class,
    /// With the numbers of their patterns.
    sequences: Vec<(Sequence, usize)>,
    /// How many bytes the shortest of them has.
    shortest: usize,
}

impl Row {
    /// Files a sequence with those of the same class.
    pub fn add(rows: &mut Vec<Row>, class: Class, sequence: (Sequence, usize)) {
        let shortest = sequence.0.len();
        match rows.iter_mut().find(|row| row.class == class) {
            Some(row) => {
                row.shortest = row.shortest.min(shortest);
                row.sequences.push(sequence);
            }
            None => rows.push(Row { class, sequences: vec![sequence], shortest }),
        }
    }

    /// The class of what may stand in one of these. The upper half of a byte says which bit it has, so that
    /// what seems to be in it is in it; control characters are in none, and theirs is that of what is beyond ASCII.
    pub fn all(rows: &[Row]) -> Classes {
        let mut all = Classes::EMPTY;
        for byte in rows.iter().flat_map(|row| row.class.bytes()) {
            match byte.is_ascii() {
                true => all.add(byte, 1 << (byte >> 4)),
                false => all.add_halves([u16::MAX, 0xFF00], 1),
            }
        }
        all
    }

    /// How many bytes are marked as one of these.
    pub fn shortest_of(rows: &[Row]) -> u32 {
        let shortest = rows.iter().map(|row| row.shortest).min().unwrap_or(SHORTEST_ROW);
        shortest.clamp(SHORTEST_ROW, 16) as u32
    }

    /// Shows where in a row of bytes of any class which pattern's sequence may stand.
    pub fn look(&self, row: &[u8], mut show: impl FnMut(usize, usize)) {
        let mut from = 0;
        // Whatever is not of the class is looked for from behind, as nothing before it is long enough then.
        while let Some(part) = row.get(from..from + self.shortest) {
            if let Some(other) = part.iter().rposition(|byte| !self.class.has(*byte)) {
                from += other + 1;
                continue;
            }
            let rest = row.get(from..).unwrap_or_default();
            let len = rest.iter().position(|byte| !self.class.has(*byte)).unwrap_or(rest.len());
            for (sequence, pattern) in &self.sequences {
                each_end(sequence, rest.get(..len).unwrap_or_default(), |end| {
                    show(from + end - 1, *pattern);
                });
            }
            from += len;
        }
    }
}

/// Shows where a sequence may end in a row of bytes of its class. Where it may stand several times over, each
/// of them holds the last byte of one that is shown.
fn each_end(sequence: &Sequence, row: &[u8], mut show: impl FnMut(usize)) {
    let mut from = 0;
    while let Some(part) = row.get(from..from + sequence.len()) {
        if agree(sequence.iter(), part.iter()) {
            from += sequence.len();
            show(from);
        } else {
            from += 1;
        }
    }
}

/// Whether bytes are of the classes beside them, as far as bytes are characters: behind one that is beyond ASCII
/// it cannot be told.
#[inline]
pub fn agree<'b>(
    classes: impl ExactSizeIterator<Item = &'b Class>,
    bytes: impl ExactSizeIterator<Item = &'b u8>,
) -> bool {
    let enough = bytes.len() >= classes.len();
    for (class, byte) in classes.zip(bytes) {
        if !class.has(*byte) {
            return false;
        }
        if !byte.is_ascii() {
            return true;
        }
    }
    enough
}
