"""The deal's chat of a conversation: what it lacks, and how far the portal's bot has been read."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import orjson

from app.domain.card import Card, Line
from app.store import codec, keys
from app.store.link import Link

LINES = 50  # of one chat in one turn
ECHO_SECONDS = 15  # an event of ours that comes later is read like any other
REMEMBERED_SECONDS = 180 * 24 * 3600  # which conversation a chat belongs to
TOLD_SECONDS = 7 * 24 * 3600  # a chat that nobody remembers


@dataclass(frozen=True, slots=True, kw_only=True)
class DealChat:
    """The chat as it stands. `card_id`: whose deal it was made for; another deal gets another chat.

    earlier     chats of former deals, and those that were lost
    attempted   the deal for which a chat was begun, and the machine ms of it: nobody saw whether it was made
    lines       shown so far, in all of these: no two states are alike, so that who was overtaken is known by it
    """

    card_id: str = ""
    chat_id: int = 0
    users: tuple[int, ...] = ()
    failures: int = 0
    earlier: tuple[int, ...] = ()
    attempted: tuple[int, int] | None = None
    lines: int = 0

    @property
    def all(self) -> tuple[int, ...]:
        return (*self.earlier, self.chat_id) if self.chat_id else self.earlier


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """`stored`: the chat as it lay there; who finds another has been overtaken."""

    conversation_id: str
    stored: str
    chat: DealChat
    card: Card | None
    written: Mapping[str, Any] = field(default_factory=dict)  # what the portal holds of the card
    lines: Sequence[Line] = ()


class Talks:
    def __init__(self, link: Link) -> None:
        self._link = link

    async def read(self, conversation: str) -> Talk:
        chat, card, written, lines = await self._link.run("deal_chat_read", conversation, LINES)
        return Talk(
            conversation_id=conversation,
            stored=chat,
            chat=codec.load(DealChat, chat) if chat else DealChat(),
            card=codec.load(Card, card) if card else None,
            written=orjson.loads(written or "{}"),
            lines=[codec.load(Line, line) for line in lines],
        )

    async def attempt(self, talk: Talk, entry: str, chat: DealChat) -> Talk | None:
        """Note that a chat is about to be made. None: another worker has this conversation, and nothing may be sent."""
        text = codec.dump(chat)
        noted = await self._link.run("deal_chat_attempt", talk.conversation_id, entry, talk.stored, text)
        return replace(talk, stored=text) if noted else None

    async def end(
        self, talk: Talk, entry: str, chat: DealChat, *, shown: int, awaits: bool, again_after: timedelta | None
    ) -> str:
        """Keep what the chat has now: `done`, `more` (lines came meanwhile), `later` or `stale`."""
        outcome: str = await self._link.run(
            "deal_chat_end",
            talk.conversation_id,
            keys.GROUP,
            entry,
            shown,
            talk.stored,
            codec.dump(chat),
            chat.chat_id or "",
            REMEMBERED_SECONDS,
            "" if again_after is None else round(again_after / timedelta(milliseconds=1)),
            int(awaits),
        )
        return outcome

    async def conversation_of(self, chat_id: int) -> str:
        """Whose chat it is; empty if we never made it, or Redis was wiped since."""
        return await self._link.command("GET", f"{keys.PREFIX}dealchat:{chat_id}") or ""

    async def told(self, deal: int, chat_id: int) -> None:
        """The portal told of a chat of this deal that nobody remembers."""
        key = f"{keys.PREFIX}dealtold:{deal}"
        await asyncio.gather(self._link.command("SADD", key, chat_id), self._link.command("EXPIRE", key, TOLD_SECONDS))

    async def told_of(self, deal: int) -> list[int]:
        """Chats of this deal that the portal told of, the oldest first."""
        return sorted(int(chat) for chat in await self._link.command("SMEMBERS", f"{keys.PREFIX}dealtold:{deal}"))

    async def told_until(self) -> int:
        """Machine ms: whatever the portal's bot had to tell by then is read."""
        return int(await self._link.command("HGET", keys.BOT, "told") or 0)

    async def remember_deal(self, deal: int, conversation: str) -> None:
        """A deleted deal cannot be read any more: its id alone must tell whose it was."""
        words = ("SET", f"{keys.PREFIX}dealof:{deal}", conversation, "EX", REMEMBERED_SECONDS)
        await self._link.command(*words)

    async def deal_of(self, deal: int) -> str:
        return await self._link.command("GET", f"{keys.PREFIX}dealof:{deal}") or ""

    async def turn(self, *, waiting: timedelta, calm: timedelta, forgotten: timedelta) -> tuple[int, int] | None:
        """The offset to ask the bot's events from, 0 before the first, and the machine ms, if it is time to ask."""
        words = [round(span / timedelta(milliseconds=1)) for span in (waiting, calm, forgotten)]
        state, *rest = await self._link.run("bot_turn", *words)
        return (int(rest[0] or 0), int(rest[1])) if state == "ask" else None

    async def read_until(self, offset: int, told: int | None = None) -> None:
        """All events below are in their mailboxes. `told`: and it was all that there was at this machine ms."""
        await self._link.run("bot_read", offset, told or 0)


class Hints:
    """What the portal told of, until it is read again."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def mark(self, subject: str) -> bool:
        """False: it is marked already. Raises StoreAway, StoreError: then the portal's event is not taken."""
        return bool(await self._link.run("hint", subject))

    async def expect(self, subjects: Sequence[str]) -> None:
        """We are about to change these: the next event of each, if it comes soon, is our own echo and costs no call."""
        sets = (("SET", f"{keys.ECHO}{subject}", 1, "EX", ECHO_SECONDS) for subject in subjects)
        await asyncio.gather(*(self._link.command(*words) for words in sets))

    async def echoed(self, most: int) -> list[str]:
        """Some of what was taken for an echo; the rest is left to the sweep."""
        found = await self._link.command("SPOP", keys.ECHOED, most)
        await self._link.command("DEL", keys.ECHOED)
        return list(found)

    async def begin(self, subjects: Sequence[str]) -> None:
        """Clear the marks before reading: what changes from here on is marked anew."""
        if subjects:
            await self._link.command("SREM", keys.HINTED, *subjects)

    async def swept_until(self, name: str) -> str:
        """The portal's moment until which all of this list is known; empty before the first sweep."""
        return await self._link.command("GET", f"{keys.PORTAL_SWEPT}{name}") or ""

    async def swept(self, name: str, until: str) -> None:
        await self._link.command("SET", f"{keys.PORTAL_SWEPT}{name}", until)
