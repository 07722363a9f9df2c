"""Working hours of a business: weekly spans, holidays and exceptions in its zone, read as open spans of UTC."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

Spans = tuple[
    tuple[int, int], ...
]  # minutes of the local day, [start, end); an end past 1440 belongs to the next morning
Interval = tuple[datetime, datetime]  # [from, to), aware; in UTC when we give it

DAY_MINUTES = 24 * 60
FOREVER = datetime.max.replace(tzinfo=UTC)
KEPT_DAYS = 2000  # of the memory of computed days, per calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """When a business, or one resource of it, is open.

    zone         IANA name
    weekly       Monday first; spans of a day ascend and do not overlap; an overnight span belongs to the day it starts
    exceptions   replace the whole day, and outrank the holidays; no spans: closed
    holidays     the same, one layer below
    within       open only while this one is open too: a resource inside the business's hours

    A span starts and ends when the local clock first reaches its time: a time inside a spring gap is reached when the
    gap begins, the repeated hour of autumn is passed once, so a 24-hour day lasts 23 or 25 hours.
    A calendar that never opens is a ValueError.
    """

    zone: str
    weekly: tuple[Spans, ...]
    exceptions: Mapping[date, Spans] = field(default_factory=dict)
    holidays: Mapping[date, Spans] = field(default_factory=dict)
    within: "Calendar | None" = None
    _zone: ZoneInfo = field(init=False, repr=False, compare=False)
    _ordinary_from: date = field(init=False, repr=False, compare=False)  # the weekly layer alone rules from here on
    _round_the_clock: bool = field(init=False, repr=False, compare=False)
    _known: dict[date, tuple[Interval, ...]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.weekly) != 7:
            raise ValueError(f"weekly has {len(self.weekly)} days, expected 7, Monday first")
        for spans in (*self.weekly, *self.exceptions.values(), *self.holidays.values()):
            _check(spans)
        special = max((*self.exceptions, *self.holidays), default=date(2000, 1, 1)) + timedelta(days=1)
        outer = self.within
        object.__setattr__(self, "_zone", ZoneInfo(self.zone))
        object.__setattr__(self, "_ordinary_from", max(special, outer._ordinary_from) if outer else special)
        object.__setattr__(self, "_round_the_clock", _fills_the_week(self.weekly) and _never_closes(outer))
        if not any(self._day(self._ordinary_from + timedelta(days=days)) for days in range(14)):
            raise ValueError("the calendar never opens")

    def shifts_after(self, start: datetime) -> Iterator[Interval]:
        """Open spans that end after `start`, in UTC, merged where they touch; the first may be running. Never ends;
        round the clock, the last one lasts till FOREVER.
        """
        spans = self._spans_after(start)
        opens, closes = next(spans)
        for next_opens, next_closes in spans:
            if next_opens <= closes:
                closes = max(closes, next_closes)
            else:
                yield opens, closes
                opens, closes = next_opens, next_closes
        yield opens, closes  # the spans of a calendar that is open round the clock end with FOREVER

    def spans_of(self, day: date) -> Spans:
        """This calendar's own hours of a local date, before `within` narrows them."""
        if day in self.exceptions:
            return self.exceptions[day]
        return self.holidays[day] if day in self.holidays else self.weekly[day.weekday()]

    def _spans_after(self, start: datetime) -> Iterator[Interval]:
        day = start.astimezone(self._zone).date() - timedelta(days=1)  # yesterday's night shift may still run
        while True:
            for opens, closes in self._day(day):
                if closes > start:
                    yield opens, closes
            day += timedelta(days=1)
            if self._round_the_clock and day >= self._ordinary_from:
                yield _reached(datetime.combine(day, time.min), self._zone), FOREVER
                return

    def _day(self, day: date) -> tuple[Interval, ...]:
        """Open spans that start on a local date, in UTC, without what the evening before already holds."""
        if (known := self._known.get(day)) is not None:
            return known
        taken = max((ends for _, ends in self._own(day - timedelta(days=1))), default=None)
        own = tuple(_cut(self._own(day), taken))
        if self.within is not None:
            own = tuple(part for span in own for part in slices(*span, self.within))
        if len(self._known) >= KEPT_DAYS:
            self._known.clear()
        self._known[day] = own
        return own

    def _own(self, day: date) -> Iterator[Interval]:
        midnight = datetime.combine(day, time.min)
        for start, end in self.spans_of(day):
            opens = _reached(midnight + timedelta(minutes=start), self._zone)
            closes = _reached(midnight + timedelta(minutes=end), self._zone)
            if opens < closes:  # a span may lie inside the gap of a spring night
                yield opens, closes


