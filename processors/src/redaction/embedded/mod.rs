//! Texts within texts: what URLs and forms percent-encode, what JSON escapes, JSON in base64, and command lines in
//! hexadecimal.
//!
//! They are read, looked at like any other text, and what is found is hidden where it stands in the text
//! around: everything else keeps its bytes. Two levels deep, in pieces of bounded size, each byte a bounded
//! number of times.

mod detected;
mod read;

pub use detected::Embedded;

use super::hits::Hit;
use read::{Read, base64, base64_runs, escapes, padding, percent, title};
use std::ops::Range;

/// How a text can be written within another, as it was seen in one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Encodings {
    /// `%40`: RFC 3986.
    pub percent: bool,
    /// `\u0040`, `\/`: RFC 8259, §7.
    pub escapes: bool,
    /// `proctitle=6D79…`: how Linux' audit records write a command line with more than one word.
    pub title: bool,
    /// `eyJ…`: what JSON objects begin with in base64, RFC 4648.
    pub base64: bool,
}

/// Notes that an encoding was seen.
pub type Note = fn(&mut Encodings);

/// What shows each of them, and what is noted then.
pub const SIGNS: [(&[&str], Note); 4] = [
    (&["%2", "%3", "%4", "%5", "%6", "%7"], |seen| seen.percent = true),
    (&["\\u00", "\\/"], |seen| seen.escapes = true),
    // The rarest of `proctitle=`, by which the fewest other places are marked.
    (&["roct"], |seen| seen.title = true),
    (OBJECTS, |seen| seen.base64 = true),
];

/// What stands before a command line in hexadecimal.
const TITLE: &str = "proctitle=";

/// What JSON objects begin with in base64: a brace, and a quote, a space, a line feed, a carriage return or a tab.
const OBJECTS: &[&str] = &["eyJ", "eyA", "ewo", "ew0", "ewk"];

/// Reads a text.
type Decode = fn(&[u8], &mut Read);

/// How deep texts are read that stand in each other.
const LEVELS: usize = 2;
/// How much of a text is read at once, in bytes, and how much of that once more with the next piece, so that
/// nothing shorter is missed between them.
const PIECE: usize = 256 * 1024;
const OVERLAP: usize = 16 * 1024;

/// Says what is in a text that was read: adds what it finds to the list, and returns how others are written in it.
pub type Look<'l, Of> = dyn FnMut(&Reading<'_>, &mut Vec<Hit<Of>>) -> Encodings + 'l;

/// A text that was read, and the one that it was read from.
pub struct Reading<'r> {
    read: &'r Read,
    from: &'r [u8],
}

impl Reading<'_> {
    /// What was read.
    pub fn text(&self) -> &[u8] {
        &self.read.bytes
    }

    /// Whether what it has at `at` stands so in what it was read from, too.
    pub fn is_plain(&self, at: usize) -> bool {
        self.from.get(self.read.origin(at..at, 0).start) == self.text().get(at)
    }
}

/// Reads texts within texts. Keeps its room for the next one.
#[derive(Debug, Default)]
pub struct Levels([Read; LEVELS]);

impl Levels {
    /// Adds to `hits` what `look` finds in what stands in `text`, written in the ways that were seen there.
    pub fn look<Of>(
        &mut self,
        text: &[u8],
        seen: Encodings,
        hits: &mut Vec<Hit<Of>>,
        look: &mut Look<'_, Of>,
    ) {
        if seen != Encodings::default() {
            descend(&mut self.0, text, seen, hits, look);
        }
    }
}

fn descend<Of>(
    levels: &mut [Read],
    text: &[u8],
    seen: Encodings,
    hits: &mut Vec<Hit<Of>>,
    look: &mut Look<'_, Of>,
) {
    let Some((read, deeper)) = levels.split_first_mut() else { return };
    let mut within = |read: &Read, from: &[u8]| {
        let mut found = Vec::new();
        let seen = look(&Reading { read, from }, &mut found);
        descend(deeper, &read.bytes, seen, &mut found, look);
        found
    };
    let decoders: [(bool, Decode); 3] =
        [(seen.percent, percent), (seen.escapes, escapes), (seen.title, title)];
    for (_, decode) in decoders.into_iter().filter(|(seen, _)| *seen) {
        for piece in pieces(text.len()) {
            let from = text.get(piece.clone()).unwrap_or_default();
            read.clear();
            decode(from, read);
            let found = within(read, from).into_iter();
            hits.extend(found.map(|hit| {
                let is_cut_off = hit.range.end == read.bytes.len() && piece.end < text.len();
                let mut hit = hit.moved(|part| read.origin(part, piece.start));
                // The next piece has no more of it than its end, and nothing that would tell what it is.
                if is_cut_off && hit.range.start + OVERLAP / 2 < piece.end {
                    hit.range.end = text.len();
                }
                hit
            }));
        }
    }
    if seen.base64 {
        for run in base64_runs(text) {
            let from = text.get(run.clone()).unwrap_or_default();
            read.clear();
            if base64(from, read) {
                // The part that holds what is found cannot be cut out of base64.
                let run = run.start..padding(text, run.end);
                hits.extend(within(read, from).into_iter().map(|hit| Hit::new(run.clone(), hit.of)));
            }
        }
    }
}

/// The parts of a text that are read at once.
fn pieces(len: usize) -> impl Iterator<Item = Range<usize>> {
    (0..len)
        .step_by(PIECE - OVERLAP)
        .take_while(move |start| *start == 0 || start + OVERLAP < len)
        .map(move |start| start..len.min(start + PIECE))
}
