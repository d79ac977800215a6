"""Personal data: what is recognised by its form, by its check digits, or by the words around it."""

import devices
import documents
import personal
from national import NUMBERS
from source import Detector, Source, named, token
from templates import LABELLED, SHARED

PERSONAL = [
    token(
        "email",
        personal.email,
        [
            ("body", "", None, "mailto:{{S}}"),
            ("body", "", None, "From: Kim <{{S}}>"),
            ("attribute", "", "user.email", "{{S}}"),
            ("body", "", None, "550 5.1.1 <{{S}}>: Recipient address rejected"),
            ("body", "", None, "宛先は{{S}}です"),
            ("json", "json", None, '{"to":["{{S}}","{{S2}}"],"cc":[]}'),
        ],
        personal.not_email,
    ),
    token(
        "payment_card",
        personal.payment_card,
        [
            ("body", "", None, "card {{S}} exp 11/29 declined"),
            ("body", "", None, "PAN={{S}}"),
            ("json", "json", None, '{"pan":"{{S}}","amount":{{n}}}'),
            ("json", "json", None, '{"charge":{"source":"{{S}}"},"cur":"EUR"}'),
            ("body", "", None, "Kreditkarte {{S}} belastet"),
            ("body", "", None, "auth {{S}}|11|2029|approved"),
        ],
        personal.not_card,
    ),
    token(
        "iban",
        personal.iban,
        [
            ("body", "", None, "IBAN: {{S}}"),
            ("body", "", None, "SEPA transfer from {{S}} to {{S2}}"),
            ("json", "json", None, '{"debtor":{"iban":"{{S}}"}}'),
            ("attribute", "", "payment.iban", "{{S}}"),
            ("body", "", None, "Kontoverbindung {{S}}, BIC folgt"),
            ("xml", "line", None, "<IBAN>{{S}}</IBAN>"),
        ],
        personal.not_iban,
    ),
    Detector(
        "us_ssn",
        True,
        [
            Source(personal.us_ssn, SHARED),
            Source(
                personal.us_ssn_named,
                LABELLED,
                ("SSN", "ssn", "social security number"),
                ("ssn", "customer_ssn", "social_security_number"),
            ),
        ],
        [Source(personal.not_ssn, SHARED)],
    ),
    named(
        "phone",
        personal.phone,
        personal.not_phone,
        ("phone", "Telefon", "mobile", "tél.", "tel"),
        ("phone", "phone_number", "mobile", "contact_phone"),
        said=personal.phone_named,
        near_templates=SHARED,
    ),
    token("ipv4", devices.ipv4, [], devices.not_ipv4, on=False),
    token("ipv6", devices.ipv6, [], devices.not_ipv6, on=False),
    token("mac", devices.mac, [], devices.not_mac, on=False),
    token(
        "crypto_wallet",
        devices.crypto_wallet,
        [
            ("body", "", None, "sent 0.5 BTC to {{S}}"),
            ("body", "", None, "bitcoin:{{S}}?amount=0.1"),
            ("body", "", None, "payout wallet={{S}}"),
        ],
        devices.not_wallet,
        on=False,
    ),
    named(
        "passport",
        None,
        lambda rng: rng.choice(["expired", "renewed", "required", "not readable", "checked twice"]),
        ("passport number", "passport no.", "Reisepassnummer", "numéro de passeport"),
        ("passport_number", "passportNo", "passport.number"),
        said=documents.passport,
    ),
    named(
        "driver_license",
        None,
        lambda rng: rng.choice(["expired", "valid until 2031", "required", "class B", "suspended"]),
        ("driver's license", "driving licence no.", "Führerscheinnummer", "driver license number"),
        ("driver_license", "driving_licence_number", "dl_number"),
        said=documents.driver_license,
    ),
    named(
        "date_of_birth",
        None,
        documents.date_of_birth,
        ("date of birth", "DOB", "geboren am", "né le", "birthdate"),
        ("date_of_birth", "dob", "birthDate"),
        said=documents.date_of_birth,
        near_labels=("expiry date", "hired on", "valid from", "released on"),
        near_keys=("expires_on", "hired_on", "release_date"),
    ),
    token(
        "vin",
        documents.vin,
        [
            ("body", "", None, "VIN {{S}} registered"),
            ("json", "json", None, '{"vehicle":{"vin":"{{S}}"}}'),
            ("body", "", None, "Fahrgestellnummer: {{S}}"),
        ],
        documents.not_vin,
        on=False,
    ),
]

NATIONAL = [named(n.name, n.value if n.bare else None, n.near, n.labels, n.keys, said=n.value) for n in NUMBERS]
