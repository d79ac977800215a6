"""Tokens, credentials of HTTP and of clouds, passwords, in the forms that their issuers document; and what looks
like them and is none. All are made up."""

import base64
import hashlib
import hmac
import json
import zlib

from draws import ALNUM, DIGITS, HEX, LOWER, UPPER, URLSAFE, b64url, base62, some
from sample import Value


def checksummed(rng, prefix):
    """GitHub's and npm's form: thirty random signs and their CRC32 in base62."""
    entropy = some(rng, ALNUM, 30)
    return prefix + entropy + base62(zlib.crc32(entropy.encode()))


def miscounted(rng, prefix):
    """As above with a checksum of something else."""
    right = checksummed(rng, prefix)
    return right[:-6] + base62(zlib.crc32(right[:-1].encode()))


def jwt(rng):
    algorithm = rng.choice(["HS256", "HS512", "RS256", "ES256", "EdDSA"])
    header = {"alg": algorithm, "typ": "JWT"}
    if rng.random() < 0.5:
        header = (
            {"kid": some(rng, ALNUM, 12), "typ": "JWT", "alg": algorithm} if rng.random() < 0.5 else {"alg": algorithm}
        )
    claims = {
        "sub": some(rng, DIGITS, 9),
        "iat": rng.randrange(1_700_000_000, 1_790_000_000),
        "iss": "https://idp.acme.internal",
    }
    separators = rng.choice([(",", ":"), (", ", ": ")])
    parts = [b64url(json.dumps(part, separators=separators).encode()) for part in (header, claims)]
    signed = ".".join(parts).encode()
    if algorithm.startswith("HS"):
        digest = hashlib.sha256 if algorithm == "HS256" else hashlib.sha512
        signature = hmac.new(rng.randbytes(32), signed, digest).digest()
    else:
        signature = rng.randbytes({"RS256": 256, "ES256": 64, "EdDSA": 64}[algorithm])
    return ".".join([*parts, b64url(signature)])


def not_jwt(rng):
    kind = rng.randrange(6)
    if kind == 0:
        return (
            b64url(json.dumps({"a": rng.randint(1, 99), "b": some(rng, ALNUM, 8)}).encode())
            + "."
            + some(rng, URLSAFE, 20)
            + "."
            + some(rng, URLSAFE, 20)
        )
    if kind == 1:
        return "eyewitness." + rng.choice(["report", "account"]) + ".final"
    if kind == 2:
        return b64url(json.dumps({"page": rng.randint(1, 99), "sort": "asc"}).encode())
    if kind == 3:
        return f"com.acme.{rng.choice(['audit', 'billing'])}.Handler"
    if kind == 4:
        return "ey" + some(rng, LOWER, 6) + "." + some(rng, LOWER, 5) + ".internal"
    return ".".join(some(rng, HEX, 12) for _ in range(3))


def bearer(rng):
    return rng.choice(
        [
            some(rng, ALNUM, rng.choice([24, 32, 40])),
            some(rng, HEX, 32),
            some(rng, URLSAFE, 43).strip("-_") + "x1",
            some(rng, ALNUM, 20) + "." + some(rng, ALNUM, 20),
        ]
    )


def basic(rng):
    user = rng.choice(["admin", "svc-audit", "deploy", "api", "monitor"])
    return base64.b64encode(f"{user}:{password(rng)}".encode()).decode()


def authorization(rng):
    if rng.random() < 0.6:
        return Value.marked(rng.choice(["Bearer", "Bearer", "bearer"]) + f" ⟦{bearer(rng)}⟧")
    return Value.marked(rng.choice(["Basic", "Basic", "basic"]) + f" ⟦{basic(rng)}⟧")


def scheme_words(rng):
    return rng.choice(
        [
            "bearer token expired",
            "Bearer authentication required",
            "basic authentication is disabled",
            "Basic plan",
            "a bearer of bad news",
            "basic usage of the export",
            'WWW-Authenticate: Bearer realm="audit"',
            "bearer realm mismatch",
            'Basic realm="registry"',
            "bearer bonds",
            "Basic Health Check",
            "the bearer must be present",
        ]
    ) + rng.choice(["", f" ({rng.randint(1, 99)} times)", f" in step {rng.randint(1, 20)}"])


