"""Who of the waiting list gets a time that became free, and until when it is kept for them. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.domain.booking import LEAST_NOTICE, Busy, Part, Slot, Wish, free_slots, resources_of
from app.domain.business import Business
from app.domain.conversation import Conversation
from app.domain.nights import awake_at
from app.domain.qualification import When
from app.domain.visits.visit import Freed, Waiting

AROUND = timedelta(hours=1)  # who wants 15:00 exactly takes 14:30 too, when it is that or nothing
SHORTEST = timedelta(minutes=2)  # nobody reads and answers faster
SOON = timedelta(hours=2)  # so long before a visit that the morning is too late for, a night is broken
MOST_A_DAY = 3  # chances for one person in 24 h
A_DAY = timedelta(hours=24)
LONGEST_SHIFT = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiter:
    """A place on the list, as the store keeps it beside the conversation. `card`: begins the id of a hold."""

    conversation: str
    card: str
    waiting: Waiting


def place_of(conversation: Conversation) -> Waiter | None:
    waiting, enquiry = conversation.waiting, conversation.enquiry
    if waiting is None or enquiry is None:
        return None
    return Waiter(conversation=conversation.id, card=enquiry.card_id, waiting=waiting)


def window(wish: Wish, business: Business, now: datetime) -> Wish:
    """The wish with the window that is waited for: an exact time gets an hour around it, none the whole horizon."""
    when = wish.when or When(earliest=now, latest=now + business.booking.horizon)
    if when.exact:
        when = When(earliest=when.earliest - AROUND, latest=when.latest + AROUND)
    return replace(wish, when=when)


def may_offer_at(slot: Slot, business: Business, now: datetime) -> datetime:
    """Now by day. At night in the morning; only if that is too late, at night, but not long before the visit."""
    morning = awake_at(now, business.reminders.quiet_hours, business.zone)
    late = morning + LEAST_NOTICE + business.booking.waiting_hold > slot.starts
    return max(now, min(morning, slot.starts - SOON)) if late else morning


def kept_until(slot: Slot, business: Business, now: datetime, waiting: int) -> datetime | None:
    """When the time goes to the next of so many. Less each where it begins soon; None: too soon for anybody."""
    room = slot.starts - LEAST_NOTICE - now
    if room < SHORTEST:
        return None
    return now + min(business.booking.waiting_hold, room, max(SHORTEST, room / max(1, waiting)))


def may_fit(waiter: Waiter, freed: Freed, business: Business, now: datetime) -> bool:
    """Quick, without the diary: window, service and resource reach into the freed time."""
    waiting, when = waiter.waiting, waiter.waiting.wish.when
    services = [service for one in waiting.wish.services if (service := business.service(one))]
    if when is None or not services or sum(at > now - A_DAY for at in waiting.told) >= MOST_A_DAY:
        return False
    whole = sum((service.duration for service in services), timedelta(0))
    outside = when.latest + whole <= freed.slot.starts or freed.slot.ends <= when.earliest
    if when.latest < now or outside or freed.slot.starts in waiting.passed:
        return False
    able = {one for service in services for one in resources_of(service, business)}
    wanted = able & {waiting.wish.resource} if waiting.wish.resource else able
    return bool(wanted & {part.resource for part in freed.slot.parts})


def fitting(waiter: Waiter, freed: Freed, busy: Iterable[Busy], business: Business, now: datetime) -> Slot | None:
    """The visit that this person may have of the freed time: within the window, nearest to its beginning."""
    wish, when = waiter.waiting.wish, waiter.waiting.wish.when
    since = max(now, freed.slot.starts - LONGEST_SHIFT)
    near = replace(business, booking=replace(business.booking, horizon=max(freed.slot.ends - since, timedelta(0))))
    freed_of = dict.fromkeys(part.resource for part in freed.slot.parts)
    asked = [one for one in freed_of if wish.resource in ("", one)] + (
        [wish.resource] if len(wish.services) > 1 else []
    )
    busy = list(busy)
    slots = [
        slot
        for resource in asked  # left to itself, the search takes whoever has least to do, and that may be another
        for slot in free_slots(near, replace(wish, when=None, resource=resource), busy, now=since)
        if when and when.earliest <= slot.starts <= when.latest
        if any(touches(part, freed) for part in slot.parts)
    ]
    return min(slots, key=lambda slot: (abs(slot.starts - freed.slot.starts), slot.starts), default=None)


def next_wake(conversation: Conversation, now: datetime) -> datetime | None:
    waiting = conversation.waiting
    if waiting is None or waiting.wish.when is None:
        return None
    wakes = [waiting.wish.when.latest]
    if waiting.chance and not is_booking(conversation):
        wakes.append(waiting.chance.until)
    return min((at for at in wakes if at > now), default=None)


def is_booking(conversation: Conversation) -> bool:
    """They said yes to their chance, and the diary has not spoken yet."""
    chance = conversation.waiting.chance if conversation.waiting else None
    return bool(chance and conversation.pending and conversation.pending.id == chance.hold)


def is_one_day(when: When, business: Business) -> bool:
    zone = ZoneInfo(business.zone)
    return when.earliest.astimezone(zone).date() == when.latest.astimezone(zone).date()


def touches(span: Part | Busy, freed: Freed) -> bool:
    return any(
        span.resource == one.resource and span.starts < one.ends and one.starts < span.ends for one in freed.slot.parts
    )
