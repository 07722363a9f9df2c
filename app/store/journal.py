"""What happened, in order, one stream a day: the source of every KPI (docs/journal.md names the events)."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import orjson

from app.store import codec, keys
from app.store.link import Link

PAGE = 500
KEPT_DAYS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    at: datetime
    kind: str
    conversation_id: str
    facts: dict[str, object]


class Journal:
    def __init__(self, link: Link) -> None:
        self._link = link

    async def day(self, day: date) -> AsyncIterator[Event]:
        """The events of one UTC day, in the order they were written."""
        key, after = f"{keys.PREFIX}journal:{day.isoformat()}", "-"
        while True:
            page = await self._link.command("XRANGE", key, after, "+", "COUNT", PAGE)
            for entry, words in page:
                after = f"({entry}"
                fields = dict(zip(words[::2], words[1::2], strict=True))
                yield Event(
                    at=codec.moment(fields["at"]),
                    kind=fields["kind"],
                    conversation_id=fields["conversation"],
                    facts=orjson.loads(fields["facts"]),
                )
            if len(page) < PAGE:
                return

    async def between(self, starts: date, ends: date) -> AsyncIterator[Event]:
        day = starts
        while day <= ends:
            async for event in self.day(day):
                yield event
            day += timedelta(days=1)

    async def begins(self, now: datetime) -> datetime | None:
        """The first moment that it still holds something of; None of an empty one."""
        days = [(now.astimezone(UTC) - timedelta(days=back)).date() for back in range(KEPT_DAYS + 1, -1, -1)]
        names = [f"{keys.PREFIX}journal:{day.isoformat()}" for day in days]
        held = await asyncio.gather(*(self._link.command("EXISTS", name) for name in names))
        for day in (day for day, there in zip(days, held, strict=True) if there):
            async for event in self.day(day):
                return event.at
        return None

    async def forget_old(self, now: datetime) -> int:
        """Drop the days past the promise. Returns how many keys went."""
        gone = 0
        for back in range(KEPT_DAYS, KEPT_DAYS + 30):
            day = (now.astimezone(UTC) - timedelta(days=back)).date()
            gone += int(await self._link.command("DEL", f"{keys.PREFIX}journal:{day.isoformat()}"))
        return gone
