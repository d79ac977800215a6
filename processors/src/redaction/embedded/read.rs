//! How texts are written within others, read back.

use super::super::byte_set::ByteSet;
use super::super::lenient;
use super::{OBJECTS, PIECE};
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
        let start = self.at(part.start, |joint| joint <= part.start);
        // The end of what was read is behind the escape that said the last byte of it.
        let end = self.at(part.end, |joint| joint <= part.end);
        begins + start..begins + end.max(start)
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
