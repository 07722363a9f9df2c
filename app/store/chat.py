"""The site's chat: a session's messages lie in a stream that every gateway process can read and replay.

Who waits for news waits on an event of its own process. A message is announced on one channel, which each process
hears over one connection, and the open pages of that session read their stream: 1 000 open pages cost Redis one
subscription and no command until somebody writes. The announcement is a hint: what it missed is read at the next beat.
"""

import asyncio
import contextlib
import logging
import secrets
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
import redis.asyncio as redis
from redis.exceptions import RedisError

from app.store import codec, keys
from app.store.link import Link, StoreAway

log = logging.getLogger("otklik.chat")

KEPT_SECONDS = 7 * 24 * 3600
PAGE = 100
WAKES = f"{keys.PREFIX}chat:wake"
KEY = f"{keys.PREFIX}chat:key"
PROBE_SECONDS = 15.0  # of silence, then the subscription is asked whether it still lives
AGAIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Line:
    """One message of a chat: the id of its stream entry, what was appended, when (business time, ms since 1970)."""

    id: str
    message: dict[str, Any]
    at: int


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` of `name` in each window."""

    name: str
    most: int
    window: timedelta


class Chat:
    def __init__(self, link: Link, blocking: "redis.Redis") -> None:
        self._link = link
        self._blocking = blocking
        self._pages: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._listener: asyncio.Task[None] | None = None

    @property
    def open_pages(self) -> int:
        """Of this process."""
        return sum(len(pages) for pages in self._pages.values())

    def open_pages_of(self, session: str) -> int:
        return len(self._pages[session]) if session in self._pages else 0

    async def append(self, session: str, line_id: str, message: object) -> str:
        """Once for each id, however often it is called. Returns the message's id in the chat."""
        entry: str = await self._link.run("chat", session, line_id, codec.to_json(message), KEPT_SECONDS)
        return entry

    async def since(self, session: str, after: str) -> list[Line]:
        """The next lines, at most PAGE; `after` an entry's id, or `0-0` for all."""
        entries = await self._link.command("XRANGE", f"{keys.PREFIX}chat:{session}", f"({after}", "+", "COUNT", PAGE)
        return [_line(entry, dict(zip(words[::2], words[1::2], strict=True))) for entry, words in entries]

    async def follow(self, session: str, after: str, beat_seconds: float) -> AsyncGenerator[list[Line]]:
        """Lines as they come, forever; an empty list when nothing came for a beat. Raises StoreAway or StoreError."""
        with self._open(session) as woken:
            while True:
                woken.clear()
                lines = await self.since(session, after)
                yield lines
                after = lines[-1].id if lines else after
                if len(lines) < PAGE:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(woken.wait(), beat_seconds)

    async def key(self) -> bytes:
        """A random key that all processes share, for a deployment that set none of its own."""
        await self._link.command("SET", KEY, secrets.token_hex(32), "NX")
        found = await self._link.command("GET", KEY)
        if not found:
            raise StoreAway("the key of the chat vanished: Redis was wiped")
        return str(found).encode()

    async def wait(self, *limits: Limit) -> timedelta:
        """Counts one more in every limit; if any is full, counts nothing and says how long to wait."""
        words = (word for limit in limits for word in (limit.name, limit.most, int(limit.window.total_seconds())))
        return timedelta(milliseconds=int(await self._link.run("rate", *words)))

    @contextlib.contextmanager
    def _open(self, session: str) -> Iterator[asyncio.Event]:
        """The event of one open page. The process listens while there is any."""
        woken = asyncio.Event()
        self._pages[session].add(woken)
        if self._listener is None:
            self._listener = asyncio.create_task(self._listen(), name="chat")
        try:
            yield woken
        finally:
            self._pages[session].discard(woken)
            if not self._pages[session]:
                del self._pages[session]
            if not self._pages:
                self._listener.cancel()
                self._listener = None

    async def _listen(self) -> None:
        while True:
            try:
                async with self._blocking.pubsub() as news:
                    await news.subscribe(WAKES)
                    await self._hear(news)
            except (RedisError, OSError) as error:
                log.warning("the chat hears no news: %s", error)
                await asyncio.sleep(AGAIN_SECONDS)

    async def _hear(self, news: "redis.client.PubSub") -> None:
        silent = False
        while True:
            heard = await news.get_message(timeout=PROBE_SECONDS)
            if heard is None:
                if silent:
                    raise redis.ConnectionError("no answer to a ping")
                await news.ping()
            elif heard["type"] == "message":
                self._wake(heard["data"])
            elif heard["type"] == "subscribe":  # anew, too: what came before it was not heard
                for session in list(self._pages):
                    self._wake(session)
            silent = heard is None

    def _wake(self, session: str) -> None:
        for woken in self._pages.get(session, ()):
            woken.set()


def _line(entry: str, fields: dict[str, str]) -> Line:
    """One of before business time was kept shows the machine's."""
    return Line(entry, orjson.loads(fields["m"]), int(fields.get("t") or entry.partition("-")[0]))
