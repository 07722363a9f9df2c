"""What vendors send, read without trust: a wrong field is empty, a wrong item is left out alone."""

import hmac
import json
import math
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, WrapValidator

from app.domain.failures import Malformed
from app.domain.message import Ignored, Parsed

T = TypeVar("T")

UNSTAMPED = datetime(9999, 12, 31, tzinfo=UTC)
"""`sent_at` of what its vendor does not stamp: the smaller of this and the arrival is the arrival."""

MAX_ID_CHARS = 512  # WhatsApp's wamid and Instagram's mid stay below 256


def loads(body: bytes) -> Any:
    """JSON as vendors write it: lone surrogates and huge numbers of one customer must not lose a whole batch."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        pass  # stricter than the vendors' own writers
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"not JSON: {type(error).__name__}") from None


def load_object(body: bytes) -> dict[str, Any]:
    value = loads(body)
    if not isinstance(value, dict):
        raise Malformed("JSON, but not an object")
    return value


def each(items: object, read: Callable[[Any], Iterable[Parsed]]) -> list[Parsed]:
    """What `read` makes of every item; one that it cannot read becomes `Ignored("unreadable")`."""
    found: list[Parsed] = []
    for item in items if isinstance(items, list) else []:
        try:
            found.extend(read(item))
        except ValidationError:
            found.append(Ignored(reason="unreadable"))
    return found


def is_one_of(given: str, secrets: Iterable[str]) -> bool:
    """Constant-time equality with any of the secrets; as bytes, since `str` with non-ASCII raises there."""
    offered = given.encode("utf-8", "surrogatepass")
    return sum(hmac.compare_digest(offered, secret.encode()) for secret in secrets) > 0  # a sum has no early end


def clean(text: str) -> str:
    """Without NUL and lone surrogates, which no store or portal takes."""
    return text.replace("\0", "").encode("utf-8", "ignore").decode()


def _text(value: object) -> str:
    if isinstance(value, str):
        return clean(value)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _id(value: object) -> str:
    text = _text(value).strip()
    if not 0 < len(text) <= MAX_ID_CHARS:
        raise ValueError(f"an id of 1 to {MAX_ID_CHARS} characters was expected")
    return text


def _moment(value: object) -> datetime:
    if not isinstance(value, int | float | str) or isinstance(value, bool):
        raise ValueError("a moment was expected")  # noqa: TRY004  pydantic collects ValueErrors only
    try:
        seconds = float(value)
    except OverflowError:
        seconds = math.inf
    if seconds > 1e11:  # a second beyond the year 5138, or milliseconds
        seconds /= 1000
    if not 0 < seconds < UNSTAMPED.timestamp():
        raise ValueError("a moment of this age was expected")
    return datetime.fromtimestamp(seconds, UTC)


def _or_none(value: object, read: Callable[[object], Any]) -> Any:
    try:
        return read(value)
    except ValidationError:
        return None


def _items(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


Text = Annotated[str, BeforeValidator(_text)]
"""Words or a number as words; anything else is empty."""

Id = Annotated[str, BeforeValidator(_id)]
"""A required identifier, given as text or as a number."""

Moment = Annotated[datetime, BeforeValidator(_moment)]
"""Unix seconds or milliseconds, as a number or as digits → aware, UTC."""

Flag = Annotated[bool, BeforeValidator(lambda value: value is True)]

Maybe = Annotated[T | None, WrapValidator(_or_none)]
"""A part that is None when absent or off its shape."""

Many = Annotated[tuple[Annotated[T | None, WrapValidator(_or_none)], ...], BeforeValidator(_items)]
"""A list whose wrong items are None; empty when it is no list."""


Items = Annotated[list[Any], BeforeValidator(_items)]
"""A list whose items are read one by one by `each`."""


class Vendor(BaseModel):
    """A vendor's object: only the fields that we read, under the vendor's names."""

    model_config = ConfigDict(extra="ignore", frozen=True)
