"""The desired state of a customer's card in the CRM: what `register` brings the portal to."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.message import Attachment, Phone, Source


class Stage(StrEnum):
    """Our words for the pipeline's stages; the profile's `crm.stages` may map them. They only move forward."""

    NEW = "new"
    ANSWERED = "answered"
    WAITING = "waiting"  # a person is awaited
    IN_WORK = "in_work"  # a person answers
    BOOKED = "booked"
    WON = "won"
    LOST = "lost"


class Verdict(StrEnum):
    """Of the promise that binds: `running`, kept or missed. A miss that was cured a second later is a miss.

    none   no answer is owed: booked at once, «Ответ не нужен», never asked
    """

    RUNNING = "running"
    MET = "met"
    MISSED = "missed"
    NONE = "none"


class Role(StrEnum):
    ASSIGNEE = "assignee"
    SUPERVISOR = "supervisor"
    OWNER = "owner"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Somebody has to hear something, once. `id` is unique in the enquiry; `user` is a portal user when known."""

    id: str
    role: Role
    user: int | None
    text: str
    task: bool = False  # a task with a deadline instead of a notification
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A notice on its way to its user (flow/notify.py)."""

    conversation: str
    notice: Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the dialogue, numbered from 1 within the enquiry's card.

    ref     of a text of ours that was sent: its outbox id
    files   that a customer sent
    chat    the deal's chat shows it too
    asks    a person answers it by the buttons of a visit
    way     messenger it was said in, and `channel` its name; empty where the conversation has one only
    moved   from another card: the messenger's own chat in the portal has it already
    """

    number: int
    at: datetime
    who: str  # `customer`, `assistant`, `person`, `note`, `brief`
    text: str
    ref: str = ""
    files: tuple[Attachment, ...] = ()
    chat: bool = False
    asks: bool = False
    way: str = ""
    channel: str = ""
    moved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """Contact, lead and deal of one enquiry, in our words. Times are aware UTC; money is the business's currency."""

    id: str  # origin id of lead and deal
    person_id: str  # origin id of the contact
    conversation_id: str
    channel: str
    opened_at: datetime
    title: str
    name: str = ""
    phone: Phone | None = None
    email: str = ""
    username: str = ""
    source: Source | None = None
    sla_class: str = ""
    amount: int | None = None
    services: tuple[str, ...] = ()
    visit_kind: str = ""  # «Тип записи»
    wanted_at: datetime | None = None
    stage: Stage = Stage.NEW
    assignee: int | None = None
    answer_by: datetime | None = None
    answer_why: str = ""  # the same in words: from when, how much, what is not counted
    bot_replied_at: datetime | None = None
    human_replied_at: datetime | None = None
    verdict: Verdict = Verdict.RUNNING
    step: int = 0
    reminded: str = ""  # «Напоминание отправлено»
    booked_for: datetime | None = None
    came: bool | None = None
    state: str = ""  # JSON: the conversation as resync needs it, set by the commit (store/codec.py, `dump_state`)
    notices: tuple[Notice, ...] = ()
    hot: bool = False  # before others' in the portal: a visit soon, or a person who answers now
    duplicate_of: str = ""  # card that goes on instead: this one is closed, unless somebody has touched it
