"""The business's diary in the portal: what is taken, and how a visit is booked there. Speaks both our words and its."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.booking import Part, Slot
from app.domain.business import Business, DiaryKind
from app.domain.visits.slot_source import Entry, Links, SlotSource, Taken, is_taken
from app.domain.visits.visit import Visit
from bitrix import BitrixError, Client, Command, Priority, Reference, Result, booking
from bitrix.errors import Missing, Refused
from bitrix.wire import MAX_COMMANDS

MARK = re.compile(r"\[otklik (\S+?)(?: (\S*))?\]\s*$")  # the command's id; in a calendar the resource too
FRESH_SECONDS = 60.0
OVERLAPS = "1018"  # taken, closed or unknown: the portal's judge has one code for them

Begins = Callable[[str], Awaitable[None]]


class PortalDiary:
    """The portal's online booking, or its company calendar where the profile says so; found out at the first question.

    Without resources that bear our resources' names it is no diary of this business: `source` is None, and no slot is
    ever named.
    """

    def __init__(self, client: Client, business: Business, begins: Begins) -> None:
        self._client, self._business, self._begins = client, business, begins
        self._source: SlotSource | None = None
        self._read_at: float | None = None
        self._asking = asyncio.Lock()

    async def source(self) -> SlotSource | None:
        """Raises BitrixError. Whoever asks while another does waits for that answer: a rush costs one call."""
        async with self._asking:
            if self._read_at is None or time.monotonic() - self._read_at > FRESH_SECONDS:
                self._source, self._read_at = await self._find(), time.monotonic()
            return self._source

    async def _find(self) -> SlotSource | None:
        kind = self._business.booking.diary
        if kind is DiaryKind.NONE:
            return None
        if kind is DiaryKind.CALENDAR:
            return CalendarDiary(self._client, self._business, self._begins)
        try:
            rows = (await self._client.call(booking.resources(), priority=Priority.HOT)).value["resource"]
        except Refused:  # the plan has no online booking, or the webhook lacks the scope: `otklik check` says which
            return None
        ids = resource_ids(self._business, rows)
        return BookingDiary(self._client, self._business, ids) if ids else None


class BookingDiary:
    """`booking.v1.*`: its overlap error is the judge. `ids`: our resource → the portal's."""

    def __init__(self, client: Client, business: Business, ids: Mapping[str, int]) -> None:
        self._client, self._business, self._ids = client, business, ids
        self._names = {number: name for name, number in ids.items()}

    async def entries(self, starts: datetime, ends: datetime) -> list[Entry]:
        answer = await self._client.call(booking.bookings(starts, ends), priority=Priority.HOT)
        return [self.entry(row) for row in answer.value["booking"]]

    def entry(self, row: Mapping[str, Any]) -> Entry:
        period, mark = row["datePeriod"], MARK.search(str(row.get("description") or ""))
        numbers = [int(number) for number in row["resourceIds"] or ()]
        return Entry(
            id=int(row["id"]),
            resources=tuple(self._names[number] for number in numbers if number in self._names),
            starts=_moment(period["from"]["timestamp"]),
            ends=_moment(period["to"]["timestamp"]),
            owner=mark.group(1) if mark else "",
        )

    async def book(self, owner: str, slot: Slot, name: str, links: Links) -> tuple[int, ...]:
        commands = {f"b{n}": self._add(owner, part, name) for n, part in enumerate(slot.parts)}
        for n in range(len(slot.parts)):
            commands |= _link_commands(n, Reference(f"b{n}", "[id]"), links)
        answers = await self._client.batch(commands, halt=True, priority=Priority.HOT)
        made = [answers.get(f"b{n}") for n in range(len(slot.parts))]
        ids = tuple(int(answer.value["id"]) for answer in made if isinstance(answer, Result))
        if len(ids) == len(slot.parts):
            return ids
        await self._delete(ids)  # a visit stands whole or not at all
        raise _why(made)

    async def move(self, visit: Visit, slot: Slot, name: str, links: Links) -> tuple[int, ...]:
        if len(visit.bookings) != len(slot.parts):
            made = await self.book(visit.id, slot, name, links)
            await self._delete(visit.bookings)
            return made
        pairs = list(zip(visit.bookings, slot.parts, strict=True))
        commands = {f"b{n}": self._put(number, part) for n, (number, part) in enumerate(pairs)}
        answers = await self._client.batch(commands, halt=True, priority=Priority.HOT)
        done = [isinstance(answers.get(key), Result) for key in commands]
        if all(done):
            return visit.bookings
        before = zip(visit.bookings, visit.slot.parts, strict=True)
        back = {f"b{n}": self._put(number, part) for n, (number, part) in enumerate(before) if done[n]}
        await self._client.batch(back, priority=Priority.HOT)
        raise _why([answers.get(key) for key in commands])

    async def cancel(self, visit: Visit) -> None:
        await self._delete(visit.bookings)

    async def link(self, visit: Visit, links: Links) -> None:
        commands: dict[str, Command] = {}
        for n, number in enumerate(visit.bookings):
            commands |= _link_commands(n, number, links)
        await self._client.batch(commands)

    async def deals(self, bookings: Sequence[int]) -> dict[int, int]:
        found: dict[int, int] = {}
        for first in range(0, len(bookings), MAX_COMMANDS):
            numbers = bookings[first : first + MAX_COMMANDS]
            answers = await self._client.batch({f"b{number}": booking.booking_links(number) for number in numbers})
            for number in numbers:
                answer = answers.get(f"b{number}")
                rows = answer.value["externalData"] if isinstance(answer, Result) else ()
                deals = [int(row["value"]) for row in rows if row["entityTypeId"] == "DEAL"]
                found |= {number: deals[0]} if deals else {}
        return found

    def _add(self, owner: str, part: Part, name: str) -> Command:
        services = ", ".join(service.name for one in part.services if (service := self._business.service(one)))
        title = " — ".join(text for text in (name, services) if text)
        resource = [self._ids[part.resource]]
        zone = self._business.zone
        mark = f"{services}\n[otklik {owner}]"
        return booking.booking_add(resource, part.starts, part.ends, zone, name=title, description=mark)

    def _put(self, number: int, part: Part) -> Command:
        period = booking.period(part.starts, part.ends, self._business.zone)
        return booking.booking_update(number, {"resourceIds": [self._ids[part.resource]], "datePeriod": period})

    async def _delete(self, numbers: Sequence[int]) -> None:
        answers = await self._client.batch(
            {f"b{number}": booking.booking_delete(number) for number in numbers}, priority=Priority.HOT
        )
        _raise_first(answers.values(), but=Missing)


