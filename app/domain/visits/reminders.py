"""When a visit is reminded of, by the profile's offsets and quiet hours. Pure; what goes out then is reminding.py.

A reminder of the night goes at its end if half an hour remains before the visit, else in the last minute before the
night. What would lie before the booking is left out: the confirmation has just said the same. Two within an hour
become the earlier one.
"""

from datetime import datetime, timedelta

from app.domain.business import Business, ReminderRules
from app.domain.card import Stage
from app.domain.conversation import Conversation
from app.domain.nights import asleep_since, awake_at
from app.domain.visits.attendance import Attendance, Reminder, Told
from app.domain.visits.visit import Do, Visit

REMAINS = timedelta(minutes=30)  # before the visit, for a reminder to be of use still
APART = timedelta(hours=1)  # closer ones become one
MINUTE = timedelta(minutes=1)
AT_ONCE = timedelta(minutes=5)  # later than that an outage held it back, and the night may have come


def moments(starts: datetime, since: datetime, rules: ReminderRules, zone: str) -> tuple[datetime, ...]:
    """Ascending, each after `since` (the moment from which the visit stands at this time) and before `starts`."""
    kept: list[datetime] = []
    for at in sorted(by_day(starts - offset, starts, rules, zone) for offset in rules.offsets):
        if at > since and (not kept or at - kept[-1] >= APART):
            kept.append(at)
    return tuple(kept)


def by_day(at: datetime, starts: datetime, rules: ReminderRules, zone: str) -> datetime:
    """`at` itself by day; else the end of the night, or, where that is too late for the visit, before its start."""
    awake = awake_at(at, rules.quiet_hours, zone)
    if awake == at or starts - awake >= REMAINS:
        return awake
    return asleep_since(at, rules.quiet_hours, zone) - MINUTE


def planned(visit: Visit, since: datetime, business: Business) -> Attendance:
    return Attendance(
        visit=visit.id,
        starts=visit.starts,
        ends=visit.slot.ends,
        booking=visit.bookings[0] if visit.bookings else visit.id,
        reminders=tuple(
            Reminder(id=f"{visit.id}.{since.timestamp():.0f}.{number}", at=at)
            for number, at in enumerate(moments(visit.starts, since, business.reminders, business.zone), 1)
        ),
    )


def lives(conversation: Conversation) -> bool:
    """The visit is to take place: it stands, and nobody gave its deal up."""
    enquiry = conversation.enquiry
    return conversation.visit is not None and enquiry is not None and enquiry.stage is not Stage.LOST


def waits_for_change(conversation: Conversation) -> bool:
    """The customer has just asked to move or cancel it: the diary's word comes first."""
    return conversation.pending is not None and conversation.pending.does in (Do.MOVE, Do.CANCEL)


def due(conversation: Conversation, now: datetime) -> tuple[Reminder, ...]:
    attendance = conversation.attendance
    if attendance is None or waits_for_change(conversation):
        return ()
    return tuple(one for one in attendance.reminders if one.fate is Told.PLANNED and one.at <= now)


def waits(conversation: Conversation, id_: str) -> Reminder | None:
    """Asked by the sender at the last moment. None: its visit was moved or cancelled, or it has left already."""
    found = conversation.attendance.reminder(id_) if conversation.attendance else None
    return found if found and found.fate is Told.OUT else None


def may_ring(reminder: Reminder, now: datetime, starts: datetime, rules: ReminderRules, zone: str) -> bool:
    """An SMS wakes people: held back until the night, a reminder goes by it no more."""
    return now - reminder.at <= AT_ONCE or by_day(now, starts, rules, zone) == now


def next_wake(conversation: Conversation, now: datetime) -> datetime | None:
    attendance = conversation.attendance
    waiting = attendance.reminders if attendance else ()
    return min((one.at for one in waiting if one.fate is Told.PLANNED and one.at > now), default=None)
