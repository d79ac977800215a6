//! The processor's settings.

use super::Redaction;
use super::detectors::Detector;
use component::settings::{Problem, Validate};
use component::{BuildError, ComponentId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Hides secrets and personal data: what a detector finds is replaced by `****`, and the value of
/// a key that names a secret is replaced as a whole. `{}` switches everything on.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Which detectors look.
    pub detectors: Detectors,
}

/// A switch for each detector; all are on.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Detectors {
    /// The whole value of keys that name a secret, in attributes and nested maps: `password`, `accessToken`, `authorization`.
    pub secret_key: bool,
    /// Private keys in PEM or OpenPGP armour.
    pub private_key: bool,
    /// JSON Web Tokens.
    pub jwt: bool,
    /// Credentials behind `Bearer` and `Basic`.
    pub authorization: bool,
    /// AWS access keys, and the secret beside one.
    pub aws_key: bool,
    /// Tokens with a vendor's prefix: GitHub, GitLab, Google, npm, PyPI, Slack, Stripe.
    pub vendor_token: bool,
    /// Passwords in URLs: `scheme://user:password@host`.
    pub url_password: bool,
    /// Secrets that a text gives a name: `password=…`, `"api_key": "…"`, `Cookie: …`.
    pub assignment: bool,
    /// E-mail addresses.
    pub email: bool,
    /// Payment card numbers with an issuer's prefix and a valid check digit.
    pub payment_card: bool,
    /// Social security numbers of the United States.
    pub us_ssn: bool,
}

impl Default for Detectors {
    fn default() -> Detectors {
        Detectors {
            secret_key: true,
            private_key: true,
            jwt: true,
            authorization: true,
            aws_key: true,
            vendor_token: true,
            url_password: true,
            assignment: true,
            email: true,
            payment_card: true,
            us_ssn: true,
        }
    }
}

impl Detectors {
    /// Whether a detector is switched on.
    pub fn on(&self, detector: Detector) -> bool {
        match detector {
            Detector::SecretKey => self.secret_key,
            Detector::PrivateKey => self.private_key,
            Detector::Jwt => self.jwt,
            Detector::Authorization => self.authorization,
            Detector::AwsKey => self.aws_key,
            Detector::VendorToken => self.vendor_token,
            Detector::UrlPassword => self.url_password,
            Detector::Assignment => self.assignment,
            Detector::Email => self.email,
            Detector::PaymentCard => self.payment_card,
            Detector::UsSsn => self.us_ssn,
        }
    }
}

impl Config {
    /// Makes the processor.
    pub fn build(self, id: &ComponentId) -> Result<Redaction, BuildError> {
        Ok(Redaction::new(&self, id))
    }
}

impl Validate for Config {
    fn validate(&self) -> Vec<Problem> {
        match Detector::ALL.iter().any(|detector| self.detectors.on(*detector)) {
            true => Vec::new(),
            false => vec![Problem::at(
                "detectors",
                "every detector is off; to pass data on unredacted say `redaction: off` in the pipeline",
            )],
        }
    }
}
