//! Secrets that a text gives a name: `password=…`, `"api_key": "…"`, `Authorization: …`,
//! `Cookie: …`, `?access_token=…`, `AccountKey=…;`. The name is judged as an attribute's key is.
//!
//! A colon stands in sentences too (`invalid token: expired`), so behind a colon in plain text a
//! value has to look like a secret.

use super::boundary::before;
use super::{ByteSet, Detector, Look, Spec};
use crate::redaction::hits::{Hits, MASK};
use crate::redaction::keys::Verdict;
use std::ops::Range;

pub const SPEC: Spec = Spec { detector: Detector::Assignment, look: Look::Names(find) };

/// How long a name can be, in bytes.
const LONGEST_NAME: usize = 256;
/// How many backslashes a quote may have: JSON in JSON in JSON has three.
const MOST_ESCAPES: usize = 7;
/// How much of a value is looked at to see what it is, in bytes.
const HEAD: usize = 256;

/// Looks at the name that has the word at `word` in it, and at what is assigned to it.
fn find(text: &[u8], word: Range<usize>, hits: &mut Hits) {
    let end = word.end + NAME.run(text, word.end);
    // A name may have several such words.
    hits.pass(end, Detector::Assignment);
    let (name, sign) = match name_in_quotes(text, end) {
        Some((name, sign)) => (name, sign),
        None => match sign_behind(text, end) {
            Some(sign) => (name_before(text, end), sign),
            None => return,
        },
    };
    let verdict = hits.verdict(name);
    if verdict == Verdict::Plain {
        return;
    }
    let Some(value) = value_at(text, &sign, name) else { return };
    let found = text.get(value.clone()).unwrap_or_default();
    if says_nothing(found) || is_directory(name, found) || verdict == Verdict::SecretText && is_number(found)
    {
        return hits.pass(value.end, Detector::Assignment);
    }
    hits.push(value, Detector::Assignment);
}

/// What stands between a name and its value.
struct Sign {
    /// Where the value begins.
    end: usize,
    /// A colon behind a name without quotes may stand in a sentence.
    in_sentence: bool,
    /// A space behind, and none before: `password= user=maria`.
    leans: bool,
    is_colon: bool,
}

