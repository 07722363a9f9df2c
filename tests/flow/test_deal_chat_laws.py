"""A deal has one chat, whatever becomes of the call that makes it: the portal's own word of it is looked for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from redis.asyncio import Redis

from app.domain.mail import Answered
from app.flow.deal_chat import show
from app.flow.forget import carry_out, plan
from app.flow.register import register
from app.jobs import Entry
from app.runtime import opened
from app.store import keys
from app.store.cards import Overtaken
from app.store.link import StoreError
from bitrix import SETTLES
from sandbox.portal.calls import METHODS
from sandbox.portal.errors import RestError
from sandbox.portal.faults import Faults
from tests.flow.ops_house import opened_house
from tests.flow.test_portal_doors import Office

LAST_WORDS_MS = 80.0  # a killed worker's call is under way for so long
ADD, SAY = "imbot.v2.chat.add", "imbot.v2.chat.message.send"


class Front(Office):
    """The customer's second deal is in the portal and has no chat yet."""

    async def begin(self) -> None:
        await self.open()
        self.before = set(self.world.chats)
        await self.line("Ещё вопрос", id=f"{self.id}-2")
        await register(self.runtime, self.entries(keys.REGISTER, await self.taken(keys.REGISTER)))
        self.deal = max(self.world.shelves[2].cards)

    @property
    def chats(self) -> list[Any]:
        """Those of the second deal."""
        return [chat for number, chat in self.world.chats.items() if number not in self.before]

    @property
    def texts(self) -> str:
        [chat] = self.chats
        return "\n".join(row["text"] for row in chat.messages)

    def entries(self, stream: str, rows: list[tuple[str, str]], tries: int = 1) -> list[Entry]:
        return [Entry(stream=stream, id=id_, subject=subject, tries=tries) for id_, subject in rows]

    def fault(self, kind: Any, method: str = ADD, count: int | None = 1) -> None:
        self.house.sandbox.portal.door.faults = Faults(kind=kind, methods=[method], count=count)

    async def shows(self) -> None:
        """One turn of the chats whose entry nobody holds, the retries that wait included."""
        for member in await self.redis.zrange(keys.LATER, 0, -1):
            await self.redis.zadd(keys.LATER, {member: 0})
        await self.runtime.due.move()
        if rows := await self.taken(keys.DEAL_CHATS):
            await show(self.runtime, self.entries(keys.DEAL_CHATS, rows))

    async def claimed(self) -> None:
        """What a dead worker held is another's."""
        rows = await self.redis.xrange(keys.DEAL_CHATS)
        held = [(id_.decode(), next(iter(row.values())).decode()) for id_, row in rows]
        await show(self.runtime, self.entries(keys.DEAL_CHATS, held, tries=2))

    async def stored(self) -> dict[str, Any]:
        found: dict[str, Any] = orjson.loads(await self.redis.hget(f"otklik:dc:{self.id}", "chat"))
        return found

    async def time_goes_by(self) -> None:
        """What was attempted lies further back than the portal could still run it."""
        chat = await self.stored()
        (deal, at), back = chat["attempted"], round(SETTLES.total_seconds() * 1000) + 1
        chat["attempted"] = [deal, at - back]
        await self.redis.hincrby(keys.BOT, "told", -back)
        await self.redis.hset(f"otklik:dc:{self.id}", "chat", orjson.dumps(chat))

    async def dies_in_call(self, number: int) -> bool:
        """Killed in its HTTP call of that number, which the portal carries out all the same. False: it had fewer."""
        tally = self.house.sandbox.portal.door.desk.tally
        until = tally.http + number
        self.house.sandbox.portal.door.faults = Faults(latency_ms=LAST_WORDS_MS)
        working = asyncio.create_task(self.shows())
        while tally.http < until and not working.done():
            await asyncio.sleep(LAST_WORDS_MS / 1000 / 10)
        lives = working.done()
        working.cancel()
        await asyncio.wait([working])
        await asyncio.sleep(2 * LAST_WORDS_MS / 1000)
        self.house.sandbox.portal.door.faults = Faults()
        return not lives


@asynccontextmanager
async def opened_front(folder: Path, redis_url: str, redis: Redis) -> AsyncIterator[Front]:
    async with opened_house(folder) as house, opened(house.settings(), redis_url) as runtime:
        front = Front(house, runtime, redis)
        await front.begin()
        yield front


