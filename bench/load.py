"""Load from outside the measured process: wrk for the rate, an own paced client for latency at a given rate."""

import asyncio
import contextlib
import json
import time
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import httptools

from bench.material import HEADERS, Signed

SCRIPT = Path(__file__).parent / "wrk.lua"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """One run of wrk; seconds. `refused` counts answers of 4xx and 5xx, `broken` everything without an answer."""

    per_second: float
    p50: float
    p99: float
    refused: int
    broken: int


async def wrk(url: str, header: str, file: Path, *, connections: int, seconds: float) -> Rate:
    """Closed loop on keep-alive connections from one thread; every request is another line of `file`."""
    address = urlsplit(url)
    words = [f"-t1 -c{connections} -d{seconds:.0f}s --timeout 5s -s".split(), [str(SCRIPT)]]
    words += [[f"{address.scheme}://{address.netloc}", "--", str(file), address.path, header]]
    process = await asyncio.create_subprocess_exec(
        "wrk", *(word for part in words for word in part), stdout=asyncio.subprocess.PIPE
    )
    told, _ = await process.communicate()
    found = json.loads(told.decode().strip().splitlines()[-1])
    return Rate(
        per_second=found["requests"] / found["seconds"],
        p50=found["p50"],
        p99=found["p99"],
        refused=found["refused"],
        broken=found["broken"],
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """Unix times. `due_at`: when the pace wanted it sent; a queue on our side counts as latency too."""

    due_at: float
    answered_at: float
    status: int

    @property
    def seconds(self) -> float:
        return self.answered_at - self.due_at


class Connection(asyncio.Protocol):
    """One keep-alive connection, one request at a time."""

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[int]] = deque()
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass of asyncio's

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        self._waiting.popleft().set_result(self._parser.get_status_code())
        self._parser = httptools.HttpResponseParser(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        while self._waiting:
            self._waiting.popleft().set_exception(ConnectionError("closed"))

    async def post(self, path: str, webhook: Signed) -> int:
        """The status. Raises ConnectionError."""
        if self._transport is None:
            raise ConnectionError("closed")
        head = f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
        head += f"{HEADERS[webhook.channel]}: {webhook.proof}\r\nContent-Length: {len(webhook.body)}\r\n\r\n"
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        self._transport.write(head.encode() + webhook.body)
        return await future

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


class Client:
    """A pool of connections to one gateway."""

    def __init__(self, url: str) -> None:
        self._address = urlsplit(url)
        self._free: list[Connection] = []

    async def post(self, webhook: Signed) -> int:
        """Raises OSError when nobody answers."""
        connection = self._free.pop() if self._free else await self._connect()
        try:
            status = await connection.post(f"/webhooks/{webhook.channel}", webhook)
        except BaseException:
            connection.close()
            raise
        self._free.append(connection)
        return status

    async def _connect(self) -> Connection:
        host, port = self._address.hostname or "127.0.0.1", self._address.port or 80
        _, connection = await asyncio.get_running_loop().create_connection(Connection, host, port)
        return connection

    async def warm(self, connections: int) -> None:
        self._free += [await self._connect() for _ in range(connections)]

    def close(self) -> None:
        for connection in self._free:
            connection.close()


@contextlib.asynccontextmanager
async def client(url: str) -> AsyncIterator[Client]:
    opened = Client(url)
    try:
        yield opened
    finally:
        opened.close()


async def paced(url: str, webhooks: Sequence[Signed], *, per_second: float) -> list[Answer]:
    """Open loop: each leaves at its time, whatever became of the others."""
    async with client(url) as ours:
        await ours.warm(8)
        started, began = time.time(), time.monotonic()

        async def one(place: int, webhook: Signed) -> Answer:
            await asyncio.sleep(began + place / per_second - time.monotonic())
            status = await ours.post(webhook)
            return Answer(started + place / per_second, time.time(), status)

        return await asyncio.gather(*(one(place, webhook) for place, webhook in enumerate(webhooks)))
