//! How texts are written within others, read back.

use super::super::byte_set::ByteSet;
use super::super::hits::MASK;
use super::super::lenient;
use super::{OBJECTS, PIECE, TITLE};
use base64::Engine;
use std::ops::Range;

/// What a text says once it is read, and where that stands in it.
#[derive(Debug, Default)]
pub struct Read {
    pub bytes: Vec<u8>,
    /// Behind each escape: how far the reading is, and how far it is in the text. In between bytes stand for themselves.
    joints: Vec<(usize, usize)>,
}

impl Read {
    pub fn clear(&mut self) {
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

    /// Where a part of what was read stands in a text, what was read of which begins at `begins`.
    pub fn origin(&self, part: Range<usize>, begins: usize) -> Range<usize> {
        let start = self.start(part.start);
        let end = if part.is_empty() { start } else { self.end(part.end) };
        begins + start..begins + end
    }

    /// Where a part begins that begins at `place` of what was read; within an escape, where that begins.
    fn start(&self, place: usize) -> usize {
        match self.joints_up_to(place).last() {
            Some((read, origin)) => origin + (place - read),
            None => place,
        }
    }

    /// Where a part ends that ends at `place` of what was read; within an escape, where that ends.
    fn end(&self, place: usize) -> usize {
        let before = self.joints_up_to(place);
        // All bytes of an escape begin where it does, and no others.
        if let [.., (first, begins), (second, same)] = before
            && first < second
            && begins == same
        {
            let behind = self.joints.iter().skip(before.len()).find(|(_, origin)| origin > begins);
            return behind.map_or(*begins, |(_, end)| *end);
        }
        self.start(place)
    }

    fn joints_up_to(&self, place: usize) -> &[(usize, usize)] {
        let behind = self.joints.partition_point(|(read, _)| *read <= place);
        self.joints.get(..behind).unwrap_or_default()
    }
}

/// Reads `%40`, and the plus that is a space in forms. What is no escape stands for itself.
pub fn percent(text: &[u8], out: &mut Read) {
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
pub fn escapes(text: &[u8], out: &mut Read) {
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

/// Reads `proctitle=6C73002D6C`, in which zeros stand between the arguments. What was masked there before is read, too.
pub fn title(text: &[u8], out: &mut Read) {
    let mut at = 0;
    for sign in memchr::memmem::find_iter(text, TITLE) {
        let digits = sign + TITLE.len();
        out.bytes.extend_from_slice(text.get(at..digits).unwrap_or_default());
        at = digits;
        loop {
            let rest = text.get(at..).unwrap_or_default();
            let byte = match rest {
                [high, low, ..] => hex(*high).zip(hex(*low)).map(|(high, low)| high << 4 | low),
                _ => None,
            };
            match byte {
                Some(byte) => {
                    out.escape(&[if byte == 0 { b' ' } else { byte }], at, at + 2);
                    at += 2;
                }
                None if rest.starts_with(MASK.as_bytes()) => {
                    out.bytes.extend_from_slice(MASK.as_bytes());
                    at += MASK.len();
                }
                None => break,
            }
        }
    }
    out.bytes.extend_from_slice(text.get(at..).unwrap_or_default());
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

static ALPHABETS: [ByteSet; 2] = [ByteSet::alphanumeric_and(b"+/"), ByteSet::alphanumeric_and(b"-_")];
static PADDING: ByteSet = ByteSet::of(b"=");

/// Where what pads a run ends that ends at `end`.
pub fn padding(text: &[u8], end: usize) -> usize {
    end + PADDING.run(text, end)
}

/// Where JSON objects may stand in base64, in paths of URLs too.
pub fn base64_runs(text: &[u8]) -> impl Iterator<Item = Range<usize>> {
    const SHORTEST: usize = 16;
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let start = at + memchr::memchr(b'e', text.get(at..)?)?;
            let (before, rest) = text.split_at_checked(start)?;
            let begins = OBJECTS.iter().any(|sign| rest.starts_with(sign.as_bytes()));
            if !begins || before.last().is_some_and(u8::is_ascii_alphanumeric) {
                at = start + 1;
                continue;
            }
            // A sign of the other alphabet is not part of it: `eyJ…/done`.
            let len = ALPHABETS.iter().map(|alphabet| alphabet.run(rest, 0)).max()?;
            // Nothing begins within a run.
            at = start + len;
            if len >= SHORTEST {
                return Some(start..at);
            }
        }
    })
}

/// Reads base64 of either alphabet, as much of it as is read at once; whether it is JSON.
pub fn base64(text: &[u8], out: &mut Read) -> bool {
    let whole = text.get(..text.len().min(PIECE)).unwrap_or_default();
    let whole = whole.get(..whole.len() - usize::from(whole.len() % 4 == 1)).unwrap_or_default();
    [lenient::STANDARD, lenient::URL_SAFE].iter().any(|engine| {
        out.bytes.clear();
        engine.decode_vec(whole, &mut out.bytes).is_ok() && out.bytes.first() == Some(&b'{')
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Read {
        let mut read = Read::default();
        escapes(text.as_bytes(), &mut read);
        read
    }

    #[test]
    fn what_begins_or_ends_within_an_escape_takes_all_of_it() {
        // Two bytes, three and four; behind each other, and with a byte between.
        let text = r"a\u00e9\u20acb\ud83d\ude00c";
        let read = read(text);
        assert_eq!(read.bytes, "aé€b😀c".as_bytes());
        let of = |part: Range<usize>| text.get(read.origin(part, 0)).unwrap();
        for (part, expected) in [
            (0..1, "a"),
            (0..2, r"a\u00e9"),
            (1..2, r"\u00e9"),
            (2..3, r"\u00e9"),
            (1..3, r"\u00e9"),
            (3..4, r"\u20ac"),
            (4..5, r"\u20ac"),
            (2..5, r"\u00e9\u20ac"),
            (5..7, r"\u20acb"),
            (6..7, "b"),
            (6..8, r"b\ud83d\ude00"),
            (8..10, r"\ud83d\ude00"),
            (10..12, r"\ud83d\ude00c"),
            (2..2, ""),
        ] {
            assert_eq!(of(part.clone()), expected, "{part:?}");
        }
        assert_eq!(read.origin(2..3, 10), 11..17);
    }

    proptest! {
        #[test]
        fn each_part_stands_in_the_shortest_run_of_whole_escapes_that_says_it(
            signs in proptest::collection::vec("[a-c]|\\\\u00e9|\\\\u20ac|\\\\ud83d\\\\ude00|\\\\n", 0..8),
        ) {
            let text = signs.concat();
            let whole = read(&text);
            // Of each byte read, the sign that says it.
            let mut of = Vec::new();
            let mut at = 0;
            for sign in &signs {
                let says = read(sign).bytes.len();
                of.extend(std::iter::repeat_n(at..at + sign.len(), says));
                at += sign.len();
            }
            prop_assert_eq!(of.len(), whole.bytes.len());
            for start in 0..of.len() {
                for end in start + 1..=of.len() {
                    let expected = of.get(start).unwrap().start..of.get(end - 1).unwrap().end;
                    prop_assert_eq!(whole.origin(start..end, 0), expected);
                }
            }
        }
    }
}
