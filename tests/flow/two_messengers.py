"""One person with a telephone, in Telegram and in WhatsApp: the flows that workers run, the sandbox over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import orjson

from app.domain.booking import Part, Slot
from app.domain.conversation import Conversation, Enquiry, conversation_id
from app.domain.decision import Turn
from app.domain.message import Author, InboundMessage, Kind, Phone
from app.domain.visits.reminders import planned
from app.domain.visits.visit import Visit
from app.flow import setup
from app.flow.answer import answer
from app.flow.handoff import read_comments
from app.flow.portal_news import read_deals
from app.flow.register import register
from app.flow.send import send
from app.jobs import Entry
from app.runtime import Runtime, opened
from app.store import keys
from app.store.mailbox import Accepted
from bitrix import SETTLES, methods
from bitrix.methods import Entity
from sandbox.portal.human import Deed, perform
from tests.flow.ops_house import TELEGRAM, WHATSAPP, House, opened_house

BOT, NUMBER = "7000000001", WHATSAPP["WHATSAPP_PHONE_NUMBER_ID"]
FROM = datetime(2031, 3, 3, 9, 0, tzinfo=UTC)  # a Monday noon in Moscow: the salon is open
ANNA = 5  # who works in the portal
WORK = (keys.ANSWER, keys.SEND, keys.REGISTER_HOT, keys.REGISTER)
PRICE = "Сколько стоит маникюр?"


@dataclass(slots=True)
class Two:
    """`who`: number of the person; each has a telephone and an account of their own."""

    house: House
    runtime: Runtime
    who: int = 1
    number: int = 0

    @property
    def phone(self) -> Phone:
        return Phone(number=f"+7999555{self.who:04}", proven=True)

    @property
    def in_telegram(self) -> str:
        return conversation_id("telegram", BOT, self.customer("telegram"))

    @property
    def in_whatsapp(self) -> str:
        return conversation_id("whatsapp", NUMBER, self.customer("whatsapp"))

    def customer(self, channel: str) -> str:
        return str(500 + self.who) if channel == "telegram" else self.phone.number[1:]

    # --- the customer

    async def telegram(self, text: str = PRICE, **fields: Any) -> Accepted:
        return await self._says("telegram", BOT, text, fields)

    async def whatsapp(self, text: str = PRICE, **fields: Any) -> Accepted:
        return await self._says("whatsapp", NUMBER, text, {"phone": self.phone} | fields)

    async def shares_phone(self) -> None:
        await self.telegram("", kind=Kind.CONTACT, phone=self.phone)

    async def _says(
        self, channel: Literal["telegram", "whatsapp"], account: str, text: str, fields: dict[str, Any]
    ) -> Accepted:
        self.number += 1
        customer = self.customer(channel)
        plain: dict[str, Any] = {"channel": channel, "account": account, "customer_id": customer, "chat_id": customer}
        plain |= {"message_id": f"in-{self.number}", "sent_at": await self.runtime.now(), "sequence": self.number}
        plain |= {"kind": Kind.START, "text": text}  # nothing follows it at once: no quiet window is waited for
        self.house.sandbox.world.phones.meet(channel, customer).last_word_at = datetime.now(UTC)
        return await self.runtime.mailbox.accept(InboundMessage(**(plain | fields)))

    # --- the manager

    async def writes_in_telegram(self, text: str) -> Accepted:
        """From the business's own telephone: an echo."""
        return await self.telegram(text, author=Author.BUSINESS)

    async def comments(self, deal: int, text: str) -> None:
        done = perform(self.house.sandbox.portal.world, Deed(user=ANNA, do="comment", id=deal, text=f"/ответ {text}"))
        await read_comments(self.runtime, [int(done["comment"])])

    def changes(self, deal: int, do: Any, **fields: Any) -> None:
        perform(self.house.sandbox.portal.world, Deed(user=ANNA, do=do, id=deal, **fields))

    async def does(self, deal: int, do: Any, **fields: Any) -> None:
        """And the portal's event tells of it."""
        self.changes(deal, do, **fields)
        await read_deals(self.runtime, [deal])

    async def has_visit(self, in_: timedelta) -> None:
        """Booked by a turn long ago, with a reminder that is due now; the house lets it out."""
        c, now = await self.conversation(), await self.runtime.now()
        assert c.enquiry is not None
        part = Part(resource="anna", starts=now + in_, ends=now + in_ + timedelta(hours=1), services=("manicure",))
        visit = Visit(id=f"{c.enquiry.card_id}-b1", slot=Slot(parts=(part,)), bookings=(41,), made_at=now)
        plan = planned(visit, now - timedelta(days=9), self.runtime.business)
        plan = replace(plan, reminders=(replace(plan.reminders[0], at=now),))
        await self.telegram("Спасибо")
        [entry] = await self._taken(keys.ANSWER)
        turn = Turn(conversation=replace(c, visit=visit, attendance=plan), wake_at=now)
        reading = await self.runtime.mailbox.read(self.in_telegram)
        assert "done" == await self.runtime.mailbox.commit(reading, entry.id, turn, person_id=c.person_id)
        await self.runtime.due.move()
        await self.works()

    # --- the house

    async def works(self, runtime: Runtime | None = None, rounds: int = 20) -> None:
        """Every stream until all are quiet; what a dead worker held is claimed."""
        runtime = runtime or self.runtime
        for _ in range(rounds):
            entries = {stream: await self._taken(stream) for stream in WORK}
            if not any(entries.values()):
                return
            for entry in entries[keys.ANSWER]:
                await answer(runtime, entry.subject, entry.id, 1)
            for entry in entries[keys.SEND]:
                await send(runtime, entry.subject, entry.id, 1)
            for stream in (keys.REGISTER_HOT, keys.REGISTER):
                if entries[stream]:
                    await register(runtime, entries[stream])
        raise AssertionError("the house never comes to rest")

    async def answers(self) -> None:
        """One round of turns alone: what they say waits in the outbox, what they want in the register."""
        for entry in await self._taken(keys.ANSWER):
            await answer(self.runtime, entry.subject, entry.id, 1)

    async def rests(self) -> None:
        """With every retry: what was attempted is not under way any more."""
        for _ in range(20):
            await self.works()
            if not await self.runtime.link.command("ZCARD", keys.LATER):
                return
            await self._retries()
            await asyncio.sleep(0.05)
        raise AssertionError("something waits for ever")

    async def _retries(self) -> None:
        back = round(SETTLES.total_seconds() * 1000) + 1
        for conversation in (self.in_telegram, self.in_whatsapp):
            key = f"otklik:r:{conversation}"
            attempted = orjson.loads(await self.runtime.link.command("HGET", key, "attempted") or "{}")
            if attempted:
                moved = {name: max(0, at - back) for name, at in attempted.items()}
                await self.runtime.link.command("HSET", key, "attempted", orjson.dumps(moved))
        for member in await self.runtime.link.command("ZRANGE", keys.LATER, 0, -1):
            await self.runtime.link.command("ZADD", keys.LATER, 0, member)
        await self.runtime.due.move()

    async def forward(self, span: timedelta) -> None:
        """Time passes, and whoever asked to be woken is."""
        await self.runtime.link.command("INCRBY", keys.OFFSET, round(span / timedelta(milliseconds=1)))
        await self.runtime.due.move()
        await self.works()

    async def _taken(self, stream: str) -> list[Entry]:
        link = self.runtime.link
        group = ("XREADGROUP", "GROUP", keys.GROUP, "worker", "COUNT", 500, "STREAMS", stream)
        await link.command(*group, ">")
        found = await link.command(*group, "0")
        return [
            Entry(stream=stream, id=entry, subject=fields[1], tries=1)
            for _, rows in found or []
            for entry, fields in rows
            if fields
        ]

    # --- what is so

    async def conversation(self, id_: str = "") -> Conversation:
        found = (await self.runtime.mailbox.read(id_ or self.in_telegram)).conversation
        assert found is not None
        return found

    async def enquiry(self, messenger: str = "telegram") -> Enquiry:
        id_ = self.in_telegram if messenger == "telegram" else self.in_whatsapp
        found = (await self.conversation(id_)).enquiry
        assert found is not None
        return found

    async def deals(self) -> dict[int, str]:
        """Number → stage, oldest first."""
        shelf = self.house.sandbox.portal.world.shelves[Entity.DEAL].ids
        items = [(await self.house.portal("crm.item.get", entityTypeId=2, id=deal))["item"] for deal in sorted(shelf)]
        mine = (self.in_telegram, self.in_whatsapp)
        return {item["id"]: item["stageId"].rpartition(":")[2] for item in items if item["originId"].startswith(mine)}

    async def open_deals(self) -> list[int]:
        return [deal for deal, stage in (await self.deals()).items() if stage not in ("WON", "LOSE")]

    async def timeline(self, deal: int) -> str:
        rows = sorted(await self.house.call(methods.comments(Entity.DEAL, deal)), key=lambda row: int(row["ID"]))
        return "\n".join(str(row["COMMENT"]) for row in rows)

    def got(self, channel: str) -> list[str]:
        """What the customer reads there."""
        mine = (channel, self.customer(channel))
        return [sent.text for sent in self.house.sandbox.world.phones.sent if (sent.channel, sent.chat) == mine]

    async def facts(self, kind: str) -> list[dict[str, Any]]:
        now = await self.runtime.now()
        events = self.runtime.journal.between((now - timedelta(days=3)).date(), now.date())
        mine = (self.in_telegram, self.in_whatsapp)
        return [dict(event.facts) async for event in events if event.kind == kind and event.conversation_id in mine]


@asynccontextmanager
async def opened_two(folder: Path, redis_url: str) -> AsyncIterator[Two]:
    async with opened_house(folder) as house, opened(house.settings(TELEGRAM | WHATSAPP), redis_url) as runtime:
        crm = runtime.crm
        assert crm is not None
        await setup.apply(crm, await setup.plan(crm, runtime.business, runtime.settings, ("telegram", "whatsapp")))
        await runtime.link.command("SET", keys.OFFSET, round((FROM - datetime.now(UTC)) / timedelta(milliseconds=1)))
        yield Two(house, runtime)
