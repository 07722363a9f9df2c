"""A call into the open line whose end nobody saw: what stands in the chat is looked for before it is said again."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from app.domain.card import Card, Line
from app.domain.conversation import opened as conversation_of
from app.domain.decision import Turn
from app.flow import setup
from app.flow.line_hear import hear, sweep_lines
from app.flow.line_talk import talk
from app.flow.register import register
from app.jobs import Entry
from app.runtime import Runtime, opened
from app.store import birth, keys
from app.store.link import Link, StoreError
from bitrix import methods
from sandbox.portal.faults import Faults
from tests.flow.ops_house import opened_house
from tests.flow.test_application import Application
from tests.store.conftest import message

LAST_WORDS_MS = 80.0  # a killed worker's call is under way for so long


@dataclass(slots=True)
class Desk:
    """One customer, whose dialogue goes on in the open line."""

    application: Application
    runtime: Runtime
    redis: Redis
    lines: int = 0

    @property
    def portal(self) -> Any:
        return self.application.house.sandbox.portal

    @property
    def id(self) -> str:
        return conversation_of(message()).id

    async def line(self, text: str) -> None:
        """A turn that adds one line to the dialogue."""
        self.lines += 1
        inbound = message(message_id=text)
        await self.runtime.mailbox.accept(inbound)
        reading = await self.runtime.mailbox.read(self.id)
        plain = {"id": f"{self.id}-1", "person_id": "p-1", "conversation_id": self.id, "channel": "telegram"}
        turn = Turn(
            conversation=conversation_of(inbound),
            card=Card(**plain, opened_at=inbound.sent_at, title="Анна"),
            lines=(Line(number=self.lines, at=inbound.sent_at, who="customer", text=text),),
        )
        [(entry, _)] = await self.taken(keys.ANSWER)
        assert "done" == await self.runtime.mailbox.commit(reading, entry, turn, person_id="p-1")
        cards = [
            Entry(stream=keys.REGISTER, id=id_, subject=one, tries=1) for id_, one in await self.taken(keys.REGISTER)
        ]
        await register(self.runtime, cards)

    async def taken(self, stream: str) -> list[tuple[str, str]]:
        found = await self.redis.xreadgroup(keys.GROUP, "worker", {stream: ">"})
        return [(entry.decode(), next(iter(row.values())).decode()) for _, rows in found for entry, row in rows]

    async def talks(self, tries: int = 1) -> None:
        if tries == 1:
            await self.taken(keys.TALK)
        rows = await self.redis.xrange(keys.TALK)
        entries = [
            Entry(stream=keys.TALK, id=id_.decode(), subject=next(iter(row.values())).decode(), tries=tries)
            for id_, row in rows
        ]
        await asyncio.wait_for(talk(self.runtime, entries), 20)

    async def dies_in_call(self, number: int) -> bool:
        """Killed in its HTTP call of that number, which the portal carries out all the same. False: it had fewer."""
        tally = self.portal.door.desk.tally
        until = tally.http + number
        self.portal.door.faults = Faults(latency_ms=LAST_WORDS_MS)
        talking = asyncio.create_task(self.talks())
        while tally.http < until and not talking.done():
            await asyncio.sleep(LAST_WORDS_MS / 1000 / 10)
        lives = talking.done()
        talking.cancel()
        await asyncio.wait([talking])
        await asyncio.sleep(2 * LAST_WORDS_MS / 1000)
        self.portal.door.faults = Faults()
        return not lives

    async def bindings(self) -> list[str]:
        """User codes that the customer's contact carries."""
        assert self.runtime.crm is not None
        number = await self.runtime.cards.contact_of("p-1")
        assert number is not None
        contact = (await self.runtime.crm.client.call(methods.contact_get(number))).value
        return [row["VALUE"] for row in contact.get("IM") or ()]

    @property
    def shown(self) -> list[str]:
        return [row.text for chat in self.portal.world.lines.chats.values() for row in chat.messages]


@pytest.fixture
async def desk(tmp_path: Path, redis_url: str, redis_client: Redis) -> AsyncIterator[Desk]:
    link = Link(redis_url)
    await birth.open_store(link)
    async with opened_house(tmp_path) as house:
        application = Application(house, link, redis_url)
        await application.install()
        await setup.apply(application.crm(), await application.plan(), application.lines)
        async with opened(application.settings(), redis_url) as runtime:
            yield Desk(application, runtime, redis_client)
    await link.close()


