"""What happened, in order, one stream a day: the source of every KPI (docs/journal.md names the events)."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import orjson

from app.domain.figures.report import Report
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
        key, after = _key(day), "-"
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
        held = await asyncio.gather(*(self._link.command("EXISTS", _key(day)) for day in days))
        for day in (day for day, there in zip(days, held, strict=True) if there):
            async for event in self.day(day):
                return event.at
        return None

    async def past(self, now: datetime) -> date | None:
        """The oldest day that is past the promise, looked for a year back: whoever was away so long left days."""
        today = now.astimezone(UTC).date()
        days = [today - timedelta(days=back) for back in range(KEPT_DAYS + 366, KEPT_DAYS - 1, -1)]
        held = await asyncio.gather(*(self._link.command("EXISTS", _key(day)) for day in days))
        return next((day for day, there in zip(days, held, strict=True) if there), None)

    async def drop(self, day: date, totals: Mapping[date, Report]) -> bool:
        """`totals`: of local days, each kept unless it is already. False: another worker was first."""
        pairs = [word for local, report in totals.items() for word in (local.isoformat(), codec.dump(report))]
        return bool(await self._link.run("journal_drop", day.isoformat(), *pairs))

    async def totals(self, days: Iterable[date]) -> dict[date, Report]:
        """Of these local days, those whose journal is dropped."""
        wanted = list(days)
        found = await self._link.command("HMGET", keys.TOTALS, *(day.isoformat() for day in wanted))
        return {day: codec.load(Report, text) for day, text in zip(wanted, found, strict=True) if text}


def _key(day: date) -> str:
    return f"{keys.PREFIX}journal:{day.isoformat()}"
