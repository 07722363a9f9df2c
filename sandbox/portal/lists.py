"""Filters, order and pages: what the portal's lists have in common (reference 3.12, 11.5)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from sandbox.portal.calls import Call, Page, listing, mapping
from sandbox.portal.errors import invalid_argument

PAGE = 50  # reference 11.5 (33)
Get = Callable[[str], Any]  # a row's value by field name
Test = Callable[[Get], bool]

_OPERATORS = ("!=%", "!%=", "!@", "!%", "!=", ">=", "<=", "=%", "%=", "!", "=", ">", "<", "@", "%")


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One key of a filter, its value already in the field's own type (reference 11.5 (38))."""

    operator: str  # one of _OPERATORS, or "" for plain equality
    name: str
    operand: Any

    def __call__(self, get: Get) -> bool:
        value = get(self.name)
        negated = self.operator.startswith("!")
        return self._holds(value) != negated

    @property
    def wanted(self) -> list[Any] | None:
        """The values that this condition allows, if it is an equality: an index can answer it."""
        if self.operator not in ("", "=", "@"):
            return None
        return self.operand if isinstance(self.operand, list) else [self.operand]

    def _holds(self, value: Any) -> bool:
        operator = self.operator.lstrip("!")
        values = value if isinstance(value, list) else [value]
        if operator in (">", ">=", "<", "<="):
            return any(_compares(operator, one, self.operand) for one in values)
        if "%" in operator:
            pattern = _pattern(operator, str(self.operand))
            return any(one is not None and pattern.fullmatch(str(one)) is not None for one in values)
        wanted = self.operand if isinstance(self.operand, list) else [self.operand]
        if any(one in ("", None) for one in wanted) and (not values or all(one in (None, "") for one in values)):
            return True
        return any(one in wanted for one in values if one is not None)


def split_key(key: str) -> tuple[str, str]:
    """`>=DATE_CREATE` → (">=", "DATE_CREATE")."""
    operator = next((sign for sign in _OPERATORS if key.startswith(sign)), "")
    return operator, key[len(operator) :]


def compile_filter(tree: Any, leaf: Callable[[str, Any], Test | None]) -> tuple[list[Test], Test]:
    """A filter → its top-level conditions, and the test of a row.

    Numbered keys hold nested groups, joined by their `logic` (reference 3.1); a leaf of None is ignored.
    """
    tests: list[Test] = []
    either = False
    for key, value in mapping(tree).items():
        if key.lower() == "logic":
            either = str(value).upper() == "OR"
        elif key.isdigit() and isinstance(value, dict | list):
            tests.append(compile_filter(value, leaf)[1])
        elif (test := leaf(key, value)) is not None:
            tests.append(test)
    if either:
        return [], lambda get: any(test(get) for test in tests)
    return tests, lambda get: all(test(get) for test in tests)


def parse_order(raw: Any) -> list[tuple[str, bool]]:
    """`{"ID": "ASC"}` → [("ID", descending?)]; a direction that is no direction is refused (reference 3.2)."""
    found = []
    for name, direction in mapping(raw).items():
        word = str(direction).strip().upper().split(",")[0]
        if word not in ("ASC", "DESC"):
            raise invalid_argument(
                f"Invalid order: allowed sort directions are `ASC, DESC`. But got `{direction}` for field `{name}`"
            )
        found.append((name, word == "DESC"))
    return found


def sort_rows(rows: list[Any], order: list[tuple[str, bool]], get: Callable[[Any, str], Any]) -> None:
    for name, descending in reversed(order):
        rows.sort(key=partial(_key, get, name), reverse=descending)


def _key(get: Callable[[Any, str], Any], name: str, row: Any) -> tuple[int, Any]:
    return sort_key(get(row, name))


