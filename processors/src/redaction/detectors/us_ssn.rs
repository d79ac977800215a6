//! Social security numbers of the United States: `ddd-dd-dddd`, or with spaces or nothing where a
//! word nearby says so. Numbers that were never issued (area 000, 666, 9xx; group 00; serial 0000) are none.

use super::digits::{Begins, Layout, Number};
use super::{Detector, Look, Spec};

pub const SPEC: Spec = Spec { detector: Detector::UsSsn, look: Look::Digits(&NUMBER) };

static NUMBER: Number = Number {
    layouts: &[
        Layout::of(&[3, 2, 4]).joined_by(b"-"),
        Layout::of(&[3, 2, 4]).joined_by(b" +%").if_said(),
        Layout::of(&[9]).if_said(),
    ],
    begins: Begins::with(b"012345678"),
    words: &["ssn", "social"],
    is: is_issued,
};

fn is_issued(digits: &[u8]) -> bool {
    match digits {
        [0, 0, 0, ..] | [6, 6, 6, ..] | [9, ..] | [_, _, _, 0, 0, ..] | [.., 0, 0, 0, 0] => false,
        _ => digits.len() == 9,
    }
}
