"""The portal's event deliveries, form-encoded or JSON, as typed records.

A hint that something changed, never the truth: there is no signature, no order, no second attempt. Compare the token,
then read the object itself.
"""

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import orjson

from bitrix.wire import whole

MAX_DEPTH = 16  # the portal's own nesting stays below 8
MAX_FIELDS = 20_000
IDS = (("FIELDS", "ID"), ("FIELDS_AFTER", "ID"), ("FIELDS_BEFORE", "ID"), ("ID",), ("id",))


class MalformedEvent(ValueError):
    """The body is no event of a portal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One delivery. In the form shape every scalar is text, empty lists and maps are missing altogether.

    name               upper-case, e.g. ONCRMDEALUPDATE
    object_id          of what it is about; None where `data` names no single object
    data               a map; a bare scalar (ONIMCONNECTORLINEDELETE) stands under "value"
    ts                 unix time of the event by the portal's clock; 0 when it says none
    application_token  to compare with `is_from`
    auth               the whole block: with tokens on ONAPPINSTALL (`Tokens.read`), without when a robot acted
    """

    name: str
    object_id: int | None
    data: Mapping[str, Any]
    ts: int
    member_id: str
    domain: str
    application_token: str = field(repr=False)
    auth: Mapping[str, Any] = field(repr=False)

    def is_from(self, application_token: str) -> bool:
        """Whether the sender knows the token we were given; never with an empty one. Takes constant time."""
        known, given = application_token.encode(), self.application_token.encode("utf-8", "replace")
        return bool(known) and hmac.compare_digest(known, given)


def parse_event(body: bytes, content_type: str) -> Event:
    """The event in a request's body. Raises `MalformedEvent`; nothing in it has been verified."""
    fields = _json(body) if "json" in content_type.lower() else parse_form(body)
    name = fields.get("event")
    if not isinstance(name, str) or not name:
        raise MalformedEvent("no event is named")
    raw, auth = fields.get("data"), fields.get("auth")
    data = raw if isinstance(raw, Mapping) else {} if raw in (None, "", []) else {"value": raw}
    auth = auth if isinstance(auth, Mapping) else {}
    return Event(
        name=name.upper(),
        object_id=_object_id(data),
        data=data,
        ts=whole(fields.get("ts")) or 0,
        member_id=_word(auth, "member_id"),
        domain=_word(auth, "domain"),
        application_token=_word(auth, "application_token"),
        auth=auth,
    )


def parse_form(body: bytes, *, max_fields: int = MAX_FIELDS) -> dict[str, Any]:
    """A form-encoded body, unflattened. Raises `MalformedEvent` when it is none, too deep or has too many fields."""
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=max_fields, errors="replace")
    except ValueError as error:  # UnicodeDecodeError is one
        raise MalformedEvent("not a form") from error
    return _unflatten(pairs)


def _unflatten(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """`a[b][0]=x` → `{"a": {"b": ["x"]}}`: `[]` appends, keys 0..n-1 make a list, the last of two wins."""
    root: dict[str, Any] = {}
    for name, value in pairs:
        _put(root, _path(name), value)
    return {key: _lists(inner) for key, inner in root.items()}


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        fields = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedEvent("not JSON") from error
    if not isinstance(fields, dict):
        raise MalformedEvent("not an object")
    return fields


def _path(name: str) -> list[str]:
    head, bracket, rest = name.partition("[")
    if not bracket or not rest.endswith("]"):
        return [name]
    path = [head, *rest[:-1].split("][")]
    if len(path) > MAX_DEPTH:
        raise MalformedEvent("nested too deep")
    return path


def _put(node: dict[str, Any], path: list[str], value: str) -> None:
    for step in path[:-1]:
        key = step or str(len(node))
        inner = node.get(key)
        if not isinstance(inner, dict):
            inner = node[key] = {}
        node = inner
    node[path[-1] or str(len(node))] = value


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {key: _lists(item) for key, item in value.items()}
    if inner and all(str(index) in inner for index in range(len(inner))):
        return [inner[str(index)] for index in range(len(inner))]
    return inner


def _object_id(data: Mapping[str, Any]) -> int | None:
    return next((number for path in IDS if (number := whole(_at(data, path))) is not None), None)


def _at(data: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        data = data.get(key) if isinstance(data, Mapping) else None
    return data


def _word(auth: Mapping[str, Any], key: str) -> str:
    value = auth.get(key)
    return value if isinstance(value, str) else ""
