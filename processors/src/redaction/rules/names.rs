//! Values that a text gives names to, as JSON, queries, forms and logfmt do.
//!
//! Where names and their values stand is what [`assignment`](super::super::detectors::assignment) says, also where JSON stands
//! in a text, or in JSON. But these values need not look like secrets, so they go on to what surely ends them.

use super::super::byte_set::ByteSet;
use super::super::detectors::assignment::name::around;
use super::super::detectors::assignment::quotes::quote_at;
use super::super::detectors::assignment::says_nothing;
use super::super::detectors::assignment::value::{value_at, value_end};
use std::ops::Range;

static QUOTES: ByteSet = ByteSet::of(b"\"'\\");
static BLANK: ByteSet = ByteSet::of(b" \t\r\n");
static NAME: ByteSet = ByteSet::alphanumeric_and(b"_.-");
static WORDS: ByteSet = ByteSet::all_but_spaces_and(b"=&\"'<>{}\\").and(b" ");

/// Whether a text may give something a name.
#[inline]
pub fn may_be_in(text: &[u8]) -> bool {
    memchr::memchr2(b'=', b':', text).is_some()
}

/// Whether a text is an object of JSON or a list of some, as far as its ends tell.
pub fn is_json(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    let first = text.strip_prefix(b"[").unwrap_or(text).trim_ascii_start();
    let behind = first.strip_prefix(b"{").map(<[u8]>::trim_ascii_start);
    behind.is_some_and(|rest| rest.starts_with(b"\"")) && (text.ends_with(b"}") || text.ends_with(b"]"))
}

/// Shows where the values stand of whose names `hides` says something, with what it says; and where a quote stands that goes
/// around what is put in the place of one, as JSON has texts in quotes only: nowhere, where it is in quotes already. `hides`
/// is told whether a name is that of an entry of an object that is no text itself. `is_plain` says what is not encoded in the
/// text around: a space that is ends no value there. Takes linear time.
pub fn each_value<Of>(
    text: &[u8],
    is_plain: impl Fn(usize) -> bool,
    mut hides: impl FnMut(&[u8], bool) -> Option<Of>,
    mut show: impl FnMut(Range<usize>, Range<usize>, Of),
) {
    let mut at = 0;
    // A comma stands between the name and the value of `{"name":"user","value":"maria"}`.
    while let Some(sign) = memchr::memchr3(b'=', b':', b',', text.get(at..).unwrap_or_default()) {
        let place = at + sign;
        at = place + 1;
        if let Some((value, quote, of)) = value_behind(text, place, &is_plain, &mut hides) {
            at = at.max(value.end);
            show(value, quote, of);
        }
    }
}

/// The value behind the sign at `place`, if it has a name that is hidden.
fn value_behind<Of>(
    text: &[u8],
    place: usize,
    is_plain: &impl Fn(usize) -> bool,
    hides: &mut impl FnMut(&[u8], bool) -> Option<Of>,
) -> Option<(Range<usize>, Range<usize>, Of)> {
    let behind = place - BLANK.run_back(text, place);
    let bracket = usize::from(behind > 0 && text.get(behind - 1) == Some(&b']'));
    let name_end = behind - bracket;
    let name_end = name_end - QUOTES.run_back(text, name_end);
    let (name, sign) = around(text, name_end)?;
    let is_entry = text.get(place) == Some(&b':') && is_closed(text.get(..behind)?);
    if name.is_empty() && !is_entry || sign.end <= place {
        return None;
    }
    let of = hides(name, is_entry)?;
    let value = value_at(text, &sign, name)?;
    let first = text.get(value.start).copied().unwrap_or_default();
    let in_quotes = value.start > 0 && text.get(value.start - 1).is_some_and(|byte| b"\"'`".contains(byte));
    let value = match in_quotes || sign.is_colon || b"{[(".contains(&first) {
        true => value,
        false => value.start..unquoted_end(text, value.end, is_plain),
    };
    if says_nothing(text.get(value.clone())?) {
        return None;
    }
    let quote = match quote_at(text, name_end) {
        _ if in_quotes || sign.in_sentence || !sign.is_colon => 0..0,
        Some(_) if is_entry => behind - 1..behind,
        Some(quote) => name_end..name_end + quote.len(),
        None => 0..0,
    };
    Some((value, quote, of))
}

/// Whether a text ends with a quote that nothing escapes.
fn is_closed(text: &[u8]) -> bool {
    let Some(inner) = text.strip_suffix(b"\"") else { return false };
    inner.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 0
}

/// Where a value without quotes ends that seems to end at `end`: a comma, a semicolon or a bar is a part of it unless another
/// name or nothing stands behind; so is a space that is encoded, and all up to where a form goes on.
fn unquoted_end(text: &[u8], end: usize, is_plain: &impl Fn(usize) -> bool) -> usize {
    // How far words go on behind which no form does.
    let (mut at, mut end, mut words) = (end, end, 0);
    loop {
        match text.get(at) {
            Some(b' ') => {
                if at >= words {
                    words = at + WORDS.run(text, at);
                    // ` Silva&age=`
                    if text.get(words) == Some(&b'&') && is_name(text, words + 1) {
                        return words;
                    }
                }
                if is_plain(at) {
                    return end;
                }
            }
            Some(b',' | b';' | b'|') => match text.get(at + 1) {
                None | Some(b'"' | b'\'' | b'\\' | b'\t' | b'\r' | b'\n') => return end,
                Some(b' ') => {
                    at += 1;
                    continue;
                }
                Some(_) => {}
            },
            _ => return end,
        }
        if is_name(text, at + 1) {
            return end;
        }
        at = value_end(text, at + 1);
        end = at;
    }
}

