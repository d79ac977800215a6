//! Passwords in URLs and connection strings: `scheme://user:password@host` (RFC 3986, userinfo).

use super::{ByteSet, Detector, Look, Spec};
use crate::redaction::hits::{Hits, MASK};
use std::ops::Range;

pub const SPEC: Spec = Spec { detector: Detector::UrlPassword, look: Look::Literals(&["://"], find) };

fn find(text: &[u8], sign: Range<usize>, hits: &mut Hits) {
    let start = sign.end;
    let at = start + USERINFO.run(text, start);
    if text.get(at) != Some(&b'@') {
        return;
    }
    // A user or a password with an `@` in it, as people write them: the last one before the host counts.
    let authority = AUTHORITY.run(text, at + 1);
    let last = text.get(at + 1..at + 1 + authority).and_then(|rest| memchr::memrchr(b'@', rest));
    let end = last.map_or(at, |last| at + 1 + last);
    let userinfo = text.get(start..end).unwrap_or_default();
    let Some(colon) = memchr::memchr(b':', userinfo) else { return };
    // A user with an `@` in it is an address, and goes with the password.
    let password = if start + colon > at { start } else { start + colon + 1 };
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
static AUTHORITY: ByteSet = ByteSet::all_but_spaces_and(b"/?#\"'<>,;`");

static USERINFO: ByteSet = ByteSet::all_but_spaces_and(b"/@\"'<>`");
