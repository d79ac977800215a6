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
const LONGEST_NAME: usize = 64;
/// How many backslashes a quote may have: JSON in JSON in JSON has three.
const MOST_ESCAPES: usize = 7;
/// How many spaces may stand between a name and the sign behind it.
const MOST_SPACES: usize = 2;
/// How much of a value is looked at to see what it is, in bytes.
const HEAD: usize = 256;

/// Looks at the name that has the word at `word` in it, and at what is assigned to it.
fn find(text: &[u8], word: Range<usize>, hits: &mut Hits) {
    let end = word.end + NAME.run(text, word.end);
    // A name may have several such words.
    hits.pass(end, Detector::Assignment);
    let Some((sign, colon)) = sign_behind(text, end) else { return };
    let Some((name, quoted)) = name_before(text, sign.start) else { return };
    let verdict = hits.verdict(name);
    if verdict == Verdict::Plain {
        return;
    }
    let Some(value) = value_at(text, sign, name, colon && !quoted) else { return };
    let found = text.get(value.clone()).unwrap_or_default();
    if says_nothing(found) || is_directory(name, found) || verdict == Verdict::SecretText && is_number(found)
    {
        return hits.pass(value.end, Detector::Assignment);
    }
    hits.push(value, Detector::Assignment);
}

/// The sign behind a name that ends at `end`, and whether it is a colon.
fn sign_behind(text: &[u8], end: usize) -> Option<(Range<usize>, bool)> {
    let quotes = QUOTES.run(text, end);
    let at = end + quotes + SPACE.run(text, end + quotes).min(MOST_SPACES);
    let sign = text.get(at).filter(|byte| matches!(byte, b'=' | b':'))?;
    Some((at..at + 1, *sign == b':'))
}

/// The name that ends before `at`, and whether it is in quotes.
fn name_before(text: &[u8], at: usize) -> Option<(&[u8], bool)> {
    let spaces = SPACE.run_back(text, at).min(MOST_SPACES);
    let mut end = at - spaces;
    let mut quoted = false;
    while let Some(byte @ (b'"' | b'\'' | b'\\')) = before(text, end) {
        quoted |= byte != b'\\';
        end -= 1;
    }
    // A name of one word with its prefix; bounded, because each sign looks back.
    let head = text.get(end.saturating_sub(LONGEST_NAME)..end)?;
    let len = NAME.run_back(head, head.len());
    let name = head.get(head.len() - len..)?;
    Some((name, quoted))
}

static NAME: ByteSet = ByteSet::alphanumeric_and(b"_.-");
static SPACE: ByteSet = ByteSet::of(b" ");
/// Quotes may be escaped, where JSON stands in JSON.
static QUOTES: ByteSet = ByteSet::of(b"\"'\\");
static GAP: ByteSet = ByteSet::of(b" \t");

/// Where the value behind a sign stands; `None` where there is none, or where it is a sentence
/// that goes on.
fn value_at(text: &[u8], sign: Range<usize>, name: &[u8], sentence: bool) -> Option<Range<usize>> {
    // `"password"=>"x"`, as Ruby prints it.
    let arrow = usize::from(text.get(sign.start..sign.end + 1) == Some(b"=>"));
    let gap = GAP.run(text, sign.end + arrow);
    let start = sign.end + arrow + gap;
    let rest = text.get(start..)?;
    let escapes = rest.iter().take(MOST_ESCAPES).take_while(|byte| **byte == b'\\').count();
    match rest {
        [] | [b'=' | b':', ..] => None,
        // `https://` is no assignment.
        [b'/', b'/', ..] => None,
        // `password= user=maria`: nothing is assigned. `password = x` has a space on both sides.
        _ if gap > 0
            && arrow == 0
            && text.get(sign.start) == Some(&b'=')
            && before(text, sign.start) != Some(b' ') =>
        {
            None
        }
        [b'{' | b'[', ..] if !sentence => Some(start..start + bracketed(rest)),
        _ if matches!(rest.get(escapes), Some(b'"' | b'\'')) => {
            let quote = rest.get(..=escapes).unwrap_or_default();
            Some(quoted(text, start + quote.len(), quote))
        }
        _ => match Header::named(name) {
            Some(header) => header.value(text, start),
            None => {
                let looks = !sentence || looks_secret(head(rest, &VALUE));
                looks.then(|| start..start + VALUE.run(text, start))
            }
        },
    }
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

    fn value(self, text: &[u8], start: usize) -> Option<Range<usize>> {
        let first = head(text.get(start..)?, &WORD);
        let scheme = SCHEMES.iter().any(|scheme| scheme.as_bytes().eq_ignore_ascii_case(first));
        let fits = match self {
            Header::Authorization => scheme || looks_secret(first),
            Header::Cookie => first.contains(&b'='),
        };
        if !fits {
            return None;
        }
        let mut end = start + WORD.run(text, start);
        // The word behind a scheme, and words as long as a comma or a semicolon says that more come.
        let mut more = scheme;
        loop {
            let gap = SPACE.run(text, end);
            let len = WORD.run(text, end + gap);
            let next = text.get(end + gap..end + gap + len).unwrap_or_default();
            let joined = matches!(before(text, end), Some(b',' | b';')) && next.contains(&b'=');
            if gap == 0 || len == 0 || !(more || joined) {
                return Some(start..end);
            }
            more = false;
            end += gap + len;
        }
    }
}

/// <https://www.iana.org/assignments/http-authschemes>, and those that are in use without being there.
const SCHEMES: [&str; 14] = [
    "apikey",
    "aws4-hmac-sha256",
    "basic",
    "bearer",
    "digest",
    "dpop",
    "gnap",
    "hawk",
    "hoba",
    "mutual",
    "negotiate",
    "ntlm",
    "oauth",
    "token",
];

static WORD: ByteSet = ByteSet::all_but_spaces_and(b"'`<>(){}[]\\");

/// A string in quotes, without them; to the end of the text where they do not close.
fn quoted(text: &[u8], start: usize, close: &[u8]) -> Range<usize> {
    let mut at = start;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        match rest {
            [] => return start..text.len(),
            _ if rest.starts_with(close) => return start..at,
            // What is escaped does not close.
            [b'\\', _, ..] => at += 2,
            _ => at += 1,
        }
    }
}

/// The length of an object or array of JSON; to the end of the text where it does not close.
fn bracketed(rest: &[u8]) -> usize {
    let (mut depth, mut in_string, mut escaped) = (0u32, false, false);
    for (at, byte) in rest.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
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

/// Whether `PWD` is the directory that shells keep in it.
fn is_directory(name: &[u8], value: &[u8]) -> bool {
    name.ends_with(b"PWD") && value.starts_with(b"/")
}

fn is_number(value: &[u8]) -> bool {
    value.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.') || value == b"true" || value == b"false"
}
