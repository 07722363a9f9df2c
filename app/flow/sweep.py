"""What time alone makes necessary: live entries that lost their stream, groups of dead workers, old payloads."""

import logging

from app.flow.totals import drop_past
from app.runtime import Runtime
from app.store import keys

log = logging.getLogger("otklik.sweep")

KEPT_PAYLOAD_MS = 30 * 24 * 3600 * 1000
DEAD_CONSUMER_MS = 3600 * 1000


async def sweep(runtime: Runtime) -> None:
    await _old_payloads(runtime)
    await _dead_consumers(runtime)
    await runtime.cards.forget_comments()
    await drop_past(runtime, await runtime.cards.machine_now())


async def _old_payloads(runtime: Runtime) -> None:
    now_ms = round((await runtime.cards.machine_now()).timestamp() * 1000)
    await runtime.link.command("XTRIM", keys.UNPARSED, "MINID", now_ms - KEPT_PAYLOAD_MS)


async def _dead_consumers(runtime: Runtime) -> None:
    """A consumer without work that has been silent for an hour will not come back: names are never used twice."""
    for stream in keys.STREAMS:
        for words in await runtime.link.command("XINFO", "CONSUMERS", stream, keys.GROUP):
            consumer = dict(zip(words[::2], words[1::2], strict=True))
            if consumer["pending"] == 0 and consumer["idle"] > DEAD_CONSUMER_MS:
                await runtime.link.command("XGROUP", "DELCONSUMER", stream, keys.GROUP, consumer["name"])
