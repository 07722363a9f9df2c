"""What raises whenever it runs: put aside, seen by `otklik replay`, and on its way again after it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import orjson
import pytest
from redis.asyncio import Redis

from app.domain.words import RU
from app.flow import replay
from app.jobs import Role
from app.runtime import Runtime
from app.store import keys
from tests.flow.diary_house import DiaryHouse, opened_diary
from tests.flow.register_desk import Desk, opened_desk
from tests.workers.crew import eventually
from workers.roles import ROLES
from workers.streams import Consumer

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def desk(tmp_path: Path, redis_url: str, redis_client: Redis) -> AsyncIterator[Desk]:
    async with opened_desk(tmp_path, redis_url, redis_client) as desk:
        yield desk


@asynccontextmanager
async def working(runtime: Runtime, is_mine: Callable[[Role], bool]) -> AsyncIterator[None]:
    consumers = [Consumer(runtime, role) for role in ROLES if is_mine(role)]
    running = [asyncio.create_task(consumer.run()) for consumer in consumers]
    try:
        yield
    finally:
        for consumer in consumers:
            consumer.stop()
        await asyncio.gather(*running)


async def test_a_card_that_cannot_be_read_holds_up_nobody_and_goes_on_once_it_can(desk: Desk) -> None:
    for customer in range(4):
        await desk.writes(customer)
    broken = f"otklik:r:{desk.card(2).conversation_id}"
    whole = await desk.redis.hget(broken, "card")
    await desk.redis.hset(broken, "card", b'{"title": "+79991234567"}')

    async with working(desk.runtime, lambda role: role.name == "register"):
        await eventually(lambda: in_crm(desk, 0, 1, 3), 8)
        await eventually(lambda: desk.redis.xlen(keys.DEAD), 60)
        assert 0 == await desk.redis.xlen(keys.REGISTER)
        [letter] = await replay.letters(desk.runtime)
        assert replay.can_go(letter)
        told = replay.line(letter, RU)
        assert ("register", False) == (letter.letter["step"], "7999" in told)
        await desk.redis.hset(broken, "card", whole)
        assert 1 == await replay.replay(desk.runtime)
        assert [] == await replay.letters(desk.runtime)
        await eventually(lambda: in_crm(desk, 2), 8)


async def test_a_command_that_always_raises_hands_its_customer_to_a_person(tmp_path: Path, redis_url: str) -> None:
    async with opened_diary(tmp_path, redis_url) as diary:
        for customer in ("Ольга", "Ирина"):
            await diary.say(customer, "Хочу маникюр завтра после обеда")
        await diary.say("Ольга", "второе", run=False)
        async with working(diary.runtime, lambda role: role.name == "answer"):
            await eventually(lambda: diary.runtime.link.command("XLEN", keys.BOOK), 10)
        [[entry, [_, text]]] = await diary.runtime.link.command("XRANGE", keys.BOOK, "-", "+")
        command = orjson.loads(text)
        del command["slot"]
        await diary.runtime.link.command("XDEL", keys.BOOK, entry)
        await diary.runtime.link.command("XADD", keys.BOOK, "*", "b", orjson.dumps(command).decode())
        assert (await diary.conversation("Ольга")).pending
        async with working(diary.runtime, lambda role: role.name in ("answer", "book", "send")):
            await diary.say("Ирина", "первое", run=False)
            await eventually(lambda: diary.runtime.link.command("XLEN", keys.DEAD), 60)
            await eventually(lambda: is_free(diary), 10)
        enquiry = (await diary.conversation("Ольга")).enquiry
        assert enquiry is not None
        assert enquiry.handed_over
        assert ["Ирина"] == [booking["name"].partition(" ")[0] for booking in await diary.bookings()]
        [letter] = await replay.letters(diary.runtime)
        assert ("book", diary.id("Ольга"), False) == (
            letter.letter["step"],
            letter.conversation_id,
            replay.can_go(letter),
        )


async def is_free(diary: DiaryHouse) -> bool:
    """Nothing of Ольга's is under way."""
    return (await diary.conversation("Ольга")).pending is None


async def in_crm(desk: Desk, *customers: int) -> bool:
    return all([await desk.counts(customer) == (1, 1, 1) for customer in customers])
