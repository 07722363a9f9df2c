"""Every cell of the delivery table in docs/booking.md against the real sender: WhatsApp first, Telegram second."""

from dataclasses import replace
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest

from app.domain.booking import Part, Slot
from app.domain.conversation import Conversation, Enquiry, conversation_id, opened
from app.domain.decision import Turn
from app.domain.message import Delivery, DeliveryStatus, InboundMessage, Kind
from app.domain.visits.attendance import Told
from app.domain.visits.reminders import planned
from app.domain.visits.visit import Visit
from app.runtime import opened as opened_runtime
from app.store import keys
from tests.flow.diary_house import DiaryHouse
from tests.flow.ops_house import TELEGRAM, WHATSAPP, opened_house

PAGE = (Path(__file__).parents[2] / "docs" / "booking.md").read_text(encoding="utf-8")
NUMBER = WHATSAPP["WHATSAPP_PHONE_NUMBER_ID"]
WINDOWS, OUTCOMES, SECOND = ("open", "closed"), ("delivered", "failed", "blocked"), ("yes", "none")


def table() -> list[list[str]]:
    lines = PAGE.split("| window | template |")[1].splitlines()[2:]
    rows = [line.strip("| ").split(" | ") for line in lines[: lines.index("")]]
    return [[cell.strip() for cell in row] for row in rows]


def promised(cell: tuple[str, ...]) -> str:
    """Exactly one row speaks of each cell."""
    [fate] = [
        row[-1]
        for row in table()
        if all(word == "any" or one in word.split(", ") for one, word in zip(cell, row, strict=False))
    ]
    return fate


async def seat(
    house: DiaryHouse, conversation: Conversation, message: InboundMessage, person: str, *, due: bool
) -> None:
    """The conversation as a turn would have left it: a reminder is due now."""
    await house.runtime.mailbox.accept(message)
    [entry] = await house._taken(keys.ANSWER)
    reading = await house.runtime.mailbox.read(conversation.id)
    turn = Turn(conversation=replace(conversation, person_id=person), wake_at=reading.now if due else None)
    assert "done" == await house.runtime.mailbox.commit(reading, entry.id, turn, person_id=person)


async def play(house: DiaryHouse, window: str, outcome: str, second: str, number: int) -> str:
    """The fate, in the page's words."""
    runtime, world = house.runtime, house.house.sandbox.world
    now, customer, person = await runtime.now(), f"7916000{number:04}", f"p-cell{number}"
    heard = now - timedelta(hours=1 if window == "open" else 48)
    message = InboundMessage(
        channel="whatsapp",
        account=NUMBER,
        customer_id=customer,
        message_id=f"wamid.{number}",
        sent_at=heard,
        kind=Kind.TEXT,
    )
    world.phones.meet("whatsapp", customer).last_word_at = heard
    conversation = replace(opened(message), last_customer_at=heard, name="Ольга")
    enquiry = Enquiry(number=1, card_id=f"{conversation.id}-1", started_at=heard, assignee=7)
    starts = now + timedelta(hours=3)
    slot = Slot(parts=(Part(resource="anna", starts=starts, ends=starts + timedelta(hours=1), services=("manicure",)),))
    visit = Visit(id=f"{enquiry.card_id}-b1", slot=slot, bookings=(41,), made_at=heard)
    plan = planned(visit, heard - timedelta(days=9), runtime.business)
    plan = replace(plan, reminders=(replace(plan.reminders[0], at=now),))
    if second == "yes":
        chat = str(500_000 + number)
        world.phones.meet("telegram", chat)
        other = InboundMessage(
            channel="telegram", account="7000000001", customer_id=chat, message_id=f"{chat}:1", sent_at=now
        )
        await seat(house, replace(opened(other), last_customer_at=now), other, person, due=False)
    await seat(house, replace(conversation, enquiry=enquiry, visit=visit, attendance=plan), message, person, due=True)
    await runtime.due.move()
    await house.works()
    taken = [sent for sent in world.phones.sent if sent.channel == "whatsapp" and sent.chat == customer]
    for sent in taken:
        status = Delivery.DELIVERED if outcome == "delivered" else Delivery.FAILED
        reason = {"failed": "refused", "blocked": "blocked"}.get(outcome, "")
        told = DeliveryStatus(
            channel="whatsapp",
            account=NUMBER,
            customer_id=customer,
            message_id=sent.id,
            status=status,
            at=now,
            reason=reason,
        )
        await runtime.mailbox.status(told)
    await house.works()
    after = (await runtime.mailbox.read(conversation_id("whatsapp", NUMBER, customer))).conversation
    assert after is not None
    assert after.attendance is not None
    assert after.enquiry is not None
    [reminder] = after.attendance.reminders
    arrived = [sent for sent in world.phones.sent if sent.channel == "telegram" and sent.chat == str(500_000 + number)]
    assert ("telegram" if arrived else "") == reminder.via
    tasks = [notice for notice in after.enquiry.notices if notice.task and "напоминаем о записи" in notice.text]
    if reminder.fate is Told.FAILED and len(tasks) == 1:
        return "failed, task"
    assert [] == tasks
    return "sent by the second" if reminder.fate is Told.SENT and arrived else str(reminder.fate)


@pytest.mark.parametrize("template", ["yes", "none"])
async def test_the_fate_of_every_cell_is_as_the_page_says(tmp_path: Path, redis_url: str, template: str) -> None:
    doors = WHATSAPP | TELEGRAM | ({} if template == "yes" else {"WHATSAPP_TEMPLATE": ""})
    async with (
        opened_house(tmp_path) as house,
        opened_runtime(house.settings(doors | {"BITRIX_WEBHOOK_URL": ""}), redis_url) as runtime,
    ):
        diary = DiaryHouse(house, runtime, {})
        cells = list(product(WINDOWS, OUTCOMES, SECOND))
        expected = {cell: promised((cell[0], template, *cell[1:])) for cell in cells}
        assert expected == {cell: await play(diary, *cell, number) for number, cell in enumerate(cells, 1)}
