"""How a messenger brings a webhook: it signs, posts, and comes again until it is accepted."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx

FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 2.0
ANSWER_SECONDS = 60.0  # Telegram waits as long (channels.md 2.2); Meta publishes no limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """One POST, byte for byte; `queue` names what must arrive one after another (Telegram: each chat), if anything."""

    channel: str
    url: str
    body: bytes
    headers: dict[str, str]
    queue: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What the gateway answered in the end; status 0: never reached."""

    status: int
    attempts: int
    body: str


class Delivery:
    """Posts webhooks as the vendors do and counts what became of them.

    5xx and a refused or broken connection are tried again, with pauses that double up to `LONGEST_PAUSE_SECONDS`
    (the vendors' own are minutes: channels.md 0.1); 4xx is an answer.
    """

    def __init__(self) -> None:
        self.counts: dict[str, Counter[str]] = defaultdict(Counter)
        self._queues: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._under_way: set[asyncio.Task[Delivered]] = set()
        self._client: httpx.AsyncClient | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        limits = httpx.Limits(max_connections=200, max_keepalive_connections=50)
        async with httpx.AsyncClient(timeout=ANSWER_SECONDS, limits=limits, trust_env=False) as self._client:
            try:
                yield
            finally:
                await self.drop()
                self._client = None

    async def drop(self) -> None:
        """Give up everything that is still on its way."""
        tasks = list(self._under_way)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._queues.clear()
        self.counts.clear()

    @property
    def under_way(self) -> int:
        return len(self._under_way)

    def start(self, webhook: Webhook) -> asyncio.Task[Delivered]:
        """Deliver in the background; the task ends when the gateway has accepted or refused."""
        task = asyncio.create_task(self._deliver(webhook))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return task

    async def wait(self, webhook: Webhook, seconds: float) -> Delivered:
        """The gateway's answer, or status 0 after `seconds`; the delivery goes on in the background."""
        task = self.start(webhook)
        with suppress(TimeoutError):
            return await asyncio.wait_for(asyncio.shield(task), seconds)
        return Delivered(status=0, attempts=0, body="not accepted yet, still trying")

    async def _deliver(self, webhook: Webhook) -> Delivered:
        if webhook.queue is None:
            return await self._until_accepted(webhook)
        async with self._queues[webhook.queue]:
            return await self._until_accepted(webhook)

    async def _until_accepted(self, webhook: Webhook) -> Delivered:
        counts, pause, attempts = self.counts[webhook.channel], FIRST_PAUSE_SECONDS, 0
        counts["webhooks"] += 1
        while True:
            attempts += 1
            answer = await self._post(webhook)
            if answer is not None and answer.status_code < 500:
                counts["accepted" if answer.is_success else "refused"] += 1
                return Delivered(status=answer.status_code, attempts=attempts, body=answer.text)
            counts["unreachable" if answer is None else f"answered_{answer.status_code}"] += 1
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def get(self, url: str, query: dict[str, str]) -> httpx.Response:
        """One question without a second try; raises httpx.TransportError."""
        return await self._open_client().get(url, params=query)

    def _open_client(self) -> httpx.AsyncClient:
        if self._client is None:
            raise RuntimeError("webhooks are delivered only while the sandbox runs")
        return self._client

    async def _post(self, webhook: Webhook) -> httpx.Response | None:
        try:
            return await self._open_client().post(webhook.url, content=webhook.body, headers=webhook.headers)
        except httpx.TransportError:
            return None


def meta_bytes(body: dict[str, Any]) -> bytes:
    """JSON as Meta sends it: non-ASCII and slashes escaped (channels.md 0.2, 3.1)."""
    return json.dumps(body, separators=(",", ":")).replace("/", r"\/").encode()


def meta_signature(secret: str, body: bytes) -> str:
    """`X-Hub-Signature-256` over the raw bytes."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