class CalendarDiary:
    """The company's calendar, which refuses no overlap: it is read again just before it is written.

    A person's own event is of the resource whose name its title begins with; any other keeps everybody busy.

    begins   awaited with the visit's id in front of each call that writes it: the calendar would take it twice
    """

    def __init__(self, client: Client, business: Business, begins: Begins) -> None:
        self._client, self._business, self._zone = client, business, ZoneInfo(business.zone)
        self._begins = begins
        self._resources = {resource.id: resource.name for resource in business.resources} or {"": business.name}

    async def entries(self, starts: datetime, ends: datetime) -> list[Entry]:
        command = booking.events(starts.astimezone(self._zone), ends.astimezone(self._zone))
        rows = (await self._client.call(command, priority=Priority.HOT)).value
        return [entry for row in rows if (entry := self._entry(row)).starts < ends and entry.ends > starts]

    async def book(self, owner: str, slot: Slot, name: str, links: Links) -> tuple[int, ...]:
        await self._judge(slot, but="")
        return await self._make(owner, slot, name, links)

    async def move(self, visit: Visit, slot: Slot, name: str, links: Links) -> tuple[int, ...]:
        """Made anew and then deleted: an event's mark says whose resource it is."""
        await self._judge(slot, but=visit.id)
        made = await self._make(visit.id, slot, name, links)
        await self.cancel(visit)
        return made

    async def _make(self, owner: str, slot: Slot, name: str, links: Links) -> tuple[int, ...]:
        """Whole or not at all."""
        commands = {f"b{n}": self._add(owner, part, name, links) for n, part in enumerate(slot.parts)}
        before = partial(self._begins, owner)
        answers = await self._client.batch(commands, halt=True, priority=Priority.HOT, before=before)
        made = tuple(int(answer.value) for answer in answers.values() if isinstance(answer, Result))
        if len(made) < len(slot.parts):
            await self._delete(made)
        _raise_first(answers.values())
        return made

    async def cancel(self, visit: Visit) -> None:
        await self._delete(visit.bookings)

    async def _delete(self, numbers: Sequence[int]) -> None:
        commands = {f"b{number}": booking.event_delete(number) for number in numbers}
        answers = await self._client.batch(commands, priority=Priority.HOT)
        _raise_first(answers.values(), but=Refused)

    async def link(self, visit: Visit, links: Links) -> None:
        """An event is given its cards when it is made; later nothing is changed in it."""

    async def deals(self, bookings: Sequence[int]) -> dict[int, int]:
        """A person's own event names its resource in the title; of whom it is the calendar does not tell us."""
        return {}

    async def _judge(self, slot: Slot, *, but: str) -> None:
        if is_taken(slot, await self.entries(slot.starts, slot.ends), but=but):
            raise Taken

    def _entry(self, row: Mapping[str, Any]) -> Entry:
        mark = MARK.search(str(row.get("DESCRIPTION") or ""))
        title = str(row.get("NAME") or "").casefold()
        named = tuple(one for one, name in self._resources.items() if title.startswith(name.casefold()))
        return Entry(
            id=int(row["ID"]),
            resources=(mark.group(2) or "",) if mark else named or tuple(self._resources),
            starts=_moment(row["DATE_FROM_TS_UTC"]),
            ends=_moment(row["DATE_TO_TS_UTC"]),
            owner=mark.group(1) if mark else "",
        )

    def _add(self, owner: str, part: Part, name: str, links: Links) -> Command:
        services = ", ".join(service.name for one in part.services if (service := self._business.service(one)))
        title = f"{self._resources[part.resource]}: " + " — ".join(text for text in (name, services) if text)
        cards = [f"{kind}_{card}" for kind, card in (("D", links.deal), ("C", links.contact)) if card]
        starts, ends = part.starts.astimezone(self._zone), part.ends.astimezone(self._zone)
        mark = f"{services}\n[otklik {owner} {part.resource}]"
        return booking.event_add(title, mark, starts, ends, self._business.zone, crm=cards)