@pytest.fixture
async def front(tmp_path: Path, redis_url: str, redis_client: Redis) -> AsyncIterator[Front]:
    async with opened_front(tmp_path, redis_url, redis_client) as front:
        yield front


@pytest.mark.parametrize("kind", ["lost", "late"])
async def test_a_chat_whose_answer_was_lost_is_taken_over(front: Front, kind: str) -> None:
    """Made and never answered: it was made again, and both went on with half of the dialogue."""
    if kind == "late":
        front.runtime.crm.client._timeout_seconds = 0.5  # type: ignore[union-attr]
    front.fault(kind)
    await front.shows()
    await asyncio.sleep(0.2)
    await front.shows()
    assert 1 == len(front.chats)  # nobody has heard of it yet: it is waited for, not made again
    await front.hears()
    await front.line("Вы тут?", id=f"{front.id}-2")
    await front.shows()
    assert 1 == len(front.chats)
    assert "Вы тут?" in front.texts
    front.types("Тут, конечно")
    await front.hears()
    assert ["Тут, конечно"] == [mail.text for mail in await front.mails(Answered)]


async def test_a_worker_killed_in_any_call_leaves_one_chat(front: Front) -> None:
    for number in range(1, 5):
        died = await front.dies_in_call(number)
        if not died:
            assert 1 < number
            return
        await front.hears()
        await front.claimed()
        assert 1 == len(front.chats)
        assert "опрос" in front.texts
        front.before |= {chat.id for chat in front.chats}
        await front.line(f"Вопрос {number}", id=f"{front.id}-{2 + number}")
        await register(front.runtime, front.entries(keys.REGISTER, await front.taken(keys.REGISTER)))
    raise AssertionError("it makes more calls than anybody expects")


async def test_a_death_between_the_answer_and_its_keeping_leaves_one_chat(front: Front) -> None:
    await front.redis.delete("otklik:awaiting")
    await front.redis.set("otklik:awaiting", "of a wrong type: what is kept ends here")
    with pytest.raises(StoreError):
        await front.shows()
    await front.redis.delete("otklik:awaiting")
    await front.hears()
    await front.claimed()
    assert 1 == len(front.chats)
    [chat] = front.chats
    assert front.id == await front.runtime.talks.conversation_of(chat.id)


@pytest.mark.parametrize("kind", ["500", "away", "html"])
async def test_while_the_portal_cannot_tell_of_it_no_other_is_made(front: Front, kind: str) -> None:
    front.fault("lost")
    await front.shows()
    await front.time_goes_by()
    front.fault(kind, "imbot.v2.event.get", count=None)
    for _ in range(5):
        await front.hears()
        await front.shows()
    assert (1, True) == (len(front.chats), "attempted" in await front.stored())
    front.house.sandbox.portal.door.faults = Faults()
    await front.hears()
    await front.shows()
    assert (1, False) == (len(front.chats), "attempted" in await front.stored())


async def test_a_chat_that_was_not_made_is_made_when_the_portal_would_have_told_of_it(front: Front) -> None:
    front.fault("away")  # we do not know that it was hung up before
    await front.shows()
    await front.hears()
    await front.shows()
    assert [] == front.chats  # it may still be running
    await front.time_goes_by()
    await front.shows()
    assert [] == front.chats  # the portal was asked too early
    await front.hears()
    await front.shows()
    assert "Ещё вопрос" in front.texts


async def test_a_refusal_leaves_nothing_to_look_for(front: Front) -> None:
    front.fault("503", count=3)  # as often as the client tries
    await front.shows()
    assert "attempted" not in await front.stored()
    await front.shows()
    assert "Ещё вопрос" in front.texts


async def test_two_workers_with_one_entry_make_one_chat(front: Front) -> None:
    """One stood still for longer than its lease."""
    held = front.entries(keys.DEAL_CHATS, await front.taken(keys.DEAL_CHATS))
    ends = await asyncio.gather(*(show(front.runtime, held) for _ in range(2)), return_exceptions=True)
    assert [Overtaken] == [type(end) for end in ends if end is not None]
    assert 1 == len(front.chats)
    assert 1 == front.texts.count("Ещё вопрос")


