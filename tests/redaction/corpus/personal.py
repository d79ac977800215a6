"""Personal data of every country: e-mail addresses, cards, accounts, telephones; and what looks like them and is
none."""

import unicodedata

import phonenumbers
from schwifty import IBAN
from stdnum import iban as stdnum_iban
from stdnum import luhn

import fields
from draws import DIGITS, HEX, UPPER, digits, grouped, some, wrong_last

DOMAINS = [
    "acme.example",
    "example.org",
    "northwind-traders.com",
    "muenchner-audit.de",
    "initech.co.uk",
    "globex.io",
    "umbrella.museum",
    "mail.contoso.fr",
    "hooli.dev",
    "kanzlei-weiss.at",
    "stark.co.jp",
    "vehement.capital",
    "wayne.enterprises",
    "xn--mller-kva.de",
    "müller-bau.de",
    "a1-logistik.pl",
    "sub.dept.university.edu",
    "oscorp.info",
]


def email(rng):
    given, family = rng.choice(fields.names())
    fold = lambda name: "".join(c for c in unicodedata.normalize("NFKD", name.lower()) if c.isascii() and c.isalpha())
    given, family = fold(given) or "kim", fold(family) or "lee"
    local = rng.choice(
        [
            f"{given}.{family}",
            f"{given[0]}{family}",
            f"{given}_{family}",
            f"{family}{rng.randint(1, 99)}",
            f"{given}-{family}",
            f"{given}.{family}+audit",
            f"{given}{rng.randint(1960, 2005)}",
            f"{given[0]}.{family}",
            given,
            f"{given.title()}.{family.title()}",
            f"o'{family}",
            "jürgen." + family,
            "info",
            "no-reply",
        ]
    )
    domain = rng.choice(DOMAINS)
    return f"{local}@{domain.upper() if rng.random() < 0.04 else domain}"


def not_email(rng):
    version = f"{rng.randint(0, 20)}.{rng.randint(0, 30)}.{rng.randint(0, 9)}"
    return rng.choice(
        [
            f"lodash@{version}",
            f"@types/node@{version}",
            f"react@{version}-beta.{rng.randint(1, 5)}",
            f"@acme/audit@^{version}",
            f"user@{rng.randint(1000, 1009)}.service",
            "getty@tty1.service",
            f"session-{rng.randint(1, 999)}.scope",
            "systemd-cryptsetup@data.service",
            f"ledger@sha256:{some(rng, HEX, 64)}",
            f"java.lang.Object@{some(rng, HEX, 7)}",
            f"deploy@{fields.Fields(rng).host()}",
            "@audit",
            "a @ b.c",
            f"postgres@{rng.randint(10, 17)}-main",
            "actions/checkout@v4",
            "@Override",
            f"cpu@{rng.randint(1, 4)}.{rng.randint(1, 9)}GHz",
            f"image@{rng.randint(1, 4)}x.png",
            "maria@",
            "@example.org",
            "meet @ 10.30",
            f"user@{rng.randint(10, 99)}",
            "SYSTEM@LOCALHOST",
        ]
    )


ISSUERS = [
    ("4", 16),
    ("4", 16),
    ("4", 16),
    ("4", 19),
    ("51", 16),
    ("55", 16),
    ("53", 16),
    ("2221", 16),
    ("2720", 16),
    ("34", 15),
    ("37", 15),
    ("6011", 16),
    ("65", 16),
    ("3530", 16),
    ("3589", 16),
    ("36", 14),
    ("305", 14),
    ("6200", 16),
    ("6759", 16),
    ("2202", 16),
    ("4", 13),
]


def card_number(rng):
    while True:
        prefix, length = rng.choice(ISSUERS)
        body = prefix + "".join(rng.choice(DIGITS) for _ in range(length - len(prefix) - 1))
        number = body + luhn.calc_check_digit(body)
        if len(set(number)) > 3:
            return number


def card_layout(number):
    return {15: (4, 6, 5), 14: (4, 6, 4)}.get(len(number), (4, 4, 4, 4))


def payment_card(rng):
    number = card_number(rng)
    joint = rng.choice(["", "", " ", "-"])
    return number if len(number) == 13 else grouped(number, card_layout(number), joint)


def luhn_fails(text):
    return not luhn.is_valid("".join(c for c in text if c.isdigit()))


def not_card(rng):
    """Wrong check digits, lengths that no issuer has, parts of something longer, times, ids."""
    now = fields.Fields(rng)
    number = card_number(rng)
    kind = rng.randrange(12)
    if kind < 3:
        wrong = wrong_last(number, rng)
        return wrong if len(wrong) == 13 else grouped(wrong, card_layout(wrong), rng.choice(["", " ", "-"]))
    if kind == 3:
        return digits(rng, 26) + number
    if kind == 4:
        return number + digits(rng, 12)
    if kind == 5:
        head = some(rng, HEX, 7) + "f"
        return f"{head}-{number[:4]}-{number[4:8]}-{number[8:12]}-{number[12:].ljust(12, '0')[:12]}"
    if kind == 6:
        return rng.choice([now.epoch_ns(), now.epoch_us(), now.epoch_ms()])
    if kind == 7:
        return "a" + number + "f" + some(rng, HEX, 32 - 2 - len(number)) if len(number) < 30 else now.trace()
    if kind == 8:
        return "0" + digits(rng, 15)
    if kind == 9:
        return rng.choice(["4", "5", "2"]) * 16 if rng.random() < 0.5 else "0000-0000-0000-0000"
    if kind == 10:
        return f"{digits(rng, 3)}.{number}"
    return f"{rng.choice('79')}{digits(rng, 15)}"


