//! Headers, whose values have several words.

use super::super::boundary::before;
use super::ByteSet;
use super::name::ends_with;
use super::quotes::{quote_at, quoted};
use super::value::{VALUE, head, looks_secret, value_end};
use std::ops::Range;

/// Headers whose values have several words.
#[derive(Clone, Copy, PartialEq)]
pub enum Header {
    /// A scheme and credentials; or credentials alone. `authorization: denied` is neither.
    Authorization,
    /// `a=b; c=d`
    Cookie,
    /// `a=b; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Path=/`, and others behind a comma.
    SetCookie,
}

impl Header {
    /// The header of a name, where its values are such.
    pub fn named(name: &[u8]) -> Option<Header> {
        match () {
            () if ends_with(name, "authorization") => Some(Header::Authorization),
            () if ends_with(name, "set-cookie") || ends_with(name, "setcookie") => Some(Header::SetCookie),
            () if ends_with(name, "cookie") => Some(Header::Cookie),
            () => None,
        }
    }

    /// Where its value stands that begins at `start`.
    pub fn value(self, text: &[u8], start: usize, sentence: bool) -> Option<Range<usize>> {
        let of = if sentence { &WORD } else { &VALUE };
        let first = head(text.get(start..)?, of);
        let scheme = SCHEMES.iter().find(|scheme| scheme.name.as_bytes().eq_ignore_ascii_case(first));
        // What says that more words come.
        let joins: &[u8] = match (self, scheme) {
            (Header::Authorization, Some(scheme)) if scheme.has_parameters => b",",
            (Header::Authorization, Some(_)) => b"",
            (Header::Cookie, _) if first.contains(&b'=') => b";",
            (Header::SetCookie, _) if first.contains(&b'=') => b";,",
            (Header::Cookie | Header::SetCookie, _) if !sentence => {
                return Some(start..value_end(text, start));
            }
            _ if looks_secret(first) => {
                let end = if sentence { start + WORD.run(text, start) } else { value_end(text, start) };
                return Some(without_separators(text, start..end));
            }
            _ => return None,
        };
        let mut end = word_end(text, start);
        // How many words come that nothing joins.
        let mut more = usize::from(scheme.is_some() && self == Header::Authorization);
        loop {
            let gap = SPACE.run(text, end);
            let next = end + gap..word_end(text, end + gap);
            let word = text.get(next.clone()).unwrap_or_default();
            let joined = before(text, end).is_some_and(|sign| joins.contains(&sign));
            if gap == 0 || next.is_empty() || !(more > 0 || joined && self.goes_on_with(word)) {
                return Some(without_separators(text, start..end));
            }
            // `Expires=Wed, 21 Oct 2026 07:28:00 GMT`, and in older ones `21-Oct-2026`.
            more = match self == Header::SetCookie && begins(word, "expires=") {
                true if text.get(next.end + 3..).is_some_and(|behind| behind.starts_with(b"-")) => 3,
                true => 5,
                false => more.saturating_sub(1),
            };
            end = next.end;
        }
    }

    /// Whether a word behind a sign that joins is one of its parts.
    fn goes_on_with(self, word: &[u8]) -> bool {
        let flags = ["secure", "httponly", "partitioned"];
        word.contains(&b'=') || self == Header::SetCookie && flags.iter().any(|flag| begins(word, flag))
    }
}

/// Whether a word begins with another, whatever its case.
fn begins(word: &[u8], with: &str) -> bool {
    word.get(..with.len()).is_some_and(|head| head.eq_ignore_ascii_case(with.as_bytes()))
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
const SCHEMES: [Scheme; 25] = [
    words("apikey"),
    parameters("aws4-hmac-sha256"),
    words("basic"),
    words("bearer"),
    parameters("concealed"),
    parameters("digest"),
    words("dpop"),
    words("geniekey"),
    words("gnap"),
    parameters("hawk"),
    parameters("hoba"),
    parameters("mutual"),
    words("negotiate"),
    words("ntlm"),
    parameters("oauth"),
    parameters("privatetoken"),
    parameters("scram-sha-1"),
    parameters("scram-sha-256"),
    words("sharedaccesssignature"),
    words("sharedkey"),
    words("sharedkeylite"),
    words("splunk"),
    words("ssws"),
    parameters("token"),
    parameters("vapid"),
];

static WORD: ByteSet = ByteSet::all_but_spaces_and(b"\"'`<>(){}[]\\\x1b");

static SPACE: ByteSet = ByteSet::of(b" ");
