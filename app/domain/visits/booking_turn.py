"""A turn's part in bookings: what is offered, chosen, moved and cancelled, and what came of it. Pure.

`answer` decides with the words, by what the diary allows (openings.py); `hear` takes what became of a command, or what
a person did in the portal.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.domain import clockwork, invitations, moments
from app.domain.booking import Slot, Wish
from app.domain.business import Binds
from app.domain.card import Stage
from app.domain.decision import Fact, Said
from app.domain.desk import Desk
from app.domain.escalation import HUMAN_TARGETS
from app.domain.mail import BookingOutcome, OutKind
from app.domain.qualification import By, Intent, Understanding
from app.domain.sla import HOT_CONFIRMATION, Target
from app.domain.speaking import hand_over, speak
from app.domain.visits import booking_words, waiting
from app.domain.visits.openings import standing
from app.domain.visits.visit import BookingFate, Command, Do, Offer, Openings, Visit
from app.domain.words import say

LEFT_TO_PEOPLE = frozenset({"asked", "complaint", "emergency"})  # reasons of a handover: nothing is booked beside it


def answer(desk: Desk, understanding: Understanding, openings: Openings | None) -> Said:
    """The answer of this turn, and the command that goes with it."""
    plain = Said(text=understanding.reply, asks=understanding.asks)
    reading, visit = understanding.reading, standing(desk.c, desk.now)
    if understanding.handoff in LEFT_TO_PEOPLE or not reading.confident:
        return plain
    if desk.c.pending and reading.intent in (Intent.CANCEL, Intent.RESCHEDULE, Intent.CONFIRM, Intent.BOOKING):
        return Said(text=say("slot_under_way", desk.c.language))
    if reading.intent is Intent.CANCEL and visit:
        return _change(desk, Do.CANCEL, visit)
    if openings and openings.word and (said := waiting.answer(desk, openings)):
        return said
    if openings is None or openings.wish is None:
        return plain
    if openings.at_once and openings.does is Do.MOVE and visit:
        return _change(desk, Do.MOVE, visit, openings)
    if openings.at_once and openings.does is Do.BOOK:
        return _book(desk, openings.at_once, openings.wish)
    if openings.slots:
        return _offered(desk, understanding, openings)
    if openings.does is Do.BOOK:
        return waiting.asks(desk, _new_offer(desk, (), openings.wish, Do.BOOK))
    hand_over(desk, "no_slots")
    return Said(text=say("slot_full", desk.c.language))


def _offered(desk: Desk, understanding: Understanding, openings: Openings) -> Said:
    slots, locale = openings.slots, desk.c.language
    offer = _new_offer(desk, slots, openings.wish or Wish(services=()), openings.does)
    buttons = booking_words.buttons(offer.id, slots, desk.business, locale)
    if len(slots) == 1 and openings.fits and understanding.by is By.RULES:
        when = moments.moment(slots[0].starts, desk.now, desk.business, locale)
        return Said(text=say("slot_asks", locale, when=when), buttons=buttons)
    text, zone = understanding.reply, ZoneInfo(desk.business.zone)
    if not all(f"{slot.starts.astimezone(zone):%H:%M}" in text for slot in slots):
        text = f"{text}\n{booking_words.listed(slots, desk.now, desk.business, locale)}"
    if openings.fits or openings.does is not Do.BOOK:
        return Said(text=text, buttons=buttons)
    desk.c = replace(desk.c, offer=replace(offer, lists=True))
    return Said(text=f"{text}\n{say('wait_or', locale)}", buttons=(*buttons, waiting.button(desk, offer)))


def _book(desk: Desk, slot: Slot, wish: Wish) -> Said:
    """Asks for the name first where none is known; the time is held meanwhile."""
    before = desk.c.offer
    held = before.hold if before and before.slots == (slot,) else ""
    if not desk.c.name and "name" not in desk.c.asked:
        command = _command(desk, Do.HOLD, slot=slot, wish=wish, reuse=held)
        waiting.keep(desk, command.id)
        offer = _new_offer(desk, (slot,), wish, Do.BOOK, number=desk.c.commands)
        desk.c = replace(desk.c, offer=replace(offer, chosen=slot, hold=command.id))
        when = moments.moment(slot.starts, desk.now, desk.business, desk.c.language)
        return Said(text=say("slot_ask_name", desk.c.language, when=when), asks="name")
    _start_clock(desk)
    _command(desk, Do.BOOK, slot=slot, wish=wish, reuse=held)
    return Said(waits=True)


def _change(desk: Desk, does: Do, visit: Visit, openings: Openings | None = None) -> Said:
    """Free until so many hours before the visit; later it is a person's to decide."""
    ours = desk.c.offer is not None and desk.c.offer.ours
    if not ours and desk.now > visit.starts - desk.business.booking.free_cancel:
        hand_over(desk, "late_change")
        return Said(text=say("visit_too_late", desk.c.language))
    slot = openings.at_once if openings else None
    if slot:
        _start_clock(desk)
    _command(desk, does, slot=slot, visit=visit, wish=openings.wish if openings else None)
    return Said(waits=True)


