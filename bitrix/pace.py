"""The portal's leaky bucket: how long to wait before the next call. Pure, with one implementation inside a process."""

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol


class Priority(IntEnum):
    """Who goes first when the bucket is nearly full."""

    URGENT = 0  # a manager's answer on its way to a customer
    HOT = 1
    NORMAL = 2
    BULK = 3  # leaves `Bucket.reserve` untouched


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """Every call adds 1, `drain_per_second` runs out, a level above `block_above` is answered 503.

    Counted per portal and source address: all processes of one machine share it. Enterprise plans: 5 and 250.
    """

    drain_per_second: float = 2.0
    block_above: float = 50.0
    reserve: float = 15.0  # what BULK never takes

    def room(self, priority: Priority) -> float:
        """The level that a call of this priority may fill the bucket to."""
        return self.block_above - (self.reserve if priority is Priority.BULK else 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """`value` calls not yet run out at `at`, seconds of any clock that does not jump."""

    value: float
    at: float


EMPTY = Level(value=0.0, at=0.0)


def drained(bucket: Bucket, level: Level, now: float) -> Level:
    """The level at `now`; a clock that went back drains nothing."""
    passed = max(0.0, now - level.at)
    return Level(value=max(0.0, level.value - passed * bucket.drain_per_second), at=max(now, level.at))


def wait_seconds(bucket: Bucket, level: Level, now: float, priority: Priority) -> float:
    """How long until one more call fits; 0.0: now. Law: waiting so long is enough, and any less is not."""
    over = drained(bucket, level, now).value + 1.0 - bucket.room(priority)
    return over / bucket.drain_per_second if over > 1e-9 else 0.0  # 1e-9: what floats leave after an exact wait


def take(bucket: Bucket, level: Level, now: float) -> Level:
    """The level after one call made at `now`."""
    level = drained(bucket, level, now)
    return Level(value=level.value + 1.0, at=level.at)


def overflowed(bucket: Bucket, level: Level, now: float) -> Level:
    """The level after the portal said 503: somebody else fills the bucket too, so it is full, whatever we counted."""
    level = drained(bucket, level, now)
    return Level(value=max(level.value, bucket.block_above), at=level.at)


class Pace(Protocol):
    """The bucket of one portal and source address, shared by all who call from there."""

    async def acquire(self, priority: Priority) -> None:
        """Return when one call may be made; the more urgent goes first, equals in their order of arrival."""

    async def room(self, priority: Priority) -> None:
        """Return when one call could be made, without making it: what comes meanwhile may go along."""

    async def overflowed(self) -> None:
        """The portal has just answered 503 QUERY_LIMIT_EXCEEDED."""


class LocalPace:
    """The bucket of one process."""

    def __init__(self, bucket: Bucket | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._bucket = bucket or Bucket()
        self._clock = clock
        self._level = EMPTY
        self._waiting: list[tuple[Priority, int]] = []
        self._arrivals = itertools.count()
        self._changed = asyncio.Event()

    async def acquire(self, priority: Priority) -> None:
        ticket = (priority, next(self._arrivals))
        heapq.heappush(self._waiting, ticket)
        try:
            while (wait := self._wait_of(ticket)) != 0.0:
                await self._sleep(wait)
            self._level = take(self._bucket, self._level, self._clock())
        finally:
            self._waiting.remove(ticket)
            heapq.heapify(self._waiting)
            self._wake()

    async def room(self, priority: Priority) -> None:
        wait = wait_seconds(self._bucket, self._level, self._clock(), priority)
        while wait:
            await asyncio.sleep(wait)
            wait = wait_seconds(self._bucket, self._level, self._clock(), priority)

    async def overflowed(self) -> None:
        self._level = overflowed(self._bucket, self._level, self._clock())

    def _wait_of(self, ticket: tuple[Priority, int]) -> float | None:
        """Seconds until this one may go; None: somebody else is first."""
        if self._waiting[0] != ticket:
            return None
        return wait_seconds(self._bucket, self._level, self._clock(), ticket[0])

    async def _sleep(self, seconds: float | None) -> None:
        changed = self._changed
        try:
            async with asyncio.timeout(seconds):
                await changed.wait()
        except TimeoutError:
            return

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
