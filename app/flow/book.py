"""A command for the diary: hold the time, book it in the portal, tell the conversation what came of it.

The hold keeps our own customers apart, the portal's overlap error everybody else. A command is begun once and may be
repeated at will: its id stands in the booking's description and is searched after any ambiguity.
"""

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from app.domain.booking import Slot
from app.domain.mail import BookingOutcome
from app.domain.visits import openings
from app.domain.visits.slot_source import Links, SlotSource, Taken
from app.domain.visits.visit import BookingFate, Command, Do, Visit
from app.flow.diary import busy_now
from app.flow.fill import fill
from app.flow.freed import freed
from app.jobs import Entry
from app.runtime import Runtime
from app.store import codec
from bitrix import BitrixError
from bitrix.errors import Missing, Refused

log = logging.getLogger("otklik.book")

PATIENCE_SECONDS = 2.5  # for the portal's word; then the customer hears that it takes longer
LOSERS_SECONDS = 4.0  # whoever lost a time waits rather than hear of no other
AGAIN = timedelta(seconds=2)  # after the first try that nobody answered, doubled from then on
MOST_AGAIN = timedelta(seconds=30)
LINK_TRIES = 12  # a card that is not registered within minutes is a dead letter of its own


async def book(runtime: Runtime, entry: Entry) -> None:
    """Carry one command out, or put it off. A stale entry changes nothing."""
    started, command = time.monotonic(), codec.load(Command, entry.subject)
    command = replace(command, tries=command.tries + entry.tries - 1)
    if command.does in (Do.FILL, Do.NEXT):
        word = await fill(runtime, command)
        await runtime.commands.end(entry.id, command.conversation, None, None, AGAIN)
        runtime.meter.observe("otklik_step_duration_seconds", time.monotonic() - started, step="fill", outcome=word)
        return
    try:
        outcome = await _carry_out(runtime, command)
    except (BitrixError, TimeoutError) as error:
        log.warning("the diary does not answer: %r", error, extra={"conversation_id": command.conversation})
        outcome = await _unanswered(runtime, command, error)
    await _end(runtime, entry, command, outcome)
    word = outcome.fate if outcome else "linked"
    runtime.meter.observe("otklik_step_duration_seconds", time.monotonic() - started, step="book", outcome=word)


async def give_up(runtime: Runtime, entry: Entry) -> None:
    """A command that raises whenever it runs: its customer is handed to a person instead of waiting for ever."""
    try:
        command = codec.load(Command, entry.subject)
    except ValueError:  # nobody can say whose it is
        return
    if command.does in (Do.HOLD, Do.BOOK, Do.MOVE, Do.CANCEL):
        await runtime.holds.free(command.id)
        outcome = _outcome(command, BookingFate.FAILED, await runtime.now())
        await runtime.commands.tell(command.conversation, outcome)


async def _carry_out(runtime: Runtime, command: Command) -> BookingOutcome | None:
    """None: nobody waits for it. Raises BitrixError, TimeoutError: its end is unknown, and the time is held.

    The hold comes before anything is asked of the portal: «время за вами» is said of a held time only. The customer's
    patience ends with the portal's word on the booking; alternatives have one of their own.
    """
    if command.does in (Do.HOLD, Do.BOOK, Do.MOVE) and not await _held(runtime, command):
        return await _taken(runtime, command)
    if command.does is Do.HOLD:
        return _outcome(command, BookingFate.HELD, await runtime.now())
    try:
        async with asyncio.timeout(PATIENCE_SECONDS if command.tries == 0 else None):
            return await _in_diary(runtime, command)
    except Taken:
        await runtime.holds.free(command.id)
        return await _taken(runtime, command, judged=True)


async def _held(runtime: Runtime, command: Command) -> bool:
    now, slot, visit = await runtime.now(), _slot(command), command.visit
    until = now + runtime.business.booking.hold
    if command.does is not Do.HOLD:
        until = max(until, slot.starts)  # while the portal is away too
    return await runtime.holds.hold(command.id, slot, until, instead_of=visit.id if visit else "")


async def _in_diary(runtime: Runtime, command: Command) -> BookingOutcome | None:
    """Raises Taken, BitrixError."""
    source = await runtime.diary.source() if runtime.diary else None
    if source is None:
        await runtime.holds.free(command.id)
        return _outcome(command, BookingFate.FAILED, await runtime.now())
    match command.does:
        case Do.CANCEL:
            return await _cancel(runtime, source, command)
        case Do.LINK:
            await _link(runtime, source, command)
            return None
        case _:
            return await _book(runtime, source, command)


async def _book(runtime: Runtime, source: SlotSource, command: Command) -> BookingOutcome:
    slot, visit = _slot(command), command.visit
    owner = visit.id if visit else command.id
    if command.tries and await runtime.commands.is_under_way(owner):
        raise TimeoutError("the portal may still be writing it")
    found = await _found(source, command, owner, slot) if command.tries else ()
    links = await _links(runtime, command)
    try:
        bookings = found or await _written(runtime, source, command, owner, slot, links)
    except Taken:
        bookings = await _found(
            source, command, owner, slot
        )  # a try of ours that nobody saw the end of may stand in the way
        if not bookings:
            raise
    await runtime.holds.keep(owner, slot, instead_of=command.id)
    if visit:
        await runtime.diary_copy.outdated()
        await freed(runtime, visit.slot)
    fate = BookingFate.MOVED if visit else BookingFate.BOOKED
    return _outcome(command, fate, await runtime.now(), bookings=bookings)


