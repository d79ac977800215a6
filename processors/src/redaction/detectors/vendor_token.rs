//! Tokens that their vendors gave a prefix, so that scanners like this one find them.

use super::{Detector, Spec, Trigger, begins_word, run};
use crate::redaction::scan::Hits;
use std::ops::Range;

/// A prefix and what follows it.
struct Token {
    prefix: &'static str,
    /// How many signs follow at least. Vendors lengthen their tokens, so there is no upper bound.
    at_least: usize,
    /// Which signs besides letters and digits.
    also: &'static [u8],
}

const fn token(prefix: &'static str, at_least: usize, also: &'static [u8]) -> Token {
    Token { prefix, at_least, also }
}

const TOKENS: [Token; 18] = [
    // Google API keys
    token("AIza", 35, b"-_"),
    // GitHub: personal, OAuth, user-to-server, server-to-server, refresh
    token("ghp_", 36, b""),
    token("gho_", 36, b""),
    token("ghu_", 36, b""),
    token("ghs_", 36, b""),
    token("ghr_", 36, b""),
    token("github_pat_", 22, b"_"),
    // GitLab
    token("glpat-", 20, b"-_."),
    // Slack: app, bot, user, legacy, refresh, configuration
    token("xoxa-", 10, b"-"),
    token("xoxb-", 10, b"-"),
    token("xoxp-", 10, b"-"),
    token("xoxr-", 10, b"-"),
    token("xoxs-", 10, b"-"),
    token("xoxe-", 10, b"-"),
    // Stripe, in live mode
    token("sk_live_", 10, b""),
    token("rk_live_", 10, b""),
    // npm, PyPI
    token("npm_", 36, b""),
    token("pypi-", 50, b"-_"),
];

const PREFIXES: &[Trigger] = &prefixes();

#[allow(clippy::indexing_slicing)]
const fn prefixes() -> [Trigger; TOKENS.len()] {
    let mut triggers = [Trigger::Digits; TOKENS.len()];
    let mut at = 0;
    while at < triggers.len() {
        triggers[at] = Trigger::Literal(TOKENS[at].prefix);
        at += 1;
    }
    triggers
}

pub const SPEC: Spec = Spec { detector: Detector::VendorToken, triggers: PREFIXES, find };

fn find(text: &[u8], prefix: Range<usize>, hits: &mut Hits) {
    // Letters before it make it part of a longer word; `_ghp_` is fine.
    if !begins_word(text, prefix.start) {
        return;
    }
    let literal = text.get(prefix.clone()).unwrap_or_default();
    let Some(token) = TOKENS.iter().find(|token| token.prefix.as_bytes() == literal) else { return };
    let len = run(text, prefix.end, |byte| byte.is_ascii_alphanumeric() || token.also.contains(&byte));
    if len >= token.at_least {
        hits.push(prefix.start..prefix.end + len, Detector::VendorToken);
    }
}
