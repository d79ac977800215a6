"""Secrets that are recognised by their form."""

import draws
import private_keys
import tokens
from sample import Value
from source import Detector, Source, pick, shortened, token
from templates import SHARED, numbered

# A multi-line value needs a place that takes one, a long one none of the crowded places.
BLOCKS = [t for t in SHARED if t.place in ("body", "attribute", "nested", "json", "stacktrace", "logfmt", "form")]

ENV = [
    ("body", "", None, "export {name}={{{{S}}}}"),
    ("logfmt", "line", None, "env {name}={{{{S}}}} exit=0"),
    ("json", "json", None, '{{"env":{{"{name}":"{{{{S}}}}"}}}}'),
]


def env(name):
    return [(place, escape, key, text.format(name=name)) for place, escape, key, text in ENV]


# A call is a text of its own; the crowded places write none.
CALLS = [t for t in SHARED if t.place in ("body", "attribute", "nested", "json", "stacktrace", "logfmt", "xml")]
RECORDS = [
    ("attribute", "", "process.command_line", "{{S}}"),
    ("body", "line", None, "{{syslog}} {{host}} sudo: {{user}} : TTY=pts/0 ; PWD=/root ; USER=root ; COMMAND={{S}}"),
    ("body", "line", None, "{{syslog}} {{host}} CRON[{{pid}}]: (root) CMD ({{S}})"),
    ("json", "json", None, '{"EventID":4688,"CommandLine":"{{S}}","ParentProcessName":"cmd.exe"}'),
    ("json", "json", "event.payload", '{"rule":"Terminal shell in container","output_fields":{"proc.cmdline":"{{S}}"}}'),
    ("logfmt", "line", None, 'ts={{ts}} event=exec cmdline="{{S}}" uid=0'),
]

AWS_OWN = [
    ("body", "line", None, "aws_secret_access_key = {{S}}"),
    ("body", "line", None, "AWS_SECRET_ACCESS_KEY={{S}} aws s3 ls"),
    ("json", "json", None, '{"SecretAccessKey":"{{S}}","Expiration":"{{ts}}"}'),
    ("attribute", "", "aws.secret_access_key", "{{S}}"),
    ("logfmt", "line", None, "region={{region}} aws_secret_access_key={{S}}"),
    ("json", "json", None, '{"credentials":{"secretAccessKey":"{{S}}"},"region":"{{region}}"}'),
]
AWS_PAIR = [
    ("body", "", None, "[default]\naws_access_key_id = {{S}}"),
    ("csv", "line", None, "{{user}},{{S}}"),
    ("body", "", None, "Access key ID,Secret access key\n{{S}}"),
]


def aws_pair(rng):
    key, secret = tokens.aws_id(rng), tokens.aws_secret(rng)
    return Value.marked(f"⟦{key}⟧" + rng.choice([",", "\naws_secret_access_key = ", " / "]) + f"⟦{secret}⟧")


