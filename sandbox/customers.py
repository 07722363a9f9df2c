"""Customers: they write through their messengers, in the vendors' own bodies, and look at what came back."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from sandbox.messengers.bodies import Bodies, Word
from sandbox.messengers.delivery import Delivered, Webhook
from sandbox.messengers.graph import Graph
from sandbox.messengers.learn import learn
from sandbox.messengers.phones import CHANNELS, Channel, Line
from sandbox.messengers.telegram import BUSINESS_CONNECTION, Telegram
from sandbox.messengers.world import World

PATIENCE_SECONDS = 15.0  # how long `say` waits for the gateway before it answers "still trying"


class Say(BaseModel):
    """What a customer does in a messenger.

    customer    any short name, or the vendor's own id in digits
    phone       shares the own number: Telegram's contact button (the text is not sent then), Instagram's phone reply,
                WhatsApp's own id at the first word, the site's visitor
    payload     presses the button that carries it; `text` is the button's title
    business    Telegram: writes to the owner's personal chat instead of the bot
    message_id  the vendor's id of the message; None: a new one
    repeat      the same bytes as often, at once
    at          the vendor's time of the message; None: now in business time
    """

    model_config = ConfigDict(extra="forbid")

    channel: Channel
    customer: str = Field(min_length=1)
    name: str | None = None
    text: str = ""
    phone: str | None = None
    payload: str | None = None
    message_id: str | int | None = None
    repeat: int = Field(default=1, ge=1, le=1000)
    at: datetime | None = None
    business: bool = False


class Raw(BaseModel):
    """A body as it is: an object is written as the vendor writes JSON, a string travels byte for byte."""

    model_config = ConfigDict(extra="forbid")

    channel: Channel
    body: dict[str, Any] | str
    repeat: int = Field(default=1, ge=1, le=1000)
    path: str | None = None
    content_type: str = "application/json"


class Echo(BaseModel):
    """A person of the business answers the customer in the messenger's own app."""

    model_config = ConfigDict(extra="forbid")

    channel: Literal["whatsapp", "instagram", "telegram"]
    customer: str
    text: str = Field(min_length=1)


class Block(BaseModel):
    """The customer blocks the business, or lets it back."""

    model_config = ConfigDict(extra="forbid")

    channel: Channel
    customer: str
    blocked: bool = True


class NoSuchDoor(ValueError):
    """The channel has no such way; says what to do instead."""


class Customers:
    """Everything a customer can do, and the owner who answers from the app."""

    def __init__(self, world: World, telegram: Telegram, graph: Graph) -> None:
        self.world = world
        self.telegram = telegram
        self.bodies = Bodies(world, telegram, graph)

    async def say(self, say: Say) -> dict[str, Any]:
        phone = self.world.phones.of(say.channel, say.customer, name=say.name, phone=say.phone)
        if say.business and phone.connection is None:
            phone.connection = BUSINESS_CONNECTION
            await self._bring(self.bodies.business_connection(phone))
        at = (say.at or self.world.clock.now()).astimezone(UTC)
        message_id = str(say.message_id or self.bodies.new_id(phone))
        webhook = self.bodies.of_customer(phone, _word(say), message_id, at)
        phone.last_word_at = max(at, phone.last_word_at or at)
        line = Line(at=at, by="customer", id=message_id, text=say.text or say.phone or "")
        self.world.phones.write(phone, line)
        answers = await self._bring_often(webhook, say.repeat)
        if answers[0].status == 200:
            phone.mark(message_id, "delivered")
        return _report(answers) | {"message_id": message_id, "chat": phone.id}

    async def raw(self, raw: Raw) -> dict[str, Any]:
        if isinstance(raw.body, dict):
            learn(raw.channel, raw.body, self.world, self.telegram)
        webhook = self.bodies.raw(raw.channel, raw.body, path=raw.path, content_type=raw.content_type)
        return _report(await self._bring_often(webhook, raw.repeat))

    async def echo(self, echo: Echo) -> dict[str, Any]:
        phone = self.world.phones.of(echo.channel, echo.customer)
        if echo.channel == "telegram" and phone.connection is None:
            raise NoSuchDoor("a bot's chat has no owner's app; let the customer write with business=true first")
        line = Line(
            at=self.world.clock.now(), by="app", id=self.bodies.new_id(phone), text=echo.text, status="delivered"
        )
        self.world.phones.write(phone, line)
        answer = await self._bring(self.bodies.of_owner(phone, line))
        return _report([answer]) | {"message_id": line.id, "chat": phone.id}

    async def handshake(self, channel: Literal["whatsapp", "instagram"]) -> dict[str, Any]:
        """Meta's check of a webhook's address, once when it is set: the raw challenge must come back."""
        secrets, challenge = self.world.secrets, "00112233"
        token = secrets.whatsapp_verify_token if channel == "whatsapp" else secrets.instagram_verify_token
        query = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": token}
        answer = await self.world.delivery.get(f"{self.world.gateway}/webhooks/{channel}", query)
        return {"status": answer.status_code, "passed": answer.status_code == 200 and answer.text == challenge}

    async def block(self, block: Block) -> dict[str, Any]:
        """Telegram tells the bot; the others keep silent, and only sends show it (channels.md 0.3)."""
        phone = self.world.phones.of(block.channel, block.customer)
        phone.blocked = block.blocked
        if block.channel != "telegram":
            return {"status": None, "chat": phone.id}
        return _report([await self._bring(self.bodies.membership(phone))]) | {"chat": phone.id}

    def view(self, newest: int | None = None) -> dict[str, Any]:
        phones = self.world.phones
        return {
            "conversations": [phone.view() for phone in (phones if newest is None else phones.newest(newest))],
            "deliveries": {channel: dict(self.world.delivery.counts[channel]) for channel in CHANNELS},
        }

    async def _bring_often(self, webhook: Webhook, times: int) -> list[Delivered]:
        return list(await asyncio.gather(*(self._bring(webhook) for _ in range(times))))

    async def _bring(self, webhook: Webhook) -> Delivered:
        delivered = await self.world.delivery.wait(webhook, PATIENCE_SECONDS)
        if webhook.channel == "telegram" and 200 <= delivered.status < 300:
            self.telegram.obey(delivered)
        return delivered


def _word(say: Say) -> Word:
    return Word(text=say.text, phone=say.phone, payload=say.payload)


def _report(answers: list[Delivered]) -> dict[str, Any]:
    """The gateway's answer to the first delivery, and all of them beside it."""
    return {
        "status": answers[0].status,
        "statuses": [answer.status for answer in answers],
        "attempts": sum(answer.attempts for answer in answers),
        "answer": answers[0].body[:500],
    }
