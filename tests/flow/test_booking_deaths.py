"""A command's worker may be killed in any of its calls: the next one ends it, and the diary holds one visit."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from app.diary import CalendarDiary, PortalDiary
from app.domain.booking import Part, Slot
from app.domain.mail import BookingOutcome
from app.domain.visits.slot_source import Entry as Booked
from app.domain.visits.slot_source import Links, SlotSource
from app.domain.visits.visit import BookingFate, Command, Do, Visit
from app.flow.book import book
from app.jobs import Entry
from app.store import codec, keys
from bitrix import SETTLES
from sandbox.portal.calls import METHODS
from sandbox.portal.errors import RestError
from sandbox.portal.faults import Faults
from tests.flow.diary_house import DiaryHouse, opened_diary

MONDAY = datetime(2031, 3, 10, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
LAST_WORDS_MS = 80.0  # a killed worker's call is under way for so long


@pytest.fixture
async def diary(tmp_path: Path, redis_url: str) -> AsyncIterator[DiaryHouse]:
    async with opened_diary(tmp_path, redis_url) as diary:
        yield diary


def slot(diary: DiaryHouse, starts: datetime, parts: int) -> Slot:
    """One hour of each of so many people, all at once."""
    people = list(diary.resources)[:parts]
    return Slot(
        parts=tuple(Part(resource=one, services=("pedicure",), starts=starts, ends=starts + HOUR) for one in people)
    )


async def dies_in_call(diary: DiaryHouse, command: Command, number: int) -> bool:
    """Killed in its HTTP call of that number, which the portal carries out all the same. False: it had fewer."""
    door = diary.house.sandbox.portal.door
    until = door.desk.tally.http + number
    door.faults = Faults(latency_ms=LAST_WORDS_MS)
    working = asyncio.create_task(book(diary.runtime, await taken(diary, command, tries=1)))
    while door.desk.tally.http < until and not working.done():
        await asyncio.sleep(LAST_WORDS_MS / 1000 / 10)
    lives = working.done()
    working.cancel()
    await asyncio.wait([working])
    await asyncio.sleep(2 * LAST_WORDS_MS / 1000)
    door.faults = Faults()
    return not lives


async def taken(diary: DiaryHouse, command: Command, *, tries: int) -> Entry:
    text = codec.dump(command)
    if tries == 1:
        await diary.runtime.link.command("XADD", keys.BOOK, "*", "b", text)
        await diary.runtime.link.command("XREADGROUP", "GROUP", keys.GROUP, "w", "STREAMS", keys.BOOK, ">")
    [[id_, *_]] = await diary.runtime.link.command("XRANGE", keys.BOOK, "-", "+")
    return Entry(stream=keys.BOOK, id=id_, subject=text, tries=tries)


async def fate(diary: DiaryHouse, command: Command) -> BookingFate:
    mails = (await diary.runtime.mailbox.read(command.conversation)).mails
    [outcome] = [mail for mail in mails if isinstance(mail, BookingOutcome) and mail.command == command.id]
    return outcome.fate


def in_calendar(diary: DiaryHouse) -> CalendarDiary:
    """The house keeps its diary in the company's calendar."""
    portal, runtime = diary.runtime.diary, diary.runtime
    assert isinstance(portal, PortalDiary)
    assert runtime.crm is not None
    begins = partial(runtime.commands.begin, settles=SETTLES)
    portal._source = source = CalendarDiary(runtime.crm.client, runtime.business, begins)
    return source


async def settles(diary: DiaryHouse) -> None:
    """What was begun cannot be running any more."""
    for key in await diary.runtime.link.command("KEYS", "otklik:writing:*"):
        await diary.runtime.link.command("DEL", key)


async def standing(source: SlotSource, owner: str) -> list[Booked]:
    found = await source.entries(MONDAY - 30 * timedelta(days=1), MONDAY + 30 * timedelta(days=1))
    return [entry for entry in found if entry.owner == owner]


@pytest.mark.parametrize("calendar", [False, True], ids=["booking", "calendar"])
@pytest.mark.parametrize(("before", "after"), [(1, 1), (2, 1), (1, 2)])
async def test_a_move_whose_worker_was_killed_leaves_one_visit(
    diary: DiaryHouse, before: int, after: int, *, calendar: bool
) -> None:
    runtime = diary.runtime
    assert runtime.diary is not None
    assert runtime.crm is not None
    source = await runtime.diary.source()
    if calendar:
        source = in_calendar(diary)
    assert source is not None
    for number in range(1, 9):
        day = MONDAY + number * timedelta(days=1)
        visit = Visit(id=f"v-{number}", slot=slot(diary, day, before), bookings=(), made_at=MONDAY)
        bookings = await source.book(visit.id, visit.slot, "Ольга", Links())
        command = Command(
            id=f"m-{number}",
            does=Do.MOVE,
            conversation=f"si-{number}",
            slot=slot(diary, day + 3 * HOUR, after),
            visit=replace(visit, bookings=bookings),
            asked_at=MONDAY,
        )
        died = await dies_in_call(diary, command, number)
        if died:
            await settles(diary)
            await book(runtime, await taken(diary, command, tries=2))
        found = await standing(source, visit.id)
        assert (BookingFate.MOVED, [(day + 3 * HOUR)] * after) == (
            await fate(diary, command),
            [entry.starts for entry in found],
        )
        if not died:
            return
    raise AssertionError("it makes more calls than anybody expects")


