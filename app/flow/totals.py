"""What stays of the journal past its hundred days: the figures of each local day, as its report told them."""

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.domain.figures.history import Event
from app.domain.figures.report import Period, Report, Span, added, period, report
from app.runtime import Runtime

DAY = timedelta(days=1)


async def drop_past(runtime: Runtime, now: datetime) -> date | None:
    """Drop the oldest day past the promise, one a call; the next ones wait for the next sweep. Returns it.

    A UTC day holds hours of up to three local days: those that are not kept yet are counted first.
    """
    day = await runtime.journal.past(now)
    if day is None:
        return None
    touched = [day - DAY, day, day + DAY]
    kept = await runtime.journal.totals(touched)
    totals = {local: await _total(runtime, local) for local in touched if local not in kept}
    await runtime.journal.drop(day, {local: total for local, total in totals.items() if total is not None})
    return day


async def counted(runtime: Runtime, events: Iterable[Event], of: Period) -> Report:
    """The figures of a period: from its events, and from what is kept of the days whose journal is dropped."""
    kept, events = await runtime.journal.totals(of.days()), list(events)
    if not kept:
        return report([event for event in events if event.at >= of.starts], runtime.business, of)
    days = [_daily(runtime, day) for day in of.days()]
    return added((kept.get(day.starts.date()) or _of_day(runtime, events, day) for day in days), of)


async def happened(runtime: Runtime, starts: datetime, until: datetime) -> AsyncIterator[Event]:
    """What the journal has from `starts` to `until`."""
    starts = starts.astimezone(UTC)
    async for event in runtime.journal.between(starts.date(), until.astimezone(UTC).date()):
        if starts <= event.at <= until:
            yield Event(at=event.at, kind=event.kind, conversation_id=event.conversation_id, facts=event.facts)


async def _total(runtime: Runtime, local: date) -> Report | None:
    """None: nothing happened then."""
    of = _daily(runtime, local)
    events = [event async for event in happened(runtime, of.starts, of.ends + DAY)]
    return _of_day(runtime, events, of) if any(event.at < of.ends for event in events) else None


def _of_day(runtime: Runtime, events: Iterable[Event], of: Period) -> Report:
    return report([event for event in events if of.starts <= event.at <= of.ends + DAY], runtime.business, of)


def _daily(runtime: Runtime, day: date) -> Period:
    return period(Span.DAILY, day, ZoneInfo(runtime.business.zone))
