"""Addresses of networks, devices and wallets; and what looks like them and is none."""

import hashlib
import ipaddress

import base58
import bech32

import fields
from draws import ALNUM, HEX, digits, some, wrong_last


def ipv4(rng):
    while True:
        address = ipaddress.IPv4Address(rng.getrandbits(32))
        if address.is_global or address.is_private and not address.is_loopback and int(address) >> 24 not in (0, 255):
            return str(address)


def not_ipv4(rng):
    quad = [rng.randint(0, 255) for _ in range(4)]
    high = rng.randrange(4)
    wrong = ".".join(str(rng.randint(256, 999)) if at == high else str(part) for at, part in enumerate(quad))
    return rng.choice(
        [
            wrong,
            ".".join(map(str, [*quad, rng.randint(0, 255)])),
            f"{quad[0]}.{quad[1]}.{quad[2]}",
            f"{quad[0]}.{quad[1]}.{quad[2]}-rc{quad[3]}",
            f"1.3.6.1.4.1.{digits(rng, 5)}.{rng.randint(1, 9)}.{rng.randint(1, 9)}",
            f"{digits(rng, 4)}.{quad[1]}.{quad[2]}.{quad[3]}",
            f"{quad[0]}.{quad[1]}.{quad[2]}.x",
        ]
    )


def ipv6(rng):
    prefix = rng.choice([0x2001, 0x2A00, 0x2600, 0x2400, 0xFD00, 0xFE80])
    if rng.random() < 0.5:
        return str(ipaddress.IPv6Address(prefix << 112 | rng.getrandbits(48) << 64 | rng.randint(1, 0xFFFF)))
    address = ipaddress.IPv6Address(prefix << 112 | rng.getrandbits(112))
    return rng.choice([str(address), address.exploded, str(address).upper()])


def not_ipv6(rng):
    return rng.choice(
        [
            f"{rng.randint(10, 23)}:{rng.randint(10, 59)}:{rng.randint(10, 59)}",
            "std::vec::Vec",
            "a::b",
            ":".join(some(rng, HEX, 4) for _ in range(9)),
            ":".join(some(rng, HEX, 4) for _ in range(7)),
            f"{some(rng, HEX, 4)}::{some(rng, HEX, 4)}::{some(rng, HEX, 4)}",
            "Acme::Audit::Log",
            ":".join(some(rng, HEX, 2) for _ in range(16)),
            f"sha256:{some(rng, HEX, 64)}",
            f"2001:db8:{some(rng, HEX, 5)}::1",
        ]
    )


def mac(rng):
    pairs = [some(rng, HEX, 2) for _ in range(6)]
    joint = rng.choice([":", ":", "-", "."])
    text = ".".join("".join(pairs[at : at + 2]) for at in (0, 2, 4)) if joint == "." else joint.join(pairs)
    # Dotted groups of digits alone would be a version.
    if not any(c in "abcdef" for c in text):
        return mac(rng)
    return rng.choice([text, text.upper()])


def not_mac(rng):
    pairs = [some(rng, HEX, 2) for _ in range(20)]
    return rng.choice(
        [
            ":".join(pairs[:5]),
            ":".join(pairs[:7]),
            ":".join(pairs[:20]),
            "-".join(pairs[:16]),
            ":".join([*pairs[:5], "g7"]),
            "".join(pairs[:6]),
            f"{rng.randint(10, 23)}:{rng.randint(10, 59)}:{rng.randint(10, 59)}",
            ":".join(pairs[:2]) + "-" + ":".join(pairs[2:6]),
            fields.Fields(rng).uuid(),
        ]
    )


def crypto_wallet(rng):
    kind = rng.randrange(4)
    if kind < 2:
        return base58.b58encode_check(bytes([(0, 5)[kind]]) + rng.randbytes(20)).decode()
    return bech32.encode("bc", 0, rng.randbytes(20 if kind == 2 else 32))


def not_wallet(rng):
    address = crypto_wallet(rng)
    signs = (
        "023456789acdefghjklmnpqrstuvwxyz"
        if address.startswith("bc1")
        else "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    )
    wrong = wrong_last(address, rng, signs)
    middle = address[:10] + wrong_last(address[10], rng, signs) + address[11:]
    return rng.choice(
        [
            wrong,
            middle,
            address[:-3],
            "x" + address + "y",
            "bc1" + some(rng, ALNUM, 6),
            hashlib.sha1(address.encode()).hexdigest(),
        ]
    )
