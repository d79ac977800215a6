"""Runs the corpus through what others offer and prints precision and recall as a Markdown table.

    python peers.py [tuning|published]

* Collector: the patterns of the example in the README of the redaction processor.
* Presidio: the pattern recognisers of presidio-analyzer, with no language model; all that their
  validators do not refuse counts, as in its default (`--min-score 0.5` asks for more).
* detect-secrets: its plugins for keys and tokens; those for entropy and keywords are off.

README.md says how is scored.
"""

import argparse
import inspect
import json
import logging
import re
from pathlib import Path

import presidio_analyzer.predefined_recognizers as recognizers
from detect_secrets.plugins import basic_auth, private_key

from detectors import DETECTORS
from oracles import PLUGINS

logging.disable(logging.WARNING)
HERE = Path(__file__).parent
DEFAULTS = ["email", "payment_card", "iban", "us_ssn"]

# --- the peers: (key, text, detectors asked for) -> spans in characters --------------------------

BLOCKED_KEYS = [re.compile(pattern) for pattern in (".*token.*", ".*api_key.*")]
BLOCKED_VALUES = [re.compile(pattern) for pattern in ("4[0-9]{12}(?:[0-9]{3})?", "(5[1-5][0-9]{14})")]
ALLOWED_VALUES = [re.compile(".+@mycompany.com")]


def collector(key, text, _):
    """Allowed values keep the whole value, a blocked key masks it, a blocked value its match."""
    if any(pattern.search(text) for pattern in ALLOWED_VALUES):
        return []
    if key and any(pattern.search(key) for pattern in BLOCKED_KEYS):
        return [(0, len(text))]
    return [match.span() for pattern in BLOCKED_VALUES for match in pattern.finditer(text)]


ENTITIES = {
    "email": ["EmailRecognizer"],
    "payment_card": ["CreditCardRecognizer"],
    "iban": ["IbanRecognizer"],
    "us_ssn": ["UsSsnRecognizer"],
    "us_itin": ["UsItinRecognizer"],
    "uk_nino": ["UkNinoRecognizer"],
    "uk_nhs": ["NhsRecognizer"],
    "es_nif": ["EsNifRecognizer"],
    "es_nie": ["EsNieRecognizer"],
    "it_fiscal_code": ["ItFiscalCodeRecognizer"],
    "pl_pesel": ["PlPeselRecognizer"],
    "fi_hetu": ["FiPersonalIdentityCodeRecognizer"],
    "se_personnummer": ["SePersonnummerRecognizer"],
    "de_tax_id": ["DeTaxIdRecognizer"],
    "in_aadhaar": ["InAadhaarRecognizer"],
    "au_tfn": ["AuTfnRecognizer"],
    "au_abn": ["AuAbnRecognizer"],
    "au_medicare": ["AuMedicareRecognizer"],
    "sg_nric": ["SgFinRecognizer"],
    "kr_rrn": ["KrRrnRecognizer"],
    "za_id": ["ZaIdNumberRecognizer"],
    "th_tnin": ["ThTninRecognizer"],
    "tr_id": ["TrNationalIdRecognizer"],
    "phone": ["PhoneRecognizer"],
    "ipv4": ["IpRecognizer"],
    "ipv6": ["IpRecognizer"],
    "mac": ["MacAddressRecognizer"],
    "crypto_wallet": ["CryptoRecognizer"],
    "date_of_birth": ["DateRecognizer"],
    "passport": [
        "UsPassportRecognizer",
        "DePassportRecognizer",
        "InPassportRecognizer",
        "EsPassportRecognizer",
        "ItPassportRecognizer",
        "UkPassportRecognizer",
        "KrPassportRecognizer",
    ],
    "driver_license": [
        "UsLicenseRecognizer",
        "DeFuehrerscheinRecognizer",
        "UkDrivingLicenceRecognizer",
        "ItDriverLicenseRecognizer",
    ],
}


