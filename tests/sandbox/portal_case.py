"""A portal for a test: in this process, or behind a real server on a free port."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from sandbox.portal import Portal

HOOK = "/rest/1/sandbox"


class Clock:
    """Business time that a test moves."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 5, 14, 7, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **span: float) -> None:
        self.moment += timedelta(**span)


class Case:
    """A portal without limits and a client that speaks JSON to its webhook."""

    def __init__(self, **settings: Any) -> None:
        self.clock = Clock()
        self.portal = Portal(now=self.clock, **settings)
        self.portal.limits.bucket = None
        transport = httpx.ASGITransport(app=self.portal.app)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://portal.test")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.http.aclose()

    async def post(self, method: str, *, hook: str = HOOK, **params: Any) -> httpx.Response:
        return await self.http.post(f"{hook}/{method}", json=params)

    async def body(self, method: str, **params: Any) -> dict[str, Any]:
        """The whole envelope, whatever it says."""
        found: dict[str, Any] = (await self.post(method, **params)).json()
        return found

    async def call(self, method: str, **params: Any) -> Any:
        """The result of a call that must succeed."""
        body = await self.body(method, **params)
        assert "result" in body, body
        return body["result"]

    async def refused(self, method: str, **params: Any) -> tuple[int, Any]:
        """Status and code of a call that must be refused."""
        response = await self.post(method, **params)
        return response.status_code, response.json()["error"]

    async def batch(self, *commands: str, halt: int = 0, **named: str) -> dict[str, Any]:
        found: dict[str, Any] = await self.call("batch", halt=halt, cmd=list(commands) or named)
        return found

    async def lever(self, name: str, /, **body: Any) -> Any:
        response = await self.http.post(f"/_sandbox/portal/{name}", json=body)
        assert response.status_code == 200, response.text
        return response.json()


@contextlib.contextmanager
def served(portal: Portal, *, certificate: Path | None = None) -> Iterator[str]:
    """The portal behind uvicorn, mounted as the sandbox mounts it; gives its address."""

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with portal.running():
            yield

    app = Starlette(routes=[Mount("/", app=portal.app)], lifespan=lifespan)
    config = uvicorn.Config(app, log_level="critical", ssl_certfile=certificate, ws="none")
    server = uvicorn.Server(config)
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        wait_for(lambda: server.started)
        yield f"{'https' if certificate else 'http'}://localhost:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def wait_for(ready: Callable[[], object], *, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)
