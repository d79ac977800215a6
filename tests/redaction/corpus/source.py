"""What a detector has: values, near misses, and the texts that they stand in."""

from dataclasses import dataclass, field

from sample import Value
from templates import LABELLED, SHARED, numbered


@dataclass(frozen=True)
class Source:
    """Values with the texts they stand in, and the words that name them there."""

    draw: object
    templates: list
    labels: tuple = ("",)
    keys: tuple = ("value",)


@dataclass(frozen=True)
class Detector:
    name: str
    default_on: bool
    positives: list = field(default_factory=list)
    near: list = field(default_factory=list)


def token(name, draw, own, near, on=True):
    """A detector of something recognisable by itself."""
    own = numbered(name, own)
    return Detector(name, on, [Source(draw, SHARED), *([Source(draw, own)] if own else [])], [Source(near, SHARED)])


def shortened(draw, cut, extra=()):
    """Near misses of a token: cut off, glued to a word, its prefix alone in prose."""

    def near(rng):
        whole = draw(rng)
        while isinstance(whole, Value):
            whole = draw(rng)
        return rng.choice([whole[:cut], whole[: cut - 3], "x" + whole[:cut], *extra])

    return near


def pick(*draws):
    return lambda rng: rng.choice(draws)(rng)


def named(
    name, bare, near, labels, keys, on=False, said=None, near_templates=LABELLED, near_labels=None, near_keys=None
):
    """A detector of something that is recognised with its name, and by itself where `bare` is given."""
    positives = [Source(bare, SHARED)] if bare else []
    positives.append(Source(said or bare, LABELLED, labels, keys))
    return Detector(name, on, positives, [Source(near, near_templates, near_labels or labels, near_keys or keys)])
