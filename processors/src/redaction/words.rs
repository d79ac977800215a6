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
    WORDS.iter().find(|(exact, _)| exact.as_bytes() == word).map(|(_, word)| *word)
}

const WORDS: [(&str, Word); 41] = [
    ("password", Word::Secret),
    ("passwords", Word::Secret),
    ("passwd", Word::Secret),
    ("pwd", Word::Secret),
    ("passphrase", Word::Secret),
    ("passcode", Word::Secret),
    ("secret", Word::Secret),
    ("secrets", Word::Secret),
    ("authorization", Word::Secret),
    ("authorisation", Word::Secret),
    ("cookie", Word::Secret),
    ("cookies", Word::Secret),
    ("otp", Word::Secret),
    ("totp", Word::Secret),
    ("hotp", Word::Secret),
    ("pin", Word::Secret),
    ("cvv", Word::Secret),
    ("cvc", Word::Secret),
    ("csc", Word::Secret),
    ("ssn", Word::Secret),
    ("bearer", Word::Secret),
    ("psk", Word::Secret),
    ("dob", Word::Secret),
    ("birthdate", Word::Secret),
    ("jsessionid", Word::Secret),
    ("phpsessid", Word::Secret),
    ("sessid", Word::Secret),
    ("token", Word::Identified),
    ("credential", Word::Identified),
    ("credentials", Word::Identified),
    ("creds", Word::Identified),
    ("jwt", Word::Identified),
    ("tokens", Word::Countable),
    ("pass", Word::Countable),
    ("pw", Word::Countable),
    ("dbpass", Word::Countable),
    ("bindpass", Word::Countable),
    ("keypass", Word::Countable),
    ("storepass", Word::Countable),
    ("rootpass", Word::Countable),
    ("requirepass", Word::Countable),
];

const ENDINGS: [(&str, Word); 22] = [
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
    ("requestbody", Word::Secret),
    ("responsebody", Word::Secret),
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
    let is =
        |segment: &Segment, words: &[&str]| words.iter().any(|word| word.as_bytes() == segment.as_bytes());
    PAIRS.iter().find(|pair| is(first, pair.first) && is(second, pair.second)).map(|pair| pair.word)
}

/// One of some words, and one of others behind it.
struct Pair {
    first: &'static [&'static str],
    second: &'static [&'static str],
    word: Word,
    /// Which of both is sought in texts: the rarer ones.
    sought: Sought,
}

enum Sought {
    First,
    Second,
}

const PAIRS: [Pair; 12] = [
    Pair {
        first: &[
            "api",
            "app",
            "application",
            "access",
            "account",
            "auth",
            "client",
            "deploy",
            "encryption",
            "hmac",
            "master",
            "private",
            "session",
            "shared",
            "signing",
            "ssh",
            "subscription",
        ],
        second: &["key", "keys"],
        word: Word::Identified,
        sought: Sought::Second,
    },
    Pair {
        first: &[
            "2fa",
            "access",
            "auth",
            "backup",
            "mfa",
            "recovery",
            "reset",
            "security",
            "sms",
            "verification",
        ],
        second: &["code", "codes"],
        word: Word::Secret,
        sought: Sought::Second,
    },
    Pair { first: &["card"], second: &["number", "no"], word: Word::Secret, sought: Sought::First },
    Pair { first: &["credit", "debit"], second: &["card"], word: Word::Secret, sought: Sought::Second },
    Pair { first: &["social"], second: &["security"], word: Word::Secret, sought: Sought::First },
    Pair {
        first: &["connection", "conn"],
        second: &["string", "str"],
        word: Word::Secret,
        sought: Sought::First,
    },
    Pair { first: &["pass"], second: &["word", "phrase", "code"], word: Word::Secret, sought: Sought::First },
    Pair { first: &["of"], second: &["birth"], word: Word::Secret, sought: Sought::Second },
    // Bodies of requests are not logged by default.
    Pair { first: &["request", "response"], second: &["body"], word: Word::Secret, sought: Sought::Second },
    // OAuth's PKCE (RFC 7636).
    Pair { first: &["code"], second: &["verifier"], word: Word::Secret, sought: Sought::First },
    // Whoever has a URL that was signed may do what it says.
    Pair { first: &["amz"], second: &["signature"], word: Word::Secret, sought: Sought::First },
    Pair { first: &["body"], second: &["content"], word: Word::Secret, sought: Sought::First },
];

/// What every name has in it, in either case, that says something of its value: where none of these stands,
/// no name has to be judged.
pub fn sought() -> Vec<&'static str> {
    let alone = WORDS.iter().chain(&ENDINGS).map(|(word, _)| *word);
    let of_pairs = PAIRS.iter().flat_map(|pair| match pair.sought {
        Sought::First => pair.first,
        Sought::Second => pair.second,
    });
    // `auth` is in the words of every audit log.
    let parts = ["rizat", "risat"];
    let mut all: Vec<_> = alone.chain(of_pairs.copied()).chain(parts).collect();
    // What stands in a longer word tells of it too.
    all.sort_unstable_by_key(|word| (word.len(), *word));
    let mut sought: Vec<&str> = Vec::new();
    for word in all {
        if !sought.iter().any(|part| word.contains(part)) {
            sought.push(word);
        }
    }
    sought
}

/// What a segment says about the word before it.
pub fn excuse(segment: &Segment) -> Excuse {
    match segment.as_bytes() {
        b"id" | b"ids" | b"uid" | b"uuid" | b"identifier" => Excuse::Id,
        // How much of it.
        b"count" | b"size" | b"length" | b"len" | b"total" | b"limit" | b"min" | b"max" | b"usage" | b"used"
        | b"remaining" | b"attempt" | b"attempts" | b"failures" | b"retries" | b"last" | b"bytes"
        // When.
        | b"at" | b"age" | b"ttl" | b"time" | b"timestamp" | b"date" | b"expires" | b"expiry"
        | b"expiration" | b"expired" | b"created" | b"updated" | b"issued" | b"changed" | b"change"
        | b"rotated" | b"rotation" | b"lifetime" | b"validity" | b"interval" | b"period" | b"days" | b"hours"
        | b"minutes" | b"seconds"
        // What kind.
        | b"type" | b"kind" | b"format" | b"alg" | b"algorithm" | b"version" | b"policy"
        | b"policies" | b"scheme"
        | b"method" | b"mode" | b"strength" | b"scope" | b"scopes" | b"brand" | b"issuer" | b"audience"
        | b"provider" | b"source" | b"store" | b"engine" | b"server" | b"fingerprint" | b"thumbprint"
        // Where and which.
        | b"name" | b"names" | b"path" | b"file" | b"filename" | b"dir" | b"directory" | b"url" | b"uri"
        | b"endpoint" | b"arn" | b"domain" | b"samesite" | b"httponly" | b"ref" | b"refs" | b"reference" | b"info"
        // What became of it.
        | b"status" | b"state" | b"valid" | b"verified" | b"enabled" | b"disabled" | b"required"
        | b"present" | b"revoked" | b"reset" | b"consent" | b"success" | b"failed" | b"decision"
        | b"reason" | b"result" | b"outcome" | b"action" | b"event" | b"error" => Excuse::About,
        _ => Excuse::None,
    }
}
