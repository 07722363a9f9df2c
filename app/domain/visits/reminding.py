"""Reminders go out, and what became of each is told: in the journal, in the card, and to a person where none arrived.

The plan follows the visit: whoever moved or cancelled it, by whatever door, this turn replaces all of it at once.
"""

from dataclasses import replace

from app.domain import clockwork, telling
from app.domain.card import Role
from app.domain.decision import Fact
from app.domain.desk import Desk
from app.domain.mail import Fate, OutKind, Seen, SendOutcome, Undelivered
from app.domain.speaking import speak
from app.domain.visits import reminder_words, reminders
from app.domain.visits.attendance import REACHED, Attendance, Reminder, Told
from app.domain.visits.visit import Visit
from app.domain.words import say

FATES = {Fate.SENT: Told.SENT, Fate.FAILED: Told.FAILED, Fate.UNKNOWN: Told.UNKNOWN}


def watch(desk: Desk) -> None:
    keep(desk)
    remind(desk)


def keep(desk: Desk) -> None:
    """The plan of the visit as it stands now; none of one that is cancelled or given up."""
    visit, plan = desk.c.visit, desk.c.attendance
    if visit is None or not reminders.lives(desk.c):
        if plan is not None and (visit is None or desk.now < plan.starts):
            _set(desk, None)
    elif plan is None and visit.starts <= desk.now:
        return  # it was over before anybody kept a plan
    elif plan is None or (plan.visit, plan.starts) != (visit.id, visit.starts):
        _set(desk, reminders.planned(visit, desk.now, desk.business))


def remind(desk: Desk) -> None:
    """What is due goes out, of several the last; an outage never makes it a burst, nor a night's text."""
    visit, plan, due = desk.c.visit, desk.c.attendance, reminders.due(desk.c, desk.now)
    if visit is None or plan is None or not due:
        return
    if desk.now >= plan.starts:
        for one in due:
            _settle(desk, one, Told.LATE)
        desk.note(desk.now, say("note_reminder_late", desk.business.locale))
        return
    *held_back, last = due
    later = reminders.by_day(desk.now, plan.starts, desk.business.reminders, desk.business.zone)
    if desk.now - last.at > reminders.AT_ONCE and later > desk.now:
        _put(desk, replace(last, at=later))
        return
    for one in held_back:
        _settle(desk, one, Told.MERGED)
    _put(desk, replace(last, fate=Told.OUT))
    _say(desk, visit, last)


def _say(desk: Desk, visit: Visit, reminder: Reminder) -> None:
    plan, locale = desk.c.attendance, desk.c.language
    asks = desk.business.reminders.ask_confirmation and plan is not None and plan.confirmed_at is None
    text = reminder_words.text(visit, desk.c.name, desk.business, locale, asks=asks)
    shown = reminder_words.buttons(visit, locale) if asks else ()
    speak(desk, OutKind.REMINDER, text, buttons=shown, about=reminder.id)
    if plan is not None and asks:
        _set(desk, replace(desk.c.attendance or plan, awaits=True, asked=False))


def outcome(desk: Desk, mail: SendOutcome) -> None:
    """Of a text whose visit was moved or cancelled meanwhile only what reached the customer is shown."""
    told, reminder = FATES.get(mail.fate), _found(desk, mail.about)
    if mail.reason == "late":
        told = Told.LATE
    if mail.fate is Fate.SENT:
        desk.line(mail.at, "assistant", mail.text, ref=mail.outbox_id, way=mail.way or desk.c.id)
    if told is None or reminder is None:
        return
    _settle(desk, replace(reminder, ref=mail.ref, via=mail.via), told)
    if told is Told.LATE:
        desk.note(mail.at, say("note_reminder_late", desk.business.locale))
    elif told is not Told.SENT:
        _ask_a_person(desk, reminder, mail.reason or mail.fate, mail.text)


def seen(desk: Desk, mail: Seen) -> None:
    """Statuses come out of order: a fate only moves forward."""
    reminder, told = _found(desk, "", mail.ref), Told(mail.status)
    if reminder and reminder.fate in REACHED and REACHED.index(told) > REACHED.index(reminder.fate):
        _settle(desk, reminder, told)


def lost(desk: Desk, mail: Undelivered) -> bool:
    """Whether it was a reminder that the messenger took and could not deliver: it goes on by the next way."""
    reminder, visit = _found(desk, "", mail.ref), desk.c.visit
    if reminder is None or visit is None or reminder.fate not in REACHED:
        return False
    again = replace(reminder, fate=Told.OUT, lost=mail.reason or "refused")
    _put(desk, again)
    _say(desk, visit, again)
    return True


def _ask_a_person(desk: Desk, reminder: Reminder, reason: str, text: str) -> None:
    """A task with the text ready, and the same in the dialogue: nothing fails in silence."""
    if "blocked" in reason.split():
        clockwork.blocked(desk, desk.now)
    phone = f" {desk.c.phone.number}." if desk.c.phone else ""
    user = telling.hearer(desk, Role.ASSIGNEE) or desk.open_enquiry().assignee
    desk.notice(
        f"reminder:{reminder.id}", Role.ASSIGNEE, "task_reminder",
        user=user, task=True, reason=reason, phone=phone, text=text,
    )  # fmt: skip
    desk.note(desk.now, say("note_reminder_failed", desk.business.locale, reason=desk.reason(reason), text=text))


def _settle(desk: Desk, reminder: Reminder, told: Told) -> None:
    _put(desk, replace(reminder, fate=told))
    plan = desk.c.attendance
    desk.facts.append(Fact(kind="reminded", values={"booking": plan.booking if plan else "", "fate": told}))
    desk.told = True


def _put(desk: Desk, reminder: Reminder) -> None:
    plan = desk.c.attendance
    if plan is not None:
        changed = tuple(reminder if one.id == reminder.id else one for one in plan.reminders)
        _set(desk, replace(plan, reminders=changed))


def _set(desk: Desk, plan: Attendance | None) -> None:
    desk.c = replace(desk.c, attendance=plan)


def _found(desk: Desk, about: str, ref: str = "") -> Reminder | None:
    return desk.c.attendance.reminder(about, ref) if desk.c.attendance else None
