"""What is due becomes a tick in its mailbox; the same turn that answers decides what follows."""

import asyncio
import logging
import time
from hashlib import sha256

from app.runtime import Runtime

log = logging.getLogger("otklik.watch")

POLL_SECONDS = 0.2


async def watch(runtime: Runtime, for_seconds: float) -> None:
    """Poll for that long, each poll once per 200 ms. Two watchers do no harm: a conversation is moved once."""
    until = time.monotonic() + for_seconds
    while True:
        started = time.monotonic()
        ticks, retries = await runtime.due.move()
        if ticks or retries:
            runtime.meter.observe(
                "otklik_step_duration_seconds", time.monotonic() - started, step="watch", outcome="moved"
            )
        rest = POLL_SECONDS - (time.monotonic() - started)
        if time.monotonic() + rest >= until:
            return
        await asyncio.sleep(max(0.0, rest))


async def look_again(runtime: Runtime) -> None:
    """The profile's hours, targets or ladder may have been edited since a worker last started: what waits is woken."""
    business = runtime.business
    promised = (business.zone, business.calendar, business.sla, business.ladder, business.reminders.quiet_hours)
    woken = await runtime.due.look_again(sha256(repr(promised).encode()).hexdigest())
    if woken:
        log.info("the profile's promises have changed: %d conversations are looked at again", woken)
