"""Secrets that are recognised by the name in front of them, or by the key they have."""

import draws
import tokens
from source import Detector, Source
from templates import numbered

ASSIGNED = [
    "password",
    "passwd",
    "db_password",
    "client_secret",
    "api_key",
    "apiKey",
    "access_token",
    "secret",
    "refreshToken",
    "auth_token",
    "DB_PASSWORD",
    "private_token",
    "secret_key",
    "passphrase",
    "x-api-key",
    "clientSecret",
    "userPassword",
    "app.secret",
]
ASSIGN = numbered(
    "assignment",
    [
        ("body", "", None, "{{K}}={{S}}"),
        ("body", "", None, "{{ts}} config loaded {{K}}={{S}} user={{user}}"),
        ("body", "", None, "{{K}}: {{S}}"),
        ("body", "", None, '{{K}} = "{{S}}"'),
        ("body", "", None, "connect host={{host}} user={{user}} {{K}}={{S}} port={{port}}"),
        ("body", "", None, "mysqld started with --{{K}}={{S}} --port={{port}}"),
        ("json", "json", None, '{"user":"{{user}}","{{K}}":"{{S}}","n":{{n}}}'),
        ("json", "json", None, '{ "login" : { "{{K}}" : "{{S}}" } }'),
        ("json", "json_in_json", None, '{"log":"{\\"{{K}}\\":\\"{{S}}\\",\\"ok\\":true}"}'),
        ("url", "url", None, "GET /login?user={{user}}&{{K}}={{S}} HTTP/1.1"),
        ("url", "url", "url.full", "https://{{fqdn}}/cb?{{K}}={{S}}&state={{n}}"),
        ("form", "form", None, "grant_type=code&{{K}}={{S}}&scope=read"),
        ("form", "form", "event.payload", "{{K}}={{S}}&submit=1"),
        ("logfmt", "line", None, 'level=warn {{K}}="{{S}}" user={{user}}'),
        ("logfmt", "line", None, "level=info msg=set {{K}}={{S}}"),
        ("body", "", None, "Fehler: {{K}}='{{S}}' für {{user}} ungültig"),
        ("body", "", None, "docker run -e {{K}}={{S}} acme/{{service}}:{{version}}"),
        ("body", "", None, "Server=db;User=sa;{{K}}={{S}};Encrypt=true"),
    ],
)
KEYED = numbered(
    "secret_key",
    [
        (place, "", key, "{{S}}")
        for place in ("attribute", "nested")
        for key in (
            "password",
            "db.password",
            "user_password",
            "clientSecret",
            "client_secret",
            "api_key",
            "x-api-key",
            "access_token",
            "accessToken",
            "auth.token",
            "refresh_token",
            "http.request.header.cookie",
            "private_key",
            "secret",
            "otp",
            "cvv",
            "credential",
            "passphrase",
            "session_token",
            "pwd",
        )
    ],
)
PLAIN_KEYS = [
    "author",
    "tokenizer",
    "passenger",
    "password_policy",
    "token_type",
    "token.expires_at",
    "authority",
    "compass",
    "secretary",
    "passport_office",
    "cookie_consent",
    "session.id",
    "password_last_changed",
    "auth.method",
    "tokens_used",
    "keyboard",
    "monkey",
    "pinned",
    "shipping",
    "credential_type",
    "public_key_algorithm",
    "secret_name",
    "api_version",
    "bypass",
    "authentication.type",
]
HARMLESS = ["strict", "enabled", "maria", "bpe", "oauth2", "false", "2026-01-01", "12", "default", "team-blue", "v2"]


def assignable(rng):
    """A password that needs no quotes and is no word that a configuration would hold."""
    return (
        draws.some(rng, draws.ALNUM, rng.choice([10, 14, 20]))
        if rng.random() < 0.5
        else rng.choice(tokens.WORDS).replace("ü", "u") + str(rng.randint(10, 2026)) + rng.choice(["", "!", "*", "$"])
    )


def harmless(rng):
    return rng.choice(HARMLESS)


SECRETS_BY_NAME = [
    Detector(
        "assignment",
        True,
        [Source(assignable, ASSIGN, keys=tuple(ASSIGNED))],
        [Source(harmless, ASSIGN, keys=tuple(PLAIN_KEYS))],
    ),
    Detector(
        "secret_key",
        True,
        [Source(assignable, KEYED)],
        [Source(harmless, numbered("plain_key", [("attribute", "", key, "{{S}}") for key in PLAIN_KEYS]))],
    ),
]
