"""Redis is wiped in the middle of a day: the cards bring persons, owners and clocks back before the door opens."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from app.domain.conversation import Conversation, Owner
from app.domain.message import InboundMessage, Phone
from app.domain.sla import Clock
from app.flow import setup
from app.flow.answer import answer
from app.flow.rebuild import end_blindness, until_born
from app.flow.register import register
from app.jobs import Entry
from app.runtime import Runtime, opened
from app.store import keys
from app.store.link import StoreError
from bitrix.methods import Entity
from sandbox.portal.faults import Faults
from tests.flow.ops_house import House, opened_house

SOON = timedelta(milliseconds=50)
PHONE = Phone(number="+79995550101", proven=True)


def message(customer: int, number: int = 1, text: str = "Сколько стоит маникюр?", **fields: Any) -> InboundMessage:
    own: dict[str, Any] = {"channel": "telegram", "account": "7", "sent_at": datetime.now(UTC), "sequence": number}
    return InboundMessage(customer_id=str(customer), message_id=f"{customer}:{number}", text=text, **(own | fields))


@dataclass(slots=True)
class Day:
    """Customers who write to a house of one worker, whose turns are taken by hand."""

    house: House
    runtime: Runtime
    redis: Redis

    async def comes(self, *messages: InboundMessage) -> None:
        """What they write is answered and registered."""
        await asyncio.gather(*(self.runtime.mailbox.accept(each) for each in messages))
        await self.works()

    async def answers(self) -> None:
        entries = await self._taken(keys.ANSWER)
        await asyncio.gather(*(answer(self.runtime, entry.subject, entry.id, 1) for entry in entries))

    async def works(self) -> None:
        await self.answers()
        for stream in (keys.REGISTER_HOT, keys.REGISTER):
            if found := await self._taken(stream):
                await register(self.runtime, found)

    async def _taken(self, stream: str) -> list[Entry]:
        found = await self.redis.xreadgroup(keys.GROUP, "worker", {stream: ">"})
        return [
            Entry(stream=stream, id=entry.decode(), subject=next(iter(row.values())).decode(), tries=1)
            for _, rows in found
            for entry, row in rows
        ]

    async def wipe(self) -> None:
        await self.redis.flushall()
        with pytest.raises(StoreError, match="WIPED"):
            await self.runtime.mailbox.accept(message(1))

    async def conversations(self) -> dict[str, tuple[Owner, Conversation]]:
        found = {}
        async for key in self.redis.scan_iter("otklik:c:*"):
            reading = await self.runtime.mailbox.read(key.decode().removeprefix("otklik:c:"))
            assert reading.conversation is not None
            found[reading.id] = (reading.owner, reading.conversation)
        return found

    def portal_is(self, kind: Any) -> None:
        self.house.sandbox.portal.door.faults = Faults(kind=kind, methods=["*"])

    def count(self, entity: Entity) -> int:
        return len(self.house.sandbox.portal.world.shelves[entity])


@pytest.fixture
async def day(tmp_path: Path, redis_url: str, redis_client: Redis) -> AsyncIterator[Day]:
    async with opened_house(tmp_path) as house, opened(house.settings(), redis_url) as runtime:
        crm = runtime.crm
        assert crm is not None
        await setup.apply(crm, await setup.plan(crm, runtime.business, runtime.settings, ("telegram",)))
        yield Day(house, runtime, redis_client)


def clocks_of(conversation: Conversation) -> tuple[Clock, ...]:
    assert conversation.enquiry is not None
    return conversation.enquiry.clocks


def lines_of(conversation: Conversation) -> int:
    return conversation.enquiry.lines if conversation.enquiry else 0


@pytest.mark.parametrize("people", [8, pytest.param(300, marks=[pytest.mark.slow, pytest.mark.timeout(300)])])
async def test_no_deadline_is_lost_and_no_card_doubled(day: Day, people: int) -> None:
    """Each eighth conversation is a person's when the store is wiped."""
    customers = range(1, people + 1)
    await day.comes(*(message(customer) for customer in customers))
    taken = sorted(await day.conversations())[::8]
    for each in taken:
        await day.runtime.mailbox.answer(each, "telegram", f"m-{each}", "Это Ольга", 1, datetime.now(UTC))
    await day.works()
    before = await day.conversations()
    assert set(taken) == {id_ for id_, (owner, _) in before.items() if owner is Owner.PERSON}
    await day.wipe()
    await until_born(day.runtime)
    after = await day.conversations()
    assert {id_: clocks_of(each) for id_, (_, each) in before.items()} == {
        id_: clocks_of(each) for id_, (_, each) in after.items()
    }
    assert {id_: owner for id_, (owner, _) in before.items()} == {id_: owner for id_, (owner, _) in after.items()}
    assert set(before) == {member.decode() for member in await day.redis.zrange(keys.DUE, 0, -1)}
    await day.runtime.due.move()
    await day.comes(*(message(customer, 2, "А педикюр?") for customer in customers))
    assert {people} == {day.count(entity) for entity in (Entity.CONTACT, Entity.LEAD, Entity.DEAL)}