async def test_a_refused_visit_whose_worker_was_killed_leaves_no_part_behind(diary: DiaryHouse) -> None:
    """Two people at once, the second taken meanwhile: the first one's hour must not stay booked for nobody."""
    assert diary.runtime.diary is not None
    source = await diary.runtime.diary.source()
    assert source is not None
    _, second, *_ = diary.resources.values()
    for number in range(1, 9):
        wanted = slot(diary, MONDAY + number * timedelta(days=1), 2)
        await diary.person(do="create", resource=second, starts=f"{wanted.starts:%Y-%m-%d}T12:00", name="Ирина")
        command = Command(id=f"b-{number}", does=Do.BOOK, conversation=f"si-{number}", slot=wanted, asked_at=MONDAY)
        died = await dies_in_call(diary, command, number)
        if died:
            await book(diary.runtime, await taken(diary, command, tries=2))
        assert (BookingFate.TAKEN, []) == (await fate(diary, command), await standing(source, command.id))
        if not died:
            return
    raise AssertionError("it makes more calls than anybody expects")


@pytest.mark.parametrize("parts", [1, 2])
async def test_a_calendar_that_is_slow_to_write_gets_one_visit(diary: DiaryHouse, parts: int) -> None:
    """It refuses no overlap: whoever looked before the first try had ended found nothing and wrote a second one."""
    await diary.runtime.diary.source()  # type: ignore[union-attr]
    source, door = in_calendar(diary), diary.house.sandbox.portal.door
    wanted = slot(diary, MONDAY, parts)
    command = Command(id="b-1", does=Do.BOOK, conversation="si-1", slot=wanted, asked_at=MONDAY)
    door.faults = Faults(latency_ms=4000, methods=["calendar.event.add"])
    await book(diary.runtime, await taken(diary, command, tries=1))
    assert BookingFate.UNKNOWN is await fate(diary, command)
    door.faults = Faults()
    command = replace(command, tries=1, told=True)
    await book(diary.runtime, await taken(diary, command, tries=1))
    assert [] == await standing(source, command.id)
    await asyncio.sleep(3)
    await settles(diary)
    await book(diary.runtime, await taken(diary, command, tries=1))
    assert [MONDAY] * parts == [entry.starts for entry in await standing(source, command.id)]
    outcomes = [mail for mail in (await diary.runtime.mailbox.read("si-1")).mails if isinstance(mail, BookingOutcome)]
    assert [BookingFate.UNKNOWN, BookingFate.BOOKED] == [outcome.fate for outcome in outcomes]


async def test_a_calendar_that_was_not_reached_is_written_at_the_next_try(diary: DiaryHouse) -> None:
    await diary.runtime.diary.source()  # type: ignore[union-attr]
    source, door = in_calendar(diary), diary.house.sandbox.portal.door
    command = Command(id="b-1", does=Do.BOOK, conversation="si-1", slot=slot(diary, MONDAY, 1), asked_at=MONDAY)
    door.faults = Faults(kind="503", methods=["calendar.event.add"])
    await book(diary.runtime, await taken(diary, replace(command, tries=1), tries=1))
    door.faults = Faults()
    await book(diary.runtime, await taken(diary, replace(command, tries=2, told=True), tries=1))
    assert [MONDAY] == [entry.starts for entry in await standing(source, command.id)]
    assert [] == await diary.runtime.link.command("KEYS", "otklik:writing:*")


async def test_a_calendar_that_refuses_one_part_keeps_none(diary: DiaryHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    await diary.runtime.diary.source()  # type: ignore[union-attr]
    source, wanted = in_calendar(diary), slot(diary, MONDAY, 2)
    command = Command(id="b-1", does=Do.BOOK, conversation="si-1", slot=wanted, asked_at=MONDAY)
    add, seen = METHODS["calendar.event.add"], []

    def second_is_refused(call: Any) -> Any:
        seen.append(call)
        if len(seen) == 2:
            raise RestError("ERROR_CORE", "An error occurred while saving the event")
        return add.run(call)

    monkeypatch.setitem(METHODS, "calendar.event.add", replace(add, run=second_is_refused))
    await book(diary.runtime, await taken(diary, command, tries=1))
    assert (BookingFate.FAILED, []) == (await fate(diary, command), await standing(source, command.id))