def due_at(start: datetime, budget: timedelta, calendar: Calendar, pauses: Iterable[Interval] = ()) -> datetime:
    """The moment `budget` of working time has run out, counted from `start`.

    start     aware; may fall outside working hours, the clock then waits for opening
    budget    working time, >= 0; zero is spent at the first open moment
    pauses    aware, may overlap; their open time does not count
    returns   aware, UTC; a budget that ends at closing time is due at closing time

    Law: working_time(start, due_at(start, b, c), c) == b   (tests/domain/test_calendar.py)
    """
    left = budget
    for begin, end in _running(start, calendar, pauses):
        if end - begin >= left:
            return begin + left
        left -= end - begin
    raise AssertionError("a calendar never ends")


def working_time(start: datetime, end: datetime, calendar: Calendar, pauses: Iterable[Interval] = ()) -> timedelta:
    """Open time between two aware moments without the pauses; zero when `end` is not after `start`."""
    return sum((closes - opens for opens, closes in slices(start, end, calendar, pauses)), timedelta())


def slices(start: datetime, end: datetime, calendar: Calendar, pauses: Iterable[Interval] = ()) -> tuple[Interval, ...]:
    """The pieces of open time, in UTC, that `working_time` adds up."""
    found = []
    for begin, closes in _running(start, calendar, pauses):
        if begin >= end:
            break
        found.append((begin, min(closes, end.astimezone(UTC))))
    return tuple(found)


def is_open(at: datetime, calendar: Calendar) -> bool:
    """True at the opening instant, False at the closing one."""
    return next_opening(at, calendar) == at


def next_opening(at: datetime, calendar: Calendar) -> datetime:
    """`at` itself while open."""
    return next(_running(at, calendar, ()))[0]


def open_intervals(start: datetime, calendar: Calendar, count: int) -> tuple[Interval, ...]:
    """The next `count` open intervals, the first cut at `start`; fewer when one of them never ends."""
    return tuple(islice(_running(start, calendar, ()), count))


def local_to_utc(local: datetime, zone: str) -> datetime:
    """A naive wall-clock time as UTC; inside a gap it moves forward by the gap, an ambiguous one is the first."""
    return local.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)


def _running(start: datetime, calendar: Calendar, pauses: Iterable[Interval]) -> Iterator[Interval]:
    """Open time from `start` on without the pauses, in UTC; never empty pieces."""
    if start.tzinfo is None:
        raise ValueError(f"{start} has no zone")
    start = start.astimezone(UTC)  # adding to local time would be wall-clock arithmetic
    halts = sorted(pauses)
    for opens, closes in calendar.shifts_after(start):
        begin = max(opens, start)
        for paused, resumed in halts:
            if paused >= closes:
                break
            if paused > begin:
                yield begin, paused.astimezone(UTC)
            if resumed > begin:
                begin = resumed.astimezone(UTC)
        if begin < closes:
            yield begin, closes


def _cut(spans: Iterable[Interval], taken: datetime | None) -> Iterator[Interval]:
    for opens, closes in spans:
        if taken is None or opens >= taken:
            yield opens, closes
        elif closes > taken:
            yield taken, closes


def _reached(local: datetime, zone: ZoneInfo) -> datetime:
    """The first moment, in UTC, at which the local clock shows `local` or later."""
    at, early = local.replace(tzinfo=zone).astimezone(UTC), local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    gap = int((at - early).total_seconds())
    if gap <= 0:  # an ordinary or a repeated time; `at` is the first
        return at
    seconds = range(gap)  # inside a gap: somewhere from `early` on the clock jumps
    jump = bisect_left(
        seconds, local, key=lambda s: (early + timedelta(seconds=s)).astimezone(zone).replace(tzinfo=None)
    )
    return early + timedelta(seconds=jump)


def _check(spans: Spans) -> None:
    free_from = 0
    for start, end in spans:
        if not free_from <= start < min(end, DAY_MINUTES) or end > start + DAY_MINUTES:
            raise ValueError(
                f"spans {spans} must ascend without overlapping, start within the day and last at most a day"
            )
        free_from = end


def _fills_the_week(weekly: tuple[Spans, ...]) -> bool:
    spans = [(day * DAY_MINUTES + start, day * DAY_MINUTES + end) for day, of in enumerate(weekly) for start, end in of]
    covered = max((end for _, end in spans), default=0) - 7 * DAY_MINUTES  # what Sunday's night shift holds of Monday
    for start, end in spans:
        if start > covered:
            return False
        covered = max(covered, end)
    return covered >= 7 * DAY_MINUTES


def _never_closes(calendar: Calendar | None) -> bool:
    return calendar is None or calendar._round_the_clock


ALWAYS = Calendar(zone="UTC", weekly=(((0, DAY_MINUTES),),) * 7)
