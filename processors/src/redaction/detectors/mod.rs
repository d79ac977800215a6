//! What finds secrets and personal data in texts. A detector has a line in [`table`], which names it, and
//! a [`Spec`] in [`SPECS`], which says what triggers it and how it looks.

pub mod assignment;
mod authorization;
mod aws_key;
mod azure_storage_key;
mod boundary;
mod colour;
pub mod command_line;
mod context;
mod crypto_wallet;
mod dates;
mod discord;
mod documents;
mod email;
mod europe;
mod hashes;
mod iban;
mod ip;
mod jwt;
mod mac;
mod openai;
mod overseas;
mod payment_card;
mod phone;
mod private_key;
mod slack;
mod table;
mod telegram;
mod url_password;
mod us_ssn;
mod vendors;

pub mod checks;
pub mod digits;
pub mod form;
pub mod token;
pub use payment_card::is_card;
pub use table::{Detector, Detectors};

use super::byte_set::ByteSet;
use super::hits::Hits;
use digits::Number;
use form::Form;
use std::ops::Range;
use token::Token;

/// Looks at a text where a literal stands; adds what it finds to the hits. Works in time
/// linear in what it says it has seen ([`Hits::pass`]), and hides whole characters only.
pub type Find = for<'a> fn(text: &'a [u8], at: Range<usize>, hits: &mut Hits);

/// The same where a row of digits begins, in the value of a key, if it is one's.
pub type FindRow = for<'a> fn(text: &'a [u8], row: Range<usize>, key: &[u8], hits: &mut Hits);

/// How a detector looks at texts.
#[derive(Clone, Copy, Debug)]
pub enum Look {
    /// Where one of these stands: the first bytes of something, or bytes in its middle. What is one
    /// byte is not looked at where it ends a text.
    Literals(&'static [&'static str], Find),
    /// The same, where one of the bytes follows: of what is short there is too much in any text.
    LiteralsBefore(&'static [&'static str], &'static ByteSet, Find),
    /// Where one of these stands in either case, with one of some bytes behind it, if that is said.
    AnyCase(&'static [&'static str], Option<&'static ByteSet>, Find),
    /// Where a word stands that the names of secrets have in them.
    Names(Find),
    /// Where one of these prefixes stands.
    Tokens(&'static [Token]),
    /// At digits that are written like this.
    Digits(&'static Number),
    /// At every row of digits and what joins them that has so many bytes; shown is its beginning.
    Rows(usize, FindRow),
    /// At every digit, for signs that are written like this: dearer, so for what is off by default.
    Form(&'static Form),
}

/// A detector, or one of the ways that it looks.
#[derive(Debug)]
pub struct Spec {
    /// Who it is.
    pub detector: Detector,
    /// How it looks.
    pub look: Look,
}

impl Spec {
    const fn of_tokens(detector: Detector, tokens: &'static [Token]) -> Spec {
        Spec { detector, look: Look::Tokens(tokens) }
    }

    const fn of_form(detector: Detector, form: &'static Form) -> Spec {
        Spec { detector, look: Look::Form(form) }
    }
}

/// All that look into texts. Of two that are triggered by the same the first one looks first.
pub static SPECS: &[Spec] = &[
    private_key::GCP,
    private_key::SPEC,
    jwt::SPEC,
    authorization::SPEC,
    aws_key::SPEC,
    Spec::of_tokens(Detector::Github, vendors::GITHUB),
    Spec::of_tokens(Detector::Gitlab, vendors::GITLAB),
    Spec::of_tokens(Detector::Slack, slack::TOKENS),
    slack::WEBHOOK,
    Spec::of_tokens(Detector::Stripe, vendors::STRIPE),
    Spec::of_tokens(Detector::GoogleApiKey, vendors::GOOGLE_API_KEY),
    azure_storage_key::SPEC,
    azure_storage_key::SIGNATURE,
    Spec::of_tokens(Detector::Npm, vendors::NPM),
    Spec::of_tokens(Detector::Pypi, vendors::PYPI),
    Spec::of_tokens(Detector::Twilio, vendors::TWILIO),
    Spec::of_tokens(Detector::Sendgrid, vendors::SENDGRID),
    openai::SPEC,
    Spec::of_tokens(Detector::Anthropic, vendors::ANTHROPIC),
    Spec::of_tokens(Detector::Vault, vendors::VAULT),
    telegram::SPEC,
    discord::TOKEN,
    discord::WEBHOOK,
    url_password::SPEC,
    url_password::DSN,
    assignment::SPEC,
    assignment::IDENTIFIED,
    command_line::SPEC,
    email::SPEC,
    payment_card::SPEC,
    iban::SPEC,
    iban::LETTERS,
    us_ssn::SPEC,
    Spec::of_form(Detector::UsItin, &overseas::US_ITIN),
    Spec::of_form(Detector::UkNino, &europe::UK_NINO),
    Spec::of_form(Detector::UkNhs, &europe::UK_NHS),
    Spec::of_form(Detector::EsNif, &europe::ES_NIF),
    Spec::of_form(Detector::EsNie, &europe::ES_NIE),
    Spec::of_form(Detector::ItFiscalCode, &europe::IT_FISCAL_CODE),
    Spec::of_form(Detector::PlPesel, &europe::PL_PESEL),
    Spec::of_form(Detector::FiHetu, &europe::FI_HETU),
    Spec::of_form(Detector::SePersonnummer, &europe::SE_PERSONNUMMER),
    Spec::of_form(Detector::DeTaxId, &europe::DE_TAX_ID),
    Spec::of_form(Detector::FrNir, &europe::FR_NIR),
    Spec::of_form(Detector::NlBsn, &europe::NL_BSN),
    Spec::of_form(Detector::InAadhaar, &overseas::IN_AADHAAR),
    Spec::of_form(Detector::AuTfn, &overseas::AU_TFN),
    Spec::of_form(Detector::AuAbn, &overseas::AU_ABN),
    Spec::of_form(Detector::AuMedicare, &overseas::AU_MEDICARE),
    Spec::of_form(Detector::SgNric, &overseas::SG_NRIC),
    Spec::of_form(Detector::KrRrn, &overseas::KR_RRN),
    Spec::of_form(Detector::BrCpf, &overseas::BR_CPF),
    Spec::of_form(Detector::BrCpf, &overseas::BR_CPF_PLAIN),
    Spec::of_form(Detector::BrCnpj, &overseas::BR_CNPJ),
    Spec::of_form(Detector::BrCnpj, &overseas::BR_CNPJ_PLAIN),
    Spec::of_form(Detector::CaSin, &overseas::CA_SIN),
    Spec::of_form(Detector::ZaId, &overseas::ZA_ID),
    Spec::of_form(Detector::ThTnin, &overseas::TH_TNIN),
    Spec::of_form(Detector::TrId, &europe::TR_ID),
    Spec::of_form(Detector::Passport, &documents::PASSPORT),
    Spec::of_form(Detector::DriverLicense, &documents::DRIVER_LICENSE),
    Spec::of_form(Detector::DateOfBirth, &documents::DATE_OF_BIRTH),
    Spec::of_form(Detector::Vin, &documents::VIN),
    phone::INTERNATIONAL,
    phone::NATIONAL,
    ip::V4,
    ip::V6,
    mac::SPEC,
    crypto_wallet::SPEC,
    hashes::SPEC,
];