def aws_id(rng):
    return rng.choice(["AKIA", "AKIA", "ASIA", "ABIA", "ACCA"]) + some(rng, UPPER + "234567", 16)


def aws_secret(rng):
    while True:
        secret = some(rng, ALNUM + "+/", 40)
        if any(c.isupper() for c in secret) and any(c.islower() for c in secret):
            return secret


def aws_example(rng):
    return rng.choice(
        [
            "AKIAIOSFODNN7EXAMPLE",
            "AKIAI44QH8DHBEXAMPLE",
            "ASIAIOSFODNN7EXAMPLE",
            aws_id(rng)[:-3],
            aws_id(rng) + some(rng, UPPER, 5),
            "X" + aws_id(rng),
            aws_id(rng).lower(),
            "AROA" + some(rng, UPPER + "234567", 17),
            "AIDA" + some(rng, UPPER + "234567", 17),
            "AKIA-" + some(rng, DIGITS, 6),
        ]
    )


def github(rng):
    if rng.random() < 0.25:
        return "github_pat_11" + some(rng, UPPER + DIGITS, 8) + "0" + some(rng, ALNUM, 11) + "_" + some(rng, ALNUM, 59)
    return checksummed(rng, rng.choice(["ghp_", "gho_", "ghu_", "ghs_", "ghr_"]))


def gitlab(rng):
    prefix, length = rng.choice(
        [
            ("glpat-", 20),
            ("glpat-", 20),
            ("glpat-", 20),
            ("gldt-", 20),
            ("glrt-", 20),
            ("glptt-", 40),
            ("glft-", 20),
            ("glsoat-", 20),
        ]
    )
    return prefix + (
        some(rng, HEX, 40)
        if length == 40
        else some(rng, ALNUM, 1) + some(rng, URLSAFE, length - 2) + some(rng, ALNUM, 1)
    )


def slack(rng):
    digits = lambda n: str(rng.randint(1, 9)) + some(rng, DIGITS, n - 1) if n < 16 else ""
    kind = rng.randrange(4)
    if kind == 0:
        return f"xoxb-{digits(12)}-{digits(13)}-{some(rng, ALNUM, 24)}"
    if kind == 1:
        return f"xoxp-{digits(11)}-{digits(12)}-{digits(13)}-{some(rng, HEX, 32)}"
    if kind == 2:
        return f"xapp-1-A{some(rng, UPPER + DIGITS, 10)}-{digits(13)}-{some(rng, HEX, 64)}"
    return Value.marked(
        f"https://hooks.slack.com/services/⟦T{some(rng, UPPER + DIGITS, 10)}/B{some(rng, UPPER + DIGITS, 10)}/{some(rng, ALNUM, 24)}⟧"
    )


def stripe(rng):
    return rng.choice(["sk_live_", "sk_live_", "rk_live_"]) + some(rng, ALNUM, rng.choice([24, 24, 99]))


def google_api_key(rng):
    return "AIza" + rng.choice(["Sy", "Sy", some(rng, ALNUM, 2)]) + some(rng, URLSAFE, 32) + some(rng, ALNUM, 1)


def azure_storage_key(rng):
    key = base64.b64encode(rng.randbytes(64)).decode()
    account = rng.choice(["acmeaudit", "logsprod", "archive01"])
    return Value.marked(
        rng.choice(
            [
                f"DefaultEndpointsProtocol=https;AccountName={account};AccountKey=⟦{key}⟧;EndpointSuffix=core.windows.net",
                f"AccountName={account};AccountKey=⟦{key}⟧",
                f"BlobEndpoint=https://{account}.blob.core.windows.net;AccountKey=⟦{key}⟧;",
            ]
        )
    )


def not_azure(rng):
    return rng.choice(
        [
            "DefaultEndpointsProtocol=https;AccountName=acmeaudit;EndpointSuffix=core.windows.net",
            "sha512-" + base64.b64encode(rng.randbytes(64)).decode(),
            "AccountName=acmeaudit;AccountKeyVersion=2",
        ]
    )


