"""Writes the labelled corpus of the redaction tests: `tuning`, `published` and `clean`, as JSON Lines.

python generate.py              # writes the three sets as they are committed
python generate.py --check      # says whether the committed sets are what this generator writes
python generate.py --set tuning --seed 7 --out -   # another draw, to standard output
"""

import argparse
import random
import re
import sys
from pathlib import Path

from stdnum import luhn

import clean
from detectors import DETECTORS
from fields import Fields
from sample import Sample, Value, render

HERE = Path(__file__).parent
SEEDS = {"tuning": 1, "published": 20261122, "clean": 3}
POSITIVES, NEAR, CLEAN = 60, 30, 5000
# Rows of digits as card networks issue them: Visa, Mastercard, American Express, Diners, JCB and UnionPay, Maestro.
ISSUED = re.compile(
    r"(?<!\d)(4(\d{12}|\d{15}|\d{18})|(5[1-5]|2[2-7])\d{14}|3[47]\d{13}|3[0689]\d{12,17}|(35|81)\d{14,17}"
    r"|(50|5[6-9]|6\d)\d{10,17})(?!\d)"
)


def choose(rng, items, published):
    """One of the items: in the tuning set only of those that are not held out."""
    return rng.choice([item for item in items if published or not item.held_out])


def words(items, published):
    """The labels and keys of a detector; a third of them is held out as well."""
    return items if published or len(items) < 3 else [item for index, item in enumerate(items) if index % 3 != 2]


def draw(rng, source):
    value = source.draw(rng)
    return value if isinstance(value, Value) else Value.secret(value)


def sample(rng, detector, source, published, positive):
    template = choose(rng, source.templates, published)
    value, second = draw(rng, source), draw(rng, source)
    if not positive:
        value, second = Value(value.text), Value(second.text)
    key = rng.choice(words(source.keys, published))
    fields = Fields(rng, rng.choice(words(source.labels, published)), key)
    answers = lambda name: (second, None) if name == "S2" else fields(name)
    text, secrets, other = render(template, value, answers)
    where = template.key and template.key.replace("{{K}}", key)
    return Sample(
        detector.name if positive else None,
        None if positive else detector.name,
        template.id,
        template.place,
        where,
        text,
        secrets,
        other,
    )


def holds_card(made):
    """Whether what is not to be hidden is a card's number by chance: whoever hides that is right."""
    raw, kept, at = made.text.encode(), "", 0
    for start, end in made.secrets:
        kept, at = kept + raw[at:start].decode() + "\n", end
    return any(luhn.is_valid(row.group()) for row in ISSUED.finditer(kept + raw[at:].decode()))


def labelled(seed, published):
    """The samples of every detector. Each has its own randomness: a new one does not change the others."""
    for detector in DETECTORS:
        for positive, sources, count in ((True, detector.positives, POSITIVES), (False, detector.near, NEAR)):
            rng = random.Random(f"{seed}/{detector.name}/{positive}")
            seen = set()
            for attempt in range(count * 20):
                if len(seen) == count:
                    break
                made = sample(rng, detector, sources[attempt % len(sources)], published, positive)
                by_chance = detector.name != "payment_card" and holds_card(made)
                if (made.key, made.text) not in seen and not by_chance:
                    seen.add((made.key, made.text))
                    yield made


def lines(name, seed):
    if name == "clean":
        samples = clean.samples(random.Random(f"{seed}/clean"), CLEAN)
    else:
        samples = labelled(seed, name == "published")
    return "".join(made.line() + "\n" for made in samples)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--set", choices=SEEDS, action="append")
    arguments.add_argument("--seed", type=int)
    arguments.add_argument("--out", help="a directory, or - for standard output", default=str(HERE))
    arguments.add_argument("--check", action="store_true")
    asked = arguments.parse_args()
    failed = False
    for name in asked.set or SEEDS:
        text = lines(name, SEEDS[name] if asked.seed is None else asked.seed)
        path = Path(asked.out) / f"{name}.jsonl"
        if asked.check:
            same = path.read_bytes() == text.encode()
            print(f"{name}: {'as generated' if same else 'differs from what this generator writes'}")
            failed |= not same
        elif asked.out == "-":
            sys.stdout.write(text)
        else:
            path.write_bytes(text.encode())
    return failed


if __name__ == "__main__":
    sys.exit(main())
