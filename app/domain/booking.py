"""Free slots of a business: open hours − bookings − holds − buffers, on the profile's step and horizon. Pure."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.domain.business import Business, Service
from app.domain.calendar import Calendar, Interval
from app.domain.qualification import When

LEAST_NOTICE = timedelta(minutes=15)  # nobody is ready for a customer who comes in five
LONGEST_VISIT = timedelta(days=1)  # a visit may begin on the horizon's last minute
NO_TIME = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One stay with one resource: services one after another. UTC, [starts, ends)."""

    resource: str
    services: tuple[str, ...]
    starts: datetime
    ends: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A time that one visit may take: at least one part, each beginning where the one before ends."""

    parts: tuple[Part, ...]

    @property
    def starts(self) -> datetime:
        return self.parts[0].starts

    @property
    def ends(self) -> datetime:
        return self.parts[-1].ends

    @property
    def services(self) -> tuple[str, ...]:
        return tuple(service for part in self.parts for service in part.services)


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """A resource is taken, [starts, ends). `owner`: the command whose booking or hold it is; empty: another's."""

    resource: str
    starts: datetime
    ends: datetime
    owner: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is looked for. `resource`: the person or place that the customer named; empty: any."""

    services: tuple[str, ...]
    when: When | None = None
    resource: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What to offer, in the order of time. `fits`: all of it is what the customer wished for."""

    slots: tuple[Slot, ...] = ()
    fits: bool = True


def resources_of(service: Service, business: Business) -> tuple[str, ...]:
    """Who can do a service; a business without resources is one resource itself, with the empty name."""
    return service.resources or tuple(resource.id for resource in business.resources) or ("",)


def free_slots(business: Business, wish: Wish, busy: Iterable[Busy], *, now: datetime) -> tuple[Slot, ...]:
    """Every start on the step's grid at which the whole visit fits, in order, each once.

    The grid of a shift begins where its resource opens. A start is at least LEAST_NOTICE away and within the horizon.
    A buffer lies between two visits, not before closing. One resource for the whole visit is preferred; of several
    that are free the one with the least booked time that day serves.

    Law: equals a check of each minute alone (tests/domain/test_booking.py)
    """
    services = tuple(service for one in wish.services if (service := business.service(one)))
    if not services:
        return ()
    diary = _Diary(business, busy, now)
    crews = [_crew(service, business, wish.resource) for service in services]
    if not all(crews):
        return ()
    starts = sorted({start for resource in crews[0] for start in diary.starts(resource)})
    found = (_visit(diary, services, crews, start) for start in starts)
    return tuple(slot for slot in found if slot is not None)


def choose(slots: Sequence[Slot], when: When | None, count: int, zone: str) -> Choice:
    """At most `count` to offer. An exact wish that is free stands alone; a window is spread over; else the nearest."""
    if when is None:
        return Choice(slots=_coming(slots, count, zone))
    inside = [slot for slot in slots if when.earliest <= slot.starts <= when.latest]
    if inside:
        return Choice(slots=tuple(inside[:1]) if when.exact else _spread(inside, count))
    nearest = sorted(slots, key=lambda slot: (_distance(slot, when), slot.starts))[:count]
    return Choice(slots=tuple(sorted(nearest, key=lambda slot: slot.starts)), fits=False)