CREDENTIALS = [
    Detector(
        "private_key",
        True,
        [
            Source(private_keys.private_key, BLOCKS),
            Source(
                private_keys.private_key,
                numbered(
                    "private_key",
                    [
                        ("body", "", None, "wrote key:\n{{S}}\n"),
                        ("json", "json", None, '{"tls.crt":"-","tls.key":"{{S}}\\n"}'),
                        ("body", "line", None, "openssl: read {{S}} from stdin"),
                        ("json", "json_in_json", None, '{"log":"{\\"pem\\":\\"{{S}}\\"}"}'),
                    ],
                ),
            ),
        ],
        [Source(private_keys.public_block, BLOCKS)],
    ),
    Detector(
        "aws_key",
        True,
        [
            Source(tokens.aws_id, SHARED),
            Source(tokens.aws_secret, numbered("aws_secret", AWS_OWN)),
            Source(aws_pair, numbered("aws_pair", AWS_PAIR)),
        ],
        [Source(tokens.aws_example, SHARED)],
    ),
    token(
        "jwt",
        tokens.jwt,
        [
            ("body", "", None, "Authorization: Bearer {{S}}"),
            ("url", "", None, "GET /cb?code=1&id_token={{S}}&state=2 HTTP/1.1"),
            ("json", "json", None, '{"access_token":"{{S}}","expires_in":3600}'),
            ("body", "", None, "jwt verify failed for {{S}}: expired"),
            ("url", "", "url.full", "wss://{{fqdn}}/stream#{{S}}"),
            ("body", "", None, "Set-Cookie: sid={{S}}; HttpOnly; Path=/"),
        ],
        tokens.not_jwt,
    ),
    Detector(
        "authorization",
        True,
        [
            Source(
                tokens.authorization,
                numbered(
                    "authorization",
                    [
                        ("body", "", None, "Authorization: {{S}}"),
                        ("body", "", None, "> authorization: {{S}}\r\n> accept: */*"),
                        ("attribute", "", "http.request.header.authorization", "{{S}}"),
                        ("body", "", None, "curl -H 'Authorization: {{S}}' https://{{fqdn}}{{path}}"),
                        ("json", "json", None, '{"headers":{"Authorization":["{{S}}"],"Accept":["*/*"]}}'),
                        ("attribute", "", "audit.detail", "{{S}}"),
                        ("body", "", None, "upstream sent {{S}} to {{host}}"),
                        ("logfmt", "line", None, 'msg="proxy auth" header="{{S}}" status={{status}}'),
                        ("nested", "", "value", "{{S}}"),
                        ("body", "", None, "received ({{S}}), rejected"),
                        ("body", "", None, "Anmeldung mit {{S}} fehlgeschlagen"),
                        ("json", "json_in_json", None, '{"log":"{\\"h\\":\\"{{S}}\\"}"}'),
                        ("body", "", None, "proxy-authorization={{S}}"),
                    ],
                ),
            )
        ],
        [Source(tokens.scheme_words, [t for t in SHARED if t.place in ("body", "attribute", "nested", "json")])],
    ),
    token(
        "github",
        tokens.github,
        env("GITHUB_PAT_VALUE")
        + [
            ("body", "", None, "git clone https://x-access-token:{{S}}@github.com/acme/audit.git"),
            ("body", "", None, "remote: {{S}} lacks scope repo"),
        ],
        pick(
            lambda rng: tokens.miscounted(rng, rng.choice(["ghp_", "gho_", "ghs_"])),
            shortened(
                lambda rng: tokens.checksummed(rng, "ghp_"), 30, ("ghp_ prefix", "github_pat_ tokens", "ghs_total")
            ),
        ),
    ),
    token(
        "gitlab",
        tokens.gitlab,
        env("GL_DEPLOY") + [("body", "", None, "git clone https://ci:{{S}}@gitlab.acme.example/audit.git")],
        shortened(tokens.gitlab, 14, ("glpat-", "glpat-rotation", "gldt-policy")),
    ),
    token(
        "slack",
        tokens.slack,
        env("SLACK_BOT") + [("body", "", None, "slack.auth.test {{S}} -> ok")],
        shortened(tokens.slack, 12, ("xoxb-", "https://hooks.slack.com/services/", "xapp-1-A")),
    ),
    token(
        "stripe",
        tokens.stripe,
        env("STRIPE_LIVE") + [("body", "", None, "curl https://api.stripe.example/v1/charges -u {{S}}:")],
        pick(
            lambda rng: "pk_live_" + draws.some(rng, draws.ALNUM, 24),
            shortened(tokens.stripe, 14, ("sk_live_", "task_live_update", "risk_live_mode")),
        ),
    ),
    token(
        "google_api_key",
        tokens.google_api_key,
        env("MAPS_V3")
        + [("url", "", "url.full", "https://maps.googleapis.com/maps/api/geocode/json?address=Bern&key={{S}}")],
        shortened(tokens.google_api_key, 30, ("AIza", "AIzaSy")),
    ),
    Detector(
        "gcp_service_account",
        True,
        [
            Source(
                private_keys.gcp_service_account,
                numbered(
                    "gcp_service_account",
                    [
                        ("body", "", None, "{{S}}"),
                        ("body", "", None, "loaded credentials {{S}} for {{service}}"),
                        ("attribute", "", "event.payload", "{{S}}"),
                        ("json", "json", None, '{"file":"sa.json","content":"{{S}}"}'),
                        ("nested", "", "detail", "{{S}}"),
                        ("body", "line", None, "terraform apply: credentials = {{S}}"),
                    ],
                ),
            )
        ],
        [Source(private_keys.gcp_public, BLOCKS)],
    ),
    Detector(
        "azure_storage_key",
        True,
        [
            Source(tokens.azure_storage_key, [t for t in SHARED if t.escape != "url"]),
            Source(tokens.azure_storage_key, numbered("azure_storage_key", env("STORAGE"))),
        ],
        [Source(tokens.not_azure, [t for t in SHARED if t.escape != "url"])],
    ),
    token(
        "npm",
        lambda rng: tokens.checksummed(rng, "npm_"),
        env("NPM_PUBLISH") + [("body", "", None, "//registry.npmjs.example/:_authToken={{S}}")],
        pick(
            lambda rng: tokens.miscounted(rng, "npm_"),
            shortened(
                lambda rng: tokens.checksummed(rng, "npm_"),
                30,
                ("npm_config_cache", "npm_lifecycle_event", "npm_package_version"),
            ),
        ),
    ),
    token(
        "pypi",
        tokens.pypi,
        env("TWINE_UPLOAD") + [("body", "", None, "twine upload -u __token__ -p {{S}} dist/*")],
        shortened(tokens.pypi, 30, ("pypi-simple", "pypi-AgEIcHlwaS5vcmc", "pypi-mirror-2")),
    ),
    token(
        "twilio",
        lambda rng: rng.choice(["SK", "SK", "AC"]) + draws.some(rng, draws.HEX, 32),
        env("TWILIO_SID"),
        shortened(
            lambda rng: "SK" + draws.some(rng, draws.HEX, 32),
            28,
            ("SKU12345", "AC adapter", "SK" + "0123456789abcdef" * 3),
        ),
    ),
    token(
        "sendgrid",
        lambda rng: (
            "SG."
            + draws.some(rng, draws.URLSAFE, 22)
            + "."
            + draws.some(rng, draws.URLSAFE, 42)
            + draws.some(rng, draws.ALNUM, 1)
        ),
        env("SENDGRID_MAIL"),
        shortened(
            lambda rng: "SG." + draws.some(rng, draws.URLSAFE, 22) + "." + draws.some(rng, draws.URLSAFE, 43),
            30,
            ("SG.region.1", "MSG.id.77"),
        ),
    ),
    token(
        "openai",
        tokens.openai,
        env("OPENAI_ORG_ENV"),
        shortened(tokens.openai, 14, ("sk-learn", "task-runner-2026", "sk-SK locale", "scikit-learn==1.5.2")),
    ),
    token(
        "anthropic", tokens.anthropic, env("CLAUDE_ENV"), shortened(tokens.anthropic, 18, ("sk-ant-", "sk-ant-api03-"))
    ),
    token(
        "vault",
        tokens.vault,
        env("VAULT_ENV") + [("body", "", None, "vault login {{S}}")],
        shortened(tokens.vault, 18, ("hvs.example", "hvb.internal", "lhvs.config.module")),
    ),
    token(
        "telegram",
        tokens.telegram,
        [
            ("url", "", "url.full", "https://api.telegram.org/bot{{S}}/sendMessage"),
            ("body", "", None, "bot {{S}} started polling"),
            ("body", "", None, "POST /bot{{S}}/getUpdates 200"),
        ],
        pick(
            shortened(tokens.telegram, 30, ("12345678:AAB", "1700000000:retry")),
            lambda rng: f"{rng.randint(10**9, 10**10)}:{draws.some(rng, draws.HEX, 35)}",
        ),
    ),
    token(
        "discord",
        tokens.discord,
        env("DISCORD_BOT") + [("body", "", None, "Authorization: Bot {{S}}")],
        pick(
            lambda rng: "https://discord.com/api/webhooks/" + str(rng.randint(10**17, 10**18)),
            lambda rng: ".".join(draws.some(rng, draws.LOWER, n) for n in (8, 6, 12)),
            lambda rng: f"com.acme.{draws.some(rng, draws.LOWER, 18)}.Abc{draws.some(rng, draws.LOWER, 3)}.Handler",
        ),
    ),
    Detector(
        "url_password",
        True,
        [
            Source(tokens.url_password, [t for t in SHARED if t.escape not in ("url", "form") and t.place != "key"]),
            Source(
                tokens.url_password,
                numbered(
                    "url_password",
                    [
                        ("attribute", "", "db.connection", "{{S}}"),
                        ("body", "", None, "connecting to {{S}}"),
                        ("body", "", None, "could not connect to {{S}}: timeout"),
                        ("json", "json", None, '{"dsn":"{{S}}","pool":10}'),
                    ],
                ),
            ),
        ],
        [Source(tokens.url_without_password, [t for t in SHARED if t.escape not in ("url", "form")])],
    ),
    Detector(
        "command_line",
        True,
        [
            Source(tokens.command_line, CALLS),
            Source(tokens.command_line, numbered("command_line", RECORDS)),
        ],
        [Source(tokens.command_without_secret, CALLS)],
    ),
]
