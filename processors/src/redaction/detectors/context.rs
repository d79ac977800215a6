//! Words that say what a number is: behind `NHS number`, or in a key `nhsNumber`, ten digits mean
//! something.

use super::boundary::begins_word;
use std::ops::Range;

/// How far before a number a word may end that says what it is, in bytes.
const NEARBY: usize = 40;

/// Whether one of the words, which are in lower case, stands in an attribute's key, or in a text shortly
/// before `at`. A space in a word is a space, a sign as keys have it, or a hump: `birth date` is
/// `birth_date` and `birthDate` too.
pub fn is_said(words: &[&str], key: &[u8], text: &[u8], at: usize) -> bool {
    let near = |word: &str| at.saturating_sub(NEARBY + word.len())..at;
    words.iter().any(|word| has(key, 0..key.len(), word) || has(text, near(word), word))
}

fn has(text: &[u8], mut range: Range<usize>, word: &str) -> bool {
    let first = word.as_bytes().first().copied().unwrap_or_default();
    let end = range.end;
    range.any(|at| {
        text.get(at).is_some_and(|byte| byte.to_ascii_lowercase() == first)
            && begins(text, at)
            && text.get(at..end).is_some_and(|rest| begins_with(rest, word.as_bytes()))
    })
}

/// Whether a word begins at `at`, as in `your SSN`, `customer_ssn` and `customerSsn`.
fn begins(text: &[u8], at: usize) -> bool {
    match text.get(..at).and_then(<[u8]>::last) {
        Some(before) if before.is_ascii_lowercase() && text.get(at).is_some_and(u8::is_ascii_uppercase) => {
            true
        }
        Some(before) => !before.is_ascii_alphabetic() || begins_word(text, at),
        None => true,
    }
}

/// Whether `rest` begins with the word, and the word ends there.
fn begins_with(rest: &[u8], word: &[u8]) -> bool {
    let mut at = 0;
    for sign in word {
        match (sign, rest.get(at)) {
            (b' ', Some(b' ' | b'_' | b'-' | b'.' | b'+')) => at += 1,
            // As `birthDate` and `birthdate` have it.
            (b' ', Some(_)) => {}
            (_, Some(byte)) if byte.to_ascii_lowercase() == *sign => at += 1,
            _ => return false,
        }
    }
    let hump = rest.get(at.saturating_sub(1)).is_some_and(u8::is_ascii_lowercase);
    rest.get(at).is_none_or(|next| match next {
        b'A'..=b'Z' => hump,
        _ => !next.is_ascii_lowercase(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_however_keys_and_texts_spell_it_and_not_within_another() {
        let words = &["birth date", "ssn", "nhs number", "número"];
        for text in [
            "birth date ",
            "birth_date=",
            "userBirthDate",
            "BIRTH-DATE",
            "(SSN: ",
            "x.ssn",
            "nhsNumber",
            "el número ",
        ] {
            assert!(is_said(words, b"", text.as_bytes(), text.len()), "{text}");
            assert!(is_said(words, text.as_bytes(), b"", 0), "{text}");
        }
        for text in ["birthdated", "assnt", "rebirth date", "ssnx", "nhs no", "ss n", ""] {
            assert!(!is_said(words, b"", text.as_bytes(), text.len()), "{text}");
            assert!(!is_said(words, text.as_bytes(), b"", 0), "{text}");
        }
    }
}
