"""Customers who write and a worker whose rounds are taken one by one, before the sandbox's portal over real HTTP."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from redis.asyncio import Redis

from app.domain.card import Card, Line
from app.domain.conversation import opened as conversation_of
from app.domain.decision import Turn
from app.domain.message import InboundMessage
from app.flow import setup
from app.flow.register import register
from app.jobs import Entry
from app.runtime import Runtime, opened
from app.store import keys
from bitrix import SETTLES, methods
from bitrix.methods import Entity
from sandbox.portal.faults import Faults
from tests.flow.ops_house import House, opened_house

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
MANAGER, OTHER = 1, 2
LAST_WORDS_MS = 60.0  # a killed worker's call is under way for so long


def written_by(customer: int, number: int = 1, channel: str = "telegram") -> InboundMessage:
    return InboundMessage(
        channel=channel,
        account="7",
        customer_id=str(customer),
        message_id=f"{customer}:{number}",
        sent_at=AT,
        text="Здравствуйте",
        sequence=number,
    )


@dataclass(slots=True)
class Desk:
    """Customers who write, and a worker whose rounds are taken one by one."""

    house: House
    runtime: Runtime
    redis: Redis
    written: dict[int, int] = field(default_factory=dict)  # customer → lines so far

    async def set_up(self) -> None:
        crm = self.runtime.crm
        assert crm is not None
        await setup.apply(crm, await setup.plan(crm, self.runtime.business, self.runtime.settings, ("telegram",)))
        await self.reads_scheme()

    async def reads_scheme(self) -> None:
        assert self.runtime.crm is not None
        await self.runtime.schemes.save(await self.runtime.crm.scheme(fresh=True))

    def card(self, customer: int, **fields: Any) -> Card:
        id_ = conversation_of(written_by(customer)).id
        plain = {"id": f"{id_}-1", "person_id": f"p-{id_}", "conversation_id": id_, "channel": "telegram"}
        return Card(**(plain | {"opened_at": AT, "title": f"Клиент {customer}", "assignee": MANAGER} | fields))

    async def writes(self, customer: int, who: str = "customer", **fields: Any) -> None:
        """One turn that adds one line to the card and wants it as `fields` say."""
        number = self.written[customer] = self.written.get(customer, 0) + 1
        message, card = written_by(customer, number), self.card(customer, **fields)
        await self.runtime.mailbox.accept(message)
        reading = await self.runtime.mailbox.read(card.conversation_id)
        lines = (Line(number=number, at=AT, who=who, text=f"строка {number}"),)
        turn = Turn(conversation=conversation_of(message), card=card, lines=lines)
        [entry] = [entry for entry, _ in await self.taken(keys.ANSWER)]
        assert "done" == await self.runtime.mailbox.commit(reading, entry, turn, person_id=card.person_id)

    async def taken(self, stream: str) -> list[tuple[str, str]]:
        found = await self.redis.xreadgroup(keys.GROUP, "worker", {stream: ">"})
        return [(entry.decode(), next(iter(row.values())).decode()) for _, rows in found for entry, row in rows]

    async def registers(self) -> int:
        """One round over all who wait. Returns how many HTTP calls it took."""
        before = self.http
        for stream in (keys.REGISTER_HOT, keys.REGISTER):
            await self._register(stream, await self.taken(stream))
        return self.http - before

    async def dies_in_call(self, number: int) -> bool:
        """A round whose worker is killed in its HTTP call of that number, which the portal carries out all the same.

        Another worker claims what it had. False: it had fewer calls, and lives.
        """
        until = self.http + number
        self.house.sandbox.portal.door.faults = Faults(latency_ms=LAST_WORDS_MS)
        working = asyncio.create_task(self.registers())
        while self.http < until and not working.done():
            await asyncio.sleep(LAST_WORDS_MS / 1000 / 10)
        lives = working.done()
        working.cancel()
        await asyncio.wait([working])
        await asyncio.sleep(2 * LAST_WORDS_MS / 1000)
        self.house.sandbox.portal.door.faults = Faults()
        for stream in (keys.REGISTER_HOT, keys.REGISTER):
            _, claimed, *_ = await self.redis.xautoclaim(stream, keys.GROUP, "worker", 0)
            await self._register(stream, [(id_.decode(), next(iter(row.values())).decode()) for id_, row in claimed])
        return not lives

    async def _register(self, stream: str, found: list[tuple[str, str]]) -> None:
        entries = [Entry(stream=stream, id=id_, subject=person, tries=1) for id_, person in found]
        if entries:
            await register(self.runtime, entries)

    @property
    def http(self) -> int:
        return self.house.sandbox.portal.door.desk.tally.http

    async def retries_come(self, *, settled: bool = True) -> None:
        """Every retry is due; `settled`: what was attempted lies further back than the portal could still run it."""
        async for key in self.redis.scan_iter("otklik:r:*"):
            attempted = orjson.loads(await self.redis.hget(key, "attempted") or "{}")
            if attempted and settled:
                back = round(SETTLES.total_seconds() * 1000) + 1
                moved = {name: max(0, at - back) for name, at in attempted.items()}
                await self.redis.hset(key, "attempted", orjson.dumps(moved))
        for member in await self.redis.zrange(keys.LATER, 0, -1):
            await self.redis.zadd(keys.LATER, {member: 0})
        await self.runtime.due.move()

    async def registers_all(self, seconds: float = 15) -> None:
        """Until nothing is left, also where this process leaves a troubled portal alone for a while."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            await self.registers()
            if not await self.redis.zcard(keys.LATER):
                return
            await self.retries_come()
            await asyncio.sleep(0.05)
        raise AssertionError("it never comes to rest")

    def fault(self, kind: Any, *methods_: str, count: int = 1) -> None:
        self.house.sandbox.portal.door.faults = Faults(kind=kind, count=count, methods=list(methods_))

    # --- what the portal holds

    async def has(self, entity: Entity, customer: int) -> list[dict[str, Any]]:
        card = self.card(customer)
        origin = card.person_id if entity is Entity.CONTACT else card.id
        found = await self.house.call(methods.find_by_origin(entity, "otklik", [origin]))
        rows: list[dict[str, Any]] = found["items"]
        return rows

    async def deal(self, customer: int) -> dict[str, Any]:
        [row] = await self.has(Entity.DEAL, customer)
        item: dict[str, Any] = (await self.house.portal("crm.item.get", entityTypeId=2, id=row["id"]))["item"]
        return item

    async def lines(self, customer: int) -> list[int]:
        """Numbers of the dialogue lines in the timeline, in its order."""
        deal = (await self.deal(customer))["id"]
        comments = await self.house.call(methods.comments(Entity.DEAL, deal))
        ordered = sorted(comments, key=lambda row: int(row["ID"]))
        return [int(number) for row in ordered for number in re.findall(r"(?m)^(\d+) · ", row["COMMENT"])]

    async def counts(self, customer: int) -> tuple[int, int, int]:
        found = [len(await self.has(entity, customer)) for entity in (Entity.CONTACT, Entity.LEAD, Entity.DEAL)]
        return found[0], found[1], found[2]


@asynccontextmanager
async def opened_desk(folder: Path, redis_url: str, redis_client: Redis) -> AsyncIterator[Desk]:
    """Its portal is set up."""
    async with opened_house(folder) as house, opened(house.settings(), redis_url) as runtime:
        desk = Desk(house, runtime, redis_client)
        await desk.set_up()
        yield desk
