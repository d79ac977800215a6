//! What languages and formats print around values: `Some("x")`, `b'x'`, `<x>`, `[]string{"x"}`, `(string) (len=1) "x"`,
//! `string(1) "x"`, `"""x"""`, and YAML's blocks.

use super::ByteSet;
use super::quotes::quote_at;
use std::ops::Range;

/// Where a value begins, and whether a type stood before it, so that it is one and no sentence.
pub fn unwrapped(text: &[u8], mut start: usize) -> (usize, bool) {
    if let Some(behind) = type_before(text, start) {
        return (behind, true);
    }
    for _ in 0..MOST_WRAPPERS {
        let rest = text.get(start..).unwrap_or_default();
        let wrapper = WRAPPERS.iter().find(|wrapper| rest.starts_with(wrapper.as_bytes()));
        start += wrapper.map_or(0, |wrapper| wrapper.len());
    }
    let prefix = PREFIX.run(text.get(..text.len().min(start + 2)).unwrap_or_default(), start);
    let quote = quote_at(text, start + prefix).map_or(0, <[u8]>::len);
    // `{"note":"password=b","user":"bob"}`: there the quote closes.
    let opens = text.get(start + prefix + quote).is_some_and(|byte| !b",;:&}]) \t\r\n".contains(byte));
    (if quote > 0 && opens { start + prefix } else { start }, false)
}

const MOST_WRAPPERS: usize = 3;
const WRAPPERS: [&str; 10] = [
    "Some(",
    "Ok(",
    "Just(",
    "Optional(",
    "Optional[",
    "Secret(",
    "String(",
    "(ConvertTo-SecureString ",
    "ConvertTo-SecureString ",
    "<",
];
/// What stands before quotes in Python, Rust, C#, SQL and shells.
static PREFIX: ByteSet = ByteSet::of(b"bBuUrRfFNEL$@");

/// Where a value begins behind a type, and its length: `[]string{`, `(string) (len=7) "`, `string(7) "`.
fn type_before(text: &[u8], start: usize) -> Option<usize> {
    let head = text.get(..text.len().min(start + LONGEST_TYPE))?;
    if head.get(start..)?.starts_with(b"[]") {
        let end = start + 2 + TYPE.run(head, start + 2);
        return (end > start + 2 && head.get(end) == Some(&b'{')).then_some(end);
    }
    let mut end = start + TYPE.run(head, start);
    let mut notes = 0;
    while notes < 3
        && head.get(end) == Some(&b'(')
        && let close = end + 1 + TYPE.run(head, end + 1)
        && head.get(close..)?.starts_with(b") ")
    {
        notes += 1;
        end = close + 2;
    }
    (notes > 0 && quote_at(text, end).is_some()).then_some(end)
}

const LONGEST_TYPE: usize = 64;
static TYPE: ByteSet = ByteSet::alphanumeric_and(b"_.*=");

/// The length of a list of bytes, `[104, 117]`, that text begins with.
pub fn bytes_len(rest: &[u8]) -> Option<usize> {
    let end = 1 + NUMBERS.run(rest.get(..rest.len().min(LONGEST_LIST))?, 1);
    let list = matches!(rest, [b'[', b'0'..=b'9', ..]) && rest.get(end) == Some(&b']');
    (list && rest.get(1..end)?.contains(&b' ')).then_some(end + 1)
}

const LONGEST_LIST: usize = 4096;
static NUMBERS: ByteSet = ByteSet::of(b"0123456789, \nx");

/// What stands in a block of YAML, `|` or `>-` and lines that are further in, whose header begins at `start`.
pub fn block(text: &[u8], start: usize) -> Option<Range<usize>> {
    let header = text.get(start..)?.strip_prefix(b"!vault ").map_or(start, |_| start + b"!vault ".len());
    let end = match text.get(header..)? {
        [b'|' | b'>', b'\n', ..] => header + 1,
        [b'|' | b'>', b'-' | b'+', b'\n', ..] => header + 2,
        _ => return None,
    };
    let first = end + 1 + SPACE.run(text, end + 1);
    let indent = first - (end + 1);
    // Further in than nothing.
    if indent == 0 {
        return None;
    }
    let mut last = first + LINE.run(text, first);
    loop {
        let line = last + BREAK.run(text, last);
        let inner = SPACE.run(text.get(..text.len().min(line + indent))?, line);
        let breaks = line.checked_sub(1).and_then(|at| text.get(at)) == Some(&b'\n');
        if line == last || !breaks || inner < indent {
            break;
        }
        last = line + inner + LINE.run(text, line + inner);
    }
    (last > first).then_some(first..last)
}

static SPACE: ByteSet = ByteSet::of(b" ");
static BREAK: ByteSet = ByteSet::of(b"\r\n");
static LINE: ByteSet = ByteSet::all_but_spaces_and(b"").and(b" \t");

/// What stands in three quotes, where it begins with the first of them; to the end of the text where they do not close.
pub fn in_three_quotes(text: &[u8], start: usize) -> Option<Range<usize>> {
    let (quote, rest) = text.get(start..)?.split_at_checked(3)?;
    if quote != b"\"\"\"" && quote != b"'''" {
        return None;
    }
    // In SQL, and where a text ends with them, they are none.
    let len = memchr::memmem::find(rest, quote).filter(|len| *len > 0)?;
    Some(start + 3..start + 3 + len)
}
