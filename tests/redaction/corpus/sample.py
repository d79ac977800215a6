"""A sample: a text, where it stands, and the bytes in it that have to be hidden.

A template is a text with fields, `{{name}}`. The value of a field is escaped as its place demands
(JSON, URL, form) sign by sign, so that the spans of its secrets move along and no offset is ever
searched for afterwards.
"""

import json
import re
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

FIELD = re.compile(r"\{\{(\w+)\}\}")


@dataclass(frozen=True)
class Value:
    """A text and the parts of it that are secret: (start, end) in characters."""

    text: str
    spans: tuple = ()

    @staticmethod
    def secret(text):
        """A value that is secret as a whole."""
        return Value(text, ((0, len(text)),))

    @staticmethod
    def marked(text):
        """A value whose secrets stand between ⟦ and ⟧."""
        plain, spans = "", []
        for part in re.split(r"(⟦.*?⟧)", text, flags=re.S):
            if part.startswith("⟦"):
                spans.append((len(plain), len(plain) + len(part) - 2))
                part = part[1:-1]
            plain += part
        return Value(plain, tuple(spans))

    def escaped(self, escape):
        """The value with every sign escaped, and the spans where they are then."""
        at, starts = 0, []
        out = []
        for sign in self.text:
            starts.append(at)
            out.append(escape(sign))
            at += len(out[-1])
        starts.append(at)
        return Value("".join(out), tuple((starts[a], starts[b]) for a, b in self.spans))


def _json(sign):
    return json.dumps(sign, ensure_ascii=False)[1:-1]


ESCAPES = {
    "json": _json,
    "json_in_json": lambda sign: _json(_json(sign)),
    "url": lambda sign: quote(sign, safe=""),
    "form": quote_plus,
    "line": lambda sign: {"\n": "\\n", "\r": "\\r"}.get(sign, sign),
}


@dataclass(frozen=True)
class Template:
    """A text with fields and its place. `held_out`: only in the published set."""

    id: str
    place: str
    text: str
    escape: str = ""
    key: str | None = None
    held_out: bool = False


@dataclass
class Sample:
    """One line of the corpus; README.md says what its fields mean."""

    detector: str | None
    near: str | None
    template: str
    place: str
    key: str | None
    text: str
    secrets: list
    other: list

    def line(self):
        fields = {
            "detector": self.detector,
            "near": self.near,
            "template": self.template,
            "place": self.place,
            "key": self.key,
            "text": self.text,
            "secrets": self.secrets,
            "other": self.other,
        }
        for optional in ("near", "template", "other"):
            if not fields[optional]:
                del fields[optional]
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def render(template, value, fields):
    """Fills a template. `value` is what `{{S}}` stands for; `fields` answers for the other names with
    a (value, None), or with (text, detector) where a detector may rightly hide it. Spans come back in bytes."""
    escape = ESCAPES.get(template.escape)
    # A break of a line ends a log line; there it is written as two signs, as log libraries do.
    if escape is None and template.place not in ("body", "attribute", "nested", "stacktrace"):
        escape = ESCAPES["line"]
    out, secrets, other = bytearray(), [], []
    at = 0
    for field in FIELD.finditer(template.text):
        out += template.text[at : field.start()].encode()
        at = field.end()
        name = field.group(1)
        filling, detector = (value, None) if name == "S" else fields(name)
        if isinstance(filling, str):
            filling = Value(filling, ((0, len(filling)),) if detector else ())
        # Only values have signs that need it.
        if escape and name in ("S", "S2"):
            filling = filling.escaped(escape)
        for start, end in filling.spans:
            span = [len(out) + len(filling.text[:start].encode()), len(out) + len(filling.text[:end].encode())]
            (other if detector else secrets).append(span + ([detector] if detector else []))
        out += filling.text.encode()
    out += template.text[at:].encode()
    return out.decode(), secrets, other
