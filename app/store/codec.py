"""Domain values ↔ JSON as it is stored. Every value carries its layout; older ones are upcast here."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import orjson
from pydantic import TypeAdapter

from app.domain.conversation import LAYOUT, Conversation, Owner
from app.domain.mail import (
    Absence,
    Answered,
    BookingOutcome,
    Folded,
    Joined,
    Mail,
    PortalNews,
    Pressed,
    Received,
    Seen,
    SendOutcome,
    Tick,
    Undelivered,
    Unreadable,
    Vacancy,
)

T = TypeVar("T")

MAILS: dict[str, type[Any]] = {
    "received": Received,
    "answered": Answered,
    "pressed": Pressed,
    "news": PortalNews,
    "outcome": SendOutcome,
    "undelivered": Undelivered,
    "seen": Seen,
    "booking": BookingOutcome,
    "vacancy": Vacancy,
    "absence": Absence,
    "joined": Joined,
    "folded": Folded,
    "tick": Tick,
    "unreadable": Unreadable,
}
_NAMES = {kind: name for name, kind in MAILS.items()}


class TooNew(Exception):
    """A stored value was written by a newer version of Otklik: this process must stop, not guess."""


_ADAPTERS: dict[Any, TypeAdapter[Any]] = {}


def _adapter(kind: Any) -> TypeAdapter[Any]:
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def dump(value: object) -> str:
    """Compact JSON without what equals its default. A lone surrogate in a customer's text becomes «?»."""
    return to_json(plain(value))


def plain(value: object) -> Any:
    return _adapter(type(value)).dump_python(value, mode="json", exclude_defaults=True)


def load(kind: type[T], text: str | bytes) -> T:
    value: T = _adapter(kind).validate_json(text)
    return value


def to_json(value: object) -> str:
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # orjson refuses what is not valid UTF-8
        return orjson.dumps(_valid(value)).decode()


def _valid(value: Any) -> Any:
    match value:
        case str():
            return value.encode("utf-8", "replace").decode()
        case dict():
            return {_valid(key): _valid(item) for key, item in value.items()}
        case list() | tuple():
            return [_valid(item) for item in value]
        case _:
            return value


def dump_mail(mail: Mail) -> str:
    return to_json({"type": _NAMES[type(mail)], **plain(mail)})


def load_mail(item: str) -> Mail:
    """One item of a mailbox: `machine business json`. Our own stamps are the script's, never the writer's."""
    machine, business, text = item.split(" ", 2)
    try:
        return _load_mail(machine, business, text)
    except (ValueError, KeyError, TypeError):  # pydantic's and orjson's errors are ValueErrors
        return Unreadable(text=text, at=moment(business))


def _load_mail(machine: str, business: str, text: str) -> Mail:
    fields = orjson.loads(text)
    kind = fields.pop("type")
    if kind == "tick" and "due_ms" in fields:
        return Tick(due_at=moment(fields["due_ms"]))
    if kind == "received":
        fields |= {"arrived_at": moment(business), "arrived_ms": int(machine)}
    elif kind != "undelivered":
        fields["at"] = moment(business)
    mail: Mail = _adapter(MAILS[kind]).validate_python(fields)
    return mail


def load_conversation(text: str) -> Conversation:
    layout = orjson.loads(text).get("v", 1) if '"v":' in text else 1
    if layout > LAYOUT:
        raise TooNew(
            f"a conversation of layout {layout} is stored, this version knows {LAYOUT}: start the newer version"
        )
    return load(Conversation, text)


def dump_state(conversation: Conversation, owner: Owner) -> str:
    """What the card keeps of a conversation, in case the store is lost; the contact holds name, phone and e-mail."""
    phone, enquiry = conversation.phone, conversation.enquiry
    bare = replace(
        conversation,
        name="",
        username="",
        phone=None,
        email="",
        history=(),
        ways=tuple(replace(way, username="") for way in conversation.ways),
        enquiry=replace(enquiry, notices=()) if enquiry else None,
    )
    return to_json({"owner": owner, "proven": bool(phone and phone.proven), "conversation": plain(bare)})


def load_state(text: str) -> tuple[Conversation, Owner, bool]:
    """Conversation, owner, whether its phone is proven. Raises ValueError for what is no state of ours."""
    try:
        fields = orjson.loads(text)
        return load_conversation(to_json(fields["conversation"])), Owner(fields["owner"]), bool(fields["proven"])
    except (KeyError, TypeError) as error:
        raise ValueError(f"no state of a conversation: {error}") from error


def moment(ms: str | float) -> datetime:
    return datetime.fromtimestamp(float(ms) / 1000, UTC)


def milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)
