//! The words that make a key secret, and those that excuse it.

/// How much a word says. Ordered: of two words in a key the stronger decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Word {
    /// Also the name of a count or of a truth value: `tokens`, `pass`.
    Countable,
    /// Names a thing that has a public id: `token.id`, `credential.id`, `access_key_id`.
    Identified,
    /// Names nothing but a secret. Vault's `secret_id` is one too.
    Secret,
}

/// What a segment says about the secret word before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Excuse {
    /// Nothing.
    None,
    /// The value is an id of the thing.
    Id,
    /// The value describes the thing and is not the thing.
    About,
}

impl Excuse {
    /// Whether `word` is excused.
    pub fn covers(self, word: Word) -> bool {
        match self {
            Excuse::None => false,
            Excuse::Id => word == Word::Identified,
            Excuse::About => true,
        }
    }
}

/// A segment of a key in lower case, without digits at its end. One that is longer than any word
/// keeps its tail, which is where a compound has its noun.
#[derive(Clone, Copy, Debug, Default)]
pub struct Segment {
    letters: [u8; Segment::LONGEST],
    len: usize,
}

impl Segment {
    const LONGEST: usize = 32;

    /// Folds a segment.
    pub fn of(segment: &[u8]) -> Segment {
        let letters = segment.iter().rposition(|byte| !byte.is_ascii_digit()).map_or(0, |last| last + 1);
        let stem = segment.get(..letters).filter(|stem| !stem.is_empty()).unwrap_or(segment);
        let tail = stem.get(stem.len().saturating_sub(Segment::LONGEST)..).unwrap_or_default();
        let mut folded = Segment { len: tail.len(), ..Segment::default() };
        for (to, from) in folded.letters.iter_mut().zip(tail) {
            *to = from.to_ascii_lowercase();
        }
        folded
    }

    fn as_bytes(&self) -> &[u8] {
        self.letters.get(..self.len).unwrap_or_default()
    }
}

/// What a segment says by itself.
pub fn alone(segment: &Segment) -> Option<Word> {
    let word = segment.as_bytes();
    exactly(word).or_else(|| {
        // `accesstoken`, `dbpassword`, `passwordhash`: run together in lower case.
        let stem = ["value", "hash", "plain", "text", "s"]
            .iter()
            .find_map(|end| word.strip_suffix(end.as_bytes()))
            .filter(|stem| stem.len() >= 6)
            .unwrap_or(word);
        // The last letter alone turns most words away.
        match stem {
            [.., b'd' | b'e' | b't' | b'n' | b'g' | b'l' | b'y' | b'r'] if stem.len() >= 3 => ENDINGS
                .iter()
                .find(|(ending, _)| {
                    stem.last() == ending.as_bytes().last() && stem.ends_with(ending.as_bytes())
                })
                .map(|(_, word)| *word),
            _ => None,
        }
    })
}

fn exactly(word: &[u8]) -> Option<Word> {
    Some(match word {
        b"password" | b"passwords" | b"passwd" | b"pwd" | b"passphrase" | b"passcode" | b"secret"
        | b"secrets" | b"authorization" | b"authorisation" | b"cookie" | b"cookies" | b"otp" | b"totp"
        | b"hotp" | b"pin" | b"cvv" | b"cvc" | b"csc" | b"ssn" | b"bearer" | b"psk" | b"dob"
        | b"birthdate" | b"jsessionid" | b"phpsessid" | b"sessid" => Word::Secret,
        b"token" | b"credential" | b"credentials" | b"creds" | b"jwt" => Word::Identified,
        b"tokens" | b"pass" | b"pw" => Word::Countable,
        _ => return None,
    })
}

const ENDINGS: [(&str, Word); 20] = [
    ("password", Word::Secret),
    ("passwd", Word::Secret),
    ("pwd", Word::Secret),
    ("passphrase", Word::Secret),
    ("secret", Word::Secret),
    ("cookie", Word::Secret),
    ("authorization", Word::Secret),
    ("connectionstring", Word::Secret),
    ("creditcard", Word::Secret),
    ("cardnumber", Word::Secret),
    ("token", Word::Identified),
    ("credential", Word::Identified),
    ("apikey", Word::Identified),
    ("authkey", Word::Identified),
    ("accesskey", Word::Identified),
    ("accountkey", Word::Identified),
    ("secretkey", Word::Secret),
    ("privatekey", Word::Secret),
    ("signingkey", Word::Identified),
    ("encryptionkey", Word::Identified),
];

/// What two segments in a row say that neither says alone.
pub fn pair(first: &Segment, second: &Segment) -> Option<Word> {
    let pair = (first.as_bytes(), second.as_bytes());
    Some(match pair {
        (
            b"api" | b"app" | b"application" | b"access" | b"account" | b"auth" | b"client" | b"deploy"
            | b"encryption" | b"master" | b"private" | b"session" | b"shared" | b"signing" | b"ssh"
            | b"subscription",
            b"key" | b"keys",
        ) => Word::Identified,
        (
            b"2fa" | b"access" | b"auth" | b"backup" | b"mfa" | b"recovery" | b"reset" | b"security" | b"sms"
            | b"verification",
            b"code" | b"codes",
        )
        | (b"card", b"number" | b"no")
        | (b"credit" | b"debit", b"card")
        | (b"social", b"security")
        | (b"connection" | b"conn", b"string" | b"str")
        | (b"pass", b"word" | b"phrase" | b"code")
        | (b"of", b"birth")
        // Bodies of requests are not logged by default.
        | (b"request" | b"response", b"body")
        | (b"body", b"content") => Word::Secret,
        _ => return None,
    })
}

/// What a segment says about the word before it.
pub fn excuse(segment: &Segment) -> Excuse {
    match segment.as_bytes() {
        b"id" | b"ids" | b"uid" | b"uuid" => Excuse::Id,
        // How much of it.
        b"count" | b"size" | b"length" | b"len" | b"total" | b"limit" | b"min" | b"max" | b"usage" | b"used"
        | b"remaining" | b"attempt" | b"attempts" | b"failures" | b"retries" | b"last" | b"bytes"
        // When.
        | b"at" | b"age" | b"ttl" | b"time" | b"timestamp" | b"date" | b"expires" | b"expiry"
        | b"expiration" | b"expired" | b"created" | b"updated" | b"issued" | b"changed" | b"change"
        | b"rotated" | b"rotation" | b"lifetime" | b"validity"
        // What kind.
        | b"type" | b"kind" | b"format" | b"alg" | b"algorithm" | b"version" | b"policy" | b"scheme"
        | b"method" | b"mode" | b"strength" | b"scope" | b"scopes" | b"brand" | b"issuer" | b"audience"
        | b"provider" | b"source" | b"store" | b"engine" | b"server" | b"fingerprint" | b"thumbprint"
        // Where and which.
        | b"name" | b"names" | b"path" | b"url" | b"uri" | b"endpoint" | b"arn"
        // What became of it.
        | b"status" | b"state" | b"valid" | b"verified" | b"enabled" | b"disabled" | b"required"
        | b"present" | b"revoked" | b"reset" | b"consent" | b"success" | b"failed" | b"decision"
        | b"reason" | b"result" | b"outcome" | b"action" | b"event" | b"error" => Excuse::About,
        _ => Excuse::None,
    }
}
