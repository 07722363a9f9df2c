"""The portal's wire format, pure: a method and its fields → a request; a response → a result, or an error raised."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

import orjson

from bitrix.errors import BitrixError, Moved, Unanswered, Unusable, error_of

N = TypeVar("N", int, float)

MAX_COMMANDS = 50  # the portal answers the 51st with ERROR_BATCH_LENGTH_EXCEEDED
KEY = re.compile(r"[A-Za-z_]\w*", re.ASCII)  # keys 0..n-1 would come back as a list instead of a map
READS = frozenset(  # last words of methods
    "current fields findbycomm get getcontext getlastid items list methods profile scope search status time".split()  # noqa: SIM905
)
TAKES = frozenset({"event.offline.get"})  # called get, but by default deletes what it returns
PORTAL_REFERENCE = re.compile(r"\$(?=(?:result|error|total|next|time)\[)", re.IGNORECASE)
JOINER = "\u2060"  # invisible: a customer's "$result[x]" stays text instead of being replaced by the portal


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One method with its parameters, in the portal's words. Means the same alone and inside a batch."""

    method: str
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reference:
    """Stands for a value of an earlier command of the same batch: `Reference("deal", "[item][id]")`.

    It must be a whole value: the portal reads greedily up to the next space, so inside a text it would swallow more.
    """

    key: str
    path: str = ""

    def __str__(self) -> str:
        raise TypeError("a reference must be a whole value, never a part of a text")

    @property
    def text(self) -> str:
        return f"$result[{self.key}]{self.path}"


Id = int | Reference  # of an object that exists, or that an earlier command of the same batch creates


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one command brought.

    next, total          only of lists; `next` is None on the last page
    operating            seconds this method used of its ten-minute budget; None where the portal does not say
    operating_reset_at, finished_at   unix time by the portal's clock
    """

    value: Any
    next: int | None = None
    total: int | None = None
    operating: float | None = None
    operating_reset_at: float | None = None
    finished_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request, JSON both ways."""

    url: str = field(repr=False)  # a webhook's address is a secret
    body: bytes = field(default=b"", repr=False)
    verb: str = "POST"


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """`location`: of a redirect, else empty."""

    status: int
    body: bytes
    location: str = ""


class Transport(Protocol):
    """What carries requests; `HttpxTransport` is the real one."""

    async def send(self, request: Request, timeout_seconds: float) -> Response:
        """One HTTP exchange, redirects not followed. Raises `Unreachable` before a byte was sent, else `Unanswered`."""

    async def aclose(self) -> None: ...


def is_read(method: str) -> bool:
    """Whether the call changes nothing and may be repeated at will; an unknown word counts as a change."""
    return method.lower() not in TAKES and method.lower().rpartition(".")[2] in READS


def request(url: str, command: Command, token: str | None = None) -> Request:
    """The POST of one command to the REST root `url`; `token` for an application."""
    auth = {} if token is None else {"auth": token}
    return Request(url=url + command.method, body=orjson.dumps({**plain(command.params), **auth}))


def batch(commands: Mapping[str, Command], *, halt: bool) -> Command:
    """One `batch` of up to 50 commands. ValueError: too many, a numeric key, a batch inside."""
    if len(commands) > MAX_COMMANDS:
        raise ValueError(f"a batch takes {MAX_COMMANDS} commands, not {len(commands)}")
    for key, command in commands.items():
        if not KEY.fullmatch(key):
            raise ValueError(f"a batch key is a word that begins with a letter, not {key!r}")
        if command.method.lower() == "batch":
            raise ValueError("a batch cannot stand inside a batch")
    cmd = {key: line(command) for key, command in commands.items()}
    return Command(method="batch", params={"halt": int(halt), "cmd": cmd})


def line(command: Command) -> str:
    """A command as a batch carries it: `method?fields[NAME]=Anna`."""
    return f"{command.method}?{query(command.params)}"


def query(params: Mapping[str, Any]) -> str:
    """PHP's bracket encoding: booleans 1/0, None empty, an empty list `key[]=`, `+` as %2B, spaces as %20."""
    return "&".join(f"{key}={value}" for key, value in _pairs(params, ""))