def available():
    classes = dict(inspect.getmembers(recognizers, inspect.isclass))
    return {detector: [classes[name]() for name in names if name in classes] for detector, names in ENTITIES.items()}


def presidio(min_score):
    known = available()

    def hide(_, text, asked):
        results = (
            result
            for detector in asked
            for recognizer in known.get(detector, [])
            for result in recognizer.analyze(text, recognizer.supported_entities, None)
        )
        return [(result.start, result.end) for result in results if result.score >= min_score and result.score > 0]

    hide.knows = {detector for detector, made in known.items() if made}
    return hide


TOKENS = [*PLUGINS.values(), basic_auth.BasicAuthDetector(), private_key.PrivateKeyDetector()]


def detect_secrets(_, text, __):
    """The whole of what a plugin's patterns match: what it reports may be a part of that only."""
    found = [match for plugin in TOKENS for pattern in plugin.denylist for match in pattern.finditer(text)]
    return [
        match.span()
        for match in found
        if not match.group().startswith("ey") or PLUGINS["jwt"].is_formally_valid(match.group())
    ]


detect_secrets.knows = {*PLUGINS, "url_password", "private_key", "gcp_service_account"}


# --- scoring ------------------------------------------------------------------------------------


def hidden(peer, sample, asked):
    """The spans that a peer hides, in bytes, those that touch taken together."""
    text = sample["text"]
    merged = []
    for start, end in sorted(peer(sample["key"], text, asked)):
        span = [len(text[:start].encode()), len(text[:end].encode())]
        if merged and span[0] <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], span[1])
        else:
            merged.append(span)
    return merged


def judge(sample, spans):
    """Whether every secret is covered as a whole, and how many spans touch nothing that may be hidden."""
    covered = all(any(a <= start and end <= b for a, b in spans) for start, end in sample["secrets"])
    may = [span[:2] for span in sample["secrets"] + sample.get("other", [])]
    wrong = sum(not any(a < end and start < b for start, end in may) for a, b in spans)
    return bool(sample["secrets"]) and covered, wrong


def score(peer, samples, asked):
    """Recall, and precision: found samples among those and the spans hidden for nothing."""
    verdicts = [judge(sample, hidden(peer, sample, asked)) for sample in samples]
    found, wrong = sum(ok for ok, _ in verdicts), sum(count for _, count in verdicts)
    positives = sum(bool(sample["secrets"]) for sample in samples)
    return found / positives if positives else None, found / (found + wrong) if found + wrong else None, wrong


def read(name):
    return [json.loads(line) for line in (HERE / f"{name}.jsonl").read_text().splitlines()]


def number(value):
    return "–" if value is None else f"{value:.3f}"


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("set", nargs="?", choices=["tuning", "published"], default="published")
    arguments.add_argument("--min-score", type=float, default=0.0)
    asked = arguments.parse_args()
    peers = {"Collector": collector, "Presidio": presidio(asked.min_score), "detect-secrets": detect_secrets}
    samples = read(asked.set)
    print("| detector | " + " | ".join(f"{name} recall | precision" for name in peers) + " |")
    print("|---|" + "---:|---:|" * len(peers))
    for detector in DETECTORS:
        own = [sample for sample in samples if detector.name in (sample["detector"], sample.get("near"))]
        wanted = dict.fromkeys([*DEFAULTS, detector.name])
        knows = [not hasattr(peer, "knows") or detector.name in peer.knows for peer in peers.values()]
        cells = [score(peer, own, wanted)[:2] if known else (None, None) for known, peer in zip(knows, peers.values())]
        name = detector.name + (" ●" if detector.default_on else "")
        print(
            f"| {name} | " + " | ".join(f"{number(recall)} | {number(precision)}" for recall, precision in cells) + " |"
        )
    clean = read("clean")
    wrong = [score(peer, clean, DEFAULTS)[2] for peer in peers.values()]
    print(f"| spans hidden in {len(clean)} clean lines | " + " | ".join(f"{count} | " for count in wrong) + "|")


if __name__ == "__main__":
    main()
