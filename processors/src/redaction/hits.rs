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

/// Something that was found in a text.
#[derive(Clone, Debug)]
pub struct Hit<Of> {
    /// Where it stands, in bytes.
    pub range: Range<usize>,
    /// Where a quote stands that goes around what is put in its place; empty where none does.
    pub quote: Range<usize>,
    /// Who found it.
    pub of: Of,
}

impl<Of> Hit<Of> {
    /// Found there.
    pub fn new(range: Range<usize>, of: Of) -> Hit<Of> {
        Hit { range, quote: 0..0, of }
    }

    /// The same in another text, of which `place` says where parts stand.
    pub fn moved(self, place: impl Fn(Range<usize>) -> Range<usize>) -> Hit<Of> {
        Hit { range: place(self.range), quote: place(self.quote), of: self.of }
    }
}

/// Leaves one of the finds that somebody made of the same part of a text, the longest.
pub fn unite<Of: Copy + Ord>(hits: &mut Vec<Hit<Of>>) {
    hits.sort_unstable_by_key(|hit| (hit.of, hit.range.start, Reverse(hit.range.end)));
    hits.dedup_by(|next, before| next.of == before.of && next.range.end <= before.range.end);
}

/// What detectors found in one text.
#[derive(Default)]
pub struct Hits {
    /// Their finds, in no order.
    pub list: Vec<Hit<Detector>>,
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
        // Not by way of the default, which would make another memo first.
        let (list, reach, encodings) = (Vec::new(), Vec::new(), Encodings::default());
        Hits { list, reach, rows: 0, encodings, names }
    }

    /// Something to hide.
    pub fn push(&mut self, range: Range<usize>, detector: Detector) {
        self.pass(range.end, detector);
        if !range.is_empty() {
            self.list.push(Hit::new(range, detector));
        }
    }

    /// Something to hide, with a quote around what stands in its place.
    pub fn push_in(&mut self, quote: Range<usize>, range: Range<usize>, detector: Detector) {
        self.pass(range.end, detector);
        self.list.push(Hit { range, quote, of: detector });
    }

    /// Something to hide further on: what stands before it is still to be looked at.
    pub fn push_ahead(&mut self, range: Range<usize>, detector: Detector) {
        self.list.push(Hit::new(range, detector));
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
            self.list.retain(|hit| !detectors.contains(&hit.of));
        }
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Where something was found, and by whom.
    pub fn finds(&self) -> impl Iterator<Item = (Range<usize>, Detector)> {
        self.list.iter().map(|hit| (hit.range.clone(), hit.of))
    }

    /// Which detectors found something, once for each find.
    pub fn detectors(&self) -> impl Iterator<Item = Detector> {
        self.list.iter().map(|hit| hit.of)
    }

    /// Forgets what does not go as a whole: what stays of it, or stands for it, is hidden already.
    pub fn forget_replaced(&mut self, actions: &Actions) {
        self.list.retain(|hit| actions.of(hit.of) >= Action::Mask);
    }

    /// Whether what is around them may say something else once they are [replaced](Hits::replace): where they are no
    /// words of their own, a quote goes with them, or they have a part of the text in common.
    pub fn change_the_rest(&self, text: &[u8]) -> bool {
        let mut end = 0;
        self.list.iter().any(|Hit { range, .. }| {
            let overlaps = range.start < end;
            end = range.end;
            let is_part =
                |at: Option<usize>| at.and_then(|at| text.get(at)).is_some_and(|byte| !b" ,".contains(byte));
            let has_quote = |found| memchr::memchr2(b'"', b'\'', found).is_some();
            overlaps
                || is_part(range.start.checked_sub(1))
                || is_part(Some(range.end))
                || text.get(range.clone()).is_some_and(has_quote)
        })
    }

    /// What becomes of the value that the text is, or was found in.
    pub fn action(&self, actions: &Actions) -> Action {
        self.detectors().map(|detector| actions.of(detector)).max().unwrap_or_default()
    }

    /// Makes `out` the text with every find replaced; finds that overlap are one. Other bytes are kept. `None` where a
    /// find would cut a character.
    pub fn replace(
        &mut self,
        text: Text<'_>,
        actions: &Actions,
        tenant: &Tenant,
        out: &mut TextBuf,
    ) -> Option<()> {
        if let [hit] = self.list.as_slice()
            && hit.range == (0..text.as_bytes().len())
        {
            out.clear();
            actions.put(actions.of(hit.of), text, tenant, out);
            return Some(());
        }
        if let [_, _, ..] = self.list.as_slice() {
            self.list.sort_unstable_by_key(|hit| (hit.range.start, hit.range.end));
        }
        let finds = self.list.iter().map(|hit| Find {
            range: hit.range.clone(),
            action: actions.of(hit.of),
            how: hit.quote.clone(),
        });
        let put = |find: &Find<Range<usize>>, found: Text<'_>, out: &mut TextBuf| {
            // What is only counted stays as it is.
            let quote = text.get(find.how.clone()).filter(|_| find.action != Action::Tag).unwrap_or_default();
            out.push(quote);
            actions.put(find.action, found, tenant, out);
            out.push(quote);
        };
        let join = |one: Range<usize>, other| if one.is_empty() { other } else { one };
        replace(text, finds, join, put, out)
    }
}