async def test_what_the_card_holds_is_not_answered_again_and_what_is_new_is(day: Day) -> None:
    first = message(1)
    await day.comes(first)
    [(owner, before)] = (await day.conversations()).values()
    await day.wipe()
    await until_born(day.runtime)
    await day.comes(first)
    [(_, after)] = (await day.conversations()).values()
    assert (owner, 0) == (Owner.BOT, await day.redis.llen(f"otklik:o:{before.id}"))
    assert lines_of(before) == lines_of(after)
    await day.comes(message(1, 2, "А педикюр?"))
    assert 1 == await day.redis.llen(f"otklik:o:{before.id}")


async def test_a_person_is_known_again_by_their_proven_phone(day: Day) -> None:
    await day.comes(message(1, name="Анна", phone=PHONE))
    [(_, before)] = (await day.conversations()).values()
    await day.wipe()
    await until_born(day.runtime)
    [(_, after)] = (await day.conversations()).values()
    assert ("Анна", PHONE, before.person_id) == (after.name, after.phone, after.person_id)
    await day.comes(message(2, channel="whatsapp", phone=PHONE))
    assert {before.person_id} == {each.person_id for _, each in (await day.conversations()).values()}
    assert 1 == day.count(Entity.CONTACT)


async def test_with_the_portal_away_too_the_door_opens_and_creates_look_up_first(day: Day) -> None:
    await day.comes(message(1), message(2))
    before = await day.conversations()
    await day.wipe()
    day.portal_is("away")
    await until_born(day.runtime, blind_after=SOON)
    assert {} == await day.conversations()
    day.portal_is("ok")
    await day.comes(message(1, 2, "А педикюр?"))
    assert {2} == {day.count(entity) for entity in (Entity.CONTACT, Entity.LEAD, Entity.DEAL)}
    await end_blindness(day.runtime)
    after = await day.conversations()
    assert set(before) == set(after)
    assert not await day.redis.exists(keys.BLIND)


async def test_a_store_that_never_had_a_card_is_born_at_once(tmp_path: Path, redis_url: str) -> None:
    async with opened_house(tmp_path) as house, opened(house.settings(), redis_url, prepare=False) as runtime:
        await until_born(runtime)
        assert "accepted" == (await runtime.mailbox.accept(message(1))).outcome


async def test_a_card_whose_state_somebody_broke_stops_nobody(day: Day) -> None:
    await day.comes(message(1), message(2))
    deal = next(iter(day.house.sandbox.portal.world.shelves[Entity.DEAL].ids))
    fields = {"UF_CRM_OTKLIK_STATE": "{"}
    await day.house.portal("crm.item.update", entityTypeId=2, id=deal, fields=fields, useOriginalUfNames="Y")
    await day.wipe()
    await until_born(day.runtime)
    assert 1 == len(await day.conversations())
