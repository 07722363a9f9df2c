"""One next wake per conversation: data, not an expiring key, so that the sandbox can move the clock."""

from datetime import datetime

from app.store import codec, keys
from app.store.link import Link
from app.store.times import business_ms

MOST = 200  # conversations a call; the poll goes on until nothing is due


class Due:
    def __init__(self, link: Link) -> None:
        self._link = link

    async def has(self, conversation: str) -> bool:
        """Whether it will be looked at some day."""
        return await self._link.command("ZSCORE", keys.DUE, conversation) is not None

    async def at_once(self, conversation: str) -> None:
        """A wake that was lost: it is looked at now, unless it has one again."""
        await self._link.command("ZADD", keys.DUE, "NX", 0, conversation)

    async def move(self) -> tuple[int, int]:
        """(ticks, retries) put on their way. What is not due costs nothing."""
        ticks = retries = 0
        while True:
            more_ticks, more_retries = await self._link.run("due", MOST)
            ticks, retries = ticks + more_ticks, retries + more_retries
            if max(more_ticks, more_retries) < MOST:
                return ticks, retries

    async def now(self) -> datetime:
        """Business time, by Redis's clock."""
        seconds, micros = await self._link.command("TIME")
        mark = await self._link.command("GET", keys.OFFSET)
        return codec.moment(business_ms(int(seconds) * 1000 + int(micros) // 1000, mark))

    async def look_again(self, promises: str) -> int:
        """Wake everything that waits if what is promised has changed since the last call. Returns how many woke.

        promises   a fingerprint of hours, targets and ladder
        """
        return int(await self._link.run("look_again", promises))
