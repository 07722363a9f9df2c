"""What is said about a visit that stands: the reminder, its fate in the card, the task when it reached nobody."""

from zoneinfo import ZoneInfo

from app.domain import moments
from app.domain.business import Business
from app.domain.message import Button
from app.domain.visits import booking_words
from app.domain.visits.attendance import Attendance, Told
from app.domain.visits.visit import Visit
from app.domain.words import define, say

COMES, MOVE, CANCEL = "come", "move", "cancel"  # what a reminder's button says
BUTTONS = (COMES, MOVE, CANCEL)  # in their order
SMS_PARTS = 134  # UTF-16 units of two parts of 67 each
SMS_NAME = 40  # of a business, characters

define("reminder", "Напоминаем о записи: {what}, {when}.", "A reminder of your visit: {what}, {when}.")
define(
    "reminder_name", "{name}, напоминаем о записи: {what}, {when}.", "{name}, a reminder of your visit: {what}, {when}."
)
define(
    "reminder_asks",
    "Вы придёте? Если планы изменились, напишите: перенесём или отменим.",
    "Are you coming? If plans have changed, write to us: we will move or cancel it.",
)
define("reminder_waits", "Ждём вас!", "See you then!")
define("sms_reminder", "{business}: напоминаем о записи {when}.", "{business}: a reminder of your visit {when}.")
define("sms_change", "Перенести или отменить: {phone}", "To move or cancel: {phone}")
define("button_come", "Приду", "I am coming")
define("button_move", "Перенести", "Move it")
define("button_cancel", "Отменить", "Cancel it")
define("fate_sent", "отправлено", "sent")
define("fate_delivered", "доставлено", "delivered")
define("fate_read", "прочитано", "read")
define("fate_failed", "не доставлено", "not delivered")
define("fate_unknown", "доставка неизвестна", "delivery unknown")
define("fate_merged", "объединено со следующим", "joined with the next one")
define("fate_late", "не успело до визита", "too late for the visit")
define("fate_confirmed", "клиент придёт", "the customer is coming")
define(
    "task_reminder",
    "Напомнить клиенту: {title}. Само не дошло ({reason}).{phone} Текст: {text}",
    "Remind the customer: {title}. It did not get through ({reason}).{phone} The text: {text}",
)
define(
    "note_reminder_failed",
    "Напоминание не дошло ({reason}), поставлена задача напомнить. Текст: {text}",
    "The reminder did not get through ({reason}); a task was made to remind. The text: {text}",
)
define(
    "note_reminder_late",
    "Напоминание не успело: визит уже начался.",
    "The reminder came too late: the visit has begun.",
)


def text(visit: Visit, name: str, business: Business, locale: str, *, asks: bool) -> str:
    """Date, weekday, time, address, service and name."""
    what, when = booking_words.what(visit.slot, business), moments.full(visit.starts, business, locale)
    parts = [say("reminder_name" if name else "reminder", locale, name=name, what=what, when=when)]
    if business.address:
        parts.append(say("visit_where", locale, address=business.address))
    return " ".join([*parts, say("reminder_asks" if asks else "reminder_waits", locale)])


def short(visit: Visit, business: Business, locale: str) -> str:
    """For SMS, within its two parts: who, when, where and whom to call, as far as it fits.

    Neither the name nor the service: a number may be mistyped, and a locked screen shows the text to anybody.
    """
    when = moments.full(visit.starts, business, locale)
    said = say("sms_reminder", locale, business=business.name[:SMS_NAME], when=when)
    change = say("sms_change", locale, phone=business.phone) if business.phone else ""
    where = f"{business.address}." if business.address else ""
    fuller = (" ".join(filter(None, (said, *more))) for more in ((where, change), (change,), (where,)))
    return next((each for each in fuller if sms_length(each) <= SMS_PARTS), said)


def sms_length(text: str) -> int:
    """In the units of a text that is not all Latin: UTF-16."""
    return len(text.encode("utf-16-le")) // 2


def buttons(visit: Visit, locale: str) -> tuple[Button, ...]:
    return tuple(Button(title=say(f"button_{word}", locale), payload=payload(visit, word)) for word in BUTTONS)


def payload(visit: Visit, word: str) -> str:
    """A button of an earlier time of the same visit has another: it answers nothing any more."""
    return f"visit:{word}:{visit.id}:{visit.starts.timestamp() / 60:.0f}"


def fates(attendance: Attendance | None, business: Business) -> str:
    """«25.11 12:00 доставлено; 26.11 09:00 отправлено; клиент придёт»."""
    if attendance is None:
        return ""
    locale, zone = business.locale, ZoneInfo(business.zone)
    told = [
        f"{one.at.astimezone(zone):%d.%m %H:%M} {say(f'fate_{one.fate}', locale)}{f' ({one.via})' if one.via else ''}"
        for one in attendance.reminders
        if one.fate not in (Told.PLANNED, Told.OUT)
    ]
    return "; ".join([*told, say("fate_confirmed", locale)] if attendance.confirmed_at else told)
