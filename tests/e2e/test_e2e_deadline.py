"""A promise that is missed is told, reassigned and marked in the card, at its moment of business time."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from app.crm import FIELDS
from app.flow.town import Town
from tests.e2e.witness import Witness, until, watched

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(60)]

SUPERVISOR, OWNER = 3, 1  # of the sandbox's portal: the department's head and the profile's owner
WORDS = "Здравствуйте, запишите на маникюр завтра днём"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def witness() -> AsyncIterator[Witness]:
    async with watched(Town()) as witness:
        await witness.otklik("setup", "--yes")
        yield witness


def ours(deal: dict[str, Any], word: str) -> Any:
    return deal[FIELDS[word][0]]


async def told(witness: Witness, user: int) -> list[dict[str, Any]]:
    return [row for row in await witness.notifications() if row["user"] == user]


async def test_a_hot_enquiry_is_tagged_and_its_deadline_stands_in_the_card(witness: Witness) -> None:
    said = await witness.town.say("telegram", "maria", WORDS, name="Мария")
    await witness.answered("telegram", said["chat"], within=5)
    await witness.settled(within=30)
    deal = (await witness.books()).deal_with(WORDS)
    assert "Горячий" == ours(deal, "sla_class")
    assert datetime.fromisoformat(ours(deal, "answer_by")) > await now(witness)
    assert "Telegram" == ours(deal, "channel")
    assert ours(deal, "bot_replied_at")
    assert not ours(deal, "human_replied_at")


async def test_a_missed_deadline_reassigns_the_deal_tells_the_supervisor_and_is_marked(witness: Witness) -> None:
    deal = (await witness.books()).deal_with(WORDS)
    before = deal["assignedById"]
    await witness.town.control("time", {"to": ours(deal, "answer_by")})
    late = await witness.deal_when(WORDS, lambda deal: "Нарушен" == ours(deal, "verdict"))
    await witness.settled(within=30)
    late = (await witness.books()).deal_with(WORDS)
    assert late["assignedById"] in {5, 7, 9} - {before}
    assert 2 == ours(late, "step")
    assert 1 == len(await told(witness, SUPERVISOR))
    assert 1 == len([row for row in await told(witness, late["assignedById"]) if "передана вам" in row["text"]])
    assert [] == await told(witness, OWNER)


async def test_the_next_step_of_the_ladder_tells_the_owner_once(witness: Witness) -> None:
    await witness.town.control("time", {"advance_seconds": 6 * 60})  # twice the five minutes are over

    async def owner_told() -> bool:
        return bool(await told(witness, OWNER))

    await until(owner_told, 8, "the owner heard nothing")
    await witness.town.control("time", {"advance_seconds": 60})
    await witness.settled(within=30)
    assert 1 == len(await told(witness, OWNER))
    assert 1 == len(await told(witness, SUPERVISOR))
    tasks = (await witness.town.control("portal/state"))["tasks"]
    assert 1 == len(tasks)


async def test_an_answer_in_time_is_a_promise_kept(witness: Witness) -> None:
    words = "Добрый день, сколько стоит педикюр?"
    said = await witness.town.say("whatsapp", "vera", words)
    await witness.answered("whatsapp", said["chat"], within=5)
    deal = await witness.deal_when(words, lambda deal: bool(ours(deal, "bot_replied_at")))
    deed = {"user": deal["assignedById"], "do": "comment", "id": deal["id"], "text": "/ответ Добрый день! 3 000 ₽"}
    await witness.town.control("portal/human", deed)
    met = await witness.deal_when(words, lambda deal: "Выполнен" == ours(deal, "verdict"))
    due = datetime.fromisoformat(ours(deal, "answer_by"))
    assert not ours(met, "answer_by")
    await witness.town.control("time", {"to": (due + timedelta(minutes=1)).isoformat()})
    await witness.settled(within=30)
    after = (await witness.books()).deal_with(words)
    assert ("Выполнен", deal["assignedById"]) == (ours(after, "verdict"), after["assignedById"])


async def test_two_customers_of_the_same_second_are_one_message_that_names_both(witness: Witness) -> None:
    at = (await now(witness)).isoformat()
    words = ["Запишите сегодня на маникюр, срочно! Первая", "Запишите сегодня на маникюр, срочно! Вторая"]
    for number, text in enumerate(words):
        await witness.town.say("whatsapp", f"same-second-{number}", text, name=f"Клиент {number}", at=at)
    await witness.settled(within=30)
    deals = [await witness.deal_when(text, lambda deal: bool(ours(deal, "answer_by"))) for text in words]
    before = await told(witness, SUPERVISOR)
    await witness.town.control("time", {"to": max(ours(deal, "answer_by") for deal in deals)})
    for text in words:
        await witness.deal_when(text, lambda deal: "Нарушен" == ours(deal, "verdict"))
    await witness.settled(within=30)
    new = [row["text"] for row in await told(witness, SUPERVISOR) if row not in before]
    assert all(any(f"Клиент {number}" in text for text in new) for number in range(2))
    assert 1 == len(new)


async def now(witness: Witness) -> datetime:
    return datetime.fromisoformat((await witness.town.control("time"))["now"])


async def test_a_task_of_a_deal_that_the_portal_got_late_hangs_on_that_deal(witness: Witness) -> None:
    words = "Хочу на педикюр сегодня, пока портал занят"
    await witness.town.control("portal/faults", {"kind": "503"})
    said = await witness.town.say("telegram", "late-card", words)
    await witness.answered("telegram", said["chat"], within=5)
    await witness.town.control("time", {"advance_seconds": 24 * 3600})  # the whole ladder runs before the card is there
    await asyncio.sleep(1)
    await witness.town.control("portal/faults", {"kind": "ok"})
    deal = await witness.deal_when(words, lambda deal: "Нарушен" == ours(deal, "verdict"), within=40)
    await witness.settled(within=20)
    tasks = (await witness.town.control("portal/state"))["tasks"]
    assert [[f"D_{deal['id']}"]] == [task["UF_CRM_TASK"] for task in tasks if "педикюр" in task["TITLE"].casefold()]
