"""Judges readings of labelled messages, by the rules of the referee's score.py."""

import json
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from app.assistant.rules import read
from app.domain.qualification import Reading
from app.profiles import load

MINUTE = timedelta(minutes=1)


Judged = list[tuple[dict[str, Any], Reading, float]]


def judge(folder: Path) -> Judged:
    """(case, reading, processor seconds) of every labelled message, read by the rules alone."""
    businesses = {path.stem: load(path) for path in Path("profiles").glob("*.yaml")}
    lines = (folder / "messages.jsonl").read_text(encoding="utf-8").splitlines()
    found = []
    for case in (json.loads(line) for line in lines if line.strip()):
        now, started = datetime.fromisoformat(case["now"]), time.thread_time()
        got = read(case["text"], now=now, business=businesses[case["profile"]], context=case.get("context", ""))
        found.append((case, got, time.thread_time() - started))
    return found


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
