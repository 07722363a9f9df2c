"""SMS, the last way of a reminder before a person: every cell of its table in docs/booking.md."""

import asyncio
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest

from app.domain.booking import Part, Slot
from app.domain.conversation import Conversation, Enquiry, opened
from app.domain.message import InboundMessage, Phone
from app.domain.visits import reminder_words
from app.domain.visits.attendance import Told
from app.domain.visits.reminders import planned
from app.domain.visits.visit import Visit
from app.flow.answer import answer
from app.flow.send import send
from app.runtime import opened as opened_runtime
from app.store import keys
from sandbox.faults import Fault
from sandbox.messengers.sms_ru import Verdicts
from tests.flow.diary_house import SITE, DiaryHouse
from tests.flow.ops_house import SMS, WHATSAPP, opened_house
from tests.flow.test_reminder_ways import NUMBER, PAGE, seat

PHONES, VENDOR = ("proven", "typed", "none"), ("takes it", "refuses", "never says")
DOORS = WHATSAPP | SITE | {"WHATSAPP_TEMPLATE": "", "BITRIX_WEBHOOK_URL": ""}
NOON = datetime(2031, 3, 3, 9, 0, tzinfo=UTC)  # in Moscow; at night an SMS is not sent
DIED_AGO = 60_000  # ms: long enough that nobody waits for a sign of the call any more


def promised(cell: tuple[str, str, str]) -> str:
    """Exactly one row of the page speaks of each cell."""
    lines = PAGE.split("| SMS | phone |")[1].splitlines()[2:]
    rows = [[each.strip() for each in line.strip("| ").split(" | ")] for line in lines[: lines.index("")]]
    [fate] = [
        row[-1]
        for row in rows
        if all(word == "any" or one in word.split(", ") for one, word in zip(cell, row, strict=False))
    ]
    return fate


def number_of(customer: int) -> str:
    return f"+7916555{customer:04}"


async def due(
    diary: DiaryHouse, number: int, phone: str, *, channel: str = "whatsapp", planned_ago: timedelta = timedelta(0)
) -> str:
    """A visit in three hours whose reminder is due; in the messenger nothing was said for two days."""
    runtime = diary.runtime
    now, customer, account = await runtime.now(), f"7916000{number:04}", NUMBER if channel == "whatsapp" else "site"
    heard, starts = now - timedelta(hours=48), now + timedelta(hours=3)
    message = InboundMessage(
        channel=channel, account=account, customer_id=customer, message_id=f"m.{number}", sent_at=heard
    )
    known = Phone(number=number_of(number), proven=phone == "proven") if phone != "none" else None
    conversation = replace(opened(message), last_customer_at=heard, name="Ольга", phone=known)
    enquiry = Enquiry(number=1, card_id=f"{conversation.id}-1", started_at=heard, assignee=7)
    slot = Slot(parts=(Part(resource="anna", starts=starts, ends=starts + timedelta(hours=1), services=("manicure",)),))
    visit = Visit(id=f"{enquiry.card_id}-b1", slot=slot, bookings=(41,), made_at=heard)
    plan = planned(visit, heard - timedelta(days=9), runtime.business)
    plan = replace(plan, reminders=(replace(plan.reminders[0], at=now - planned_ago),))
    seated = replace(conversation, enquiry=enquiry, visit=visit, attendance=plan)
    await seat(diary, seated, message, f"p-{channel}{number}", due=True)
    return conversation.id


async def works(diary: DiaryHouse, calls: int = 0) -> None:
    """As `diary.works`, every sender at once. A call that nobody answered ages as soon as the vendor had `calls`."""
    for _ in range(6):
        await diary.runtime.due.move()
        for entry in await diary._taken(keys.ANSWER):
            await answer(diary.runtime, entry.subject, entry.id, 1)
        entries = await diary._taken(keys.SEND)
        sending = asyncio.gather(*(send(diary.runtime, entry.subject, entry.id, 1) for entry in entries))
        while not sending.done():
            if diary.house.sandbox.sms_ru.calls >= calls > 0:
                await asyncio.gather(*(age(diary, entry.subject) for entry in entries))
            await asyncio.wait([sending], timeout=0.2)
        await sending


async def age(diary: DiaryHouse, conversation: str) -> None:
    key = f"{keys.PREFIX}c:{conversation}"
    if await diary.runtime.link.command("HEXISTS", key, "flight"):
        await diary.runtime.link.command("HINCRBY", key, "flight_at", -DIED_AGO)


async def after(diary: DiaryHouse, id_: str) -> Conversation:
    found = (await diary.runtime.mailbox.read(id_)).conversation
    assert found is not None
    assert found.attendance is not None
    assert found.enquiry is not None
    return found


def fate_of(conversation: Conversation) -> str:
    """In the page's words; the card says the same."""
    assert conversation.attendance is not None
    assert conversation.enquiry is not None
    [reminder] = conversation.attendance.reminders
    tasks = [notice for notice in conversation.enquiry.notices if notice.task]
    if reminder.fate is Told.SENT and reminder.via == "sms" and not tasks:
        return "sent by SMS"
    assert 1 == len(tasks)
    assert "напоминаем о записи" in tasks[0].text
    return f"{reminder.fate}, task"