def _command(desk: Desk, does: Do, *, reuse: str = "", **fields: Any) -> Command:
    number = desk.c.commands + 1
    command = Command(
        id=reuse or f"{desk.open_enquiry().card_id}-b{number}",
        does=does,
        conversation=desk.c.id,
        person=desk.c.person_id,
        name=desk.c.name,
        asked_at=desk.now,
        **fields,
    )
    desk.commands.append(command)
    desk.c = replace(desk.c, commands=number, pending=desk.c.pending if does is Do.HOLD else command)
    return command


def _new_offer(desk: Desk, slots: tuple[Slot, ...], wish: Wish, does: Do, *, number: int = 0) -> Offer:
    number = number or desk.c.commands + 1
    offer = Offer(id=f"{desk.open_enquiry().card_id}-o{number}", slots=slots, wish=wish, does=does, made_at=desk.now)
    desk.c = replace(desk.c, offer=offer, commands=number)
    desk.facts.append(Fact(kind="offered", values={"slots": len(slots)}))
    return offer


def _start_clock(desk: Desk) -> None:
    clockwork.start(desk, Target.BOOKING_CONFIRMATION, max((mail.at for mail in desk.heard), default=desk.now))


# --- what came of it


def hear(desk: Desk, outcome: BookingOutcome) -> None:
    if outcome.by == "person":
        _person_changed(desk, outcome)
        return
    pending = desk.c.pending
    if pending is None or pending.id != outcome.command:
        _hear_of_hold(desk, outcome)
        return
    slot = outcome.slot or pending.slot
    match outcome.fate:
        case BookingFate.BOOKED if slot:
            _booked(desk, outcome, slot)
        case BookingFate.MOVED if slot and pending.visit:
            _moved(
                desk, outcome, replace(pending.visit, slot=slot, bookings=outcome.bookings or pending.visit.bookings)
            )
        case BookingFate.CANCELLED if pending.visit:
            _cancelled(desk, outcome, pending.visit)
        case BookingFate.TAKEN:
            _taken(desk, outcome, pending.wish, pending.does)
        case BookingFate.UNKNOWN:
            _later(desk, pending, slot)
        case _:
            _failed(desk, pending)


def _hear_of_hold(desk: Desk, outcome: BookingOutcome) -> None:
    offer = desk.c.offer
    if offer is None or offer.hold != outcome.command:
        return
    if outcome.fate is BookingFate.TAKEN:
        _taken(desk, outcome, offer.wish, offer.does)
    elif outcome.fate is BookingFate.HELD and offer.chosen:
        desk.facts.append(Fact(kind="held", values=_slot_values(offer.chosen)))


def _booked(desk: Desk, outcome: BookingOutcome, slot: Slot) -> None:
    visit = Visit(id=outcome.command, slot=slot, bookings=outcome.bookings, made_at=outcome.at, by=outcome.by)
    waiting.booked(desk, visit, outcome.at)
    _stand(desk, visit)
    values = {"booking": _first(visit)} | _slot_values(slot)
    desk.facts.append(Fact(kind="booked", values=values))
    _note(desk, "note_booked", slot, outcome.at)
    text = booking_words.confirmation("visit_booked", slot, desk.c.name, desk.business, desk.c.language)
    speak(desk, OutKind.CONFIRMATION, text)
    invitations.ask(desk)


def _moved(desk: Desk, outcome: BookingOutcome, visit: Visit) -> None:
    _stand(desk, visit)
    desk.facts.append(Fact(kind="moved", values={"booking": _first(visit), "slot": visit.starts.isoformat()}))
    _note(desk, "note_moved", visit.slot, outcome.at)
    text = booking_words.confirmation("visit_moved", visit.slot, desk.c.name, desk.business, desk.c.language)
    speak(desk, OutKind.CONFIRMATION, text)


def _cancelled(desk: Desk, outcome: BookingOutcome, visit: Visit) -> None:
    desk.c = replace(desk.c, visit=None, offer=None, pending=None)
    desk.facts.append(Fact(kind="cancelled", values={"booking": _first(visit), "by": outcome.by}))
    _note(desk, "note_cancelled", visit.slot, outcome.at)
    if desk.c.enquiry:
        desk.move(Stage.LOST)
        _settle(desk)
    when = moments.full(visit.starts, desk.business, desk.c.language)
    what = booking_words.what(visit.slot, desk.business)
    speak(desk, OutKind.CONFIRMATION, say("visit_cancelled", desk.c.language, what=what, when=when))


