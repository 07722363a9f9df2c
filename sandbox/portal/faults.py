"""What can go wrong on the way to and from the portal, on request (reference 11.9)."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import random
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any, Literal

from pydantic import BaseModel, Field, PrivateAttr
from starlette.requests import Request
from starlette.types import Send

Kind = Literal["ok", "503", "500", "html", "away", "timeout", "lost", "late"]
HANG_SECONDS = 60.0  # the cloud cuts every request after a minute (reference 11.9 (73))


class Faults(BaseModel):
    """`lost`: executed, then hung up without an answer; `away`: hung up before; `timeout`: hangs, not executed;
    `late`: hangs until the caller has given up, and is executed then."""

    kind: Kind = "ok"
    share: float = Field(default=1.0, ge=0, le=1)
    count: int | None = Field(default=None, ge=0, description="how many calls it still hits; null: no end")
    methods: list[str] | None = Field(default=None, description="such as crm.*; a batch counts by its commands too")
    latency_ms: float = Field(default=0, ge=0)
    seed: int = 1
    _random: random.Random = PrivateAttr(default_factory=random.Random)

    def model_post_init(self, context: Any, /) -> None:
        self._random = random.Random(self.seed)

    def meets(self, methods: Iterable[str]) -> bool:
        return self.methods is None or any(fnmatchcase(name, row.lower()) for name in methods for row in self.methods)

    def strike(self) -> Kind:
        """The kind for this call; spends one of `count`."""
        if self.kind == "ok" or self.count == 0 or self._random.random() >= self.share:
            return "ok"
        if self.count is not None:
            self.count -= 1
        return self.kind


async def hang(request: Request) -> None:
    """Wait until the caller gives up, at most a minute."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(HANG_SECONDS):
            while (await request.receive())["type"] != "http.disconnect":
                pass


async def hang_up(send: Send) -> None:
    """Close the connection with no answer, as a broken network does.

    ASGI has no word for it, so the server's own transport is closed where it can be found behind Starlette's wrappers;
    elsewhere the answer breaks off after its headers, which a client reports as a broken connection as well.
    """
    wrapped: Any = send
    while wrapped is not None:
        transport = getattr(getattr(wrapped, "__self__", None), "transport", None)
        if transport is not None:
            transport.abort()
            return
        wrapped = inspect.getclosurevars(wrapped).nonlocals.get("send") if inspect.isfunction(wrapped) else None
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
