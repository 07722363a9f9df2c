"""The sandbox's business time: the real clock plus an offset that only moves forward."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

from redis.asyncio import Redis
from redis.exceptions import RedisError

OFFSET_KEY = "otklik:time:offset_ms"
REFRESH_SECONDS = 0.1
EPOCH = datetime.fromtimestamp(0, UTC)
MILLISECOND = timedelta(milliseconds=1)


class BackwardTime(ValueError):
    """Somebody asked for a moment that has already passed."""


class Clock:
    """Business time for every part of the sandbox; shared through Redis where there is one.

    now()      aware, UTC; may be up to `REFRESH_SECONDS` behind a move made by another process
    advance()  atomic (INCRBY), so that two movers add up
    stand()    from now on time moves by moves alone; a rehearsal is alone in moving it
    """

    def __init__(self, redis: Redis | None = None) -> None:
        self.redis = redis
        self.offset = timedelta()
        self.standing: datetime | None = None

    def now(self) -> datetime:
        return self.standing or datetime.now(UTC) + self.offset

    async def advance(self, step: timedelta) -> datetime:
        if step < timedelta():
            raise BackwardTime(f"time moves forward only, and this is {-step} back")
        if self.standing is not None:
            return await self.stand(self.standing + step)
        if self.redis is None:
            self.offset += step
        else:
            moved = await self.redis.incrby(OFFSET_KEY, round(step / MILLISECOND))
            self.offset = timedelta(milliseconds=int(moved))
        return self.now()

    async def move_to(self, moment: datetime) -> datetime:
        await self.refresh()
        return await self.advance(moment - self.now())

    async def stand(self, moment: datetime) -> datetime:
        """Time is `moment` until it is moved again."""
        if moment < self.now():
            raise BackwardTime(f"time moves forward only, and this is {self.now() - moment} back")
        standing_ms = -((EPOCH - moment) // MILLISECOND)  # rounded up: what is due at `moment` is due
        self.standing = EPOCH + standing_ms * MILLISECOND
        if self.redis is not None:
            await self.redis.set(OFFSET_KEY, f"={standing_ms}")
        return self.now()

    async def refresh(self) -> None:
        """Read the mark as it stands in Redis; an unset key is no offset."""
        if self.redis is None:
            return
        mark = (await self.redis.get(OFFSET_KEY) or b"0").decode()
        if mark.startswith("="):
            self.standing = EPOCH + int(mark[1:]) * MILLISECOND
        else:
            self.standing, self.offset = None, timedelta(milliseconds=int(mark))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep up with other processes that move the same key."""
        following = asyncio.create_task(self._follow()) if self.redis is not None else None
        try:
            yield
        finally:
            if following is not None:
                following.cancel()
                with suppress(asyncio.CancelledError):
                    await following

    async def _follow(self) -> None:
        while True:
            with suppress(RedisError, OSError):  # Redis away: the last known offset stands
                await self.refresh()
            await asyncio.sleep(REFRESH_SECONDS)
