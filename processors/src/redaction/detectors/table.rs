//! All detectors by name: one line each makes the variant, the switch in the settings with its
//! documentation, the label in metrics, and says whether and how it acts in each profile.

use crate::redaction::action::Action;
use crate::redaction::profile::Profile;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a word of the table stands for: what becomes of a find, nothing where the detector is off.
macro_rules! action {
    (off) => {
        None
    };
    (mask) => {
        Some(Action::Mask)
    };
    (truncate) => {
        Some(Action::Truncate)
    };
    (keep_last_4) => {
        Some(Action::KeepLast4)
    };
    (pseudonymize) => {
        Some(Action::Pseudonymize)
    };
}

macro_rules! detectors {
    ($($(#[doc = $doc:literal])+ $variant:ident $name:ident: [$($action:ident),+],)+) => {
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

            /// What becomes of its finds in each profile, in the order of [`Profile::ALL`]; nothing where it is off.
            fn in_profiles(self) -> [Option<Action>; Profile::ALL.len()] {
                match self {
                    $(Detector::$variant => [$(action!($action)),+],)+
                }
            }
        }

        /// A switch for each detector; what is not said is as the profile has it.
        #[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
        #[serde(default, deny_unknown_fields)]
        pub struct Detectors {
            $($(#[doc = $doc])+ pub $name: Option<bool>,)+
        }

        impl Detectors {
            /// Whether a detector is switched on or off, if that is said.
            pub fn said(&self, detector: Detector) -> Option<bool> {
                match detector {
                    $(Detector::$variant => self.$name,)+
                }
            }
        }
    };
}

impl Detector {
    /// What becomes of its finds in a profile; nothing where it is off.
    pub fn in_profile(self, profile: Profile) -> Option<Action> {
        self.in_profiles().get(profile as usize).copied().flatten()
    }
}

detectors! {
    //                                      default strict   pci         hipaa gdpr
    /// The whole value of keys that name a secret, in attributes and nested maps: `password`, `accessToken`, `authorization`.
    SecretKey secret_key:                   [mask, mask,     mask,        mask, mask],
    /// Private keys in PEM or OpenPGP armour; without an end, everything to the end of the text.
    PrivateKey private_key:                 [mask, mask,     mask,        mask, mask],
    /// JSON Web Tokens whose header decodes to an object with `alg` or `typ`, signed or encrypted.
    Jwt jwt:                                [mask, mask,     mask,        mask, mask],
    /// Credentials behind `Bearer` and `Basic`.
    Authorization authorization:            [mask, mask,     mask,        mask, mask],
    /// AWS access keys, and the secret beside one; not those of the documentation (`AKIA…EXAMPLE`).
    AwsKey aws_key:                         [mask, mask,     mask,        mask, mask],
    /// GitHub's tokens (`ghp_…`, `github_pat_…`) with a valid checksum.
    Github github:                          [mask, mask,     mask,        mask, mask],
    /// GitLab's tokens: `glpat-…`, `gldt-…`, `glrt-…` and others.
    Gitlab gitlab:                          [mask, mask,     mask,        mask, mask],
    /// Slack's tokens (`xoxb-…`, `xapp-…`) and incoming webhooks.
    Slack slack:                            [mask, mask,     mask,        mask, mask],
    /// Stripe's secret and restricted keys of live mode.
    Stripe stripe:                          [mask, mask,     mask,        mask, mask],
    /// Google's API keys: `AIza…`.
    GoogleApiKey google_api_key:            [mask, mask,     mask,        mask, mask],
    /// The private key in a Google Cloud service account's file.
    GcpServiceAccount gcp_service_account:  [mask, mask,     mask,        mask, mask],
    /// Keys of Azure's storage accounts: `AccountKey=…`; signatures of shared access: `sig=…`.
    AzureStorageKey azure_storage_key:      [mask, mask,     mask,        mask, mask],
    /// npm's tokens with a valid checksum.
    Npm npm:                                [mask, mask,     mask,        mask, mask],
    /// Tokens of the Python Package Index.
    Pypi pypi:                              [mask, mask,     mask,        mask, mask],
    /// Twilio's API keys and account ids: `SK…`, `AC…`.
    Twilio twilio:                          [mask, mask,     mask,        mask, mask],
    /// SendGrid's API keys: `SG.….…`.
    Sendgrid sendgrid:                      [mask, mask,     mask,        mask, mask],
    /// OpenAI's API keys, by the mark in their middle.
    Openai openai:                          [mask, mask,     mask,        mask, mask],
    /// Anthropic's API keys: `sk-ant-…`.
    Anthropic anthropic:                    [mask, mask,     mask,        mask, mask],
    /// Tokens of HashiCorp Vault: `hvs.…`, `hvb.…`, `hvr.…`.
    Vault vault:                            [mask, mask,     mask,        mask, mask],
    /// Tokens of Telegram's bots: `123456789:AA…`.
    Telegram telegram:                      [mask, mask,     mask,        mask, mask],
    /// Tokens of Discord's bots, and its webhooks.
    Discord discord:                        [mask, mask,     mask,        mask, mask],
    /// Passwords in URLs: `scheme://user:password@host`, and before `@tcp(`.
    UrlPassword url_password:               [mask, mask,     mask,        mask, mask],
    /// Secrets that a text gives a name: `password=…`, `"api_key": "…"`, `Cookie: …`.
    Assignment assignment:                  [mask, mask,     mask,        mask, mask],
    /// Secrets that commands take without a name: `sshpass -p …`, `mysql -p…`, `curl -u maria:…`.
    CommandLine command_line:               [mask, mask,     mask,        mask, mask],
    /// E-mail addresses, also with letters beyond ASCII and with `%40`.
    Email email:                            [mask, mask,     mask,        mask, pseudonymize],
    /// Payment card numbers: an issuer's prefix, that issuer's length, a valid check digit; whole or in groups, of twelve digits behind a word.
    PaymentCard payment_card:               [mask, mask,     keep_last_4, mask, mask],
    /// International bank account numbers of a country's length with valid check digits.
    Iban iban:                              [mask, mask,     mask,        mask, mask],
    /// Social security numbers of the United States: `ddd-dd-dddd`, otherwise behind a word that says so.
    UsSsn us_ssn:                           [mask, mask,     mask,        mask, mask],
    /// Taxpayer numbers of the United States for those without a social security number, behind a word.
    UsItin us_itin:                         [off,  mask,     off,         mask, off],
    /// National Insurance numbers of the United Kingdom.
    UkNino uk_nino:                         [off,  mask,     off,         off,  mask],
    /// Numbers of the National Health Service, behind a word.
    UkNhs uk_nhs:                           [off,  mask,     off,         off,  mask],
    /// Spanish identity numbers (DNI, NIF).
    EsNif es_nif:                           [off,  mask,     off,         off,  mask],
    /// Spanish numbers of foreigners.
    EsNie es_nie:                           [off,  mask,     off,         off,  mask],
    /// Italian fiscal codes.
    ItFiscalCode it_fiscal_code:            [off,  mask,     off,         off,  mask],
    /// Polish PESEL numbers, behind a word.
    PlPesel pl_pesel:                       [off,  mask,     off,         off,  mask],
    /// Finnish personal identity codes.
    FiHetu fi_hetu:                         [off,  mask,     off,         off,  mask],
    /// Swedish personal identity numbers, behind a word.
    SePersonnummer se_personnummer:         [off,  mask,     off,         off,  mask],
    /// German tax identification numbers, behind a word.
    DeTaxId de_tax_id:                      [off,  mask,     off,         off,  mask],
    /// French social security numbers.
    FrNir fr_nir:                           [off,  mask,     off,         off,  mask],
    /// Dutch citizen service numbers, behind a word.
    NlBsn nl_bsn:                           [off,  mask,     off,         off,  mask],
    /// Indian Aadhaar numbers, behind a word.
    InAadhaar in_aadhaar:                   [off,  mask,     off,         off,  off],
    /// Australian tax file numbers, behind a word.
    AuTfn au_tfn:                           [off,  mask,     off,         off,  off],
    /// Australian business numbers, behind a word.
    AuAbn au_abn:                           [off,  mask,     off,         off,  off],
    /// Australian Medicare card numbers, behind a word.
    AuMedicare au_medicare:                 [off,  mask,     off,         off,  off],
    /// Singapore's NRIC and FIN.
    SgNric sg_nric:                         [off,  mask,     off,         off,  off],
    /// Resident registration numbers of South Korea.
    KrRrn kr_rrn:                           [off,  mask,     off,         off,  off],
    /// Brazilian numbers of persons, as they are printed, otherwise behind a word.
    BrCpf br_cpf:                           [off,  mask,     off,         off,  off],
    /// Brazilian numbers of firms, as they are printed, otherwise behind a word.
    BrCnpj br_cnpj:                         [off,  mask,     off,         off,  off],
    /// Canadian social insurance numbers, behind a word.
    CaSin ca_sin:                           [off,  mask,     off,         off,  off],
    /// South African identity numbers, behind a word.
    ZaId za_id:                             [off,  mask,     off,         off,  off],
    /// Thai identity numbers, behind a word.
    ThTnin th_tnin:                         [off,  mask,     off,         off,  off],
    /// Turkish identity numbers, behind a word.
    TrId tr_id:                             [off,  mask,     off,         off,  off],
    /// Telephone numbers with a plus and a country's code, others behind a word.
    Phone phone:                            [off,  mask,     off,         mask, pseudonymize],
    /// IPv4 addresses. Audit usually needs them.
    Ipv4 ipv4:                              [off,  truncate, off,         mask, truncate],
    /// IPv6 addresses. Audit usually needs them.
    Ipv6 ipv6:                              [off,  truncate, off,         mask, truncate],
    /// Hardware addresses.
    Mac mac:                                [off,  mask,     off,         mask, mask],
    /// Bitcoin addresses with a valid checksum.
    CryptoWallet crypto_wallet:             [off,  mask,     off,         off,  mask],
    /// Numbers of passports, behind a word.
    Passport passport:                      [off,  mask,     off,         mask, mask],
    /// Numbers of driving licences, behind a word.
    DriverLicense driver_license:           [off,  mask,     off,         mask, mask],
    /// Dates of birth, behind a word.
    DateOfBirth date_of_birth:              [off,  mask,     off,         mask, mask],
    /// Vehicle identification numbers with a valid check digit.
    Vin vin:                                [off,  mask,     off,         mask, mask],
    /// What weir's own actions `hash` and `pseudonymize` left: `h1:…` and `p1:…`. For an exporter that is not to join events by them.
    Hashes hashes:                          [off,  off,      off,         off,  off],
}
