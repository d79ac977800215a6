//! Keys whose values profiles hide, and what they look for with patterns. A word that stands in others needs an end and
//! a beginning; what is unmistakable is found anywhere, so that `patientFirstName` is.

/// A pattern of words that are found at both ends of a key, between signs, and at the humps of camelCase; `$small` are
/// they in lower case, `$hump` as they stand behind a hump.
macro_rules! words {
    ($small:literal, $hump:literal) => {
        concat!(
            "(?i:^|[^a-z])(?i:",
            $small,
            ")(?i:$|[^a-z])|[a-z0-9](?:",
            $hump,
            ")(?:$|[^a-z])|(?:^|[^A-Za-z])(?:",
            $small,
            ")[A-Z]"
        )
    };
}

/// Sensitive authentication data that no key of the defaults names (PCI DSS 4.0.1, requirement 3.3).
pub const PCI: &[(&str, &str)] = &[
    (
        "verification values (`cav2`, `card.security_code`)",
        concat!(
            words!("ca[vd]2?|cvn2?|cvd2?", "C(?:a[vd]|vn|vd|AV|AD|VN|VD)2?"),
            "|(?i:card[._-]?(verification|security|validation))",
        ),
    ),
    ("PIN blocks (`pin_block`)", r"(?i)pin[._-]?block"),
    (
        "tracks and chips (`track2`, `magstripe`, `emv.data`)",
        concat!(
            "(?i:(^|[^a-z])track[._-]?([123]|data))|[a-z0-9]Track[._-]?([123]|[Dd]ata)",
            "|(?i:mag(netic)?[._-]?stripe|(emv|icc)[._-]?data)",
        ),
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
    concat!(
        "(?i)(first|last|middle|maiden|given|family|full|sur|patient|customer|subscriber|insured)[._-]?name",
        "|(^|[^a-z])name[._-](first|last|middle|maiden|given|family|full)$",
    ),
);
const ADDRESSES: (&str, &str) = (
    "places (`street`, `home_address`, `postal_code`, `geo.location.lat`)",
    concat!(
        "(?i:street|(home|postal|mailing|billing|shipping|delivery|patient|customer|person|member)[._-]?address)",
        "|(?i:^address(es)?$|address[._-]?line|(post(al)?|zip)[._-]?code|geo[._]locality)|",
        words!(
            "zip|city|county|lat|lon|latitude|longitude",
            "Zip|City|County|Lat|Lon|Latitude|Longitude|ZIP"
        ),
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
            words!(
                "mrn|mbi|hicn|member[._-]?(?:id|no|number)",
                "Mrn|MRN|Mbi|MBI|Hicn|HICN|Member(?:Id|ID|No|Number)"
            ),
            "|(?i:medical[._-]?record|(patient|health[._-]?plan|beneficiary|insured|insurance|subscriber|medicare|medicaid)",
            "[._-]?(id|no|number)($|[^a-z]))",
        ),
    ),
    (
        "accounts, certificates, licences (`account_number`, `license_plate`)",
        r"(?i)(account|certificate|licen[cs]e)[._-]?(no|number|plate)($|[^a-z])",
    ),
    (
        "devices (`device.id`, `serial_number`, `imei`)",
        concat!(
            "(?i:device[._-]?(id|identifier|serial)|serial[._-]?(no|number))|",
            words!("imei|meid|udi", "Imei|IMEI|Meid|MEID|Udi|UDI"),
        ),
    ),
    ("fax numbers (`fax`, `homeFax`)", words!("fax(?:[._-]?(?:no|number))?", "Fax(?:No|Number)?")),
    (
        "biometrics and photographs (`voiceprint`, `patient.photo`)",
        r"(?i)biometric|(voice|palm)[._-]?print|(retina|iris|face|fingerprint)[._-]?(scan|template|image)|(face|facial|patient)[._-]?(photo|picture)",
    ),
];

pub const GDPR: &[(&str, &str)] = &[NAMES, ADDRESSES];