/// Whether a name and a sign stand there.
fn is_name(text: &[u8], at: usize) -> bool {
    let name = NAME.run(text, at);
    name > 0 && text.get(at + name) == Some(&b'=')
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// The text with what stands behind the name `x` masked; `~` is an encoded space.
    fn masked(text: &str) -> String {
        let (mut out, mut end) = (String::new(), 0);
        let is_plain = |at| text.as_bytes().get(at) != Some(&b'~');
        let show = |value: Range<usize>, quote, ()| {
            let quote = text.get(quote).unwrap();
            out += &format!("{}{quote}****{quote}", text.get(end..value.start).unwrap());
            end = value.end;
        };
        each_value(text.replace('~', " ").as_bytes(), is_plain, |name, _| (name == b"x").then_some(()), show);
        out + text.get(end..).unwrap()
    }

    #[test]
    fn an_object_and_a_list_of_objects_are_told_from_other_texts() {
        for text in [r#"{"a":1}"#, " {\n \"a\":1}\n", r#"[{"a":1}, 2]"#] {
            assert!(is_json(text.as_bytes()), "{text}");
        }
        for text in ["", "{}", "[1]", "{a}", r#"got {"a":1}"#, r#"{"a":1} got"#, "[INFO] done [x]"] {
            assert!(!is_json(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn the_values_of_a_name_are_hidden_and_all_else_keeps_its_bytes() {
        for (text, expected) in [
            // JSON: texts, and what is none gets quotes.
            (r#"{"x":"Maria \"M\" S","y":1}"#, r#"{"x":"****","y":1}"#),
            (r#"{ "y" : [ { "x" : -1.5e3 } ] }"#, r#"{ "y" : [ { "x" : "****" } ] }"#),
            (r#"{"x":{"a":[1,"}"]},"y":true}"#, r#"{"x":"****","y":true}"#),
            (r#"{"x":["a,b",2], "x": false}"#, r#"{"x":"****", "x": "****"}"#),
            (r#"{"x":null,"y":"","x":"","x":"****"}"#, r#"{"x":null,"y":"","x":"","x":"****"}"#),
            (r#"got {"x":"é日"} from y"#, r#"got {"x":"****"} from y"#),
            (
                r#"{"name":"x","value":"a"},{"name":"y","value":"a"}"#,
                r#"{"name":"x","value":"****"},{"name":"y","value":"a"}"#,
            ),
            ("{'x': 'a', 'y': 1, 'x': 2}", "{'x': '****', 'y': 1, 'x': '****'}"),
            // JSON in JSON.
            (
                r#"{"b":"{\"x\":\"a\",\"y\":\"x\",\"x\":7}"}"#,
                r#"{"b":"{\"x\":\"****\",\"y\":\"x\",\"x\":\"****\"}"}"#,
            ),
            // Queries and forms.
            ("GET /p?x=Maria+Silva&y=1 200", "GET /p?x=****&y=1 200"),
            ("x=Silva,Maria;b|c&y=1", "x=****&y=1"),
            ("y=1&x=a", "y=1&x=****"),
            ("u[x]=a&y=x", "u[x]=****&y=x"),
            // There a space ends a value, but for one that is encoded or has the next name of a form behind it.
            ("?x=Silva,~Maria~~S&y=1 a", "?x=****&y=1 a"),
            ("?y=1&x=Maria~S a", "?y=1&x=**** a"),
            ("?x=Maria~y=1~z=2", "?x=****~y=1~z=2"),
            ("x=Maria da Silva&y=1 a", "x=****&y=1 a"),
            ("x=Silva, Maria&y=1 a", "x=****&y=1 a"),
            ("x=Maria & y=1, x=Maria y=1&z=1", "x=**** & y=1, x=**** y=1&z=1"),
            // logfmt, and what is like it.
            (r#"y=1 x="Maria \"M\" S" level=info"#, r#"y=1 x="****" level=info"#),
            ("x=Maria level=info", "x=**** level=info"),
            ("x=Silva,Maria level=info", "x=**** level=info"),
            ("(y=1,x=a,z=2) [x=b] x=c, then", "(y=1,x=****,z=2) [x=****] x=****, then"),
            ("x= y=1 x=", "x= y=1 x="),
            // Structures as languages print them.
            ("Person { x: \"Maria\", y: 1 }", "Person { x: \"****\", y: 1 }"),
            ("Person(x=Maria, y=1)", "Person(x=****, y=1)"),
            // Neither a name nor a sign of one.
            ("xx=1 y.x=2 \"a x\":3 x x", "xx=1 y.x=2 \"a x\":3 x x"),
            ("the x: it is down, x::y, x://y", "the x: it is down, x::y, x://y"),
        ] {
            assert_eq!(masked(text), expected, "{text}");
        }
    }
}
