"""Who says that a value is what the corpus calls it: validators that other people wrote, and forms
where nobody wrote one. Tokens are made without it; python-stdnum is both the
sieve and the judge of the numbers it knows."""

import base64
import ipaddress
import json
import re
import zlib

import base58
import bech32
import phonenumbers
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_ssh_private_key
from detect_secrets.plugins import (
    aws,
    azure_storage_key,
    discord,
    github_token,
    gitlab_token,
    jwt,
    npm,
    openai,
    pypi_token,
    sendgrid,
    slack,
    stripe,
    telegram_token,
    twilio,
)
from stdnum import iban, luhn
from stdnum.us import ssn

from documents import vin_check
from draws import ALNUM, base62
from national import NUMBERS, validator

PLUGINS = {
    "aws_key": aws.AWSKeyDetector(),
    "azure_storage_key": azure_storage_key.AzureStorageKeyDetector(),
    "discord": discord.DiscordBotTokenDetector(),
    "github": github_token.GitHubTokenDetector(),
    "gitlab": gitlab_token.GitLabTokenDetector(),
    "jwt": jwt.JwtTokenDetector(),
    "npm": npm.NpmDetector(),
    "openai": openai.OpenAIDetector(),
    "pypi": pypi_token.PypiTokenDetector(),
    "sendgrid": sendgrid.SendGridDetector(),
    "slack": slack.SlackDetector(),
    "stripe": stripe.StripeDetector(),
    "telegram": telegram_token.TelegramBotTokenDetector(),
    "twilio": twilio.TwilioKeyDetector(),
}
# Forms that detect-secrets does not know, or knows only in part.
FORMS = {
    "aws_key": r"(AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}|[A-Za-z0-9/+]{40}",
    "github": r"github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}",
    "gitlab": r"gl(pat|dt|rt|ft|soat)-[\w-]{20}|glptt-[0-9a-f]{40}",
    "slack": r"xapp-1-A\w{10}-\d{13}-[0-9a-f]{64}|T\w{10}/B\w{10}/\w{24}|xox[bp]-[\d-]+-\w{24,32}",
    "stripe": r"[sr]k_live_[A-Za-z0-9]{24,99}",
    "google_api_key": r"AIza[\w-]{35}",
    "azure_storage_key": r"[A-Za-z0-9+/]{86}==",
    "openai": r"sk-(proj-|svcacct-)?[\w-]+T3BlbkFJ[\w-]+",
    "anthropic": r"sk-ant-(api03|admin01)-[\w-]{93}AA",
    "vault": r"hv[sbr]\.[\w-]{24,}",
    "telegram": r"\d{8,10}:AA[\w-]{33}",
    "discord": r"[MNO][\w-]{23,25}\.\w{6}\.[\w-]{38}|\w{68}",
    "pypi": r"pypi-AgEIcHlwaS5vcmc[\w-]{50,}",
    "email": r"[^\s@<>\"]+@([\w-]+\.)+[^\W\d_]{2,}",
    "mac": r"([0-9a-f]{2}[:-]){5}[0-9a-f]{2}|([0-9a-f]{4}\.){2}[0-9a-f]{4}",
    "passport": r"[A-Z0-9]{8,9}",
    "driver_license": r"[A-Z0-9]{8,16}",
    "date_of_birth": r"[\d./-]{8,10}|\d{1,2} [A-Z][a-z]{2} \d{4}|[A-Z][a-z]{2} \d{1,2}, \d{4}",
    "assignment": r"\S{5,}",
    "command_line": r"\S{5,}",
    "secret_key": r"\S{5,}",
    "url_password": r"[^\s@/]{5,}",
}
# First digits and lengths of the networks whose cards the corpus has.
ISSUED = re.compile(
    r"4(\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3[0689]\d{12}|35\d{14}|6[0257]\d{14}"
)


def digits(text):
    return "".join(sign for sign in text if sign.isdigit())


def _private_key(body):
    raw = base64.b64decode("".join(line for line in body.split() if not line.startswith("=")))
    for label, load in (
        ("PRIVATE", load_pem_private_key),
        ("RSA PRIVATE", load_pem_private_key),
        ("EC PRIVATE", load_pem_private_key),
        ("OPENSSH PRIVATE", load_ssh_private_key),
    ):
        try:
            return bool(
                load(f"-----BEGIN {label} KEY-----\n{body.strip()}\n-----END {label} KEY-----\n".encode(), None)
            )
        except ValueError:
            continue
    return raw[0] == 0x95  # A secret key packet of OpenPGP, old format.


def _jwt(text):
    header, claims, signature = text.split(".")
    decoded = [json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in (header, claims)]
    return "alg" in decoded[0] and "iss" in decoded[1] and bool(signature)