def pypi(rng):
    # A macaroon of version 2, as the index issues them: location, identifier, caveat, signature.
    raw = (
        b"\x02\x01\x08pypi.org\x02\x24"
        + some(rng, HEX, 8).encode()
        + b"-"
        + some(rng, HEX, 27).encode()
        + b"\x00\x00\x06\x20"
        + rng.randbytes(48)
    )
    return "pypi-" + b64url(raw)


def openai(rng):
    marker = "T3BlbkFJ"
    return rng.choice(
        [
            "sk-" + some(rng, ALNUM, 20) + marker + some(rng, ALNUM, 20),
            "sk-proj-" + some(rng, URLSAFE, 73) + "a" + marker + some(rng, URLSAFE, 73) + "Z",
            "sk-svcacct-" + some(rng, URLSAFE, 73) + "b" + marker + some(rng, URLSAFE, 73) + "Y",
        ]
    )


def anthropic(rng):
    return "sk-ant-" + rng.choice(["api03", "api03", "admin01"]) + "-" + some(rng, URLSAFE, 92) + "w" + "AA"


def vault(rng):
    """Service tokens are short or, with namespaces, long; batch and recovery tokens are long."""
    kind = rng.choice(["hvs", "hvs", "hvs", "hvb", "hvr"])
    body = some(rng, ALNUM, 24) if kind != "hvb" and rng.random() < 0.6 else "CAES" + some(rng, URLSAFE, 90)
    return f"{kind}.{body}" + some(rng, ALNUM, 1)


def telegram(rng):
    return str(rng.randint(10_000_000, 9_999_999_999)) + ":AA" + some(rng, URLSAFE, 32) + some(rng, ALNUM, 1)


def discord(rng):
    snowflake = str(rng.randint(10**17, 13 * 10**17))
    if rng.random() < 0.3:
        return Value.marked(
            f"https://{rng.choice(['discord.com', 'discordapp.com'])}/api/webhooks/{snowflake}/⟦{some(rng, ALNUM, 67)}{some(rng, ALNUM, 1)}⟧"
        )
    return (
        base64.b64encode(snowflake.encode()).decode().rstrip("=")
        + "."
        + some(rng, ALNUM, 6)
        + "."
        + some(rng, URLSAFE, 37)
        + some(rng, ALNUM, 1)
    )


WORDS = [
    "Sommer",
    "dragon",
    "hunter",
    "Welcome",
    "Passw0rd",
    "qwertz",
    "Frühling",
    "secret",
    "letmein",
    "Kestrel",
    "motdepasse",
    "correcthorse",
]


def password(rng):
    return rng.choice(
        [
            rng.choice(WORDS) + str(rng.randint(1, 2026)),
            rng.choice(WORDS) + str(rng.randint(10, 99)) + rng.choice("!$*?"),
            some(rng, ALNUM, rng.choice([10, 12, 16, 20])),
            some(rng, ALNUM, 6) + rng.choice("!$*~^") + some(rng, ALNUM, 5),
        ]
    )


def command_line(rng):
    """A call of a command that takes a password without naming it."""
    secret, user = password(rng), rng.choice(["app", "audit", "root", "svc_ledger"])
    host = rng.choice(["db-3", "10.0.4.17", "nas", "ledger-db"])
    return Value.marked(
        rng.choice(["", "", "", "sudo ", "/usr/bin/", "/opt/bin/"])
        + rng.choice(
            [
                f"sshpass -p ⟦{secret}⟧ ssh {user}@{host}",
                f"sshpass -p⟦{secret}⟧ scp x {host}",
                f"mysql -h {host} -u{user} -p⟦{secret}⟧ audit",
                f"mysqldump -u {user} -p⟦{secret}⟧ --all-databases",
                f"mongosh --host {host} -u {user} -p ⟦{secret}⟧",
                f"redis-cli -h {host} -a ⟦{secret}⟧ PING",
                f"ldapsearch -x -D cn={user} -w ⟦{secret}⟧ -b dc=acme",
                f"sqlcmd -S {host} -U {user} -P ⟦{secret}⟧ -Q exit",
                f"sqlplus -s {user}/⟦{secret}⟧@{host}",
                f"curl -s -u {user}:⟦{secret}⟧ http://{host}/health",
                f"curl --user {user}:⟦{secret}⟧ -o out http://{host}/",
                f"smbclient //{host}/x -U {user}%⟦{secret}⟧",
                f"openssl rsa -passin pass:⟦{secret}⟧ -in key",
                f"docker login -u {user} -p ⟦{secret}⟧ registry",
                f"rabbitmqctl add_user {user} ⟦{secret}⟧",
                f"plink -ssh -pw ⟦{secret}⟧ {user}@{host}",
            ]
        )
    )


