"""What is said about bookings: to the customer, and in the card to those who work in the portal."""

from collections.abc import Sequence
from datetime import datetime

from app.domain import moments
from app.domain.booking import Slot
from app.domain.business import Business
from app.domain.message import Button
from app.domain.words import define, say

define(
    "slots_free",
    ("Есть свободное время. Какое подойдёт?", "Свободно вот это время. Что выбрать?"),
    "These times are free. Which one suits you?",
)
define(
    "slots_instead",
    "На это время свободных мест нет. Ближайшее свободное время:",
    "Nothing is free at that time. The nearest free times are:",
)
define("slot_line", "{number}) {when}", "{number}) {when}")
define("slot_asks", "Свободно: {when}. Записать?", "Free: {when}. Shall I book it?")
define("slot_full", "На это время свободных мест нет, и рядом тоже.", "Nothing is free then, nor around it.")
define(
    "slot_ask_name",
    "Держу это время: {when}. На какое имя записать?",
    "I am keeping this time: {when}. What name shall I book it under?",
)
define("slot_under_way", "Уже записываю, одну минуту.", "I am booking it right now, one minute.")
define(
    "slot_taken",
    "Это время только что заняли. Сейчас свободно:",
    "Somebody has just taken that time. Free right now:",
)
define(
    "slot_taken_alone",
    "Это время только что заняли, и рядом свободного нет. Администратор предложит другое.",
    "Somebody has just taken that time and nothing is free around it. A colleague will suggest another.",
)
define(
    "visit_later",
    "Время за вами: {when}. Подтвержу запись в течение {minutes} минут.",
    "The time is yours: {when}. I will confirm the booking within {minutes} minutes.",
)
define(
    "visit_failed",
    "Не получилось записать автоматически: {when}. Администратор свяжется и запишет.",
    "I could not book it automatically: {when}. A colleague will get in touch and book you.",
)
define("visit_booked", "Запись подтверждена: {what}, {when}.", "Your visit is booked: {what}, {when}.")
define("visit_booked_name", "{name}, запись подтверждена: {what}, {when}.", "{name}, you are booked: {what}, {when}.")
define("visit_moved", "Запись перенесена: {what}, {when}.", "Your visit has been moved: {what}, {when}.")
define(
    "visit_cancelled",
    "Запись отменена: {what}, {when}. Если захочется прийти в другой день, напишите.",
    "Your visit is cancelled: {what}, {when}. Write to us whenever another day suits you.",
)
define(
    "visit_cancels",
    "Отменяю запись. Напишу, как только будет готово.",
    "I am cancelling your visit and will write as soon as it is done.",
)
define("visit_where", "Адрес: {address}.", "Address: {address}.")
define("visit_price", "Стоимость: {price}.", "Price: {price}.")
define(
    "visit_too_late",
    "До визита осталось мало времени: перенести или отменить запись может только администратор. Передаю ему.",
    "Your visit is too close for me to change: only a colleague can move or cancel it. I am handing this over.",
)
define("reason_late_change", "поздняя отмена или перенос записи", "a late change of a visit")
define("reason_no_slots", "нет свободного времени", "no free time")
define("reason_booking", "запись не удалась", "a booking failed")
define("note_booked", "Записан: {when} ({what})", "Booked: {when} ({what})")
define("note_moved", "Запись перенесена: {when} ({what})", "Moved: {when} ({what})")
define("note_cancelled", "Запись отменена: {when} ({what})", "Cancelled: {when} ({what})")
define("note_booked_person", "Менеджер записал: {when} ({what})", "A manager booked: {when} ({what})")
define("note_moved_person", "Менеджер перенёс запись: {when} ({what})", "A manager moved it: {when} ({what})")
define("note_cancelled_person", "Менеджер отменил запись: {when} ({what})", "A manager cancelled it: {when} ({what})")


def listed(slots: Sequence[Slot], now: datetime, business: Business, locale: str) -> str:
    """A numbered line for each slot."""
    lines = (
        say("slot_line", locale, number=number, when=moments.moment(slot.starts, now, business, locale))
        for number, slot in enumerate(slots, 1)
    )
    return "\n".join(lines)


def buttons(offer_id: str, slots: Sequence[Slot], business: Business, locale: str) -> tuple[Button, ...]:
    return tuple(
        Button(title=f"{number}) {moments.brief(slot.starts, business, locale)}", payload=payload(offer_id, number))
        for number, slot in enumerate(slots, 1)
    )


def payload(offer_id: str, number: int) -> str:
    return f"slot:{offer_id}:{number}"


def what(slot: Slot, business: Business) -> str:
    """«маникюр с покрытием (Анна)»; several stays one after another."""
    people = {resource.id: resource.name for resource in business.resources}
    stays = []
    for part in slot.parts:
        services = tuple(service for one in part.services if (service := business.service(one)))
        who = people.get(part.resource, "")
        stays.append(moments.names(services) + (f" ({who})" if who else ""))
    return ", ".join(stays)


def confirmation(key: str, slot: Slot, name: str, business: Business, locale: str) -> str:
    """Date, weekday, time, address, price and name of a booking that stands."""
    services = tuple(service for one in slot.services if (service := business.service(one)))
    stays, when = what(slot, business), moments.full(slot.starts, business, locale)
    named = f"{key}_name" if key == "visit_booked" and name else key  # the others have no place for the name
    parts = [say(named, locale, what=stays, when=when, name=name)]
    if business.address:
        parts.append(say("visit_where", locale, address=business.address))
    if services:
        price = moments.money(tuple(service.price for service in services), business, locale)
        parts.append(say("visit_price", locale, price=price))
    return " ".join(parts)
