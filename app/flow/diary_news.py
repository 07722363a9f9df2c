"""What people did to bookings in the portal: told to the conversation whose visit it is, and to our own copy.

An event is only a hint that something changed; a sweep finds what no event told. Both end in one comparison: what we
keep against what the portal holds.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from app.domain.booking import Part, Slot
from app.domain.mail import BookingOutcome
from app.domain.visits.slot_source import Entry as Booked
from app.domain.visits.slot_source import SlotSource, busy_of
from app.domain.visits.visit import BookingFate
from app.flow.diary import PAST
from app.flow.freed import freed
from app.runtime import Runtime
from app.store.holds import Kept
from bitrix import BitrixError, methods
from bitrix.methods import Entity

log = logging.getLogger("otklik.diary_news")

AWAY = "away-"  # begins the owner of a day that somebody is absent: no booking of the portal's
PERSONS = "portal-"  # begins the id of a visit that a person booked: the portal's booking follows


async def changed(runtime: Runtime, booking: int) -> None:
    """The portal's event. Raises StoreAway, StoreError: then the event is not taken."""
    await runtime.diary_copy.mark(booking)


async def compare_if_changed(runtime: Runtime) -> None:
    if await runtime.diary_copy.is_marked():
        await compare(runtime)


async def compare(runtime: Runtime) -> None:
    """Tell every conversation what became of its visit in the portal. A portal that is away is asked again later."""
    source = None
    try:
        source = await runtime.diary.source() if runtime.diary else None
        if source is not None:
            await _compare(runtime, source)
    except BitrixError as error:
        log.warning("the diary cannot be compared: %s", error)


async def _compare(runtime: Runtime, source: SlotSource) -> None:
    now, marked, asked = await runtime.now(), await runtime.diary_copy.marks(), await runtime.diary_copy.clock()
    kept = await runtime.holds.kept(now)  # before the portal is read: what stands here stood there already
    entries = await source.entries(now - PAST, now + runtime.business.booking.horizon + timedelta(days=1))
    await runtime.diary_copy.put(busy_of(entries), asked)
    by_owner: dict[str, list[Booked]] = {}
    for entry in sorted(entries, key=lambda entry: entry.starts):
        by_owner.setdefault(owner_of(entry), []).append(entry)
    for visit in kept:
        if visit.slot.starts > now and not visit.owner.startswith(AWAY):
            await _settle(runtime, visit, by_owner.get(visit.owner, []), now)
    known = {visit.owner for visit in kept}
    others = [entry for entry in entries if not entry.owner and owner_of(entry) not in known and entry.starts > now]
    unseen = await runtime.diary_copy.unseen([entry.id for entry in others], marked)
    await _new(runtime, source, [entry for entry in others if entry.id in unseen and entry.resources], now)
    await runtime.diary_copy.unmark(marked)


async def _settle(runtime: Runtime, visit: Kept, entries: Sequence[Booked], now: datetime) -> None:
    """One visit of ours against what the portal holds of it."""
    if not entries:
        await runtime.holds.free(visit.owner)
        await _tell(runtime, visit.owner, BookingFate.CANCELLED, now, visit.slot)
        await freed(runtime, visit.slot)
        return
    there = {(resource, entry.starts, entry.ends) for entry in entries for resource in entry.resources}
    here = {(part.resource, part.starts, part.ends) for part in visit.slot.parts}
    if there == here or not there:
        return
    slot = slot_of(entries)
    await runtime.holds.keep(visit.owner, slot)
    await _tell(runtime, visit.owner, BookingFate.MOVED, now, slot, entries)
    await freed(runtime, visit.slot)


async def _new(runtime: Runtime, source: SlotSource, entries: Sequence[Booked], now: datetime) -> None:
    """A person's own booking counts where it is linked to a deal of ours."""
    deals = await source.deals([entry.id for entry in entries]) if entries else {}
    cards = await _origins(runtime, sorted(set(deals.values())))
    for entry in entries:
        card = cards.get(deals.get(entry.id, 0), "")
        conversation = card.rpartition("-")[0]
        reading = await runtime.mailbox.read(conversation) if conversation else None
        if reading is None or reading.conversation is None:
            continue
        slot, owner = slot_of([entry]), owner_of(entry)
        await runtime.holds.keep(owner, slot)
        await runtime.diary_copy.belongs(owner, conversation)
        await _tell(runtime, owner, BookingFate.BOOKED, now, slot, [entry])


async def _origins(runtime: Runtime, deals: Sequence[int]) -> dict[int, str]:
    """Deal → our card."""
    if not deals or runtime.crm is None:
        return {}
    command = methods.item_list(Entity.DEAL, select=["id", "originId"], filters={"@id": list(deals)})
    rows = (await runtime.crm.client.call(command)).value["items"]
    return {int(row["id"]): str(row.get("originId") or "") for row in rows}


async def _tell(
    runtime: Runtime, owner: str, fate: BookingFate, now: datetime, slot: Slot, entries: Sequence[Booked] = ()
) -> None:
    conversation = await runtime.diary_copy.whose(owner) if owner.startswith(PERSONS) else conversation_of(owner)
    bookings = tuple(entry.id for entry in entries)
    outcome = BookingOutcome(command=owner, fate=fate, at=now, slot=slot, bookings=bookings, by="person")
    if conversation:
        await runtime.commands.tell(conversation, outcome)


def owner_of(entry: Booked) -> str:
    return entry.owner or f"{PERSONS}{entry.id}"


def conversation_of(command: str) -> str:
    """`te-…-1-b2` → `te-…`: a command is named after its card, a card after its conversation."""
    return command.rpartition("-")[0].rpartition("-")[0]


def slot_of(entries: Sequence[Booked]) -> Slot:
    """The visit as the portal holds it; what is done in it the conversation knows."""
    parts = (
        Part(resource=next(iter(entry.resources), ""), services=(), starts=entry.starts, ends=entry.ends)
        for entry in entries
    )
    return Slot(parts=tuple(parts))