/// The sign behind a name that ends at `end`.
fn sign_behind(text: &[u8], end: usize) -> Option<Sign> {
    let closers = closers(text, end);
    let quoted = QUOTES.run(text, end) > 0;
    let gaps = if quoted { &BLANK } else { &GAP };
    let behind = end + closers;
    let at = behind + gaps.run(text, behind);
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
        [b',', ..] if quoted => return pair_behind(text, at),
        _ => return None,
    };
    let space = gaps.run(text, at + len);
    Some(Sign {
        end: at + len + space,
        in_sentence: is_colon && !quoted,
        leans: !is_colon && len == 1 && space > 0 && at == behind,
        is_colon,
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
    Some(Sign { end: colon + 1 + space, in_sentence: false, leans: false, is_colon: true })
}

/// What closes a name that ends at `at`: quotes, and brackets as in `user[password]`, also percent-encoded.
fn closers(text: &[u8], at: usize) -> usize {
    let quotes = QUOTES.run(text, at);
    match text.get(at + quotes..).unwrap_or_default() {
        [b']', ..] => quotes + 1,
        [b'%', b'5', b'D' | b'd', ..] => quotes + 3,
        _ => quotes,
    }
}

/// The name that ends at `end`, of letters, digits and what joins them.
fn name_before(text: &[u8], end: usize) -> &[u8] {
    let head = text.get(end.saturating_sub(LONGEST_NAME)..end).unwrap_or_default();
    let start = head.len() - NAME.run_back(head, head.len());
    let name = head.get(start..).unwrap_or_default();
    match (before(head, start), name) {
        // `user%5Bpassword%5D`
        (Some(b'%'), [b'5', b'B' | b'b', name @ ..]) => name,
        _ => name,
    }
}

/// All that stands in the quotes around `at`, `credit card` or `user[password]`, and the sign behind them.
fn name_in_quotes(text: &[u8], at: usize) -> Option<(&[u8], Sign)> {
    let ahead = text.get(at..text.len().min(at + LONGEST_NAME))?;
    let end = at + IN_QUOTES.run(ahead, 0);
    let head = text.get(at.saturating_sub(LONGEST_NAME)..at)?;
    let start = at - IN_QUOTES.run_back(head, head.len());
    let open = before(text, start).filter(|byte| matches!(byte, b'"' | b'\''))?;
    let close = quote_at(text, end)?.last();
    let name = text.get(start..end).filter(|_| close == Some(&open))?;
    sign_behind(text, end).map(|sign| (name, sign))
}

static NAME: ByteSet = ByteSet::alphanumeric_and(b"_.-");
static IN_QUOTES: ByteSet = ByteSet::all_but_spaces_and(b"\"'\\").and(b" ");
/// Quotes may be escaped, where JSON stands in JSON.
static QUOTES: ByteSet = ByteSet::of(b"\"'\\");
static SPACE: ByteSet = ByteSet::of(b" ");
static GAP: ByteSet = ByteSet::of(b" \t");
static BLANK: ByteSet = ByteSet::of(b" \t\r\n");

/// Where the value behind a sign stands; `None` where there is none, or where it is a sentence
/// that goes on.
fn value_at(text: &[u8], sign: &Sign, name: &[u8]) -> Option<Range<usize>> {
    let sentence = sign.in_sentence || sign.leans;
    let start = unwrapped(text, sign.end);
    let rest = text.get(start..)?;
    match rest {
        [] => None,
        [b'=' | b':', ..] | [b'/', b'/', ..] if sign.is_colon => None,
        [b'{' | b'[' | b'(', ..] if !sentence => Some(start..start + bracketed(rest)),
        _ => match (quote_at(text, start), Header::named(name)) {
            (Some(quote), _) => Some(quoted(text, start + quote.len(), quote)),
            (None, _) if rest.starts_with(b"`") && !sentence => Some(quoted(text, start + 1, b"`")),
            (None, Some(header)) => header.value(text, start, sentence),
            (None, None) => {
                let word = head(rest, &VALUE);
                let looks = !sentence || looks_secret(word) && !(sign.leans && assigns(word));
                looks.then(|| start..value_end(text, start))
            }
        },
    }
}

/// Where a value begins within what languages print around it: `Some("x")`, `b'x'`, `<x>`.
fn unwrapped(text: &[u8], mut start: usize) -> usize {
    for _ in 0..MOST_WRAPPERS {
        let rest = text.get(start..).unwrap_or_default();
        let wrapper = WRAPPERS.iter().find(|wrapper| rest.starts_with(wrapper.as_bytes()));
        start += wrapper.map_or(0, |wrapper| wrapper.len());
    }
    let prefix = PREFIX.run(text.get(..text.len().min(start + 2)).unwrap_or_default(), start);
    let quote = quote_at(text, start + prefix).map_or(0, <[u8]>::len);
    // `{"note":"password=b","user":"bob"}`: there the quote closes.
    let opens = text.get(start + prefix + quote).is_some_and(|byte| !b",;:&}]) \t\r\n".contains(byte));
    if quote > 0 && opens { start + prefix } else { start }
}

const MOST_WRAPPERS: usize = 3;
const WRAPPERS: [&str; 8] = ["Some(", "Ok(", "Just(", "Optional(", "Optional[", "Secret(", "String(", "<"];
/// What stands before quotes in Python, Rust, C#, SQL and shells.
static PREFIX: ByteSet = ByteSet::of(b"bBuUrRfFNEL$@");

/// Where a value without quotes ends. A quote or a bracket before a letter or a digit is a part of it, and
/// so is a backslash that is no line end or tabulator of JSON.
fn value_end(text: &[u8], start: usize) -> usize {
    let mut end = start;
    loop {
        end += VALUE.run(text, end);
        let signs = backslashes(text.get(end..).unwrap_or_default());
        match text.get(end + signs..).unwrap_or_default() {
            [b'"' | b'\'' | b'`' | b'(' | b')' | b'[' | b']' | b'{' | b'}' | b'<' | b'>', next, ..]
                if next.is_ascii_alphanumeric() =>
            {
                end += signs + 1;
            }
            [b'n' | b'r' | b't' | b'u', ..] => return end,
            [next, ..] if signs > 0 && next.is_ascii_alphanumeric() => end += signs,
            _ => return end,
        }
    }
}

/// Whether a word has a sign and something behind it; what pads base64 has not.
fn assigns(word: &[u8]) -> bool {
    let end = word.iter().rposition(|byte| *byte != b'=').unwrap_or_default();
    word.get(..end).unwrap_or_default().contains(&b'=')
}

/// The first word of a text, as much of it as is needed to see what it is.
fn head<'a>(rest: &'a [u8], of: &ByteSet) -> &'a [u8] {
    let head = rest.get(..rest.len().min(HEAD)).unwrap_or_default();
    head.get(..of.run(head, 0)).unwrap_or_default()
}

