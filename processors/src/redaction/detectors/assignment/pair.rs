//! Values that stand behind their names' own: `name: DB_PASSWORD\n  value: x`, `{Name:DB_PASSWORD Value:x}`,
//! `name: "DB_PASSWORD" value: "x"`; or behind a comma in one of a list of pairs: `[('cookie', 'x'), …]`.

use super::ByteSet;
use super::name::{self, Sign};
use super::quotes::{quote_at, quoted};

/// How much may stand between a name and the word `value`, in bytes.
const LONGEST: usize = 64;

/// The name that ends at `end`, where it is given as such, and the sign of its value.
pub fn behind(text: &[u8], end: usize, name: &[u8]) -> Option<Sign> {
    let ahead = text.get(..text.len().min(end + LONGEST))?;
    let quotes = QUOTES.run(ahead, end);
    let word = end + quotes + BETWEEN.run(ahead, end + quotes);
    let behind = word + b"value".len();
    if word == end + quotes || !ahead.get(word..behind)?.eq_ignore_ascii_case(b"value") {
        return None;
    }
    let key = text.get(..end - name.len())?;
    let gap = GAP.run(ahead, behind);
    let is_colon = match text.get(behind + gap..)? {
        [b':', ..] => true,
        [b'=', next, ..] if *next != b'=' => false,
        _ => return None,
    };
    let start = behind + gap + 1;
    let sign = Sign { is_colon, ..Sign::at(start + GAP.run(text, start)) };
    names_it(key).then_some(sign)
}

/// The name in quotes that ends at `end`, and where its value begins, in one of several pairs in brackets. Names alone
/// are listed, too: `["password", "token"]`.
pub fn in_list(text: &[u8], end: usize, name: &[u8]) -> Option<Sign> {
    let quote = quote_at(text, end)?;
    let head = text.get(..end - name.len())?.strip_suffix(quote)?;
    // Python's bytes have a letter before the quote.
    let head = head.strip_suffix(b"b").unwrap_or(head);
    let head = head.get(head.len().saturating_sub(LONGEST)..)?;
    let (open, head) = head.split_last().filter(|(open, _)| b"[(".contains(open))?;
    let head = head.get(..head.len() - BLANK.run_back(head, head.len()))?;
    let listed = match head {
        [.., b'['] => true,
        [.., b'('] => *open == b'(',
        [.., close, b','] => b"])".contains(close),
        _ => false,
    };
    let comma = end + quote.len();
    let start = comma + 1 + BLANK.run(text, comma + 1);
    let opens = start + usize::from(text.get(start) == Some(&b'b'));
    let begins = quote_at(text, opens)?;
    let value = quoted(text, opens + begins.len(), begins);
    let close = if *open == b'[' { b']' } else { b')' };
    let is_pair = text.get(comma) == Some(&b',') && text.get(value.end + begins.len()) == Some(&close);
    let sign = Sign::at(start);
    // Types of columns: `[("password", "text")]`.
    let is_word = text.get(value.clone())?.iter().all(u8::is_ascii_lowercase);
    (listed && is_pair && !is_word && !name.starts_with(b"-")).then_some(sign)
}

/// Whether a text ends with `name:` or `key=`.
fn names_it(before: &[u8]) -> bool {
    let head = before.get(before.len().saturating_sub(LONGEST)..).unwrap_or_default();
    let quotes = QUOTES.run_back(head, head.len());
    let end = head.len() - quotes;
    let end = end - GAP.run_back(head, end);
    let Some((b':' | b'=', head)) = head.get(..end).and_then(<[u8]>::split_last) else { return false };
    ["name", "key"].iter().any(|word| name::ends_with(head, word))
}

static QUOTES: ByteSet = ByteSet::of(b"\"'\\");
static BETWEEN: ByteSet = ByteSet::of(b" \t\r\n,;");
static BLANK: ByteSet = ByteSet::of(b" \t\r\n");
static GAP: ByteSet = ByteSet::of(b" \t");