def _pairs(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        items: list[tuple[str, Any]] = [(str(key), inner) for key, inner in value.items()]
    elif isinstance(value, list | tuple):
        items = [(str(index), inner) for index, inner in enumerate(value)]
    else:
        yield path, quote(_text(value), safe="")
        return
    if not items and path:
        yield f"{path}[]", ""
    for key, inner in items:
        yield from _pairs(inner, f"{path}[{_key(key)}]" if path else _key(key))


def _key(key: str) -> str:
    if not key or "[" in key or "]" in key:
        raise ValueError(f"the portal cannot read a key like {key!r}")
    return quote(key, safe="")


def _text(value: Any) -> str:
    if isinstance(value, Reference):
        return value.text
    scalar = _scalar(value)
    if isinstance(scalar, bool):
        return "1" if scalar else "0"
    return PORTAL_REFERENCE.sub("$" + JOINER, scalar) if isinstance(scalar, str) else str(scalar)


def plain(value: Any) -> Any:
    """The same value in what JSON knows, so that a command alone means what it means in a batch."""
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return _scalar(value)


def _scalar(value: Any) -> str | int | float | bool:
    if value is None:
        return ""  # null confuses the portal; the empty string clears a field
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()  # a lone surrogate must not spoil its neighbours' batch
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a moment without a zone would be read as the portal's own time")
        return value.isoformat(timespec="seconds")
    if isinstance(value, date | Decimal):
        return str(value)
    raise TypeError(f"the portal takes no {type(value).__name__}")


def read(response: Response, method: str) -> Result:
    """The result of one response, or its error raised."""
    if response.status in (301, 302, 307, 308) and response.location:
        moved = Moved("moved", f"status {response.status}", method=method, status=response.status)
        moved.location = response.location
        raise moved
    envelope = _envelope(response, method)
    if "error" in envelope:  # also in a 200
        raise error_of(envelope["error"], envelope.get("error_description"), method=method, status=response.status)
    if response.status >= 400 or "result" not in envelope:
        raise Unanswered("unanswered", "no result", method=method, status=response.status)
    return _result(envelope["result"], envelope.get("next"), envelope.get("total"), envelope.get("time"))


def _envelope(response: Response, method: str) -> dict[str, Any]:
    try:
        envelope = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        envelope = None
    if isinstance(envelope, dict):
        return envelope
    raise Unanswered("unanswered", f"not JSON, status {response.status}", method=method, status=response.status)


def read_batch(whole: Result, commands: Mapping[str, Command]) -> dict[str, Result | BitrixError]:
    """Each command's result or error; a key that is absent was not executed (after a halt)."""
    if not isinstance(whole.value, Mapping):
        raise Unusable("unusable", "a batch without sections", method="batch")
    results, errors, nexts, totals, times = (
        section(whole.value.get(name))
        for name in ("result", "result_error", "result_next", "result_total", "result_time")
    )
    read_commands: dict[str, Result | BitrixError] = {}
    for key, command in commands.items():
        if key in errors:
            read_commands[key] = _batch_error(errors[key], command.method)
        elif key in results:
            read_commands[key] = _result(results[key], nexts.get(key), totals.get(key), times.get(key))
    return read_commands


def section(value: Any) -> Mapping[str, Any]:
    """A map as PHP sends it: an empty one is `[]`. Anything else that is no map counts as empty, too."""
    return value if isinstance(value, Mapping) else {}


def whole(value: Any) -> int | None:
    """An id or a count as PHP sends it, 5 or "5"; None for anything else, a negative or one past 18 digits too."""
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def _batch_error(error: Any, method: str) -> BitrixError:
    if isinstance(error, Mapping):
        return error_of(error.get("error"), error.get("error_description"), method=method)
    return error_of("", error, method=method)


def _result(value: Any, after: Any, total: Any, time: Any) -> Result:
    time = section(time)
    return Result(
        value=value,
        next=_number(after, int),
        total=_number(total, int),
        operating=_number(time.get("operating"), float),
        operating_reset_at=_number(time.get("operating_reset_at"), float),
        finished_at=_number(time.get("finish"), float),
    )


def _number(value: Any, kind: Callable[[Any], N]) -> N | None:
    try:
        return None if value is None else kind(value)
    except (TypeError, ValueError):
        return None


def rows(value: Any) -> Sequence[dict[str, Any]]:
    """The rows of a list result: the list itself, or the one list in its wrapper (`items`, `tasks`, `categories`)."""
    if isinstance(value, Mapping):
        lists = [inner for inner in value.values() if isinstance(inner, list)]
        value = lists[0] if len(lists) == 1 else value or []
    if isinstance(value, list):
        return value
    raise Unusable("unusable", "a list was expected")
