//! Texts within texts: what URLs and forms percent-encode, what JSON escapes, and JSON in base64.
//!
//! They are read, looked at like any other text, and what is found is hidden where it stands in the text
//! around: everything else keeps its bytes. Two levels deep, in pieces of bounded size, each byte a bounded
//! number of times.

use super::byte_set::ByteSet;
use super::detectors::Detector;
use super::hits::Hits;
use super::lenient;
use super::places::Places;
use super::scan::Scanner;
use base64::Engine;
use std::ops::Range;

/// How a text can be written within another, as it was seen in one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Encodings {
    /// `%40`: RFC 3986.
    pub percent: bool,
    /// `\u0040`, `\/`: RFC 8259, §7.
    pub escapes: bool,
    /// `eyJ…`: what JSON objects begin with in base64, RFC 4648.
    pub base64: bool,
}

/// Notes that an encoding was seen.
pub type Note = fn(&mut Encodings);

/// What shows each of them, and what is noted then.
pub const SIGNS: [(&[&str], Note); 3] = [
    (&["%2", "%3", "%4", "%5", "%6", "%7"], |seen| seen.percent = true),
    (&["\\u00", "\\/"], |seen| seen.escapes = true),
    (OBJECTS, |seen| seen.base64 = true),
];

/// What JSON objects begin with in base64: a brace, and a quote, a space, a line feed, a carriage return or a tab.
const OBJECTS: &[&str] = &["eyJ", "eyA", "ewo", "ew0", "ewk"];

/// Reads a text.
type Decode = fn(&[u8], &mut Read);

/// How deep texts are read that stand in each other.
const LEVELS: u32 = 2;
/// How much of a text is read at once, in bytes, and how much of that once more with the next piece, so that
/// nothing shorter is missed between them.
const PIECE: usize = 256 * 1024;
const OVERLAP: usize = 16 * 1024;

/// Reads texts within texts. Keeps its room for the next one.
#[derive(Default)]
pub struct Embedded {
    levels: [Level; LEVELS as usize],
}

#[derive(Default)]
struct Level {
    read: Read,
    places: Places,
    hits: Hits,
}

impl Embedded {
    /// Adds to `hits` what is found in what stands encoded in `text`.
    pub fn look(&mut self, scanner: &Scanner, text: &[u8], hits: &mut Hits) {
        look(&mut self.levels, scanner, text, hits);
        // What stands there plainly is found at every level.
        hits.unite();
    }
}

fn look(levels: &mut [Level], scanner: &Scanner, text: &[u8], hits: &mut Hits) {
    let seen = std::mem::take(&mut hits.encodings);
    let Some((level, deeper)) = levels.split_first_mut() else { return };
    let decoders: [(bool, Decode); 2] = [(seen.percent, percent), (seen.escapes, escapes)];
    for (_, decode) in decoders.into_iter().filter(|(seen, _)| *seen) {
        for piece in pieces(text.len()) {
            level.read.clear();
            decode(text.get(piece.clone()).unwrap_or_default(), &mut level.read);
            for (found, detector) in level.finds(deeper, scanner) {
                let range = level.read.origin(found);
                hits.push_ahead(piece.start + range.start..piece.start + range.end, detector);
            }
        }
    }
    if seen.base64 {
        for run in base64_runs(text) {
            level.read.clear();
            // The part that holds what is found cannot be cut out of base64.
            if base64(text.get(run.clone()).unwrap_or_default(), &mut level.read)
                && let Some((_, detector)) = level.finds(deeper, scanner).first()
            {
                let padding = PADDING.run(text, run.end);
                hits.push_ahead(run.start..run.end + padding, *detector);
            }
        }
    }
}

impl Level {
    fn finds(&mut self, deeper: &mut [Level], scanner: &Scanner) -> Vec<(Range<usize>, Detector)> {
        let Level { read, places, hits } = self;
        hits.clear();
        scanner.mark(&read.bytes, places);
        scanner.look(&read.bytes, &[], 0, places, hits);
        look(deeper, scanner, &read.bytes, hits);
        hits.finds().collect()
    }
}

/// The parts of a text that are read at once.
fn pieces(len: usize) -> impl Iterator<Item = Range<usize>> {
    (0..len)
        .step_by(PIECE - OVERLAP)
        .take_while(move |start| *start == 0 || start + OVERLAP < len)
        .map(move |start| start..len.min(start + PIECE))
}

/// What a text says once it is read, and where that stands in it.
#[derive(Debug, Default)]
struct Read {
    bytes: Vec<u8>,
    /// Behind each escape: how far the reading is, and how far it is in the text. In between bytes stand for themselves.
    joints: Vec<(usize, usize)>,
}

impl Read {
    fn clear(&mut self) {
        self.bytes.clear();
        self.joints.clear();
    }

    /// What `bytes` says that ends at `end` of the text.
    fn escape(&mut self, bytes: &[u8], start: usize, end: usize) {
        // An escape is one: what begins or ends within it takes all of it.
        for (at, byte) in bytes.iter().enumerate() {
            self.joints.push((self.bytes.len(), start));
            self.bytes.push(*byte);
            if at + 1 == bytes.len() {
                self.joints.push((self.bytes.len(), end));
            }
        }
    }

