//! Secrets that a text gives a name: `password=…`, `"api_key": "…"`, `Authorization: …`,
//! `Cookie: …`, `?access_token=…`, `AccountKey=…;`. The name is judged as an attribute's key is.
//!
//! A colon stands in sentences too (`invalid token: expired`), so behind a colon in plain text a
//! value has to look like a secret.

use super::{Detector, Spec, Trigger, run, run_back};
use crate::redaction::keys::{Verdict, judge};
use crate::redaction::scan::{Hits, MASK};
use std::ops::Range;

pub const SPEC: Spec =
    Spec { detector: Detector::Assignment, triggers: &[Trigger::Byte(b'='), Trigger::Byte(b':')], find };

/// How long a name can be, in bytes.
const LONGEST_NAME: usize = 64;
/// How much of a value is looked at to see what it is, in bytes.
const HEAD: usize = 256;

fn find(text: &[u8], sign: Range<usize>, hits: &mut Hits) {
    let colon = text.get(sign.start) == Some(&b':');
    let Some((name, quoted)) = name_before(text, sign.start) else { return };
    let verdict = judge(name);
    if verdict == Verdict::Plain {
        return;
    }
    let Some(value) = value_at(text, sign.end, name, colon && !quoted) else { return };
    let found = text.get(value.clone()).unwrap_or_default();
    if says_nothing(found) || verdict == Verdict::SecretText && is_number(found) {
        return hits.pass(value.end, Detector::Assignment);
    }
    hits.push(value, Detector::Assignment);
}

/// The name that ends before `at`, and whether it is in quotes.
fn name_before(text: &[u8], at: usize) -> Option<(&[u8], bool)> {
    let spaces = run_back(text, at, |byte| byte == b' ').min(2);
    let mut end = at - spaces;
    let mut quoted = false;
    // Quotes may be escaped, where JSON stands in JSON.
    while let Some(byte @ (b'"' | b'\'' | b'\\')) = super::before(text, end) {
        quoted |= byte != b'\\';
        end -= 1;
    }
    // A name of one word with its prefix; bounded, because each sign looks back.
    let head = text.get(end.saturating_sub(LONGEST_NAME)..end)?;
    let len = run_back(head, head.len(), in_name);
    let name = head.get(head.len() - len..)?;
    name.iter().any(u8::is_ascii_alphabetic).then_some((name, quoted))
}

fn in_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_.-".contains(&byte)
}

/// Where the value behind a sign stands; `None` where there is none, or where it is a sentence
/// that goes on.
fn value_at(text: &[u8], sign: usize, name: &[u8], sentence: bool) -> Option<Range<usize>> {
    let start = sign + run(text, sign, |byte| byte == b' ' || byte == b'\t');
    let rest = text.get(start..)?;
    match rest {
        [] | [b'=' | b':', ..] => None,
        // `https://` is no assignment.
        [b'/', b'/', ..] => None,
        [b'{' | b'[', ..] if !sentence => Some(start..start + bracketed(rest)),
        [quote @ (b'"' | b'\''), ..] => Some(quoted(text, start + 1, &[*quote])),
        [b'\\', quote @ (b'"' | b'\''), ..] => Some(quoted(text, start + 2, &[b'\\', *quote])),
        _ if !is_line(name).is_empty() => Some(header(text, start, is_line(name))),
        _ => {
            let end = start + run(text, start, in_value);
            let value = start..end;
            (!sentence || looks_secret(text.get(value.clone())?)).then_some(value)
        }
    }
}

/// What else may stand in the value of a header whose value has several words; empty for others.
fn is_line(name: &[u8]) -> &'static [u8] {
    let ends = |end: &str| {
        name.len() >= end.len()
            && name
                .get(name.len() - end.len()..)
                .is_some_and(|tail| tail.eq_ignore_ascii_case(end.as_bytes()))
    };
    match () {
        () if ends("cookie") => b";",
        () if ends("authorization") => b",",
        () => b"",
    }
}

/// A header's value: words, as long as they are pairs (`a=b; c=d`) or the credentials behind a scheme.
fn header(text: &[u8], start: usize, joint: &[u8]) -> Range<usize> {
    let in_word = |byte: u8| !byte.is_ascii_whitespace() && byte != b'\'';
    let mut end = start + run(text, start, in_word);
    let scheme =
        text.get(start..end).is_some_and(|word| word.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-'));
    let mut more = joint == b"," && scheme;
    loop {
        let gap = run(text, end, |byte| byte == b' ');
        let joined = super::before(text, end).is_some_and(|last| joint.contains(&last));
        let len = run(text, end + gap, in_word);
        let next = text.get(end + gap..end + gap + len).unwrap_or_default();
        // Another header's name, or the next word of a log line.
        let pair = next.contains(&b'=') || joint == b";";
        if gap == 0 || len == 0 || !(more || joined && pair) {
            return start..end;
        }
        more = false;
        end += gap + len;
    }
}

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

fn in_value(byte: u8) -> bool {
    !byte.is_ascii_whitespace() && !b"&;,\"'`<>()[]{}|\\".contains(&byte)
}

/// Whether a single word is rather a secret than a word.
fn looks_secret(value: &[u8]) -> bool {
    let head = value.get(..value.len().min(HEAD)).unwrap_or_default();
    let digit = head.iter().any(u8::is_ascii_digit);
    let letter = head.iter().any(u8::is_ascii_alphabetic);
    head.len() >= 6 && digit && (letter || head.len() >= 8) || head.len() >= 24
}

/// Whether hiding a value would hide nothing.
fn says_nothing(value: &[u8]) -> bool {
    value.is_empty() || value == MASK.as_bytes() || [&b"null"[..], b"nil", b"none", b"None"].contains(&value)
}

fn is_number(value: &[u8]) -> bool {
    value.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.') || value == b"true" || value == b"false"
}
