"""Trouble on request: each vendor asks its `Faults` before and after it does what was asked of it."""

from __future__ import annotations

import asyncio
import random
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

Kind = Literal[
    "ok",
    "500",
    "429",
    "html",
    "away",
    "timeout",
    "lost",
    "garbage",
    "slow",
    "drip",
    "wrong_schema",
    "truncated",
    "lie",
    "obey",
]

HANG_SECONDS = 600.0
PROXY_PAGE = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


class Fault(BaseModel):
    """What shall go wrong, how often and for how long.

    share       0–1, drawn with `seed`, so that a run can be repeated
    count       how many calls it strikes; None: until something else is set
    latency_ms  waited before every call while this stands, struck or not (`slow`: only when struck)
    """

    model_config = ConfigDict(extra="forbid")

    kind: Kind = "ok"
    share: float = Field(default=1.0, ge=0, le=1)
    count: int | None = Field(default=None, ge=0)
    latency_ms: int = Field(default=0, ge=0)
    retry_after: int = Field(default=1, ge=0)
    seed: int = 1


class Faults:
    """The fault that stands now; `strike` says for one call whether it is struck."""

    def __init__(self) -> None:
        self.set(Fault())

    def set(self, fault: Fault) -> None:
        self.fault = fault
        self.struck = 0
        self._random = random.Random(fault.seed)

    async def strike(self) -> Kind:
        """The kind this call suffers, `ok` if none; its latency has been waited for."""
        fault, kind = self.fault, self._draw()
        if fault.latency_ms and (kind == fault.kind or fault.kind != "slow"):
            await asyncio.sleep(fault.latency_ms / 1000)
        return kind

    def _draw(self) -> Kind:
        fault = self.fault
        spent = fault.count is not None and self.struck >= fault.count
        if fault.kind == "ok" or spent or self._random.random() >= fault.share:
            return "ok"
        self.struck += 1
        return fault.kind

    def view(self) -> dict[str, object]:
        return {**self.fault.model_dump(), "struck": self.struck}


class HangUp(Response):
    """Closes the connection with no byte of an answer; ASGI has no such word, so it takes uvicorn's own transport."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["sandbox.transport"].abort()
        while (await receive())["type"] != "http.disconnect":  # leaving before that would make uvicorn answer 500
            pass


class KeepTransport:
    """The outermost layer: remembers the connection of each request, for `HangUp`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        cycle = getattr(receive, "__self__", None)  # uvicorn's RequestResponseCycle
        scope["sandbox.transport"] = getattr(cycle, "transport", None)
        await self.app(scope, receive, send)


async def hang(request: Request) -> Response:
    """Says nothing until the caller gives up."""
    waited = 0.0
    while waited < HANG_SECONDS and not await request.is_disconnected():
        await asyncio.sleep(0.05)
        waited += 0.05
    return HangUp()
