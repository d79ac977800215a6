//! All detectors by name: one line each makes the variant, the switch in the settings with its
//! documentation and default, and the label in metrics.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! detectors {
    ($($(#[doc = $doc:literal])+ $variant:ident $name:ident: $on:literal,)+) => {
        /// Names a detector: its switch in the settings and its label in metrics.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Detector {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Detector {
            /// Every detector, in the order of their numbers.
            pub const ALL: &[Detector] = &[$(Detector::$variant,)+];

            /// Its name in settings and metrics.
            pub fn name(self) -> &'static str {
                match self {
                    $(Detector::$variant => stringify!($name),)+
                }
            }
        }

        /// A switch for each detector. Secrets and what is told apart with certainty are on; numbers
        /// that audit needs or that one country issues are off.
        #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
        #[serde(default, deny_unknown_fields)]
        pub struct Detectors {
            $($(#[doc = $doc])+ pub $name: bool,)+
        }

        impl Default for Detectors {
            fn default() -> Detectors {
                Detectors { $($name: $on,)+ }
            }
        }

        impl Detectors {
            /// Whether a detector is switched on.
            pub fn on(&self, detector: Detector) -> bool {
                match detector {
                    $(Detector::$variant => self.$name,)+
                }
            }
        }
    };
}

detectors! {
    /// The whole value of keys that name a secret, in attributes and nested maps: `password`, `accessToken`, `authorization`.
    SecretKey secret_key: true,
    /// Private keys in PEM or OpenPGP armour; without an end, everything to the end of the text.
    PrivateKey private_key: true,
    /// JSON Web Tokens whose header decodes to an object with `alg` or `typ`, signed or encrypted.
    Jwt jwt: true,
    /// Credentials behind `Bearer` and `Basic`.
    Authorization authorization: true,
    /// AWS access keys, and the secret beside one; not those of the documentation (`AKIA…EXAMPLE`).
    AwsKey aws_key: true,
    /// GitHub's tokens (`ghp_…`, `github_pat_…`) with a valid checksum.
    Github github: true,
    /// GitLab's tokens: `glpat-…`, `gldt-…`, `glrt-…` and others.
    Gitlab gitlab: true,
    /// Slack's tokens (`xoxb-…`, `xapp-…`) and incoming webhooks.
    Slack slack: true,
    /// Stripe's secret and restricted keys of live mode.
    Stripe stripe: true,
    /// Google's API keys: `AIza…`.
    GoogleApiKey google_api_key: true,
    /// The private key in a Google Cloud service account's file.
    GcpServiceAccount gcp_service_account: true,
    /// Keys of Azure's storage accounts: `AccountKey=…`.
    AzureStorageKey azure_storage_key: true,
    /// npm's tokens with a valid checksum.
    Npm npm: true,
    /// Tokens of the Python Package Index.
    Pypi pypi: true,
    /// Twilio's API keys and account ids: `SK…`, `AC…`.
    Twilio twilio: true,
    /// SendGrid's API keys: `SG.….…`.
    Sendgrid sendgrid: true,
    /// OpenAI's API keys, by the mark in their middle.
    Openai openai: true,
    /// Anthropic's API keys: `sk-ant-…`.
    Anthropic anthropic: true,
    /// Tokens of Telegram's bots: `123456789:AA…`.
    Telegram telegram: true,
    /// Tokens of Discord's bots, and its webhooks.
    Discord discord: true,
    /// Passwords in URLs: `scheme://user:password@host`.
    UrlPassword url_password: true,
    /// Secrets that a text gives a name: `password=…`, `"api_key": "…"`, `Cookie: …`.
    Assignment assignment: true,
    /// E-mail addresses, also with letters beyond ASCII and with `%40`.
    Email email: true,
    /// Payment card numbers: an issuer's prefix, that issuer's length, a valid check digit; whole or in groups.
    PaymentCard payment_card: true,
    /// International bank account numbers of a country's length with valid check digits.
    Iban iban: true,
    /// Social security numbers of the United States: `ddd-dd-dddd`, otherwise behind a word that says so.
    UsSsn us_ssn: true,
    /// Taxpayer numbers of the United States for those without a social security number, behind a word.
    UsItin us_itin: false,
    /// National Insurance numbers of the United Kingdom.
    UkNino uk_nino: false,
    /// Numbers of the National Health Service, behind a word.
    UkNhs uk_nhs: false,
    /// Spanish identity numbers (DNI, NIF).
    EsNif es_nif: false,
    /// Spanish numbers of foreigners.
    EsNie es_nie: false,
    /// Italian fiscal codes.
    ItFiscalCode it_fiscal_code: false,
    /// Polish PESEL numbers, behind a word.
    PlPesel pl_pesel: false,
    /// Finnish personal identity codes.
    FiHetu fi_hetu: false,
    /// Swedish personal identity numbers, behind a word.
    SePersonnummer se_personnummer: false,
    /// German tax identification numbers, behind a word.
    DeTaxId de_tax_id: false,
    /// French social security numbers.
    FrNir fr_nir: false,
    /// Dutch citizen service numbers, behind a word.
    NlBsn nl_bsn: false,
    /// Indian Aadhaar numbers, behind a word.
    InAadhaar in_aadhaar: false,
    /// Australian tax file numbers, behind a word.
    AuTfn au_tfn: false,
    /// Australian business numbers, behind a word.
    AuAbn au_abn: false,
    /// Australian Medicare card numbers, behind a word.
    AuMedicare au_medicare: false,
    /// Singapore's NRIC and FIN.
    SgNric sg_nric: false,
    /// Resident registration numbers of South Korea.
    KrRrn kr_rrn: false,
    /// Brazilian numbers of persons, as they are printed, otherwise behind a word.
    BrCpf br_cpf: false,
    /// Brazilian numbers of firms, as they are printed, otherwise behind a word.
    BrCnpj br_cnpj: false,
    /// Canadian social insurance numbers, behind a word.
    CaSin ca_sin: false,
    /// South African identity numbers, behind a word.
    ZaId za_id: false,
    /// Thai identity numbers, behind a word.
    ThTnin th_tnin: false,
    /// Turkish identity numbers, behind a word.
    TrId tr_id: false,
    /// Telephone numbers with a plus and a country's code, others behind a word.
    Phone phone: false,
    /// IPv4 addresses. Audit usually needs them.
    Ipv4 ipv4: false,
    /// IPv6 addresses. Audit usually needs them.
    Ipv6 ipv6: false,
    /// Hardware addresses.
    Mac mac: false,
    /// Bitcoin addresses with a valid checksum.
    CryptoWallet crypto_wallet: false,
    /// Numbers of passports, behind a word.
    Passport passport: false,
    /// Numbers of driving licences, behind a word.
    DriverLicense driver_license: false,
    /// Dates of birth, behind a word.
    DateOfBirth date_of_birth: false,
    /// Vehicle identification numbers with a valid check digit.
    Vin vin: false,
    /// What weir's own actions `hash` and `pseudonymize` left: `h1:…` and `p1:…`. For an exporter that is not to join events by them.
    Hashes hashes: false,
}
