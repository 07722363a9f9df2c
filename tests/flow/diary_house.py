"""The whole way of a booking in one process: real Redis, the flows that workers run, the sandbox's portal over HTTP."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from app.domain.conversation import Conversation, conversation_id
from app.domain.message import InboundMessage, Kind
from app.domain.words import RU, say
from app.flow.answer import answer
from app.flow.book import book
from app.flow.diary_news import compare_if_changed
from app.flow.register import register
from app.flow.send import send
from app.jobs import Entry
from app.runtime import Runtime, opened
from app.store import keys
from tests.flow.ops_house import House, opened_house

SITE = {"SITE_WEBHOOK_SECRET": "diary-site-secret"}
INVITES = say("invite_asks", RU)
FROM = datetime(2031, 3, 3, 6, 0, tzinfo=UTC)  # a Monday, 09:00 in Moscow: the salon opens in an hour


@dataclass(slots=True)
class DiaryHouse:
    """Customers of the site's chat, by name. `resources`: ours → the portal's id."""

    house: House
    runtime: Runtime
    resources: Mapping[str, int]
    said: dict[str, int] = field(default_factory=dict)

    async def say(self, customer: str, text: str, *, payload: str = "", run: bool = True) -> str:
        """Says it, lets the house work, and gives the newest answer."""
        number = self.said[customer] = self.said.get(customer, 0) + 1
        message = InboundMessage(
            channel="site",
            account="site",
            customer_id=customer,
            message_id=f"{customer}:{number}",
            sent_at=await self.runtime.now(),
            kind=Kind.BUTTON,  # nothing follows a button at once: the quiet window is not waited for
            text=text,
            payload=payload,
            name=customer,
        )
        await self.runtime.mailbox.accept(message)
        if not run:
            return ""
        await self.works()
        return await self.heard(customer)

    async def heard(self, customer: str) -> str:
        """The newest that was said, but for the question that follows a booking."""
        history = (await self.conversation(customer)).history
        return next((text for who, text in reversed(history) if who == "assistant" and text != INVITES), "")

    async def conversation(self, customer: str) -> Conversation:
        found = (await self.runtime.mailbox.read(self.id(customer))).conversation
        assert found is not None
        return found

    def id(self, customer: str) -> str:
        return conversation_id("site", "site", customer)

    async def works(self, rounds: int = 12) -> None:
        """Every stream until all are quiet, as one worker would."""
        for _ in range(rounds):
            entries = {stream: await self._taken(stream) for stream in keys.STREAMS}
            if not any(entries.values()):
                return
            for entry in entries[keys.ANSWER]:
                await answer(self.runtime, entry.subject, entry.id, 1)
            await asyncio.gather(*(book(self.runtime, entry) for entry in entries[keys.BOOK]))
            for entry in entries[keys.SEND]:
                await send(self.runtime, entry.subject, entry.id, 1)
            for stream in (keys.REGISTER_HOT, keys.REGISTER):
                if entries[stream]:
                    await register(self.runtime, entries[stream])

    async def news(self) -> None:
        """What the schedule looks for every two seconds, and what follows from it."""
        await compare_if_changed(self.runtime)
        await self.works()

    async def retries(self) -> None:
        """What waits for another try is due, and done."""
        for member in await self.runtime.link.command("ZRANGE", keys.LATER, 0, -1):
            await self.runtime.link.command("ZADD", keys.LATER, 0, member)
        await self.runtime.due.move()
        await self.works()

    async def bookings(self) -> list[dict[str, Any]]:
        shown: list[dict[str, Any]] = self.house.sandbox.portal.snapshot()["diary"]["bookings"]
        return shown

    async def person(self, **act: Any) -> None:
        """Somebody works in the portal's day view."""
        async with httpx.AsyncClient() as http:
            (await http.post(f"{self.house.url}/_sandbox/portal/diary", json=act)).raise_for_status()

    def portal_calls(self, method: str) -> int:
        tally = self.house.sandbox.portal.door.desk.tally
        return tally.single[method.lower()] + tally.batched[method.lower()]

    async def forward(self, span: timedelta) -> None:
        await self.runtime.link.command("INCRBY", keys.OFFSET, round(span / timedelta(milliseconds=1)))

    async def _taken(self, stream: str) -> list[Entry]:
        found = await self.runtime.link.command(
            "XREADGROUP", "GROUP", keys.GROUP, "worker", "COUNT", 500, "STREAMS", stream, ">"
        )
        return [
            Entry(stream=stream, id=entry, subject=fields[1], tries=1)
            for _, rows in found or []
            for entry, fields in rows
        ]


@asynccontextmanager
async def opened_diary(folder: Path, redis_url: str, **variables: str) -> AsyncIterator[DiaryHouse]:
    async with opened_house(folder) as house, opened(house.settings(SITE | variables), redis_url) as runtime:
        now = datetime.now(UTC)
        await runtime.link.command("SET", keys.OFFSET, round((FROM - now) / timedelta(milliseconds=1)))
        kind = (await house.portal("booking.v1.resourceType.add", fields={"name": "Отклик", "code": "otklik"}))["id"]
        resources = {}
        for resource in runtime.business.resources:
            fields = {"name": resource.name, "typeId": kind}
            resources[resource.id] = (await house.portal("booking.v1.resource.add", fields=fields))["id"]
        yield DiaryHouse(house, runtime, resources)
