"""What is taken now: the portal's bookings, mostly from our own copy of them, and the times that we keep ourselves."""

import asyncio
import logging
from datetime import timedelta

from app.domain.booking import Busy
from app.domain.visits.slot_source import busy_of
from app.runtime import Runtime
from bitrix import BitrixError

log = logging.getLogger("otklik.diary")

FRESH = timedelta(seconds=60)  # of our copy: portal events make it stale sooner, and the portal judges every booking
PATIENCE_SECONDS = 1.5  # for the portal, while a customer waits
COPY_WILL_DO_SECONDS = 0.8  # and where an older copy will do: no longer than a burst is waited for anyway
LOOK_SECONDS = 0.1
PAST = timedelta(hours=12)  # a booking that began before may still run


async def busy_now(runtime: Runtime, *, fresh: bool = False, patience: float = PATIENCE_SECONDS) -> list[Busy] | None:
    """None: there is no diary, or nobody knows what stands in it; then no slot may be named.

    fresh      ask the portal whatever our copy says
    patience   seconds, where no copy will do
    """
    if runtime.diary is None:
        return None
    copy = await runtime.diary_copy.get()
    if copy is None or copy.stale or copy.age > FRESH or fresh:
        try:
            async with asyncio.timeout(COPY_WILL_DO_SECONDS if copy and not fresh else patience):
                read = await _read(runtime, fresh=fresh)
        except (BitrixError, TimeoutError) as error:
            log.warning("the diary does not answer: %r", error)
            read = None
        if read is None and copy is None:
            return None
        taken = read if read is not None else copy.busy if copy else ()
    else:
        taken = copy.busy
    return [*taken, *await runtime.holds.all(await runtime.now())]


async def _read(runtime: Runtime, *, fresh: bool) -> tuple[Busy, ...] | None:
    """Ask the portal, one process at a time; the others wait for its answer. None: there is no diary."""
    if runtime.diary is None:
        return None
    while not fresh and not await runtime.diary_copy.may_ask():
        await asyncio.sleep(LOOK_SECONDS)
        copy = await runtime.diary_copy.get()
        if copy is not None and copy.age < FRESH and not copy.stale:
            return copy.busy
    try:
        source = await runtime.diary.source()
        if source is None:
            return None
        asked, now = await runtime.diary_copy.clock(), await runtime.now()
        entries = await source.entries(now - PAST, now + runtime.business.booking.horizon + timedelta(days=1))
        taken = busy_of(entries)
        await runtime.diary_copy.put(taken, asked)
        return taken
    finally:
        await runtime.diary_copy.asked()
