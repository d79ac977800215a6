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
        _ => match (quote_at(text, start), Header::named(name)) {
            (Some(quote), _) => Some(quoted(text, start + quote.len(), quote)),
            (None, Some(header)) => header.value(text, start, sentence),
            (None, None) => {
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

    fn value(self, text: &[u8], start: usize, sentence: bool) -> Option<Range<usize>> {
        let of = if sentence { &WORD } else { &VALUE };
        let first = head(text.get(start..)?, of);
        let one_word = start..start + of.run(text, start);
        let scheme = SCHEMES.iter().find(|scheme| scheme.name.as_bytes().eq_ignore_ascii_case(first));
        // What says that more words come.
        let joins = match (self, scheme) {
            (Header::Authorization, Some(scheme)) => scheme.has_parameters.then_some(b','),
            (Header::Cookie, _) if first.contains(&b'=') => Some(b';'),
            (Header::Cookie, _) if !sentence => return Some(one_word),
            _ if looks_secret(first) => return Some(without_separators(text, one_word)),
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
/// part of the string, and with fewer than `n` it closes what is around.
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
                Some(more) if more % (2 * (own + 1)) == 0 => return start..at + more,
                Some(_) => at += signs + 1,
                None => return start..at,
            },
            Some(_) => at += signs + 1,
        }
    }
}

/// The length of an object or array of JSON or Python; to the end of the text where it does not close.
fn bracketed(rest: &[u8]) -> usize {
    let (mut at, mut depth, mut previous) = (0, 0u32, b'{');
    while let Some(byte) = rest.get(at) {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
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