async def test_a_first_line_whose_answer_was_lost_is_found_by_the_customers_code(desk: Desk) -> None:
    """Nobody knows the chat yet: it is asked for by whose it is."""
    await desk.line("Здравствуйте")
    desk.portal.door.faults = Faults(kind="lost", methods=["imconnector.send.messages"], count=1)
    await desk.talks()
    await desk.line("Есть место завтра?")
    await desk.talks()
    assert ["Здравствуйте", "Есть место завтра?"] == desk.shown
    [chat] = desk.portal.world.lines.chats
    assert {chat: desk.id} == await desk.runtime.lines.of_chats([chat])  # else an operator's answer is nobody's


async def test_a_chat_is_known_by_its_number_before_it_counts_as_known(desk: Desk) -> None:
    """Else whoever dies in between leaves a chat whose operators nobody hears."""
    await desk.redis.set(keys.LINE_CHATS, "of a wrong type: what is kept ends here")
    await desk.line("Здравствуйте")
    with pytest.raises(StoreError):
        await desk.talks()
    await desk.redis.delete(keys.LINE_CHATS)
    await desk.talks(tries=2)
    assert ["Здравствуйте"] == desk.shown
    [chat] = desk.portal.world.lines.chats
    assert {chat: desk.id} == await desk.runtime.lines.of_chats([chat])


async def test_a_dialogue_that_is_over_is_not_swept_until_its_customer_writes_again(desk: Desk) -> None:
    """The set grew for ever: each chat was read again as long as the portal stood."""
    await desk.line("Здравствуйте")
    await desk.talks()
    [chat] = await swept(desk)
    entry = Entry(stream=keys.LINE_HINTS, id="1-1", subject=f'{{"chat": {chat}, "finished": true}}', tries=1)
    await hear(desk.runtime, [entry])
    assert [] == await swept(desk)
    assert {chat: desk.id} == await desk.runtime.lines.of_chats([chat])  # an event still finds its customer
    await desk.line("Ещё вопрос")
    await desk.talks()
    assert [chat] == await swept(desk)


async def test_a_chat_is_forgotten_with_what_was_kept_of_it_and_never_before(desk: Desk) -> None:
    await desk.line("Здравствуйте")
    await desk.talks()
    [chat] = await swept(desk)
    await desk.runtime.lines.take(desk.id, 17, "hash")
    await desk.redis.expire(f"otklik:line:took:{desk.id}", 60)
    await desk.line("Ещё вопрос")
    await desk.talks()
    assert 60 < await desk.redis.ttl(f"otklik:line:took:{desk.id}")  # else an operator's old words would go out again
    await sweep_lines(desk.runtime)
    assert [chat] == await swept(desk)
    await desk.redis.delete(f"otklik:line:talk:{desk.id}")  # ninety days later
    await sweep_lines(desk.runtime)
    assert ([], {}) == (await swept(desk), await desk.runtime.lines.of_chats([chat]))


async def swept(desk: Desk) -> list[int]:
    return [int(chat) for chat in await desk.redis.zrange(keys.LINE_SWEEP, 0, -1)]


async def test_a_line_whose_worker_was_killed_is_not_said_again(desk: Desk) -> None:
    said: list[str] = []
    for number in range(1, 5):
        said.append(f"строка {number}")
        await desk.line(said[-1])
        died = await desk.dies_in_call(number)
        if died:
            await desk.talks(tries=2)
        assert said == desk.shown
        if not died:
            return
    raise AssertionError("it makes more calls than anybody expects")


async def test_a_contact_is_bound_to_its_chat_once_however_often_the_line_refuses(desk: Desk) -> None:
    """The portal adds a row each time it is told one."""
    [link] = desk.portal.world.lines.links.values()
    link.active = False
    await desk.line("Здравствуйте")
    talking = asyncio.create_task(desk.talks())
    await asyncio.sleep(3)
    link.active = True
    await talking
    assert ["Здравствуйте"] == desk.shown
    assert 1 == len(await desk.bindings())


async def test_a_contact_whose_binding_was_not_answered_is_not_bound_again(desk: Desk) -> None:
    await desk.line("Здравствуйте")
    assert await desk.dies_in_call(1)
    await desk.talks(tries=2)
    assert 1 == len(await desk.bindings())