def _taken(desk: Desk, outcome: BookingOutcome, wish: Wish | None, does: Do) -> None:
    """In one reply: it is gone, and what is free instead."""
    desk.c = replace(desk.c, pending=None, offer=None)
    if desk.c.enquiry:
        clockwork.cancel(desk, (Target.BOOKING_CONFIRMATION,), outcome.at)
    if not outcome.alternatives:
        hand_over(desk, "no_slots")
        speak(desk, OutKind.OFFER, say("slot_taken_alone", desk.c.language))
        return
    offer = _new_offer(desk, outcome.alternatives, wish or Wish(services=()), Do.MOVE if does is Do.MOVE else Do.BOOK)
    lines = booking_words.listed(offer.slots, desk.now, desk.business, desk.c.language)
    buttons = booking_words.buttons(offer.id, offer.slots, desk.business, desk.c.language)
    speak(desk, OutKind.OFFER, f"{say('slot_taken', desk.c.language)}\n{lines}", buttons=buttons)


def _later(desk: Desk, pending: Command, slot: Slot | None) -> None:
    """The diary does not answer. The time is held; the promise has its clock."""
    if pending.told:
        return
    desk.c = replace(desk.c, pending=replace(pending, told=True))
    if slot is None:
        speak(desk, OutKind.REPLY, say("visit_cancels", desk.c.language))
        return
    desk.facts.append(Fact(kind="held", values=_slot_values(slot)))
    clock = desk.open_enquiry().clock(Target.BOOKING_CONFIRMATION)
    minutes = round((clock.budget if clock else HOT_CONFIRMATION) / timedelta(minutes=1))
    when = moments.moment(slot.starts, desk.now, desk.business, desk.c.language)
    speak(desk, OutKind.REPLY, say("visit_later", desk.c.language, when=when, minutes=minutes))


def _failed(desk: Desk, pending: Command) -> None:
    desk.c = replace(desk.c, pending=None)
    hand_over(desk, "booking")
    slot = pending.slot or (pending.visit.slot if pending.visit else None)
    when = moments.moment(slot.starts, desk.now, desk.business, desk.c.language) if slot else ""
    speak(desk, OutKind.REPLY, say("visit_failed", desk.c.language, when=when))


def _person_changed(desk: Desk, outcome: BookingOutcome) -> None:
    """A manager's own booking counts as ours: slots, card and reminders follow; the customer hears it from them."""
    if desk.c.pending:  # our own command is changing it: its outcome tells more
        return
    visit = desk.c.visit
    ours = visit is not None and visit.id == outcome.command
    if outcome.fate is BookingFate.CANCELLED and visit and ours:
        desk.c = replace(desk.c, visit=None)
        desk.facts.append(Fact(kind="cancelled", values={"booking": _first(visit), "by": "person"}))
        _note(desk, "note_cancelled_person", visit.slot, outcome.at)
    elif outcome.fate is BookingFate.MOVED and visit and ours and outcome.slot:
        moved = replace(visit, slot=_with_services(outcome.slot, visit.services))
        _stand(desk, moved)
        desk.facts.append(Fact(kind="moved", values={"booking": _first(moved), "slot": moved.starts.isoformat()}))
        _note(desk, "note_moved_person", moved.slot, outcome.at)
    elif outcome.fate is BookingFate.BOOKED and outcome.slot and standing(desk.c, desk.now) is None:
        services = desk.c.enquiry.services if desk.c.enquiry else ()
        made = Visit(
            id=outcome.command,
            slot=_with_services(outcome.slot, services),
            bookings=outcome.bookings,
            made_at=outcome.at,
            by=outcome.by,
        )
        _stand(desk, made)
        desk.facts.append(Fact(kind="booked", values={"booking": _first(made)} | _slot_values(made.slot)))
        _note(desk, "note_booked_person", made.slot, outcome.at)


def _with_services(slot: Slot, services: tuple[str, ...]) -> Slot:
    """The portal knows times and resources, we what is done in them: all of it belongs to the first stay."""
    return slot if slot.services else Slot(parts=(replace(slot.parts[0], services=services), *slot.parts[1:]))


def _stand(desk: Desk, visit: Visit) -> None:
    """The visit stands: nothing is offered or awaited any more."""
    desk.c = replace(desk.c, visit=visit, offer=None, pending=None)
    if desk.c.enquiry is None:
        return
    desk.change(services=visit.services)
    desk.move(Stage.BOOKED)
    clockwork.stop(desk, (Target.BOOKING_CONFIRMATION,), desk.now)
    _settle(desk)


def _settle(desk: Desk) -> None:
    """The customer has what they asked for: nobody owes them an answer any more."""
    binds = desk.business.sla.binds is Binds.ANY
    (clockwork.stop if binds else clockwork.cancel)(desk, HUMAN_TARGETS, desk.now)


def _note(desk: Desk, key: str, slot: Slot, at: datetime) -> None:
    locale = desk.business.locale
    when = moments.full(slot.starts, desk.business, locale)
    desk.note(at, say(key, locale, when=when, what=booking_words.what(slot, desk.business)))


def _first(visit: Visit) -> int | str:
    return visit.bookings[0] if visit.bookings else visit.id


def _slot_values(slot: Slot) -> dict[str, object]:
    return {"slot": slot.starts.isoformat(), "service": ",".join(slot.services)}
