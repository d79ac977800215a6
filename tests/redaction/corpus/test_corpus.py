"""The corpus is what it says: `python -m unittest test_corpus` in this directory."""

import collections
import json
import unittest
from pathlib import Path
from urllib.parse import unquote, unquote_plus

import generate
import oracles
from detectors import DETECTORS

HERE = Path(__file__).parent
TEMPLATES = {t.id: t for d in DETECTORS for source in d.positives + d.near for t in source.templates}
UNESCAPE = {
    "": lambda text: text,
    "line": lambda text: text.replace("\\n", "\n").replace("\\r", "\r"),
    "url": unquote,
    "form": unquote_plus,
    "json": lambda text: json.loads(f'"{text}"'),
    "json_in_json": lambda text: json.loads('"' + json.loads(f'"{text}"') + '"'),
}
# Where an oracle finds by its form what the corpus leaves in on purpose: a token with a wrong
# checksum, a documented example key, a long row of hex behind a prefix.
FORM_ONLY = {"github", "npm", "aws_key", "twilio", "telegram", "gitlab", "slack", "discord"}


def read(name):
    return [json.loads(line) for line in (HERE / f"{name}.jsonl").read_text().splitlines()]


def values(sample):
    raw = sample["text"].encode()
    unescape = UNESCAPE[TEMPLATES[sample["template"]].escape]
    for start, end in sample["secrets"]:
        text = unescape(raw[start:end].decode())
        # A service account stands as JSON within its text: one more level.
        yield text.replace("\\n", "\n") if sample["detector"] == "gcp_service_account" else text


class Corpus(unittest.TestCase):
    def test_every_secret_is_valid_for_its_oracle(self):
        for name in ("tuning", "published"):
            for sample in read(name):
                for value in values(sample):
                    with self.subTest(set=name, detector=sample["detector"], template=sample["template"], value=value):
                        self.assertTrue(oracles.valid(sample["detector"], value))

    def test_spans_lie_in_the_text_in_order_and_do_not_touch(self):
        for name in ("tuning", "published", "clean"):
            for sample in read(name):
                size, at = len(sample["text"].encode()), -1
                for start, end in sample["secrets"]:
                    self.assertTrue(at < start < end <= size, sample)
                    at = end
                for start, end, _ in sample.get("other", []):
                    self.assertTrue(0 <= start < end <= size, sample)

    def test_positives_have_secrets_and_the_others_have_none(self):
        for name in ("tuning", "published", "clean"):
            for sample in read(name):
                self.assertEqual(bool(sample["secrets"]), sample["detector"] is not None, sample)

    def test_no_clean_line_and_no_near_miss_holds_what_an_oracle_knows(self):
        for name in ("clean", "tuning", "published"):
            for sample in read(name):
                if sample["detector"] is None:
                    found = set(oracles.scan(sample["text"]))
                    if sample.get("near") in FORM_ONLY:
                        found -= FORM_ONLY
                    with self.subTest(set=name, near=sample.get("near"), text=sample["text"]):
                        self.assertEqual(found, set())

    def test_each_detector_has_as_many_samples_as_the_others(self):
        for name in ("tuning", "published"):
            samples = read(name)
            positive = collections.Counter(sample["detector"] for sample in samples if sample["detector"])
            near = collections.Counter(sample["near"] for sample in samples if not sample["detector"])
            for detector in DETECTORS:
                self.assertEqual(positive[detector.name], generate.POSITIVES, detector.name)
                self.assertEqual(near[detector.name], generate.NEAR, detector.name)

    def test_templates_held_out_are_in_the_published_set_only(self):
        held_out = {key for key, template in TEMPLATES.items() if template.held_out}
        self.assertFalse(held_out & {sample["template"] for sample in read("tuning")})
        unseen = sum(sample["template"] in held_out for sample in read("published"))
        self.assertGreater(unseen, len(read("published")) / 4)

    def test_no_value_is_in_both_sets(self):
        seen = [{(s["detector"], value) for s in read(name) for value in values(s)} for name in ("tuning", "published")]
        common = {pair for pair in seen[0] & seen[1] if pair[0] not in ("private_key", "gcp_service_account", "email")}
        # Passwords out of a few words, and dates, meet by chance.
        self.assertLess(len(common), 30, common)

    def test_the_clean_set_is_large_and_without_repetition(self):
        texts = [sample["text"] for sample in read("clean")]
        self.assertGreaterEqual(len(set(texts)), 5000)

    def test_the_committed_sets_are_what_the_generator_writes(self):
        for name, seed in generate.SEEDS.items():
            self.assertEqual((HERE / f"{name}.jsonl").read_text(), generate.lines(name, seed), name)


if __name__ == "__main__":
    unittest.main()