def command_without_secret(rng):
    host = rng.choice(["db-3", "10.0.4.17", "nas", "ledger-db"])
    return rng.choice(
        [
            f"mysql -h {host} -p audit",
            f"mysql --port {rng.randint(1025, 9999)} -h {host} -u root",
            f"sshpass -f /run/{some(rng, LOWER, 6)} ssh {host}",
            "sshpass -p $SSH_SECRET ssh",
            f"curl -u app http://{host}/health",
            f"curl/8.{rng.randint(1, 9)}.0",
            f"docker run -p {rng.randint(1025, 9999)}:80 web",
            "docker login -p is insecure",
            f"ssh -p {rng.randint(22, 9999)} {host}",
            f"nmap -p {rng.randint(1, 99)}-443 {host}",
            f"mkdir -p /srv/{some(rng, LOWER, 5)}",
            f"cp -a /srv/{some(rng, LOWER, 5)} /mnt",
            f"ps -u svc_{some(rng, LOWER, 5)} -w",
            f"redis-cli -h {host} PING",
            "sqlplus / as sysdba",
            f"ldapsearch -x -b dc=acme uid={some(rng, LOWER, 5)}",
            f"usermod -a -G wheel {some(rng, LOWER, 5)}",
            f"tar -xpf /srv/{some(rng, LOWER, 5)}.tar -P",
        ]
    )


def url_password(rng):
    scheme = rng.choice(
        [
            "postgres",
            "postgresql",
            "mysql",
            "redis",
            "amqp",
            "mongodb+srv",
            "https",
            "ftp",
            "smtp",
            "jdbc:mysql",
            "clickhouse",
        ]
    )
    user = (
        rng.choice(["app", "audit", "root", "svc_ledger", "admin", ""])
        if scheme == "redis"
        else rng.choice(["app", "audit", "root", "svc_ledger"])
    )
    host = rng.choice(["db.internal", "10.0.4.17", "cache-3", "mq.acme.example", "localhost"])
    tail = rng.choice(
        ["", f":{rng.randint(1025, 9999)}", f":{rng.randint(1025, 9999)}/audit", "/audit?sslmode=require"]
    )
    phrase = rng.choice(
        [password(rng).replace("ü", "u").replace("?", "!"), some(rng, ALNUM, 8) + "%40" + some(rng, ALNUM, 3)]
    )
    return Value.marked(f"{scheme}://{user}:⟦{phrase}⟧@{host}{tail}")


def url_without_password(rng):
    host = rng.choice(["db.internal", "10.0.4.17", "cache-3", "mq.acme.example"])
    return rng.choice(
        [
            f"postgres://{host}:5432/audit",
            f"https://{host}:8443/@handle/posts",
            f"redis://{host}:6379/{rng.randint(0, 9)}",
            f"https://{host}/a:b/c@{rng.randint(1, 9)}",
            f"mongodb://{host}:27017,{host}:27018/audit",
            f"https://{host}/time/12:30@utc",
            f"s3://bucket-{rng.randint(1, 99)}/2026/11:22/part@0",
            f"amqps://{host}:5671",
            f"kafka://{host}:9092/topic@{rng.randint(1, 30)}",
            f"urn:uuid:{some(rng, HEX, 8)}",
        ]
    )
