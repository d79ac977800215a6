//! Whose tokens have which prefix.

use super::ByteSet;
use super::checks::ends_with_crc32;
use super::token::{BASE64URL, BASE64URL_AND_DOTS, HEX, PLAIN, Token};

static UNDERSCORES: ByteSet = ByteSet::alphanumeric_and(b"_");

/// Classic tokens: personal, OAuth, user-to-server, server-to-server, refresh. Thirty random signs and
/// their checksum; whatever has another length is a later form.
const fn classic(prefix: &'static str) -> Token {
    Token::of(prefix, 36, &UNDERSCORES).that(|rest| rest.len() != 36 || ends_with_crc32(rest))
}

/// <https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/>
pub const GITHUB: &[Token] = &[
    classic("ghp_"),
    classic("gho_"),
    classic("ghu_"),
    classic("ghs_"),
    classic("ghr_"),
    Token::of("github_pat_", 22, &UNDERSCORES),
];

const fn gitlab(prefix: &'static str) -> Token {
    Token::of(prefix, 20, &BASE64URL_AND_DOTS)
}

/// <https://docs.gitlab.com/security/tokens/#token-prefixes>
pub const GITLAB: &[Token] = &[
    gitlab("glpat-"),
    gitlab("gloas-"),
    gitlab("gldt-"),
    gitlab("glrt-"),
    gitlab("glrtr-"),
    gitlab("glcbt-"),
    gitlab("glptt-"),
    gitlab("glft-"),
    gitlab("glimt-"),
    gitlab("glagent-"),
    gitlab("glsoat-"),
    gitlab("glffct-"),
];

pub const STRIPE: &[Token] = &[Token::of("sk_live_", 10, &PLAIN), Token::of("rk_live_", 10, &PLAIN)];

pub const GOOGLE_API_KEY: &[Token] = &[Token::of("AIza", 35, &BASE64URL)];

pub const NPM: &[Token] = &[Token::of("npm_", 36, &PLAIN).exactly().that(ends_with_crc32)];

/// A macaroon of version 2 in base64: what it begins with is the same for all.
pub const PYPI: &[Token] = &[Token::of("pypi-AgE", 50, &BASE64URL)];

pub const TWILIO: &[Token] = &[Token::of("SK", 32, &HEX).exactly(), Token::of("AC", 32, &HEX).exactly()];

pub const SENDGRID: &[Token] =
    &[Token::of("SG.", 66, &BASE64URL_AND_DOTS).exactly().that(|rest| rest.get(22) == Some(&b'.'))];

pub const ANTHROPIC: &[Token] = &[Token::of("sk-ant-", 40, &BASE64URL)];

/// Service, batch and recovery tokens: <https://developer.hashicorp.com/vault/docs/concepts/tokens#token-prefixes>
pub const VAULT: &[Token] = &[
    Token::of("hvs.", 24, &BASE64URL),
    Token::of("hvb.", 24, &BASE64URL),
    Token::of("hvr.", 24, &BASE64URL),
];
