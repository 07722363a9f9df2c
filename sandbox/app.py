"""One process that stands in for every vendor: portal, messengers, model, customers, and a page that shows them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from redis.asyncio import Redis
from starlette.responses import FileResponse
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.clock import Clock
from sandbox.controls import controls
from sandbox.customers import Customers
from sandbox.faults import Fault, KeepTransport
from sandbox.managers import Managers
from sandbox.messengers.graph import Graph
from sandbox.messengers.sms_ru import SmsRu
from sandbox.messengers.telegram import Telegram
from sandbox.messengers.world import World
from sandbox.model import Model
from sandbox.portal import Portal
from sandbox.secrets import Secrets

PAGE = Path(__file__).parent / "page"
PORTAL_PATHS = ("/rest", "/oauth", "/_sandbox/portal")


class Sandbox:
    """All parts, wired; `app` serves them, `running()` keeps their background work alive."""

    def __init__(self, *, gateway: str, secrets: Secrets, redis: Redis | None = None, timezone: str) -> None:
        self.clock = Clock(redis)
        self.world = World(clock=self.clock, secrets=secrets, gateway=gateway.rstrip("/"))
        self.telegram = Telegram(self.world)
        self.graph = Graph(self.world)
        self.sms_ru = SmsRu(self.world)
        self.model = Model()
        self.customers = Customers(self.world, self.telegram, self.graph)
        self.portal = Portal(now=self.clock.now, timezone=timezone)
        self.managers = Managers(self.portal, self.customers)
        self.app: ASGIApp = KeepTransport(_PortalFirst(self.portal.app, self._site()))

    async def clear(self) -> None:
        """Forget conversations, requests and switches; time and the portal go on."""
        await self.world.clear()
        for part in (self.telegram, self.graph, self.sms_ru, self.model):
            part.clear()
            part.faults.set(Fault())
        self.managers.forget()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for part in (self.clock, self.world.delivery, self.portal, self.managers):
                await stack.enter_async_context(part.running())
            yield

    def _site(self) -> FastAPI:
        @asynccontextmanager
        async def lifespan(_: FastAPI) -> AsyncIterator[None]:
            async with self.running():
                yield

        site = FastAPI(title="Otklik sandbox", lifespan=lifespan, docs_url="/_sandbox/docs", redoc_url=None)
        site.mount("/telegram", self.telegram.app)
        site.mount("/graph", self.graph.app)
        site.mount("/sms_ru", self.sms_ru.app)
        site.mount("/openai", self.model.app)
        site.include_router(controls(self))
        site.mount("/page", StaticFiles(directory=PAGE))
        site.add_api_route("/", lambda: FileResponse(PAGE / "index.html"), include_in_schema=False)
        return site


class _PortalFirst:
    """The portal keeps its absolute paths, as a portal does; everything else is the site's."""

    def __init__(self, portal: ASGIApp, site: ASGIApp) -> None:
        self.portal = portal
        self.site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        to_portal = scope["type"] == "http" and scope["path"].startswith(PORTAL_PATHS)
        await (self.portal if to_portal else self.site)(scope, receive, send)