IBAN_COUNTRIES = [
    "DE",
    "DE",
    "FR",
    "GB",
    "ES",
    "IT",
    "NL",
    "CH",
    "AT",
    "BE",
    "PL",
    "SE",
    "NO",
    "FI",
    "PT",
    "IE",
    "LU",
    "CZ",
    "DK",
    "GR",
    "MT",
    "TR",
    "SA",
    "AE",
]


def iban_number(rng):
    country = rng.choice(IBAN_COUNTRIES)
    while True:
        number = str(IBAN.random(country, random=rng))
        # Two libraries have to agree on the country's own structure.
        if stdnum_iban.is_valid(number):
            return number


def iban(rng):
    number = iban_number(rng)
    style = rng.random()
    if style < 0.5:
        return number
    if style < 0.85:
        return grouped(number, (4,) * 8, " ")
    return grouped(number, (4,) * 8, "-") if style < 0.92 else number.lower()


def not_iban(rng):
    number = iban_number(rng)
    kind = rng.randrange(7)
    if kind == 0:
        wrong = number[:2] + f"{(int(number[2:4]) + rng.randint(1, 90)) % 97 + 2:02}" + number[4:]
        return wrong if wrong != number else not_iban(rng)
    if kind == 1:
        return grouped(wrong_last(number, rng), (4,) * 8, " ")
    if kind == 2:
        return "ZZ" + number[2:]
    if kind == 3:
        return number[:-2]
    if kind == 4:
        return "X" + number[:12] + "Q" + number[12:]
    if kind == 5:
        return rng.choice(["SKU", "REF", "BATCH"]) + digits(rng, 2) + some(rng, UPPER + DIGITS, 12)
    return some(rng, UPPER, 2) + "00" + digits(rng, 14)


def us_ssn(rng):
    while True:
        area, group, serial = rng.randint(1, 899), rng.randint(1, 99), rng.randint(1, 9999)
        if area != 666:
            return f"{area:03}-{group:02}-{serial:04}"


def us_ssn_named(rng):
    return us_ssn(rng).replace("-", rng.choice(["-", " ", ""]))


def not_ssn(rng):
    area, group, serial = us_ssn(rng).split("-")
    return rng.choice(
        [
            f"000-{group}-{serial}",
            f"666-{group}-{serial}",
            f"9{area[1:]}-{group}-{serial}",
            f"{area}-00-{serial}",
            f"{area}-{group}-0000",
            f"{area}-{group}-{serial}-{digits(rng, 3)}",
            f"{area}-{group}{serial[0]}-{serial}",
            f"{digits(rng, 2)}-{area}-{group}-{serial}",
            f"{area}{group}{serial}7",
            f"{area}-{group}-{serial}{digits(rng, 2)}",
            f"A{area}-{group}-{serial}",
            f"{area} {group} {serial}",
            f"{area}.{group}.{serial}",
        ]
    )


PHONE_REGIONS = ["DE", "US", "GB", "FR", "ES", "IT", "NL", "CH", "AT", "JP", "IN", "BR", "AU", "SE", "PL"]


def phone_number(rng):
    while True:
        region = rng.choice(PHONE_REGIONS)
        kind = rng.choice([phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE])
        example = phonenumbers.example_number_for_type(region, kind)
        national = phonenumbers.national_significant_number(example)
        keep = len(national) - 5
        number = phonenumbers.parse(national[:keep] + "".join(rng.choice(DIGITS) for _ in range(5)), region)
        if phonenumbers.is_valid_number(number):
            return number, region


def phone(rng):
    number, _ = phone_number(rng)
    form = rng.choice([phonenumbers.PhoneNumberFormat.E164, phonenumbers.PhoneNumberFormat.INTERNATIONAL])
    return phonenumbers.format_number(number, form)


def phone_named(rng):
    number, _ = phone_number(rng)
    return phonenumbers.format_number(number, rng.choice([0, 1, 2]))


def not_phone(rng):
    return rng.choice(
        [
            "+" + digits(rng, rng.choice([3, 4, 18])),
            f"UTC+0{rng.randint(1, 9)}:00",
            f"+{rng.randint(1, 99)}.{rng.randint(1, 9)}%",
            f"v1.2.3+{digits(rng, 8)}",
            f"+{rng.randint(1, 900)} ms",
            f"2026-11-{rng.randint(10, 30)}T10:00:00+01:00",
            digits(rng, 10),
            f"+999{digits(rng, 9)}",
            f"a+{digits(rng, 2)}",
            f"diff +{rng.randint(10, 999)} -{rng.randint(10, 999)}",
            f"{digits(rng, 3)}-{digits(rng, 3)}",
            fields.Fields(rng).epoch_ms(),
        ]
    )
