//! Slack: tokens by their prefix, and the path of an incoming webhook, which whoever has it may post to.

use super::boundary::{ends_word, sign};
use super::token::Token;
use super::{ByteSet, Detector, Look, Spec};
use crate::redaction::hits::Hits;
use std::ops::Range;

/// `xoxa-`, `xoxb-`, `xoxp-` and others; `xapp-`.
pub const TOKENS: &[Token] = &[
    Token::of("xox", 12, &DASHES)
        .that(|rest| matches!(rest, [b'a' | b'b' | b'e' | b'p' | b'r' | b's', b'-', ..])),
    Token::of("xapp-", 20, &DASHES),
];

/// What begins a webhook's URL, also where the URL is a value in another.
const HOSTS: &[&str] = &["://hooks.slack.com", "%2Fhooks.slack.com"];

pub const WEBHOOK: Spec = Spec { detector: Detector::Slack, look: Look::Literals(HOSTS, find) };

static DASHES: ByteSet = ByteSet::alphanumeric_and(b"-");
const KINDS: [&[u8]; 3] = [b"services", b"workflows", b"triggers"];
static PATH: ByteSet = ByteSet::alphanumeric_and(b"/%");

fn find(text: &[u8], host: Range<usize>, hits: &mut Hits) {
    let slash = sign(text, host.end, b'/');
    let rest = text.get(host.end + slash..).unwrap_or_default();
    let kind = KINDS.iter().find(|kind| rest.starts_with(kind));
    let Some(name) = kind.filter(|_| slash > 0) else { return };
    let start = host.end + slash + name.len();
    let start = start + sign(text, start, b'/');
    let len = PATH.run(text, start);
    if len >= 30 && ends_word(text, start + len) {
        hits.push(start..start + len, Detector::Slack);
    }
}
