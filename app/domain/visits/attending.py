"""What a customer says to a visit that stands: that they come, are late, want another time, or nothing clear. Pure.

A button says it for the time it was shown with. Moving and cancelling go the way of every booking (booking_turn.py);
here is what changes no booking: the mark in the card, the word to the manager, the one question back.
"""

from dataclasses import replace

from app.domain import moments, telling
from app.domain.card import Role
from app.domain.decision import Said
from app.domain.desk import Desk
from app.domain.qualification import Attends, Intent, Reading, Understanding
from app.domain.visits import reminder_words
from app.domain.visits.openings import standing
from app.domain.visits.reminder_words import BUTTONS, COMES, payload
from app.domain.visits.visit import Openings, Visit
from app.domain.words import define, say

INTENTS = dict(zip(BUTTONS, (Intent.CONFIRM, Intent.RESCHEDULE, Intent.CANCEL), strict=True))
PRESSES = "visit:"  # begins the payload of a reminder's button

define("attends_comes", "Спасибо! Ждём вас {when}.", "Thank you! See you {when}.")
define(
    "attends_late",
    "Спасибо, что предупредили, передаём администратору{late}.",
    "Thank you for telling us, we are passing it on{late}.",
)
define("attends_late_by", ": опоздание {minutes} мин", ": {minutes} minutes late")
define(
    "attends_asks",
    "Подскажите, пожалуйста, вы придёте {when}? Ответьте «да», «перенести» или «отменить».",
    "Are you coming {when}? Please answer “yes”, “move” or “cancel”.",
)
define(
    "attends_stands",
    "Хорошо, запись пока остаётся: {when}. Если планы изменятся, напишите.",
    "All right, the visit stays for now: {when}. Write to us if plans change.",
)
define(
    "attends_stale",
    "Это кнопка прежнего напоминания. Сейчас вы записаны {when}. Вы придёте?",
    "That button is of an earlier reminder. You are booked {when} now. Are you coming?",
)
define("attends_none", "Этой записи уже нет.", "That visit is no longer booked.")
define("note_comes", "Клиент подтвердил, что придёт", "The customer confirmed the visit")
define("note_late", "Клиент опаздывает{late}", "The customer is running late{late}")
define(
    "notice_running_late",
    "{title}: клиент опаздывает на визит{late}",
    "{title}: the customer is running late for the visit{late}",
)


def take(
    desk: Desk, understanding: Understanding, openings: Openings | None
) -> tuple[Understanding, bool, Said | None]:
    """What was meant, whether nobody need answer any more, and the answer where it is ours to give."""
    visit = standing(desk.c, desk.now)
    pressed = next((mail.message.payload for mail in desk.heard if mail.message.payload.startswith(PRESSES)), "")
    if visit is None or desk.c.attendance is None:
        gone = Said(text=say("attends_none", desk.c.language)) if pressed else None
        return understanding, bool(pressed), gone
    if pressed:
        word = next((word for word in BUTTONS if payload(visit, word) == pressed), "")
        if not word:
            return understanding, True, _asked(desk, visit, "attends_stale")
        understanding = _meant(understanding, word)
    attends = understanding.reading.attends
    if attends is Attends.LATE:
        return understanding, True, _late(desk, understanding.reading)
    if attends is Attends.COMES and not (openings and openings.at_once):
        return understanding, *_answered(understanding, _comes(desk, visit))
    if attends is Attends.UNSURE and desk.answers:
        return replace(understanding, handoff=""), True, _unsure(desk, visit)
    if understanding.reading.intent in (Intent.CANCEL, Intent.RESCHEDULE):
        _set(desk, awaits=False)
    return understanding, False, None


def _meant(understanding: Understanding, word: str) -> Understanding:
    """A button is clear, whatever its title was read as."""
    attends = Attends.COMES if word == COMES else None
    reading = replace(understanding.reading, intent=INTENTS[word], when=None, attends=attends, confident=True)
    return replace(understanding, reading=reading, handoff="")


def _comes(desk: Desk, visit: Visit) -> Said:
    plan = desk.c.attendance
    if plan and plan.confirmed_at is None:
        desk.note(desk.now, say("note_comes", desk.business.locale))
        _set(desk, confirmed_at=desk.now)
    _set(desk, awaits=False)
    return Said(text=say("attends_comes", desk.c.language, when=_when(desk, visit)))


def _answered(understanding: Understanding, said: Said) -> tuple[bool, Said]:
    """Who comes may ask something beside it: then that is answered too, and owed."""
    reading = understanding.reading
    if reading.intent is Intent.CONFIRM or not (reading.confident and understanding.reply):
        return True, said
    return False, Said(text=f"{said.text} {understanding.reply}", asks=understanding.asks)


def _late(desk: Desk, reading: Reading) -> Said:
    """A note and a word to the manager at once: the master waits."""
    told, heard = (
        say("attends_late_by", locale, minutes=reading.late) if reading.late else ""
        for locale in (desk.business.locale, desk.c.language)
    )
    desk.note(desk.now, say("note_late", desk.business.locale, late=told))
    user = telling.hearer(desk, Role.ASSIGNEE) or desk.open_enquiry().assignee
    key = f"late@{desk.now.timestamp():.0f}"
    desk.notice(key, Role.ASSIGNEE, "notice_running_late", user=user, late=told)
    _set(desk, awaits=False)
    return Said(text=say("attends_late", desk.c.language, late=heard))


def _unsure(desk: Desk, visit: Visit) -> Said:
    """Asked once; then the visit stays as it is."""
    plan = desk.c.attendance
    if plan and not plan.asked:
        _set(desk, asked=True)
        return _asked(desk, visit, "attends_asks")
    _set(desk, awaits=False)
    return Said(text=say("attends_stands", desk.c.language, when=_when(desk, visit)))


def _asked(desk: Desk, visit: Visit, key: str) -> Said:
    shown = reminder_words.buttons(visit, desk.c.language)
    return Said(text=say(key, desk.c.language, when=_when(desk, visit)), buttons=shown)


def _when(desk: Desk, visit: Visit) -> str:
    return moments.moment(visit.starts, desk.now, desk.business, desk.c.language)


def _set(desk: Desk, **changes: object) -> None:
    if desk.c.attendance is not None:
        desk.c = replace(desk.c, attendance=replace(desk.c.attendance, **changes))  # type: ignore[arg-type]
        desk.told = True
