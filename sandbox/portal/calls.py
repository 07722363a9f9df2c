"""One call of one method: who calls, with what; and the table of methods that the portal knows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.portal.errors import RestError

if TYPE_CHECKING:
    from sandbox.portal.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    user_id: int
    scopes: frozenset[str]
    key: str  # webhook code or client id: the operating limit counts by it
    application: str | None = None  # client id; None for an inbound webhook


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    world: World
    caller: Caller
    params: dict[str, Any]

    def exact(self, name: str, default: Any = None) -> Any:
        """A parameter as controllers read it: by its exact name (reference 2.1)."""
        return self.params.get(name, default)

    def loose(self, name: str, default: Any = None) -> Any:
        """A parameter as old methods read it: in any case (reference 2.1)."""
        if name in self.params:
            return self.params[name]
        wanted = name.lower()
        return next((value for key, value in self.params.items() if key.lower() == wanted), default)

    @property
    def start(self) -> int:
        """The offset of a list; only a lower-case top-level `start` counts (reference 2.1)."""
        return whole(self.params.get("start"), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A list's answer: `total` and `next` stand beside `result` (reference 11.3 (19))."""

    result: Any
    total: int
    next: int | None = None


Handler = Callable[[Call], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    name: str
    run: Handler
    scope: str
    admin: bool


METHODS: dict[str, Method] = {}  # by lower-case name: case never matters on the wire (reference 11.1 (3))


def method(name: str, *, scope: str = "crm", admin: bool = False) -> Callable[[Handler], Handler]:
    def register(run: Handler) -> Handler:
        METHODS[name.lower()] = Method(name=name, run=run, scope=scope, admin=admin)
        return run

    return register


def whole(value: Any, default: int = 0) -> int:
    """PHP's (int) of a value that came over the wire."""
    try:
        return int(float(value)) if isinstance(value, str) else int(value)
    except (TypeError, ValueError, OverflowError):
        return default


def mapping(value: Any) -> dict[str, Any]:
    """A map, whichever of PHP's two shapes it came in (reference 2.4)."""
    if isinstance(value, dict):
        return {str(key): child for key, child in value.items()}
    if isinstance(value, list):
        return {str(place): child for place, child in enumerate(value)}
    return {}


def listing(value: Any) -> list[Any]:
    if value is None or value == "":
        return []
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, list | tuple) else [value]


def fields_of(call: Call, name: str = "fields") -> dict[str, Any]:
    """`fields` of an old method, which must be an array (reference 2.11)."""
    value = call.loose(name)
    if not isinstance(value, dict | list):
        raise RestError("", f"Parameter '{name}' must be array.")
    return mapping(value)


def id_of(call: Call, name: str = "id") -> int:
    number = whole(call.loose(name))
    if number <= 0:
        raise RestError("", "ID is not defined or invalid.")
    return number
