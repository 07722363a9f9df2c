"""What the assistant understands, line by line and as a score: the engine of `otklik understand` and `evaluate`."""

import hashlib
import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TextIO

from app.assistant import rules
from app.assistant.understand import Assistant
from app.domain.business import Business
from app.domain.qualification import Question, Reading, Understanding, When
from app.observe.metrics import Meter
from app.profiles import load
from app.runtime import assistant_of
from app.settings import Settings

FIELDS = ("intent", "heat", "when", "services", "phone", "name")
SPARSE = ("phone", "name")
PROFILES = Path(__file__).parents[2] / "profiles"

Ask = Callable[[Question, Business], Any]


class BadLine(Exception):
    """A line that cannot be read: its number, what was found, what was expected."""


async def understand(source: Iterable[str], target: TextIO, model: str) -> None:
    """One answer a line, in the order of the questions; a bad line is told at the end and costs no other its answer."""
    bad: list[str] = []
    async with _asker(model) as ask:
        for number, line in enumerate(source, 1):
            if not line.strip():
                continue
            try:
                case = _case(line, number)
            except BadLine as error:
                bad.append(str(error))
                continue
            target.write(json.dumps(await _predict(case, ask), ensure_ascii=False) + "\n")
            target.flush()
    if bad:
        raise BadLine("\n".join(bad))


async def evaluate(file: Path, target: TextIO, model: str, misses: int) -> None:
    """A line a field with the share that is right, of all and of the sealed messages, then the misses."""
    judged = []
    async with _asker(model) as ask:
        for case in _cases(file):
            got = await _predict(case, ask)
            expected = {field: case["expect"].get(field) for field in FIELDS}
            judged.append(Judged(id=case["id"], text=case["text"], expected=expected, got=got))
    for title, some in (("", judged), ("sealed ", [one for one in judged if is_sealed(one.id)])):
        for line in _scores(some):
            target.write(f"{title}{line}\n")
    for one in [one for one in judged if one.wrong][:misses]:
        told = "; ".join(f"{name}: {one.expected[name]!r} but got {one.got[name]!r}" for name in one.wrong)
        target.write(f"{one.id} {one.text[:80]!r}\n    {told}\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A labelled message and what was understood of it, both field by field."""

    id: str
    text: str
    expected: dict[str, Any]
    got: dict[str, Any]

    @property
    def wrong(self) -> list[str]:
        return [field for field in FIELDS if not is_right(field, self.expected[field], self.got[field])]


def is_sealed(name: str) -> bool:
    """A quarter, by hash of the id `name`. What it scored before it was learned from stands in docs/decisions/0005."""
    return hashlib.sha256(name.encode()).digest()[0] % 4 == 0


def _scores(judged: Sequence[Judged]) -> Iterator[str]:
    """Nulls alone would make a good score, so names and phones are also told of the rows that have or got one."""
    if not judged:
        return
    for field in FIELDS:
        yield f"{field:9s} {_right(field, judged)}"
        if field in SPARSE:
            named = [one for one in judged if one.expected[field] or one.got[field]]
            yield f"{field:9s} {_right(field, named)}  where one is expected or read"
    whole = sum(not one.wrong for one in judged)
    yield f"{'all':9s} {whole / len(judged):.3f}  ({whole} of {len(judged)})"


def _right(field: str, judged: Sequence[Judged]) -> str:
    hits = sum(field not in one.wrong for one in judged)
    return f"{hits / len(judged):.3f}  ({hits} of {len(judged)})" if judged else "–"


def is_right(field: str, expected: Any, got: Any) -> bool:
    """As tests/data/understanding/score.py judges: exact times equal, windows share at least half of their union."""
    match field:
        case "when":
            return _same_when(expected, got)
        case "services":
            return sorted(expected or []) == sorted(got or [])
        case "name":
            return _folded(expected) == _folded(got)
        case _:
            return bool(expected == got)


def _same_when(expected: dict[str, Any] | None, got: dict[str, Any] | None) -> bool:
    if not expected or not got:
        return not expected and not got
    (want_from, want_to), (have_from, have_to) = _window(expected), _window(got)
    if expected["exact"]:
        return (want_from, want_to) == (have_from, have_to)
    minute = timedelta(minutes=1)
    shared = max(min(want_to, have_to) - max(want_from, have_from) + minute, timedelta())
    return shared / (max(want_to, have_to) - min(want_from, have_from) + minute) >= 0.5


def _window(value: dict[str, Any]) -> tuple[datetime, datetime]:
    return datetime.fromisoformat(value["earliest"]), datetime.fromisoformat(value["latest"])


def _folded(name: str | None) -> str:
    return (name or "").casefold().replace("ё", "е")


@asynccontextmanager
async def _asker(model: str) -> AsyncIterator[Ask]:
    if model == "none":

        async def by_rules(question: Question, business: Business) -> Understanding:
            return rules.answer(question, business)

        yield by_rules
        return
    assistant: Assistant = assistant_of(Settings.load(), Meter())
    try:
        yield assistant.understand
    finally:
        await assistant.aclose()


async def _predict(case: dict[str, Any], ask: Ask) -> dict[str, Any]:
    now = datetime.fromisoformat(case["now"])
    history = (("assistant", case["context"]),) if case.get("context") else ()
    question = Question(texts=(case["text"],), kinds=("text",), history=history, now=now)
    understanding: Understanding = await ask(question, _business(case["profile"]))
    return {"id": case["id"], **shown(understanding.reading), "reply": understanding.reply}


def shown(reading: Reading) -> dict[str, Any]:
    """The fields of a reading as a labelled message has them."""
    return {
        "intent": reading.intent,
        "heat": reading.heat,
        "when": _when(reading.when),
        "services": list(reading.services),
        "phone": reading.phone,
        "name": reading.name,
    }


def _when(when: When | None) -> dict[str, Any] | None:
    if when is None:
        return None
    return {"earliest": when.earliest.isoformat(), "latest": when.latest.isoformat(), "exact": when.exact}


def _cases(file: Path) -> list[dict[str, Any]]:
    if not file.is_file():
        raise BadLine(f"{file}: not found, expected labelled messages as JSON lines")
    lines = file.read_text(encoding="utf-8").splitlines()
    return [_case(line, number) for number, line in enumerate(lines, 1) if line.strip()]


def _case(line: str, number: int) -> dict[str, Any]:
    try:
        case: dict[str, Any] = json.loads(line)
        _ = case["id"], case["text"], _aware(case["now"]), _business(case["profile"])
    except KeyError as error:
        raise BadLine(f"line {number}: no {error}; expected {{id, profile, now, text, context?}}") from None
    except (ValueError, TypeError) as error:
        raise BadLine(f"line {number}: {error}; expected {{id, profile, now, text, context?}}") from None
    return case


def _aware(now: str) -> datetime:
    moment = datetime.fromisoformat(now)
    if moment.utcoffset() is None:
        raise ValueError(f"now {now!r} has no offset, expected such as +03:00")
    return moment


@cache
def _business(profile: str) -> Business:
    """A profile's name among ours, a file, or a name in another folder (`../profiles/salon`)."""
    for path in (PROFILES / f"{profile}.yaml", Path(profile), Path(f"{profile}.yaml")):
        if path.is_file():
            return load(path)
    raise ValueError(f"profile {profile!r} is neither a file nor one of ours")
