"""Alphabets and draws that every kind of value is made of."""

import base64

UPPER, LOWER, DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "0123456789"
ALNUM = DIGITS + UPPER + LOWER
URLSAFE = ALNUM + "-_"
HEX = "0123456789abcdef"


def some(rng, alphabet, length):
    """Random signs. Long ones have a digit and a letter where the alphabet has both, as real tokens do."""
    mixed = length >= 16 and any(c.isdigit() for c in alphabet) and any(c.isalpha() for c in alphabet)
    while True:
        text = "".join(rng.choice(alphabet) for _ in range(length))
        if not mixed or any(c.isdigit() for c in text) and any(c.isalpha() for c in text):
            return text


def base62(number, width=6):
    text = ""
    while number:
        number, rest = divmod(number, 62)
        text = ALNUM[rest] + text
    return text.rjust(width, "0")


def b64url(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def digits(rng, length, first="123456789"):
    return rng.choice(first) + "".join(rng.choice(DIGITS) for _ in range(length - 1))


def grouped(text, sizes, joint):
    """Cuts a text into groups of these sizes and a rest, with a joint between."""
    parts, at = [], 0
    for size in sizes:
        parts.append(text[at : at + size])
        at += size
    parts = [part for part in [*parts, text[at:]] if part]
    # Several joints are one for each gap: `..-` makes 123.456.789-09.
    joints = joint if len(joint) > 1 else joint * len(parts) or [""] * len(parts)
    return "".join(part + gap for part, gap in zip(parts, [*joints[: len(parts) - 1], ""]))


def wrong_last(text, rng, signs=DIGITS):
    """The text with another last sign."""
    return text[:-1] + rng.choice([sign for sign in signs if sign != text[-1]])