async def test_who_was_overtaken_trims_no_line_that_nobody_showed(front: Front) -> None:
    """Both showed the first line; the entry lives on for the second."""
    await front.shows()
    await front.line("Первая", id=f"{front.id}-2")
    held = front.entries(keys.DEAL_CHATS, await front.taken(keys.DEAL_CHATS))
    front.house.sandbox.portal.door.faults = Faults(latency_ms=300)
    both = asyncio.gather(*(show(front.runtime, held) for _ in range(2)))
    await asyncio.sleep(0.3)
    await front.line("Вторая", id=f"{front.id}-2")
    await both
    assert ["Вторая"] == [line.text for line in (await front.runtime.talks.read(front.id)).lines]
    await front.claimed()
    assert "Вторая" in front.texts


async def test_half_of_what_the_portal_tells_is_not_all_of_it(front: Front) -> None:
    """Its word of the chat lies behind a hundred of the managers'; between the pages it went away."""
    for number in range(110):
        front.types(f"{number}")
    front.fault("lost")
    await front.shows()
    await front.time_goes_by()
    tally = front.house.sandbox.portal.door.desk.tally
    until, hearing = tally.http + 1, asyncio.create_task(front.hears())
    while tally.http < until:
        await asyncio.sleep(0.001)
    front.fault("500", "imbot.v2.event.get", count=None)
    assert 100 == await hearing
    await front.shows()
    assert 1 == len(front.chats)


async def test_a_chat_is_found_by_its_name_where_its_event_brings_none(front: Front) -> None:
    front.fault("lost")
    await front.shows()
    [bot] = front.world.bots.values()
    for event in bot.queue:
        event["data"]["chat"].pop("name")
    await front.hears()
    await front.shows()
    assert 1 == len(front.chats)
    assert "attempted" not in await front.stored()


async def test_a_strangers_chat_is_not_taken_over(front: Front) -> None:
    """Somebody made one of the same name and asked our bot into it."""
    front.fault("away")
    await front.shows()
    await front.time_goes_by()
    [bot] = front.world.bots.values()
    [old] = [chat for number, chat in front.world.chats.items() if number in front.before]
    data = {"bot": {"id": bot.id}, "dialogId": "chat777", "user": {"id": 5, "bot": False}}
    data["chat"] = {"id": 777, "name": f"Наша · № {front.deal}", "owner": 5}
    event = {"eventId": front.world.next_id("bot_event"), "type": "ONIMBOTV2JOINCHAT", "data": data}
    bot.queue.append(event | {"date": front.world.now().isoformat()})
    await front.hears()
    await front.shows()
    assert old not in front.chats
    assert "Ещё вопрос" in front.texts


async def test_a_new_deal_gets_a_chat_of_its_own_and_the_lost_one_is_remembered(front: Front) -> None:
    front.fault("lost")
    await front.shows()
    [lost] = front.chats
    await front.line("Совсем другое", id=f"{front.id}-3")
    await register(front.runtime, front.entries(keys.REGISTER, await front.taken(keys.REGISTER)))
    await front.shows()
    assert [lost] == front.chats
    await front.hears()
    await front.shows()
    assert 2 == len(front.chats)
    assert {chat.id for chat in front.world.chats.values()} == {*(await front.runtime.talks.read(front.id)).chat.all}


async def test_a_chat_that_was_lost_before_is_not_taken_over_again(front: Front) -> None:
    """The portal told of it, then somebody deleted it, and the answer about the next one was lost as well."""
    for _ in range(2):
        front.fault("lost")
        await front.shows()
        await front.hears()
        await front.shows()
        found = (await front.runtime.talks.read(front.id)).chat.chat_id
        assert [found] == [chat.id for chat in front.chats]
        del front.world.chats[found]
        await front.line(f"После {found}", id=f"{front.id}-2")
        await front.shows()


async def test_a_person_is_forgotten_in_a_chat_that_nobody_has_taken_over_yet(front: Front) -> None:
    front.fault("lost")
    await front.shows()
    await front.hears()
    await carry_out(front.runtime, await plan(front.runtime, front.id))
    [chat] = front.chats
    assert ("Удалено по запросу", []) == (chat.title, chat.messages)


async def test_words_that_the_portal_refuses_make_no_other_chat(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    """A chat was made for each of three tries."""

    def refuse(_: Any) -> Any:
        raise RestError("SENDING_FAILED", "Sending failed")

    monkeypatch.setitem(METHODS, SAY, replace(METHODS[SAY], run=refuse))
    for _ in range(4):
        await front.shows()
    assert 1 == len(front.chats)
    monkeypatch.undo()
    await front.line("Вы тут?", id=f"{front.id}-2")
    await front.shows()
    assert "Вы тут?" in front.texts
