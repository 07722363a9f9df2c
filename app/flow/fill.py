"""A freed time is offered to the next who waits for it and fits: one at a time, held for them by the hold script."""

import logging
from datetime import datetime, timedelta

from app.domain.booking import Busy
from app.domain.mail import Vacancy
from app.domain.visits.visit import Chance, Command, Do, Freed
from app.domain.visits.waiters import Waiter, fitting, kept_until, may_fit, may_offer_at, touches
from app.flow.diary import busy_now
from app.runtime import Runtime
from app.store import codec

log = logging.getLogger("otklik.fill")

AGAIN = timedelta(minutes=1)  # while the diary does not answer


async def fill(runtime: Runtime, command: Command) -> str:
    """What became of it, in a word: `offered`, `later`, `nobody`, `over`. A repeat offers nothing twice."""
    freed = command.freed
    if freed is None:
        raise ValueError(f"a command to {command.does} names no freed time")
    if command.does is Do.NEXT:
        await runtime.holds.free(command.id)
    now, business = await runtime.now(), runtime.business
    waiters = [one for one in await runtime.waiters.all() if may_fit(one, freed, business, now)]
    until = kept_until(freed.slot, business, now, len(waiters))
    if until is None or not waiters:
        return "over" if until is None else "nobody"
    if (at := may_offer_at(freed.slot, business, now)) > now:
        return await _later(runtime, freed, at)
    busy = await busy_now(runtime, fresh=True)
    if busy is None:
        return await _later(runtime, freed, now + AGAIN)
    if await _offered(runtime, freed, waiters, busy, now):
        return "offered"
    return await _when_they_decide(runtime, freed, waiters, now)


async def _offered(runtime: Runtime, freed: Freed, waiters: list[Waiter], busy: list[Busy], now: datetime) -> bool:
    for waiter in waiters:
        hold = f"{waiter.card}-w{codec.milliseconds(freed.at)}"
        chance = waiter.waiting.chance
        if chance and chance.hold == hold:
            return True  # by a run before this one
        slot = fitting(waiter, freed, [one for one in busy if one.owner != hold], runtime.business, now)
        if slot is None or chance:
            continue
        until = kept_until(slot, runtime.business, now, len(waiters))
        if until is None or not await runtime.holds.hold(hold, slot, until):
            continue
        vacancy = Vacancy(chance=Chance(hold=hold, slot=slot, until=until, freed=freed), at=now)
        if await runtime.commands.tell(waiter.conversation, vacancy):
            return True
        await runtime.holds.free(hold)
    return False


async def _when_they_decide(runtime: Runtime, freed: Freed, waiters: list[Waiter], now: datetime) -> str:
    """What stands in the way may be but an offer: of this time, or of another to who would take it. Look again then."""
    ends = [until for busy, until in await runtime.holds.held(now) if touches(busy, freed)]
    ends += [one.waiting.chance.until for one in waiters if one.waiting.chance]
    if not ends:
        return "nobody"
    return await _later(runtime, freed, min(min(ends), now + runtime.business.booking.waiting_hold))


async def _later(runtime: Runtime, freed: Freed, at: datetime) -> str:
    await runtime.waiters.later(filling(freed), at)
    return "later"


def filling(freed: Freed) -> Command:
    """One and the same for one freed time."""
    number = f"free-{codec.milliseconds(freed.at)}-{codec.milliseconds(freed.slot.starts)}"
    return Command(id=number, does=Do.FILL, conversation="", slot=freed.slot, freed=freed, asked_at=freed.at)
