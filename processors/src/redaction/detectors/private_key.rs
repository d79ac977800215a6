//! Private keys in PEM (RFC 7468) and OpenPGP armour: the whole block. Where its end is cut off,
//! everything to the end of the text.

use super::{Detector, Look, Spec};
use crate::redaction::hits::Hits;
use memchr::memmem;
use std::ops::Range;

pub const SPEC: Spec = Spec { detector: Detector::PrivateKey, look: Look::Literals(&["-----BEGIN"], find) };

/// Labels are a few words: `ENCRYPTED PRIVATE KEY`, `PGP PRIVATE KEY BLOCK`.
const LONGEST_LABEL: usize = 64;

fn find(text: &[u8], begin: Range<usize>, hits: &mut Hits) {
    let rest = text.get(begin.end..).unwrap_or_default();
    let label = rest.get(..rest.len().min(LONGEST_LABEL)).unwrap_or_default();
    let label = memmem::find(label, b"-----").and_then(|end| label.get(..end)).unwrap_or(label);
    if memmem::find(label, b"PRIVATE KEY").is_none() {
        return;
    }
    let end = memmem::find(rest, b"-----END").and_then(|end| {
        // Behind the dashes that close the label of the end.
        let tail = begin.end + end + b"-----END".len();
        memmem::find(text.get(tail..)?, b"-----").map(|dashes| tail + dashes + b"-----".len())
    });
    hits.push(begin.start..end.unwrap_or(text.len()), Detector::PrivateKey);
}
