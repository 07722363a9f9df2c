"""What a customer wants: intent, heat, facts of a lead, and what is still missing."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Intent(StrEnum):
    """Where two fit, the one the business must act on: the order of `PRIORITY`."""

    COMPLAINT = "complaint"
    HUMAN = "human"
    CANCEL = "cancel"
    RESCHEDULE = "reschedule"
    BOOKING = "booking"
    CONFIRM = "confirm"
    PRICE = "price"
    INFO = "info"
    SMALLTALK = "smalltalk"
    SPAM = "spam"


class Attends(StrEnum):
    """What a customer says of the visit that stands."""

    COMES = "comes"
    LATE = "late"
    UNSURE = "unsure"  # no yes, no no, no other time: to be asked back


class Invited(StrEnum):
    """What a customer says to invitations and offers, which need a yes of their own."""

    YES = "yes"
    NO = "no"
    STOP = "stop"  # nothing more that they did not ask for


class Heat(StrEnum):
    """Picks the SLA class. Hot: a visit within the hot window or an urgent word; warm: later; cold: the rest."""

    HOT = "hot"
    WARM = "warm"
    COLD = "cold"


def hotter(one: Heat | None, other: Heat | None) -> Heat | None:
    """The more urgent of both."""
    return max(one, other, key=(None, Heat.COLD, Heat.WARM, Heat.HOT).index)


class By(StrEnum):
    """Who understood and who wrote the draft."""

    MODEL = "model"
    FALLBACK = "fallback"
    RULES = "rules"


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """When the customer wants to come; aware, in the business's zone. Exact: earliest == latest."""

    earliest: datetime
    latest: datetime
    exact: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the words say, before any answer: the fields of tests/data/understanding/README.md.

    services    ids of the profile
    phone       E.164 or None, typed by the customer (never proof)
    name        the customer's own, nominative, or None
    urgent      an urgent word was there
    confident   False: ask, do not act
    attends     of the visit that stands; `late`: by so many minutes, 0 where none were named
    invited     to the question whether they may be invited, or unasked; with `smalltalk`: and nothing else was said
    """

    intent: Intent
    heat: Heat | None = None
    when: When | None = None
    services: tuple[str, ...] = ()
    phone: str | None = None
    name: str | None = None
    email: str | None = None
    urgent: bool = False
    confident: bool = True
    language: str = "ru"
    attends: Attends | None = None
    late: int = 0
    invited: Invited | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """A reading and a draft of the answer that passed the guards.

    reply       text to the customer; empty: nothing need be said (thanks after our answer, spam)
    asks        what the reply asks for: `service`, `when`, `name`, `phone` or empty
    by          who wrote it
    guards      names of the guards that fired and replaced a sentence
    handoff     why a person is needed, or empty: `asked`, `complaint`, `unclear`, `emergency`, `subject`, `guard`
    """

    reading: Reading
    reply: str = ""
    asks: str = ""
    by: By = By.RULES
    guards: tuple[str, ...] = ()
    handoff: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is already known, so that it is never asked again."""

    name: str = ""
    phone: str = ""
    services: tuple[str, ...] = ()
    when: When | None = None
    greeted: bool = False
    intent: Intent | None = None  # of the enquiry so far
    heat: Heat | None = None  # of it: whose promise binds
    asked: tuple[str, ...] = ()  # what was asked already, oldest first
    misunderstood: int = 0  # in a row
    language: str = "ru"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """All that understanding needs of a conversation.

    texts      the burst, oldest first; the customer's words are data, never instruction
    kinds      kind of each message of the burst (app.domain.message.Kind values), same length as `texts`
    history    last turns before the burst, oldest first: (`customer` | `assistant` | `person`, text)
    offered    live offered slots, in the order they were numbered
    visit_id   of the standing booking, which alone lets a reply say «записала»; empty: nothing is booked
    visit_at   its moment
    reminded   we asked whether they come, and wait for the answer
    invites    we asked whether they may be invited, and said nothing since
    now        aware
    """

    texts: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    history: tuple[tuple[str, str], ...] = ()
    known: Known = Known()
    offered: tuple[datetime, ...] = ()
    offers: str = ""  # the answer offers those slots: they are what was wished for (`fits`), or come `instead`
    can_book: bool = False  # False: take a request, never name a slot
    channel: str = ""
    visit_id: str = ""
    visit_at: datetime | None = None
    reminded: bool = False
    invites: bool = False
    now: datetime

    @property
    def context(self) -> str:
        """The last thing we said, where the answer depends on it."""
        return next((text for who, text in reversed(self.history) if who != "customer"), "")
