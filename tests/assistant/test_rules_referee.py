"""The rules alone against the labelled messages: tests/data/understanding, or those of OTKLIK_REFEREES."""

import json
import os
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.assistant.rules import read
from app.domain.qualification import Reading
from app.profiles import load

FOLDER = Path(os.environ.get("OTKLIK_REFEREES") or "tests/data") / "understanding"
LEAST = {"intent": 0.95, "heat": 0.95, "when": 0.95, "services": 0.95, "phone": 0.99, "name": 0.95}
LEAST_WHOLE = 0.90
MOST_MS = 5.0  # of the median message
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def judged() -> list[tuple[dict[str, Any], Reading, float]]:
    """(case, reading, seconds) of every labelled message."""
    businesses = {path.stem: load(path) for path in Path("profiles").glob("*.yaml")}
    lines = (FOLDER / "messages.jsonl").read_text(encoding="utf-8").splitlines()
    found = []
    for case in (json.loads(line) for line in lines if line.strip()):
        now, started = datetime.fromisoformat(case["now"]), time.perf_counter()
        got = read(case["text"], now=now, business=businesses[case["profile"]], context=case.get("context", ""))
        found.append((case, got, time.perf_counter() - started))
    return found


@pytest.mark.parametrize("field", LEAST)
def test_understanding(field: str, judged: list[tuple[dict[str, Any], Reading, float]]) -> None:
    wrong = [case["id"] for case, got, _ in judged if not is_right(field, case["expect"], got)]
    assert LEAST[field] <= 1 - len(wrong) / len(judged), wrong


def test_messages_understood_in_every_field(judged: list[tuple[dict[str, Any], Reading, float]]) -> None:
    whole = sum(all(is_right(field, case["expect"], got) for field in LEAST) for case, got, _ in judged)
    assert LEAST_WHOLE <= whole / len(judged)


def test_reading_is_quick(judged: list[tuple[dict[str, Any], Reading, float]]) -> None:
    seconds = sorted(seconds for _, _, seconds in judged)
    assert seconds[len(seconds) // 2] * 1000 <= MOST_MS


def is_right(field: str, expect: dict[str, Any], got: Reading) -> bool:
    """By the rules of the referee's score.py."""
    wanted = expect[field]
    if field == "when":
        return is_same_when(wanted, got)
    if field == "services":
        return sorted(wanted) == sorted(got.services)
    if field == "name":
        return (wanted or "").casefold().replace("ё", "е") == (got.name or "").casefold().replace("ё", "е")
    return bool(wanted == getattr(got, field))


def is_same_when(wanted: dict[str, Any] | None, got: Reading) -> bool:
    if wanted is None or got.when is None:
        return wanted is got.when
    first, last = (datetime.fromisoformat(wanted[edge]) for edge in ("earliest", "latest"))
    if wanted["exact"]:
        return (first, last) == (got.when.earliest, got.when.latest)
    shared = max(min(last, got.when.latest) - max(first, got.when.earliest) + MINUTE, timedelta())
    covered = max(last, got.when.latest) - min(first, got.when.earliest) + MINUTE
    return shared / covered >= 0.5
