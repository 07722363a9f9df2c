"""A time became free again: cancelled, moved away, given up in the portal. Whoever waits for one hears of it here."""

from app.domain.booking import Slot
from app.runtime import Runtime


async def freed(runtime: Runtime, slot: Slot) -> None:
    """Called once the diary has confirmed it. A repeat must do no harm."""
    runtime.meter.count("otklik_slots_freed_total")
