"""The own rules read Russian customers without a network: each labelled set, field by field, and time a message."""

import json
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from app.assistant import rules
from app.domain.qualification import Question
from app.flow.evaluate import FIELDS, is_right, is_sealed, shown
from app.profiles import load
from bench.options import Options
from bench.report import ROOT, Promise, Report, Table, ms, quantile

SETS = (ROOT / "tests/data/understanding/messages.jsonl", *sorted((ROOT / "tests/data/phrases").glob("*.jsonl")))
LEAST = {"intent": 0.97, "heat": 0.97, "when": 0.97, "services": 0.97, "phone": 0.99, "name": 0.95, "all": 0.90}
MOST_SECONDS = 0.005


async def run(options: Options) -> Report:
    rows, seconds, referee = [], list[float](), dict[str, float]()
    for path in SETS:
        cases = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        judged = [_judged(case) for case in cases]
        seconds += [took for _, took in judged]
        shares = _shares([wrong for wrong, _ in judged])
        referee = referee or shares
        rows.append((path.stem, str(len(cases)), *(f"{shares[field]:.3f}" for field in LEAST)))
        if path == SETS[0]:
            sealed = [wrong for case, (wrong, _) in zip(cases, judged, strict=True) if is_sealed(case["id"])]
            rows.append(("its sealed quarter", str(len(sealed)), *(f"{_shares(sealed)[field]:.3f}" for field in LEAST)))
    told = [
        Promise(what=f"{field} of the referee's set", promised=f"≥ {least}", measured=f"{referee[field]:.3f}",
                kept=referee[field] >= least)
        for field, least in LEAST.items()
    ]  # fmt: skip
    middle = quantile(seconds, 0.5)
    quick = Promise(what="a message, p50", promised="≤ 5 ms", measured=ms(middle), kept=middle <= MOST_SECONDS)
    return Report(
        promises=[*told, quick, Promise(what="a message, p99", promised="–", measured=ms(quantile(seconds, 0.99)))],
        tables=[Table(title="Every set", heads=("set", "messages", *LEAST), rows=rows)],
        how=("All of these sets were learned from: what new messages score is in docs/decisions/0005.",),
    )


def _judged(case: dict[str, Any]) -> tuple[list[str], float]:
    """(fields that are wrong, processor seconds)."""
    business = load(Path("profiles") / f"{case['profile']}.yaml")
    now, began = datetime.fromisoformat(case["now"]), time.thread_time()
    history = (("assistant", case["context"]),) if case.get("context") else ()
    reading = rules.answer(Question(texts=(case["text"],), history=history, now=now), business).reading
    took, got = time.thread_time() - began, shown(reading)
    return [field for field in FIELDS if not is_right(field, case["expect"].get(field), got[field])], took


def _shares(wrong: list[list[str]]) -> dict[str, float]:
    right = {field: sum(field not in one for one in wrong) / len(wrong) for field in FIELDS}
    return right | {"all": sum(not one for one in wrong) / len(wrong)}
