"""`otklik replay`: a card that the portal refused goes again once its cause is cured, and nothing of it twice."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from redis.asyncio import Redis

from app.crm import FIELDS
from app.domain.card import Card, Line
from app.domain.conversation import opened as conversation_of
from app.domain.decision import Turn
from app.domain.message import InboundMessage
from app.domain.words import RU
from app.flow import setup
from app.flow.register import register
from app.flow.replay import letters, line, remove, replay
from app.jobs import Entry
from app.runtime import Runtime, opened
from app.store import keys
from app.store.link import StoreError
from bitrix import methods
from bitrix.methods import Entity
from tests.flow.ops_house import House, opened_house

WRITTEN = InboundMessage(
    channel="telegram",
    account="7",
    customer_id="501",
    message_id="501:1",
    sent_at=datetime(2026, 11, 22, 9, 0, tzinfo=UTC),
    text="Здравствуйте",
    sequence=1,
)
CONVERSATION = conversation_of(WRITTEN).id
PERSON = f"p-{CONVERSATION}"
WANTED_AT = FIELDS["wanted_at"][0]
CARD = Card(
    id="e-1",
    person_id=PERSON,
    conversation_id=CONVERSATION,
    channel="telegram",
    opened_at=WRITTEN.sent_at,
    title="Анна",
    wanted_at=WRITTEN.sent_at,
)


@dataclass(slots=True)
class Desk:
    """A runtime on a real Redis, before the sandbox's portal, and a hand that does a worker's steps one by one."""

    house: House
    runtime: Runtime
    redis: Redis

    async def set_up(self) -> None:
        crm = self.runtime.crm
        assert crm is not None
        await setup.apply(crm, await setup.plan(crm, self.runtime.business, self.runtime.settings, ("telegram",)))

    async def customer_writes(self) -> None:
        await self.runtime.mailbox.accept(WRITTEN)
        reading = await self.runtime.mailbox.read(CONVERSATION)
        lines = (Line(number=1, at=WRITTEN.sent_at, who="customer", text=WRITTEN.text),)
        turn = Turn(conversation=conversation_of(WRITTEN), card=CARD, lines=lines)
        [entry] = await self.entries(keys.ANSWER)
        assert "done" == await self.runtime.mailbox.commit(reading, entry, turn, person_id=PERSON)

    async def entries(self, stream: str) -> list[str]:
        found = await self.redis.xreadgroup(keys.GROUP, "worker", {stream: ">"})
        return [entry.decode() for _, rows in found for entry, _ in rows]

    async def worker_registers(self) -> int:
        """One pass over what is on the stream now. Returns how many entries there were."""
        entries = await self.entries(keys.REGISTER)
        await register(self.runtime, [Entry(stream=keys.REGISTER, id=e, subject=PERSON, tries=1) for e in entries])
        return len(entries)

    async def time_for_retries(self) -> None:
        """As if the retry were due, and nothing that was attempted could still be running in the portal."""
        card = f"otklik:r:{CONVERSATION}"
        attempted = orjson.loads(await self.redis.hget(card, "attempted") or "{}")
        await self.redis.hset(card, "attempted", orjson.dumps(dict.fromkeys(attempted, 0)))
        for member in await self.redis.zrange(keys.LATER, 0, -1):
            await self.redis.zadd(keys.LATER, {member: 0})
        await self.runtime.due.move()

    async def refused_twice(self) -> None:
        """A field of ours is a number behind our back: contact and lead stand, the deal is refused."""
        await self.set_up()
        await self.field_is("integer")
        await self.customer_writes()
        for _ in range(2):
            assert 1 == await self.worker_registers()
            await self.time_for_retries()

    async def field_is(self, kind: str) -> None:
        """«Хочет прийти» as somebody else made it."""
        found = await self.house.portal("crm.deal.userfield.list", filter={"FIELD_NAME": WANTED_AT})
        await self.house.portal("crm.deal.userfield.delete", id=found[0]["ID"])
        fields = {"FIELD_NAME": WANTED_AT, "USER_TYPE_ID": kind, "LABEL": "x"}
        await self.house.portal("crm.deal.userfield.add", fields=fields)

    async def portal_has(self, entity: Entity) -> list[dict[str, Any]]:
        origin = PERSON if entity is Entity.CONTACT else CARD.id
        found = await self.house.call(methods.find_by_origin(entity, "otklik", [origin]))
        rows: list[dict[str, Any]] = found["items"]
        return rows


@pytest.fixture
async def desk(tmp_path: Path, redis_url: str, redis_client: Redis) -> AsyncIterator[Desk]:
    async with opened_house(tmp_path) as house, opened(house.settings(), redis_url) as runtime:
        yield Desk(house, runtime, redis_client)


async def test_a_card_goes_again_after_its_cure_and_nothing_is_doubled(desk: Desk) -> None:
    await desk.refused_twice()
    [letter] = await letters(desk.runtime)
    assert ("register", PERSON) == (letter.letter["step"], letter.letter["person"])
    assert 0 == await desk.worker_registers()
    assert ([], 1, 1) == (
        await desk.portal_has(Entity.DEAL),
        len(await desk.portal_has(Entity.LEAD)),
        len(await desk.portal_has(Entity.CONTACT)),
    )
    await desk.field_is("datetime")
    assert 1 == await replay(desk.runtime)
    assert 1 == await desk.worker_registers()
    assert [1, 1, 1] == [len(await desk.portal_has(entity)) for entity in (Entity.DEAL, Entity.LEAD, Entity.CONTACT)]
    assert [] == await letters(desk.runtime)
    assert 0 == await desk.worker_registers()


async def test_a_letter_is_replayed_once(desk: Desk) -> None:
    await desk.refused_twice()
    [letter] = await letters(desk.runtime)
    assert 0 == await replay(desk.runtime, "1-1")
    assert 1 == await replay(desk.runtime, letter.id)
    assert 0 == await replay(desk.runtime, letter.id)
    assert 1 == len(await desk.entries(keys.REGISTER))


async def test_what_is_still_refused_becomes_a_letter_again(desk: Desk) -> None:
    await desk.refused_twice()
    [before] = await letters(desk.runtime)
    await replay(desk.runtime)
    for _ in range(2):
        assert 1 == await desk.worker_registers()
        await desk.time_for_retries()
    [after] = await letters(desk.runtime)
    assert (before.letter, True) == (after.letter, before.id != after.id)


async def test_a_letter_of_a_card_that_is_no_more_is_not_replayed(desk: Desk) -> None:
    letter = {"step": "register", "person": "p-x", "reason": "deal: x"}
    await desk.runtime.dead_letters.add("telegram:7:404", letter)
    assert 0 == await replay(desk.runtime)
    assert 0 == len(await desk.entries(keys.REGISTER))


async def test_answers_and_sends_are_shown_and_stay_until_they_are_removed(desk: Desk) -> None:
    add = desk.runtime.dead_letters.add
    answer = await add(CONVERSATION, {"step": "answer", "tries": 5, "mails": []})
    send = await add(CONVERSATION, {"step": "send", "reason": "token", "outbox_id": "o", "detail": "Unauthorized"})
    other = await add(CONVERSATION, {"step": "later", "reason": "unknown"})
    assert 0 == await replay(desk.runtime)
    told = {letter.id: line(letter) for letter in await letters(desk.runtime)}
    assert "обрывалась, раз: 5;" in told[answer]
    assert "(Unauthorized)" in told[send]
    assert "шаг later" in told[other]
    assert await remove(desk.runtime, send)
    assert not await remove(desk.runtime, send)
    assert [answer, other] == [letter.id for letter in await letters(desk.runtime)]


async def test_the_script_survives_keys_of_a_wrong_type_untouched(desk: Desk) -> None:
    await desk.refused_twice()
    [letter] = await letters(desk.runtime)
    for key in (f"otklik:p:{PERSON}", f"otklik:pd:{PERSON}", keys.REGISTER, f"otklik:r:{CONVERSATION}"):
        kept = await desk.redis.dump(key)
        await desk.redis.set(key, "wrong")
        with pytest.raises(StoreError, match="BADTYPE"):
            await replay(desk.runtime, letter.id)
        await desk.redis.delete(key)
        if kept is not None:
            await desk.redis.restore(key, 0, kept)
        assert [letter] == await letters(desk.runtime)


async def test_every_line_is_told_in_both_languages(desk: Desk) -> None:
    await desk.refused_twice()
    [letter] = await letters(desk.runtime)
    assert f"otklik replay {letter.id}" in line(letter, RU)
    assert "the portal refused twice (deal: " in line(replace(letter), "en")
