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
        let first = head(text.get(start..)?, if sentence { &WORD } else { &VALUE });
        let has_cookies = self != Header::Authorization && first.contains(&b'=');
        let scheme = if self == Header::Authorization { Scheme::named(first) } else { None };
        let end = match scheme {
            Some(scheme) => credentials_end(text, start, scheme),
            None if has_cookies => self.cookies_end(text, start),
            // Cookies that are not told apart.
            None if self != Header::Authorization && !sentence => return Some(start..value_end(text, start)),
            None if !looks_secret(first) => return None,
            None if sentence => start + WORD.run(text, start),
            None => value_end(text, start),
        };
        Some(without_separators(text, start..end))
    }

    /// Where cookies end that begin at `start`.
    fn cookies_end(self, text: &[u8], start: usize) -> usize {
        let joins: &[u8] = if self == Header::SetCookie { b";," } else { b";" };
        let mut end = word_end(text, start);
        // How many words of a date are still to come.
        let mut date = 0_usize;
        while let Some((next, word)) = word_behind(text, end)
            && (date > 0 || ends_with_one_of(text, end, joins) && self.has_part(word))
        {
            date = match self == Header::SetCookie && begins(word, "expires=") {
                true => words_of_date(text, next),
                false => date.saturating_sub(1),
            };
            end = next;
        }
        end
    }

    /// Whether a word behind a sign that joins is one of its parts.
    fn has_part(self, word: &[u8]) -> bool {
        let flags = ["secure", "httponly", "partitioned"];
        word.contains(&b'=') || self == Header::SetCookie && flags.iter().any(|flag| begins(word, flag))
    }
}

/// Where a scheme that begins at `start` ends with its credentials: a word, or parameters with commas between them.
fn credentials_end(text: &[u8], start: usize, scheme: &Scheme) -> usize {
    let mut end = word_end(text, start);
    if let Some((credentials, _)) = word_behind(text, end) {
        end = credentials;
        while scheme.has_parameters
            && ends_with_one_of(text, end, b",")
            && let Some((next, word)) = word_behind(text, end)
            && word.contains(&b'=')
        {
            end = next;
        }
    }
    end
}

/// How many words of a date come behind its first one, which ends at `end`: `Expires=Wed, 21 Oct 2026 07:28:00 GMT`, and in
/// older cookies `21-Oct-2026`.
fn words_of_date(text: &[u8], end: usize) -> usize {
    let behind_day = text.get(end + " 21".len()..).unwrap_or_default();
    if behind_day.starts_with(b"-") { 3 } else { 5 }
}

/// The word behind a space at `at`, after where it ends.
fn word_behind(text: &[u8], at: usize) -> Option<(usize, &[u8])> {
    let start = at + SPACE.run(text, at);
    let end = word_end(text, start);
    let word = text.get(start..end).filter(|word| start > at && !word.is_empty())?;
    Some((end, word))
}

fn ends_with_one_of(text: &[u8], end: usize, signs: &[u8]) -> bool {
    before(text, end).is_some_and(|sign| signs.contains(&sign))
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

impl Scheme {
    /// The scheme with a name, whatever its case.
    fn named(name: &[u8]) -> Option<&'static Scheme> {
        SCHEMES.iter().find(|scheme| scheme.name.as_bytes().eq_ignore_ascii_case(name))
    }
}

const fn words(name: &'static str) -> Scheme {
    Scheme { name, has_parameters: false }
}

const fn parameters(name: &'static str) -> Scheme {
    Scheme { name, has_parameters: true }
}

/// <https://www.iana.org/assignments/http-authschemes>, and those that are in use without being there.
static SCHEMES: [Scheme; 25] = [
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