/// Headers whose values have several words.
#[derive(Clone, Copy, PartialEq)]
enum Header {
    /// A scheme and credentials; or credentials alone. `authorization: denied` is neither.
    Authorization,
    /// `a=b; c=d`
    Cookie,
}

impl Header {
    fn named(name: &[u8]) -> Option<Header> {
        let ends = |end: &str| {
            let tail = name.len().checked_sub(end.len()).and_then(|at| name.get(at..));
            tail.is_some_and(|tail| tail.eq_ignore_ascii_case(end.as_bytes()))
        };
        match () {
            () if ends("authorization") => Some(Header::Authorization),
            () if ends("cookie") => Some(Header::Cookie),
            () => None,
        }
    }

    fn value(self, text: &[u8], start: usize, sentence: bool) -> Option<Range<usize>> {
        let of = if sentence { &WORD } else { &VALUE };
        let first = head(text.get(start..)?, of);
        let scheme = SCHEMES.iter().find(|scheme| scheme.name.as_bytes().eq_ignore_ascii_case(first));
        // What says that more words come.
        let joins = match (self, scheme) {
            (Header::Authorization, Some(scheme)) => scheme.has_parameters.then_some(b','),
            (Header::Cookie, _) if first.contains(&b'=') => Some(b';'),
            (Header::Cookie, _) if !sentence => return Some(start..value_end(text, start)),
            _ if looks_secret(first) => {
                let end = if sentence { start + WORD.run(text, start) } else { value_end(text, start) };
                return Some(without_separators(text, start..end));
            }
            _ => return None,
        };
        let mut end = word_end(text, start);
        let mut more = scheme.is_some() && self == Header::Authorization;
        loop {
            let gap = SPACE.run(text, end);
            let next = end + gap..word_end(text, end + gap);
            let joined = joins.is_some_and(|sign| before(text, end) == Some(sign))
                && text.get(next.clone()).unwrap_or_default().contains(&b'=');
            if gap == 0 || next.is_empty() || !(more || joined) {
                return Some(without_separators(text, start..end));
            }
            more = false;
            end = next.end;
        }
    }
}

/// Where a word of a header ends that begins at `at`. A quote belongs to it around the value of a
/// parameter: `username="maria"`.
fn word_end(text: &[u8], at: usize) -> usize {
    let mut end = at;
    loop {
        end += WORD.run(text, end);
        match parameter_end(text, end) {
            Some(behind) => end = behind,
            None => return end,
        }
    }
}

/// The end of a value in quotes that begins behind a `=` at `at`; `None` where the quote rather closes what
/// the header stands in.
fn parameter_end(text: &[u8], at: usize) -> Option<usize> {
    let quote = quote_at(text, at).filter(|_| before(text, at) == Some(b'='))?;
    let inside = quoted(text, at + quote.len(), quote);
    let end = inside.end + quote.len();
    let closed = text.get(inside.end..end) == Some(quote);
    (closed && !text.get(end).is_some_and(u8::is_ascii_alphanumeric)).then_some(end)
}

fn without_separators(text: &[u8], mut range: Range<usize>) -> Range<usize> {
    while !range.is_empty() && matches!(before(text, range.end), Some(b',' | b';')) {
        range.end -= 1;
    }
    range
}

struct Scheme {
    name: &'static str,
    /// What follows is a list with commas, not one word.
    has_parameters: bool,
}

const fn words(name: &'static str) -> Scheme {
    Scheme { name, has_parameters: false }
}

const fn parameters(name: &'static str) -> Scheme {
    Scheme { name, has_parameters: true }
}

/// <https://www.iana.org/assignments/http-authschemes>, and those that are in use without being there.
const SCHEMES: [Scheme; 14] = [
    words("apikey"),
    parameters("aws4-hmac-sha256"),
    words("basic"),
    words("bearer"),
    parameters("digest"),
    words("dpop"),
    words("gnap"),
    parameters("hawk"),
    parameters("hoba"),
    parameters("mutual"),
    words("negotiate"),
    words("ntlm"),
    parameters("oauth"),
    parameters("token"),
];

