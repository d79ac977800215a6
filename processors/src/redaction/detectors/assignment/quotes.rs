//! Quotes and brackets around values, also where JSON stands in JSON.

use std::ops::Range;

/// How many backslashes a quote may have: JSON in JSON in JSON has three.
const MOST_ESCAPES: usize = 7;

/// The quote that begins at `at`, with what escapes it.
pub fn quote_at(text: &[u8], at: usize) -> Option<&[u8]> {
    let rest = text.get(at..)?;
    let escapes = backslashes(rest.get(..rest.len().min(MOST_ESCAPES)).unwrap_or_default());
    matches!(rest.get(escapes), Some(b'"' | b'\'')).then(|| rest.get(..=escapes))?
}

pub fn backslashes(rest: &[u8]) -> usize {
    rest.iter().take_while(|byte| **byte == b'\\').count()
}

/// A string in quotes, without them, that begins at `start`; to the end of the text where they do not close.
///
/// Each level of JSON in JSON doubles the backslashes and gives each quote one more. So behind a quote with
/// `n` of them a quote with `n` more than an even multiple of `n + 1` closes, with an odd multiple it is
/// part of the string, and with fewer than `n` it closes what is around. SQL doubles quotes instead.
pub fn quoted(text: &[u8], start: usize, open: &[u8]) -> Range<usize> {
    let Some((quote, escapes)) = open.split_last() else { return start..start };
    let own = escapes.len();
    let mut at = start;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let signs = backslashes(rest);
        match rest.get(signs) {
            None => return start..text.len(),
            Some(byte) if byte == quote => match signs.checked_sub(own) {
                Some(more) if more % (2 * (own + 1)) == 0 => {
                    let doubled = matches!(rest.get(signs + 1..), Some([next, behind, ..])
                        if next == quote && behind != quote && !b" \t\r\n,;:.)]}>&|=+\\".contains(behind));
                    if !doubled || own > 0 || at + more == start {
                        return start..at + more;
                    }
                    at += signs + 2;
                }
                Some(_) => at += signs + 1,
                None => return start..at,
            },
            Some(_) => at += signs + 1,
        }
    }
}

/// The length of an object, array or tuple of JSON or Python; to the end of the text where it does not close.
pub fn bracketed(rest: &[u8]) -> usize {
    let open = rest.first().copied().unwrap_or_default();
    let close = match open {
        b'{' => b'}',
        b'[' => b']',
        _ => b')',
    };
    let (mut at, mut depth, mut previous) = (0, 0u32, open);
    while let Some(byte) = rest.get(at) {
        match byte {
            _ if *byte == open => depth += 1,
            _ if *byte == close => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            b'\\' | b'"' | b'\'' => match quote_at(rest, at) {
                // An apostrophe behind a letter is one.
                Some(quote) if !quote.ends_with(b"'") || !previous.is_ascii_alphanumeric() => {
                    at = quoted(rest, at + quote.len(), quote).end + quote.len() - 1;
                }
                Some(quote) => at += quote.len() - 1,
                None => {}
            },
            _ => {}
        }
        previous = *byte;
        at += 1;
    }
    rest.len()
}
