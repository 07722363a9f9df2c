"""What the customers of a bench send and get, and when the house has come to rest."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from app.domain.card import Line
from app.domain.conversation import conversation_id
from app.flow.town import Town
from app.store import codec, keys
from app.store.link import Link
from bench import material
from bench.material import Signed

QUIET_LOOKS = 4
LOOK_SECONDS = 0.5
MANY = 10**9  # chats, so that no two messages share one
TALK = (keys.ANSWER, keys.SEND)
STREAMS = keys.STREAMS
RETRIES = {
    "send": keys.SEND,
    "cold": keys.REGISTER,
    "hot": keys.REGISTER_HOT,
    "book": keys.BOOK,
    "dealchat": keys.DEAL_CHATS,
}


async def meet(town: Town, chats: Iterable[int]) -> None:
    """Known to the sandbox's Telegram from now on, so that it lets the product answer them."""
    await town.control("customers/meet", {"channel": "telegram", "ids": [str(chat) for chat in chats]})


async def new_customers(
    town: Town, count: int, *, first: int, text: str | None = None, at: float | None = None
) -> list[Signed]:
    """One message each of customers who never wrote before: of chats `chat_of(first)` and following."""
    await meet(town, (chat_of(number) for number in range(first, first + count)))
    secret = town.env["TELEGRAM_WEBHOOK_SECRET"]
    return list(material.telegram(count, secret, chats=MANY, first=first, text=text, at=at))


def chat_of(number: int) -> int:
    return material.FIRST_CHAT + number % MANY


def conversation_of(town: Town, number: int) -> str:
    return conversation_id("telegram", town.env["TELEGRAM_BOT_TOKEN"].partition(":")[0], str(chat_of(number)))


async def sent_since(town: Town, number: int) -> list[dict[str, Any]]:
    """Everything that the product sent after this number, oldest first."""
    rows: list[dict[str, Any]] = []
    while True:
        page = await town.control(f"sent?since={number}&limit=5000")
        rows += page["sent"]
        if len(page["sent"]) < 5000:
            return rows
        number = page["sent"][-1]["number"]


async def first_replies(town: Town, since: int = 0) -> dict[str, float]:
    """Chat → Unix time at which Telegram took the first text to it."""
    found: dict[str, float] = {}
    for row in await sent_since(town, since):
        if row["kind"] == "text":
            found.setdefault(row["chat"], datetime.fromisoformat(row["received_at"]).timestamp())
    return found


async def waiting(link: Link, streams: Sequence[str] = STREAMS) -> int:
    """Entries of the streams, and retries of theirs that wait for their moment."""
    counts = await asyncio.gather(*(link.command("XLEN", stream) for stream in streams))
    retries = [str(retry).partition(" ")[0] for retry in await link.command("ZRANGE", keys.LATER, 0, -1)]
    return sum(map(int, counts)) + sum(RETRIES.get(kind) in streams for kind in retries)


async def all_written(link: Link, until: datetime, *, most_seconds: float) -> bool:
    """Wait until everything said by `until` is answered and stands in its card, whatever clocks bring meanwhile."""
    ends = time.monotonic() + most_seconds
    while await _unsaid(link, until) or await _unwritten(link, until):
        if time.monotonic() > ends:
            return False
        await asyncio.sleep(LOOK_SECONDS)
    return True


async def _unsaid(link: Link, until: datetime) -> bool:
    oldest = [row for stream in TALK for row in await link.command("XRANGE", stream, "-", "+", "COUNT", 1)]
    retries = await link.command("ZRANGE", keys.LATER, 0, -1)
    late = any(int(row[0].partition("-")[0]) <= codec.milliseconds(until) for row in oldest)
    return late or any(RETRIES.get(str(retry).partition(" ")[0]) == keys.SEND for retry in retries)


async def _unwritten(link: Link, until: datetime) -> bool:
    """A dialogue's lines are kept only until its card has them."""
    cursor = "0"
    while True:
        cursor, found = await link.command("SCAN", cursor, "MATCH", f"{keys.PREFIX}l:*", "COUNT", 10_000)
        firsts = await asyncio.gather(*(link.command("LINDEX", key, 0) for key in found))
        if any(codec.load(Line, line).at <= until for line in firsts if line):
            return True
        if cursor == "0":
            return False


async def at_rest(link: Link, *, most_seconds: float, streams: Sequence[str] = STREAMS) -> bool:
    """Wait until nothing waits and nothing moves. False: it did not come to rest in time.

    streams   that are emptied at all: without a portal its cards wait for ever
    """
    until, quiet = time.monotonic() + most_seconds, 0
    while quiet < QUIET_LOOKS:
        if time.monotonic() > until:
            return False
        quiet = quiet + 1 if await waiting(link, streams) == 0 else 0
        await asyncio.sleep(LOOK_SECONDS)
    return True
