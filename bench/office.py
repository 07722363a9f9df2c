"""A business at work for the benches: its customers in four messengers, its managers in the portal."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import orjson

from app.flow.bot import NONE_SECONDS
from app.flow.town import Town
from app.store import keys
from app.store.link import Link

CHANNELS = ("telegram", "whatsapp", "instagram", "site")
ANNA = 5  # a manager of the sandbox's portal
PATIENCE = 60.0
LOOK_SECONDS = 0.02
CALM_SECONDS = 25.0  # after `otklik setup`, whose calls fill the portal's bucket: by then they have run out


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """A customer; `chat` as their messenger names it, `conversation` and `deal` as they stand in the portal."""

    channel: str
    name: str
    chat: str
    conversation: str = ""
    deal: int = 0


class Office:
    def __init__(self, town: Town, link: Link) -> None:
        self.town, self.link = town, link

    # --- customers

    async def says(self, channel: str, name: str, words: str) -> Guest:
        """`name` stands in the words: they are looked for."""
        said = await self.town.say(channel, name, f"{words} {name}", name=name)
        return Guest(channel=channel, name=name, chat=said["chat"])

    async def newcomer(self, channel: str, name: str, words: str) -> Guest:
        """Who writes for the first time, once they are answered and their deal stands."""
        guest = await self.says(channel, name, words)
        await until(lambda: self.replies(guest))
        deal = await until(lambda: self.deal(f"{words} {name}"))
        conversation = str(deal["origin"]).rpartition("-")[0]
        return Guest(channel=channel, name=name, chat=guest.chat, conversation=conversation, deal=deal["id"])

    async def replies(self, guest: Guest) -> list[str]:
        """What the customer's messenger shows of ours, oldest first."""
        if guest.channel == "site":
            rows = await self.link.command("XRANGE", f"{keys.PREFIX}chat:{guest.chat}", "-", "+")
            lines = [orjson.loads(words[1]) for _, words in rows]
            return [line["text"] for line in lines if line.get("from") != "customer"]
        sent = (await self.town.control(f"sent?channel={guest.channel}&limit=100000"))["sent"]
        return [row["text"] for row in sent if row["chat"] == guest.chat and row["kind"] == "text"]

    async def reads(self, guest: Guest, words: str) -> None:
        async def look() -> bool:
            return any(words in text for text in await self.replies(guest))

        await until(look)

    # --- managers

    async def where(self, words: str) -> dict[str, Any]:
        found: dict[str, Any] = (
            await self.town.http.get(f"{self.town.sandbox_url}/_sandbox/portal/where", params={"words": words})
        ).json()
        return found

    async def deal(self, words: str) -> dict[str, Any] | None:
        return next(iter((await self.where(words))["deals"]), None)

    async def chat(self, words: str) -> dict[str, Any]:
        """The deal's chat that shows this."""
        found: dict[str, Any] = await until(lambda: self._first("chats", words))
        return found

    async def line(self, words: str) -> int:
        """The open line's dialogue that shows this."""
        found: int = await until(lambda: self._first("lines", words))
        return found

    async def _first(self, place: str, words: str) -> Any:
        return next(iter((await self.where(words))[place]), None)

    async def comments(self, guest: Guest, text: str) -> None:
        await self.town.control("portal/human", {"user": ANNA, "id": guest.deal, "do": "comment", "text": text})

    async def types(self, chat: dict[str, Any], text: str = "", **deed: Any) -> None:
        who = {"user": chat["members"][-1], "chat": chat["id"]}
        await self.town.control("portal/chat", who | {"text": text} | deed)

    async def operates(self, line: int, text: str) -> None:
        await self.town.control("portal/line", {"user": ANNA, "chat": line, "text": text})

    async def owned_by(self, guest: Guest, owner: str) -> float:
        """Seconds until it is theirs, looked at in the store itself: accept writes it there."""
        began = time.monotonic()

        async def look() -> bool:
            held = await self.link.command("HGET", f"{keys.PREFIX}c:{guest.conversation}", "owner")
            return bool(held == owner)

        await until(look, every=0.005)
        return time.monotonic() - began


@asynccontextmanager
async def office(**parts: Any) -> AsyncIterator[Office]:
    """Set up as `otklik setup` does it, a while ago. `parts` are Town's."""
    async with Town(**parts) as town:
        await town.control("portal/limits", {"bucket": {"drain": 50, "block": 200}})
        await town.set_up()
        await asyncio.sleep(NONE_SECONDS + CALM_SECONDS)
        link = Link(town.redis_url)
        try:
            yield Office(town, link)
        finally:
            await link.close()


async def until(look: Callable[[], Awaitable[Any]], *, every: float = LOOK_SECONDS, within: float = PATIENCE) -> Any:
    ends = time.monotonic() + within
    while not (found := await look()):
        if time.monotonic() > ends:
            raise AssertionError(f"it never came within {within:.0f} s")
        await asyncio.sleep(every)
    return found