async def _written(
    runtime: Runtime, source: SlotSource, command: Command, owner: str, slot: Slot, links: Links
) -> tuple[int, ...]:
    try:
        if command.visit:
            made = await source.move(command.visit, slot, command.name, links)
        else:
            made = await source.book(owner, slot, command.name, links)
    except BitrixError as error:
        if error.executed == "no":
            await runtime.commands.settled(owner)
        raise
    await runtime.commands.settled(owner)
    return made


async def _found(source: SlotSource, command: Command, owner: str, slot: Slot) -> tuple[int, ...]:
    """The bookings of this visit that stand at this very time; empty unless all of its parts do.

    What an earlier try left behind goes: of a move that was carried out the former ones, of a time that was refused
    the parts that had been booked before.
    """
    entries = await source.entries(slot.starts, slot.ends)
    mine = tuple(
        entry.id
        for entry in sorted(entries, key=lambda entry: entry.starts)
        if entry.owner == owner and any((part.starts, part.ends) == (entry.starts, entry.ends) for part in slot.parts)
    )
    former = command.visit.bookings if command.visit else ()
    whole = len(mine) == len(slot.parts)
    if left := tuple(set(former) - set(mine) if whole else set(mine) - set(former)):
        await source.cancel(Visit(id=owner, slot=slot, bookings=left, made_at=command.asked_at))
    return mine if whole else ()


async def _cancel(runtime: Runtime, source: SlotSource, command: Command) -> BookingOutcome:
    visit = _visit(command)
    await source.cancel(visit)
    await runtime.holds.free(visit.id)
    await runtime.diary_copy.outdated()
    await freed(runtime, visit.slot)
    return _outcome(command, BookingFate.CANCELLED, await runtime.now())


async def _link(runtime: Runtime, source: SlotSource, command: Command) -> None:
    links = await _links(runtime, command)
    if links.deal and links.contact:
        await source.link(_visit(command), links)


async def _taken(runtime: Runtime, command: Command, *, judged: bool = False) -> BookingOutcome:
    """With what is free instead. `judged`: the portal refused, so it knows of something that our copy does not."""
    now, slot, wish = await runtime.now(), _slot(command), command.wish
    busy = await busy_now(runtime, fresh=judged, patience=LOSERS_SECONDS)
    mine = {command.id, command.visit.id if command.visit else command.id}
    others = [one for one in busy or () if one.owner not in mine]
    known = wish if busy is not None else None  # of a diary that nobody knows no time may be named
    found = openings.alternatives(known, slot, others, runtime.business, now) if known else ()
    return _outcome(command, BookingFate.TAKEN, now, alternatives=found)


async def _unanswered(runtime: Runtime, command: Command, error: Exception) -> BookingOutcome:
    now = await runtime.now()
    if isinstance(error, Missing) and command.does is Do.MOVE:  # a person deleted it meanwhile
        await runtime.holds.free(command.id)
        return _outcome(command, BookingFate.FAILED, now)
    over = command.slot is not None and now >= command.slot.starts
    if isinstance(error, Refused) or over:
        await runtime.holds.free(command.id)
        return _outcome(command, BookingFate.FAILED, now)
    return _outcome(command, BookingFate.UNKNOWN, now)


async def _end(runtime: Runtime, entry: Entry, command: Command, outcome: BookingOutcome | None) -> None:
    """The outcome into the mailbox, and what has to be tried again later, in one step."""
    again, after = _again(command, outcome, await _links(runtime, command))
    told = outcome is None or (outcome.fate is BookingFate.UNKNOWN and command.told)
    await runtime.commands.end(entry.id, command.conversation, None if told else outcome, again, after)
    if outcome:
        runtime.meter.count("otklik_bookings_total", fate=outcome.fate)


def _again(command: Command, outcome: BookingOutcome | None, links: Links) -> tuple[Command | None, timedelta]:
    after = min(MOST_AGAIN, AGAIN * 2 ** min(command.tries, 6))
    linked = links.deal is not None and links.contact is not None
    if outcome is None:
        patient = not linked and command.tries < LINK_TRIES
        return (replace(command, tries=command.tries + 1) if patient else None), after
    if outcome.fate is BookingFate.UNKNOWN:
        return replace(command, tries=command.tries + 1, told=True), after
    if outcome.fate is BookingFate.BOOKED and not linked and command.slot:
        visit = Visit(id=command.id, slot=command.slot, bookings=outcome.bookings, made_at=outcome.at)
        return replace(command, does=Do.LINK, visit=visit, tries=0, told=True), AGAIN
    return None, after


async def _links(runtime: Runtime, command: Command) -> Links:
    cards = runtime.cards
    deal, contact = await asyncio.gather(cards.deal_of(command.conversation), cards.contact_of(command.person))
    return Links(deal=deal, contact=contact)


def _outcome(command: Command, fate: BookingFate, at: datetime, **fields: Any) -> BookingOutcome:
    values: Mapping[str, Any] = {"slot": command.slot, **fields}
    return BookingOutcome(command=command.id, fate=fate, at=at, **values)


def _slot(command: Command) -> Slot:
    if command.slot is None:
        raise ValueError(f"a command to {command.does} names no slot")
    return command.slot


def _visit(command: Command) -> Visit:
    if command.visit is None:
        raise ValueError(f"a command to {command.does} names no visit")
    return command.visit
