"""The webhook alone: a manager answers, presses and calls in the portal, and never opens a second screen."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from app.flow.bot import NONE_SECONDS
from app.flow.town import Town
from tests.e2e.witness import Witness, until, watched

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]

CHANNELS = ("telegram", "whatsapp", "instagram", "site")
SHOWN_SECONDS = 3.0  # the manager sees the customer's next message within (issue 3)


class Office(Witness):
    """A town whose portal is set up, seen from a manager's page."""

    async def chat_of(self, words: str, *, within: float = 15.0) -> dict[str, Any]:
        """The deal's chat of whoever said this, as soon as it stands."""

        async def look() -> dict[str, Any] | None:
            state = await self.town.control("portal/state")
            deal = next((deal for deal in state["deals"] if words in str(deal["COMMENTS_LIST"])), None)
            chats = state["chats"] if deal else []
            return next((c for c in chats if c["messages"] and c["title"].endswith(f"№ {deal['ID']}")), None)

        found: dict[str, Any] = await until(look, within, self._state)
        return found

    async def shows(self, words: str, shown: str, *, within: float) -> float:
        """Seconds until the chat shows these words."""
        began = time.monotonic()

        async def look() -> bool:
            return any(shown in row["text"] for row in (await self.chat_of(words))["messages"])

        await until(look, within, self._state, every=0.05)
        return time.monotonic() - began

    async def types(self, words: str, text: str, **deed: Any) -> None:
        chat = await self.chat_of(words)
        await self.town.control("portal/chat", {"user": chat["members"][-1], "chat": chat["id"], "text": text, **deed})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office() -> AsyncIterator[Office]:
    async with watched(Town()) as witness:
        office = Office(witness.town, witness._redis, witness._portal)
        await office.otklik("setup", "--yes")
        await asyncio.sleep(NONE_SECONDS)  # until the worker asks again for its bot
        yield office


async def test_a_manager_answers_in_the_deals_chat_and_the_bot_is_silent(office: Office) -> None:
    """In each of the four channels, all at the same time."""
    await asyncio.gather(*(_through(office, channel) for channel in CHANNELS))


async def _through(office: Office, channel: str) -> None:
    words = f"Позовите администратора, пожалуйста. Пишу из {channel}"
    said = await office.town.say(channel, f"chat-{channel}", words, name="Ирина")
    await office.answered(channel, said["chat"], within=6)
    chat = await office.chat_of(words)
    opening = chat["messages"][0]
    assert all(part in opening["text"] for part in ("Кто:", "Что:", "Когда:", "Обещано:", "Не хватает:"))
    assert ["accept", "bot", "dismiss"] == [button["COMMAND"] for button in opening["keyboard"]]
    await office.types(words, "Ирина, [b]здравствуйте[/b]! Это Анна")
    await office.types(words, "// коллеги, это постоянный клиент")
    replies = await office.answered(channel, said["chat"], within=10, count=2)
    marks = "*" if channel == "whatsapp" else ""
    assert f"Ирина, {marks}здравствуйте{marks}! Это Анна" == replies[-1].text
    asked = f"А сколько стоит педикюр? {channel}"
    await office.town.say(channel, f"chat-{channel}", asked)
    assert await office.shows(words, asked, within=10) <= SHOWN_SECONDS
    await office.settled(within=30)
    assert 2 == len(await office.replies(channel, said["chat"]))


async def test_buttons_and_the_board_move_the_conversation(office: Office) -> None:
    words = "Хочу поговорить с человеком про стрижку"
    said = await office.town.say("telegram", "buttons", words, name="Пётр")
    await office.answered("telegram", said["chat"], within=6)
    await office.types(words, "", do="press", command="accept")
    await office.shows(words, "Менеджер принял обращение", within=10)
    deal = await office.deal_when(words, lambda _: True)
    deed = {"user": 3, "id": deal["id"]}
    other = 9 if deal["assignedById"] != 9 else 7
    await office.town.control("portal/human", deed | {"do": "assign", "to": other})
    await office.shows(words, "Ответственный сменён", within=20)  # beside a change of ours
    assert other in (await office.chat_of(words))["members"]
    await office.types(words, "", do="press", command="bot")
    await office.shows(words, "Диалог возвращён ассистенту", within=10)
    await office.town.say("telegram", "buttons", "А сколько стоит маникюр?")
    await office.answered("telegram", said["chat"], within=6, count=2)
    await office.town.control("portal/human", deed | {"do": "lost"})
    await until(lambda: _closed(office, "lost"), 10, "the lost deal did not end the enquiry")
    await office.town.say("telegram", "buttons", "Здравствуйте, хочу на маникюр завтра")
    await office.answered("telegram", said["chat"], within=6, count=3)

    async def two() -> bool:
        deals = (await office.books()).deals
        return 2 == len([found for found in deals if found["originId"].startswith(_origin(deal))])

    await until(two, 10, "a closed deal's customer got no new deal")


async def test_a_call_answers_the_customer_and_silences_the_bot(office: Office) -> None:
    words = "Здравствуйте, подскажите по ботоксу волос"
    said = await office.town.say("telegram", "called", words, name="Олег")
    await office.answered("telegram", said["chat"], within=6)
    deal = await office.deal_when(words, lambda _: True)
    for seconds in (0, 45):  # not taken, then taken
        await office.town.control("portal/human", {"user": 5, "id": deal["id"], "do": "call", "seconds": seconds})
        await asyncio.sleep(1.5)
        answered = [event for event in await office.journal("replied") if event.facts["by"] == "human"]
        mine = [event for event in answered if deal["originId"].startswith(event.conversation_id)]
        assert (1 if seconds else 0) == len(mine)
    before = len(await office.replies("telegram", said["chat"]))
    await office.town.say("telegram", "called", "Спасибо! Сколько стоит педикюр?")
    await office.settled(within=30)
    assert before == len(await office.replies("telegram", said["chat"]))


def _origin(deal: dict[str, Any]) -> str:
    return str(deal["originId"]).rpartition("-")[0]


async def _closed(office: Office, reason: str) -> bool:
    return any(event.facts["reason"] == reason for event in await office.journal("closed"))
