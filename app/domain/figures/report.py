"""A period's figures for the owner, from the journal alone. Pure.

Law: the figures of a period are those of its parts, added up (enquiries, answers, bookings; medians apart).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from app.domain.business import Business
from app.domain.figures import kpi
from app.domain.figures.kpi import Asked, Happened


class Span(StrEnum):
    """Local days of the business: one, Monday to Sunday, a month of the calendar."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """[starts, ends) in the business's zone."""

    span: Span
    starts: datetime
    ends: datetime

    def before(self) -> "Period":
        zone = self.starts.tzinfo
        assert isinstance(zone, ZoneInfo)  # noqa: S101  so `period` made it
        return period(self.span, (self.starts - timedelta(days=1)).date(), zone)

    def days(self) -> list[date]:
        """Its local days."""
        first = self.starts.date()
        return [first + timedelta(days=n) for n in range((self.ends.date() - first).days)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A ratio with what it is of: an owner checks it by counting."""

    part: int
    whole: int

    @property
    def ratio(self) -> float | None:
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """An enquiry belongs to the period in which it began, with whatever became of it since.

    sla           enquiries answered within every promise ÷ all that were owed an answer
    answered      of them, those that were answered at all
    frt_*         seconds to the first answer, one an enquiry that got one
    channels      customers' messages
    managers      portal user (0: nobody) → promises kept of those that were judged
    booked …      facts of the period itself, whenever their enquiry began
    """

    period: Period
    sla: Share
    answered: int = 0
    waiting: int
    frt_human: tuple[float, ...]
    frt_bot: tuple[float, ...]
    channels: Mapping[str, int] = field(default_factory=dict)
    causes: Mapping[str, int] = field(default_factory=dict)
    managers: Mapping[int, Share] = field(default_factory=dict)
    facts: Mapping[str, int] = field(default_factory=dict)

    @property
    def conversion(self) -> Share:
        return Share(part=self.facts.get("booked", 0), whole=self.sla.whole)

    @property
    def no_show(self) -> Share:
        missed = self.facts.get("no_show", 0)
        return Share(part=missed, whole=missed + self.facts.get("came", 0))


COUNTED = ("offered", "booked", "moved", "cancelled", "came", "no_show", "escalated", "followed_up", "opted_out")
JUDGED = frozenset({"met", "missed"})


def period(span: Span, day: date, zone: ZoneInfo) -> Period:
    """The one that this day lies in."""
    if span is Span.DAILY:
        starts, ends = day, day + timedelta(days=1)
    elif span is Span.WEEKLY:
        starts = day - timedelta(days=day.weekday())
        ends = starts + timedelta(days=7)
    else:
        starts = day.replace(day=1)
        ends = (starts + timedelta(days=32)).replace(day=1)
    return Period(span=span, starts=_midnight(starts, zone), ends=_midnight(ends, zone))


def report(events: Iterable[Happened], business: Business, of: Period) -> Report:
    """`events` begin with the period and may go on past it: an enquiry of its last hour is judged later."""
    events = list(events)
    asked = [one for one in kpi.enquiries(events, business.sla.binds) if one.owed and _within(one.at, of)]
    within = [event for event in events if _within(event.at, of)]
    return Report(
        period=of,
        sla=Share(part=sum(one.kept for one in asked), whole=len(asked)),
        answered=sum(one.answered(business.sla.binds) for one in asked),
        waiting=sum(_waits(one) for one in asked),
        frt_human=tuple(one.human for one in asked if one.human is not None),
        frt_bot=tuple(one.bot for one in asked if one.bot is not None),
        channels=_counted(str(event.facts["channel"]) for event in within if _is_customers(event)),
        causes=_counted(str(event.facts["cause"]) for event in within if "cause" in event.facts),
        managers=_managers(within),
        facts=_counted(event.kind for event in within if event.kind in COUNTED),
    )


def added(parts: Iterable[Report], of: Period) -> Report:
    """The figures of `of` from those of its days, in their order."""
    parts = list(parts)
    managers = sorted({manager for part in parts for manager in part.managers})
    return Report(
        period=of,
        sla=_summed(part.sla for part in parts),
        answered=sum(part.answered for part in parts),
        waiting=sum(part.waiting for part in parts),
        frt_human=tuple(seconds for part in parts for seconds in part.frt_human),
        frt_bot=tuple(seconds for part in parts for seconds in part.frt_bot),
        channels=_merged(part.channels for part in parts),
        causes=_merged(part.causes for part in parts),
        managers={one: _summed(part.managers[one] for part in parts if one in part.managers) for one in managers},
        facts=_merged(part.facts for part in parts),
    )


def _summed(shares: Iterable[Share]) -> Share:
    shares = list(shares)
    return Share(part=sum(share.part for share in shares), whole=sum(share.whole for share in shares))


def _merged(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    return dict(sum((Counter(count) for count in counts), Counter[str]()).most_common())


def _managers(events: Iterable[Happened]) -> dict[int, Share]:
    met, judged = Counter[int](), Counter[int]()
    for event in events:
        facts = event.facts
        if event.kind == "clock" and facts["what"] in JUDGED and facts["target"] in kpi.HUMAN:
            manager = int(str(facts["manager"] or 0))
            judged[manager] += 1
            met[manager] += facts["what"] == "met"
    return {manager: Share(part=met[manager], whole=count) for manager, count in sorted(judged.items())}


def _waits(one: Asked) -> bool:
    return "started" in one.promises.values() and not one.misses


def _is_customers(event: Happened) -> bool:
    return event.kind == "received" and event.facts.get("author") == "customer"


def _counted(words: Iterable[str]) -> dict[str, int]:
    return dict(Counter(words).most_common())


def _within(at: datetime, of: Period) -> bool:
    return of.starts <= at < of.ends


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
