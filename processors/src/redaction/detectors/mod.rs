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

use super::byte_set::ByteSet;
use super::hits::Hits;
use digits::Number;
use std::ops::Range;

/// Looks at a text where a literal stands; adds what it finds to the hits. Works in time linear in
/// what it says it has seen ([`Hits::pass`]), and hides whole characters only.
pub type Find = for<'a> fn(text: &'a [u8], literal: Range<usize>, hits: &mut Hits);

/// How a detector looks at texts.
#[derive(Clone, Copy, Debug)]
pub enum Look {
    /// Where one of these stands: the first bytes of something, or a byte in its middle. What is one
    /// byte is not looked at where it ends a text.
    Literals(&'static [&'static str], Find),
    /// At digits that are written like this.
    Digits(&'static Number),
}

/// A detector.
#[derive(Debug)]
pub struct Spec {
    /// Who it is.
    pub detector: Detector,
    /// How it looks.
    pub look: Look,
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

/// The byte before `at`.
fn before(text: &[u8], at: usize) -> Option<u8> {
    text.get(..at)?.last().copied()
}

/// Whether a word could begin at `at`: there is no letter or digit before it.
fn begins_word(text: &[u8], at: usize) -> bool {
    !before(text, at).is_some_and(|byte| byte.is_ascii_alphanumeric())
}
