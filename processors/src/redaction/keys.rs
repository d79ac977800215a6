//! Whether a key's name says that its value is a secret.
//!
//! A key is cut into segments at every sign that is no letter or digit and at the humps of
//! camelCase, so that `accessToken` and `ACCESS_TOKEN` are `access` + `token`, while `tokenizer`
//! and `author` stay whole. A secret word is excused when what is said about it is said of its
//! surroundings: `token.type`, `password_policy`, `authorization.decision`.

use super::words::{self, Word};

/// What a key says about its value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing.
    #[default]
    Plain,
    /// The value is a secret, whatever its type.
    Secret,
    /// The value is a secret unless it is a number or a truth value: `input_tokens`, `test.pass`.
    SecretText,
}

/// Judges a key. Takes time in proportion to its length and allocates nothing.
pub fn judge(key: &[u8]) -> Verdict {
    let mut found: Option<Word> = None;
    let mut previous = words::Segment::default();
    let mut last_excuses = words::Excuse::None;
    for segment in segments(key) {
        let segment = words::Segment::of(segment);
        last_excuses = words::excuse(&segment);
        // What follows the word directly speaks of it: `token.expires.at`.
        if found.is_some_and(|word| last_excuses.covers(word)) {
            found = None;
        }
        if let Some(word) = words::alone(&segment).or_else(|| words::pair(&previous, &segment)) {
            found = Some(found.map_or(word, |before| before.max(word)));
        }
        previous = segment;
    }
    match found {
        Some(word) if last_excuses.covers(word) => Verdict::Plain,
        Some(Word::Countable) => Verdict::SecretText,
        Some(_) => Verdict::Secret,
        None => Verdict::Plain,
    }
}

/// The words of a key, in its own spelling.
fn segments(key: &[u8]) -> impl Iterator<Item = &[u8]> {
    key.split(|byte| !is_word(*byte)).flat_map(humps).filter(|segment| !segment.is_empty())
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80
}

