//! The values that are assigned: where they begin and end, and whether they look like secrets.

use super::ByteSet;
use super::header::Header;
use super::name::{Sign, ends_with};
use super::quotes::{backslashes, bracketed, quote_at, quoted};
use super::wrapped::{block, bytes_len, in_three_quotes, unwrapped};
use std::ops::Range;

/// How much of a value is looked at to see what it is, in bytes.
const HEAD: usize = 256;

/// Where the value behind a sign stands; `None` where there is none, or where it is a sentence
/// that goes on.
pub fn value_at(text: &[u8], sign: &Sign, name: &[u8]) -> Option<Range<usize>> {
    let (start, has_type) = unwrapped(text, sign.end);
    let sentence = (sign.in_sentence || sign.leans) && !has_type;
    if let Some(len) = text.get(start..).and_then(bytes_len).filter(|_| sentence) {
        return Some(start..start + len);
    }
    if sign.in_sentence
        && let Some(block) = block(text, start)
    {
        return Some(block);
    }
    // Go prints headers so: `map[Cookie:[a=b] X-Api-Key:[x]]`.
    let start = start + usize::from(sentence && text.get(start) == Some(&b'['));
    let rest = text.get(start..)?;
    match rest {
        [] => None,
        [b'=' | b':', ..] | [b'/', b'/', ..] if sign.is_colon => None,
        // The braces of a literal stay, as its type does.
        [b'{', ..] if has_type => {
            let braced = rest.get(..bracketed(rest))?;
            Some(start + 1..start + braced.strip_suffix(b"}").unwrap_or(braced).len())
        }
        [b'{' | b'[' | b'(', ..] if !sentence => {
            let end = start + bracketed(rest);
            // A password may begin with a bracket.
            Some(start..if sign.is_colon { end } else { value_end(text, end) })
        }
        _ => match (quote_at(text, start), Header::named(name)) {
            (Some(quote), _) => {
                let inside = in_three_quotes(text, start);
                Some(inside.unwrap_or_else(|| quoted(text, start + quote.len(), quote)))
            }
            (None, _) if rest.starts_with(b"`") && !sentence => Some(quoted(text, start + 1, b"`")),
            (None, Some(header)) => header.value(text, start, sentence),
            (None, None) => {
                let word = head(rest, &VALUE);
                let looks_secret =
                    looks_secret(word) && !(sign.leans && assigns(word)) || is_code(name, word);
                let looks = !sentence || looks_secret || is_field(text, sign.end, name);
                looks.then(|| start..value_end(text, start))
            }
        },
    }
}

/// Where a value without quotes ends. A quote or a bracket before a letter or a digit is a part of it, and
/// so is a backslash that is no line end or tabulator of JSON.
pub fn value_end(text: &[u8], start: usize) -> usize {
    let mut end = start;
    loop {
        end += VALUE.run(text, end);
        let signs = backslashes(text.get(end..).unwrap_or_default());
        match text.get(end + signs..).unwrap_or_default() {
            [b'"' | b'\'' | b'`' | b'(' | b')' | b'[' | b']' | b'{' | b'}' | b'<' | b'>', next, ..]
                if is_letter(*next) =>
            {
                end += signs + 1;
            }
            [b'n' | b'r' | b't' | b'u', ..] => return end,
            [next, ..] if signs > 0 && next.is_ascii_alphanumeric() => end += signs,
            _ => return end,
        }
    }
}

/// Whether a byte is a letter or a digit, or the first of a Latin letter beyond ASCII: `l'été`.
fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, 0xC3..=0xCB)
}

/// Whether a value is a field's as Go prints it, `{Host:db Password:x}` or `map[password:x]`: no space is behind the
/// colon, and there was none behind that of the first field.
fn is_field(text: &[u8], start: usize, name: &[u8]) -> bool {
    let Some(before) = start.checked_sub(1).and_then(|colon| text.get(..colon)?.strip_suffix(name)) else {
        return false;
    };
    let head = before.get(before.len().saturating_sub(HEAD)..).unwrap_or_default();
    let Some(open) = head.iter().rposition(|byte| b"{}[]".contains(byte)) else { return false };
    let fields = head.get(open + 1..).unwrap_or_default();
    let opens =
        head.get(open) == Some(&b'{') || head.get(..=open).is_some_and(|head| head.ends_with(b"map["));
    let first = FIELD.run(fields, 0);
    let goes_on = matches!(fields.get(first..), Some([b':', next, ..]) if *next != b' ');
    opens && (fields.is_empty() || goes_on && fields.ends_with(b" "))
}

static FIELD: ByteSet = ByteSet::alphanumeric_and(b"_.-");

/// Whether a word is one of the secrets that are a few digits: `pin: 1234`.
fn is_code(name: &[u8], word: &[u8]) -> bool {
    let word = word.strip_suffix(b".").unwrap_or(word);
    // `cvv2`
    let name = name.iter().rposition(|byte| !byte.is_ascii_digit()).and_then(|last| name.get(..=last));
    let announces = |name| CODES.iter().any(|code| ends_with(name, code));
    (3..=8).contains(&word.len()) && word.iter().all(u8::is_ascii_digit) && name.is_some_and(announces)
}

const CODES: [&str; 6] = ["otp", "pin", "cvv", "cvc", "csc", "code"];

/// Whether a word has a sign and something behind it; what pads base64 has not.
fn assigns(word: &[u8]) -> bool {
    let end = word.iter().rposition(|byte| *byte != b'=').unwrap_or_default();
    word.get(..end).unwrap_or_default().contains(&b'=')
}

/// The first word of a text, as much of it as is needed to see what it is.
pub fn head<'a>(rest: &'a [u8], of: &ByteSet) -> &'a [u8] {
    let head = rest.get(..rest.len().min(HEAD)).unwrap_or_default();
    head.get(..of.run(head, 0)).unwrap_or_default()
}

// An escape begins what sets a terminal's colours.
pub static VALUE: ByteSet = ByteSet::all_but_spaces_and(b"&;,\"'`<>()[]{}|\\\x1b");

/// Whether a single word is rather a secret than a word.
pub fn looks_secret(word: &[u8]) -> bool {
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
