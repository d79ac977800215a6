//! JSON Web Tokens (RFC 7515, RFC 7516): parts of base64url with dots between, the first of which
//! decodes to a JSON object that names an algorithm.

use super::boundary::begins_word;
use super::{ByteSet, Detector, Look, Spec};
use crate::redaction::hits::Hits;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::ops::Range;

/// What `{"` and `{ ` are in base64.
const OPENINGS: &[&str] = &["eyJ", "eyA"];

pub const SPEC: Spec = Spec { detector: Detector::Jwt, look: Look::Literals(OPENINGS, find) };

/// How much of a header is decoded, in bytes of base64. One with certificates in it is longer and
/// names its algorithm somewhere behind; it is taken for a token.
const LONGEST_HEADER: usize = 1024;

fn find(text: &[u8], at: Range<usize>, hits: &mut Hits) {
    if !begins_word(text, at.start) {
        return;
    }
    let header = at.start..at.start + PART.run(text, at.start);
    let payload = part_after(text, header.end);
    if payload.is_empty() {
        // No header ends here, whereever it begins.
        return hits.pass(header.end, Detector::Jwt);
    }
    let Some(parts) = parts_of(text.get(header).unwrap_or_default()) else { return };
    let mut end = payload.end;
    for _ in 2..parts {
        // An unsigned token has nothing behind its last dot, and a direct key leaves a part empty.
        end = part_after(text, end).end;
    }
    // A dot that ends the sentence is not the token's.
    let dots = DOTS.run_back(text, end);
    hits.push(at.start..end - dots, Detector::Jwt);
}

/// The part that a dot at `at` begins; empty where there is none.
fn part_after(text: &[u8], at: usize) -> Range<usize> {
    match text.get(at) {
        Some(b'.') => at + 1..at + 1 + PART.run(text, at + 1),
        _ => at..at,
    }
}

static PART: ByteSet = ByteSet::alphanumeric_and(b"-_");
static DOTS: ByteSet = ByteSet::of(b".");

/// How many parts a token with this header has; `None` where it is no header.
fn parts_of(header: &[u8]) -> Option<usize> {
    const SIGNED: usize = 3;
    const ENCRYPTED: usize = 5;
    if header.len() > LONGEST_HEADER {
        return Some(ENCRYPTED);
    }
    // What is left over of a header that was cut is no whole group of base64.
    let whole = if header.len() % 4 == 1 { header.len() - 1 } else { header.len() };
    let mut buffer = [0; LONGEST_HEADER];
    let len = URL_SAFE_NO_PAD.decode_slice(header.get(..whole)?, &mut buffer).ok()?;
    let json = buffer.get(..len)?;
    let names = |name: &[u8]| memchr::memmem::find(json, name).is_some();
    if json.first() != Some(&b'{') || !(names(b"\"alg\"") || names(b"\"typ\"")) {
        return None;
    }
    Some(if names(b"\"enc\"") { ENCRYPTED } else { SIGNED })
}