/// Cuts `accessToken` and `APIKey` where a reader would.
fn humps(mut word: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        if word.is_empty() {
            return None;
        }
        let cut = word
            .windows(2)
            .enumerate()
            .find_map(|(at, pair)| match pair {
                [before, after] if !before.is_ascii_uppercase() && after.is_ascii_uppercase() => Some(at + 1),
                // The last capital of a row begins the next word, where a word of lower case follows.
                [before, after] if at > 0 && before.is_ascii_uppercase() && after.is_ascii_lowercase() => {
                    word.get(at - 1).filter(|first| first.is_ascii_uppercase()).map(|_| at)
                }
                _ => None,
            })
            .unwrap_or(word.len());
        let (segment, rest) = word.split_at_checked(cut)?;
        word = rest;
        Some(segment)
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_that_name_a_secret_are_hidden_however_they_are_spelled() {
        for key in [
            "password",
            "Password",
            "user.password",
            "userPassword",
            "USER_PASSWORD",
            "db-passwd",
            "pwd",
            "root_pwd",
            "passwordHash",
            "password1",
            "dbpassword",
            "passWord",
            "pass_phrase",
            "passcode",
            "secret",
            "client_secret",
            "clientSecret",
            "clientsecret",
            "secrets",
            "vault.secret_id",
            "secret.value",
            "token",
            "accessToken",
            "access_token",
            "ACCESS_TOKEN",
            "accesstoken",
            "id_token",
            "idToken",
            "refresh.token",
            "session_token",
            "sessionToken",
            "csrf-token",
            "x-amz-security-token",
            "api_key",
            "apiKey",
            "APIKey",
            "apikey",
            "x-api-key",
            "X-API-KEY",
            "Api-Key",
            "dd-application-key",
            "authorization",
            "Authorization",
            "http.request.header.authorization",
            "proxy-authorization",
            "http.request.header.cookie",
            "http.response.header.set-cookie",
            "cookies",
            "JSESSIONID",
            "PHPSESSID",
            "credential",
            "aws.credentials",
            "private_key",
            "privateKey",
            "ssh.private-key",
            "secretKey",
            "SECRETKEY",
            "secret_access_key",
            "aws_secret_access_key",
            "AccountKey",
            "signing.key",
            "encryption_key",
            "otp",
            "totp",
            "mfa.code",
            "mfaCode",
            "verification_code",
            "pin",
            "card.pin",
            "cvv",
            "cvv2",
            "cvc",
            "ssn",
            "customer.ssn",
            "social_security_number",
            "card_number",
            "cardNumber",
            "creditCard",
            "bearer",
            "jwt",
            "connection_string",
            "connectionString",
            "password_reset_token",
            "authorization_code",
            "http.request.body",
            "http.response.body.text",
            "message.body.content",
            "request.headers.x-forwarded-authorization",
            "oauth2.token",
            "пользователь.password",
            "dob",
            "X-Amz-Signature",
            "code_verifier",
            "requestbody",
        ] {
            assert_eq!(judge(key.as_bytes()), Verdict::Secret, "{key}");
        }
    }

    #[test]
    fn keys_that_audit_needs_are_kept() {
        for key in [
            "",
            ".",
            "session.id",
            "sessionId",
            "session.previous_id",
            "user.id",
            "user.name",
            "user.email",
            "user.roles",
            "http.request.method",
            "url.path",
            "url.full",
            "http.response.status_code",
            "client.address",
            "user_agent.original",
            "author",
            "authority",
            "authentication.method",
            "auth.provider",
            "tokenizer",
            "tokenization",
            "passenger",
            "passport",
            "compass",
            "bypass",
            "pinned",
            "spin",
            "shopping",
            "opinion",
            "pinpoint",
            "token_type",
            "token.type",
            "token.count",
            "tokenType",
            "token.expires_at",
            "token_endpoint",
            "token.id",
            "token.issuer",
            "password_policy",
            "password.policy.min_length",
            "password_last_changed",
            "password.expired",
            "secret.name",
            "secret.version",
            "aws.secretsmanager.secret.arn",
            "k8s.secret.name",
            "authorization.decision",
            "authorization.k8s.io/decision",
            "authorization.k8s.io/reason",
            "cookie.name",
            "credential.id",
            "credential.type",
            "aws.access_key_id",
            "accessKeyId",
            "signing_key_id",
            "ssh.key.fingerprint",
            "http.request.body.size",
            "http.response.body.size",
            "public_key",
            "primary_key",
            "partition.key",
            "routing_key",
            "key",
            "keys",
            "status_code",
            "error.code",
            "country_code",
            "mfa",
            "otp.enabled",
            "event.name",
            "event.category",
            "outcome",
            "service.name",
            "k8s.pod.name",
            "process.pid",
            "host.name",
            "cloud.account.id",
            "request.id",
            "trace.flags",
            "monkey",
            "turkey",
            "card.type",
            "card.brand",
            "credit_card.last4",
            "audit.integrity.value",
            "message",
            "exception.stacktrace",
            "db.system",
            "db.namespace",
            "network.peer.address",
            "secretary",
            "hotpink",
            "crypto.algorithm",
            "sessionid",
            "session",
            "code.function.name",
            "thread.id",
            "enduser.id",
            "gen_ai.token.type",
            "POSTGRES_PASSWORD_FILE",
            "secrets_dir",
            "secretKeyRef",
            "authorizationInfo",
            "token_policies",
            "uniqueTokenIdentifier",
            "secret_rotation_days",
            "alert.signature",
            "code_challenge",
            "cookie.domain",
            "session.cookie_samesite",
        ] {
            assert_eq!(judge(key.as_bytes()), Verdict::Plain, "{key}");
        }
    }

    #[test]
    fn countable_words_hide_texts_and_keep_numbers() {
        for key in [
            "tokens",
            "gen_ai.usage.input_tokens",
            "gen_ai.request.maxTokens",
            "test.pass",
            "db.pass",
            "DBPASS",
            "pw",
        ] {
            assert_eq!(judge(key.as_bytes()), Verdict::SecretText, "{key}");
        }
    }

    proptest! {
        #[test]
        fn every_name_that_says_something_has_a_word_in_it_that_is_sought(
            name in "(user|db|x)?[._-]?(pass|PASS|Pass|pw|secret|Cookie|authorization|social|Social|security|conn|Connection|str|String|api|Api|key|Keys|card|Credit|credit|number|No|request|Body|body|content|of|birth|Code|codes|mfa|sms|token|Tokens|credential|jwt|otp|pin|word|phrase|[a-z]{1,6}|s|hash|id){1,4}[._-]?(value|id|name|[0-9]{1,2})?",
        ) {
            let folded = name.to_ascii_lowercase();
            let sought = words::sought().iter().any(|word| folded.contains(word));
            prop_assert!(sought || judge(name.as_bytes()) == Verdict::Plain, "{}", name);
        }
    }

    #[test]
    fn what_is_sought_is_few_words() {
        // Each costs whoever writes it in a text.
        let sought = words::sought();
        assert!(
            sought.len() < 32 && ["pass", "secret", "token", "key"].iter().all(|word| sought.contains(word)),
            "{sought:?}"
        );
    }

    #[test]
    fn a_key_is_cut_at_separators_and_humps() {
        let cut = |key: &'static str| {
            segments(key.as_bytes()).map(|s| std::str::from_utf8(s).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(cut("http.request-header_x/Y"), ["http", "request", "header", "x", "Y"]);
        assert_eq!(cut("accessToken"), ["access", "Token"]);
        assert_eq!(cut("APIKeyID"), ["API", "Key", "ID"]);
        assert_eq!(cut("oauth2Token"), ["oauth2", "Token"]);
        assert_eq!(cut("..a..B"), ["a", "B"]);
        assert_eq!(cut("naïveToken"), ["naïve", "Token"]);
    }
}
