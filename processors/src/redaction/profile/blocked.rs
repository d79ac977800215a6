//! Keys whose values profiles hide, and what they look for with patterns. A word that stands in others needs an end and
//! a beginning; what is unmistakable is found anywhere, so that `patientFirstName` is.

/// Sensitive authentication data that no key of the defaults names (PCI DSS 4.0.1, requirement 3.3).
pub const PCI: &[(&str, &str)] = &[
    (
        "verification values (`cav2`, `card.security_code`)",
        r"(?i)(^|[^a-z])(ca[vd]2?|cvn2?|cvd2?)($|[^a-z0-9])|card[._-]?(verification|security|validation)",
    ),
    ("PIN blocks (`pin_block`)", r"(?i)pin[._-]?block"),
    (
        "tracks and chips (`track2`, `magstripe`, `emv.data`)",
        r"(?i)(^|[^a-z])track[._-]?([123]|data)|mag(netic)?[._-]?stripe|(emv|icc)[._-]?data",
    ),
];

/// The magnetic stripe as readers give it, ISO/IEC 7813: a number, on the first track a name, expiry and service code.
pub const TRACKS: &[(&str, &str)] = &[(
    "card_track",
    concat!(
        r"%?[Bb][0-9]{12,19}\^[^^\r\n]{2,26}\^[0-9]{2}(?:0[1-9]|1[0-2])[0-9]{3}[A-Za-z0-9.-]{0,40}\??",
        r"|;?[0-9]{12,19}[=D][0-9]{2}(?:0[1-9]|1[0-2])[0-9]{3}[0-9]{0,24}\??",
    ),
)];

const NAMES: (&str, &str) = (
    "names (`first_name`, `patient.name`, `surname`)",
    r"(?i)(first|last|middle|maiden|given|family|full|sur|patient|customer|subscriber|insured)[._-]?name",
);
const ADDRESSES: (&str, &str) = (
    "places (`street`, `home_address`, `postal_code`, `geo.location.lat`)",
    concat!(
        r"(?i)street|(home|postal|mailing|billing|shipping|delivery)[._-]?address|address[._-]?line|(post(al)?|zip)[._-]?code",
        r"|(^|[^a-z])(zip|city|county|lat|lon|latitude|longitude)($|[^a-z])|geo[._]locality",
    ),
);

/// What keys tell of the identifiers of 45 CFR 164.514(b)(2)(i); detectors tell the others.
pub const HIPAA: &[(&str, &str)] = &[
    NAMES,
    ADDRESSES,
    (
        "dates (`admission_date`, `date_of_death`)",
        r"(?i)(admission|admit|discharge|death|service|birth)[._-]?(date|day)|date[._-]?of[._-]?(birth|death|admission|discharge|service)",
    ),
    (
        "medical records and health plans (`mrn`, `beneficiary_id`)",
        concat!(
            r"(?i)(^|[^a-z])(mrn|mbi|hicn)($|[^a-z])|medical[._-]?record",
            r"|(patient|health[._-]?plan|beneficiary|insured|insurance|subscriber|medicare|medicaid)[._-]?(id|no|number)($|[^a-z])",
        ),
    ),
    (
        "accounts, certificates, licences (`account_number`, `license_plate`)",
        r"(?i)(account|certificate|licen[cs]e)[._-]?(no|number|plate)($|[^a-z])",
    ),
    (
        "devices (`device.id`, `serial_number`, `imei`)",
        r"(?i)device[._-]?(id|identifier|serial)|serial[._-]?(no|number)|(^|[^a-z])(imei|meid|udi)($|[^a-z])",
    ),
    (
        "biometrics and photographs (`voiceprint`, `patient.photo`)",
        r"(?i)biometric|(voice|palm)[._-]?print|(retina|iris|face|fingerprint)[._-]?(scan|template|image)|(face|facial|patient)[._-]?(photo|picture)",
    ),
];

pub const GDPR: &[(&str, &str)] = &[NAMES, ADDRESSES];