    /// Where a part of what was read stands in the text.
    fn origin(&self, part: Range<usize>) -> Range<usize> {
        let start = self.at(part.start, |joint| joint <= part.start);
        // The end of what was read is behind the escape that said the last byte of it.
        let end = self.at(part.end, |joint| joint <= part.end);
        start..end.max(start)
    }

    fn at(&self, place: usize, before: impl Fn(usize) -> bool) -> usize {
        let behind = self.joints.partition_point(|(read, _)| before(*read));
        match behind.checked_sub(1).and_then(|last| self.joints.get(last)) {
            Some((read, origin)) => origin + (place - read),
            None => place,
        }
    }
}

/// Reads `%40`, and the plus that is a space in forms. What is no escape stands for itself.
fn percent(text: &[u8], out: &mut Read) {
    let plain = |text: &[u8], out: &mut Read| {
        let start = out.bytes.len();
        out.bytes.extend_from_slice(text);
        let spaces = out.bytes.iter_mut().skip(start).filter(|byte| **byte == b'+');
        spaces.for_each(|byte| *byte = b' ');
    };
    let mut rest = text;
    while let Some(sign) = memchr::memchr(b'%', rest) {
        let at = text.len() - rest.len() + sign;
        plain(rest.get(..sign).unwrap_or_default(), out);
        let byte = match rest.get(sign + 1..) {
            Some([high, low, ..]) => hex(*high).zip(hex(*low)).map(|(high, low)| high << 4 | low),
            _ => None,
        };
        let len = match byte {
            Some(byte) => {
                out.escape(&[byte], at, at + 3);
                3
            }
            None => {
                out.bytes.push(b'%');
                1
            }
        };
        rest = rest.get(sign + len..).unwrap_or_default();
    }
    plain(rest, out);
}

/// Reads `\u0040`, `\"`, `\n` and so on.
fn escapes(text: &[u8], out: &mut Read) {
    let mut rest = text;
    while let Some(sign) = memchr::memchr(b'\\', rest) {
        let at = text.len() - rest.len() + sign;
        out.bytes.extend_from_slice(rest.get(..sign).unwrap_or_default());
        let escape = rest.get(sign + 1..).unwrap_or_default();
        let len = match unescaped(escape) {
            Some((sign, len)) => {
                let mut utf8 = [0; 4];
                out.escape(sign.encode_utf8(&mut utf8).as_bytes(), at, at + 1 + len);
                1 + len
            }
            None => {
                out.bytes.push(b'\\');
                1
            }
        };
        rest = rest.get(sign + len..).unwrap_or_default();
    }
    out.bytes.extend_from_slice(rest);
}

/// The sign that is written behind a backslash, and in how many bytes.
fn unescaped(escape: &[u8]) -> Option<(char, usize)> {
    let unit = |at: usize| match escape.get(at..at + 5)? {
        [b'u', digits @ ..] => {
            digits.iter().try_fold(0, |all, digit| Some(all << 4 | u32::from(hex(*digit)?)))
        }
        _ => None,
    };
    match escape.first()? {
        b'n' => Some(('\n', 1)),
        b't' => Some(('\t', 1)),
        b'r' => Some(('\r', 1)),
        sign @ (b'"' | b'\\' | b'/') => Some((char::from(*sign), 1)),
        b'u' => match unit(0)? {
            high @ 0xD800..0xDC00 if escape.get(5) == Some(&b'\\') => {
                let low = unit(6).filter(|low| (0xDC00..0xE000).contains(low))?;
                char::from_u32(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)).map(|sign| (sign, 11))
            }
            unit => char::from_u32(unit).map(|sign| (sign, 5)),
        },
        _ => None,
    }
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|value| value as u8)
}

static BASE64: ByteSet = ByteSet::alphanumeric_and(b"+/-_");
static PADDING: ByteSet = ByteSet::of(b"=");

/// Where JSON objects may stand in base64.
fn base64_runs(text: &[u8]) -> impl Iterator<Item = Range<usize>> {
    const SHORTEST: usize = 16;
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + memchr::memchr(b'e', text.get(at..)?)?;
            let end = start + BASE64.run(text, start);
            let begins = OBJECTS
                .iter()
                .any(|sign| text.get(start..).is_some_and(|rest| rest.starts_with(sign.as_bytes())));
            let alone =
                start == 0 || text.get(start - 1).is_some_and(|before| BASE64.run(&[*before], 0) == 0);
            // Nothing begins within a run, whichever `e` was found in it first.
            at = end;
            if begins && alone && end - start >= SHORTEST {
                return Some(start..end);
            }
        }
    })
}

/// Reads base64 of either alphabet, as much of it as is read at once; whether it is JSON.
fn base64(text: &[u8], out: &mut Read) -> bool {
    let whole = text.get(..text.len().min(PIECE)).unwrap_or_default();
    let whole = whole.get(..whole.len() - usize::from(whole.len() % 4 == 1)).unwrap_or_default();
    [lenient::STANDARD, lenient::URL_SAFE].iter().any(|engine| {
        out.bytes.clear();
        engine.decode_vec(whole, &mut out.bytes).is_ok() && out.bytes.first() == Some(&b'{')
    })
}