def _authorization(text):
    try:
        return b":" in base64.b64decode(text, validate=True) or len(text) >= 20
    except ValueError:
        return len(text) >= 20


def _counted(text):
    return base62(zlib.crc32(text[-36:-6].encode())) == text[-6:] and all(sign in ALNUM for sign in text[-36:])


def _wallet(text):
    if text.startswith("bc1"):
        return bech32.decode("bc", text)[0] is not None
    try:
        return base58.b58decode_check(text)[0] in (0, 5)
    except ValueError:
        return False


def _phone(text):
    number = digits(text)
    regions = (
        [None]
        if text.startswith("+")
        else ["DE", "US", "GB", "FR", "ES", "IT", "NL", "CH", "AT", "JP", "IN", "BR", "AU", "SE", "PL"]
    )
    return 7 <= len(number) <= 15 and any(
        phonenumbers.is_valid_number(phonenumbers.parse(text, region)) for region in regions
    )


def _address(version):
    def valid(text):
        try:
            return ipaddress.ip_address(text).version == version
        except ValueError:
            return False

    return valid


RULES = {
    "private_key": _private_key,
    "gcp_service_account": _private_key,
    "jwt": _jwt,
    "authorization": _authorization,
    "npm": _counted,
    "payment_card": lambda text: luhn.is_valid(digits(text)) and bool(ISSUED.fullmatch(digits(text))),
    "iban": lambda text: iban.is_valid(text),
    "us_ssn": lambda text: ssn.is_valid(digits(text)),
    "phone": _phone,
    "ipv4": _address(4),
    "ipv6": _address(6),
    "crypto_wallet": _wallet,
    "vin": lambda text: len(text) == 17 and vin_check(text) == text[8],
    "sendgrid": lambda text: any(PLUGINS["sendgrid"].analyze_string(text)),
    "twilio": lambda text: any(PLUGINS["twilio"].analyze_string(text)),
    **{
        number.name: lambda text, valid=validator(number.oracle): valid(text) or valid(re.sub(r"[ .-]", "", text))
        for number in NUMBERS
    },
}


def valid(detector, text):
    """Whether the oracle of a detector takes a value for what it is said to be."""
    if detector == "github" and not text.startswith("github_pat_"):
        return _counted(text) and any(PLUGINS["github"].analyze_string(text))
    if detector in RULES:
        return RULES[detector](text)
    return re.fullmatch(FORMS[detector], text, re.I if detector == "mac" else 0) is not None


# --- scanning whole texts -----------------------------------------------------------------------

CARD = re.compile(r"(?<![\w.+-])(?:\d{13,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ -])\d{6}\2\d{4,5})(?![\w-]|\.\d)")
ACCOUNT = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]{1,4}){3,8}(?![A-Za-z0-9])")
SOCIAL = re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])")
MAIL = re.compile(r"[\w.+'%-]+(?:@|%40)(?:[\w-]+\.)+[^\W\d_]{2,}(?![\w-])")
# Names of units of systemd and of files have the form of an address and are none.
NO_TOP_LEVEL = re.compile(r"\.(service|scope|socket|timer|target|mount|slice|png|jpg)$")
URL_PASSWORD = re.compile(r"\w+://[^\s/:@\"']*:[^\s/@\"']+@")
BASIC = re.compile(r"\b(?:bearer|basic)\s+([\w.~+/-]{20,}=*)", re.I)


def scan(text):
    """The detectors of the default set, of which something valid stands in a text."""
    found = [name for name, plugin in PLUGINS.items() if any(plugin.analyze_string(text))]
    found += [
        "payment_card"
        for hit in CARD.finditer(text)
        if RULES["payment_card"](hit.group()) and len(set(digits(hit.group()))) > 1
    ]
    found += ["iban" for hit in ACCOUNT.finditer(text) if iban.is_valid(hit.group())]
    found += ["us_ssn" for hit in SOCIAL.finditer(text) if ssn.is_valid(digits(hit.group()))]
    found += ["email" for hit in MAIL.finditer(text) if not NO_TOP_LEVEL.search(hit.group())]
    found += ["url_password" for _ in URL_PASSWORD.finditer(text)]
    found += ["authorization" for _ in BASIC.finditer(text)]
    found += ["private_key" for _ in re.finditer(r"-----BEGIN [A-Z ]*PRIVATE KEY", text)]
    found += ["google_api_key" for _ in re.finditer(r"\bAIza[\w-]{35}\b", text)]
    found += ["anthropic" for _ in re.finditer(r"\bsk-ant-\w+-[\w-]{93}AA\b", text)]
    found += ["vault" for _ in re.finditer(r"\bhv[sbr]\.[\w-]{24,}", text)]
    return found
