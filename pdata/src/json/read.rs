//! A strict JSON reader (RFC 8259) that knows at which byte it stands: it hands out one token
//! after another and keeps nothing.

use super::number::number_len;
use super::write::clean_len;
use std::borrow::Cow;

/// How deep objects and arrays may be nested. More than any message within the default limits
/// needs (each level of a map takes four), and little enough for any stack.
const MAX_DEPTH: u32 = 256;

/// What is wrong with the text, and at which byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub what: &'static str,
    pub at: usize,
}

/// The text and where the reader stands in it.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    depth: u32,
}

/// A string as it stands between its quotes. Its escapes have been checked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quoted<'a> {
    raw: &'a [u8],
    escaped: bool,
}

impl<'a> Quoted<'a> {
    /// The string without escapes.
    pub fn text(self) -> Cow<'a, [u8]> {
        match self.plain() {
            Some(plain) => Cow::Borrowed(plain),
            None => {
                let mut text = Vec::with_capacity(self.raw.len());
                self.unescape(&mut text);
                Cow::Owned(text)
            }
        }
    }

    /// The string, where nothing in it is escaped.
    pub fn plain(self) -> Option<&'a [u8]> {
        (!self.escaped).then_some(self.raw)
    }

    /// Appends the string without escapes.
    pub fn unescape(self, out: &mut Vec<u8>) {
        let mut rest = self.raw;
        while let Some(at) = memchr::memchr(b'\\', rest) {
            out.extend_from_slice(rest.get(..at).unwrap_or_default());
            let Some((char, len)) = escape(rest, at) else { return };
            out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
            rest = rest.get(at + len..).unwrap_or_default();
        }
        out.extend_from_slice(rest);
    }
}

impl<'a> Reader<'a> {
    /// A reader at the start of a text, which has to be UTF-8. A byte order mark is passed over, as
    /// RFC 8259 §8.1 lets a reader do.
    pub fn new(text: &'a [u8]) -> Result<Reader<'a>, Fault> {
        if let Err(error) = std::str::from_utf8(text) {
            return Err(Fault { what: "text is not UTF-8", at: error.valid_up_to() });
        }
        let at = if text.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        Ok(Reader { text, at, depth: 0 })
    }

    /// The next byte that is not white space.
    #[inline]
    pub fn peek(&mut self) -> Option<u8> {
        loop {
            match self.text.get(self.at) {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.at += 1,
                next => return next.copied(),
            }
        }
    }

    /// Where the next token starts.
    pub fn position(&mut self) -> usize {
        self.peek();
        self.at
    }

    /// Refuses what comes next.
    #[cold]
    pub fn refuse<T>(&mut self, what: &'static str) -> Result<T, Fault> {
        let what = if self.peek().is_none() { "text ends too early" } else { what };
        Err(Fault { what, at: self.at })
    }

    /// Steps into an object or array; [`more`](Self::more) steps out of it.
    pub fn open(&mut self, bracket: u8, what: &'static str) -> Result<(), Fault> {
        if self.peek() != Some(bracket) {
            return self.refuse(what);
        }
        if self.depth == MAX_DEPTH {
            return self.refuse("text is nested too deep");
        }
        self.depth += 1;
        self.at += 1;
        Ok(())
    }

    /// Whether another member or element comes before `close`. `first` is true before the first one.
    #[inline]
    pub fn more(&mut self, close: u8, first: &mut bool) -> Result<bool, Fault> {
        match self.peek() {
            Some(byte) if byte == close => {
                self.at += 1;
                self.depth -= 1;
                Ok(false)
            }
            _ if std::mem::take(first) => Ok(true),
            Some(b',') => {
                self.at += 1;
                match self.peek() == Some(close) {
                    true => self.refuse("comma with nothing behind it"),
                    false => Ok(true),
                }
            }
            _ => self.refuse("expected a comma or the end of the object or array"),
        }
    }

    /// A member's name and the colon behind it.
    #[inline]
    pub fn key(&mut self) -> Result<Quoted<'a>, Fault> {
        let key = self.string("expected a name in quotes")?;
        if self.peek() != Some(b':') {
            return self.refuse("expected a colon");
        }
        self.at += 1;
        Ok(key)
    }

    /// A string; `what` says what is wrong where there is none.
    #[inline]
    pub fn string(&mut self, what: &'static str) -> Result<Quoted<'a>, Fault> {
        if self.peek() != Some(b'"') {
            return self.refuse(what);
        }
        let start = self.at + 1;
        let mut at = start;
        let mut escaped = false;
        loop {
            at += clean_len(self.text.get(at..).unwrap_or_default());
            match self.text.get(at) {
                Some(b'"') => break,
                Some(b'\\') => match escape(self.text, at) {
                    Some((_, len)) => {
                        escaped = true;
                        at += len;
                    }
                    None => return Err(Fault { what: "invalid escape in a string", at }),
                },
                Some(_) => return Err(Fault { what: "control character in a string", at }),
                None => return Err(Fault { what: "text ends too early", at }),
            }
        }
        self.at = at + 1;
        Ok(Quoted { raw: self.text.get(start..at).unwrap_or_default(), escaped })
    }

    /// A number's text.
    pub fn number(&mut self) -> Result<&'a [u8], Fault> {
        self.peek();
        let rest = self.text.get(self.at..).unwrap_or_default();
        let Some(number) = number_len(rest).and_then(|len| rest.get(..len)) else {
            return self.refuse("expected a number");
        };
        self.at += number.len();
        Ok(number)
    }

