"""Weighs the letters' n-grams of the learned intents anew: `python -m bench.train` → app/assistant/rules/intents.json.

A linear model, cross-entropy, AdaGrad, a fixed order: the same phrases give the same file. `--unseen` prints first what
five trainings, each without a fifth of the phrases, make of that fifth.
"""

import hashlib
import json
import math
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from app.assistant.rules import learned
from app.assistant.rules.heard import hear
from app.domain.business import Business
from app.domain.qualification import Intent
from app.profiles import load

DATA = Path("tests/data")
LISTS = (DATA / "phrases" / "intents.tsv",)
INTENTS = tuple(Intent)
ROUNDS = 40
RATE = 0.5
DECAY = 3e-5  # of the weights, at each phrase that shows them
SEEN = 2  # phrases that must share a gram
UNIT = 0.05
FOLDS = 5
NOW = "2027-02-09T12:00:00"  # where a phrase is listed without its moment: a Tuesday

Row = tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    found: dict[str, float]
    intent: int


def main() -> None:
    examples = [*_labelled(), *_listed()]
    order = sorted(range(len(examples)), key=lambda at: hashlib.sha256(str(at).encode()).digest())
    examples = [examples[at] for at in order]
    if "--unseen" in sys.argv[1:]:
        print(f"{len(examples)} phrases, unseen fifths: {_unseen(examples):.3f}", flush=True)
    grams, bias = _weighed(examples)
    kept = {gram: row for gram, values in sorted(grams.items()) if any(row := [round(one / UNIT) for one in values])}
    head = {"intents": INTENTS, "bias": [round(one, 3) for one in bias], "unit": UNIT, "digest": digest()}
    lines = ",\n".join(f"{json.dumps(gram, ensure_ascii=False)}: {json.dumps(row)}" for gram, row in kept.items())
    learned.FILE.write_text(f'{json.dumps(head)[:-1]}, "grams": {{\n{lines}\n}}}}\n', encoding="utf-8")
    print(f"{learned.FILE}: {len(kept)} grams")


def sources() -> list[Path]:
    return [*LISTS, *sorted((DATA / "phrases").glob("*.jsonl")), DATA / "understanding" / "messages.jsonl"]


def digest() -> str:
    """Of all that is learned from: a test holds the kept weights to it."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources())).hexdigest()[:16]


def _labelled() -> Iterator[Example]:
    for path in sources()[len(LISTS) :]:
        for line in path.read_text(encoding="utf-8").splitlines():
            case: dict[str, Any] = json.loads(line)
            now = datetime.fromisoformat(case["now"])
            yield _example(case["text"], case["profile"], case.get("context", ""), now, case["expect"]["intent"])


def _listed() -> Iterator[Example]:
    """Lines of intent, profile, text and, where the answer depends on it, the bot's last words; tabs between."""
    for path in LISTS:
        for line in path.read_text(encoding="utf-8").splitlines():
            intent, profile, text, *context = line.split("\t")
            yield _example(text, profile, "".join(context), datetime.fromisoformat(f"{NOW}+03:00"), intent)


def _example(text: str, profile: str, context: str, now: datetime, intent: str) -> Example:
    found = hear(text, now=now, business=_business(profile), context=context).features
    return Example(found=found, intent=INTENTS.index(Intent(intent)))


_businesses: dict[str, Business] = {}


def _business(profile: str) -> Business:
    if profile not in _businesses:
        _businesses[profile] = load(Path("profiles") / f"{profile}.yaml")
    return _businesses[profile]


def _unseen(examples: Sequence[Example]) -> float:
    right = 0
    for fold in range(FOLDS):
        grams, bias = _weighed([one for at, one in enumerate(examples) if at % FOLDS != fold])
        for example in examples[fold::FOLDS]:
            totals = _totals(example, grams, bias)
            right += max(range(len(INTENTS)), key=totals.__getitem__) == example.intent
    return right / len(examples)


def _weighed(examples: Sequence[Example]) -> tuple[dict[str, list[float]], list[float]]:
    shared = Counter(gram for example in examples for gram in example.found)
    grams = {gram: [0.0] * len(INTENTS) for gram, count in sorted(shared.items()) if count >= SEEN}
    steps = {gram: [1e-2] * len(INTENTS) for gram in grams}
    bias, bias_steps = [0.0] * len(INTENTS), [1e-2] * len(INTENTS)
    order = list(range(len(examples)))
    shuffle = random.Random(1).shuffle
    for _ in range(ROUNDS):
        shuffle(order)
        for at in order:
            example = examples[at]
            wrong = learned.softmax(_totals(example, grams, bias))
            wrong[example.intent] -= 1
            for gram, value in example.found.items():
                if gram in grams:
                    _step(grams[gram], steps[gram], wrong, value)
            _step(bias, bias_steps, wrong, 0.1)
    return grams, bias


def _totals(example: Example, grams: dict[str, list[float]], bias: list[float]) -> list[float]:
    totals = list(bias)
    for gram, value in example.found.items():
        for at, weight in enumerate(grams.get(gram, ())):
            totals[at] += value * weight
    return totals


def _step(weights: list[float], steps: list[float], wrong: list[float], value: float) -> None:
    for at, error in enumerate(wrong):
        slope = error * value + DECAY * weights[at]
        steps[at] += slope * slope
        weights[at] -= RATE * slope / math.sqrt(steps[at])


if __name__ == "__main__":
    main()
