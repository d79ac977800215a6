//! What detectors find in a text, and the masked text.

use super::action::{Action, Actions, Tenant};
use super::detectors::Detector;
use super::embedded::Encodings;
use super::keys::Verdict;
use super::memo::Memo;
use super::replace::{Find, replace};
use pdata::view::{Text, TextBuf};
use std::cmp::Reverse;
use std::ops::Range;

/// What stands in the place of what was found, whatever its length.
pub const MASK: &str = "****";

/// What detectors found in one text.
#[derive(Default)]
pub struct Hits {
    list: Vec<(Range<usize>, Detector)>,
    /// How far a detector has looked; it does not look there again, so that no text takes more than a
    /// few passes. Few detectors see anything in one text.
    reach: Vec<(Detector, usize)>,
    /// How far rows of digits were looked at.
    pub rows: usize,
    /// How other texts are written in it.
    pub encodings: Encodings,
    /// The names in texts are few.
    pub names: Memo,
}

impl Hits {
    /// None yet.
    pub fn new(names: Memo) -> Hits {
        Hits { names, ..Hits::default() }
    }

    /// Something to hide.
    pub fn push(&mut self, range: Range<usize>, detector: Detector) {
        self.pass(range.end, detector);
        if !range.is_empty() {
            self.list.push((range, detector));
        }
    }

    /// Something to hide further on: what stands before it is still to be looked at.
    pub fn push_ahead(&mut self, range: Range<usize>, detector: Detector) {
        self.list.push((range, detector));
    }

    /// Nothing more to see for this detector before `end`.
    pub fn pass(&mut self, end: usize, detector: Detector) {
        match self.reach.iter_mut().find(|(of, _)| *of == detector) {
            Some((_, reach)) => *reach = end.max(*reach),
            None => self.reach.push((detector, end)),
        }
    }

    /// How far a detector has looked.
    pub fn reach(&self, detector: Detector) -> usize {
        self.reach.iter().find(|(of, _)| *of == detector).map_or(0, |(_, reach)| *reach)
    }

    /// What a name in a text says about what is behind it.
    pub fn verdict(&mut self, name: &[u8]) -> Verdict {
        self.names.verdict(name)
    }

    /// Leaves one of the finds that a detector made of the same part of the text, the longest.
    pub fn unite(&mut self) {
        self.list.sort_unstable_by_key(|(range, detector)| (*detector, range.start, Reverse(range.end)));
        self.list.dedup_by(|next, before| next.1 == before.1 && next.0.end <= before.0.end);
    }

    /// Forgets the finds, for the next text.
    pub fn clear(&mut self) {
        self.list.clear();
        self.reach.clear();
        self.rows = 0;
        self.encodings = Encodings::default();
    }

    /// Forgets what these found.
    pub fn forget(&mut self, detectors: &[Detector]) {
        if !detectors.is_empty() {
            self.list.retain(|(_, detector)| !detectors.contains(detector));
        }
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Where something was found, and by whom.
    pub fn finds(&self) -> impl Iterator<Item = (Range<usize>, Detector)> {
        self.list.iter().cloned()
    }

    /// Which detectors found something, once for each find.
    pub fn detectors(&self) -> impl Iterator<Item = Detector> {
        self.list.iter().map(|(_, detector)| *detector)
    }

    /// What becomes of the value that the text is, or was found in.
    pub fn action(&self, actions: &Actions) -> Action {
        self.detectors().map(|detector| actions.of(detector)).max().unwrap_or_default()
    }

    /// Makes `out` the text with every find replaced; finds that overlap are one. Other bytes are kept.
    pub fn replace(&mut self, text: Text<'_>, actions: &Actions, tenant: &Tenant, out: &mut TextBuf) {
        if let [_, _, ..] = self.list.as_slice() {
            self.list.sort_unstable_by_key(|(range, _)| (range.start, range.end));
        }
        let finds = self.list.iter().map(|(range, detector)| Find {
            range: range.clone(),
            action: actions.of(*detector),
            how: (),
        });
        let put = |find: &Find<()>, found: Text<'_>, out: &mut TextBuf| {
            actions.put(find.action, found, tenant, out)
        };
        // Finds begin and end between characters; if one ever does not, all of it goes.
        if replace(text, finds, |(), ()| (), put, out).is_none() {
            out.clear();
            out.push(MASK.into());
        }
    }
}
