//! API keys of OpenAI: `sk-…`, `sk-proj-…` and others with the same mark (`OpenAI` in base64) in the middle,
//! which is rarer in texts than the prefix.

use super::boundary::begins_word;
use super::token::BASE64URL;
use super::{Detector, Look, Spec};
use crate::redaction::hits::Hits;
use std::ops::Range;

pub const SPEC: Spec = Spec { detector: Detector::Openai, look: Look::Literals(&["T3BlbkFJ"], find) };

/// How far before the mark a key begins at most, in bytes.
const LONGEST_HALF: usize = 200;

fn find(text: &[u8], mark: Range<usize>, hits: &mut Hits) {
    let from = mark.start.saturating_sub(LONGEST_HALF);
    let near = text.get(from..mark.start).unwrap_or_default();
    let half = near.len() - BASE64URL.run_back(near, near.len());
    let Some(sk) = memchr::memmem::find(near.get(half..).unwrap_or_default(), b"sk-") else { return };
    let start = from + half + sk;
    if !begins_word(text, start) || mark.start - start < 20 {
        return;
    }
    // Only here, as marks may follow each other, and each would look to the end of all.
    let rest = BASE64URL.run(text, mark.end);
    if rest >= 16 {
        hits.push(start..mark.end + rest, Detector::Openai);
    }
}
