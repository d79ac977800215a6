//! The names of what is assigned, and the signs behind them.

use super::super::boundary::before;
use super::super::colour;
use super::ByteSet;
use super::quotes::quote_at;
use std::ops::Range;

/// How long a name can be, in bytes.
const LONGEST: usize = 256;

/// Where a name goes on to that has something at `at`.
pub fn end(text: &[u8], at: usize) -> usize {
    at + NAME.run(text, at)
}

/// Whether a name ends with a word, whatever its case.
pub fn ends_with(name: &[u8], word: &str) -> bool {
    let tail = name.len().checked_sub(word.len()).and_then(|at| name.get(at..));
    tail.is_some_and(|tail| tail.eq_ignore_ascii_case(word.as_bytes()))
}

/// The name that has something before `at`, where it ends unless it is in quotes, and the sign behind it.
pub fn around(text: &[u8], at: usize) -> Option<(&[u8], Sign)> {
    let alone = || sign_behind(text, at).map(|sign| (before_end(text, at), sign));
    let found = name_in_quotes(text, at);
    if goes_on(text, at) { found } else { found.or_else(alone) }
}

/// Whether another word stands behind a word, as in sentences: such a name has to be in quotes.
pub fn goes_on(text: &[u8], at: usize) -> bool {
    matches!(text.get(at..), Some([b' ', next, ..]) if next.is_ascii_alphabetic())
}

/// The name without quotes that ends at `end`, and a word before it: `API key`.
pub fn with_word_before(text: &[u8], end: usize) -> Option<&[u8]> {
    let from = end.saturating_sub(LONGEST);
    let head = text.get(from..end)?;
    let space = (head.len() - NAME.run_back(head, head.len())).checked_sub(1)?;
    let word = NAME.run_back(head, space);
    (word > 0 && head.get(space) == Some(&b' ')).then(|| head.get(space - word..))?
}

/// What stands between a name and its value.
pub struct Sign {
    /// Where the value begins.
    pub end: usize,
    /// A colon behind a name without quotes may stand in a sentence.
    pub in_sentence: bool,
    /// A space behind, and none before: `password= user=maria`.
    pub leans: bool,
    /// Behind a colon another sign is no value.
    pub is_colon: bool,
    /// The quote that closes the name, with what escapes it; empty where none does.
    pub quote: Range<usize>,
}

impl Sign {
    /// None that leaves a doubt: the value begins at `end`.
    pub fn at(end: usize) -> Sign {
        Sign { end, in_sentence: false, leans: false, is_colon: false, quote: 0..0 }
    }
}

/// The sign behind a name that ends at `end`.
fn sign_behind(text: &[u8], end: usize) -> Option<Sign> {
    // Nothing else begins one, and few words have one.
    if !matches!(
        text.get(end)?,
        b'=' | b':' | b'?' | b' ' | b'\t' | b'"' | b'\'' | b'\\' | b'[' | b']' | b')' | b'%' | b'\x1b'
    ) {
        return None;
    }
    // Postgres: `Key (token)=(x) already exists`
    if text.get(end..).is_some_and(|rest| rest.starts_with(b")=(")) {
        return Some(Sign::at(end + 2));
    }
    let end = end + colour::len_at(text, end);
    let quotes = QUOTES.run(text, end);
    let quoted = quotes > 0;
    let php = visibility(text, end + quotes);
    let closers = quotes + php + brackets(text, end + quotes + php);
    let gaps = if quoted { &BLANK } else { &GAP };
    let behind = end + closers;
    let at = behind + gap(text, behind, gaps);
    let (len, is_colon) = match text.get(at..)? {
        // Ruby, PHP.
        [b'=', b'>', ..] => (2, false),
        [b'=', b'=', b'=', ..] => (3, false),
        // Rather what pads base64 in quotes.
        [b'=', b'=', b'"' | b'\'' | b'\\', ..] if at == end => return None,
        [b'=', b'=', ..] | [b':' | b'?', b'=', ..] => (2, false),
        [b'=', ..] => (1, false),
        // `password::verify`, `token://`
        [b':', b':', ..] | [b':', b'/', b'/', ..] => return None,
        [b':', ..] => (1, true),
        // {"name":"DB_PASSWORD","value":"x"}
        [b',', ..] if quoted => {
            let quote = end..end + quote_at(text, end).map_or(0, <[u8]>::len);
            return pair_behind(text, at).map(|sign| Sign { quote, ..sign });
        }
        // <add key="DB_PASSWORD" value="x"/>
        [b'v' | b'V', ..] if quoted && at > behind => return attribute_behind(text, at),
        _ => return None,
    };
    let space = gaps.run(text, at + len);
    Some(Sign {
        end: at + len + gap(text, at + len, gaps),
        in_sentence: is_colon && !quoted,
        leans: !is_colon && len == 1 && space > 0 && at == behind,
        is_colon,
        quote: end..end + quote_at(text, end).map_or(0, <[u8]>::len),
    })
}

