//! Tokens that their vendors gave a prefix, so that scanners like this one find them.

use super::{ByteSet, Detector, Look, Spec, begins_word};
use crate::redaction::hits::Hits;
use std::ops::Range;

/// A prefix and what follows it.
struct Token {
    prefix: &'static str,
    /// How many signs follow at least. Vendors lengthen their tokens, so there is no upper bound.
    at_least: usize,
    /// Of which signs.
    of: &'static ByteSet,
    /// What else must hold of what follows.
    is: fn(&[u8]) -> bool,
}

const fn token(prefix: &'static str, at_least: usize, of: &'static ByteSet) -> Token {
    Token { prefix, at_least, of, is: |_| true }
}

static PLAIN: ByteSet = ByteSet::alphanumeric_and(b"");
static DASHES: ByteSet = ByteSet::alphanumeric_and(b"-");
static BASE64URL: ByteSet = ByteSet::alphanumeric_and(b"-_");
static GITHUB: ByteSet = ByteSet::alphanumeric_and(b"_");
static GITLAB: ByteSet = ByteSet::alphanumeric_and(b"-_.");

static TOKENS: [Token; 13] = [
    // Google API keys
    token("AIza", 35, &BASE64URL),
    // GitHub: personal, OAuth, user-to-server, server-to-server, refresh
    token("ghp_", 36, &PLAIN),
    token("gho_", 36, &PLAIN),
    token("ghu_", 36, &PLAIN),
    token("ghs_", 36, &PLAIN),
    token("ghr_", 36, &PLAIN),
    token("github_pat_", 22, &GITHUB),
    // GitLab
    token("glpat-", 20, &GITLAB),
    // Slack: xoxa-, xoxb-, xoxp- and others
    Token {
        prefix: "xox",
        at_least: 12,
        of: &DASHES,
        is: |rest| matches!(rest, [b'a' | b'b' | b'e' | b'p' | b'r' | b's', b'-', ..]),
    },
    // Stripe, in live mode
    token("sk_live_", 10, &PLAIN),
    token("rk_live_", 10, &PLAIN),
    // npm, PyPI
    token("npm_", 36, &PLAIN),
    token("pypi-", 50, &BASE64URL),
];

const PREFIXES: &[&str] = &prefixes();

#[allow(clippy::indexing_slicing)]
const fn prefixes() -> [&'static str; TOKENS.len()] {
    let mut triggers = [""; TOKENS.len()];
    let mut at = 0;
    while at < triggers.len() {
        triggers[at] = TOKENS[at].prefix;
        at += 1;
    }
    triggers
}

pub const SPEC: Spec = Spec { detector: Detector::VendorToken, look: Look::Literals(PREFIXES, find) };

fn find(text: &[u8], prefix: Range<usize>, hits: &mut Hits) {
    // Letters before it make it part of a longer word; `_ghp_` is fine.
    if !begins_word(text, prefix.start) {
        return;
    }
    let literal = text.get(prefix.clone()).unwrap_or_default();
    let Some(token) = TOKENS.iter().find(|token| token.prefix.as_bytes() == literal) else { return };
    let len = token.of.run(text, prefix.end);
    let rest = text.get(prefix.end..prefix.end + len).unwrap_or_default();
    if len >= token.at_least && (token.is)(rest) {
        hits.push(prefix.start..prefix.end + len, Detector::VendorToken);
    }
}
