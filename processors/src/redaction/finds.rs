//! What redaction would hide of one text, for tools and tests that ask.

use super::Redaction;
use super::detectors::Detector;
use super::embedded::Embedded;
use super::hits::Hits;
use super::keys::{self, Verdict};
use super::memo::Memo;
use super::places::Places;
use std::ops::Range;

impl Redaction {
    /// Where in a text something would be hidden, in bytes, and the names of the detectors that say so;
    /// in no order, and ranges may overlap. `key` is the attribute's, empty where there is none.
    pub fn finds(&self, key: &str, text: &str) -> Vec<(Range<usize>, &'static str)> {
        if self.keys && keys::judge(key.as_bytes()) != Verdict::Plain {
            return vec![(0..text.len(), Detector::SecretKey.name())];
        }
        let (mut places, mut hits) = (Places::default(), Hits::new(Memo::default()));
        self.scanner.mark(text.as_bytes(), &mut places);
        self.scanner.look(text.as_bytes(), key.as_bytes(), 0, &places, &mut hits);
        Embedded::default().look(&self.scanner, key.as_bytes(), text.as_bytes(), &mut hits);
        hits.finds().map(|(range, detector)| (range, detector.name())).collect()
    }
}
