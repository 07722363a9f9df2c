"""What is still to be said, and was said, about one visit at one time. A visit that moves gets another."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Told(StrEnum):
    """The fate of a reminder: `planned`, on its way (`out`), then what became of it."""

    PLANNED = "planned"
    OUT = "out"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"  # no way of ours reached the customer: a person has the text
    UNKNOWN = "unknown"  # the messenger never said: a person has the text
    MERGED = "merged"  # an outage held it back until the next one was due: one text for both
    LATE = "late"  # an outage held it back until the visit had begun


REACHED = (Told.SENT, Told.DELIVERED, Told.READ)  # a fate only moves forward here


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """
    ref    the messenger's id of it
    via    the channel that took it, where it was not the conversation's own
    lost   why the conversation's own channel did not deliver what it had taken: it is not asked again
    """

    id: str
    at: datetime
    fate: Told = Told.PLANNED
    ref: str = ""
    via: str = ""
    lost: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendance:
    """
    visit, starts, ends   of the visit as it stood when this was planned; another time makes another attendance
    booking       the diary's first id of it, as the journal names it
    awaits        a reminder asked whether they come, and was not answered
    confirmed_at  the customer said that they come
    asked         an unclear answer was asked back
    came          None until a person, or the customer, says
    came_at       when that was learned
    asked_came    the manager was asked
    said          of what follows a visit (after_visit.Step), what went out or fell away
    """

    visit: str
    starts: datetime
    ends: datetime
    booking: int | str
    reminders: tuple[Reminder, ...] = ()
    awaits: bool = False
    confirmed_at: datetime | None = None
    asked: bool = False
    came: bool | None = None
    came_at: datetime | None = None
    asked_came: bool = False
    said: tuple[str, ...] = ()

    def reminder(self, id_: str, ref: str = "") -> Reminder | None:
        """By our id of it, else by the messenger's."""
        found = (one for one in self.reminders if one.id == id_ or (ref and one.ref == ref))
        return next(found, None)

    @property
    def reminded(self) -> bool:
        return any(one.fate in (Told.OUT, *REACHED) for one in self.reminders)
