//! One text: from marks to what detectors find, and the masked text.

use super::detectors::{Detector, Find, Spec, digits};
use super::marks::Marks;
use super::prefilter::{Prefilter, Trigger, in_row};
use std::ops::Range;

/// What stands in the place of what was found, whatever its length.
pub const MASK: &str = "****";

/// The detectors that are switched on, arranged by what triggers them.
#[derive(Debug)]
pub struct Scanner {
    prefilter: Prefilter,
    /// Sorted by the literal's first byte.
    literals: Vec<Entry>,
    /// Those for rows of digits.
    rows: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    literal: Vec<u8>,
    detector: Detector,
    find: Find,
}

/// What detectors found in one text.
#[derive(Debug, Default)]
pub struct Hits {
    list: Vec<(Range<usize>, Detector)>,
    /// How far each detector has looked; it does not look there again, so that no text takes
    /// more than a few passes.
    reach: [usize; Detector::ALL.len()],
}

impl Hits {
    /// Something to hide.
    pub fn push(&mut self, range: Range<usize>, detector: Detector) {
        self.pass(range.end, detector);
        if !range.is_empty() {
            self.list.push((range, detector));
        }
    }

    /// Nothing more to see for this detector before `end`.
    pub fn pass(&mut self, end: usize, detector: Detector) {
        if let Some(reach) = self.reach.get_mut(detector as usize) {
            *reach = end.max(*reach);
        }
    }

    fn reach(&self, detector: Detector) -> usize {
        self.reach.get(detector as usize).copied().unwrap_or_default()
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.list.clear();
        self.reach = [0; Detector::ALL.len()];
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Which detectors found something, once for each find.
    pub fn detectors(&self) -> impl Iterator<Item = Detector> {
        self.list.iter().map(|(_, detector)| *detector)
    }

    /// The text with every find masked; finds that overlap are one. Other bytes are kept.
    pub fn mask(&mut self, text: &[u8]) -> Vec<u8> {
        self.list.sort_unstable_by_key(|(range, _)| (range.start, range.end));
        let mut out = Vec::with_capacity(text.len());
        let mut at = 0;
        let mut finds = self.list.iter().map(|(range, _)| range.clone()).peekable();
        while let Some(mut find) = finds.next() {
            while let Some(next) = finds.next_if(|next| next.start < find.end) {
                find.end = find.end.max(next.end);
            }
            out.extend_from_slice(text.get(at..find.start).unwrap_or_default());
            out.extend_from_slice(MASK.as_bytes());
            at = find.end;
        }
        out.extend_from_slice(text.get(at..).unwrap_or_default());
        out
    }
}

impl Scanner {
    /// A scanner for these detectors.
    pub fn new(specs: &[&Spec]) -> Result<Scanner, String> {
        let triggers = specs.iter().flat_map(|spec| spec.triggers.iter().copied());
        let prefilter = Prefilter::new(triggers)?;
        let (mut literals, mut rows) = (Vec::new(), Vec::new());
        for spec in specs {
            for trigger in spec.triggers {
                let entry = |literal: &[u8]| Entry {
                    literal: literal.to_vec(),
                    detector: spec.detector,
                    find: spec.find,
                };
                match trigger {
                    Trigger::Byte(byte) => literals.push(entry(&[*byte])),
                    Trigger::Literal(literal) => literals.push(entry(literal.as_bytes())),
                    Trigger::Digits => rows.push(entry(&[])),
                }
            }
        }
        literals.sort_by_key(|entry| entry.literal.first().copied());
        Ok(Scanner { prefilter, literals, rows })
    }

    /// Marks where detectors should look in a request or in a text.
    pub fn mark(&self, bytes: &[u8]) -> Marks {
        self.prefilter.mark(bytes)
    }

    /// Looks at a text that stands at `offset` of the bytes that were marked. Adds to `hits`,
    /// which are those of this text.
    pub fn scan(&self, text: &[u8], offset: usize, marks: &Marks, hits: &mut Hits) {
        let mut from = 0;
        let mut row_end = 0;
        while let Some(mark) = marks.first(offset + from..offset + text.len()) {
            let at = mark - offset;
            from = at + 1;
            let Some(rest @ [first, ..]) = text.get(at..) else { break };
            let start = self.literals.partition_point(|entry| entry.literal.first() < Some(first));
            for entry in self.literals.iter().skip(start) {
                if entry.literal.first() != Some(first) {
                    break;
                }
                if rest.starts_with(&entry.literal) && hits.reach(entry.detector) <= at {
                    (entry.find)(text, at..at + entry.literal.len(), hits);
                }
            }
            if in_row(*first) && at >= row_end {
                let row = digits::row_at(text, at);
                row_end = row.end;
                for entry in &self.rows {
                    (entry.find)(text, row.clone(), hits);
                }
            }
        }
    }
}
