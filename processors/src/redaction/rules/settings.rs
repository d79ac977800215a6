//! Settings of the operator's own rules, beyond plain lists.

use super::super::action::Action;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What hashes stand in the place of what `blocked_values` and `blocked_key_patterns` hide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum HashFunction {
    /// Not used, as whoever tries values out reverses it: `****` stands there.
    #[serde(rename = "md5", alias = "MD5")]
    Md5,
    /// Not used, as whoever tries values out reverses it: `****` stands there.
    #[serde(rename = "sha1", alias = "SHA1")]
    Sha1,
    /// Not used, as whoever tries values out reverses it: `****` stands there.
    #[serde(rename = "sha3", alias = "SHA3")]
    Sha3,
    /// HMAC-SHA256 with `hmac_key`, in hexadecimal digits.
    #[serde(rename = "hmac-sha256", alias = "HMAC-SHA256")]
    HmacSha256,
    /// HMAC-SHA512 with `hmac_key`, in hexadecimal digits.
    #[serde(rename = "hmac-sha512", alias = "HMAC-SHA512")]
    HmacSha512,
}

impl HashFunction {
    /// How long its key has to be, in bytes; none for a function without a key.
    pub fn key_len(self) -> Option<usize> {
        match self {
            HashFunction::HmacSha256 => Some(32),
            HashFunction::HmacSha512 => Some(64),
            HashFunction::Md5 | HashFunction::Sha1 | HashFunction::Sha3 => None,
        }
    }
}

/// What attributes with the prefix `redaction.` tell about a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Summary {
    /// Nothing.
    #[default]
    Silent,
    /// How many attributes were taken out, masked, kept by `allowed_values` and ignored.
    Info,
    /// And which.
    Debug,
}

/// A detector of the operator's own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CustomDetector {
    /// What it finds. The syntax of the `regex` crate, which is RE2's; linear time, so no look-around. It is found anywhere
    /// unless it is anchored, and `.` is any character but a line feed.
    pub pattern: String,
    /// One of these has to be in the text, whatever its case.
    pub keywords: Vec<String>,
    /// One of these has to be within 40 bytes before what is found, or in the attribute's key, whatever its case.
    pub context: Vec<String>,
    /// What the digits or letters of what is found have to fulfil.
    pub validator: Validator,
    /// What becomes of what is found.
    pub action: Action,
}

/// A check of what a pattern finds. Spaces and signs in it are skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Validator {
    /// None.
    #[default]
    None,
    /// The check digit of cards, ISO/IEC 7812-1.
    Luhn,
    /// The check digits of IBANs and LEIs, ISO 7064 MOD 97-10; where the third and fourth sign are digits behind
    /// two letters, the first four are moved to the end, as IBANs have it.
    Mod97,
}

/// Detectors that do not look at some keys.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Exception {
    /// The keys, as they are written.
    pub keys: Vec<String>,
    /// The names of the detectors, custom ones included, that do not look at their values.
    pub skip: Vec<String>,
}
