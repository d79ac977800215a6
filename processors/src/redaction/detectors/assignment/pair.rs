//! Values that stand behind their names' own: `name: DB_PASSWORD\n  value: x`, `{Name:DB_PASSWORD Value:x}`,
//! `name: "DB_PASSWORD" value: "x"`.

use super::ByteSet;
use super::name::{self, Sign};

/// How much may stand between a name and the word `value`, in bytes.
const LONGEST: usize = 64;

/// The name that ends at `end`, where it is given as such, and the sign of its value.
pub fn behind(text: &[u8], end: usize) -> Option<(&[u8], Sign)> {
    let name = name::before_end(text, end);
    let ahead = text.get(..text.len().min(end + LONGEST))?;
    let quotes = QUOTES.run(ahead, end);
    let word = end + quotes + BETWEEN.run(ahead, end + quotes);
    let behind = word + b"value".len();
    let is_value = word > end + quotes && ahead.get(word..behind)?.eq_ignore_ascii_case(b"value");
    let key = if is_value { text.get(..end - name.len())? } else { return None };
    let gap = GAP.run(ahead, behind);
    let is_colon = match text.get(behind + gap..)? {
        [b':', ..] => true,
        [b'=', next, ..] if *next != b'=' => false,
        _ => return None,
    };
    let start = behind + gap + 1;
    let sign =
        Sign { end: start + GAP.run(text, start), in_sentence: false, leans: false, is_colon, quote: 0..0 };
    names_it(key).then_some((name, sign))
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
static GAP: ByteSet = ByteSet::of(b" \t");
