"""How likely each intent is, learned from labelled phrases: letters, words and a few signs, weighed linearly.

`python -m bench.train` weighs them anew (tests/data/phrases, tests/data/understanding) and writes `intents.json`.
Patterns written by hand were right on 0.69 to 0.83 of phrases that their author had not seen (docs/decisions/0005).
"""

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from app.domain.qualification import Intent

FILE = Path(__file__).with_name("intents.json")
SHORTEST, LONGEST = 2, 4  # letters of a gram
STEM = 5  # letters that stand for a word
WORDS = 1.4  # what the words weigh together beside the letters, whose squares add up to 1
SIGN = 0.5  # what a sign weighs beside them
_WORD = re.compile(r"[а-яА-Яa-z]+|[?!]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """grams: what each speaks for, in whole `unit`s, in the order of `intents`; digest: of what it was learned from."""

    intents: tuple[Intent, ...]
    bias: tuple[float, ...]
    unit: float
    grams: Mapping[str, tuple[int, ...]]
    digest: str


@cache
def weights() -> Weights:
    kept = json.loads(FILE.read_text(encoding="utf-8"))
    return Weights(
        intents=tuple(Intent(name) for name in kept["intents"]),
        bias=tuple(kept["bias"]),
        unit=kept["unit"],
        grams={gram: tuple(row) for gram, row in kept["grams"].items()},
        digest=kept["digest"],
    )


def features(masked: str, signs: Iterable[str]) -> dict[str, float]:
    """Grams within words, dampened when repeated; the words, each alone and with the next two; signs beside them."""
    counts: Counter[str] = Counter()
    for word in masked.split():
        padded = f" {word} "
        for size in range(SHORTEST, min(LONGEST, len(padded)) + 1):
            counts.update(padded[at : at + size] for at in range(len(padded) - size + 1))
    dampened = {gram: 1 + math.log(count) for gram, count in counts.items()}
    norm = math.sqrt(sum(value * value for value in dampened.values())) or 1.0
    words = _words(masked)
    share = WORDS / math.sqrt(len(words))
    return (
        {gram: value / norm for gram, value in dampened.items()}
        | dict.fromkeys(words, share)
        | dict.fromkeys(signs, SIGN)
    )


def _words(masked: str) -> set[str]:
    """«не приду» → {«# не», «# приду», «# не+приду», …}; the ends of the text count as words beside others."""
    stems = [word[:STEM] for word in _WORD.findall(masked)]
    framed = ["", *stems, ""]
    beside = {f"# {one}+{other}" for one, other in pairwise(framed)}
    apart = {f"# {one}++{other}" for one, other in zip(framed, framed[2:], strict=False)}
    return {f"# {stem}" for stem in stems} | beside | apart


def likelihoods(found: Mapping[str, float]) -> dict[Intent, float]:
    """Intent → its share, 0 to 1, all together 1."""
    learned = weights()
    totals = list(learned.bias)
    for gram, value in found.items():
        row = learned.grams.get(gram)
        if row is not None:
            for at, weight in enumerate(row):
                totals[at] += value * weight * learned.unit
    return dict(zip(learned.intents, softmax(totals), strict=True))


def softmax(totals: list[float]) -> list[float]:
    top = max(totals)
    powers = [math.exp(total - top) for total in totals]
    return [power / sum(powers) for power in powers]
