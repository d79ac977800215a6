//! Credentials behind the name of an HTTP authentication scheme: `Bearer …` (RFC 6750) and
//! `Basic …` (RFC 7617). The word alone is English too, so what follows has to look like one.

use super::boundary::begins_word;
use super::{ByteSet, Detector, Look, Spec, colour};
use crate::redaction::hits::Hits;
use crate::redaction::lenient;
use base64::Engine;
use std::ops::Range;

const SCHEMES: &[&str] = &["bearer", "basic"];

pub const SPEC: Spec = Spec { detector: Detector::Authorization, look: Look::AnyCase(SCHEMES, None, find) };

/// Credentials that are longer are decoded so far, in bytes of base64.
const LONGEST: usize = 1024;

fn find(text: &[u8], scheme: Range<usize>, hits: &mut Hits) {
    if !begins_word(text, scheme.start) {
        return;
    }
    let gap = match text.get(scheme.end..).unwrap_or_default() {
        [b'%', b'2', b'0', ..] => 3,
        // In a form's encoding a plus is a space.
        [b'+', ..] => 1,
        rest => rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count(),
    };
    let start = scheme.end + gap + colour::len_at(text, scheme.end + gap);
    let bearer = text.get(scheme.start + 1).is_some_and(|second| second.eq_ignore_ascii_case(&b'e'));
    let end = start + if bearer { &TOKEN68 } else { &SIGNS }.run(text, start);
    let end = end + PADDING.run(text, end);
    let Some(credentials) = text.get(start..end).filter(|_| gap > 0) else { return };
    let hit = if bearer { is_token(credentials) } else { is_user_and_password(credentials) };
    // Go prints fields so: `{Type:Bearer ExpiresIn:3600}`.
    let is_name = text.get(end) == Some(&b':') && credentials.iter().all(u8::is_ascii_alphabetic);
    if hit && !is_name {
        hits.push(start..end, Detector::Authorization);
    }
}

static TOKEN68: ByteSet = ByteSet::alphanumeric_and(b"-._~+/");
/// Those of base64.
static SIGNS: ByteSet = ByteSet::alphanumeric_and(b"+/");
static PADDING: ByteSet = ByteSet::of(b"=");

/// Whether something is no word of a sentence: `bearer authentication`, `bearer token`.
fn is_token(credentials: &[u8]) -> bool {
    let inner = credentials.get(1..).unwrap_or_default();
    let mixed = credentials.iter().any(u8::is_ascii_digit)
        || inner.iter().any(u8::is_ascii_uppercase) && inner.iter().any(u8::is_ascii_lowercase);
    credentials.len() >= 20 || credentials.len() >= 8 && mixed
}

/// Whether something decodes to `user:password`.
fn is_user_and_password(credentials: &[u8]) -> bool {
    let mut buffer = [0; LONGEST];
    let head = credentials.get(..credentials.len().min(LONGEST)).unwrap_or_default();
    let decoded = lenient::STANDARD.decode_slice(head, &mut buffer).ok().and_then(|len| buffer.get(..len));
    credentials.len() >= 4 && decoded.is_some_and(|decoded| decoded.contains(&b':'))
}
