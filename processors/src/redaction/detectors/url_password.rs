//! Passwords in URLs and connection strings: `scheme://user:password@host` (RFC 3986, userinfo).

use super::{Detector, Spec, Trigger, run, run_back};
use crate::redaction::scan::{Hits, MASK};
use std::ops::Range;

pub const SPEC: Spec = Spec { detector: Detector::UrlPassword, triggers: &[Trigger::Byte(b'@')], find };

fn find(text: &[u8], at: Range<usize>, hits: &mut Hits) {
    let len = run_back(text, at.start, in_userinfo);
    let start = at.start - len;
    let userinfo = text.get(start..at.start).unwrap_or_default();
    let (Some(colon), true) =
        (memchr::memchr(b':', userinfo), text.get(..start).is_some_and(|head| head.ends_with(b"://")))
    else {
        return;
    };
    let password = start + colon + 1;
    // A password with an `@` in it, as people write it: the last one before the host counts.
    let authority = run(text, at.end, in_authority);
    let last = text.get(at.end..at.end + authority).and_then(|rest| memchr::memrchr(b'@', rest));
    let end = last.map_or(at.start, |last| at.end + last);
    match text.get(password..end) {
        Some(found) if found != MASK.as_bytes() => {
            hits.push(password..end, Detector::UrlPassword);
            // `password@host.example.org` is no address.
            hits.pass(end + 1, Detector::Email);
        }
        _ => {}
    }
}

/// Sloppier than the grammar: whatever does not end a URL's authority or the URL.
fn in_authority(byte: u8) -> bool {
    !byte.is_ascii_whitespace() && !b"/?#\"'<>,;`".contains(&byte)
}

fn in_userinfo(byte: u8) -> bool {
    !byte.is_ascii_whitespace() && !b"/@\"'<>`".contains(&byte)
}