/// The colon of the `value` that belongs to a `name`.
fn pair_behind(text: &[u8], comma: usize) -> Option<Sign> {
    let start = comma + 1 + BLANK.run(text, comma + 1);
    let word = start + QUOTES.run(text, start);
    let end = word + b"value".len();
    let is_value = text.get(word..end)?.eq_ignore_ascii_case(b"value") && word > start;
    let quotes = QUOTES.run(text, end);
    let colon = end + quotes + BLANK.run(text, end + quotes);
    if !is_value || quotes == 0 || text.get(colon) != Some(&b':') {
        return None;
    }
    let space = BLANK.run(text, colon + 1);
    Some(Sign { is_colon: true, ..Sign::at(colon + 1 + space) })
}

/// The sign of the `value` that belongs to a `name` of the same element of XML.
fn attribute_behind(text: &[u8], start: usize) -> Option<Sign> {
    let end = start + b"value".len();
    let is_value = text.get(start..end)?.eq_ignore_ascii_case(b"value");
    let quoted = matches!(text.get(end..), Some([b'=', b'"' | b'\'' | b'\\', ..]));
    (is_value && quoted).then(|| Sign::at(end + 1))
}

/// How long the brackets are at `at` that close a name, as in `user[password]`, also percent-encoded; and those that
/// say which of several it is, `password[]`, `user[password][0]`.
fn brackets(text: &[u8], at: usize) -> usize {
    let mut end = at + bracket(text, at, b']');
    for _ in 0..MOST_INDICES {
        let inside = match bracket(text, end, b'[') {
            0 => break,
            open => end + open,
        };
        let index = INDEX.run(text.get(..text.len().min(inside + LONGEST_INDEX)).unwrap_or_default(), inside);
        match bracket(text, inside + index, b']') {
            0 => break,
            close => end = inside + index + close,
        }
    }
    end - at
}

const MOST_INDICES: usize = 3;
const LONGEST_INDEX: usize = 32;

/// How long a bracket is at `at`, as it is or percent-encoded; 0 where none is.
fn bracket(text: &[u8], at: usize, bracket: u8) -> usize {
    let encoded: &[u8] = if bracket == b'[' { b"bB" } else { b"dD" };
    match text.get(at..).unwrap_or_default() {
        [byte, ..] if *byte == bracket => 1,
        [b'%', b'5', digit, ..] if encoded.contains(digit) => 3,
        _ => 0,
    }
}

/// How long it is at `at` what PHP says about who sees a property: `[password:protected]`, `["password":"User":private]`.
fn visibility(text: &[u8], at: usize) -> usize {
    let ahead = text.get(at..text.len().min(at + LONGEST)).unwrap_or_default();
    let said = VISIBILITY.run(ahead, 0);
    let seen = [&b":protected"[..], b":private"];
    match ahead.get(..said) {
        Some(said) if ahead.get(said.len()) == Some(&b']') && seen.iter().any(|it| said.ends_with(it)) => {
            said.len()
        }
        _ => 0,
    }
}

/// How long blanks of a set are at `at`, and what sets colours among them.
fn gap(text: &[u8], at: usize, of: &ByteSet) -> usize {
    let mut end = at + of.run(text, at);
    for _ in 0..MOST_COLOURS {
        match colour::len_at(text, end) {
            0 => break,
            colour => end += colour,
        }
        end += of.run(text, end);
    }
    end - at
}

const MOST_COLOURS: usize = 3;

/// The name that ends at `end`, of letters, digits and what joins them.
pub fn before_end(text: &[u8], end: usize) -> &[u8] {
    let head = text.get(end.saturating_sub(LONGEST)..end).unwrap_or_default();
    let start = head.len() - NAME.run_back(head, head.len());
    let name = head.get(start..).unwrap_or_default();
    match (before(head, start), name) {
        // `user%5Bpassword%5D`
        (Some(b'%'), [b'5', b'B' | b'b', name @ ..]) => name,
        _ => head.get(colour::word_behind(head, start)..).unwrap_or_default(),
    }
}

/// All that stands in the quotes around `at`, `credit card` or `user[password]`, and the sign behind them.
fn name_in_quotes(text: &[u8], at: usize) -> Option<(&[u8], Sign)> {
    let ahead = text.get(at..text.len().min(at + LONGEST))?;
    let end = at + IN_QUOTES.run(ahead, 0);
    let close = quote_at(text, end)?.last();
    let head = text.get(at.saturating_sub(LONGEST)..at)?;
    let start = at - IN_QUOTES.run_back(head, head.len());
    let open = before(text, start).filter(|byte| matches!(byte, b'"' | b'\''))?;
    let name = text.get(start..end).filter(|_| close == Some(&open))?;
    sign_behind(text, end).map(|sign| (name, sign))
}

static NAME: ByteSet = ByteSet::alphanumeric_and(b"_.-");
static IN_QUOTES: ByteSet = ByteSet::all_but_spaces_and(b"\"'\\").and(b" ");
/// Quotes may be escaped, where JSON stands in JSON.
static QUOTES: ByteSet = ByteSet::of(b"\"'\\");
static INDEX: ByteSet = ByteSet::alphanumeric_and(b"_-");
static VISIBILITY: ByteSet = ByteSet::alphanumeric_and(b"_:\\\"");
static GAP: ByteSet = ByteSet::of(b" \t");
static BLANK: ByteSet = ByteSet::of(b" \t\r\n");