static WORD: ByteSet = ByteSet::all_but_spaces_and(b"\"'`<>(){}[]\\");

/// The quote that begins at `at`, with what escapes it.
fn quote_at(text: &[u8], at: usize) -> Option<&[u8]> {
    let rest = text.get(at..)?;
    let escapes = backslashes(rest.get(..rest.len().min(MOST_ESCAPES)).unwrap_or_default());
    matches!(rest.get(escapes), Some(b'"' | b'\'')).then(|| rest.get(..=escapes))?
}

fn backslashes(rest: &[u8]) -> usize {
    rest.iter().take_while(|byte| **byte == b'\\').count()
}

/// A string in quotes, without them, that begins at `start`; to the end of the text where they do not close.
///
/// Each level of JSON in JSON doubles the backslashes and gives each quote one more. So behind a quote with
/// `n` of them a quote with `n` more than an even multiple of `n + 1` closes, with an odd multiple it is
/// part of the string, and with fewer than `n` it closes what is around. SQL doubles quotes instead.
fn quoted(text: &[u8], start: usize, open: &[u8]) -> Range<usize> {
    let Some((quote, escapes)) = open.split_last() else { return start..start };
    let own = escapes.len();
    let mut at = start;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let signs = backslashes(rest);
        match rest.get(signs) {
            None => return start..text.len(),
            Some(byte) if byte == quote => match signs.checked_sub(own) {
                Some(more) if more % (2 * (own + 1)) == 0 => {
                    let doubled = matches!(rest.get(signs + 1..), Some([next, behind, ..])
                        if next == quote && behind.is_ascii_alphanumeric());
                    if !doubled || own > 0 || at + more == start {
                        return start..at + more;
                    }
                    at += signs + 2;
                }
                Some(_) => at += signs + 1,
                None => return start..at,
            },
            Some(_) => at += signs + 1,
        }
    }
}

/// The length of an object, array or tuple of JSON or Python; to the end of the text where it does not close.
fn bracketed(rest: &[u8]) -> usize {
    let open = rest.first().copied().unwrap_or_default();
    let close = match open {
        b'{' => b'}',
        b'[' => b']',
        _ => b')',
    };
    let (mut at, mut depth, mut previous) = (0, 0u32, open);
    while let Some(byte) = rest.get(at) {
        match byte {
            _ if *byte == open => depth += 1,
            _ if *byte == close => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            b'\\' | b'"' | b'\'' => match quote_at(rest, at) {
                // An apostrophe behind a letter is one.
                Some(quote) if !quote.ends_with(b"'") || !previous.is_ascii_alphanumeric() => {
                    at = quoted(rest, at + quote.len(), quote).end + quote.len() - 1;
                }
                Some(quote) => at += quote.len() - 1,
                None => {}
            },
            _ => {}
        }
        previous = *byte;
        at += 1;
    }
    rest.len()
}

static VALUE: ByteSet = ByteSet::all_but_spaces_and(b"&;,\"'`<>()[]{}|\\");

/// Whether a single word is rather a secret than a word.
fn looks_secret(word: &[u8]) -> bool {
    let digit = word.iter().any(u8::is_ascii_digit);
    let letter = word.iter().any(u8::is_ascii_alphabetic);
    word.len() >= 6 && digit && (letter || word.len() >= 8) || word.len() >= 24 || has_capitals_anywhere(word)
}

/// Whether capitals stand where neither a sentence nor a name in camelCase has them: `CfmcKZnToK`.
fn has_capitals_anywhere(word: &[u8]) -> bool {
    let changes = word.windows(2).filter(|pair| match pair {
        [one, next] => {
            one.is_ascii_lowercase() && next.is_ascii_uppercase()
                || one.is_ascii_uppercase() && next.is_ascii_lowercase()
        }
        _ => false,
    });
    word.len() >= 8 && changes.count() * 5 >= word.len() * 2
}

/// Whether hiding a value would hide nothing.
fn says_nothing(value: &[u8]) -> bool {
    value.is_empty() || value == MASK.as_bytes() || [&b"null"[..], b"nil", b"none", b"None"].contains(&value)
}

/// Whether a variable is the directory that shells keep in it.
fn is_directory(name: &[u8], value: &[u8]) -> bool {
    matches!(name, b"PWD" | b"OLDPWD") && value.starts_with(b"/")
}

fn is_number(value: &[u8]) -> bool {
    value.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.') || value == b"true" || value == b"false"
}