class _Diary:
    """What is free of each resource, worked out once for one question."""

    def __init__(self, business: Business, busy: Iterable[Busy], now: datetime) -> None:
        rules = business.booking
        self._zone, self._step, self._buffer = ZoneInfo(business.zone), rules.slot_step, rules.buffer
        self._from, self._until = now.astimezone(UTC) + LEAST_NOTICE, now.astimezone(UTC) + rules.horizon
        self._calendars = {resource.id: resource.calendar for resource in business.resources} or {"": business.calendar}
        self._taken: dict[str, list[Interval]] = {}
        self._load: dict[tuple[str, date], timedelta] = {}
        for one in busy:
            self._taken.setdefault(one.resource, []).append((one.starts, one.ends))
            day = (one.resource, self._day(one.starts))
            self._load[day] = self._load.get(day, NO_TIME) + (one.ends - one.starts)
        self._shifts = {name: tuple(self._open(calendar)) for name, calendar in self._calendars.items()}
        self._free = {name: tuple(self._without_taken(name)) for name in self._calendars}

    def starts(self, resource: str) -> Iterator[datetime]:
        for opens, closes in self._shifts[resource]:
            skipped = max(0, -((opens - self._from) // self._step))
            start = opens + skipped * self._step
            while start < min(closes, self._until):
                yield start
                start += self._step

    def is_free(self, resource: str, starts: datetime, ends: datetime) -> bool:
        spans = self._free[resource]
        place = bisect_right(spans, starts, key=lambda span: span[0]) - 1
        return place >= 0 and ends <= spans[place][1]

    def load(self, resource: str, at: datetime) -> timedelta:
        return self._load.get((resource, self._day(at)), NO_TIME)

    def _open(self, calendar: Calendar) -> Iterator[Interval]:
        for opens, closes in calendar.shifts_after(self._from):
            if opens >= self._until + LONGEST_VISIT:
                return
            yield opens, closes

    def _without_taken(self, resource: str) -> Iterator[Interval]:
        taken = sorted(self._taken.get(resource, ()))
        for opens, closes in self._shifts[resource]:
            free_from = opens
            for starts, ends in taken:
                if ends + self._buffer <= free_from or starts - self._buffer >= closes:
                    continue
                if starts - self._buffer > free_from:
                    yield free_from, starts - self._buffer
                free_from = max(free_from, ends + self._buffer)
            if free_from < closes:
                yield free_from, closes

    def _day(self, at: datetime) -> date:
        return at.astimezone(self._zone).date()


def _crew(service: Service, business: Business, wished: str) -> tuple[str, ...]:
    able = resources_of(service, business)
    return tuple(resource for resource in able if resource == wished) if wished else able


def _visit(diary: _Diary, services: Sequence[Service], crews: Sequence[Sequence[str]], start: datetime) -> Slot | None:
    whole = sum((service.duration for service in services), NO_TIME)
    common = [resource for resource in crews[0] if all(resource in crew for crew in crews)]
    if alone := _least_loaded(diary, common, start, start + whole):
        names = tuple(service.id for service in services)
        return Slot(parts=(Part(resource=alone[0], services=names, starts=start, ends=start + whole),))
    parts: list[Part] = []
    for service, crew in zip(services, crews, strict=True):
        ends = start + service.duration
        stays = [parts[-1].resource] if parts and parts[-1].resource in crew else []
        found = _least_loaded(diary, stays, start, ends) or _least_loaded(diary, crew, start, ends)
        if not found:
            return None
        parts.append(Part(resource=found[0], services=(service.id,), starts=start, ends=ends))
        start = ends
    return Slot(parts=_merged(parts))


def _least_loaded(diary: _Diary, crew: Sequence[str], starts: datetime, ends: datetime) -> tuple[str, ...]:
    """The resource to take, alone in a tuple, or an empty one: the empty name is a resource too."""
    free = [resource for resource in crew if diary.is_free(resource, starts, ends)]
    return (min(free, key=lambda resource: diary.load(resource, starts)),) if free else ()


def _merged(parts: Sequence[Part]) -> tuple[Part, ...]:
    """Neighbours with one resource are one stay."""
    merged: list[Part] = []
    for part in parts:
        if merged and merged[-1].resource == part.resource:
            last = merged.pop()
            services = (*last.services, *part.services)
            part = Part(resource=part.resource, services=services, starts=last.starts, ends=part.ends)
        merged.append(part)
    return tuple(merged)


def _coming(slots: Sequence[Slot], count: int, zone: str) -> tuple[Slot, ...]:
    """The nearest day's, spread over it; the next days' where it has too few."""
    by_day: Mapping[date, list[Slot]] = _by_day(slots, zone)
    found: list[Slot] = []
    for day in sorted(by_day):
        found += _spread(by_day[day], count - len(found))
        if len(found) == count:
            break
    return tuple(found)


def _by_day(slots: Sequence[Slot], zone: str) -> dict[date, list[Slot]]:
    days: dict[date, list[Slot]] = {}
    for slot in slots:
        days.setdefault(slot.starts.astimezone(ZoneInfo(zone)).date(), []).append(slot)
    return days


def _spread(slots: Sequence[Slot], count: int) -> tuple[Slot, ...]:
    """The first, the last and evenly between them."""
    if len(slots) <= count:
        return tuple(slots)
    if count == 1:
        return tuple(slots[:1])
    return tuple(slots[place * (len(slots) - 1) // (count - 1)] for place in range(count))


def _distance(slot: Slot, when: When) -> timedelta:
    return max(when.earliest - slot.starts, slot.starts - when.latest, NO_TIME)
