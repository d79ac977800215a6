//! What the detectors find in texts within texts.

use super::super::hits::{Hits, unite};
use super::super::places::Places;
use super::super::scan::Scanner;
use super::Levels;

/// Lets the detectors look at texts within texts. Keeps its room for the next one.
#[derive(Default)]
pub struct Embedded {
    levels: Levels,
    places: Places,
    within: Hits,
}

impl Embedded {
    /// Adds to `hits` what is found in what stands encoded in `text`, which is the value of `key`, if it is one's.
    pub fn look(&mut self, scanner: &Scanner, key: &[u8], text: &[u8], hits: &mut Hits) {
        let Embedded { levels, places, within } = self;
        let seen = std::mem::take(&mut hits.encodings);
        levels.look(text, seen, &mut hits.list, &mut |read, found| {
            let text = read.text();
            within.clear();
            scanner.mark(text, places);
            scanner.look(text, key, 0, places, within);
            found.append(&mut within.list);
            within.encodings
        });
        // What stands there plainly is found at every level.
        unite(&mut hits.list);
    }
}
