//! AWS access keys: four letters that say what the key is for and sixteen more; and the secret
//! that stands beside one, as in a credentials file.

use super::boundary::begins_word;
use super::{ByteSet, Detector, Look, Spec, colour};
use crate::redaction::hits::Hits;
use std::ops::Range;

const PREFIXES: &[&str] = &["AKIA", "ASIA", "ABIA", "ACCA"];

pub const SPEC: Spec = Spec { detector: Detector::AwsKey, look: Look::Literals(PREFIXES, find) };

const KEY: usize = 20;
const SECRET: usize = 40;
/// How far behind its key a secret is looked for, in bytes.
const NEARBY: usize = 160;

fn find(text: &[u8], prefix: Range<usize>, hits: &mut Hits) {
    if !begins_word(text, prefix.start) {
        return;
    }
    let len = ID.run(text, prefix.start);
    let end = prefix.start + len;
    if len != KEY || text.get(end).is_some_and(u8::is_ascii_alphanumeric) {
        return;
    }
    // AWS's documentation has such, and so do texts that were copied from it.
    if text.get(..end).is_some_and(|key| key.ends_with(b"EXAMPLE")) {
        return hits.pass(end, Detector::AwsKey);
    }
    hits.push(prefix.start..end, Detector::AwsKey);
    let mut at = end;
    // As much as is needed to see that something is longer: each key looks ahead.
    let near = text.get(..text.len().min(end + NEARBY + SECRET + 1)).unwrap_or_default();
    while at < near.len().min(end + NEARBY) {
        at = colour::word_behind(near, at);
        let len = BASE64.run(near, at);
        if len == SECRET && near.get(at..at + len).is_some_and(is_mixed) {
            return hits.push_ahead(at..at + len, Detector::AwsKey);
        }
        at += len.max(1);
    }
}

static ID: ByteSet = ByteSet::of(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
static BASE64: ByteSet = ByteSet::alphanumeric_and(b"/+");

/// A hash in hex has forty digits too, and letters of one case.
fn is_mixed(secret: &[u8]) -> bool {
    secret.iter().any(u8::is_ascii_uppercase)
        && secret.iter().any(u8::is_ascii_lowercase)
        && secret.iter().any(u8::is_ascii_digit)
}
