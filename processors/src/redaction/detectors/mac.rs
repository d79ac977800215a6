//! Hardware addresses: six bytes in hex with colons or dashes, or three groups of two with dots.

use super::boundary::ends_word;
use super::ip::begins_address;
use super::{ByteSet, Detector, Look, Spec};
use crate::redaction::hits::Hits;
use std::ops::Range;

pub const SPEC: Spec = Spec { detector: Detector::Mac, look: Look::Literals(&[":", "-", ".", "%3A"], find) };

static HEX: ByteSet = ByteSet::of(b"0123456789abcdefABCDEF");

/// Looks at the first joint.
fn find(text: &[u8], joint: Range<usize>, hits: &mut Hits) {
    let by = text.get(joint.clone()).unwrap_or_default();
    let (groups, digits) = if by == b"." { (3, 4) } else { (6, 2) };
    let Some(start) = joint.start.checked_sub(digits) else { return };
    let mut end = start;
    for group in 0..groups {
        if group > 0 {
            if !text.get(end..).is_some_and(|rest| rest.starts_with(by)) {
                return;
            }
            end += by.len();
        }
        let near = text.get(end..text.len().min(end + digits + 1)).unwrap_or_default();
        if HEX.run(near, 0) != digits {
            return;
        }
        end += digits;
    }
    let address = text.get(start..end).unwrap_or_default();
    let before = text.get(..start).unwrap_or_default();
    let part = before.ends_with(by) && by != b":" || text.get(end..).is_some_and(|rest| goes_on(rest, by));
    // Dotted groups of digits alone are a version.
    let letter = by != b"." || address.iter().any(u8::is_ascii_alphabetic);
    if letter && !part && ends_word(text, end) && begins_address(text, start) {
        hits.push(start..end, Detector::Mac);
    }
}

fn goes_on(rest: &[u8], by: &[u8]) -> bool {
    rest.strip_prefix(by).and_then(<[u8]>::first).is_some_and(u8::is_ascii_hexdigit)
}