    /// `true` or `false`.
    pub fn boolean(&mut self) -> Result<bool, Fault> {
        match self.word(b"true") {
            true => Ok(true),
            false if self.word(b"false") => Ok(false),
            false => self.refuse("expected true or false"),
        }
    }

    /// Passes over a `null`; whether there was one.
    #[inline]
    pub fn null(&mut self) -> bool {
        self.word(b"null")
    }

    /// Passes over the word, if it comes next. What follows is for the next token to refuse.
    #[inline]
    fn word(&mut self, word: &[u8]) -> bool {
        self.peek();
        let found = self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word));
        self.at += if found { word.len() } else { 0 };
        found
    }

    /// Passes over a value of any kind.
    pub fn skip(&mut self) -> Result<(), Fault> {
        let mut first = true;
        match self.peek() {
            Some(b'{') => {
                self.open(b'{', "")?;
                while self.more(b'}', &mut first)? {
                    self.key()?;
                    self.skip()?;
                }
                Ok(())
            }
            Some(b'[') => {
                self.open(b'[', "")?;
                while self.more(b']', &mut first)? {
                    self.skip()?;
                }
                Ok(())
            }
            Some(b'"') => self.string("").map(drop),
            Some(b't' | b'f') => self.boolean().map(drop),
            Some(b'-' | b'0'..=b'9') => self.number().map(drop),
            _ if self.null() => Ok(()),
            _ => self.refuse("expected a value"),
        }
    }

    /// Refuses whatever else there is.
    pub fn end(&mut self) -> Result<(), Fault> {
        match self.peek() {
            None => Ok(()),
            Some(_) => self.refuse("there is more behind the object"),
        }
    }
}

/// The character that the escape at `at` stands for, and the escape's length. `None` where it is
/// no escape, or half of a surrogate pair, which no UTF-8 can hold.
fn escape(text: &[u8], at: usize) -> Option<(char, usize)> {
    let char = match text.get(at + 1)? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => {
            let high = utf16_unit(text, at)?;
            return match char::from_u32(high.into()) {
                Some(char) => Some((char, 6)),
                None => {
                    let low = utf16_unit(text, at + 6)?;
                    let char = char::decode_utf16([high, low]).next()?.ok()?;
                    Some((char, 12))
                }
            };
        }
        _ => return None,
    };
    Some((char, 2))
}

/// The number in the `\uXXXX` at `at`.
fn utf16_unit(text: &[u8], at: usize) -> Option<u16> {
    let digits = text.get(at..at + 6)?.strip_prefix(b"\\u")?;
    digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | char::from(*digit).to_digit(16)? as u16))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn accepts(text: &[u8]) -> Result<(), Fault> {
        let mut reader = Reader::new(text)?;
        reader.skip()?;
        reader.end()
    }

    /// Text that is nearly JSON: pieces of it in any order.
    fn nearly_json() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"a\"",
            "\"",
            "\\",
            "\\n",
            "\\u00e9",
            "\\ud83d\\ude00",
            "\\ud83d",
            "0",
            "-1",
            "1.5e-3",
            "01",
            ".",
            "true",
            "false",
            "null",
            "nul",
            " ",
            "\n",
            "\u{0}",
            "é",
        ]);
        prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(serde_json::Value::from),
            any::<i64>().prop_map(serde_json::Value::from),
            any::<f64>().prop_map(serde_json::Value::from),
            any::<String>().prop_map(serde_json::Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
                prop::collection::hash_map(any::<String>(), inner, 0..4)
                    .prop_map(|map| map.into_iter().collect::<serde_json::Value>()),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn text_is_json_where_serde_json_says_so(text in nearly_json()) {
            let theirs = serde_json::from_str::<serde_json::Value>(&text).is_ok();
            prop_assert_eq!(accepts(text.as_bytes()).is_ok(), theirs);
        }

        #[test]
        fn a_string_reads_as_serde_json_reads_it(text in "\"([a-zé]{0,9}|[\\\\]u[0-9a-fA-F]{4}|[\\\\]u[dD][89ab][0-9]{2}[\\\\]u[dD][c-f][0-9]{2}|[\\\\][nrtbf/\"\\\\x]){0,5}\"") {
            let theirs = serde_json::from_str::<String>(&text).ok();
            let ours = Reader::new(text.as_bytes()).unwrap().string("").ok();
            let ours = ours.map(|ours| String::from_utf8(ours.text().into_owned()).unwrap());
            prop_assert_eq!(ours, theirs);
        }
    }

    proptest! {
        #[test]
        fn every_value_is_read_to_its_end_and_no_further(value in json(), pretty: bool) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
            let text = text.unwrap();
            prop_assert_eq!(accepts(text.as_bytes()), Ok(()));
            let (more, less) = (text.clone() + "]", format!("[{text}"));
            prop_assert!(accepts(more.as_bytes()).is_err());
            prop_assert!(accepts(less.as_bytes()).is_err());
        }
    }

    #[test]
    fn deep_nesting_is_refused_and_does_not_use_up_the_stack() {
        let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        assert_eq!(accepts(deep(256).as_bytes()), Ok(()));
        assert_eq!(accepts(deep(257).as_bytes()), Err(Fault { what: "text is nested too deep", at: 256 }));
        assert_eq!(accepts(deep(10_000).as_bytes()).unwrap_err().at, 256);
    }
}
