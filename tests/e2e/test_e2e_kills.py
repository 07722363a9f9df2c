"""kill -9 at every moment of a message's way: nothing is missing, nothing is doubled, everybody is answered."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from app.flow.town import Town
from app.store import keys
from tests.e2e.witness import Witness, until, watched

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(240)]

LEASE_SECONDS = 15
CLAIMED_WITHIN = 25  # the lease, the claim, a new quiet window and the reply, on a busy machine
SETTLES_SECONDS = 75  # a create that nobody saw end is left alone for so long


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def witness() -> AsyncIterator[Witness]:
    async with watched(Town(workers=2, model=True)) as witness:
        await witness.otklik("setup", "--yes")
        yield witness


async def test_a_worker_killed_at_any_moment_loses_and_doubles_nothing(witness: Witness) -> None:
    """Both workers die while one customer is in the quiet window, one waits for the model, one's reply is on its way
    and one's card is being made; of a fifth the portal did all and never answered."""
    town = witness.town
    answer = {"reply": "Здравствуйте! На какой день вас записать?", "intent": "price", "handoff": ""}
    await town.control("model/script", [{"when": "", "answer": answer}])
    await town.control("model/faults", {"kind": "ok", "latency_ms": 2000})
    await town.control("portal/faults", {"kind": "lost", "count": 1, "methods": ["crm.item.add"]})
    lost = await town.say("site", "lost", "Сколько стоит педикюр? Ответ портала потерян", phone="+79161234567")
    await witness.answered("site", lost["chat"], within=6)
    await asyncio.sleep(0.5)
    await town.control("telegram/faults", {"kind": "ok", "latency_ms": 4000})
    await town.control("portal/faults", {"kind": "ok", "latency_ms": 4000})
    sending = await town.say("telegram", "sending", "Сколько стоит маникюр? Ответ в пути")
    register = await town.say("instagram", "register", "Сколько стоит стрижка? Карточка в пути")
    await asyncio.sleep(2.5)  # the model has answered both: the reply and the cards are on their way
    model = await town.say("whatsapp", "model", "Сколько стоит педикюр? Думает модель")
    await asyncio.sleep(1.3)
    quiet = await town.say("site", "quiet", "Сколько стоит окрашивание? Окно тишины")
    await asyncio.sleep(0.3)
    for name in ("worker0", "worker1"):
        town.kill(name)
    await town.control("telegram/faults", {"kind": "ok"})
    await town.control("portal/faults", {"kind": "ok"})
    await town.control("model/faults", {"kind": "ok"})
    for name in ("worker0", "worker1"):
        town.start(name)
    for said, channel in ((quiet, "site"), (model, "whatsapp"), (register, "instagram"), (sending, "telegram")):
        await witness.answered(channel, said["chat"], within=CLAIMED_WITHIN)
    await witness.settled(within=LEASE_SECONDS + SETTLES_SECONDS + 30)
    for said, channel in ((quiet, "site"), (model, "whatsapp"), (register, "instagram"), (lost, "site")):
        assert 1 == len(await witness.replies(channel, said["chat"])), channel
    doubled = [event for event in await witness.journal("replied") if event.facts.get("maybe_doubled")]
    assert 1 == len(doubled)
    assert len(await witness.replies("telegram", sending["chat"])) in (1, 2)
    books = await witness.books()
    assert 5 == len(books.deals) == len(books.leads) == len(books.contacts)
    assert 5 == len(books.said()) == len(books.said("Ассистент"))
    books.check_no_doubles()
    books.check_lines_ascend()
    contact = books.deal_with("Ответ портала потерян")["contactId"]
    [found] = [row for row in (await town.control("portal/state"))["contacts"] if row["ID"] == contact]
    assert ["+79161234567"] == [row["value"] for row in found["MULTI"] if row["kind"] == "PHONE"]
    assert {"OTK_ANSWERED"} == {deal["stageId"].partition(":")[2] for deal in books.deals}


async def test_a_chat_whose_maker_was_killed_is_the_deals_only_one(witness: Witness) -> None:
    """Both workers die while the portal makes it: the next ones find it by the portal's word, long before the create
    would be settled, and go on in it."""
    town = witness.town
    await town.control("model/script", [])
    await town.control("portal/faults", {"kind": "ok", "latency_ms": 4000, "methods": ["imbot.v2.chat.add"]})
    words = "Позовите администратора, пожалуйста. Чат в пути"
    said = await town.say("telegram", "chat", words)

    async def begun() -> bool:
        texts = [await witness._redis.hget(key, "chat") for key in await witness._redis.keys(f"{keys.PREFIX}dc:*")]
        return any("attempted" in text for text in texts)

    await until(begun, 20, "no chat was begun")
    await asyncio.sleep(0.5)  # from the note to the call
    for name in ("worker0", "worker1"):
        town.kill(name)
    assert not await chats(witness)  # it is made after its makers are dead
    await until(lambda: chats(witness), 10, "the portal made no chat")
    await town.control("portal/faults", {"kind": "ok"})
    for name in ("worker0", "worker1"):
        town.start(name)
    await witness.answered("telegram", said["chat"], within=CLAIMED_WITHIN)
    await witness.settled(within=LEASE_SECONDS + 30)
    [chat] = await chats(witness)
    assert any(words in row["text"] for row in chat["messages"])


async def chats(witness: Witness) -> list[dict[str, Any]]:
    """The deals' chats, as the portal holds them."""
    found: list[dict[str, Any]] = (await witness.town.control("portal/state"))["chats"]
    return found
