"""Who hears of a conversation: the one it is meant for if they are there, else whoever is, else those above.

Laws: nobody off shift or on leave is told; nobody is told twice of one conversation in one turn; the owner
always hears.
"""

from datetime import datetime, timedelta

from app.domain import calendar, escalation
from app.domain.business import Business
from app.domain.card import Role
from app.domain.conversation import Enquiry, Held
from app.domain.desk import Desk
from app.domain.nights import awake_at
from app.domain.words import define

OPENING = timedelta(minutes=5)  # after the doors open: by then people have opened their day and the roster shows it

define(
    "notice_nobody",
    "{title}: на смене никого нет, клиент ждёт с {since}, срок ответа {due}",
    "{title}: nobody is on shift, waiting since {since}, the answer is due {due}",
)


def escalate(desk: Desk, due: escalation.Due, key: str, role: Role, words: str, told: set[int | None]) -> None:
    """One notice of the ladder. `told`: who heard of this conversation in this turn already, and is left alone.

    Where the portal has nobody to tell, those who lead hear in their messenger (flow/notify.py): `None` among `told`.
    """
    user = hearer(desk, role)
    if role is Role.ASSIGNEE and user is None:
        user, words = _above(desk, role), "notice_nobody"
    if user in told:
        return
    told.add(user)
    desk.notice(key, role, words, user=user, due=due)


def task(desk: Desk, due: escalation.Due, key: str) -> None:
    """A task is one person's: the assignee's, or of whoever is there."""
    user = hearer(desk, Role.ASSIGNEE) or _above(desk, Role.ASSIGNEE)
    desk.notice(key, Role.ASSIGNEE, "task_late", user=user, due=due, task=True)


def ask(desk: Desk, key: str, words: str, reason: str, *, can_wait: bool = False) -> None:
    """Somebody has to look, at once where it burns or people are at work; otherwise when they come.

    can_wait   it does not burn, however hot the enquiry was
    """
    until = desk.now if is_urgent(desk.open_enquiry()) and not can_wait else _at_work(desk.now, desk.business)
    if until > desk.now:
        held = Held(id=key, words=words, reason=reason, until=until)
        desk.change(held=(*desk.open_enquiry().held, held)[-escalation.HELD :])
        return
    _ask_now(desk, key, words, reason)


def release(desk: Desk) -> None:
    """What waited for the morning, unless it was answered meanwhile."""
    enquiry = desk.open_enquiry()
    due = [held for held in enquiry.held if held.until <= desk.now]
    if not due:
        return
    desk.change(held=tuple(held for held in enquiry.held if held not in due))
    for held in due:
        if held.words == "notice_handoff" and not enquiry.running():
            continue  # a person has answered
        if held.words == "notice_came" and desk.c.attendance and desk.c.attendance.came is not None:
            continue  # the stage has told it
        _ask_now(desk, held.id, held.words, held.reason)


def hearer(desk: Desk, role: Role) -> int | None:
    """A portal user who hears this role's notices now. Where the assignee is not there the deal changes hands."""
    roster, now, business = desk.roster, desk.now, desk.business
    if role is not Role.ASSIGNEE:
        return _above(desk, role)
    enquiry = desk.open_enquiry()
    if roster.hears(enquiry.assignee, now, business):
        return enquiry.assignee
    had = (*enquiry.tried, *((enquiry.assignee,) if enquiry.assignee is not None else ()))
    taker = roster.next_after(enquiry.assignee, had, now, business)
    if taker is not None:
        desk.change(assignee=taker, tried=had)
    return taker


def is_urgent(enquiry: Enquiry) -> bool:
    return escalation.is_urgent(enquiry)


def _ask_now(desk: Desk, key: str, words: str, reason: str) -> None:
    user = hearer(desk, Role.ASSIGNEE) or _above(desk, Role.ASSIGNEE)
    desk.notice(key, Role.ASSIGNEE, words, user=user, reason=reason)


def _above(desk: Desk, role: Role) -> int | None:
    roster = desk.roster
    if role is not Role.OWNER and roster.hears(roster.supervisor, desk.now, desk.business):
        return roster.supervisor
    return roster.owner if roster.owner is not None else roster.supervisor


def _at_work(now: datetime, business: Business) -> datetime:
    """`now` while the business is open by day, else a little after it opens."""
    opens = calendar.next_opening(now, business.calendar)
    at = awake_at(opens if opens == now else opens + OPENING, business.reminders.quiet_hours, business.zone)
    return max(at, now)
