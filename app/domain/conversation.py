"""One customer on one account of one channel: all that has to be remembered between two turns."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2b

from app.domain.card import Notice, Stage
from app.domain.message import InboundMessage, Phone, Source
from app.domain.qualification import Heat, Intent, Known, When
from app.domain.sla import Clock, Target
from app.domain.visits.attendance import Attendance
from app.domain.visits.visit import Command, Offer, Visit, Waiting

SILENCE_ENDS = timedelta(hours=24)  # an enquiry ends after that much silence of both sides (design section 5)
HISTORY = 6  # turns that the assistant sees

LAYOUT = 1  # of the stored value; older ones are upcast in store/codec.py, a newer one stops the process


class Owner(StrEnum):
    """Who answers. Exactly one at a time; `nobody` is a conversation in which nothing was asked yet."""

    BOT = "bot"
    PERSON = "person"
    NOBODY = "nobody"


def conversation_id(channel: str, account: str, customer_id: str) -> str:
    """Stable, short, and without personal data: a WhatsApp id is a phone number and must not stand in a log."""
    digest = blake2b(f"{channel}\0{account}\0{customer_id}".encode(), digest_size=9).hexdigest()
    return f"{channel[:2]}-{digest}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A notice that waits until people are at work; the words are a key of the catalogue."""

    id: str
    words: str
    reason: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One messenger of a person who writes in several (app/domain/ways.py).

    id        of the conversation that it would be alone
    heard_at  when the customer last wrote here
    cards     enquiries it had alone: the origin ids of their leads and deals are `id-1` … `id-cards`
    """

    id: str
    channel: str
    account: str
    customer_id: str
    chat_id: str = ""
    connection_id: str = ""
    username: str = ""
    blocked: bool = False
    heard_at: datetime | None = None
    cards: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Enquiry:
    """From a message after silence or a closed deal, to booking, refusal, close or 24 h of silence.

    number        1, 2, … within the conversation
    card_id       origin id of lead and deal; several enquiries share a card while its deal is open
    lines         how many dialogue lines the card has been given
    steps_done    of the ladder: `target@start:index`
    tried         portal users who had the deal, oldest first: nobody gets it twice
    joined        cards of other messengers that were folded into this one
    """

    number: int
    card_id: str
    started_at: datetime
    intent: Intent = Intent.SMALLTALK
    heat: Heat | None = None
    services: tuple[str, ...] = ()
    when: When | None = None
    source: Source | None = None
    stage: Stage = Stage.NEW
    assignee: int | None = None
    tried: tuple[int, ...] = ()
    clocks: tuple[Clock, ...] = ()
    steps_done: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()
    held: tuple[Held, ...] = ()
    lines: int = 0
    bot_replied_at: datetime | None = None
    human_replied_at: datetime | None = None
    touches: int = 0  # of the follow-up series that went out
    series_over: bool = False
    accepted_at: datetime | None = None  # «Принял» was pressed, and no answer came since
    apologised: bool = False
    handed_over: str = ""  # why a person is needed
    touched: bool = False  # people changed its deal in the portal
    joined: tuple[str, ...] = ()

    def again(self, at: datetime) -> "Enquiry":
        """The next enquiry on the same card: its deal is open still, or open again."""
        return Enquiry(
            number=self.number + 1,
            card_id=self.card_id,
            started_at=at,
            source=self.source,
            stage=self.stage,
            assignee=self.assignee,
            lines=self.lines,
            notices=self.notices,
            joined=self.joined,
        )

    def booked(self, command: str) -> bool:
        """That booking was made on this card, or on one that was folded into it."""
        return any(command.startswith(f"{card}-b") for card in (self.card_id, *self.joined))

    @property
    def has_ended(self) -> bool:
        return self.stage in (Stage.WON, Stage.LOST)

    def clock(self, target: Target) -> Clock | None:
        """The newest clock of a target."""
        return next((clock for clock in reversed(self.clocks) if clock.target is target), None)

    def running(self) -> tuple[Clock, ...]:
        return tuple(clock for clock in self.clocks if clock.stopped_at is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """`channel` to `username`, and `blocked`, are of the messenger that the customer wrote in last.

    ways   all messengers, where there is more than one; the first is the conversation's own
    way    id of the one they wrote in last; empty: the conversation's own
    """

    id: str
    channel: str
    account: str
    customer_id: str
    chat_id: str = ""
    connection_id: str = ""
    person_id: str = ""
    name: str = ""
    username: str = ""
    phone: Phone | None = None
    email: str = ""
    language: str = "ru"
    enquiry: Enquiry | None = None
    last_customer_at: datetime | None = None
    last_ours_at: datetime | None = None
    touched_at: datetime | None = None  # the last follow-up
    history: tuple[tuple[str, str], ...] = ()  # (customer | assistant | person, text), the last few turns
    asked: tuple[str, ...] = ()
    misunderstood: int = 0
    greeted: bool = False
    privacy_written_at: datetime | None = None  # of the line
    privacy_said_at: datetime | None = None  # it reached the customer
    advertising: bool = False  # a yes of its own
    invites_asked_at: datetime | None = None  # the question for it is put once
    blocked: bool = False
    opted_out: bool = False
    spam: bool = False
    known_until: datetime | None = None  # restored from its card: nothing up to then is answered again
    staff: str = ""  # role of ours whose chat this is: nothing said here is a customer's
    person_since: datetime | None = None  # when a person last wrote or was given the conversation
    offer: Offer | None = None
    visit: Visit | None = None
    attendance: Attendance | None = None  # of that visit: reminders, answers, whether they came
    pending: Command | None = None  # under way: until its outcome nothing else is asked of the diary
    waiting: Waiting | None = None  # on the waiting list
    commands: int = 0  # given so far: their ids are numbered
    ways: tuple[Way, ...] = ()
    way: str = ""
    v: int = field(default=LAYOUT)

    def fell_silent(self, at: datetime) -> bool:
        """Neither side has said anything for so long, and nothing is promised but to settle it."""
        last = max(filter(None, (self.last_customer_at, self.last_ours_at)), default=None)
        waits = bool(self.enquiry) and any(
            clock.target is not Target.RESOLUTION for clock in (self.enquiry.running() if self.enquiry else ())
        )
        return last is not None and at - last >= SILENCE_ENDS and not waits

    def known(self) -> Known:
        enquiry = self.enquiry
        return Known(
            name=self.name,
            phone=self.phone.number if self.phone else "",
            services=enquiry.services if enquiry else (),
            when=enquiry.when if enquiry else None,
            intent=enquiry.intent if enquiry else None,
            heat=enquiry.heat if enquiry else None,
            greeted=self.greeted,
            asked=self.asked,
            misunderstood=self.misunderstood,
            language=self.language,
        )


def opened(message: InboundMessage) -> Conversation:
    """The conversation that this first message starts."""
    return Conversation(
        id=conversation_id(message.channel, message.account, message.customer_id),
        channel=message.channel,
        account=message.account,
        customer_id=message.customer_id,
        chat_id=message.chat_id or message.customer_id,
        connection_id=message.connection_id,
        name=message.name,
        username=message.username,
    )
