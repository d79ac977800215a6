//! What finds secrets and personal data in texts. Each detector is a file with a [`Spec`], which
//! says what triggers it and how it looks; a new one is a file, a line in [`SPECS`], a variant of
//! [`Detector`] and a switch in the settings.

mod assignment;
mod authorization;
mod aws_key;
mod email;
mod jwt;
mod payment_card;
mod private_key;
mod url_password;
mod us_ssn;
mod vendor_token;

pub mod digits;
pub use payment_card::is_card;

use super::scan::Hits;
use std::ops::Range;

/// What makes a detector look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// The first bytes of something, or the byte in its middle.
    Literal(&'static str),
    /// A row of at least [`digits::SHORTEST_ROW`] digits, spaces and dashes.
    Digits,
}

/// Looks at a text where something triggered; adds what it finds to the hits. Works in time linear in
/// what it says it has seen ([`Hits::pass`]), and hides whole characters only.
pub type Find = for<'a> fn(text: &'a [u8], trigger: Range<usize>, hits: &mut Hits);

/// A detector.
#[derive(Debug)]
pub struct Spec {
    /// Who it is.
    pub detector: Detector,
    /// What it must be asked about.
    pub triggers: &'static [Trigger],
    /// How it looks.
    pub find: Find,
}

/// All that look into texts.
pub static SPECS: &[Spec] = &[
    private_key::SPEC,
    jwt::SPEC,
    authorization::SPEC,
    aws_key::SPEC,
    vendor_token::SPEC,
    url_password::SPEC,
    assignment::SPEC,
    email::SPEC,
    payment_card::SPEC,
    us_ssn::SPEC,
];

/// Names a detector: its switch in the settings and its label in metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detector {
    /// A key that names a secret.
    SecretKey,
    /// PEM and PGP private keys.
    PrivateKey,
    /// JSON Web Tokens.
    Jwt,
    /// `Bearer …`, `Basic …`.
    Authorization,
    /// AWS access keys, and the secret beside one.
    AwsKey,
    /// Tokens that their vendors gave a prefix.
    VendorToken,
    /// `scheme://user:password@host`
    UrlPassword,
    /// `password=…`, `"token": "…"`, `Cookie: …`
    Assignment,
    /// E-mail addresses.
    Email,
    /// Payment card numbers.
    PaymentCard,
    /// Social security numbers of the United States.
    UsSsn,
}

impl Detector {
    /// Every detector, in the order of their numbers.
    pub const ALL: [Detector; 11] = [
        Detector::SecretKey,
        Detector::PrivateKey,
        Detector::Jwt,
        Detector::Authorization,
        Detector::AwsKey,
        Detector::VendorToken,
        Detector::UrlPassword,
        Detector::Assignment,
        Detector::Email,
        Detector::PaymentCard,
        Detector::UsSsn,
    ];

    /// Its name in settings and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Detector::SecretKey => "secret_key",
            Detector::PrivateKey => "private_key",
            Detector::Jwt => "jwt",
            Detector::Authorization => "authorization",
            Detector::AwsKey => "aws_key",
            Detector::VendorToken => "vendor_token",
            Detector::UrlPassword => "url_password",
            Detector::Assignment => "assignment",
            Detector::Email => "email",
            Detector::PaymentCard => "payment_card",
            Detector::UsSsn => "us_ssn",
        }
    }
}

/// A set of bytes: one load to ask for one, where a list of signs is a comparison for each.
struct ByteSet([bool; 256]);

impl ByteSet {
    const fn of(bytes: &[u8]) -> ByteSet {
        ByteSet([false; 256]).with_all(bytes, true)
    }

    /// Letters and digits of ASCII, and others.
    const fn alphanumeric_and(others: &[u8]) -> ByteSet {
        let mut set = ByteSet::of(others);
        let mut byte = 0;
        while byte < 256 {
            if (byte as u8).is_ascii_alphanumeric() {
                set = set.with(byte as u8, true);
            }
            byte += 1;
        }
        set
    }

    /// What is neither white space nor one of others. All bytes beyond ASCII are in it.
    const fn all_but_spaces_and(others: &[u8]) -> ByteSet {
        ByteSet([true; 256]).with_all(b" \t\n\x0C\r", false).with_all(others, false)
    }

    const fn with_all(mut self, bytes: &[u8], is_in: bool) -> ByteSet {
        let mut rest = bytes;
        while let [byte, behind @ ..] = rest {
            self = self.with(*byte, is_in);
            rest = behind;
        }
        self
    }

    #[allow(clippy::indexing_slicing)]
    const fn with(mut self, byte: u8, is_in: bool) -> ByteSet {
        self.0[byte as usize] = is_in;
        self
    }

    fn has(&self, byte: u8) -> bool {
        self.0.get(usize::from(byte)).copied().unwrap_or_default()
    }
}

/// How many bytes from `at` on belong together.
fn run(text: &[u8], at: usize, of: impl Fn(u8) -> bool) -> usize {
    text.get(at..).unwrap_or_default().iter().take_while(|byte| of(**byte)).count()
}

/// How many bytes before `at` belong together.
fn run_back(text: &[u8], at: usize, of: impl Fn(u8) -> bool) -> usize {
    text.get(..at).unwrap_or_default().iter().rev().take_while(|byte| of(**byte)).count()
}

/// The byte before `at`.
fn before(text: &[u8], at: usize) -> Option<u8> {
    text.get(..at)?.last().copied()
}

/// Whether a word could begin at `at`: there is no letter or digit before it.
fn begins_word(text: &[u8], at: usize) -> bool {
    !before(text, at).is_some_and(|byte| byte.is_ascii_alphanumeric())
}
