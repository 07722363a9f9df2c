"""The business's knobs: a YAML profile → domain values; every mistake is named at once, with its place and cure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

import holidays
import yaml
from pydantic import BaseModel, ValidationError

from app.domain.business import Business
from app.profile_notation import DAYS, days_of
from app.profile_shape import Days, Profile

Where = tuple[str | int, ...]  # ("services", 2, "price")
AHEAD = timedelta(days=60)  # a deadline or a visit may lie this far in the next year


class Plain(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # the C one where it was built
    """Dates stay text until the shape reads them, so that a wrong one is named with its place."""


Plain.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    where: Where = ()
    found: Any = ""
    expected: str
    cure: str


class ProfileError(Exception):
    """Everything that is wrong with one profile; a line for each: file, line, path, found, expected, cure."""

    def __init__(self, path: Path, problems: Iterable[Problem], lines: dict[Where, int] | None = None) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: _line(problem, lines or {})))
        super().__init__("\n".join(_told(path, problem, lines or {}) for problem in self.problems))


def load(path: Path | str, changes: Mapping[str, Any] | None = None) -> Business:
    """Raises ProfileError with all the problems of the file, or with the one that it cannot be read.

    changes   are tried on top of the file: other days of `hours`, other values of mappings
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
        tree, raw = yaml.compose(text, Loader=Plain), yaml.load(text, Loader=Plain)  # noqa: S506  # Plain is a SafeLoader
    except OSError as error:
        cure = "name one in PROFILE; `otklik init` writes it"
        problem = Problem(found=error.strerror, expected="the path of a business's file", cure=cure)
        raise ProfileError(path, [problem]) from error
    except UnicodeDecodeError as error:
        problem = Problem(found="other bytes", expected="text in UTF-8", cure="save the file as UTF-8")
        raise ProfileError(path, [problem]) from error
    except (yaml.YAMLError, ValueError) as error:
        raise ProfileError(path, [_unreadable(error)]) from error
    if changes and isinstance(raw, dict):
        raw = _merged(raw, changes)
    places = list(_places(tree, ())) if tree else []
    lines = dict(reversed(places))  # of a key given twice the first line
    problems = [*_given_twice(places), *_misfits(raw), *_contradictions(raw)]
    if not problems:
        profile = Profile.model_validate(raw)
        problems = list(_never_open(profile))
        if not problems:
            return profile.value()
    raise ProfileError(path, problems, lines)


def wrong_option(path: Path, option: str, found: str, expected: str) -> ProfileError:
    """What was to be tried on top of a profile cannot be read."""
    return ProfileError(path, [Problem(where=(option,), found=found, expected=expected, cure="mind quotes and colons")])


def warnings(business: Business, now: datetime) -> list[str]:
    """What is no mistake and will still hurt: years whose moved days off the holidays library does not know yet."""
    if not business.holidays:
        return []
    known = holidays.country_holidays(business.holidays).special_public_holidays
    return [
        f"holidays of {business.holidays} in {year}: moved days off are not known yet, add them to hours.exceptions"
        for year in sorted({now.year, (now + AHEAD).year} - set(known))
    ]


def _merged(raw: Mapping[Any, Any], changes: Mapping[str, Any]) -> dict[Any, Any]:
    """Hours are exchanged day for day, all of them; any other mapping key by key."""
    merged = dict(raw)
    for key, value in changes.items():
        old = merged.get(key)
        if key == "hours" and isinstance(old, dict):
            merged[key] = {name: old[name] for name in ("exceptions", "holidays") if name in old} | value
        elif isinstance(old, dict) and isinstance(value, Mapping):
            merged[key] = _merged(old, value)
        else:
            merged[key] = value
    return merged