def resource_ids(business: Business, rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Our resource → the portal's of the same name; of several the oldest. Empty unless every one is there."""
    wanted = {resource.id: resource.name for resource in business.resources} or {"": business.name}
    found = {}
    for ours, name in wanted.items():
        same = [int(row["id"]) for row in rows if same_name(row["name"], name)]
        if same:
            found[ours] = min(same)
    return found if len(found) == len(wanted) else {}


def same_name(theirs: object, ours: str) -> bool:
    return str(theirs).strip().casefold() == ours.strip().casefold()


def _link_commands(n: int, number: "int | Reference", links: Links) -> dict[str, Command]:
    commands = {}
    if links.contact:
        commands[f"c{n}"] = booking.booking_client(number, links.contact)
    if links.deal:
        commands[f"d{n}"] = booking.booking_deal(number, links.deal)
    return commands


def _why(answers: Sequence[Result | BitrixError | None]) -> Exception:
    error = next((answer for answer in answers if isinstance(answer, BitrixError)), None)
    if error is None:
        return Taken()
    return Taken() if error.code == OVERLAPS else error


def _raise_first(answers: Iterable[Result | BitrixError], *, but: type[BitrixError] | tuple[()] = ()) -> None:
    for answer in answers:
        if isinstance(answer, BitrixError) and not isinstance(answer, but):
            raise answer


def _moment(stamp: object) -> datetime:
    return datetime.fromtimestamp(int(str(stamp)), UTC)
