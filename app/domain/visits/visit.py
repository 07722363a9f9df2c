"""What a conversation holds of bookings: the offer that stands, the booked visit, what is being done about it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.booking import Slot, Wish


class Do(StrEnum):
    """What a command asks of the diary."""

    HOLD = "hold"  # keep the time while something is still asked
    BOOK = "book"
    MOVE = "move"
    CANCEL = "cancel"
    LINK = "link"  # the booking stands; its deal and contact were not registered yet
    FILL = "fill"  # a time became free: to the next who waits for one
    NEXT = "next"  # who was offered it lets it go: to the one after


class BookingFate(StrEnum):
    """What became of a command, or what a person did in the portal."""

    HELD = "held"
    BOOKED = "booked"
    TAKEN = "taken"  # somebody was faster; nothing was changed
    UNKNOWN = "unknown"  # the diary does not answer: the time is held, the command goes on
    MOVED = "moved"
    CANCELLED = "cancelled"
    FAILED = "failed"  # the diary said no for good: a person has to see to it


class ListWord(StrEnum):
    """What the customer says to the waiting list."""

    JOIN = "join"
    TAKE = "take"  # yes to the time that became free
    DECLINE = "decline"  # no to it; another may come
    LEAVE = "leave"


@dataclass(frozen=True, slots=True, kw_only=True)
class Freed:
    """A time that became free, and when it did."""

    slot: Slot
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """A freed time that is held for one who waits.

    hold    the id that keeps it; a yes books under it
    until   then it goes to the next
    slot    of it what the visit needs
    """

    hold: str
    slot: Slot
    until: datetime
    freed: Freed


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A customer's place on the waiting list.

    wish     `when` is the window that they wait for, always named
    passed   beginnings of freed times that they were offered and did not take
    told     when they were last offered something, newest last
    silent   chances in a row that they did not answer
    """

    wish: Wish
    since: datetime
    chance: Chance | None = None
    passed: tuple[datetime, ...] = ()
    told: tuple[datetime, ...] = ()
    silent: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """The standing booking of a conversation.

    id         the command that made it; stays when the visit moves. Of a person's own booking: `portal-{booking}`
    bookings   the diary's ids, one for each part of the slot
    by         `customer`, or `person` when it was made in the portal
    absence    of its master, that the customer was told of
    """

    id: str
    slot: Slot
    bookings: tuple[int, ...] = ()
    made_at: datetime
    by: str = "customer"
    absence: str = ""

    @property
    def starts(self) -> datetime:
        return self.slot.starts

    @property
    def services(self) -> tuple[str, ...]:
        return self.slot.services


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Slots that the customer may choose from, numbered from 1. A button's payload is `slot:{id}:{number}`.

    does     what a choice means: `book`, or `move` of the standing visit
    chosen   the customer chose it, and something is still asked before it is booked
    hold     the command that keeps it meanwhile
    lists    the waiting list was offered with it, or instead of it
    ours     it is we who cannot keep the visit: a change is free at any hour
    """

    id: str
    slots: tuple[Slot, ...]
    wish: Wish
    does: Do = Do.BOOK
    made_at: datetime
    chosen: Slot | None = None
    hold: str = ""
    lists: bool = False
    ours: bool = False

    def live(self, now: datetime) -> tuple[Slot, ...]:
        """All of them in their numbers' order, or none: what lies in the past has no number any more."""
        return self.slots if self.slots and now < min(slot.starts for slot in self.slots) else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Something to do in the diary; its id stands in the booking's description and is searched after any ambiguity.

    slot      where to; None: cancel
    visit     what is moved, cancelled or linked
    person    whose it is, as the store knows them
    name      whom the booking is for, as the diary shows it
    freed     what there is to fill
    tries     how often it was begun before
    told      the customer knows that it takes longer
    """

    id: str
    does: Do
    conversation: str
    slot: Slot | None = None
    visit: Visit | None = None
    wish: Wish | None = None
    freed: Freed | None = None
    person: str = ""
    name: str = ""
    asked_at: datetime
    tries: int = 0
    told: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Openings:
    """What the diary allows a customer who has just written; worked out before the answer, whose words need it.

    slots    to offer, in their numbers' order; empty: nothing is asked for, or nothing is free
    fits     they are what the customer wished for
    at_once  one of the standing offer, or an exact wish that is free: to be booked without another question
    does     what a choice of any of them means
    wish     what was looked for; None: nothing was
    word     what the words say to the waiting list
    """

    slots: tuple[Slot, ...] = ()
    fits: bool = True
    at_once: Slot | None = None
    does: Do = Do.BOOK
    wish: Wish | None = None
    word: ListWord | None = None

    @property
    def needs_diary(self) -> bool:
        """Something is looked for and nothing is found yet."""
        return self.wish is not None and self.at_once is None
