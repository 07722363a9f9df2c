"""What the diary allows a customer who has just written, said before the answer is: its words need it. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.domain.booking import Busy, Choice, Slot, Wish, choose, free_slots
from app.domain.business import Business
from app.domain.conversation import Conversation
from app.domain.qualification import Intent, Reading, When
from app.domain.visits import booking_words
from app.domain.visits.visit import Do, ListWord, Openings, Visit

LEAVES_OFFER = frozenset({Intent.CANCEL, Intent.RESCHEDULE, Intent.HUMAN, Intent.COMPLAINT, Intent.SPAM})


def seek(
    conversation: Conversation,
    reading: Reading,
    payloads: Sequence[str],
    resource: str,
    now: datetime,
    *,
    asks: bool = False,
) -> Openings | None:
    """What these words choose or look for; None: they ask for no time.

    payloads   of the buttons among them
    resource   the person or place that the customer named, or empty
    asks       they only ask about what was offered: nothing is chosen
    """
    chosen = None if asks else _chosen(conversation, reading, payloads, now)
    return chosen or _search(conversation, reading, resource, now)


def _search(conversation: Conversation, reading: Reading, resource: str, now: datetime) -> Openings | None:
    visit = standing(conversation, now)
    if not reading.confident or conversation.pending:
        return None
    offer = conversation.offer
    asked = conversation.enquiry is not None and conversation.enquiry.intent is Intent.RESCHEDULE  # «на какой день?»
    goes_on = (asked or (offer is not None and offer.does is Do.MOVE)) and not reading.services
    if visit and (reading.intent is Intent.RESCHEDULE or (reading.intent is Intent.BOOKING and goes_on)):
        wish = Wish(services=visit.services, when=reading.when, resource=resource)
        return Openings(does=Do.MOVE, wish=wish) if reading.when else None
    if visit or reading.intent is not Intent.BOOKING:
        return None  # a second visit beside one that stands is a person's to arrange
    enquiry = conversation.enquiry
    services = reading.services or (enquiry.services if enquiry else ())
    before = enquiry.when if enquiry and enquiry.when and enquiry.when.latest > now else None
    wish = Wish(services=services, when=reading.when or before, resource=resource)
    return Openings(wish=wish) if services else None


def _chosen(conversation: Conversation, reading: Reading, payloads: Sequence[str], now: datetime) -> Openings | None:
    """The slot of the standing offer that a button, a number or a repeated time picks."""
    offer = conversation.offer
    if offer is None:
        return None
    slots = offer.live(now)
    named = reading.when.earliest if reading.when and reading.when.exact else None
    if not reading.confident or reading.intent not in (Intent.CONFIRM, Intent.BOOKING, Intent.RESCHEDULE):
        named = None
    for number, slot in enumerate(slots, 1):
        if booking_words.payload(offer.id, number) in payloads or slot.starts == named:
            return Openings(slots=slots, at_once=slot, does=offer.does, wish=offer.wish)
    if offer.chosen and reading.intent not in LEAVES_OFFER and (reading.name or reading.when is None):
        return Openings(slots=slots, at_once=offer.chosen, does=offer.does, wish=offer.wish)
    return None


def of_list(word: ListWord, found: Openings | None, conversation: Conversation) -> Openings:
    """A word to the waiting list beside what else the words ask for; a yes to the freed time is its choice."""
    waiting, offer = conversation.waiting, conversation.offer
    if word is ListWord.TAKE and waiting and waiting.chance:
        slot = waiting.chance.slot
        return Openings(slots=(slot,), at_once=slot, wish=offer.wish if offer else waiting.wish, word=word)
    return replace(found or Openings(), word=word)


def look(
    sought: Openings,
    conversation: Conversation,
    busy: Iterable[Busy],
    business: Business,
    *,
    asks: bool,
    now: datetime,
) -> Openings:
    """What is free. `asks`: the customer only asks whether something is; even an exact time is then offered."""
    if sought.wish is None:
        return sought
    wish, visit = sought.wish, standing(conversation, now) if sought.does is Do.MOVE else None
    busy = [one for one in busy if visit is None or one.owner != visit.id]
    same = visit.slot.parts[0].resource if visit and len(visit.slot.parts) == 1 and not wish.resource else wish.resource
    found = _choice(replace(wish, resource=same), busy, business, now)
    if same and not (found.slots and found.fits):
        found = _choice(replace(wish, resource=""), busy, business, now, fits=not wish.resource)
    exact = wish.when is not None and wish.when.exact and found.fits
    at_once = found.slots[0] if exact and found.slots else None
    if visit and wish.when and at_once is None:
        at_once = _same_time(replace(wish, resource=same), visit, busy, business, now)
    return replace(sought, slots=found.slots, fits=found.fits, at_once=None if asks else at_once)


def alternatives(wish: Wish, slot: Slot, busy: Iterable[Busy], business: Business, now: datetime) -> tuple[Slot, ...]:
    """Instead of a slot that somebody else got: the nearest that are free now."""
    when = When(earliest=slot.starts, latest=slot.starts, exact=True)
    slots = free_slots(business, replace(wish, when=when, resource=""), busy, now=now)
    others = tuple(one for one in slots if one.starts != slot.starts) or slots
    return choose(others, when, business.booking.offer, business.zone).slots


def nearest(visit: Visit, busy: Iterable[Busy], business: Business, now: datetime) -> tuple[Slot, ...]:
    """For a visit that we cannot keep, the same services with whoever is there: that day, else the hour nearest to the
    visit's on each of the next days; before it only where nothing is free after."""
    others = [one for one in busy if one.owner != visit.id]
    slots = free_slots(business, Wish(services=visit.services), others, now=now)
    zone = ZoneInfo(business.zone)
    wanted = visit.starts.astimezone(zone)

    def far(slot: Slot) -> tuple[int, timedelta]:
        at = slot.starts.astimezone(zone)
        days = (at.date() - wanted.date()).days
        return days, abs(at - wanted - timedelta(days=days))

    found: list[Slot] = []
    for slot in sorted((slot for slot in slots if far(slot)[0] >= 0), key=far):
        same_day = sum(far(one)[0] == far(slot)[0] for one in found)
        if same_day == 0 or far(slot)[0] == 0:
            found.append(slot)
    chosen = found or sorted(slots, key=lambda slot: slot.starts, reverse=True)
    return tuple(sorted(chosen[: business.booking.offer], key=lambda slot: slot.starts))


def standing(conversation: Conversation | None, now: datetime) -> Visit | None:
    """The visit that is still to come."""
    visit = conversation.visit if conversation else None
    return visit if visit and visit.starts > now else None


def _choice(wish: Wish, busy: Sequence[Busy], business: Business, now: datetime, *, fits: bool = True) -> Choice:
    slots = free_slots(business, wish, busy, now=now)
    found = choose(slots, wish.when, business.booking.offer, business.zone)
    return replace(found, fits=found.fits and fits)


def _same_time(wish: Wish, visit: Visit, busy: Sequence[Busy], business: Business, now: datetime) -> Slot | None:
    """«Перенесите на послезавтра»: the same time of that one day, where it is free."""
    zone = ZoneInfo(business.zone)
    when, before = wish.when, visit.starts.astimezone(zone)
    if when is None or when.earliest.astimezone(zone).date() != when.latest.astimezone(zone).date():
        return None
    for slot in free_slots(business, wish, busy, now=now):
        at = slot.starts.astimezone(zone)
        if when.earliest <= slot.starts <= when.latest and at.time() == before.time() and at != before:
            return slot
    return None
