"""Private keys in their armours, and service accounts of Google Cloud that hold one. All are made up."""

import base64
import functools
import json
import random

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from draws import DIGITS, HEX, some
from sample import Value


def prime(rng, bits):
    while True:
        candidate = rng.getrandbits(bits) | 1 | (3 << (bits - 2))
        if candidate % 65537 == 1 or any(candidate % small == 0 for small in (3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)):
            continue
        # Fermat's test to some bases is enough: `cryptography` checks the key again.
        if all(pow(base, candidate - 1, candidate) == 1 for base in (2, 3, 5, 7)):
            return candidate


@functools.cache
def rsa_keys():
    """A few RSA keys for all sets: to search primes is slow."""
    rng = random.Random("rsa")
    return [rsa_key(rng) for _ in range(16)]


def rsa_key(rng, bits=1024):
    p, q = prime(rng, bits // 2), prime(rng, bits // 2)
    e, n = 65537, p * q
    d = pow(e, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(e, n)
    numbers = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public)
    return numbers.private_key()


def pem(key, form):
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode().strip()


def openssh(rng):
    """openssh-key-v1 with an ed25519 key, laid out here because the library's has a random part."""

    def text(raw):
        return len(raw).to_bytes(4, "big") + raw

    seed = rng.randbytes(32)
    public = ed25519.Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    blob = text(b"ssh-ed25519") + text(public)
    check = rng.randbytes(4)
    inner = check + check + blob + text(seed + public) + text(b"deploy")
    inner += bytes(range(1, 1 + -len(inner) % 8))
    raw = (
        b"openssh-key-v1\0"
        + text(b"none")
        + text(b"none")
        + text(b"")
        + (1).to_bytes(4, "big")
        + text(blob)
        + text(inner)
    )
    return armour("OPENSSH PRIVATE KEY", raw, 70)


def armour(label, raw, width=64):
    body = base64.b64encode(raw).decode()
    lines = "\n".join(body[at : at + width] for at in range(0, len(body), width))
    return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----"


def crc24(raw):
    crc = 0xB704CE
    for byte in raw:
        crc ^= byte << 16
        for _ in range(8):
            crc = (crc << 1) ^ (0x1864CFB if crc & 0x800000 else 0)
    return crc & 0xFFFFFF


def pgp(rng):
    raw = b"\x95" + rng.randbytes(240)
    body = base64.b64encode(raw).decode()
    lines = "\n".join(body[at : at + 64] for at in range(0, len(body), 64))
    check = base64.b64encode(crc24(raw).to_bytes(3, "big")).decode()
    return f"-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n{lines}\n={check}\n-----END PGP PRIVATE KEY BLOCK-----"


def pem_block(rng):
    kind = rng.choice(["pkcs8", "ed25519", "ed25519", "ec", "ec", "rsa", "openssh", "openssh", "pgp"])
    if kind == "openssh":
        return openssh(rng)
    if kind == "pgp":
        return pgp(rng)
    if kind in ("rsa", "pkcs8"):
        form = serialization.PrivateFormat.TraditionalOpenSSL if kind == "rsa" else serialization.PrivateFormat.PKCS8
        return pem(rng.choice(rsa_keys()), form)
    if kind == "ed25519":
        return pem(ed25519.Ed25519PrivateKey.from_private_bytes(rng.randbytes(32)), serialization.PrivateFormat.PKCS8)
    key = ec.derive_private_key(rng.getrandbits(250) + 1, ec.SECP256R1())
    form = rng.choice([serialization.PrivateFormat.TraditionalOpenSSL, serialization.PrivateFormat.PKCS8])
    return pem(key, form)


def between_the_lines(block):
    """Marks what stands between the first and the last line of a PEM block."""
    head, rest = block.split("\n", 1)
    body, tail = rest.rsplit("\n", 1)
    return Value.marked(f"{head}\n⟦{body}⟧\n{tail}")


def private_key(rng):
    return between_the_lines(pem_block(rng))


def public_block(rng):
    kind = rng.choice(
        ["PUBLIC KEY", "CERTIFICATE", "CERTIFICATE REQUEST", "PGP PUBLIC KEY BLOCK", "SSH2 PUBLIC KEY", "prose"]
    )
    if kind == "prose":
        return rng.choice(
            [
                "the private key was rotated",
                "-----BEGIN AUDIT SECTION-----",
                "PRIVATE KEY file not found",
                "loaded RSA private key from /etc/ssl/key.pem",
            ]
        )
    return armour(kind, rng.randbytes(180))


def gcp_service_account(rng):
    key = pem(rng.choice(rsa_keys()), serialization.PrivateFormat.PKCS8) + "\n"
    project = f"{rng.choice(['acme', 'northwind', 'globex'])}-{rng.choice(['audit', 'billing', 'prod'])}-{rng.randint(1000, 9999)}"
    head, rest = key.split("\n", 1)
    body, tail, _ = rest.rsplit("\n", 2)
    fields = {
        "type": "service_account",
        "project_id": project,
        "private_key_id": some(rng, HEX, 40),
        "private_key": f"{head}\n⟦{body}⟧\n{tail}\n",
        "client_id": some(rng, DIGITS, 21),
        "token_uri": "https://oauth2.googleapis.com/token",
    }
    if rng.random() < 0.4:
        items = list(fields.items())
        rng.shuffle(items)
        fields = dict(items)
    indent = rng.choice([None, 2])
    return Value.marked(json.dumps(fields, indent=indent, ensure_ascii=False))


def gcp_public(rng):
    fields = {
        "type": rng.choice(["authorized_user", "service_account", "external_account"]),
        "project_id": f"acme-audit-{rng.randint(1000, 9999)}",
        "token_uri": "https://oauth2.googleapis.com/token",
        "universe_domain": "googleapis.com",
    }
    return json.dumps(fields)
