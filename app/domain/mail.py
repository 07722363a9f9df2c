"""What lies in a conversation's mailbox: everything that concerns it, in one order."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from app.domain.booking import Slot
from app.domain.card import Line, Stage
from app.domain.conversation import Conversation
from app.domain.message import Author, Delivery, InboundMessage
from app.domain.visits.visit import BookingFate, Chance


class OutKind(StrEnum):
    """What an outgoing text is for; decides who may send it (docs/design.md section 4)."""

    REPLY = "reply"
    FOLLOW_UP = "follow_up"
    OFFER = "offer"
    APOLOGY = "apology"
    REVIEW = "review"
    INVITATION = "invitation"  # whether they may be invited
    REMINDER = "reminder"
    CONFIRMATION = "confirmation"
    PERSON = "person"


# These need an owner who is not a person and an unchanged epoch at the moment they are claimed.
BOTS_OWN = (OutKind.REPLY, OutKind.FOLLOW_UP, OutKind.OFFER, OutKind.APOLOGY, OutKind.REVIEW, OutKind.INVITATION)


class Fate(StrEnum):
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"  # the vendor took the bytes and never said what came of it
    STRUCK = "struck"  # a person took over before it left


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """`arrived_at` is our own stamp; the customer's moment is the earlier one: a vendor's clock may run ahead."""

    message: InboundMessage
    arrived_at: datetime
    arrived_ms: int = 0  # machine time, for the quiet window only

    @property
    def at(self) -> datetime:
        return min(self.message.sent_at, self.arrived_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A person answered from Bitrix24: their text is in the outbox already, put there by accept."""

    text: str
    manager: int | None
    at: datetime


class Button(StrEnum):
    """What a manager may press, or write as a word in a comment (pressing.WORDS)."""

    ACCEPT = "accept"  # «Принял»
    RETURN = "return"  # «Вернуть боту»
    DISMISS = "dismiss"  # «Ответ не нужен»
    CAME = "came"  # «Пришёл», once a visit has begun
    NO_SHOW = "no_show"  # «Не пришёл»


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """A manager pressed a button, through whatever door: the bot, Open Lines, a comment. `manager`: None if unknown."""

    button: Button
    manager: int | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalNews:
    """What people did to the deal in the portal, read from it by id; a field without news is None.

    deal       the portal's id
    stage      our word for the stage it stands in; WON or LOST for any stage of that meaning
    assignee   who is responsible now
    called_at  when an outgoing call that was taken ended
    manager    who called
    gone       the deal was deleted
    """

    deal: int
    stage: Stage | None = None
    assignee: int | None = None
    called_at: datetime | None = None
    manager: int | None = None
    gone: bool = False
    at: datetime

    @property
    def is_a_sign(self) -> bool:
        """A person has taken the customer over: they spoke, or put the deal where people speak."""
        return self.called_at is not None or self.stage is Stage.IN_WORK


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """The moment that somebody asked to be woken at has come. One no longer wanted changes nothing."""

    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SendOutcome:
    """What became of an outbox entry. `doubled`: it may have reached the customer twice.

    about, ref, via   of a reminder: its id, the messenger's id, the channel if it was not the conversation's own
    way               messenger whose outbox it left; empty: the conversation's own
    """

    outbox_id: str
    kind: OutKind
    fate: Fate
    at: datetime
    reason: str = ""
    text: str = ""
    doubled: bool = False
    about: str = ""
    ref: str = ""
    via: str = ""
    way: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """The messenger took our message and later said that it did not reach the customer. `ref`: its own id of it.

    way   messenger that says so, where the conversation has several
    """

    outbox_id: str
    reason: str
    at: datetime
    ref: str = ""
    way: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The messenger tells that a reminder was delivered or read. `ref`: its own id of it."""

    ref: str
    status: Delivery
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingOutcome:
    """What became of a booking's command, or what a person did to the booking in the portal (`by`: `person`).

    command       the command's id; of a person's deed the visit's
    slot          where the booking stands now
    alternatives  free times instead of one that was `taken`
    """

    command: str
    fate: BookingFate
    at: datetime
    slot: Slot | None = None
    bookings: tuple[int, ...] = ()
    alternatives: tuple[Slot, ...] = ()
    by: str = "customer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vacancy:
    """A time became free and is held for this conversation, which waits for one."""

    chance: Chance
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """Who was to serve this conversation's visit is away that day. `slots`: free instead, in the order of time."""

    id: str
    resource: str
    slots: tuple[Slot, ...] = ()
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """Another conversation of the same person goes on in this one (app/flow/join.py).

    guest   as it stood
    lines   of its dialogue, if it never had a card of its own in the portal
    """

    guest: Conversation
    lines: tuple[Line, ...] = ()
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """What became of the joined conversation's deal: closed as a duplicate, or `kept` because somebody touched it."""

    deal: int
    channel: str
    kept: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """Something lay in the mailbox that this version cannot read: it becomes a dead letter, the rest goes on."""

    text: str
    at: datetime


Mail = (
    Received
    | Answered
    | Pressed
    | PortalNews
    | Tick
    | SendOutcome
    | Undelivered
    | Seen
    | BookingOutcome
    | Vacancy
    | Absence
    | Joined
    | Folded
    | Unreadable
)


PAST = datetime.min.replace(tzinfo=UTC)


def in_order(mails: Iterable[Mail]) -> list[Mail]:
    """By (the customer's moment, the channel's own sequence, arrival): parallel deliveries come out of order."""
    return [mail for _, mail in sorted(enumerate(mails), key=_key)]


def _key(numbered: tuple[int, Mail]) -> tuple[datetime, int, int]:
    place, mail = numbered
    match mail:
        case Received():
            return mail.at, mail.message.sequence or 0, place
        case Tick():
            return mail.due_at, 0, place
        case Joined():
            return PAST, 0, place  # what was said before the join comes before what is said after it
        case _:
            return mail.at, 0, place


REMINDS = ":reminder"  # ends the outbox id of a reminder: status.lua hands on what the messenger tells of those


def was_typed_in_chat(outbox_id: str) -> bool:
    """The deal's chat shows these words already: a person wrote them there (flow/hear_bot.py)."""
    return ":chat:" in outbox_id


def is_customers(mail: Mail) -> bool:
    return isinstance(mail, Received) and mail.message.author is Author.CUSTOMER
