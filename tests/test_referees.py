"""The referees: cases never edited to fit. OTKLIK_REFEREES may name another folder with the same file names."""

import json
import os
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.domain.calendar import (
    Calendar,
    Spans,
    due_at,
    is_open,
    local_to_utc,
    next_opening,
    open_intervals,
    working_time,
)

REFEREES = Path(os.environ.get("OTKLIK_REFEREES") or Path(__file__).parent / "data")
SLA = json.loads((REFEREES / "sla_cases.json").read_text())
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def minutes(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def spans(pairs: list[list[str]], breaks: list[list[str]]) -> Spans:
    """The spans of a day with its breaks cut out."""
    left = [(minutes(start), minutes(end)) for start, end in pairs]
    for rest_from, rest_to in ((minutes(start), minutes(end)) for start, end in breaks):
        pieces = [((start, min(end, rest_from)), (max(start, rest_to), end)) for start, end in left]
        left = [piece for pair in pieces for piece in pair if piece[0] < piece[1]]
    return tuple(sorted(left))


def calendar_of(case: dict[str, Any]) -> Calendar:
    """In these cases a holiday outranks an override, so both are written as exceptions."""
    facts = SLA["calendars"][case["calendar"]]
    weekly = tuple(spans(facts["weekly"].get(day, []), []) for day in DAYS)
    overrides, breaks = facts["date_overrides"], facts["breaks"]
    exceptions: dict[date, Spans] = {}
    for day in {*overrides, *breaks}:
        usual = facts["weekly"].get(DAYS[date.fromisoformat(day).weekday()], [])
        exceptions[date.fromisoformat(day)] = spans(overrides.get(day, usual), breaks.get(day, []))
    exceptions |= {date.fromisoformat(day): () for day in facts["holidays"]}
    return Calendar(zone=facts["timezone"], weekly=weekly, exceptions=exceptions)


def pauses_of(case: dict[str, Any]) -> list[tuple[datetime, datetime]]:
    return [(at(starts), at(ends)) for starts, ends in case.get("pauses_utc", [])]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


OPERATIONS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "deadline": lambda c: due_at(at(c["start_utc"]), timedelta(seconds=c["duration_s"]), calendar_of(c), pauses_of(c)),
    "elapsed": lambda c: working_time(at(c["start_utc"]), at(c["end_utc"]), calendar_of(c), pauses_of(c)),
    "is_open": lambda c: is_open(at(c["start_utc"]), calendar_of(c)),
    "next_open": lambda c: next_opening(at(c["start_utc"]), calendar_of(c)),
    "open_intervals": lambda c: [
        list(found) for found in open_intervals(at(c["start_utc"]), calendar_of(c), c["count"])
    ],
    "local_to_utc": lambda c: local_to_utc(at(c["local_time"]), SLA["calendars"][c["calendar"]]["timezone"]),
}


def accepted(case: dict[str, Any]) -> list[Any]:
    if "expected_s" in case:
        return [timedelta(seconds=case["expected_s"])]
    if "expected" in case:
        return [case["expected"]]
    if case["op"] == "open_intervals":
        return [[[at(opens), at(closes)] for opens, closes in case["expected_utc"]]]
    return [at(case[key]) for key in ("expected_utc", "also_accept_utc") if key in case]


@pytest.mark.parametrize("case", SLA["cases"], ids=lambda case: case["id"])
def test_sla_case(case: dict[str, Any]) -> None:
    assert OPERATIONS[case["op"]](case) in accepted(case)
