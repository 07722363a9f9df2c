"""The waiting list, a copy of what the conversations say of themselves (commit.lua); freed times that have to wait."""

from datetime import datetime, timedelta

from app.domain.visits.visit import Command
from app.domain.visits.waiters import Waiter
from app.store import codec, keys
from app.store.link import Link


class Waiters:
    def __init__(self, link: Link) -> None:
        self._link = link

    async def any(self) -> bool:
        return bool(await self._link.command("EXISTS", keys.WAITING))

    async def all(self) -> list[Waiter]:
        """Who came first is first."""
        found = [codec.load(Waiter, text) for text in await self._link.command("HVALS", keys.WAITING)]
        return sorted(found, key=lambda waiter: (waiter.waiting.since, waiter.conversation))

    async def fill(self, command: Command) -> None:
        """Offer a freed time as soon as somebody works."""
        await self._link.command("XADD", keys.BOOK, "*", "b", codec.dump(command))

    async def later(self, command: Command, at: datetime) -> None:
        """Business time; never the past, so that a moment already here is not asked for again and again."""
        soonest = codec.milliseconds(at + timedelta(milliseconds=1))
        await self._link.command("ZADD", keys.FREED, soonest, codec.dump(command))
