//! Passwords in URLs and connection strings: `scheme://user:password@host` (RFC 3986, userinfo); and in those of Go's
//! MySQL driver, which have no scheme: `user:password@tcp(host)/`.

use super::{ByteSet, Detector, Look, Spec};
use crate::redaction::hits::{Hits, MASK};
use std::ops::Range;

pub const SPEC: Spec = Spec { detector: Detector::UrlPassword, look: Look::Literals(&["://"], find) };

pub const DSN: Spec =
    Spec { detector: Detector::UrlPassword, look: Look::Literals(&["@tcp(", "@unix("], dsn) };

/// How far before its network a connection string may begin, in bytes.
const LONGEST: usize = 256;

/// Looks at what is behind `://`.
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
        // `//host:1433;user=sa;password=a@b`
        Some(found) if is_port(found) => {}
        Some(found) if found != MASK.as_bytes() => {
            hits.push(password..end, Detector::UrlPassword);
            // `password@host.example.org` is no address.
            hits.pass(end + 1, Detector::Email);
        }
        _ => {}
    }
}

fn is_port(found: &[u8]) -> bool {
    let digits = found.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (1..=5).contains(&digits) && found.get(digits) == Some(&b';')
}

fn dsn(text: &[u8], network: Range<usize>, hits: &mut Hits) {
    let from = network.start.saturating_sub(LONGEST);
    let head = text.get(from..network.start).unwrap_or_default();
    let start = head.len() - USERINFO_OF_DSN.run_back(head, head.len());
    let Some(colon) = head.get(start..).and_then(|userinfo| memchr::memchr(b':', userinfo)) else { return };
    let password = from + start + colon + 1;
    if text.get(password..network.start).is_some_and(|found| found != MASK.as_bytes()) {
        hits.push(password..network.start, Detector::UrlPassword);
    }
}

/// Sloppier than the grammar: whatever does not end a URL's authority or the URL.
static AUTHORITY: ByteSet = ByteSet::all_but_spaces_and(b"/?#\"'<>,;`");

static USERINFO: ByteSet = ByteSet::all_but_spaces_and(b"/@\"'<>`");

static USERINFO_OF_DSN: ByteSet = ByteSet::all_but_spaces_and(b"\"'<>`");