@pytest.mark.parametrize("sms", ["set", "closed"])
async def test_the_fate_of_every_cell_is_as_the_page_says(
    tmp_path: Path, redis_url: str, sms: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    doors = DOORS | (SMS if sms == "set" else {})
    async with opened_house(tmp_path) as house, opened_runtime(house.settings(doors), redis_url) as runtime:
        diary, vendor = DiaryHouse(house, runtime, {}), house.sandbox.sms_ru
        await diary.forward(NOON - await runtime.now())
        cells = dict(enumerate(product(PHONES, VENDOR), 1))
        digits = {number: number_of(number).removeprefix("+") for number in cells}
        vendor.verdicts = Verdicts(
            numbers={digits[number]: 202 for number, (_, does) in cells.items() if does == "refuses"},
            silent=[digits[number] for number, (_, does) in cells.items() if does == "never says"],
        )
        ids = {number: await due(diary, number, phone) for number, (phone, _) in cells.items()}
        await works(diary, calls=6 if sms == "set" else 0)
        found = {cells[number]: await after(diary, id_) for number, id_ in ids.items()}
        assert {cell: promised((sms, *cell)) for cell in found} == {cell: fate_of(one) for cell, one in found.items()}
        called = [
            number for number, (phone, does) in cells.items() if sms == "set" and phone != "none" and does != "refuses"
        ]
        assert sorted(digits[number] for number in called) == sorted(text.to for text in vendor.sent)
        for text in vendor.sent:
            assert text.parts <= 2
            assert "Ольга" not in text.text
        if sms == "set":
            sent, refused = found["proven", "takes it"], found["typed", "refuses"]
            assert reminder_words.fates(sent.attendance, runtime.business).endswith("отправлено (sms)")
            [task] = refused.enquiry.notices if refused.enquiry else ()
            assert "(окно переписки закрыто; SMS на этот номер не принята)" in task.text
            assert number_of(5) in task.text
        logged = caplog.text
        for secret in (SMS["SMS_RU_API_ID"], "напоминаем", *digits.values()):
            assert secret not in logged


@pytest.mark.parametrize("channel", ["whatsapp", "site"])
async def test_a_sender_that_dies_with_an_sms_in_the_air_sends_it_once(
    tmp_path: Path, redis_url: str, channel: str
) -> None:
    async with opened_house(tmp_path) as house, opened_runtime(house.settings(DOORS | SMS), redis_url) as runtime:
        diary, vendor = DiaryHouse(house, runtime, {}), house.sandbox.sms_ru
        await diary.forward(NOON - await runtime.now())
        id_ = await due(diary, 1, "typed", channel=channel)
        await runtime.due.move()
        [tick] = await diary._taken(keys.ANSWER)
        await answer(runtime, tick.subject, tick.id, 1)
        [entry] = await diary._taken(keys.SEND)
        vendor.faults.set(Fault(kind="timeout"))
        dying = asyncio.create_task(send(runtime, entry.subject, entry.id, 1))
        while not vendor.calls:
            await asyncio.sleep(0.02)
        dying.cancel()
        await asyncio.gather(dying, return_exceptions=True)
        vendor.faults.set(Fault())
        await age(diary, id_)
        await send(runtime, entry.subject, entry.id, 2)
        await works(diary)
        assert 1 == vendor.calls
        assert "unknown, task" == fate_of(await after(diary, id_))


async def test_where_nobody_can_be_called_the_sites_page_still_hears_it(tmp_path: Path, redis_url: str) -> None:
    async with opened_house(tmp_path) as house, opened_runtime(house.settings(DOORS | SMS), redis_url) as runtime:
        diary, vendor = DiaryHouse(house, runtime, {}), house.sandbox.sms_ru
        await diary.forward(NOON - await runtime.now())
        vendor.verdicts = Verdicts(balance=0)
        id_ = await due(diary, 1, "typed", channel="site")
        await works(diary)
        [reminder] = (await after(diary, id_)).attendance.reminders  # type: ignore[union-attr]
        assert (Told.SENT, "") == (reminder.fate, reminder.via)
        [letter] = await runtime.dead_letters.all()
        assert "account" == letter.letter["reason"]


@pytest.mark.parametrize(("hour", "texts"), [(9, 1), (22, 0)])
async def test_one_held_back_into_the_night_wakes_nobody(tmp_path: Path, redis_url: str, hour: int, texts: int) -> None:
    async with opened_house(tmp_path) as house, opened_runtime(house.settings(DOORS | SMS), redis_url) as runtime:
        diary = DiaryHouse(house, runtime, {})
        await diary.forward(NOON.replace(hour=hour) - await runtime.now())
        id_ = await due(diary, 1, "proven")
        await runtime.due.move()
        [tick] = await diary._taken(keys.ANSWER)
        await answer(runtime, tick.subject, tick.id, 1)
        await diary.forward(timedelta(minutes=20))
        await works(diary)
        assert texts == len(house.sandbox.sms_ru.sent)
        assert ("sent by SMS" if texts else "failed, task") == fate_of(await after(diary, id_))


@pytest.mark.parametrize(("waited", "fate"), [(timedelta(0), "out"), (timedelta(minutes=2), "failed, task")])
async def test_a_vendor_that_is_away_is_waited_for_a_minute(
    tmp_path: Path, redis_url: str, waited: timedelta, fate: str
) -> None:
    async with opened_house(tmp_path) as house, opened_runtime(house.settings(DOORS | SMS), redis_url) as runtime:
        diary, vendor = DiaryHouse(house, runtime, {}), house.sandbox.sms_ru
        await diary.forward(NOON - await runtime.now())
        vendor.faults.set(Fault(kind="429"))
        id_ = await due(diary, 1, "proven", planned_ago=waited)
        await works(diary)
        found = await after(diary, id_)
        if fate == "out":
            assert [Told.OUT] == [one.fate for one in found.attendance.reminders]  # type: ignore[union-attr]
            vendor.faults.set(Fault())
            await diary.retries()
            found = await after(diary, id_)
            assert "sent by SMS" == fate_of(found)
        else:
            assert fate == fate_of(found)
