"""A time became free again: cancelled, moved away, given up in the portal. Whoever waits for one hears of it."""

from app.domain.booking import Slot
from app.domain.visits.visit import Freed
from app.flow.fill import filling
from app.runtime import Runtime


async def freed(runtime: Runtime, slot: Slot) -> None:
    """Called once the diary has confirmed it. A repeat does no harm: the hold script gives a time to one alone."""
    runtime.meter.count("otklik_slots_freed_total")
    if not await runtime.waiters.any():
        return
    await runtime.waiters.fill(filling(Freed(slot=slot, at=await runtime.now())))
