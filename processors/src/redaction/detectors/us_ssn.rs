//! Social security numbers of the United States: `ddd-dd-dddd`, or with spaces where a word nearby
//! says so. Numbers that were never issued (area 000, 666, 9xx; group 00; serial 0000) are none.

use super::digits::{groups, stands_alone};
use super::{Detector, Spec, Trigger};
use crate::redaction::scan::Hits;
use std::ops::Range;

pub const SPEC: Spec = Spec { detector: Detector::UsSsn, triggers: &[Trigger::Digits], find };

/// How far before the number a word may stand that says what it is, in bytes.
const CONTEXT: usize = 40;

fn find(text: &[u8], row: Range<usize>, hits: &mut Hits) {
    // Three groups are joined by two signs.
    let joints = text.get(row.clone()).unwrap_or_default().iter().filter(|byte| !byte.is_ascii_digit());
    if joints.count() < 2 {
        return;
    }
    let mut groups = groups(text, row).peekable();
    let (mut area, mut group) = (None, None);
    while let Some(serial) = groups.next() {
        let (first, second) = (std::mem::replace(&mut area, group), group.replace(serial));
        let (Some(first), Some(second)) = (first, second) else { continue };
        let joint = serial.joined_by;
        if joint.is_none()
            || second.joined_by != joint
            || (first.len(), second.len(), serial.len()) != (3, 2, 4)
        {
            continue;
        }
        // A fourth group with the same joint makes it something else: a serial or a telephone number.
        if first.joined_by == joint || groups.peek().is_some_and(|next| next.joined_by == joint) {
            continue;
        }
        let range = first.start..serial.end;
        let digits = |group: super::digits::Group| text.get(group.start..group.end).unwrap_or_default();
        let issued = !matches!(digits(first), b"000" | b"666" | [b'9', ..])
            && digits(second) != b"00"
            && digits(serial) != b"0000";
        if issued && stands_alone(text, &range) && (joint == Some(b'-') || is_said(text, range.start)) {
            hits.push(range, Detector::UsSsn);
        }
    }
}

/// Whether the words before say that a social security number comes.
fn is_said(text: &[u8], at: usize) -> bool {
    let before = text.get(at.saturating_sub(CONTEXT)..at).unwrap_or_default();
    ["ssn", "social"]
        .iter()
        .any(|word| before.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word.as_bytes())))
}
