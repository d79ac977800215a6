//! Command lines in Linux' audit records, `type=PROCTITLE … proctitle=6D7973716C00…`: in hexadecimal as soon as they
//! have an argument. Where one names a secret, the whole is hidden, as no part of it could be read.

use super::{ByteSet, Detector, Look, Spec, assignment, url_password};
use crate::redaction::hits::Hits;
use crate::redaction::words;
use std::ops::Range;
use std::sync::LazyLock;

pub const SPEC: Spec = Spec { detector: Detector::Assignment, look: Look::Literals(&["proctitle="], find) };

/// The kernel cuts command lines to 128 bytes.
const LONGEST: usize = 256;

static SOUGHT: LazyLock<Vec<&'static str>> = LazyLock::new(words::sought);

fn find(text: &[u8], name: Range<usize>, hits: &mut Hits) {
    let start = name.end;
    let head = text.get(..text.len().min(start + LONGEST)).unwrap_or_default();
    let end = start + HEX.run(head, start);
    let line: Option<Vec<u8>> = head.get(start..end).unwrap_or_default().chunks(2).map(byte).collect();
    if line.is_some_and(|line| tells_a_secret(&line)) {
        hits.push(start..end, Detector::Assignment);
    }
}

/// A byte, a space where an argument ends.
fn byte(hex: &[u8]) -> Option<u8> {
    let byte = u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()?;
    Some(if byte == 0 { b' ' } else { byte })
}

fn tells_a_secret(line: &[u8]) -> bool {
    let folded = line.to_ascii_lowercase();
    let places = |word: &'static str| {
        memchr::memmem::find_iter(&folded, word).map(move |at| at..at + word.len()).collect::<Vec<_>>()
    };
    let mut hits = None;
    for word in SOUGHT.iter() {
        for at in places(word) {
            assignment::find(line, at, hits.get_or_insert_with(Hits::default));
        }
    }
    for at in places("://") {
        url_password::find(line, at, hits.get_or_insert_with(Hits::default));
    }
    hits.is_some_and(|hits| !hits.is_empty())
}

static HEX: ByteSet = ByteSet::of(b"0123456789ABCDEFabcdef");
