//! What sets a terminal's colours: ECMA-48, SGR (`ESC [ 1 ; 31 m`), with which loggers colour names and values, and
//! `ESC [ K`, which `grep` adds to clear the rest of a line. Its last letter is no part of the word behind it.

use super::ByteSet;
use super::boundary::before;

const BEGINS: &[u8] = b"\x1b[";
static NUMBERS: ByteSet = ByteSet::of(b"0123456789;");
/// How many bytes its numbers have, and what begins it: two colours of 24 bits and a style.
const LONGEST: usize = 40;
/// How many may follow each other.
const MOST: usize = 3;

/// How long the colours are that a text has at `at`.
pub fn len_at(text: &[u8], at: usize) -> usize {
    let mut end = at;
    for _ in 0..MOST {
        if !text.get(end..).is_some_and(|rest| rest.starts_with(BEGINS)) {
            break;
        }
        let letter = end_of_numbers(text, end + BEGINS.len());
        match text.get(end + BEGINS.len()..=letter) {
            Some([.., b'm'] | b"K") => end = letter + 1,
            _ => break,
        }
    }
    end - at
}

/// Whether a colour ends with a letter behind `head`. One with numbers needs no escape character, which many logs
/// write in ways of their own or leave out.
pub fn ends_with(head: &[u8], letter: u8) -> bool {
    let near = head.get(head.len().saturating_sub(LONGEST)..).unwrap_or_default();
    let numbers = NUMBERS.run_back(near, near.len());
    let begin = near.get(..near.len() - numbers).unwrap_or_default();
    match (letter, numbers) {
        (b'm', 1..) => begin.ends_with(b"["),
        (b'm' | b'K', 0) => begin.ends_with(BEGINS),
        _ => false,
    }
}

/// Where the word begins whose letters and digits begin at `start`: behind `32m` of `\x1b[32mword`.
pub fn word_behind(text: &[u8], start: usize) -> usize {
    if !matches!(before(text, start), Some(b'[' | b';')) {
        return start;
    }
    let end = end_of_numbers(text, start);
    match text.get(..=end).unwrap_or_default() {
        [head @ .., letter] if ends_with(head, *letter) => end + 1,
        _ => start,
    }
}

fn end_of_numbers(text: &[u8], start: usize) -> usize {
    let near = text.get(..text.len().min(start + LONGEST)).unwrap_or_default();
    start + NUMBERS.run(near, start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_end_where_words_begin() {
        for colour in
            ["\x1b[32m", "\x1b[m", "\x1b[1;38;2;255;255;255;48;2;255;255;255m", "\x1b[01;31m\x1b[K", "\x1b[K"]
        {
            let text = format!("{colour}word");
            assert_eq!(len_at(text.as_bytes(), 0), colour.len(), "{text:?}");
            let ends = matches!(colour.as_bytes(), [head @ .., letter] if ends_with(head, *letter));
            assert!(ends, "{text:?}");
            let start = text.rfind([';', '[']).map_or(0, |at| at + 1);
            assert_eq!(word_behind(text.as_bytes(), start), colour.len(), "{text:?}");
        }
    }

    #[test]
    fn what_ends_like_a_colour_is_none() {
        for text in
            ["", "\x1b[", "\x1b[32", "\x1b[32x", "\x1b[x", "[m", "[K", "[1K", "\x1b[2K", "a[m", "(32m", "32m"]
        {
            assert_eq!(len_at(text.as_bytes(), 0), 0, "{text:?}");
            let is_one = matches!(text.as_bytes(), [head @ .., letter] if ends_with(head, *letter));
            assert!(!is_one, "{text:?}");
        }
        assert_eq!(word_behind(b"[word", 1), 1);
        assert_eq!(word_behind(b"a;mword", 2), 2);
        assert!(ends_with(b"\\033[1;32", b'm') && ends_with(b"[32", b'm'));
    }
}