def _places(node: yaml.Node, where: Where) -> Iterator[tuple[Where, int]]:
    """Every path of the file with its line; a key given twice comes twice."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield (*where, key.value), key.start_mark.line + 1
            yield from _places(value, (*where, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield (*where, index), value.start_mark.line + 1
            yield from _places(value, (*where, index))


def _given_twice(places: list[tuple[Where, int]]) -> Iterator[Problem]:
    seen: set[Where] = set()
    twice: set[Where] = set()
    for where, line in places:
        if where in seen and not any(where[:deep] in twice for deep in range(len(where))):
            twice.add(where)
            yield Problem(where=where, found=f"line {line} again", expected="each key once", cure="remove one of them")
        seen.add(where)


def _misfits(raw: Any) -> Iterator[Problem]:
    """What the shape refuses."""
    if not isinstance(raw, dict):
        expected, cure = "the keys of a business", "docs/profile.md shows them; `otklik init` writes such a file"
        yield Problem(found="nothing" if raw is None else raw, expected=expected, cure=cure)
        return
    try:
        Profile.model_validate(raw)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            where = tuple(part for part in detail["loc"] if part != "[key]")  # pydantic's mark of a wrong key
            yield _misfit(where, detail["type"], detail["input"], detail["msg"], detail.get("ctx", {}))


def _misfit(where: Where, kind: str, found: Any, message: str, facts: dict[str, Any]) -> Problem:
    match kind:
        case "missing":
            return Problem(where=where, found="nothing", expected="this key", cure="add it, docs/profile.md shows how")
        case "extra_forbidden":
            return _unknown(where, where[-1], _keys_at(where[:-1]))
        case "string_type":
            return Problem(where=where, found=found, expected="text", cure="put it in quotes")
        case "profile":
            return Problem(where=where, found=found, expected=facts["expected"], cure=facts["cure"])
        case _:
            expected = facts.get("expected", message.removeprefix("Input should be "))
            return Problem(
                where=where, found=found, expected=str(expected), cure="correct it, docs/profile.md shows how"
            )


def _contradictions(raw: Any) -> Iterator[Problem]:
    """What each key allows and the whole does not. Of a raw file, so that it is told together with the misfits."""
    for list_name in ("services", "resources"):
        yield from _doubles(raw, list_name)
    resources = [found.get("id") for _, found in _rows(raw, ("resources",))]
    for where, service in _rows(raw, ("services",)):
        for index, name in enumerate(_listed(service, "resources")):
            if name not in resources:
                yield _unknown((*where, "resources", index), name, resources)
    yield from _ladder(raw)
    yield from _managers(raw)
    for where, hours, own in _hours(raw):
        yield from _day_keys(where, hours, own)


def _doubles(raw: Any, list_name: str) -> Iterator[Problem]:
    rows = list(_rows(raw, (list_name,)))
    times = Counter(str(row.get("id")) for _, row in rows if "id" in row)
    for where, row in rows:
        if times[str(row.get("id"))] > 1:
            yield Problem(where=(*where, "id"), found=row["id"], expected="an id of its own", cure="rename one of them")


def _ladder(raw: Any) -> Iterator[Problem]:
    last = 0.0
    for where, step in _rows(raw, ("escalation",)):
        after = step.get("after")
        if isinstance(after, int | float):
            if after <= last:
                expected = f"a share greater than {last}" if last else "a share greater than 0"
                yield Problem(where=(*where, "after"), found=after, expected=expected, cure="put the steps in order")
            last = max(last, float(after))


def _managers(raw: Any) -> Iterator[Problem]:
    managers = _at(raw, ("team", "managers"))
    if isinstance(managers, dict) and bool(managers.get("department")) == bool(managers.get("users")):
        expected = "either a department or a list of users"
        cure = "write {department: Администраторы} or {users: [5, 7]}"
        yield Problem(where=("team", "managers"), found=managers, expected=expected, cure=cure)


def _hours(raw: Any) -> Iterator[tuple[Where, dict[Any, Any], tuple[str, ...]]]:
    """Every mapping of days to spans, with the keys that are not days."""
    if isinstance(hours := _at(raw, ("hours",)), dict):
        yield ("hours",), hours, ("exceptions", "holidays")
    for rows in (("resources",), ("sla", "peaks")):
        for where, row in _rows(raw, rows):
            if isinstance(row.get("hours"), dict):
                yield (*where, "hours"), row["hours"], ("exceptions",)


def _day_keys(where: Where, hours: dict[Any, Any], own: tuple[str, ...]) -> Iterator[Problem]:
    taken: dict[int, Any] = {}
    for key in (key for key in hours if key not in own):
        days = days_of(key) if isinstance(key, str) else ()
        if not days:
            yield _unknown((*where, key), key, [*DAYS, *own], expected="a day: mon, mon-fri")
        if twice := [day for day in days if day in taken]:
            expected = f"{DAYS[twice[0]]} once, it is in «{taken[twice[0]]}» already"
            yield Problem(where=(*where, key), found=key, expected=expected, cure="leave the day in one of them")
        taken |= dict.fromkeys(days, key)


def _never_open(profile: Profile) -> Iterator[Problem]:
    try:
        outer = profile.hours.calendar(profile.business.timezone)
    except ValueError:
        yield Problem(
            where=("hours",), found="no open hours", expected="a day that is open", cure='add mon-fri: "10:00-20:00"'
        )
        return
    inner: list[tuple[Where, Days | None]] = [
        (("resources", index, "hours"), found.hours) for index, found in enumerate(profile.resources)
    ]
    inner += [(("sla", "peaks", index, "hours"), peak.hours) for index, peak in enumerate(profile.sla.peaks)]
    for where, hours in inner:
        try:
            (hours or Days()).inside(outer)
        except ValueError:
            expected = "hours that meet the hours of the business"
            yield Problem(where=where, found="no common hours", expected=expected, cure="correct one of the two")


def _unknown(where: Where, name: Any, known: Iterable[Any], expected: str = "") -> Problem:
    names = [str(one) for one in known]
    close = get_close_matches(str(name), names, n=1)
    cure = f"did you mean «{close[0]}»?" if close else "correct or remove it"
    return Problem(where=where, found=name, expected=expected or f"one of {', '.join(names)}", cure=cure)


def _keys_at(where: Where) -> list[str]:
    """The keys that the shape knows at a path."""
    model: type[BaseModel] | None = Profile
    for part in where:
        if isinstance(part, str) and model is not None:
            model = next(
                (_model_in(f.annotation) for name, f in model.model_fields.items() if part in (name, f.alias)), None
            )
    return [field.alias or name for name, field in model.model_fields.items()] if model else []


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)


def _at(raw: Any, where: Where) -> Any:
    for part in where:
        raw = raw.get(part) if isinstance(raw, dict) else None
    return raw


def _rows(raw: Any, where: Where) -> Iterator[tuple[Where, dict[Any, Any]]]:
    rows = _at(raw, where)
    for index, row in enumerate(rows if isinstance(rows, list) else []):
        if isinstance(row, dict):
            yield (*where, index), row


def _listed(row: dict[Any, Any], key: str) -> list[Any]:
    return found if isinstance(found := row.get(key), list) else []


def _unreadable(error: Exception) -> Problem:
    mark = getattr(error, "problem_mark", None)
    found = f"line {mark.line + 1}: {getattr(error, 'problem', '')}" if mark else str(error).splitlines()[0]
    return Problem(found=found, expected="YAML", cure="mind indents, quotes and brackets there")


def _line(problem: Problem, lines: dict[Where, int]) -> int:
    """Of the key itself, or of the nearest one above it."""
    where = problem.where
    return next((lines[where[:deep]] for deep in range(len(where), 0, -1) if where[:deep] in lines), 1)


def _told(path: Path, problem: Problem, lines: dict[Where, int]) -> str:
    where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in problem.where).lstrip(".")
    found = " ".join(str(problem.found).split())
    short = found if len(found) <= 60 else found[:59] + "…"
    place = f"{path}:{_line(problem, lines)}: " + (f"{where}: " if where else "")
    return f"{place}found «{short}», expected {problem.expected}; {problem.cure}"
