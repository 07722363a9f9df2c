"""Who was to serve a visit falls ill: the customer is told once, and offered the nearest times instead. Pure."""

from dataclasses import replace

from app.domain import moments, telling
from app.domain.booking import Wish
from app.domain.card import Role
from app.domain.decision import Fact
from app.domain.desk import Desk
from app.domain.mail import Absence, OutKind
from app.domain.speaking import hand_over, speak
from app.domain.visits import booking_words
from app.domain.visits.openings import standing
from app.domain.visits.visit import Do, Offer
from app.domain.words import define, say

# The lost time itself is not named: «1» must mean the first of those that are offered.
define(
    "absent_offer",
    "К сожалению, вашу запись придётся перенести: {who} не работает в этот день. Свободно вместо этого:\n{slots}\n"
    "Напишите номер, и я перенесу запись; если ничего не подходит, напишите «отмените».",
    "I am sorry, your visit has to be moved: {who} is away that day. Free instead:\n{slots}\n"
    "Write its number and I will move your visit; if none suits, write “cancel”.",
)
define(
    "absent_alone",
    "К сожалению, {when} вас не смогут принять: {who} не работает в этот день. Администратор подберёт другое время.",
    "I am sorry: {who} is away {when} and your visit cannot take place. A colleague will find another time.",
)
define(
    "note_absent",
    "{who} не работает: клиенту предложено вместо {when}: {slots}",
    "{who} is away: instead of {when} offered: {slots}",
)
define("absent_nothing", "ничего свободного нет", "nothing is free")
define(
    "notice_absent",
    "{title}: {who} не работает, клиенту предложен перенос визита ({when})",
    "{title}: {who} is away, the customer was offered other times ({when})",
)


def hear(desk: Desk, mail: Absence) -> None:
    """News of a visit that is moved, over or told of already change nothing."""
    visit = standing(desk.c, desk.now)
    if visit is None or desk.c.pending or visit.absence == mail.id or not _hit(desk, mail):
        return
    business, locale = desk.business, desk.c.language
    who = next((one.name for one in business.resources if one.id == mail.resource), business.name)
    when = moments.moment(visit.starts, desk.now, business, locale)
    slots = tuple(slot for slot in mail.slots if slot.starts > desk.now)
    number = desk.c.commands + 1
    offer = Offer(
        id=f"{desk.c.id}-a{number}",
        slots=slots,
        wish=Wish(services=visit.services),
        does=Do.MOVE,
        made_at=desk.now,
        ours=True,
    )
    desk.c = replace(desk.c, visit=replace(visit, absence=mail.id), offer=offer, commands=number)
    listed = booking_words.listed(slots, desk.now, business, locale)
    buttons = booking_words.buttons(offer.id, slots, business, locale)
    key = "absent_offer" if slots else "absent_alone"
    speak(desk, OutKind.CONFIRMATION, say(key, locale, who=who, when=when, slots=listed), buttons=buttons)
    desk.facts.append(Fact(kind="absent", values={"slot": visit.starts.isoformat(), "offered": len(slots)}))
    shown = ", ".join(moments.brief(slot.starts, business, business.locale) for slot in slots)
    said = moments.full(visit.starts, business, business.locale)
    offered = shown or say("absent_nothing", business.locale)
    desk.note(mail.at, say("note_absent", business.locale, who=who, when=said, slots=offered))
    desk.notice(mail.id, Role.ASSIGNEE, "notice_absent", user=telling.hearer(desk, Role.ASSIGNEE), who=who, when=said)
    if not slots and desk.c.enquiry:
        hand_over(desk, "no_slots")


def _hit(desk: Desk, mail: Absence) -> bool:
    visit = desk.c.visit
    return visit is not None and any(part.resource == mail.resource for part in visit.slot.parts)