def sort_key(value: Any) -> tuple[int, Any]:
    """Empty first, then numbers as numbers, then text: lists of either kind sort without a clash."""
    if value is None or isinstance(value, list | dict):
        return (0, 0)
    if isinstance(value, datetime):
        return (1, value.timestamp())
    if isinstance(value, date):
        return (1, value.toordinal())
    number = as_number(value)
    return (1, number) if number is not None else (2, str(value))


def as_number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def first_of_page(start: int) -> int:
    """Offsets between pages fall back to the page's beginning (reference 2.9, 11.5 (33))."""
    return max(start, 0) // PAGE * PAGE


def page_of(rows: list[Any], start: int) -> Page:
    """`start=-1` neither counts nor pages (reference 11.3 (19))."""
    first = first_of_page(start)
    if start < 0:
        return Page(result=rows[:PAGE], total=0)
    following = first + PAGE if first + PAGE < len(rows) else None
    return Page(result=rows[first : first + PAGE], total=len(rows), next=following)


def list_rows(call: Call, rows: Iterable[dict[str, Any]], *, ignore: Iterable[str] = (), default: str = "ID") -> Page:
    """Filter, order, select and page plain rows; unknown filter keys are ignored, as old methods do."""
    ignored = {name.upper() for name in ignore}
    known = list(rows)

    def leaf(key: str, value: Any) -> Test | None:
        operator, name = split_key(key)
        name = name.upper()
        if name in ignored or not any(name in row for row in known[:1]):
            return None
        operand = [_text(one) for one in listing(value)] if isinstance(value, list | dict) else _text(value)
        return Condition(operator=operator, name=name, operand=operand)

    test = compile_filter(call.loose("filter"), leaf)[1]
    found = [row for row in known if test(partial(_text_of, row))]
    order = [(name.upper(), down) for name, down in parse_order(call.loose("order"))] or [(default, False)]
    sort_rows(found, order, lambda row, name: row.get(name))
    page = page_of(found, call.start)
    return Page(result=[select_row(row, call.loose("select")) for row in page.result], total=page.total, next=page.next)


def select_row(row: dict[str, Any], select: Any) -> dict[str, Any]:
    names = {str(name).upper() for name in listing(select)}
    if not names or "*" in names:
        return row
    return {name: value for name, value in row.items() if name in names or name == "ID"}


def sorted_as_users(call: Call, rows: list[dict[str, Any]]) -> None:
    """user.* and department.* take `sort` and `order` as two scalars (reference 2.9, 11.5 (37))."""
    name = str(call.loose("sort") or "ID").upper()
    descending = str(call.loose("order") or "ASC").upper() == "DESC"
    sort_rows(rows, [(name, descending)], lambda row, key: row.get(key))


def _text(value: Any) -> Any:
    if isinstance(value, bool):
        return "Y" if value else "N"
    return None if value is None else str(value)


def _text_of(row: dict[str, Any], name: str) -> Any:
    return _texts(row.get(name))


def _texts(value: Any) -> Any:
    return [_text(one) for one in value] if isinstance(value, list) else _text(value)


def _compares(operator: str, value: Any, operand: Any) -> bool:
    if value is None or operand is None or isinstance(operand, list):
        return False
    if isinstance(value, str) or isinstance(operand, str):
        left, right = as_number(value), as_number(operand)
        if left is None or right is None:
            left, right = str(value), str(operand)  # type: ignore[assignment]
        value, operand = left, right
    if type(value) is not type(operand) and isinstance(value, date) != isinstance(operand, date):
        return False
    if operator == ">":
        return bool(value > operand)
    if operator == ">=":
        return bool(value >= operand)
    return bool(value < operand) if operator == "<" else bool(value <= operand)


def _pattern(operator: str, text: str) -> re.Pattern[str]:
    """`%` finds a part and takes the text literally; `=%` is SQL's LIKE, where only `%` is a wildcard."""
    if operator == "%":
        return re.compile(f".*{re.escape(text)}.*", re.IGNORECASE | re.DOTALL)
    return re.compile(".*".join(map(re.escape, text.split("%"))), re.IGNORECASE | re.DOTALL)
